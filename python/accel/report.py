"""The report of a mapping as data: what `report=` writes, read, checked and tabulated.

Units are SI: joules, seconds, bits. Field names are those of the JSON.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, Sequence, Union

import numpy as np

from accel import tables
from accel.diagnostics import Diagnostic
from accel.errors import ReportError

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

SCHEMA = 1
_STATUSES = ("optimal", "feasible", "infeasible")


@dataclass(frozen=True)
class Component:
    """A level of the target, outermost first: `kind` is memory, fanout or compute. None stands for unlimited."""

    name: str
    kind: str
    instances: float
    n: int | None = None
    size_bits: float | None = None
    size_values: float | None = None
    read_j_per_bit: float = 0.0
    write_j_per_bit: float = 0.0
    read_bits_per_s: float | None = None
    write_bits_per_s: float | None = None
    ports: str = "shared"
    j_per_op: float = 0.0
    ops_per_s: float | None = None
    leak_w: float = 0.0


@dataclass(frozen=True)
class Totals:
    """Energy, latency and their product."""

    energy_j: float
    latency_s: float
    edp_js: float


@dataclass(frozen=True)
class Point:
    """A point of a Pareto front; `usage` is the peak share of the bounded levels, with objective `pareto-usage`."""

    energy_j: float
    latency_s: float
    usage: float | None = None


@dataclass(frozen=True)
class Einsum:
    """What one Einsum costs, and its path of the LoopTree as text, one node a line."""

    name: str
    group: int
    energy_j: float
    latency_s: float
    computes: float
    latency_per_component_s: Mapping[str, float]
    actions: Mapping[str, Mapping[str, Mapping[str, float]]]
    energy_per_component_j: Mapping[str, Mapping[str, float]]
    mapping: str
    shared_loops: int | None = None

    @property
    def bound_by(self) -> str:
        """The component that takes longest."""
        return max(self.latency_per_component_s, key=lambda name: self.latency_per_component_s[name])

    def bits(self, level: str) -> float:
        """Bits read and written in a level, all tensors together."""
        return sum(t["read_bits"] + t["write_bits"] for t in self.actions.get(level, {}).values())


@dataclass(frozen=True)
class Group:
    """Einsums that share loops; `on_chip` says through which level each intermediate is exchanged."""

    id: int
    einsums: Sequence[str]
    fused_loops: Sequence[str]
    on_chip: Mapping[str, str]


@dataclass(frozen=True)
class Function:
    """The mapping of one function. An infeasible one has a `reason` and no figures (NaN)."""

    name: str
    status: str
    search: Mapping[str, float]
    energy_j: float = float("nan")
    latency_s: float = float("nan")
    edp_js: float = float("nan")
    reason: str | None = None
    lower_bound: float | None = None
    gap: float | None = None
    unfused: Totals | None = None
    pareto: tuple[Point, ...] = ()
    einsums: tuple[Einsum, ...] = ()
    groups: tuple[Group, ...] = ()
    usage: Mapping[str, float] = field(default_factory=dict)

    def einsum(self, name: str) -> Einsum:
        """The Einsum of that name."""
        for einsum in self.einsums:
            if einsum.name == name:
                return einsum
        raise KeyError(f"function {self.name!r} has no Einsum {name!r}; it has {[e.name for e in self.einsums]}")


def _build(kind: type, value: Any, where: str, **nested: Any) -> Any:
    """A dataclass from a JSON object. Unknown keys are ignored: newer tools may say more."""
    if not isinstance(value, dict):
        raise ReportError(f"error: {where} is {type(value).__name__} but must be an object")
    known = {f.name: f for f in fields(kind)}
    given = {key: item for key, item in {**value, **nested}.items() if key in known}
    try:
        return kind(**given)
    except TypeError as error:
        missing = str(error).split(":", 1)[-1].strip()
        raise ReportError(f"error: {where} lacks {missing}") from None


def _items(value: Any, where: str) -> list:
    if not isinstance(value, list):
        raise ReportError(f"error: {where} is {type(value).__name__} but must be a list")
    return value


def _function(value: Any, where: str) -> Function:
    if not isinstance(value, dict):
        raise ReportError(f"error: {where} is {type(value).__name__} but must be an object")

    def each(key: str, kind: type) -> tuple:
        entries = _items(value.get(key, []), f"{where}.{key}")
        return tuple(_build(kind, entry, f"{where}.{key}[{i}]") for i, entry in enumerate(entries))

    nested: dict[str, Any] = {
        "einsums": each("einsums", Einsum), "groups": each("groups", Group), "pareto": each("pareto", Point),
    }
    if "unfused" in value:
        nested["unfused"] = _build(Totals, value["unfused"], f"{where}.unfused")
    function = _build(Function, value, where, **nested)
    if function.status not in _STATUSES:
        raise ReportError(f"error: {where}.status is {function.status!r} but must be one of {', '.join(_STATUSES)}")
    return function


@dataclass(frozen=True)
class Report:
    """The report of one run of the search.

    `raw` is the JSON object itself. `module` is the mapped module as text and `diagnostics` what passes said, where the
    report comes from `accel.map`.
    """

    target: str
    engine: str
    objective: str
    functions: tuple[Function, ...]
    tool: str = ""
    schema: int = SCHEMA
    architecture: tuple[Component, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    module: str | None = field(default=None, repr=False)
    diagnostics: tuple[Diagnostic, ...] = field(default=(), repr=False)

    @staticmethod
    def from_json(
        content: Union[str, bytes, dict], module: str | None = None, diagnostics: Sequence[Diagnostic] = ()
    ) -> Report:
        """Reads a report's text or object. Raises `ReportError`, naming the place, for anything else."""
        if isinstance(content, dict):
            value = content
        else:
            try:
                value = json.loads(content)
            except (ValueError, RecursionError) as error:
                raise ReportError(f"error: report is no JSON: {error}") from None
        if not isinstance(value, dict) or "functions" not in value:
            raise ReportError("error: report has no functions: it must be what accel-opt writes with report=")
        if value.get("schema") != SCHEMA:
            raise ReportError(f"error: report has schema {value.get('schema')!r} but this version reads {SCHEMA}")
        functions = _items(value["functions"], "functions")
        components = _items(value.get("architecture", []), "architecture")
        return _build(
            Report, value, "report", raw=value, module=module, diagnostics=tuple(diagnostics),
            functions=tuple(_function(f, f"functions[{i}]") for i, f in enumerate(functions)),
            architecture=tuple(_build(Component, c, f"architecture[{i}]") for i, c in enumerate(components)),
        )

    @staticmethod
    def load(path: Union[str, os.PathLike]) -> Report:
        """Reads a report file."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ReportError(f"error: report {os.fspath(path)} cannot be read: {error}") from None
        return Report.from_json(text)

    def to_json(self) -> str:
        """The report's text, as read."""
        return json.dumps(self.raw, indent=2, ensure_ascii=False) + "\n"

    def function(self, name: str | None = None) -> Function:
        """The function of that name; without one, the only one."""
        if name is None and len(self.functions) == 1:
            return self.functions[0]
        names = [f.name for f in self.functions]
        if name is None:
            raise KeyError(f"report has {len(names)} functions, name one of {names}")
        if name not in names:
            raise KeyError(f"report has no function {name!r}; it has {names}")
        return self.functions[names.index(name)]

    def component(self, name: str) -> Component | None:
        """The level of the target with that name, if the report tells."""
        return next((c for c in self.architecture if c.name == name), None)

    def component_names(self, function: Function) -> list[str]:
        """Memories and compute units that a function uses, outermost first."""
        used = {name for e in function.einsums for name in {**e.energy_per_component_j, **e.latency_per_component_s}}
        order = [c.name for c in self.architecture if c.kind != "fanout"]
        return [n for n in order if n in used] + sorted(used - set(order))

    # Tables

    def to_numpy(self, kind: str = "einsums") -> np.ndarray:
        """A table as a structured array: `einsums`, `components`, `actions`, `groups` or `pareto`."""
        return tables.to_numpy(self, kind)

    def to_frame(self, kind: str = "einsums") -> pandas.DataFrame:
        """The same table as a pandas DataFrame."""
        return tables.to_frame(self, kind)

    # Pictures. Each returns a matplotlib Figure; `function` may be left out where there is one only.

    def plot_energy(self, function: str | None = None) -> Figure:
        """Energy per Einsum, split by level."""
        from accel.plots.breakdown import plot_energy

        return plot_energy(self, self.function(function))

    def plot_latency(self, function: str | None = None) -> Figure:
        """Time per Einsum: what bounds it, and how long everything else takes."""
        from accel.plots.breakdown import plot_latency

        return plot_latency(self, self.function(function))

    def plot_looptree(self, function: str | None = None) -> Figure:
        """The LoopTree: shared loops span the Einsums that share them."""
        from accel.plots.looptree import plot_looptree

        return plot_looptree(self, self.function(function))

    def plot_pareto(self, function: str | None = None) -> Figure:
        """The Pareto front: energy against latency, or against peak usage with objective `pareto-usage`."""
        from accel.plots.pareto import plot_pareto

        return plot_pareto(self, self.function(function))

    def roofline(self, function: str | None = None, level: str | None = None) -> Figure:
        """Every Einsum under the roof of a memory (the outermost one unless `level` says) and the compute units."""
        from accel.plots.roofline import roofline

        return roofline(self, self.function(function), level)

    def save_html(self, path: Union[str, os.PathLike]) -> None:
        """Writes one self-contained page with all figures and tables."""
        from accel.page import save_html

        save_html(self, path)
