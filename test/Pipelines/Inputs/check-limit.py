"""A report written under a time limit: feasible with a remark and a gap that fits, or proven in time."""

import json
import sys

function = json.load(open(sys.argv[1]))["functions"][0]
log = open(sys.argv[2]).read()
assert function["status"] in ("feasible", "optimal"), function["status"]
assert function["lower_bound"] <= function["edp_js"] * (1 + 1e-9)
if function["status"] == "optimal":
    assert function["gap"] == 0 and "not proven to be the optimum" not in log
else:
    assert "not proven to be the optimum" in log
    if function["lower_bound"] > 0:
        wanted = function["edp_js"] / function["lower_bound"] - 1
        assert abs(function["gap"] - wanted) <= 1e-9 * (1 + wanted)
    else:
        assert function["gap"] is None
