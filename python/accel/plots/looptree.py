"""The LoopTree as a picture: Einsums side by side, loops from the outermost down.

A shared loop spans the Einsums that share it; a bar of a tensor spans those that hold it at that place, so an
intermediate that is exchanged on chip is one bar over its producer and its consumers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch

from accel.plots import style
from accel.plots.mapping import Node, parse_path
from accel.report import Function, Report

_HEIGHT = 0.235  # of a cell, inches
_LETTER = 0.0715  # of a cell's text, inches
_NARROW, _WIDE = 1.35, 2.6  # columns are at least and at most so wide
_PAGE = 13.0  # width that a row of columns should not exceed
_GAP = 0.05
_LOOP_EDGE, _SPATIAL = "#8a97a8", "#e9eef4"


@dataclass
class _Path:
    """An Einsum's nodes, cut at its loops: `keeps[k]` stand below the k-th loop; `loops[k]` follows them."""

    name: str
    shared: int
    keeps: list[list[Node]]
    loops: list[Node]
    unit: str


def _cut(name: str, shared: int, nodes: list[Node]) -> _Path:
    path = _Path(name, shared, [[]], [], "")
    for node in nodes:
        if node.kind == "keep":
            path.keeps[-1].append(node)
        elif node.kind == "compute":
            path.unit = node.where
        else:
            path.loops.append(node)
            path.keeps.append([])
    return path


@dataclass(frozen=True)
class _Cell:
    first: int
    last: int
    row: float
    kind: str
    text: str
    level: str = ""


def _bars(paths: list[_Path], first: int, last: int, depth: int) -> list[tuple[int, int, str, str]]:
    """Runs of neighbours that keep a tensor in a level at this depth: (first, last, tensor, level)."""
    found: list[tuple[int, int, str, str]] = []
    open_: dict[tuple[str, str], int] = {}
    for column in range(first, last + 2):
        here = []
        if column <= last and depth < len(paths[column].keeps):
            here = [(t, node.where) for node in paths[column].keeps[depth] for t in node.tensors]
        for key in [k for k in open_ if k not in here]:
            found.append((open_.pop(key), column - 1, *key))
        for key in here:
            open_.setdefault(key, column)
    return sorted(found, key=lambda bar: (bar[0], -bar[1]))


def _place(paths: list[_Path], first: int, last: int, depth: int, row: int, levels: list[str]) -> list[_Cell]:
    """Cells of the Einsums [first, last], which share `depth` loops, from `row` down."""
    cells: list[_Cell] = []
    bars = _bars(paths, first, last, depth)
    taken: dict[int, list[tuple[int, int]]] = {}
    base = row
    order = {level: i for i, level in enumerate(levels)}
    for level in sorted({bar[3] for bar in bars}, key=lambda name: order.get(name, len(order))):
        start = base
        for left, right, tensor, where in bars:
            if where != level:
                continue
            lane = start
            while any(a <= right and left <= b for a, b in taken.get(lane, [])):
                lane += 1
            taken.setdefault(lane, []).append((left, right))
            cells.append(_Cell(left, right, lane, "keep", tensor, where))
    # Each run of Einsums goes on below its own bars, so that no column waits for its neighbours.
    column = first
    while column <= last:
        end = column
        while end < last and paths[end + 1].shared > depth:
            end += 1
        below = row
        for lane, spans in taken.items():
            if any(a <= end and column <= b for a, b in spans):
                below = max(below, lane + 1)
        loops = [p.loops[depth] if depth < len(p.loops) else None for p in paths[column:end + 1]]
        if loops[0] is None:
            cells.append(_Cell(column, end, below, "compute", paths[column].unit))
        else:
            cells.append(_Cell(column, end, below, loops[0].kind, _loop_text(loops), loops[0].where))
            cells += _place(paths, column, end, depth + 1, below + 1, levels)
        column = end + 1
    return cells


def _loop_text(loops: list[Node | None]) -> str:
    """`h by 2  ×48`, with the names of all Einsums where they differ."""
    nodes = [node for node in loops if node is not None]
    names = list(dict.fromkeys(node.rank for node in nodes))
    tiles = list(dict.fromkeys(node.tile for node in nodes))
    return f"{'|'.join(names)} by {'|'.join(tiles)}  ×{nodes[0].trips:,}"


def _column_width(paths: list[_Path]) -> float:
    """Wide enough for the longest line that a single column has, within reason."""
    longest = max(
        [len(p.name) + 2 for p in paths] + [len(_cell_text(loop.kind, _loop_text([loop]), loop.where))
                                            for p in paths for loop in p.loops]
    )
    return min(max(longest * _LETTER + 0.25, _NARROW), _WIDE)


