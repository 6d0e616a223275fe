"""The report of a mapping as data: what `report=` writes, read, checked and tabulated.

Units are SI: joules, seconds, bits. Field names are those of the JSON.
"""

from __future__ import annotations

import functools
import json
import os
import types
from collections import abc
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, Sequence, Union, get_args, get_origin, get_type_hints

import numpy as np

from accel import tables
from accel.diagnostics import Diagnostic
from accel.errors import ReportError

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

SCHEMA = 1
# Beyond any energy, time or count; products of two figures must stay finite.
_LARGEST = 1e150
_STATUSES = ("optimal", "feasible", "infeasible", "unmapped")


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
    """What one Einsum costs, and its path of the LoopTree as text, one node a line.

    In a function that is not mapped, `energy_j` and `latency_s` are lower bounds, and there is no more than those.
    """

    name: str
    energy_j: float
    latency_s: float
    computes: float
    group: int = 0
    shared_loops: int | None = None
    latency_per_component_s: Mapping[str, float] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    energy_per_component_j: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    mapping: str = ""

    @property
    def bound_by(self) -> str:
        """The component that takes longest; empty where there is no mapping."""
        if not self.latency_per_component_s:
            return ""
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
    """The mapping of one function.

    `status` is optimal, feasible, infeasible (then there is a `reason` and no figure but NaN) or unmapped (then figures
    are lower bounds). `search` is empty where nothing was searched.
    """

    name: str
    status: str
    search: Mapping[str, float] = field(default_factory=dict)
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


@functools.lru_cache(maxsize=None)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _hint_text(kind: type, key: str) -> str:
    return next(str(f.type) for f in fields(kind) if f.name == key)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value, or what was built of one, is of an annotated type. No figure of a report is negative."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if hint is float or hint is int:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LARGEST
        return is_number and (hint is float or value == int(value))
    if origin in (abc.Mapping, dict):
        return isinstance(value, dict) and all(
            _fits(k, arguments[0]) and _fits(item, arguments[1]) for k, item in value.items()
        )
    if origin in (abc.Sequence, tuple):
        return isinstance(value, (list, tuple)) and all(_fits(item, arguments[0]) for item in value)
    return hint is Any or isinstance(value, hint)


def _build(kind: type, value: Any, where: str, **nested: Any) -> Any:
    """A dataclass from a JSON object. Unknown keys are ignored: newer tools may say more."""
    if not isinstance(value, dict):
        raise ReportError(f"error: {where} is {type(value).__name__} but must be an object")
    hints = _hints(kind)
    given = {key: item for key, item in {**value, **nested}.items() if key in hints}
    for key, item in given.items():
        if not _fits(item, hints[key]):
            raise ReportError(f"error: {where}.{key} is {_shown(item)} but must be {_hint_text(kind, key)}")
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
    for i, einsum in enumerate(nested["einsums"]):
        for level, tensors in einsum.actions.items():
            for tensor, bits in tensors.items():
                if missing := {"read_bits", "write_bits"} - set(bits):
                    raise ReportError(
                        f"error: {where}.einsums[{i}].actions[{level!r}][{tensor!r}] lacks {sorted(missing)[0]!r}"
                    )
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
    functions: tuple[Function, ...]
    objective: str = ""
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
        used = {n for e in function.einsums for n in [*e.energy_per_component_j, *e.latency_per_component_s]}
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
