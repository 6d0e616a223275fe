"""Index expressions of Einsums: sums of ranks with integer factors, such as `2*p + r`."""

from __future__ import annotations

import re
from typing import Mapping, Union

Expression = Union[str, int]


def terms(expression: Expression) -> dict[str, int]:
    """The linear terms `{rank: factor}` of an expression, in order; whole numbers alone are no term."""
    found: dict[str, int] = {}
    for part in str(expression).replace("-", "+-").split("+"):
        factor = 1
        names: list[str] = []
        for item in filter(None, (f.strip() for f in part.split("*"))):
            if re.fullmatch(r"-?\d+", item):
                factor *= int(item)
            elif item.startswith("-"):
                factor, names = -factor, [*names, item[1:].strip()]
            else:
                names.append(item)
        for name in names:
            found[name] = found.get(name, 0) + factor
    return found


def extent(expression: Expression, bounds: Mapping[str, int]) -> int:
    """How many values the expression ranges over, holes included."""
    return 1 + sum(abs(factor) * (bounds[rank] - 1) for rank, factor in terms(expression).items())


def affine(expression: Expression, names: Mapping[str, str] | None = None) -> str:
    """The expression as MLIR and Accel read it; `names` replaces ranks, for example by loop variables."""
    named = [((names or {}).get(rank, rank), factor) for rank, factor in terms(expression).items()]
    return " + ".join(name if factor == 1 else f"{factor}*{name}" for name, factor in named) or "0"
