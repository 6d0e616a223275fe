"""Checks that the documentation knows every pass, pipeline and option that accel-opt offers.

usage: reference.py SOURCE_DIRECTORY
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

_DEFINITIONS = (
    "Dialect/Accel/Transforms/Passes.td",
    "Dialect/Accel/Transforms/InstructionPasses.td",
    "Conversion/Passes.td",
)


def offered():
    """Our passes, and our pipelines with their options."""
    text = subprocess.run(["accel-opt", "--help"], capture_output=True, text=True, check=True).stdout
    passes, _, pipelines = text.partition("Pass Pipelines:")
    names = set(re.findall(r"^      --(accel-[\w-]+|convert-[\w-]+-to-accel) ", passes, re.MULTILINE))
    found = {}
    for block in re.split(r"^      (?=--)", pipelines, flags=re.MULTILINE):
        if name := re.match(r"--(accel-[\w-]+)", block):
            found[name[1]] = set(re.findall(r"^        --([\w-]+)", block, re.MULTILINE))
    return names, found


def documented(source):
    """Passes of the generated reference; a pass without a description counts as missing."""
    names = set()
    includes = subprocess.run(
        ["llvm-config", "--includedir"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        for definitions in _DEFINITIONS:
            page = Path(folder) / "page.md"
            subprocess.run(
                ["mlir-tblgen", "-gen-pass-doc", "-I", source / "include", "-I", includes,
                 source / "include/accel" / definitions, "-o", page],
                check=True,
            )
            names |= set(re.findall(r"^### `-([\w-]+)`\n\n_\S", page.read_text(), re.MULTILINE))
    return names


def main():
    source = Path(sys.argv[1])
    passes, pipelines = offered()
    page = (source / "docs/pipelines.md").read_text(encoding="utf-8")
    missing = sorted(passes - documented(source))
    missing += [f"pipeline {name}" for name in pipelines if f"\n## {name}\n" not in page]
    rows = set(re.findall(r"^\| `([\w-]+)`", page, re.MULTILINE))
    missing += sorted({f"option {o}" for options in pipelines.values() for o in options if o not in rows})
    print(f"{len(passes)} passes, {len(pipelines)} pipelines")
    for name in missing:
        print(f"not documented: {name}")
    return 1 if missing or len(passes) < 10 or len(pipelines) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
