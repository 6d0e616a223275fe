"""accel-opt against other tools: the same programs, targets and mappings must cost the same.

Programs are linalg, targets the shipped ones with `target-set`, mappings `accel.mapping` on the ops; figures come from
the report of `accel-annotate-cost`. The environment's ACCEL_BIN names the folder of accel-opt.
"""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import oracle

TOOL = Path(os.environ.get("ACCEL_BIN", Path(__file__).resolve().parents[2] / "build/bin")) / "accel-opt"
RELATIVE = 1e-5  # The references compute in float32.


def accel_opt(module, *passes):
    """Runs passes over the module's text and returns what is written to standard output."""
    done = subprocess.run([TOOL, "-", *passes], input=module, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"accel-opt {' '.join(passes)} failed:\n{done.stderr}")
    return done.stdout


def evaluate(module, target):
    """The report's only function, for a module whose ops carry their mapping."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        accel_opt(module, f"--accel-attach-target={target}",
                  f"--accel-annotate-cost=reference-slots=true report={report}", "-o", "/dev/null")
        (function,) = json.loads(report.read_text())["functions"]
        return function


class FigureTest(unittest.TestCase):
    def assert_close(self, actual, expected, what, relative=RELATIVE):
        self.assertLessEqual(abs(actual - expected), relative * abs(expected), f"{what}: {actual} for {expected}")

    def assert_table(self, actual, expected, what):
        """Entries that one side does not have are zero there."""
        for key in sorted(actual.keys() | expected.keys()):
            self.assert_close(actual.get(key, 0), expected.get(key, 0), f"{what} of {key}")


class AccelForgeTest(FigureTest):
    """Fused mappings: every figure that the reference gives."""

    def test_every_mapping(self):
        cases = oracle.cases()
        self.assertEqual(len(cases), 51)
        for case in cases:
            with self.subTest(case["name"]):
                self.check(case, evaluate(oracle.linalg(case, pinned=True), oracle.target_options(case)))

    def check(self, case, found):
        expected, tensors = case["expected"], oracle.reported_names(case)
        self.assert_close(found["energy_j"], expected["energy_j"], "energy")
        self.assert_close(found["latency_s"], expected["latency_s"], "latency")
        latency, energy, bits = {}, {}, {}
        for einsum in found["einsums"]:
            name = einsum["name"]
            for component, seconds in einsum["latency_per_component_s"].items():
                latency[f"{name}|{component}"] = seconds
            for component, parts in einsum["energy_per_component_j"].items():
                energy |= {f"{name}|{component}|{part}": joules for part, joules in parts.items()}
            for level, actions in einsum["actions"].items():
                for tensor, counts in actions.items():
                    for action in ("read", "write"):
                        bits[f"{name}|{level}|{tensors[tensor]}|{action}"] = counts[f"{action}_bits"]
            (unit,) = [c for c, parts in einsum["energy_per_component_j"].items() if "compute" in parts]
            bits[f"{name}|{unit}|None|compute"] = einsum["computes"]
        self.assert_table(latency, expected["latency_s_of"], "seconds")
        self.assert_table(energy, expected["energy_j_of"], "joules")
        self.assert_table(found["usage"], expected["usage_of"], "usage")
        for key in sorted(bits.keys() | expected["bits_of"].keys()):
            # Counts are equal as the reference's type rounds them: exactly below 2^24.
            actual, wanted = bits.get(key, 0), expected["bits_of"].get(key, 0)
            self.assertEqual(np.float32(actual), np.float32(wanted), f"bits of {key}: {actual} for {wanted}")


class TimeloopTest(FigureTest):
    """Fixed mappings: every count as an integer, cycles, and energy where the reference does not round it."""

    def test_every_mapping(self):
        cases = oracle.cases("timeloop_")
        self.assertEqual(len(cases), 13)
        for case in cases:
            with self.subTest(case["name"]), tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / "target.mlir"
                if not case["target"]:
                    target.write_text(oracle.target_file(case))
                self.check(case, evaluate(oracle.linalg(case, pinned=True), f"target={case['target'] or target}"))

    def check(self, case, found):
        expected, tensors = case["expected"], oracle.reported_names(case)
        cycles_per_s = 1e9 if case["target"] else 1
        self.assert_close(found["latency_s"] * cycles_per_s, expected["cycles"], "cycles", 1e-12)
        if expected["energy_pj"]:
            self.assert_close(found["energy_j"] * 1e12, expected["energy_pj"], "energy", 1e-3)
        (einsum,) = found["einsums"]
        counts = {}
        for level, actions in einsum["actions"].items():
            for tensor, bits in actions.items():
                # The accumulator of targets/gemmini.mlir holds 32-bit values.
                width = 32 if level == "Accumulator" else 8
                counts[f"{level}|{tensors[tensor]}"] = {
                    "reads": bits["read_bits"] / width,
                    "fills": bits["fill_bits"] / width,
                    "updates": (bits["write_bits"] - bits["fill_bits"]) / width,
                }
        wanted = {key: {k: v[k] for k in ("reads", "fills", "updates")} for key, v in expected["counts"].items()}
        self.assertEqual(counts, {key: v for key, v in wanted.items() if any(v.values())})


# --- Targets ---------------------------------------------------------------------

WORDS = {"external": "externals", "intermediate": "intermediates", "input": "inputs", "weight": "weights",
         "output": "outputs", "all": "all"}
UNSET = {
    "memory": {"size_bits": "inf", "size_values": "inf", "read_bits_per_s": "inf", "write_bits_per_s": "inf",
               "read_j_per_bit": 0.0, "write_j_per_bit": 0.0, "leak_w": 0.0, "ports": "shared", "keep": [],
               "may_keep": []},
    "fanout": {"min_usage": 0.0, "reuse": []},
    "compute": {"j_per_op": 0.0, "ops_per_s": "inf", "leak_w": 0.0},
}


def _value(text):
    if text.startswith("["):
        return [part.strip() for part in text[1:-1].split(",") if part.strip()]
    try:
        return "inf" if text == "inf" else float(text)
    except ValueError:
        return text


def attached_nodes(target):
    """What --accel-attach-target sets, as a list of field tables."""
    text = accel_opt("module {}", f"--accel-attach-target={target}")
    nodes = []
    for kind, name, fields in re.findall(r'#accel\.(memory|fanout|compute)<"(\w+)"((?:[^<>]|<[^>]*>)*)>', text):
        found = re.findall(r"(\w+) = (\[[^\]]*\]|[^,\s]+)", fields)
        nodes.append({"kind": kind, "name": name, **UNSET[kind], **{k: _value(v) for k, v in found}})
    return nodes


class Operands:
    """Roles and classes of a case's operands, to compare sets by what they select."""

    def __init__(self, case):
        produced = {e["operands"][-1][0] for e in case["einsums"]}
        read = {tensor for e in case["einsums"] for tensor, _ in e["operands"][:-1]}
        self.words = []
        for einsum in case["einsums"]:
            for i, (tensor, _) in enumerate(einsum["operands"]):
                role = "outputs" if i == len(einsum["operands"]) - 1 else "weights" if i == 1 else "inputs"
                between = tensor in produced and tensor in read
                self.words.append((einsum, {"all", role, "intermediates" if between else "externals"}))

    def selected(self, rule, copies):
        """Which operands a rule such as `inputs|outputs` selects; rules about other levels stand for themselves."""
        if rule.startswith("!"):
            return rule
        return [bool(words & set(rule.split("|"))) for einsum, words in self.words
                if copies or not einsum.get("copy")]


