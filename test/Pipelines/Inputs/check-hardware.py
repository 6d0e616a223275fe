"""Checks a report of search=hardware.

usage: check-hardware.py REPORT AREA_MM2 POWER_W

The limits are kept, what the report says of sizes is what its architecture says,
and the result is not worse than the target as given, where that keeps them.
"""

import json
import sys

report = json.load(open(sys.argv[1]))
area, power = map(float, sys.argv[2:4])
hardware = report["hardware"]
function, = report["functions"]
assert 0 < hardware["area_mm2"] <= area, hardware
assert 0 < hardware["power_w"] <= power, hardware
assert hardware["evaluated"] > 1, hardware
assert abs(function["energy_j"] / function["latency_s"] / hardware["power_w"] - 1) < 1e-9
nodes = {node["name"]: node for node in report["architecture"]}
assert hardware["sizes"], hardware
for name, value in hardware["sizes"].items():
    node, field = name.rsplit(".", 1)
    if node in nodes and field in nodes[node]:
        assert nodes[node][field] == value, (name, value, nodes[node])
if "given" in hardware:
    assert hardware["given"]["area_mm2"] <= area, hardware
    assert function["edp_js"] <= hardware["given"]["edp_js"] * (1 + 1e-9), hardware
print(*sorted(hardware["sizes"]))
