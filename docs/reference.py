"""Writes the reference of what is typed and what is written: options of the tools, and the report's schema.

usage: reference.py FOLDER_OF_TOOLS OUTPUT_FOLDER

Both come from the programs themselves: `--help`, and the classes that read reports.
"""

import dataclasses
import html
import re
import subprocess
import sys
from pathlib import Path

from accel import report

_TOOLS = ("accel-translate", "accel-sim", "accel-bench")
_COMMANDS = ("report", "plot", "sweep")
_OPTION = re.compile(r"^        --([\w-]+)(?:=<(\w+)>)? +- (.*)$", re.MULTILINE)


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def pipelines(tools):
    """The options of every pipeline of ours, from accel-opt's help."""
    text = output([tools / "accel-opt", "--help"]).partition("Pass Pipelines:")[2]
    lines = []
    for block in re.split(r"^      (?=--)", text, flags=re.MULTILINE):
        head = re.match(r"--(accel-[\w-]+) +- +(.*)", block)
        if not head:
            continue
        lines += [f"## {head[1]}\n", head[2].removeprefix("Accel: ").capitalize() + ".\n"]
        lines += ["| option | value | meaning |", "|---|---|---|"]
        for name, kind, meaning in _OPTION.findall(block):
            meaning = html.escape(meaning).replace("|", "&#124;")
            lines.append(f"| `{name}` | {kind or 'true or false'} | {meaning} |")
        lines.append("")
    return lines


def options_page(tools):
    lines = ["# Options\n", "What `accel-opt --help` and the other tools say of themselves.\n", *pipelines(tools)]
    for tool in _TOOLS:
        lines += [f"## {tool}\n", "```text", output([tools / tool, "--help"]).strip(), "```\n"]
    for command in _COMMANDS:
        text = output([sys.executable, "-m", "accel", command, "--help"]).strip()
        lines += [f"## python -m accel {command}\n", "```text", text, "```\n"]
    return "\n".join(lines)


def schema_page():
    lines = [
        "# Report schema\n",
        f"Schema {report.SCHEMA} of the JSON that `report=` writes, and of `accel.Report` in Python, which reads it. "
        "Every figure is f64 in SI units; a field that may be None may be absent.\n",
    ]
    hidden = {"raw", "module", "diagnostics"}
    kinds = (
        report.Report, report.Function, report.Einsum, report.Group, report.Point, report.Totals, report.Component,
    )
    for kind in kinds:
        text = re.sub(r"\n {4}", "\n", kind.__doc__).strip()
        lines += [f"## {kind.__name__}\n", text + "\n", "| field | type |", "|---|---|"]
        for field in dataclasses.fields(kind):
            if kind is report.Report and field.name in hidden:
                continue
            lines.append(f"| `{field.name}` | `{str(field.type).replace('|', 'or')}` |")
        lines.append("")
    return "\n".join(lines)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tools, folder = Path(sys.argv[1]), Path(sys.argv[2])
    (folder / "options.md").write_text(options_page(tools), encoding="utf-8")
    (folder / "report-schema.md").write_text(schema_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
