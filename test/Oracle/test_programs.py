"""Programs of the kinds that the references' figures do not have: read as the Einsums they are, and mapped.

Every program is written as tensors and Einsums, becomes linalg as a user would write it, and must come back from
accel-opt with the same ranks, bounds and projections, without a barrier.
"""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import oracle
from test_oracle import TOOL, accel_opt

from accel.projection import extent, terms


def program(ranks, *einsums, bits=None, persistent=()):
    """A case from lines `Out[m, n] = A[m, k] * B[k, n]`; a line of one operand that begins with `copy` is a copy.

    `ranks` maps names to bounds, `bits` tensors to widths (8 where absent). A tensor has the shape in which it is
    produced, or first read.
    """
    tensors, records = {}, []
    for index, line in enumerate(einsums):
        result, _, operands = line.removeprefix("copy ").partition(" = ")
        out, *ins = [re.fullmatch(r"(\w+)\[(.*)\]", part.strip()).groups() for part in [result, *operands.split(" * ")]]
        used = {rank: None for _, text in [*ins, out] for rank in terms(text.replace(",", "+"))}
        for tensor, text in [out, *ins]:
            shape = [extent(e, ranks) for e in text.split(",")] if text else []
            tensors.setdefault(tensor, {"name": tensor, "shape": shape, "bits": (bits or {}).get(tensor, 8)})
        records.append({"name": f"E{index}", "ranks": [[rank, ranks[rank]] for rank in used],
                        "operands": [[tensor, text] for tensor, text in [*ins, out]]})
        if line.startswith("copy "):
            records[-1]["copy"] = True
    for tensor in persistent:
        tensors[tensor]["persistent"] = True
    return {"tensors": list(tensors.values()), "einsums": records, "mapping": []}


PROGRAMS = {
    # One new token; the keys and values of the others are read beyond what this call computes.
    "decode": program(
        {"b": 2, "m": 1, "p": 16, "h": 2, "e": 4, "f": 4, "d": 8},
        "copy I[b, m, d] = X[b, m, d]",
        "Q[b, m, h, e] = I[b, m, d] * WQ[h, e, d]",
        "K[b, m, h, e] = I[b, m, d] * WK[h, e, d]",
        "V[b, m, h, e] = I[b, m, d] * WV[h, e, d]",
        "QK[b, m, p, h] = Q[b, m, h, e] * K[b, p, h, e]",
        "S[b, m, p, h] = QK[b, m, p, h]",
        "AV[b, m, h, f] = S[b, m, p, h] * V[b, p, h, f]",
        bits={name: 16 for name in "I X Q K V QK S AV WQ WK WV".split()}, persistent=["WQ", "WK", "WV"],
    ),
    "decode_with_cache": program(
        {"m": 1, "p": 32, "h": 4, "e": 8},
        "QK[h, m, p] = Q[h, m, e] * K[h, p, e]", "AV[h, m, e] = QK[h, m, p] * V[h, p, e]", persistent=["K", "V"],
    ),
    # Each query head of a group reads the same keys.
    "grouped_queries": program(
        {"g": 2, "h": 3, "m": 4, "p": 6, "e": 8},
        "QK[g, h, m, p] = Q[g, h, m, e] * K[g, p, e]", "O[g, h, m, e] = QK[g, h, m, p] * V[g, p, e]",
    ),
    "state_space": program(
        {"b": 2, "l": 8, "d": 4, "n": 3},
        "A[b, l, d, n] = D[b, l, d] * P[d, n]",
        "B[b, l, d, n] = D[b, l, d] * X[b, l, d] * Q[b, l, n]",
        "H[b, l, d, n] = A[b, l, d, n] * B[b, l, d, n]",
        "Y[b, l, d] = H[b, l, d, n] * C[b, l, n]",
    ),
    "mixture_of_experts": program(
        {"t": 4, "x": 2, "d": 6, "f": 8},
        "G[t, x] = I[t, d] * WG[d, x]",
        "H[t, x, f] = I[t, d] * W1[x, d, f]",
        "O[t, d] = H[t, x, f] * W2[x, f, d] * G[t, x]", bits={"W1": 4, "W2": 4, "O": 32},
    ),
    # The second window stops before the border of what the first computes, the third reaches over it.
    "windows": program(
        {"p": 12, "q": 6, "u": 10, "r": 3, "s": 2, "c": 2, "m": 4},
        "T[m, p] = I[c, p + r] * W0[m, c, r]",
        "U[m, q] = T[m, q + 2*s] * W1[m, s]",
        "V[m, u] = T[m, u + 2*r] * W2[m, r]",
    ),
    "strided_and_dilated": program(
        {"n": 1, "p": 4, "q": 4, "r": 3, "s": 3, "c": 2, "k": 4},
        "O[n, p, q, k] = I[n, 2*p + 3*r, 2*q + 3*s, c] * W[r, s, c, k]", "P[n, p, k] = O[n, p, q, k]",
    ),
    "every_second_element": program({"p": 5, "c": 2}, "O[p, c] = I[2*p, c]"),
    "two_views_of_one_tensor": program({"m": 4, "n": 4, "k": 6}, "O[m, n] = A[m, k] * A[n, k]"),
    "one_view_twice": program({"m": 4, "n": 3}, "O[m, n] = A[m, n] * A[m, n]"),
    "constant_index": program({"m": 4, "k": 6, "z": 1}, "T[m, z] = A[m, k] * B[k, z]", "O[m] = T[m, 0] * C[m]"),
    "transposed_convolution": program({"p": 4, "r": 3, "c": 2}, "O[2*p + r] = I[p, c] * W[r, c]"),
    "scalar_result": program({"m": 4, "n": 3}, "R[m] = A[m, n]", "S[] = R[m]"),
    "scalar_operand": program({"m": 4, "n": 3}, "O[m, n] = A[m, n] * S[]"),
    "broadcast_and_residual": program(
        {"m": 4, "n": 6, "k": 5},
        "T[m, n] = A[m, k] * B[k, n]", "R[m] = T[m, n]", "N[m, n] = T[m, n] * R[m]", "O[m, n] = N[m, n] * T[m, n]",
    ),
    "copies": program(
        {"m": 4, "n": 6, "k": 5},
        "copy B[m, k] = A[m, k]", "T[m, n] = B[m, k] * W[k, n]", "copy C[m, n] = T[m, n]", "O[n, m] = C[m, n]",
    ),
    "five_operands": program({"m": 3, "n": 2, "k": 4}, "O[m, n] = A[m, k] * B[k, n] * C[m] * D[n] * E[k]"),
    "unit_ranks": program({"b": 1, "m": 1, "k": 7, "n": 1}, "O[b, m, n] = A[b, m, k] * B[b, k, n]"),
    "odd_widths": program({"m": 4, "k": 5, "n": 3}, "O[m, n] = A[m, k] * B[k, n]", bits={"A": 3, "B": 1, "O": 12}),
}


