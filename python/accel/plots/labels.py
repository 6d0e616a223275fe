"""Labels beside points, placed so that none covers another label, a mark, or a line."""

from __future__ import annotations

from typing import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from accel.plots import style

_MARK = 5.0  # points around a mark that stay free
# Where a label may stand, best first: points to the right and up, and how it is aligned there.
_NEAR = (
    (9, -12, "left"), (9, 4, "left"), (-9, -12, "right"), (-9, 4, "right"), (0, -18, "center"), (0, 10, "center"),
)
_FAR = ((9, -25, "left"), (-9, -25, "right"), (9, 17, "left"), (-9, 17, "right"))


class Labels:
    """Keeps what is taken. Scales, limits and the figure's size must not change any more."""

    def __init__(self, ax: Axes, marks: Iterable[tuple[float, float]]):
        self._ax = ax
        self._renderer = FigureCanvasAgg(ax.figure).get_renderer()
        self._pixels = ax.figure.dpi / 72
        self._taken = [text.get_window_extent(self._renderer) for text in ax.texts]
        for x, y in marks:
            self._take(x, y, _MARK)
        for line in ax.lines:
            if len(line.get_xdata()) > 1:
                self._take_line(*(line.get_transform().transform(point) for point in line.get_xydata()[:2]))

    def _take(self, x: float, y: float, points: float) -> None:
        px, py = self._ax.transData.transform((x, y))
        room = points * self._pixels
        self._taken.append(Bbox.from_extents(px - room, py - room, px + room, py + room))

    def _take_line(self, first: Sequence[float], last: Sequence[float]) -> None:
        steps = 100
        for i in range(steps):
            low, high = i / steps, (i + 1) / steps
            corners = [[a + part * (b - a) for a, b in zip(first, last)] for part in (low, high)]
            self._taken.append(Bbox([[min(c[0] for c in corners), min(c[1] for c in corners)],
                                     [max(c[0] for c in corners), max(c[1] for c in corners) + 1]]))

    def place(self, texts: Sequence[str], x: float, y: float) -> bool:
        """Writes the first of `texts`, longest first, that has room close to a point, or else further away.

        False if none has.
        """
        return any(self._try(text, x, y, place) for places in (_NEAR, _FAR) for text in texts for place in places)

    def _try(self, text: str, x: float, y: float, place: tuple[float, float, str]) -> bool:
        right, up, align = place
        label = self._ax.annotate(
            text, (x, y), (right, up), textcoords="offset points", fontsize=8.5, ha=align, color=style.INK, zorder=5,
            parse_math=False,
        )
        box = label.get_window_extent(self._renderer)
        frame = self._ax.get_window_extent(self._renderer)
        inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        if inside and not any(box.overlaps(other) for other in self._taken):
            self._taken.append(box)
            return True
        label.remove()
        return False
