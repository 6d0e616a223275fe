"""Accel's command line in Python: reports as pages, pictures, design-space sweeps."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Optional, Sequence

from accel.errors import AccelError

_PLOTS = ("energy", "latency", "looptree", "roofline", "pareto", "timeline")


def _report(options: argparse.Namespace) -> None:
    from accel.report import Report

    output = options.output or options.report.with_suffix(".html")
    Report.load(options.report).save_html(output)
    print(output)


def _plot(options: argparse.Namespace) -> None:
    from accel.plots import style
    from accel.plots.timeline import plot_timeline
    from accel.report import Report

    if options.kind == "timeline":
        try:
            trace = json.loads(options.file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise AccelError(f"error: trace {options.file} cannot be read: {error}") from None
        figure = plot_timeline(trace, options.file.stem, options.begin, options.end)
    else:
        report = Report.load(options.file)
        try:
            name = report.function(options.function).name
        except KeyError as error:
            raise AccelError(f"error: {error.args[0]}; use --function") from None
        draw = report.roofline if options.kind == "roofline" else getattr(report, f"plot_{options.kind}")
        figure = draw(name)
    output = options.output or options.file.with_suffix(f".{options.kind}.svg")
    style.save(figure, output)
    print(output)


def _sweep(options: argparse.Namespace) -> None:
    from accel.sweep.command import run

    run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m accel", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    report = commands.add_parser("report", help="a report as one self-contained HTML page")
    report.add_argument("report", type=Path, help="what accel-opt wrote with report=")
    report.add_argument("-o", dest="output", type=Path, help="the page to write (default: the report's name, .html)")
    report.set_defaults(run=_report)

    plot = commands.add_parser("plot", help="one picture, PNG or SVG")
    plot.add_argument("kind", choices=_PLOTS)
    plot.add_argument("file", type=Path, help="a report, or for a timeline a trace of accel-sim")
    plot.add_argument("-o", dest="output", type=Path, help="picture.png or picture.svg (default: beside the file)")
    plot.add_argument("--function", help="the function, where a report has several")
    plot.add_argument("--begin", type=int, help="timeline: first cycle shown")
    plot.add_argument("--end", type=int, help="timeline: last cycle shown")
    plot.set_defaults(run=_plot)

    sweep = commands.add_parser("sweep", help="target parameters x networks x options, on all cores or a cluster")
    sweep.add_argument("sweep", type=Path, help="the sweep, YAML: see docs/sweeps.md")
    sweep.add_argument("-o", dest="output", type=Path, help="folder of the results (default: the sweep's name)")
    sweep.add_argument("--scheduler", help="tcp://host:port of a dask scheduler (default: workers on this computer)")
    sweep.add_argument("--workers", type=int, help="local worker processes (default: one a core)")
    sweep.add_argument("--restart", action="store_true", help="drop finished points instead of resuming")
    sweep.add_argument("--list", action="store_true", help="print the points and stop")
    sweep.set_defaults(run=_sweep)
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except AccelError as error:
        print(str(error), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
