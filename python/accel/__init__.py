"""Accel in process: map `linalg` modules onto accelerators, compile them for VTA, simulate, plot, report.

    import accel
    report = accel.map("model.mlir", target="tpu_v4i", objective="edp")
    print(report.function().energy_j)
    report.save_html("report.html")

    program = accel.compile("layer.mlir", target="vta")
    print(program.simulate(x=x, w=w).outputs["y"])

On the command line: `python -m accel --help`. Network generators are in `accel.models`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

# Public names and where they live; modules load when a name is first used, so that `python -m accel.models` needs
# neither the extension nor matplotlib.
_PUBLIC = {
    "map": "accel.api",
    "compile": "accel.api",
    "targets": "accel.api",
    "AccelError": "accel.errors",
    "InfeasibleError": "accel.errors",
    "ReportError": "accel.errors",
    "Diagnostic": "accel.diagnostics",
    "Report": "accel.report",
    "Program": "accel.program",
    "Simulation": "accel.program",
}

__all__ = sorted(_PUBLIC)

if TYPE_CHECKING:
    from accel.api import compile, map, targets  # noqa: A004, F401
    from accel.diagnostics import Diagnostic  # noqa: F401
    from accel.errors import AccelError, InfeasibleError, ReportError  # noqa: F401
    from accel.program import Program, Simulation  # noqa: F401
    from accel.report import Report  # noqa: F401


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'accel' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
