"""One point of a sweep, on a worker."""

from __future__ import annotations

import os
from typing import Any

import accel
from accel.sweep.plan import Point


def evaluate(point: Point) -> dict[str, Any]:
    """Maps the point's module. Returns a record with its figures, or with status `infeasible` or `error` and a reason.

    Figures of a module with several functions are sums; `usage` is the largest share of each level.
    """
    try:
        report = accel.map(
            point.module, target=point.target, target_set=dict(point.parameters) or None,
            # A worker takes one core: the points are what runs in parallel.
            **{"threads": 1, **dict(point.options)},
        )
    except accel.InfeasibleError as error:
        function = next(f for f in error.report.functions if f.status == "infeasible")
        return {"status": "infeasible", "reason": function.reason}
    except accel.AccelError as error:
        return {"status": "error", "reason": str(error)}
    functions = report.functions
    energy, latency = sum(f.energy_j for f in functions), sum(f.latency_s for f in functions)
    usage: dict[str, float] = {}
    for function in functions:
        for level, share in function.usage.items():
            usage[level] = max(share, usage.get(level, 0.0))
    return {
        "status": "optimal" if all(f.status == "optimal" for f in functions) else "feasible",
        "energy_j": energy, "latency_s": latency, "edp_js": energy * latency, "usage": usage,
        "search_s": sum(f.search["seconds"] for f in functions), "worker": os.getpid(),
    }
