"""The roofline of a mapping (Williams, Waterman, Patterson, CACM 52(4), 2009), with every Einsum on it."""

from __future__ import annotations

import math
from collections import defaultdict

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from accel.errors import AccelError
from accel.plots import style
from accel.plots.labels import Labels
from accel.report import Component, Einsum, Function, Report

_MARKERS = "osD^vP"


def _memory(report: Report, level: str | None) -> Component:
    memories = [c for c in report.architecture if c.kind == "memory"]
    if not memories:
        raise AccelError("error: report has no architecture: it was written by an older accel-opt")
    if level is None:
        return memories[0]
    for memory in memories:
        if memory.name == level:
            return memory
    raise AccelError(f"error: level {level!r} is no memory of {report.target}: {', '.join(m.name for m in memories)}")


def bandwidth_bits_per_s(memory: Component) -> float:
    """Most bits that all instances of a memory can move a second: reads and writes together if ports are separate."""
    rates = [math.inf if rate is None else rate for rate in (memory.read_bits_per_s, memory.write_bits_per_s)]
    return memory.instances * (sum(rates) if memory.ports == "separate" else max(rates))


def _peaks(report: Report, function: Function) -> dict[str, float]:
    """Operations/s of the compute units that the function uses."""
    used = {name for e in function.einsums for name in e.latency_per_component_s}
    return {
        c.name: c.ops_per_s * c.instances
        for c in report.architecture if c.kind == "compute" and c.ops_per_s is not None and c.name in used
    }


def roofline(report: Report, function: Function, level: str | None = None) -> Figure:
    """Operations/s against operations per byte moved in a memory, both logarithmic.

    An Einsum that moves nothing there stands at the right edge with an arrow. Markers tell what bounds it. No Einsum
    can be above the roof: bandwidth × intensity, or the peak of the unit that it runs on. Where there is no room for a
    label, there is none: the table has all.
    """
    style.require_mapping(function)
    memory = _memory(report, level)
    peaks = _peaks(report, function)
    slope = bandwidth_bits_per_s(memory) / 8
    points = [
        (8 * e.computes / e.bits(memory.name) if e.bits(memory.name) else math.inf, e.computes / e.latency_s, e)
        for e in function.einsums if e.computes > 0 and e.latency_s > 0 and e.bound_by
    ]
    if not points or not (peaks or math.isfinite(slope)):
        raise AccelError(f"error: {report.target} gives no throughputs, so function {function.name!r} has no roofline")
    fig = style.figure(8.6, 5.6)
    ax = style.axes(fig, 0.95, 0.45, 1.15, 0.65)
    ax.set_xscale("log")
    ax.set_yscale("log")
    finite = [x for x, _, _ in points if math.isfinite(x)]
    ridges = [peak / slope for peak in peaks.values() if math.isfinite(slope)]
    low = min(finite + ridges or [1.0]) / 4
    high = max(finite + ridges or [1.0]) * 12
    rates = [y for _, y, _ in points]
    ax.set_xlim(low, high)
    ax.set_ylim(min(rates) / 4, 2.5 * max([*rates, *peaks.values()]))
    _draw_roof(ax, memory, slope, peaks, low, high)
    handles = _draw_points(ax, report, function, points, high)
    ax.grid(which="major", color=style.GRID, linewidth=0.8)
    ax.tick_params(which="minor", length=0)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:.3g}")
    style.unit_axis(ax.yaxis, "op/s")
    ax.set_xlabel(f"operations per byte moved in {memory.name}")
    ax.set_ylabel("operations per second")
    style.legend(ax, handles, 5, 1.015)
    style.title(fig, f"Roofline of {memory.name}", style.case_text(report, function))
    return fig


def _draw_roof(
    ax: Axes, memory: Component, slope: float, peaks: dict[str, float], low: float, high: float
) -> None:
    top = max(peaks.values(), default=math.inf)
    if math.isfinite(slope):
        end = min(high, top / slope)
        ax.plot([low, end], [low * slope, end * slope], color=style.INK, linewidth=1.6)
        middle = math.sqrt(low * end)
        (x0, y0), (x1, y1) = ax.transData.transform([(low, low * slope), (end, end * slope)])
        ax.text(
            middle, 1.12 * middle * slope, f"{memory.name} {style.tick_text(slope, 'B/s')}", rotation_mode="anchor",
            rotation=math.degrees(math.atan2(y1 - y0, x1 - x0)), ha="center", fontsize=8.5, color=style.FAINT,
        )
    for name, peak in peaks.items():
        start = peak / slope if math.isfinite(slope) else low
        ax.plot([max(low, start), high], [peak, peak], color=style.INK, linewidth=1.6, linestyle="-")
        ax.annotate(
            f"{name} {style.tick_text(peak, 'op/s')}", (high, peak), (-4, 5), textcoords="offset points", ha="right",
            fontsize=8.5, color=style.FAINT,
        )


def _draw_points(
    ax: Axes, report: Report, function: Function, points: list[tuple[float, float, Einsum]], high: float
) -> list[Line2D]:
    """Einsums at one place share a label; those that take longest get theirs first. Returns what the legend shows."""
    colors = style.component_colors(report, report.component_names(function))
    bounds = [n for n in report.component_names(function) if any(e.bound_by == n for _, _, e in points)]
    marks = {n: _MARKERS[i % len(_MARKERS)] for i, n in enumerate(bounds)}
    places: dict[tuple, list[tuple[float, str]]] = defaultdict(list)
    marked = []
    for x, y, einsum in points:
        at = min(x, high / 1.3)
        mark = marks[einsum.bound_by]
        line, = ax.plot(
            at, y, mark, markersize=8, color=colors[einsum.bound_by], markeredgecolor=style.INK, markeredgewidth=0.8,
            zorder=4,
        )
        line.set_gid(f"roofline:{einsum.name}")
        marked.append((at, y))
        label = style.short(einsum.name) + ("" if math.isfinite(x) else " →")
        places[round(math.log10(at), 1), round(math.log10(y), 1)].append((einsum.latency_s, label))
    labels = Labels(ax, marked)
    for (x, y), named in sorted(places.items(), key=lambda item: -sum(seconds for seconds, _ in item[1])):
        labels.place(_shorter_and_shorter([label for _, label in named]), 10 ** x, 10 ** y)
    return [
        Line2D([], [], linestyle="", marker=marks[n], markersize=7, color=colors[n], markeredgecolor=style.INK,
               markeredgewidth=0.8, label=f"bound by {n}")
        for n in bounds
    ]


def _shorter_and_shorter(names: list[str]) -> list[str]:
    """Ways to name several Einsums, from all of them to their number."""
    texts = [", ".join(names)] if len(names) <= 3 else []
    for count in range(min(2, len(names) - 1), 0, -1):
        texts.append(f"{', '.join(names[:count])} and {len(names) - count} more")
    return texts + ([f"{len(names)} Einsums"] if len(names) > 1 else [])
