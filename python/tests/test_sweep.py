"""Sweeps: what the YAML means, resuming after a crash, workers that die, tables and picture."""

import csv
import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import accel
import cases
from accel.sweep import plan, results, schedule
from accel.sweep.evaluate import evaluate
from accel.sweep.journal import Journal

SWEEP = """
target: simple
set:
  GlobalBuffer.size_bits: [16384, 32768, 65536]
  MainMemory.read_j_per_bit: 10
networks:
  - file: chain.mlir
  - {file: chain.mlir, name: again}
options:
  objective: energy
  max_fused_loops: [0, 1]
"""


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "chain.mlir").write_text(cases.CHAIN)

    def sweep(self, text=SWEEP):
        path = self.folder / "sweep.yaml"
        path.write_text(text)
        return path


class PlanTest(FolderTest):
    def test_product_in_order_and_each_point_once(self):
        points = plan.load(self.sweep())
        # The second network has the same text, so its points are those of the first.
        self.assertEqual(len(points), 3 * 2)
        self.assertEqual(dict(points[1].parameters), {"GlobalBuffer.size_bits": 16384, "MainMemory.read_j_per_bit": 10})
        self.assertEqual([dict(p.options)["max_fused_loops"] for p in points], [0, 1] * 3)
        self.assertEqual([p.key for p in points], [p.key for p in plan.load(self.sweep())])

    def test_key_depends_on_the_module(self):
        before = plan.load(self.sweep())[0].key
        (self.folder / "chain.mlir").write_text(cases.CHAIN.replace("64", "32"))
        self.assertNotEqual(plan.load(self.sweep())[0].key, before)

    def test_generated_networks_and_target_files(self):
        points = plan.load(self.sweep(
            "targets: [eyeriss, chip.mlir]\nnetworks:\n  - {generate: transformer_block, sequence: 64, d-model: 256, "
            "heads: 4, ffn: 512}\n"
        ))
        self.assertEqual([p.target for p in points], ["eyeriss", str((self.folder / "chip.mlir").resolve())])
        self.assertIn("func.func @forward", points[0].module)

    def test_mistakes_are_named(self):
        for text, message in (
            ("[", "is no YAML"), ("- 1", "must have names and values"), ("speed: 1", '"speed" but networks, options'),
            ("networks: [bert_base]", "either target or targets"), ("target: simple", "needs networks"),
            ("target: simple\nnetworks: [vgg]", '"vgg" is unknown: resnet18'),
            ("target: simple\nnetworks: [none.mlir]", "none.mlir cannot be read"),
            ("target: simple\nnetworks: [{generate: bert_base, wings: 2}]", "bert_base"),
            ("target: simple\nnetworks: [chain.mlir]\nset: {A.n: []}", "empty list"),
            ("target: simple\nnetworks: [chain.mlir]\nset: {A.n: {b: 1}}", "must be numbers"),
            ("target: simple\nnetworks: [chain.mlir]\noptions: {report: x}", '"report", which the sweep sets'),
        ):
            with self.subTest(message), self.assertRaisesRegex(accel.AccelError, "sweep.yaml: error: .*" + message):
                plan.load(self.sweep(text))


class JournalTest(FolderTest):
    def test_torn_line_is_dropped_and_whole_lines_stay(self):
        path = self.folder / "points.jsonl"
        path.write_bytes(b'{"key": "a", "status": "optimal"}\n{"key": "b", "sta')
        journal = Journal(path)
        self.assertEqual(list(journal.records), ["a"])
        journal.add({"key": "c", "status": "error"})
        journal.add({"key": "a", "status": "other"})
        journal.close()
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual([(r["key"], r["status"]) for r in lines], [("a", "optimal"), ("c", "error")])

    def test_second_process_is_refused(self):
        journal = Journal(self.folder / "points.jsonl")
        self.addCleanup(journal.close)
        with self.assertRaisesRegex(accel.AccelError, "another sweep writes"):
            Journal(self.folder / "points.jsonl")

    def test_other_content_is_refused(self):
        (self.folder / "points.jsonl").write_text('{"key": "a"}\n7\n')
        with self.assertRaisesRegex(accel.AccelError, "points.jsonl:2: error: is no record"):
            Journal(self.folder / "points.jsonl")


def die_once(point):
    """Kills its worker the first time that it sees the point named "deadly"."""
    mark = Path(dict(point.options)["folder"]) / point.network
    if point.network == "deadly" and not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return {"status": "optimal", "from": os.getpid()}


