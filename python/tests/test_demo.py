"""The demonstration with stand-ins for the tools: what it prints, and that it fails when it must."""

import contextlib
import io
import json
import stat
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

from accel import demo, quantity

INPUTS = Path(__file__).resolve().parents[2] / "test/EndToEnd/Inputs/digits"

OPT = """
report = next(a for a in sys.argv if a.startswith("--accel-")).split("report=")[1].split()[0]
if "--accel-map" in " ".join(sys.argv):
    json.dump(REPORT, open(report, "w"))
else:
    open(sys.argv[sys.argv.index("-o") + 1], "w").write("module {}")
"""
TRANSLATE = """
folder = sys.argv[sys.argv.index("-o") + 1]
os.makedirs(folder, exist_ok=True)
json.dump(MANIFEST, open(folder + "/manifest.json", "w"))
"""
SIM = """
options = dict(zip(sys.argv, sys.argv[1:]))
name, path = options["--input"].split("=")
assert name == "image" and numpy.load(path).shape == (360, 1, 8, 8, 1)
name, path = options["--output"].split("=")
logits = numpy.load(LOGITS).reshape(360, 1, 10)
logits[:WRONG, 0, 0] ^= 1
numpy.save(path, logits)
json.dump(STATS, open(options["--report"], "w"))
"""


def tensor(name, role, shape, size):
    return {"name": name, "role": role, "shape": shape, "size": size, "element_type": "i8"}


REPORT = {"functions": [{
    "name": "block", "status": "optimal", "energy_j": 1.25, "latency_s": 0.05, "edp_js": 0.0625,
    "unfused": {"energy_j": 2.5, "latency_s": 0.075, "edp_js": 0.1875}, "einsums": [],
    "groups": [
        {"id": 0, "einsums": ["I"], "fused_loops": [], "on_chip": {}},
        {"id": 1, "einsums": ["QK", "QK_softmax", "AV"], "fused_loops": ["h:48"], "on_chip": {"QK": "GlobalBuffer"}},
    ],
    "search": {"seconds": 1.5, "mapspace_log10": 31.2},
}]}
MANIFEST = {"tensors": [
    tensor("image", "input", [1, 8, 8, 1], 1024), tensor("w", "constant", [3], 2000), tensor("s", "scratch", [9], 4096),
    tensor("result", "output", [1, 10], 16),
]}
STATS = {
    "cycles": 12345, "utilisation": 0.125,
    "dram_bytes": {"inp": {"read": 2000, "written": 0}, "out": {"read": 0, "written": 3080}},
    "instructions": {"bytes": 1000},
}


class DemoTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "bin").mkdir()
        self.tools(wrong=0)

    def tool(self, name, body, **values):
        path = self.folder / "bin" / name
        header = f"#!{sys.executable}\nimport json, os, sys\nimport numpy\n"
        header += "".join(f"{k} = {v!r}\n" for k, v in values.items())
        path.write_text(header + body)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def tools(self, wrong, report=REPORT):
        self.tool("accel-opt", OPT, REPORT=report)
        self.tool("accel-translate", TRANSLATE, MANIFEST=MANIFEST)
        self.tool("accel-sim", SIM, LOGITS=str(INPUTS / "heldout_logits.npy"), STATS=STATS, WRONG=wrong)

    def run_demo(self):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = demo.main(["--bin", str(self.folder / "bin"), "--out", str(self.folder / "run")])
        return code, out.getvalue(), err.getvalue()

    def test_table_states_the_figures(self):
        code, out, err = self.run_demo()
        self.assertEqual((code, err), (0, ""))
        labels = np.load(INPUTS / "heldout_labels.npy")
        accuracy = (np.load(INPUTS / "heldout_logits.npy").argmax(axis=1) == labels).mean()
        for line in (
            rf"accuracy +{100 * accuracy:.2f} %", "images exact +360 of 360", "cycles per image +12,345 +123 µs",
            "MAC utilisation +12.50 %", "bytes moved +6,080 +2.00× the compulsory 3,040",
            "inp +2,000 +read", "out +3,080 +written", "instructions +1,000 +read",
            "energy +1.25 J +2.50 J +2.00×", "latency +50.0 ms +75.0 ms +1.50×", "EDP +62.5 mJ·s +188 mJ·s +3.00×",
            "optimal, found in 1.50 s, of about 10.31 mappings",
            "QK → QK_softmax → AV +loops h:48 +QK in GlobalBuffer",
        ):
            self.assertRegex(out, line)
        self.assertTrue((self.folder / "run" / "block.mlir").exists())

    def test_one_different_byte_fails(self):
        self.tools(wrong=1)
        code, out, err = self.run_demo()
        self.assertEqual((code, err), (1, "error: 1 images have outputs that differ from the reference\n"))
        self.assertRegex(out, "images exact +359 of 360")

    def test_failing_tool_shows_its_error(self):
        self.tool("accel-translate", 'sys.exit("no place for the weights")')
        code, _, err = self.run_demo()
        self.assertEqual((code, err), (1, "error: accel-translate failed with exit code 1\nno place for the weights\n"))

    def test_missing_tool_is_named(self):
        (self.folder / "bin" / "accel-sim").unlink()
        code, _, err = self.run_demo()
        self.assertEqual(code, 1)
        self.assertRegex(err, "^error: accel-sim is not installed or not built")

    def test_infeasible_mapping_fails_with_its_reason(self):
        self.tools(wrong=0, report={"functions": [{"status": "infeasible", "reason": "I needs 9 bits in LocalBuffer"}]})
        code, _, err = self.run_demo()
        self.assertEqual(code, 1)
        self.assertRegex(err, "^error: no mapping .*: I needs 9 bits in LocalBuffer\n$")

    def test_report_without_a_field_fails_with_its_name(self):
        report = json.loads(json.dumps(REPORT))
        del report["functions"][0]["unfused"]
        self.tools(wrong=0, report=report)
        code, _, err = self.run_demo()
        self.assertEqual((code, err), (1, "error: a report lacks the field 'unfused'\n"))


class QuantityTest(unittest.TestCase):
    def test_prefixes(self):
        for value, unit, text in (
            (0, "J", "0 J"), (1.0, "J", "1.00 J"), (0.0563, "s", "56.3 ms"), (1.234e-5, "s", "12.3 µs"),
            (0.9999, "s", "1.00 s"), (999.4, "s", "999 s"), (999.6, "s", "1.00 ks"), (2.5e12, "B", "2.50 TB"),
            (1.5e16, "B", "15,000 TB"), (3e-15, "s", "3.00 fs"), (3e-21, "s", "0.00 as"),
        ):
            self.assertEqual(quantity.with_unit(value, unit), text)

    def test_columns_align(self):
        text = quantity.table([["a", "1"], ["longer", "1,234", "note"]], right=(1,))
        self.assertEqual(text, "  a           1\n  longer  1,234  note")


if __name__ == "__main__":
    unittest.main()