def _rule(terms):
    """The target's syntax in the words of the reference's figures."""
    return "|".join(re.sub(r'not_in "(\w+)"', r"!\1", WORDS.get(t, t)) for t in terms) or "none"


class ShippedTargetTest(unittest.TestCase):
    """The shipped targets are the evaluated ones, parameter by parameter."""

    def test_every_case(self):
        simba = json.loads((oracle.INPUTS / "targets/simba.json").read_text())
        seen = set()
        for case in [*oracle.cases(), simba]:
            with self.subTest(case["name"]):
                self.check(case, attached_nodes(oracle.target_options(case)))
            seen.add(case["target"])
        self.assertEqual(seen, {"simple", "simple_fanout", "snowcat", "eyeriss", "simba", "nvdla", "tpu_v4i"})

    def test_gemmini(self):
        """Timeloop's figures are per word and cycle: 8 bits, 32 in the accumulators, and 1 ns."""
        for case in oracle.cases("timeloop_gemmini"):
            nodes = attached_nodes("target=gemmini")
            self.assertEqual([node["name"] for node in nodes], [node["name"] for node in case["nodes"]])
            for node, wanted in zip(nodes, case["nodes"]):
                with self.subTest(case["name"], node=node["name"]):
                    self.check_gemmini(node, wanted)

    def check_gemmini(self, node, wanted):
        if wanted["kind"] == "fanout":
            self.assertEqual(node["n"], wanted["n"])
        elif wanted["kind"] == "compute":
            self.assertAlmostEqual(node["j_per_op"] * 1e12, wanted["pj_per_op"], 12)
            self.assertEqual(node["ops_per_s"], 1e9)
        else:
            width = node.get("bits_output", 8)
            rate = "inf" if wanted["words_per_cycle"] == "inf" else wanted["words_per_cycle"] * width * 1e9
            bits = "inf" if wanted["size_values"] == "inf" else wanted["size_values"] * width
            found = node["size_bits"] if node["size_values"] == "inf" else node["size_values"] * width
            self.assertEqual(found, bits)
            for action in ("read", "write"):
                self.assertAlmostEqual(node[f"{action}_j_per_bit"] * width * 1e12, wanted["energy_pj_per_word"], 10)
                self.assertEqual(node[f"{action}_bits_per_s"], rate)

    def check(self, case, nodes):
        operands = Operands(case)
        wanted_names = [node["name"] for node in case["nodes"]]
        # A program that uses only some units does not show what leads to the others.
        nodes = [node for node in nodes if node["name"] in wanted_names]
        self.assertEqual([node["name"] for node in nodes], wanted_names)
        for node, wanted in zip(nodes, case["nodes"]):
            getattr(self, f"check_{wanted['kind']}")(node, wanted, operands, case)

    def same_numbers(self, node, wanted, fields):
        for field in fields:
            unset = UNSET[wanted["kind"]].get(field)
            self.assertEqual(node.get(field, unset), wanted.get(field, unset), f"{node['name']}.{field}")

    def check_memory(self, node, wanted, operands, case):
        self.same_numbers(node, wanted, [
            "kind", "ports", "leak_w", "read_j_per_bit", "write_j_per_bit", "read_bits_per_s", "write_bits_per_s",
        ])
        # Where all values have one width, the reference states a size in values in bits.
        widths = {tensor["bits"] for tensor in case["tensors"]}
        sizes = [n["size_bits"] if n.get("size_bits", "inf") != "inf" else
                 n["size_values"] * min(widths) if n.get("size_values", "inf") != "inf" else "inf"
                 for n in (node, wanted)]
        self.assertEqual(*sizes, f"{node['name']} size")
        for role, bits in wanted.get("bits_per_value", {}).items():
            own = next(iter(widths))
            self.assertEqual(node.get(f"bits_{role}", own * node.get(f"bits_scale_{role}", 1)), bits)
        for field in ("keep", "may_keep"):
            self.assertEqual(operands.selected(_rule(node[field]), False), operands.selected(wanted[field], False),
                             f"{node['name']}.{field}")

    def check_fanout(self, node, wanted, operands, case):
        self.same_numbers(node, wanted, ["kind", "n", "min_usage"])
        default = node["reuse"] or ["input", "weight", "output"]
        present = {words for _, roles in operands.words for words in roles if words in WORDS.values()}
        for field, found in (("reuse", node["reuse"]), ("may_reuse", node.get("may_reuse", default))):
            listed = {"inputs", "weights", "outputs"} if wanted[field] == "all" else {
                WORDS[word] for word in wanted[field].split("|") if word in WORDS}
            self.assertEqual({WORDS[word] for word in found} & present, listed & present, f"{node['name']}.{field}")

    def check_compute(self, node, wanted, operands, case):
        self.same_numbers(node, wanted, ["kind", "j_per_op", "ops_per_s", "leak_w"])
        for count in wanted.get("takes_num_tensors", []):
            self.assertEqual(node.get("tensors", count), count)


if __name__ == "__main__":
    unittest.main()
