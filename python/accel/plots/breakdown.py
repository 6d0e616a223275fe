"""Energy and time of every Einsum, level by level."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from accel import quantity
from accel.plots import style
from accel.report import Einsum, Function, Report

_ROW = 0.3  # inches
_MARKERS = "osD^vP*X<>hp"


def _rows(function: Function, room: float) -> tuple[Figure, Axes]:
    """A figure with one row an Einsum, the first on top; `room` inches stay free at the right for figures."""
    labels = [style.short(e.name) for e in function.einsums]
    left = 0.35 + 0.085 * max([len(label) for label in labels] + [4])
    fig = style.figure(9.2, 1.75 + _ROW * len(labels))
    ax = style.axes(fig, left, room, 1.12, 0.55)
    ax.set_yticks(range(len(labels)), labels, color=style.INK)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=style.GRID, linewidth=0.8)
    return fig, ax


def _leak(einsum: Einsum) -> float:
    return sum(kinds.get("leak", 0.0) for kinds in einsum.energy_per_component_j.values())


def _active(einsum: Einsum, component: str) -> float:
    return sum(j for kind, j in einsum.energy_per_component_j.get(component, {}).items() if kind != "leak")


def plot_energy(report: Report, function: Function) -> Figure:
    """Stacked bars: what each level spends on each Einsum, and leakage.

    Bars have the SVG id `energy:<einsum>:<component>`, their widths are joules.
    """
    style.require_mapping(function)
    fig, ax = _rows(function, 0.95)
    names = report.component_names(function)
    colors = style.component_colors(report, names)
    most = max([e.energy_j for e in function.einsums] + [0.0]) or 1.0
    for row, einsum in enumerate(function.einsums):
        start = 0.0
        parts = [(n, _active(einsum, n), colors[n], style.hatch_of(report, n)) for n in names]
        parts.append(("leak", _leak(einsum), style.LEAK, None))
        for name, joules, color, hatch in parts:
            if joules <= 0:
                continue
            bar, = ax.barh(
                row, joules, 0.7, start, color=color, hatch=hatch, edgecolor=style.FAINT if hatch else style.PAPER,
                linewidth=0.6,
            )
            bar.set_gid(f"energy:{einsum.name}:{name}")
            start += joules
        ax.text(
            start + 0.008 * most, row, quantity.with_unit(einsum.energy_j, "J"), va="center", fontsize=8.5,
            color=style.INK,
        )
    ax.set_xlim(0, 1.02 * most)
    style.unit_axis(ax.xaxis, "J")
    ax.set_xlabel("energy")
    handles = [
        Patch(facecolor=colors[n], hatch=style.hatch_of(report, n), edgecolor=style.FAINT, linewidth=0.6, label=n)
        for n in names if any(_active(e, n) > 0 for e in function.einsums)
    ]
    if any(_leak(e) > 0 for e in function.einsums):
        handles.append(Patch(facecolor=style.LEAK, edgecolor=style.FAINT, linewidth=0.6, label="leakage"))
    style.legend(ax, handles, 7)
    total = quantity.with_unit(function.energy_j, "J")
    style.title(fig, f"Energy by Einsum and level: {total}", style.case_text(report, function))
    return fig


def plot_latency(report: Report, function: Function) -> Figure:
    """Bars: the latency of each Einsum, which is its slowest component. Markers: the time of every component.

    Bars have the SVG id `latency:<einsum>`, their widths are seconds.
    """
    style.require_mapping(function)
    fig, ax = _rows(function, 1.75)
    names = [n for n in report.component_names(function)
             if any(e.latency_per_component_s.get(n, 0) > 0 for e in function.einsums)]
    colors = style.component_colors(report, report.component_names(function))
    marks = {n: _MARKERS[i % len(_MARKERS)] for i, n in enumerate(names)}
    most = max([e.latency_s for e in function.einsums] + [0.0]) or 1.0
    for row, einsum in enumerate(function.einsums):
        bar, = ax.barh(row, einsum.latency_s, 0.62, color="#e6eaf0", edgecolor="#c3cbd6", linewidth=0.6)
        bar.set_gid(f"latency:{einsum.name}")
        for name in names:
            seconds = einsum.latency_per_component_s.get(name, 0.0)
            if seconds > 0:
                ax.plot(
                    seconds, row, marks[name], markersize=6, color=colors[name], markeredgecolor=style.INK,
                    markeredgewidth=0.7, clip_on=False, zorder=3,
                )
        ax.text(
            einsum.latency_s + 0.02 * most, row,
            f"{quantity.with_unit(einsum.latency_s, 's')}  {style.short(einsum.bound_by, 14)}",
            va="center", fontsize=8.5, color=style.INK,
        )
    # Air on the left: marks of short times stay off the names.
    ax.set_xlim(-0.015 * most, 1.02 * most)
    style.unit_axis(ax.xaxis, "s")
    ax.set_xlabel("time; the bar is as long as the slowest component, named at its end")
    handles = [
        Line2D([], [], linestyle="", marker=marks[n], color=colors[n], markeredgecolor=style.INK, markeredgewidth=0.7,
               label=n)
        for n in names
    ]
    style.legend(ax, handles, 7)
    total = quantity.with_unit(function.latency_s, "s")
    style.title(fig, f"Time by Einsum, and what bounds it: {total}", style.case_text(report, function))
    return fig
