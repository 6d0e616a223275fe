"""One point of a sweep, on a worker, in a process of its own.

A search that runs out of memory or crashes takes down that process, and neither the worker nor the points that wait
there.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any, Sequence

import accel
from accel.sweep.plan import Point

# A process that dies may have been one of many that filled the memory: try again, but not for ever.
ATTEMPTS = 3
_COMMAND = (sys.executable, "-m", "accel.sweep.evaluate")


def evaluate(point: Point, command: Sequence[str] = _COMMAND) -> dict[str, Any]:
    """The point's record, from a child process."""
    content = json.dumps([point.module, point.target, point.parameters, point.options])
    for _ in range(ATTEMPTS):
        child = subprocess.run(command, input=content, capture_output=True, text=True, check=False)
        if child.returncode == 0:
            return json.loads(child.stdout)
    if child.returncode < 0:
        reason = f"its process was killed by {signal.Signals(-child.returncode).name}, {ATTEMPTS} times"
    else:
        lines = child.stderr.strip().splitlines() or [f"exit code {child.returncode}"]
        reason = f"its process failed: {lines[-1]}"
    return {"status": "error", "reason": reason}


def map_point(module: str, target: str, parameters: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Maps a module. Returns its figures, or status `infeasible` or `error` and a reason.

    Figures of a module with several functions are sums; `usage` is the largest share of each level.
    """
    try:
        # A worker takes one core: the points are what runs in parallel.
        report = accel.map(module, target=target, target_set=parameters or None, **{"threads": 1, **options})
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
        "search_s": sum(f.search["seconds"] for f in functions),
    }


def _main() -> None:
    module, target, parameters, options = json.load(sys.stdin)
    json.dump(map_point(module, target, dict(parameters), dict(options)), sys.stdout)


if __name__ == "__main__":
    _main()
