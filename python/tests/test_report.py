"""Reports as data: reading, tables, what is no report."""

import json
import math
import tempfile
import unittest
from pathlib import Path

import numpy as np

import accel
import cases
from accel.plots.mapping import Node, parse_path


class ReadingTest(unittest.TestCase):
    def test_fields_and_lookups(self):
        report = accel.Report.from_json(json.dumps(cases.REPORT))
        function = report.function()
        self.assertEqual((function.name, function.unfused.edp_js, function.gap), ("f", 200.0, 0.0))
        self.assertEqual(function.einsum("T1").bound_by, "MAC")
        self.assertEqual(function.einsum("T2").bits("Buffer"), 400)
        self.assertEqual(function.einsum("T2").bits("DRAM"), 0)
        self.assertEqual(report.component_names(function), ["DRAM", "Buffer", "MAC"])
        self.assertIsNone(report.component("DRAM").size_bits)
        self.assertEqual(json.loads(report.to_json()), cases.REPORT)

    def test_infeasible_function_has_no_figures(self):
        text = {**cases.REPORT, "functions": [{"name": "f", "status": "infeasible", "reason": "too big", "search": {}}]}
        function = accel.Report.from_json(text).function("f")
        self.assertTrue(math.isnan(function.energy_j))
        self.assertEqual(function.reason, "too big")

    def test_unknown_keys_are_ignored(self):
        self.assertEqual(accel.Report.from_json({**cases.REPORT, "new": 1}).function().name, "f")

    def test_what_is_no_report_is_refused_with_the_place(self):
        broken = cases.report()
        del broken["functions"][0]["einsums"][1]["computes"]
        for content, message in (
            ("{", "no JSON"), ("[]", "no functions"), ({"functions": []}, "schema None"),
            ({**cases.REPORT, "schema": 2}, "schema 2 but this version reads 1"),
            ({**cases.REPORT, "functions": 3}, "functions is int"),
            ({**cases.REPORT, "functions": [3]}, r"functions\[0\]"),
            (broken, r"functions\[0\].einsums\[1\] lacks 'computes'"),
            (cases.report(status="fine"), "status is 'fine'"),
            (cases.report(energy_j="much"), r"functions\[0\].energy_j is 'much' but must be float"),
            (cases.report(usage={"A": None}), r"usage is {'A': None} but must be Mapping"),
            (cases.report(unfused=7), r"functions\[0\].unfused is int"),
            ("[" * 100_000, "no JSON"),
        ):
            with self.subTest(message), self.assertRaisesRegex(accel.ReportError, message):
                accel.Report.from_json(content)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "r.json")
            path.write_bytes(b"\xff\xfe")
            for name in (path, Path(folder, "none.json")):
                with self.assertRaisesRegex(accel.ReportError, "cannot be read"):
                    accel.Report.load(name)

    def test_function_must_be_named_where_there_are_several(self):
        two = {**cases.REPORT, "functions": [cases.REPORT["functions"][0], cases.report(name="g")["functions"][0]]}
        report = accel.Report.from_json(two)
        self.assertEqual(report.function("g").name, "g")
        with self.assertRaisesRegex(KeyError, "name one of"):
            report.function()
        with self.assertRaisesRegex(KeyError, "no function 'h'"):
            report.function("h")


class TablesTest(unittest.TestCase):
    def setUp(self):
        self.report = accel.Report.from_json(cases.REPORT)

    def test_einsums(self):
        table = self.report.to_numpy()
        self.assertEqual(list(table["einsum"]), ["T1", "T2"])
        self.assertEqual(table["energy_j"].sum(), 20.0)

    def test_components_add_up_to_the_einsums(self):
        table = self.report.to_numpy("components")
        self.assertEqual(table["energy_j"][table["einsum"] == "T1"].sum(), 12.0)

    def test_actions_groups_pareto(self):
        self.assertEqual(self.report.to_numpy("actions")["read_bits"].sum(), 2000)
        self.assertEqual(list(self.report.to_numpy("groups")["on_chip"]), ["T1@Buffer"])
        front = cases.report(pareto=[{"energy_j": 1.0, "latency_s": 2.0}])
        self.assertTrue(np.isnan(accel.Report.from_json(front).to_numpy("pareto")["usage"][0]))

    def test_unknown_table(self):
        with self.assertRaisesRegex(ValueError, "einsums, components"):
            self.report.to_numpy("rows")

    @cases.needs_module("pandas")
    def test_frame_has_the_same_columns(self):
        frame = self.report.to_frame("actions")
        self.assertEqual(list(frame.columns), list(self.report.to_numpy("actions").dtype.names))
        self.assertEqual(frame.groupby("level").read_bits.sum()["Buffer"], 400)


class PathTest(unittest.TestCase):
    def test_nodes(self):
        nodes = parse_path("keep A,B in L1\nfor m by 2|3  // 7 iterations\n  par n by 1 over X\n    compute MAC\n")
        self.assertEqual(nodes, [
            Node("keep", "L1", ("A", "B")), Node("for", "", (), "m", "2|3", 7), Node("par", "X", (), "n", "1"),
            Node("compute", "MAC"),
        ])

    def test_other_lines_are_refused(self):
        with self.assertRaisesRegex(accel.ReportError, "'jump'"):
            parse_path("keep A in L\njump")


if __name__ == "__main__":
    unittest.main()
