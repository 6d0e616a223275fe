"""Writes what `accel-bench mapper` times: programs as linalg, and `cases.json` that says how to map them.

Usage: inputs.py OUT_DIR (with the project's `python` and `test/Oracle` on PYTHONPATH)

The cases are those of AccelForge in test/Oracle/Inputs with its values and CPU seconds (arXiv 2602.15166, revision
1c1929c2, one thread of a two-core machine), and larger ones that it has no figures for.
"""

import copy
import json
import sys
from pathlib import Path

import oracle
from accel.models.registry import NETWORKS


def chain(length):
    """`d_simple_chain01`'s matmul, `length` times in a row."""
    case = copy.deepcopy(oracle.load("d_simple_chain02"))
    size = case["tensors"][0]["shape"]
    case["tensors"] = [{"name": "T0", "shape": size, "bits": 8}]
    case["einsums"] = []
    for i in range(length):
        case["tensors"] += [{"name": f"{kind}", "shape": size, "bits": 8} for kind in (f"W{i}", f"T{i + 1}")]
        case["einsums"].append({
            "name": f"Matmul{i}",
            "ranks": [["m", size[0]], ["k", size[0]], ["n", size[0]]],
            "operands": [[f"T{i}", "m, k"], [f"W{i}", "k, n"], [f"T{i + 1}", "m, n"]],
        })
    return case


def layers(case, count):
    """A transformer layer's case repeated: each reads what the one before wrote."""
    first, *rest = case["einsums"]
    source, target = first["operands"][0][0], first["operands"][1][0]
    result = case["einsums"][-1]["operands"][-1][0]
    stack = copy.deepcopy(case)
    for i in range(1, count):
        before = result if i == 1 else f"{result}_{i - 1}"
        names = {t["name"]: f"{t['name']}_{i}" for t in case["tensors"]} | {target: before}
        stack["tensors"] += [
            {**t, "name": names[t["name"]]} for t in case["tensors"] if t["name"] not in (source, target)
        ]
        stack["einsums"] += [
            {**e, "name": f"{e['name']}_{i}", "operands": [[names[t], index] for t, index in e["operands"]]}
            for e in rest
        ]
    return stack


def value(case):
    """The reference's value of the objective, or nothing for a front."""
    expected = case["expected"]
    return {
        "edp": expected["energy_j"] * expected["latency_s"], "energy": expected["energy_j"],
        "latency": expected["latency_s"],
    }.get(oracle.OBJECTIVES[tuple(case["objective"])])


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    cases = []

    def add(name, text, options, **more):
        (out / f"{name}.mlir").write_text(text)
        cases.append({"name": name, "file": f"{name}.mlir", "options": options, **more})

    def again(name, program, options, **more):
        cases.append({"name": name, "file": f"{program}.mlir", "options": options, **more})

    for case in oracle.cases():
        add(case["name"], oracle.linalg(case), oracle.options(case), reference_value=value(case),
            reference_cpu_s=case["expected"]["cpu_seconds_reference"])

    simple = oracle.options(oracle.load("d_simple_chain64")).replace(" reference-slots=true", "")
    for length in (64, 1024):
        add(f"chain{length}", oracle.linalg(chain(length)), simple)
        again(f"chain{length}_each", f"chain{length}", simple + " share-identical=false")
    gpt, tpu = oracle.load("c10_tpu_gpt175_2k"), "target=tpu_v4i objective=edp"
    again("gpt175_layer_fl1", gpt["name"], f"{tpu} max-fused-loops=1")
    again("gpt175_layer", gpt["name"], tpu)
    again("gpt175_layer_threads2", gpt["name"], f"{tpu} threads=2")
    add("gpt175_96_layers_fl1", oracle.linalg(layers(gpt, 96)), f"{tpu} max-fused-loops=1")
    again("gpt175_96_layers", "gpt175_96_layers_fl1", tpu)
    again("gpt67_layer_tpu", "c12_nvdla_gpt67_2k_fl1", tpu)
    for name, changes in (("resnet50", {}), ("bert_base", {"layers": 12}), ("mobilenet_v2", {})):
        add(name, NETWORKS[name].build(**changes), tpu)
    (out / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


main(Path(sys.argv[1]))
