"""Checks a report of the gradient engine against the optimal engine's.

usage: check-gradient.py REPORT GAP [--edp VALUE,...]

Every function's gap to the optimum is at most GAP and not negative; with --edp
the optimum is at or below the given values, in microjoules times cycles of 1 ns.
"""

import json
import sys

report = json.load(open(sys.argv[1]))
most = float(sys.argv[2])
known = []
if "--edp" in sys.argv:
    known = [float(x) for x in sys.argv[sys.argv.index("--edp") + 1].split(",")]
assert report["engine"] == "gradient", report["engine"]
for i, function in enumerate(report["functions"]):
    other = function["compare"]
    assert function["status"] == "feasible", function["status"]
    assert other["engine"] == "ffm" and other["status"] == "optimal", other
    gap = other["gap"]
    assert -1e-9 <= gap <= most, (function["name"], gap)
    # The bound is the proven optimum, so both gaps are one.
    assert abs(function["gap"] - gap) <= 1e-9, (function["gap"], gap)
    if known:
        best = other["edp_js"] * 1e6 * 1e9
        assert best <= known[i], (function["name"], best, known[i])
assert not known or len(known) == len(report["functions"])