def raise_error(point):
    raise RuntimeError("no such thing")


class ScheduleTest(FolderTest):
    def points(self, *names):
        options = ("folder", str(self.folder))
        return [plan.Point(name, "", "simple", (), (options, ("name", name))) for name in names]

    def run_points(self, points, work, workers=2):
        found = {}

        def done(point, result):
            self.assertNotIn(point.network, found, "a point came twice")
            found[point.network] = result

        schedule.run(points, done, workers=workers, work=work)
        return found

    def test_dying_worker_is_survived(self):
        found = self.run_points(self.points("a", "deadly", "b", "c", "d"), die_once)
        self.assertEqual({r["status"] for r in found.values()}, {"optimal"})
        self.assertEqual(len(found), 5)
        killed = (self.folder / "deadly").read_text()
        self.assertNotEqual(str(found["deadly"]["from"]), killed, "it was not another worker")

    def test_exception_is_the_points_result(self):
        found = self.run_points(self.points("a"), raise_error, workers=1)
        self.assertEqual(found["a"], {"status": "error", "reason": "RuntimeError: no such thing"})

    def test_unreachable_scheduler(self):
        with self.assertRaisesRegex(accel.AccelError, "scheduler nowhere cannot be reached"):
            schedule.run(self.points("a"), print, scheduler="nowhere")


class EvaluateTest(FolderTest):
    def evaluate(self, script):
        point = plan.load(self.sweep())[0]
        return evaluate(point, ["bash", "-c", f"echo >> {self.folder}/tries; {script}"])

    def test_process_that_always_dies_is_an_error(self):
        self.assertEqual(
            self.evaluate("kill -9 $$"), {"status": "error", "reason": "its process was killed by SIGKILL, 3 times"}
        )
        self.assertEqual((self.folder / "tries").read_text().count("\n"), 3)

    def test_process_that_dies_once_is_tried_again(self):
        script = f"test $(wc -l < {self.folder}/tries) -gt 1 || kill -9 $$; echo '{{\"status\": \"optimal\"}}'"
        self.assertEqual(self.evaluate(script), {"status": "optimal"})

    def test_last_line_of_a_failure_is_the_reason(self):
        reason = self.evaluate("echo first >&2; echo last >&2; exit 3")["reason"]
        self.assertEqual(reason, "its process failed: last")

    @cases.needs_extension
    def test_statuses(self):
        feasible, infeasible, wrong = (
            evaluate(plan.Point("n", cases.CHAIN, "eyeriss", parameters, ())) for parameters in
            ((), (("WeightScratchpad.size_bits", 4),), (("WeightScratchpad.wings", 4),))
        )
        self.assertEqual(feasible["status"], "optimal")
        self.assertEqual(feasible["energy_j"], accel.map(cases.CHAIN, target="eyeriss").function().energy_j)
        self.assertEqual(infeasible["status"], "infeasible")
        self.assertIn("WeightScratchpad", infeasible["reason"])
        self.assertEqual(wrong["status"], "error")
        self.assertIn("wings", wrong["reason"])


class ResultsTest(FolderTest):
    def setUp(self):
        super().setUp()
        self.points = plan.load(self.sweep())
        figures = [(5.0, 1.0), (3.0, 2.0), (4.0, 3.0), (1.0, 9.0)]
        self.records = {
            p.key: {**plan.as_record(p), "status": "optimal", "energy_j": e, "latency_s": t, "edp_js": e * t,
                    "usage": {"GlobalBuffer": 0.5}, "search_s": 0.1}
            for p, (e, t) in zip(self.points, figures)
        }
        self.records[self.points[4].key] = {"status": "infeasible", "reason": "too small"}

    def test_csv_has_one_row_a_point(self):
        results.write_tables(self.folder, self.points, self.records)
        with open(self.folder / "results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([r["status"] for r in rows], ["optimal"] * 4 + ["infeasible"])
        self.assertEqual(rows[3]["energy_j"], "1.0")
        self.assertEqual(rows[4]["reason"], "too small")
        self.assertEqual(rows[0]["GlobalBuffer.size_bits"], "16384")
        self.assertEqual(rows[0]["usage.GlobalBuffer"], "0.5")

    @cases.needs_module("pandas")
    def test_parquet_gets_columns_of_one_type(self):
        import pandas

        frames = []

        def keep(frame, path):
            frames.append(frame)
            Path(path).write_bytes(b"PAR1")

        points = [dataclasses.replace(p, options=(("seed", seed),)) for p, seed in zip(self.points, (1, "two", 3))]
        records = {p.key: {"status": "optimal", "energy_j": 1.0} for p in points[:2]}
        records[points[2].key] = {"status": "infeasible", "reason": "too small"}
        with mock.patch.object(pandas.DataFrame, "to_parquet", keep), \
                mock.patch.object(importlib.util, "find_spec", return_value=True):
            files = results.write_tables(self.folder, points, records)
        self.assertEqual(files[-1].read_bytes(), b"PAR1")
        frame, = frames
        self.assertEqual(list(frame["seed"]), ["1", "two", "3"])
        self.assertEqual(frame["energy_j"].dtype, "float64")
        self.assertTrue(frame["energy_j"].isna()[2])
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith(".")], [])

    def test_front(self):
        best = results.front([r for r in self.records.values() if "energy_j" in r])
        self.assertEqual([r["energy_j"] for r in best], [5.0, 3.0, 1.0])

    def test_picture_and_summary(self):
        path = results.write_plot(self.folder, self.points, self.records)
        self.assertGreater(path.stat().st_size, 5000)
        self.assertRegex(results.summary(self.points, self.records), r"chain +simple +5.00 J·s +5.00 J +1.00 s")
        self.assertIsNone(results.write_plot(self.folder, self.points, {}))


