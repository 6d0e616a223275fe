"""Every case of AccelForge, from generated linalg to a proven optimum.

With `reference-slots=true` the objective's value and every point of a front are the reference's (its figures are
float32: 1e-5); without, never worse. Usage: map_test.py with ACCEL_OPT set to the tool.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import oracle

ACCEL_OPT = os.environ.get("ACCEL_OPT", "accel-opt")
TOLERANCE = 1e-5
# Our search is better by the rule that the reference adds to its mapspace; the value is that of a mapping which its
# own evaluator prices so (`better_mapping` of the case).
BETTER = {"w12a_dwchain_248": 18608.0}


def search(case, options, folder):
    """The report on the case's one function."""
    program, report = folder / "program.mlir", folder / "report.json"
    program.write_text(oracle.linalg(case))
    subprocess.run(
        [ACCEL_OPT, program, f"--accel-map={options} threads=1 report={report}", "-o", os.devnull],
        check=True, timeout=600,
    )
    return json.loads(report.read_text())["functions"][0]


def reference_front(case):
    """(second, energy) by ascending energy; points that float32 told apart from a better one are left out."""
    points = []
    for point in case["expected"]["pareto"]:
        shares = [value for key, value in point.items() if key.endswith("_usage")]
        points.append((point.get("latency", max(shares, default=None)), point["energy"]))
    points.sort(key=lambda p: p[1])
    front = []
    for second, energy in points:
        if second is None or not front or second < front[-1][0] * (1 - 1e-6):
            front.append((second, energy))
    return front


def found_front(function, case):
    second = "latency_s" if "LATENCY" in case["objective"] else "usage"
    return [(point[second], point["energy_j"]) for point in function["pareto"]]


def dominated(point, front):
    """Whether some point of the front is as good in both respects."""
    return any(
        (point[0] is None or second <= point[0] * (1 + TOLERANCE)) and energy <= point[1] * (1 + TOLERANCE)
        for second, energy in front
    )


class MapTest(unittest.TestCase):
    def check_value(self, case, options, reference):
        with tempfile.TemporaryDirectory() as folder:
            function = search(case, options, Path(folder))
        self.assertEqual(function["status"], "optimal")
        if "pareto" in function:
            self.check_front(found_front(function, case), reference_front(case), reference)
            return
        expected = case["expected"]
        value = {
            "edp": expected["energy_j"] * expected["latency_s"],
            "energy": expected["energy_j"],
            "latency": expected["latency_s"],
        }
        objective = oracle.OBJECTIVES[tuple(case["objective"])]
        key = {"edp": "edp_js", "energy": "energy_j", "latency": "latency_s"}[objective]
        wanted, found = value[objective], function[key]
        self.assertAlmostEqual(function["lower_bound"] / found, 1, delta=1e-9)
        self.assertEqual(function["gap"], 0)
        if reference:
            self.assertAlmostEqual(found / wanted, 1, delta=TOLERANCE)
        else:
            self.assertLessEqual(found / wanted, 1 + TOLERANCE)
        if not reference and case["name"] in BETTER:
            self.assertAlmostEqual(found / BETTER[case["name"]], 1, delta=TOLERANCE)

    def check_front(self, found, expected, reference):
        for point in expected:
            self.assertTrue(dominated(point, found), f"{point} is not reached by {found}")
        if not reference:
            return
        self.assertEqual(len(found), len(expected), f"{found} against {expected}")
        for (our_second, our_energy), (second, energy) in zip(found, expected):
            self.assertAlmostEqual(our_energy / energy, 1, delta=TOLERANCE)
            if second is not None:
                self.assertAlmostEqual(our_second, second, delta=TOLERANCE * max(1, abs(second)))

    def test_reference_slots(self):
        for case in oracle.cases():
            with self.subTest(case["name"]):
                self.check_value(case, oracle.options(case), reference=True)

    def test_whole_mapspace(self):
        for case in oracle.cases():
            with self.subTest(case["name"]):
                options = oracle.options(case).replace("reference-slots=true", "reference-slots=false")
                self.check_value(case, options, reference=False)


if __name__ == "__main__":
    unittest.main()
