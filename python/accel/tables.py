"""Reports as tables: numpy structured arrays and pandas frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas

    from accel.report import Report

_TEXT, _REAL, _COUNT = "O", "f8", "i8"


def _einsums(report: Report) -> tuple[list, list]:
    columns = [
        ("function", _TEXT), ("einsum", _TEXT), ("group", _COUNT), ("computes", _REAL), ("energy_j", _REAL),
        ("latency_s", _REAL), ("bound_by", _TEXT),
    ]
    return columns, [
        (f.name, e.name, e.group, e.computes, e.energy_j, e.latency_s, e.bound_by)
        for f in report.functions for e in f.einsums
    ]


def _components(report: Report) -> tuple[list, list]:
    columns = [
        ("function", _TEXT), ("einsum", _TEXT), ("component", _TEXT), ("kind", _TEXT), ("energy_j", _REAL),
        ("latency_s", _REAL),
    ]
    return columns, [
        (f.name, e.name, component, kind, joules, e.latency_per_component_s.get(component, np.nan))
        for f in report.functions for e in f.einsums
        for component, kinds in e.energy_per_component_j.items() for kind, joules in kinds.items()
    ]


def _actions(report: Report) -> tuple[list, list]:
    columns = [
        ("function", _TEXT), ("einsum", _TEXT), ("level", _TEXT), ("tensor", _TEXT), ("read_bits", _REAL),
        ("write_bits", _REAL),
    ]
    return columns, [
        (f.name, e.name, level, tensor, bits["read_bits"], bits["write_bits"])
        for f in report.functions for e in f.einsums
        for level, tensors in e.actions.items() for tensor, bits in tensors.items()
    ]


def _groups(report: Report) -> tuple[list, list]:
    columns = [("function", _TEXT), ("group", _COUNT), ("einsums", _TEXT), ("fused_loops", _TEXT), ("on_chip", _TEXT)]
    return columns, [
        (
            f.name, g.id, " ".join(g.einsums), " ".join(g.fused_loops),
            " ".join(f"{tensor}@{level}" for tensor, level in g.on_chip.items()),
        )
        for f in report.functions for g in f.groups
    ]


def _pareto(report: Report) -> tuple[list, list]:
    columns = [("function", _TEXT), ("energy_j", _REAL), ("latency_s", _REAL), ("usage", _REAL)]
    return columns, [
        (f.name, p.energy_j, p.latency_s, np.nan if p.usage is None else p.usage)
        for f in report.functions for p in f.pareto
    ]


_TABLES = {
    "einsums": _einsums, "components": _components, "actions": _actions, "groups": _groups, "pareto": _pareto,
}


def to_numpy(report: Report, kind: str) -> np.ndarray:
    """One row an entry, columns as named fields."""
    if kind not in _TABLES:
        raise ValueError(f"table {kind!r} is unknown: {', '.join(_TABLES)} are known")
    columns, rows = _TABLES[kind](report)
    return np.array(rows, dtype=columns)


def to_frame(report: Report, kind: str) -> pandas.DataFrame:
    """The same as a frame; raises ImportError without pandas."""
    try:
        import pandas
    except ImportError:
        raise ImportError("to_frame needs pandas (Debian: python3-pandas); to_numpy does without") from None
    table: Any = to_numpy(report, kind)
    return pandas.DataFrame({name: table[name] for name in table.dtype.names})
