"""The look that all pictures share: one font, one palette that stays readable in grey, a title that states the case."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence, Union

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from accel import quantity
from accel.errors import AccelError

if TYPE_CHECKING:
    from accel.report import Function, Report

INK = "#1a2433"
FAINT = "#5d6b7e"
GRID = "#dfe4ea"
PAPER = "#ffffff"
ACCENT = "#b8432f"
# From dark to light with steady steps of lightness, so that order survives a grey print.
_RAMP = LinearSegmentedColormap.from_list("accel", ["#16294a", "#1f5b86", "#3b93a5", "#86c7a3", "#dcdf8e"])
_COMPUTE = "#f3efe4"
LEAK = "#c9ced6"

_SETTINGS = {
    "font.family": "DejaVu Sans", "font.size": 9, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": FAINT,
    "xtick.color": FAINT, "ytick.color": FAINT, "axes.linewidth": 0.8, "hatch.linewidth": 0.6, "svg.hashsalt": "accel",
    "svg.fonttype": "path", "mathtext.default": "regular",
}


def require_mapping(function: Function) -> None:
    """A picture of a mapping needs one."""
    if not any(e.mapping for e in function.einsums):
        raise AccelError(f"error: function {function.name!r} is {function.status}: there is no mapping to draw")


def figure(width: float, height: float) -> Figure:
    """An empty figure in inches, outside of pyplot: nothing global is touched, nothing needs closing."""
    with matplotlib.rc_context(_SETTINGS):
        return Figure(figsize=(width, height), dpi=110, facecolor=PAPER)


def axes(fig: Figure, left: float, right: float, top: float, bottom: float) -> Axes:
    """Axes with margins in inches; `top` leaves room for the title."""
    width, height = fig.get_size_inches()
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    with matplotlib.rc_context(_SETTINGS):
        ax = fig.add_axes(box)
    ax.tick_params(length=3, labelsize=9)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def title(fig: Figure, text: str, case: str) -> None:
    """A headline and, below, what it is about."""
    width, height = fig.get_size_inches()
    fig.text(0.18 / width, 1 - 0.32 / height, text, fontsize=12.5, fontweight="bold", color=INK, va="center")
    fig.text(0.18 / width, 1 - 0.58 / height, case, fontsize=9, color=FAINT, va="center")
    _take_literally(fig)


def _take_literally(fig: Figure) -> None:
    """Names are shown as they are: a `$` in one starts no formula."""
    for text in fig.findobj(Text):
        text.set_parse_math(False)


def case_text(report: Report, function: Function) -> str:
    """`forward on tpu_v4i, objective edp, optimal`."""
    objective = f"objective {report.objective}, " if report.objective else ""
    text = f"{function.name} on {report.target}, {objective}{function.status}"
    if function.gap:
        text += f" within {quantity.percent(function.gap)} of the bound"
    return text


def component_colors(report: Report, names: Sequence[str]) -> dict[str, str]:
    """A colour for each component: memories from dark (outermost) to light, compute units lightest."""
    units = [n for n in names if (c := report.component(n)) is not None and c.kind == "compute"]
    memories = [n for n in names if n not in units]
    steps = max(3, len(memories) - 1)
    colors = {n: matplotlib.colors.to_hex(_RAMP(i / steps)) for i, n in enumerate(memories)}
    return {**colors, **{n: _COMPUTE for n in units}}


def hatch_of(report: Report, name: str) -> str | None:
    """Compute units are hatched, each its own way."""
    units = [c.name for c in report.architecture if c.kind == "compute"]
    return ("////", "....", "xxxx", "\\\\\\\\")[units.index(name) % 4] if name in units else None


def text_on(color: str) -> str:
    """Ink or paper, whichever is readable on `color`."""
    red, green, blue = to_rgb(color)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else PAPER


def unit_axis(axis: object, unit: str) -> None:
    """Ticks with SI prefixes."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, unit)))  # type: ignore[attr-defined]


def tick_text(value: float, unit: str) -> str:
    """`1 mJ`, `2.5 µs`: as short as exact."""
    if value == 0:
        return "0"
    number, _, suffix = quantity.with_unit(value, unit).partition(" ")
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {suffix}".rstrip()


def legend(ax: Axes, handles: Sequence[object], columns: int, above: float = 1.01) -> None:
    """A legend in one line above the axes, left-aligned."""
    with matplotlib.rc_context(_SETTINGS):
        ax.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, above), ncol=columns, frameon=False, fontsize=8.5,
            handlelength=1.3, handleheight=0.9, columnspacing=1.4, borderaxespad=0, handletextpad=0.5,
        )


def short(name: str, length: int = 22) -> str:
    """A long name cut in the middle: both ends tell."""
    if len(name) <= length:
        return name
    head = (length - 1) // 2
    return f"{name[:head]}…{name[-(length - 1 - head):]}"


# Without what would differ from run to run: the same figure always gives the same bytes.
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def write(fig: Figure, file: Any, kind: str) -> None:
    """Writes `png` or `svg` to a path or a binary file."""
    _take_literally(fig)
    with matplotlib.rc_context(_SETTINGS):
        fig.savefig(file, format=kind, dpi=150, metadata=_METADATA[kind])


def save(fig: Figure, path: Union[str, os.PathLike]) -> None:
    """Writes PNG or SVG, by the file's suffix."""
    kind = Path(path).suffix.lower().lstrip(".")
    if kind not in _METADATA:
        raise AccelError(f"error: picture {os.fspath(path)} must end in .png or .svg")
    write(fig, path, kind)
