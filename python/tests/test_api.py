"""Mapping, compiling and simulating in process: figures worked out by hand, and everything that is refused."""

import json
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

import accel
import cases
from accel.api import options_text

LAYER = (cases.ROOT / "test/EndToEnd/matmul.mlir").read_text()


class OptionsTest(unittest.TestCase):
    def test_names_and_values_as_typed(self):
        text = options_text({
            "max_fused_loops": 1, "fuse": False, "target": None, "target_set": {"A.n": 2, "B.size_bits": 1.5},
            "report": "a b.json",
        })
        self.assertEqual(text, "max-fused-loops=1 fuse=false target-set=A.n=2,B.size_bits=1.5 report='a b.json'")

    def test_infinity_is_spelt_as_the_target_wants_it(self):
        self.assertEqual(options_text({"target_set": {"A.size_bits": float("inf")}}), "target-set=A.size_bits=inf")

    def test_quote_is_refused(self):
        with self.assertRaisesRegex(accel.AccelError, "must not hold a quote"):
            options_text({"report": "it's"})


@cases.needs_extension
class MapTest(unittest.TestCase):
    def test_pinned_mapping_costs_what_the_page_works_out(self):
        report = accel.map(cases.PINNED, target="simple", objective="energy", target_set=cases.COSTS)
        self.assertEqual(report.function("matmul").energy_j, 10_059_776)
        # 64 * 64 * 64 operations of one a second, and nothing else takes time.
        self.assertEqual(report.function().latency_s, 262_144)
        self.assertEqual(report.function().einsum("T1").computes, 64**3)

    def test_same_as_the_command_line(self):
        with tempfile.TemporaryDirectory() as folder:
            source, out = Path(folder, "chain.mlir"), Path(folder, "out.json")
            source.write_text(cases.CHAIN)
            subprocess.run(
                ["accel-opt", source, f"--accel-map=target=eyeriss objective=energy report={out}", "-o",
                 Path(folder, "mapped.mlir")], check=True,
            )
            report = accel.map(source, target="eyeriss", objective="energy")
            outside, inside = json.loads(out.read_text()), report.raw
            for functions in (outside["functions"], inside["functions"]):
                functions[0].pop("search")  # seconds and memory differ
            self.assertEqual(inside, outside)
            self.assertEqual(report.module.strip(), Path(folder, "mapped.mlir").read_text().strip())

    def test_mapped_module_maps_again_to_the_same_cost(self):
        first = accel.map(cases.CHAIN, target="tpu_v4i")
        again = accel.map(first.module, target=None)
        self.assertEqual(again.function().edp_js, first.function().edp_js)

    def test_target_from_a_file(self):
        by_path = accel.map(cases.CHAIN, target=cases.ROOT / "targets/eyeriss.mlir")
        self.assertEqual(by_path.function().energy_j, accel.map(cases.CHAIN, target="eyeriss").function().energy_j)

    def test_remarks_are_kept(self):
        dynamic = cases.CHAIN.replace("return %T2", "%n = math.absi %T2 : tensor<64x64xi8>\n  return %n")
        report = accel.map(dynamic, target="simple")
        self.assertRegex(str(report.diagnostics[0]), r"^module:\d+:\d+: remark: not mapped: ")

    def test_errors_name_the_place(self):
        for source, options, message in (
            ("func.func @f(\n", {"target": "simple"}, r"^module:\d:\d+: error: "),
            (cases.CHAIN, {"target": "nowhere"}, 'error: unknown target "nowhere": shipped targets are eyeriss'),
            (cases.CHAIN, {"target": "simple", "speed": 1}, 'no option "speed"'),
            (cases.CHAIN, {"target": "simple", "objective": "speed"}, 'unknown objective "speed"'),
            ("nowhere.mlir", {"target": "simple"}, r"^nowhere.mlir: error: cannot be read"),
        ):
            with self.subTest(message), self.assertRaisesRegex(accel.AccelError, message):
                accel.map(source, **options)

    def test_infeasible_has_a_report_with_the_reason(self):
        with self.assertRaises(accel.InfeasibleError) as caught:
            accel.map(cases.CHAIN, target="eyeriss", target_set={"WeightScratchpad.size_bits": 4})
        self.assertRegex(str(caught.exception), 'no mapping fits: .*needs 8 bits in "WeightScratchpad"')
        function = caught.exception.report.function()
        self.assertEqual(function.status, "infeasible")
        self.assertIn('"WeightScratchpad"', function.reason)

    def test_threads_map_at_the_same_time(self):
        energies = {}

        def work(target):
            energies[target] = accel.map(cases.CHAIN, target=target, objective="energy").function().energy_j

        alone = {t: accel.map(cases.CHAIN, target=t, objective="energy").function().energy_j
                 for t in ("simple", "eyeriss", "tpu_v4i", "snowcat")}
        threads = [threading.Thread(target=work, args=(target,)) for target in alone]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(energies, alone)

    def test_targets_are_the_shipped_files(self):
        self.assertEqual(accel.targets(), sorted(p.stem for p in (cases.ROOT / "targets").glob("*.mlir")))