@cases.needs_extension
class CommandTest(FolderTest):
    def start(self, *arguments, **options):
        return subprocess.Popen(
            [sys.executable, "-m", "accel", "sweep", str(self.sweep()), *map(str, arguments)], cwd=self.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )

    def finish(self, process):
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def journal(self):
        path = self.folder / "sweep" / "points.jsonl"
        return path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def test_killed_sweep_resumes_without_losing_or_repeating(self):
        process = self.start("--workers", 1)
        deadline = time.monotonic() + 120
        while len(self.journal()) < 2 and process.poll() is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = [line for line in self.journal() if line.endswith(b"\n")]
        self.assertGreaterEqual(len(before), 2)
        self.assertFalse((self.folder / "sweep" / "results.csv").exists(), "it was killed too late to show anything")
        # As if it had died while writing.
        with open(self.folder / "sweep" / "points.jsonl", "ab") as file:
            file.write(b'{"key": "torn')

        code, out, err = self.finish(self.start("--workers", 2))
        self.assertEqual(code, 0, err)
        self.assertIn(f"6 points, {len(before)} finished before", err)
        after = self.journal()
        self.assertEqual(after[:len(before)], before)
        keys = [json.loads(line)["key"] for line in after]
        self.assertEqual(sorted(keys), sorted(p.key for p in plan.load(self.sweep())))
        self.assertIn("best energy × latency", out)

        # A further run does nothing, and what is there is what a run in process gives.
        code, _, err = self.finish(self.start())
        self.assertEqual((code, self.journal()), (0, after))
        with open(self.folder / "sweep" / "results.csv", newline="") as file:
            for row in csv.DictReader(file):
                alone = accel.map(
                    cases.CHAIN, target="simple", objective="energy", max_fused_loops=row["max_fused_loops"],
                    target_set={"GlobalBuffer.size_bits": row["GlobalBuffer.size_bits"],
                                "MainMemory.read_j_per_bit": row["MainMemory.read_j_per_bit"]},
                )
                self.assertEqual(float(row["energy_j"]), alone.function().energy_j)

    def test_list_and_mistakes(self):
        code, out, _ = self.finish(self.start("--list"))
        self.assertEqual((code, len(out.splitlines())), (0, 6))
        code, _, err = self.finish(self.start("--workers", 0))
        self.assertEqual((code, err), (1, "error: --workers is 0 but must be at least 1\n"))

    def test_own_scheduler(self):
        """A scheduler and a worker that were started by hand, as on a cluster."""
        address = self.folder / "scheduler.json"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder}
        modules = (["scheduler", "--port", "0", "--no-dashboard"], ["worker", "--nthreads", "1", "--no-dashboard"])
        for name, *rest in modules:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", str(address), *rest], **quiet
            )
            self.addCleanup(process.wait)
            self.addCleanup(process.terminate)
        deadline = time.monotonic() + 60
        while not address.exists() or not address.read_text().strip():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        scheduler = json.loads(address.read_text())["address"]
        code, _, err = self.finish(self.start("--scheduler", scheduler))
        self.assertEqual(code, 0, err)
        self.assertEqual(len(self.journal()), 6)


if __name__ == "__main__":
    unittest.main()
