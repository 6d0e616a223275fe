"""Runs the snippets of a documentation page, so that the page stays true.

usage: run-snippets.py PAGE --root REPOSITORY [--setup PAGE]

Fenced blocks mean, by their info string:
  sh              commands; all of a page run in one shell, in order, from the repository root, and none may fail
  sh fails        commands of which the last must end with a non-zero exit code
  text output     what the commands before print: its lines occur in this order; … stands for anything within a line, a
                  line of … for any lines between; without such a line they follow each other
  mlir            a module that accel-opt reads
  mlir file=NAME  the same, and it lies in the shell's folder as NAME from there on

With --setup, the first sh block of that page runs before. Relative links must lead to files, apart from those into
reference/, which is generated.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(.*?)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_KNOWN = {"sh", "sh fails", "text output", "mlir", "text", "json", ""}


class SnippetError(Exception):
    """A page that is not true; the message names page and line."""


@dataclass
class Block:
    kind: str
    text: str
    line: int
    file: str = ""


def read_blocks(page):
    text = page.read_text(encoding="utf-8")
    blocks = []
    for match in _FENCE.finditer(text):
        kind, line = match[1].strip(), text.count("\n", 0, match.start()) + 1
        file = ""
        if kind.startswith("mlir file="):
            kind, file = "mlir", kind.removeprefix("mlir file=")
        if kind not in _KNOWN:
            known = ", ".join(sorted(_KNOWN - {""}))
            raise SnippetError(f'{page.name}:{line}: block is "{kind}" but {known} are known')
        blocks.append(Block(kind, match[2], line, file))
    return blocks


def check_links(page):
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(prose):
        if re.match(r"[a-z]+:", target) or target.startswith("reference/"):
            continue
        if not (page.parent / target).exists():
            raise SnippetError(f'{page.name}: link to "{target}" leads nowhere')


def shell_script(blocks, outputs):
    """One script of all blocks; `outputs` gets a file of output for each that runs."""
    lines = ["set -euo pipefail"]
    for block in blocks:
        result = outputs / str(block.line)
        if block.kind == "mlir" and block.file:
            lines.append(f"cat >{block.file} <<'END_OF_SNIPPET'\n{block.text}END_OF_SNIPPET")
        if not block.kind.startswith("sh"):
            continue
        lines.append(f'echo {block.line} >"{outputs}/last"')
        lines.append(f'exec >"{result}" 2>&1')
        if block.kind == "sh fails":
            lines.append(f"if (\n{block.text}\n); then echo 'succeeds but must fail'; exit 1; fi")
        else:
            lines.append(block.text)
    return "\n".join(lines) + "\n"


def line_pattern(line):
    return ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"\s*"


def find_output(expected, actual):
    """The first expected line that is not there, or None."""
    lines = actual.splitlines()
    at, skip = 0, True
    for wanted in expected.splitlines():
        if wanted.strip() == "…":
            skip = True
            continue
        pattern = re.compile(line_pattern(wanted))
        if skip:
            while at < len(lines) and not pattern.fullmatch(lines[at]):
                at += 1
        if at == len(lines) or not pattern.fullmatch(lines[at]):
            return wanted
        at += 1
        skip = False
    return None


def run_shell(page, blocks, root, folder):
    outputs = folder / "outputs"
    outputs.mkdir()
    (folder / "scratch").mkdir()
    environment = {**os.environ, "TMPDIR": str(folder / "scratch")}
    script = shell_script(blocks, outputs)
    result = subprocess.run(["bash", "-c", script], cwd=root, env=environment, check=False)
    if result.returncode:
        last = (outputs / "last").read_text().strip()
        said = (outputs / last).read_text(errors="replace")
        raise SnippetError(f"{page.name}:{last}: commands end with exit code {result.returncode}\n{said[-4000:]}")
    return outputs


def check_outputs(page, blocks, outputs):
    ran = None
    for block in blocks:
        if block.kind.startswith("sh"):
            ran = block
        elif block.kind == "text output":
            if ran is None:
                raise SnippetError(f"{page.name}:{block.line}: output of no command")
            actual = (outputs / str(ran.line)).read_text(errors="replace")
            missing = find_output(block.text, actual)
            if missing is not None:
                raise SnippetError(
                    f'{page.name}:{block.line}: output lacks, at this place, "{missing}"; it is\n{actual[-4000:]}'
                )


def check_modules(page, blocks, folder):
    for block in blocks:
        if block.kind != "mlir":
            continue
        file = folder / f"{page.stem}-{block.line}.mlir"
        file.write_text(block.text, encoding="utf-8")
        result = subprocess.run(["accel-opt", file, "-o", "/dev/null"], capture_output=True, text=True, check=False)
        if result.returncode:
            raise SnippetError(f"{page.name}:{block.line}: accel-opt does not read it\n{result.stderr[-4000:]}")


def check_page(page, root, setup):
    blocks = read_blocks(page)
    check_links(page)
    before = [next(b for b in read_blocks(setup) if b.kind == "sh")] if setup else []
    for block in before:
        block.line = 0
    with tempfile.TemporaryDirectory(prefix="accel-docs-") as folder:
        folder = Path(folder)
        check_modules(page, blocks, folder)
        outputs = run_shell(page, before + blocks, root, folder)
        check_outputs(page, blocks, outputs)
    counts = {k: sum(b.kind == k for b in blocks) for k in ("sh", "sh fails", "mlir", "text output")}
    print(f"{page.name}: " + ", ".join(f"{n} {k}" for k, n in counts.items()))


def main():
    parser = argparse.ArgumentParser(description="Runs the snippets of a documentation page.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--root", type=Path, required=True, help="the repository, where the shell starts")
    parser.add_argument("--setup", type=Path, help="page whose first sh block runs before")
    options = parser.parse_args()
    try:
        check_page(options.page, options.root, options.setup)
    except SnippetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