@cases.needs_extension
class ProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = accel.compile(LAYER, target="vta")
        random = np.random.default_rng(1)
        cls.inputs = {t.name: random.integers(-128, 128, (3, *t.shape), dtype=np.int8) for t in cls.program.inputs}

    def test_report_and_tensors(self):
        self.assertEqual(self.program.report.target, "vta")
        self.assertIn("accel.gemm", self.program.report.module)
        self.assertEqual([t.shape for t in self.program.inputs], [(16, 32), (32, 48)])
        self.assertEqual([t.dtype for t in self.program.outputs], [np.dtype(np.int8)])

    def test_runs_in_batch_are_the_runs_one_by_one(self):
        together = self.program.simulate(self.inputs).outputs
        for run in range(3):
            one = self.program.simulate({name: a[run] for name, a in self.inputs.items()}, preset=None).outputs
            for name, array in one.items():
                np.testing.assert_array_equal(array, together[name][run])

    def test_agrees_with_accel_sim(self):
        with tempfile.TemporaryDirectory() as folder:
            self.program.save(Path(folder, "prog"))
            words = []
            for name, array in self.inputs.items():
                np.save(Path(folder, name + ".npy"), array)
                words += ["--input", f"{name}={folder}/{name}.npy"]
            output = self.program.outputs[0].name
            subprocess.run(
                ["accel-sim", Path(folder, "prog"), *words, "--output", f"{output}={folder}/out.npy",
                 "--report", Path(folder, "sim.json")], check=True, stdout=subprocess.DEVNULL,
            )
            simulation = accel.Program.load(Path(folder, "prog")).simulate(self.inputs)
            np.testing.assert_array_equal(simulation.outputs[output], np.load(Path(folder, "out.npy")))
            self.assertEqual(simulation.cycles, json.loads(Path(folder, "sim.json").read_text())["cycles"])

    def test_wider_integers_are_converted(self):
        wide = {name: array[0].astype(np.int64) for name, array in self.inputs.items()}
        narrow = {name: array[0] for name, array in self.inputs.items()}
        name = self.program.outputs[0].name
        np.testing.assert_array_equal(
            self.program.simulate(wide).outputs[name], self.program.simulate(narrow).outputs[name]
        )

    def test_trace_on_request_only(self):
        one = {name: array[0] for name, array in self.inputs.items()}
        self.assertIsNone(self.program.simulate(one).trace)
        self.assertTrue(self.program.simulate(one, trace=True).trace["traceEvents"])
        with self.assertRaisesRegex(accel.AccelError, "run with trace=True"):
            self.program.simulate(one).plot_timeline()
        with self.assertRaisesRegex(accel.AccelError, "without timing"):
            self.program.simulate(one, preset=None).cycles

    def test_wrong_inputs_are_refused(self):
        good = {name: array[0] for name, array in self.inputs.items()}
        first = next(iter(good))
        for change, message in (
            ({first: good[first][:-1]}, "or one more leading dimension"),
            ({first: good[first].astype(float)}, "elements are float64"),
            ({first: good[first].astype(int) + 300}, "leave -128 to 127"),
            ({"other": good[first]}, "inputs are"),
            ({first: self.inputs[first]}, "number of runs"),
        ):
            with self.subTest(message), self.assertRaisesRegex(accel.AccelError, message):
                self.program.simulate({**good, **change})
        with self.assertRaisesRegex(accel.AccelError, "unknown preset 'warp'"):
            self.program.simulate(good, preset="warp")
        with self.assertRaisesRegex(accel.AccelError, "nowhere"):
            accel.Program.load("/nowhere")
        with self.assertRaises(accel.AccelError):
            accel.compile(cases.CHAIN, target="simple")


if __name__ == "__main__":
    unittest.main()
