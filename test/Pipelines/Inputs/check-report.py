"""Checks that a report has exactly the keys that its schema promises.

usage: check-report.py REPORT [--unfused] [--front=latency|usage] [--infeasible]
                        [--units=NAME,...]
"""

import json
import math
import sys

path, flags = sys.argv[1], set(sys.argv[2:])
report = json.load(open(path))


def expect(what, found, wanted):
    if set(found) != set(wanted):
        sys.exit(f"{what}: found {sorted(found)}, expected {sorted(wanted)}")


def expect_equal(what, found, wanted):
    if not math.isclose(found, wanted, rel_tol=1e-12):
        sys.exit(f"{what}: found {found}, expected {wanted}")


expect("report", report,
       ["schema", "tool", "target", "engine", "objective", "architecture",
        "functions"])
assert report["schema"] == 1
assert report["tool"].startswith("accel-opt ")
search_keys = ["seconds", "mapspace_log10", "partial_mappings", "pruned",
               "distinct_einsums", "joins", "peak_rss_bytes"]
units = next((f[len("--units="):].split(",") for f in flags
              if f.startswith("--units=")), ["MAC", "ScalarUnit"])
front = next((f for f in flags if f.startswith("--front=")), None)
for function in report["functions"]:
    expect("search", function["search"], search_keys)
    if "--infeasible" in flags:
        expect("function", function, ["name", "status", "reason", "search"])
        assert function["status"] == "infeasible"
        continue
    keys = ["name", "status", "energy_j", "latency_s", "edp_js", "einsums",
            "groups", "usage", "peak_bits", "search"]
    keys += ["pareto"] if front else ["lower_bound", "gap"]
    keys += ["unfused"] if "--unfused" in flags else []
    expect("function", function, keys)
    totals = ["energy_j", "latency_s", "edp_js"]
    assert function["status"] == "optimal"
    expect_equal("edp", function["edp_js"],
                 function["energy_j"] * function["latency_s"])
    if "--unfused" in flags:
        expect("unfused", function["unfused"], totals)
        assert function["unfused"]["edp_js"] >= function["edp_js"]
    if front:
        assert function["pareto"]
        for point in function["pareto"]:
            expect("point", point, ["energy_j", "latency_s"] +
                   (["usage"] if front == "--front=usage" else []))
            assert point["latency_s"] > 0
        second = "usage" if front == "--front=usage" else "latency_s"
        points = sorted((p["energy_j"], p[second]) for p in function["pareto"])
        for (e0, s0), (e1, s1) in zip(points, points[1:]):
            assert e0 < e1 and s0 > s1, "a point of the front is dominated"
    else:
        assert function["gap"] == 0.0
        expect_equal("lower bound", function["lower_bound"],
                     function[{"edp": "edp_js", "energy": "energy_j",
                               "latency": "latency_s"}[report["objective"]]])
    for total in ("energy_j", "latency_s"):
        expect_equal(total, sum(e[total] for e in function["einsums"]),
                     function[total])
    for einsum in function["einsums"]:
        expect("einsum", einsum,
               ["name", "group", "energy_j", "latency_s", "computes",
                "latency_per_component_s", "actions", "transfers",
                "energy_per_component_j", "mapping", "shared_loops"])
        assert isinstance(einsum["computes"], int)
        leaf = einsum["mapping"].splitlines()[-1].strip()
        assert leaf in [f"compute {unit}" for unit in units], leaf
        for tensors in einsum["actions"].values():
            for actions in tensors.values():
                expect("action", actions,
                       ["read_bits", "write_bits", "fill_bits"])
                assert actions["fill_bits"] <= actions["write_bits"]
        expect_equal("energy per component", einsum["energy_j"],
                     sum(sum(c.values())
                         for c in einsum["energy_per_component_j"].values()))
        # Ends that a level exposes come on top of the longest component.
        longest = max(einsum["latency_per_component_s"].values())
        if einsum["latency_s"] < longest * (1 - 1e-12):
            sys.exit(f"latency {einsum['latency_s']} is below a component's {longest}")
        for name, parts in einsum["energy_per_component_j"].items():
            expect(name, parts, ["compute", "leak"] if "compute" in parts
                   else ["read", "write", "leak"])
    names = [name for g in function["groups"] for name in g["einsums"]]
    assert names == [e["name"] for e in function["einsums"]]
    for group in function["groups"]:
        expect("group", group, ["id", "einsums", "fused_loops", "on_chip"])
        for loop in group["fused_loops"]:
            rank, trips = loop.split(":")
            assert rank and int(trips) > 0
    for share in function["usage"].values():
        assert 0 <= share <= 1
