"""Numbers for people: units with prefixes, thousands separators, aligned tables."""

from __future__ import annotations

from typing import Collection, Sequence

_PREFIXES = (
    (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"),
    (1e-15, "f"), (1e-18, "a"),
)


def with_unit(value: float, unit: str) -> str:
    """Three significant digits and an SI prefix: 0.0563 s becomes "56.3 ms"."""
    if value == 0:
        return f"0 {unit}"
    i = next((i for i, (scale, _) in enumerate(_PREFIXES) if abs(value) >= scale), len(_PREFIXES) - 1)
    # Rounding may carry into the next prefix: 999.9 ms is 1 s.
    if i > 0 and abs(value) / _PREFIXES[i][0] >= 999.5:
        i -= 1
    scale, prefix = _PREFIXES[i]
    return f"{_three_digits(value / scale)} {prefix}{unit}"


def _three_digits(value: float) -> str:
    size = abs(value)
    if size >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 9.995 else f"{value:.2f}"


def ratio(value: float) -> str:
    """A factor with its sign: "1.73×"."""
    return f"{_three_digits(value)}×"


def percent(share: float) -> str:
    """A share of one with two digits after the point."""
    return f"{100 * share:.2f} %"


def table(rows: Sequence[Sequence[object]], indent: str = "  ", right: Collection[int] = ()) -> str:
    """Lines with columns as wide as their widest cell; columns in `right` are right-aligned."""
    count = max(len(row) for row in rows)
    filled = [[str(cell) for cell in row] + [""] * (count - len(row)) for row in rows]
    widths = [max(len(row[i]) for row in filled) for i in range(count)]
    lines = []
    for row in filled:
        cells = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths))]
        lines.append((indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)
