"""The timeline of a VTA program: what the three queues do, cycle by cycle."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from accel.errors import AccelError
from accel.plots import style

# What a queue does, from dark (moves most) to light; the lightness tells them apart in grey.
_COLORS = {
    "load inp": "#1f5b86", "load wgt": "#16294a", "load acc": "#4f7ea8", "load uop": "#8fa9c4", "gemm": "#e0b64a",
    "reset": "#efe3bd", "alu": "#86c7a3", "store out": "#b8432f",
}
_ALU = {"min", "max", "add", "shr", "mul"}


def _kind(name: str) -> str:
    return "alu" if name in _ALU else name


def plot_timeline(
    trace: Mapping[str, Any], name: str = "", begin: int | None = None, end: int | None = None
) -> Figure:
    """Lanes of the load, compute and store queues from a trace of `accel-sim --trace`.

    `begin` and `end` zoom, in cycles; `name` states the program. Blocks have no outline, so that thousands of them stay
    readable.
    """
    events = trace.get("traceEvents")
    if not isinstance(events, list):
        raise AccelError("error: trace has no traceEvents: it must be what accel-sim writes with --trace")
    queues = {e["tid"]: e["args"]["name"] for e in events if e.get("ph") == "M" and e.get("name") == "thread_name"}
    work = [e for e in events if e.get("ph") == "X" and e["dur"] > 0]
    if not work:
        raise AccelError("error: trace has no instruction that takes time")
    total = max(e["ts"] + e["dur"] for e in work)
    first, last = begin or 0, total if end is None else end
    lanes = {tid: row for row, tid in enumerate(sorted(queues))}
    fig = style.figure(11.0, 2.15 + 0.52 * len(lanes))
    ax = style.axes(fig, 1.0, 1.0, 1.2, 0.6)
    boxes: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    busy: dict[int, int] = defaultdict(int)
    for event in work:
        boxes[lanes[event["tid"]], _kind(event["name"])].append((event["ts"], event["dur"]))
        busy[lanes[event["tid"]]] += event["dur"]
    for (row, kind), spans in boxes.items():
        bars = ax.broken_barh(spans, (row - 0.38, 0.76), facecolors=_COLORS.get(kind, style.FAINT), linewidth=0)
        bars.set_gid(f"timeline:{kind}")
    for row in range(len(lanes)):
        ax.text(1.006, row, f"busy {100 * busy[row] / total:.0f} %", transform=ax.get_yaxis_transform(), va="center",
                fontsize=8.5, color=style.FAINT)
        ax.axhline(row, color=style.GRID, linewidth=0.8, zorder=0)
    ax.set_yticks(list(lanes.values()), [queues[tid] for tid in lanes], color=style.INK)
    ax.set_ylim(len(lanes) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlim(first, last)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xlabel("cycle")
    kinds = {kind for _, kind in boxes}
    handles = [Patch(facecolor=color, label=kind) for kind, color in _COLORS.items() if kind in kinds]
    style.legend(ax, handles, 8)
    shown = "" if (first, last) == (0, total) else f", cycles {first:,} to {last:,} shown"
    style.title(
        fig, f"VTA timeline: {total:,} cycles", f"{name + ', ' if name else ''}{len(work):,} instructions{shown}"
    )
    return fig