def _panels(paths: list[_Path], most: int) -> list[tuple[int, int]]:
    """Cuts the program into rows of about equally many columns, between groups where that is possible."""
    panels: list[tuple[int, int]] = []
    first, rows = 0, math.ceil(len(paths) / most)
    while first < len(paths):
        columns = math.ceil((len(paths) - first) / max(1, rows - len(panels)))
        last = min(first + min(columns, most), len(paths)) - 1
        if last < len(paths) - 1:
            cut = last
            while cut > first and paths[cut + 1].shared > 0:
                cut -= 1
            # A group that is wider than a panel has to be cut somewhere.
            if paths[cut + 1].shared == 0:
                last = cut
        panels.append((first, last))
        first = last + 1
    return panels


def _cell_text(kind: str, text: str, where: str) -> str:
    if kind == "par":
        return f"par {text} · {where}"
    return f"for {text}" if kind == "for" else text


def _draw(ax: Axes, cell: _Cell, colors: dict[str, str], x: float, width: float) -> None:
    y = cell.row * _HEIGHT + 0.02
    face, edge, ink, line = style.PAPER, _LOOP_EDGE, style.INK, "-"
    text = _cell_text(cell.kind, cell.text, cell.level)
    if cell.kind == "keep":
        face = edge = colors.get(cell.level, style.LEAK)
        ink = style.text_on(face)
    elif cell.kind == "par":
        face, line = _SPATIAL, "--"
    elif cell.kind == "compute":
        face = edge = style.INK
        ink = style.PAPER
    ax.add_patch(FancyBboxPatch(
        (x, y), width, _HEIGHT - 0.045, boxstyle="round,pad=0,rounding_size=0.035", facecolor=face, edgecolor=edge,
        linewidth=0.8, linestyle=line,
    ))
    room = int(width / _LETTER)
    ax.text(
        x + width / 2, y + (_HEIGHT - 0.045) / 2, style.short(text, room), ha="center", va="center", fontsize=7.2,
        color=ink, zorder=4,
    )


def plot_looptree(report: Report, function: Function) -> Figure:
    """The whole tree; programs of many Einsums go over several rows of columns."""
    style.require_mapping(function)
    paths = [_cut(e.name, e.shared_loops or 0, parse_path(e.mapping)) for e in function.einsums]
    names = report.component_names(function)
    colors = style.component_colors(report, names)
    column = _column_width(paths)
    panels = []
    for first, last in _panels(paths, max(1, int(_PAGE / column))):
        cells = _place(paths, first, last, 0, 1, names)
        panels.append((first, last, cells, 1 + max((c.row for c in cells), default=0)))
    width = max(last - first + 1 for first, last, _, _ in panels) * column
    height = sum((rows + 1.2) * _HEIGHT for *_, rows in panels)
    margin, top = 0.18, 1.05
    fig = style.figure(max(5.6, width + 2 * margin), height + top)
    ax = style.axes(fig, margin, fig.get_size_inches()[0] - width - margin, top, 0.0)
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    above = 0.0  # rows of the panels before
    for first, last, cells, rows in panels:
        for index in range(first, last + 1):
            ax.text(
                (index - first + 0.5) * column, (above + 0.5) * _HEIGHT, style.short(paths[index].name, 24),
                ha="center", va="center", fontsize=8.5, fontweight="bold", color=style.INK,
            )
        for cell in cells:
            span = (cell.last - cell.first + 1) * column - 2 * _GAP
            _draw(ax, replace(cell, row=cell.row + above), colors, (cell.first - first) * column + _GAP, span)
        above += rows + 1.2
    style.legend(ax, _legend(names, colors, paths), 3 if width < 6 else 8, 1.0)
    style.title(fig, "LoopTree", style.case_text(report, function))
    return fig


def _legend(names: list[str], colors: dict[str, str], paths: list[_Path]) -> list[Patch]:
    used = {node.where for path in paths for keeps in path.keeps for node in keeps}
    handles = [Patch(facecolor=colors[n], label=n) for n in names if n in used]
    handles.append(Patch(facecolor=style.PAPER, edgecolor=_LOOP_EDGE, label="loop by tile ×iterations"))
    if any(loop.kind == "par" for path in paths for loop in path.loops):
        handles.append(Patch(facecolor=_SPATIAL, linestyle="--", edgecolor=_LOOP_EDGE, label="spatial · fan-out"))
    return handles
