"""Mapping and compiling in process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Union

from accel._load import native
from accel.diagnostics import Diagnostic
from accel.errors import AccelError, InfeasibleError
from accel.program import Program
from accel.report import Report

Source = Union[str, os.PathLike]

# Characters that would end a value in the text of pipeline options.
_SPECIAL = set(" \t\n{}'\"")


def _read(source: Source) -> tuple[str, str]:
    """Text of a module and its name in messages: text has a line end or a brace, anything else is a path."""
    if isinstance(source, str) and ("\n" in source or "{" in source):
        return source, "module"
    path = Path(source)
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        raise AccelError(f"{path}: error: cannot be read: {error}") from None


def _value_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ",".join(f"{key}={_value_text(name, item)}" for key, item in value.items())
    text = repr(float(value)) if isinstance(value, float) else str(value)
    if text and not _SPECIAL & set(text):
        return text
    if "'" in text:
        raise AccelError(f"error: option {name} is {text!r} but must not hold a quote")
    return f"'{text}'"


def options_text(options: Mapping[str, Any]) -> str:
    """Keyword arguments as typed after `--accel-map=`: `max_fused_loops=1` becomes `max-fused-loops=1`.

    A mapping, as for `target_set`, becomes `key=value` pairs. An option that is None is left out.
    """
    given = {name.replace("_", "-"): value for name, value in options.items() if value is not None}
    return " ".join(f"{name}={_value_text(name, value)}" for name, value in given.items())


def _failure(outcome: Any, diagnostics: tuple[Diagnostic, ...]) -> AccelError:
    first = next((d for d in diagnostics if d.severity == "error"), None)
    message = str(first) if first else "error: failed without a message"
    for note in first.notes if first else ():
        message += f"\n{note}"
    if outcome.report:
        report = Report.from_json(outcome.report, diagnostics=diagnostics)
        if any(f.status == "infeasible" for f in report.functions):
            return InfeasibleError(message, diagnostics, report)
    return AccelError(message, diagnostics)


def _run(compiles: bool, source: Source, target: Source | None, options: dict[str, Any]) -> Report:
    text, name = _read(source)
    given = {"target": None if target is None else os.fspath(target), "progress": "off", **options}
    outcome = native().run_pipeline(compiles, text, name, options_text(given))
    diagnostics = tuple(Diagnostic.from_native(d) for d in outcome.diagnostics)
    if not outcome.succeeded:
        raise _failure(outcome, diagnostics)
    return Report.from_json(outcome.report, module=outcome.module, diagnostics=diagnostics)


def map(source: Source, target: Source | None = None, **options: Any) -> Report:  # noqa: A001
    """Finds the best mapping of every function of a module on a target.

    `source` is the text of an MLIR module or the path of a file. `target` is the name of a shipped target or the path
    of an `.mlir` file; None takes the one in the module. `options` are those of `accel-opt --accel-map`, with
    underscores for hyphens: `objective="energy"`, `fuse=False`, `max_fused_loops=1`, `time_limit_s=60`,
    `target_set={"GlobalBuffer.size_bits": 32768}`.

    The report's `module` is the module with the mapping in it. Raises `InfeasibleError` if no mapping fits,
    `AccelError` for anything else that `accel-opt` would refuse. Other Python threads run meanwhile; a call cannot be
    interrupted, so give `time_limit_s` where a search may take long.
    """
    return _run(False, source, target, options)


def compile(source: Source, target: Source | None = "vta", entry: str = "", **options: Any) -> Program:  # noqa: A001
    """Compiles a module to a program for a target with a matrix instruction, ready to simulate.

    Arguments and failures are those of `map`; `entry` names the device function where there are several. The program
    carries the report of its mapping, and the compiled module as `report.module`.
    """
    report = _run(True, source, target, options)
    assert report.module is not None
    handle, said = native().translate(report.module, _read(source)[1], entry)
    diagnostics = tuple(Diagnostic.from_native(d) for d in said)
    if handle is None:
        raise AccelError(str(next(d for d in diagnostics if d.severity == "error")), diagnostics)
    return Program(handle, report)


def targets() -> list[str]:
    """Names of the shipped targets."""
    return native().targets()
