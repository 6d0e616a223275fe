"""`python -m accel sweep`: plan, resume, run, write."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from accel._load import native
from accel.errors import AccelError
from accel.sweep import results, schedule
from accel.sweep.journal import Journal
from accel.sweep.plan import Point, as_record, load


class _Progress:
    """A bar on a terminal; a line at every tenth elsewhere."""

    def __init__(self, finished: int, total: int):
        self.total, self.finished, self.before = total, finished, finished
        self.start, self.shown = time.monotonic(), 0
        self.terminal = sys.stderr.isatty()

    def step(self, label: str) -> None:
        """Counts one more point."""
        self.finished += 1
        spent = time.monotonic() - self.start
        left = spent / (self.finished - self.before) * (self.total - self.finished)
        text = f"{self.finished:,} of {self.total:,} points, {_clock(left)} left"
        if not self.terminal:
            if self.finished * 10 // self.total > self.shown:
                self.shown = self.finished * 10 // self.total
                print(text, file=sys.stderr, flush=True)
            return
        filled = 24 * self.finished // self.total
        line = f"[{'━' * filled}{' ' * (24 - filled)}] {text}  {label}"
        print(f"\r\033[K{line[:shutil.get_terminal_size().columns - 1]}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clears the bar."""
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def run(options: argparse.Namespace) -> None:
    """Runs what is not finished yet, then writes tables and picture."""
    native()  # fail here, not on every worker
    points = load(options.sweep)
    if options.list:
        for point in points:
            print(point.key, point.label)
        return
    if options.workers is not None and options.workers < 1:
        raise AccelError(f"error: --workers is {options.workers} but must be at least 1")
    folder = options.output or options.sweep.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / "points.jsonl")
    try:
        _run(points, journal, folder, options)
    finally:
        journal.close()


def _run(points: list[Point], journal: Journal, folder: Path, options: argparse.Namespace) -> None:
    if options.restart:
        journal.clear()
    missing = [p for p in points if p.key not in journal.records]
    known = len(points) - len(missing)
    print(f"{len(points):,} points" + (f", {known:,} finished before" if known else ""), file=sys.stderr, flush=True)
    progress = _Progress(known, len(points))

    def done(point: Point, result: dict[str, Any]) -> None:
        journal.add({**as_record(point), **result})
        progress.step(point.label)

    if missing:
        try:
            schedule.run(missing, done, options.scheduler, options.workers)
        finally:
            progress.end()
    files = results.write_tables(folder, points, journal.records)
    picture = results.write_plot(folder, points, journal.records)
    print(results.summary(points, journal.records))
    print("\n" + "\n".join(str(f) for f in [*files, picture] if f))
    failed = [p for p in points if journal.records[p.key]["status"] == "error"]
    if failed:
        reason = journal.records[failed[0].key]["reason"]
        raise AccelError(f"error: {len(failed):,} points failed, the first ({failed[0].label}): {reason}")
