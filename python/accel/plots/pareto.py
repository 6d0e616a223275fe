"""Pareto fronts: energy against latency, and energy against buffer size."""

from __future__ import annotations

from typing import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from accel.errors import AccelError
from accel.plots import style
from accel.report import Function, Point, Report


def plot_pareto(report: Report, function: Function) -> Figure:
    """The front of a report with objective `pareto` or `pareto-usage`; the latter is the buffer-size trade-off."""
    if not function.pareto:
        raise AccelError(
            f"error: function {function.name!r} has no front: map with objective=pareto or objective=pareto-usage"
        )
    if any(p.usage is not None for p in function.pareto):
        return _plot_usage(report, function)
    fig = style.figure(7.6, 4.8)
    ax = style.axes(fig, 0.95, 0.45, 1.0, 0.65)
    points = sorted(function.pareto, key=lambda p: p.latency_s)
    draw_front(ax, [p.latency_s for p in points], [p.energy_j for p in points], "front")
    best = min(points, key=lambda p: p.energy_j * p.latency_s)
    _mark(ax, best.latency_s, best.energy_j, "least energy × latency")
    style.unit_axis(ax.xaxis, "s")
    style.unit_axis(ax.yaxis, "J")
    ax.set_xlabel("latency")
    ax.set_ylabel("energy")
    _finish(fig, report, function, "Energy against latency", points)
    return fig


def _plot_usage(report: Report, function: Function) -> Figure:
    """What a smaller buffer costs in energy. With one bounded level, its bytes; with several, the largest share."""
    fig = style.figure(7.6, 4.8)
    ax = style.axes(fig, 0.95, 0.45, 1.0, 0.65)
    points = sorted(function.pareto, key=lambda p: p.usage or 0.0)
    bounded = [c for c in report.architecture if c.kind == "memory" and c.size_bits is not None]
    scale, text = 1.0, "peak usage of the bounded levels"
    if len(bounded) == 1:
        scale = (bounded[0].size_bits or 0.0) / 8
        text = f"peak use of {bounded[0].name}, of {_bytes_text(scale)}"
    amounts = [scale * (p.usage or 0.0) for p in points]
    least = min((amount for amount in amounts if amount > 0), default=0.0)
    if amounts[-1] > 16 * least > 0:
        # Linear up to the least amount, so that a mapping that needs nothing has its place.
        ax.set_xscale("symlog", base=2, linthresh=least, linscale=0.5)
        ax.xaxis.set_minor_locator(NullLocator())
    draw_front(ax, amounts, [p.energy_j for p in points], "tradeoff")
    ax.xaxis.set_major_formatter(
        lambda value, _: _bytes_text(value) if len(bounded) == 1 else f"{round(100 * value, 2):g} %"
    )
    style.unit_axis(ax.yaxis, "J")
    ax.set_xlabel(text)
    ax.set_ylabel("energy")
    _finish(fig, report, function, "Energy against buffer size", points)
    return fig


def draw_front(
    ax: Axes, xs: Sequence[float], ys: Sequence[float], name: str, others: Sequence[tuple[float, float]] = ()
) -> None:
    """Points and the staircase of what they dominate; the axes show `others` as well.

    `xs` rise and `ys` fall. Scales must be set before. The staircase has `name` as its SVG id.
    """
    all_xs, all_ys = [*xs, *(x for x, _ in others)], [*ys, *(y for _, y in others)]
    left, right = _limits(all_xs, ax.get_xscale())
    bottom, top = _limits(all_ys, ax.get_yscale())
    edge_x, edge_y = [xs[0], *xs, right], [top, *ys, ys[-1]]
    ax.fill_between(edge_x, edge_y, top, step="post", color="#eef2f6", linewidth=0, zorder=0)
    line, = ax.step(edge_x, edge_y, where="post", color="#1f5b86", linewidth=1.5)
    line.set_gid(name)
    ax.plot(xs, ys, "o", markersize=5.5, color="#1f5b86", markeredgecolor=style.PAPER, markeredgewidth=0.8, zorder=3)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.grid(color=style.GRID, linewidth=0.8)


def _limits(values: Sequence[float], scale: str) -> tuple[float, float]:
    """The range of an axis, with some air at both ends."""
    low, high = min(values), max(values)
    if scale == "linear":
        air = 0.09 * (high - low or high or 1.0)
        return low - air, high + air
    least = min(value for value in values if value > 0)
    stretch = max(high / least, 2.0) ** 0.07
    return (low / stretch if scale == "log" else low - 0.2 * least), high * stretch


def _mark(ax: Axes, x: float, y: float, text: str) -> None:
    ax.plot(x, y, "D", markersize=8, color=style.ACCENT, markeredgecolor=style.PAPER, markeredgewidth=0.9, zorder=4)
    right = x > sum(ax.get_xlim()) / 2
    ax.annotate(
        text, (x, y), (-10 if right else 10, 10), textcoords="offset points", fontsize=8.5, color=style.ACCENT,
        ha="right" if right else "left",
    )


def _finish(fig: Figure, report: Report, function: Function, text: str, points: Sequence[Point]) -> None:
    count = f"{len(points):,} point{'' if len(points) == 1 else 's'}"
    style.title(fig, f"{text}: {count}", style.case_text(report, function))


def _bytes_text(count: float) -> str:
    """Binary prefixes, as buffers are sized."""
    for scale, prefix in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= scale:
            return f"{count / scale:,.3g} {prefix}"
    return f"{count:.3g} B"
