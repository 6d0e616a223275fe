#!/usr/bin/env python3
"""Compiles modules for VTA with `canonicalize` and `cse` between all passes, and without; the programs must be equal.

usage: compose.py MODULE...

Prints how many programs were compared. The passes are those that `--accel-compile` says it consists of.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

CLEAN = "canonicalize,cse"


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stderr


def split(passes):
    """The passes of a pipeline's text, cut at commas outside of brackets."""
    parts, depth = [""], 0
    for letter in passes:
        depth += (letter in "({") - (letter in ")}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def with_clean_ups(pipeline):
    """The pipeline with clean-ups around every pass, at all depths."""
    nested = re.fullmatch(r"([\w.]+)\((.*)\)", pipeline, re.DOTALL)
    if not nested:
        return pipeline
    passes = [CLEAN]
    for each in split(nested[2]):
        passes += [with_clean_ups(each), CLEAN]
    return f"{nested[1]}({','.join(passes)})"


def compile_to(folder, module, *options):
    # Remarks of what stays on the host are not what is compared.
    run("accel-opt", module, *options, "-o", folder.with_suffix(".mlir"))
    run("accel-translate", "--accel-to-vta", folder.with_suffix(".mlir"), "-o", folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def main():
    with tempfile.TemporaryDirectory() as work:
        for index, module in enumerate(sys.argv[1:]):
            plain = Path(work) / f"plain{index}"
            expected = compile_to(plain, module, "--accel-compile=target=vta")
            shown = run("accel-opt", module, "--accel-compile=target=vta", "--dump-pass-pipeline", "-o", "/dev/null")
            pipeline = re.search(r"^builtin\.module\(.*?^\)", shown, re.MULTILINE | re.DOTALL)[0]
            composed = with_clean_ups(re.sub(r"\n *", "", pipeline))
            found = compile_to(Path(work) / f"composed{index}", module, f"--pass-pipeline={composed}")
            for name in sorted(expected | found):
                if expected.get(name) != found.get(name):
                    sys.exit(f"{module}: {name} differs")
    print(f"{len(sys.argv) - 1} programs are equal")


if __name__ == "__main__":
    main()
