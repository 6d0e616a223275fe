"""Checks that the gradient engine's answer is the best of three.

usage: check-choice.py DIVIDES GRADIENT FFM

DIVIDES is the proven optimum over tiles that divide; the other two are over all
tiles. The gradient engine's answer must be better than half of either.
"""

import json
import sys

divides, gradient, ffm = (json.load(open(path))["functions"][0] for path in sys.argv[1:4])
assert divides["status"] == "optimal", divides["status"]
assert ffm["status"] == "feasible", ffm["status"]
values = [f["edp_js"] for f in (divides, gradient, ffm)]
assert values[1] < 0.5 * min(values[0], values[2]), values