def expected_lines(case):
    """What --accel-print-einsums must say of each Einsum."""
    arguments = {tensor: f"%arg{i}" for i, tensor in enumerate(oracle.arguments(case))}
    producer = {e["operands"][-1][0]: e["name"] for e in case["einsums"]}
    for einsum in case["einsums"]:
        ranks = [rank for rank, _ in einsum["ranks"]]

        def access(tensor, text):
            indices = []
            for dimension in text.split(",") if text else []:
                parts = sorted((ranks.index(rank), factor) for rank, factor in terms(dimension).items())
                indices.append(" + ".join(f"d{r}" if k == 1 else f"{k}*d{r}" for r, k in parts) or "0")
            return f"{producer.get(tensor) or arguments[tensor]}[{', '.join(indices)}]"

        *ins, out = [access(*operand) for operand in einsum["operands"]]
        bounds = " ".join(f"d{i}={bound}" for i, (_, bound) in enumerate(einsum["ranks"]))
        yield einsum["name"], f"{out} = {', '.join(ins)}", bounds


def printed_einsums(module):
    done = subprocess.run([TOOL, "-", "--accel-print-einsums", "-o", "/dev/null"], input=module, capture_output=True,
                          text=True, check=True)
    return done.stderr


class ReadTest(unittest.TestCase):
    def test_linalg_means_the_program(self):
        for name, case in PROGRAMS.items():
            with self.subTest(name):
                text = printed_einsums(oracle.linalg(case))
                self.assertIn(" 0 barriers", text)
                found = re.findall(r"^  (\S+): (.* = .*?)   \((\w+); (.*)\)$", text, re.MULTILINE)
                self.assertEqual([(n, e, b) for n, e, _, b in found], list(expected_lines(case)))
                widths = dict(re.findall(r"^  tensor (\S+): .* of (\d+) bits", text, re.MULTILINE))
                for reported, tensor in oracle.reported_names(case).items():
                    record = next(t for t in case["tensors"] if t["name"] == tensor)
                    self.assertEqual(int(widths[reported]), record["bits"], tensor)


class MapTest(unittest.TestCase):
    """The search and the model agree on what the best mapping costs."""

    TARGETS = ("target=simple target-set=GlobalBuffer.size_bits=1024,MainMemory.read_j_per_bit=10",
               "target=eyeriss", "target=simple_fanout objective=latency")

    def test_every_program(self):
        for name, case in PROGRAMS.items():
            for options in self.TARGETS:
                with self.subTest(name, target=options), tempfile.TemporaryDirectory() as folder:
                    report, again = Path(folder) / "map.json", Path(folder) / "again.json"
                    mapped = accel_opt(oracle.linalg(case), f"--accel-map={options} report={report}")
                    function, = json.loads(report.read_text())["functions"]
                    self.assertEqual(function["status"], "optimal")
                    key = "latency_s" if "latency" in options else "edp_js"
                    self.assertAlmostEqual(function["lower_bound"] / function[key], 1, 9)
                    accel_opt(mapped, f"--accel-annotate-cost=report={again}", "-o", "/dev/null")
                    evaluated, = json.loads(again.read_text())["functions"]
                    self.assertEqual(evaluated["einsums"], function["einsums"])


if __name__ == "__main__":
    unittest.main()
