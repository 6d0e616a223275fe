"""Compiles DeepBench operators for VTA and compares what the cost model predicts with what the simulator counts.

Usage: model-and-simulator.py TABLE [--most-macs N] [--filter REGEX] [--work FOLDER]

Runs all operators of at most N multiply-accumulates and prints a line of each. Every tensor's DRAM traffic must be the
predicted one, to the byte, and the latency within 10 % of the simulated cycles (preset pipelined). Exits 1 and says
what differs if not. Tools come from PATH.
"""

import argparse
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

CLOCK_HZ = 100e6
TOLERANCE = 0.10


def requantise(shape):
    dims = ", ".join(f"d{i}" for i in range(len(shape)))
    text = "x".join(map(str, shape))
    kinds = ", ".join(['"parallel"'] * len(shape))
    return f"""
  %five = arith.constant 5 : i32
  %low = arith.constant -128 : i32
  %high = arith.constant 127 : i32
  %empty = tensor.empty() : tensor<{text}xi8>
  %q = linalg.generic {{accel.name = "q", indexing_maps = [affine_map<({dims}) -> ({dims})>,
      affine_map<({dims}) -> ({dims})>], iterator_types = [{kinds}]}}
      ins(%y : tensor<{text}xi32>) outs(%empty : tensor<{text}xi8>) {{
  ^bb0(%sum: i32, %old: i8):
    %0 = arith.shrsi %sum, %five : i32
    %1 = arith.maxsi %0, %low : i32
    %2 = arith.minsi %1, %high : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  }} -> tensor<{text}xi8>
  return %q : tensor<{text}xi8>
}}
"""


def initial(shape):
    text = "x".join(map(str, shape))
    return f"""
  %zero = arith.constant 0 : i32
  %wide = tensor.empty() : tensor<{text}xi32>
  %init = linalg.fill ins(%zero : i32) outs(%wide : tensor<{text}xi32>) -> tensor<{text}xi32>"""


def gemm(m, n, k):
    """DeepBench's n is the batch, its m the outputs."""
    return f"""func.func @f(%a: tensor<{n}x{k}xi8>, %b: tensor<{k}x{m}xi8>) -> tensor<{n}x{m}xi8> {{{initial((n, m))}
  %y = linalg.matmul {{accel.name = "y"}} ins(%a, %b : tensor<{n}x{k}xi8>, tensor<{k}x{m}xi8>)
      outs(%init : tensor<{n}x{m}xi32>) -> tensor<{n}x{m}xi32>{requantise((n, m))}"""


def conv(n, c, h, w, k, r, s, pad_h, pad_w, stride_h, stride_w):
    padded = (h + 2 * pad_h, w + 2 * pad_w)
    shape = (n, (padded[0] - r) // stride_h + 1, (padded[1] - s) // stride_w + 1, k)
    text = "x".join(map(str, shape))
    source, window = f"tensor<{n}x{h}x{w}x{c}xi8>", f"tensor<{n}x{padded[0]}x{padded[1]}x{c}xi8>"
    return f"""func.func @f(%a: {source}, %b: tensor<{r}x{s}x{c}x{k}xi8>) -> tensor<{text}xi8> {{
  %none = arith.constant 0 : i8
  %padded = tensor.pad %a low[0, {pad_h}, {pad_w}, 0] high[0, {pad_h}, {pad_w}, 0] {{
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %none : i8
  }} : {source} to {window}{initial(shape)}
  %y = linalg.conv_2d_nhwc_hwcf {{accel.name = "y", strides = dense<[{stride_h}, {stride_w}]> : tensor<2xi64>,
      dilations = dense<1> : tensor<2xi64>}} ins(%padded, %b : {window}, tensor<{r}x{s}x{c}x{k}xi8>)
      outs(%init : tensor<{text}xi32>) -> tensor<{text}xi32>{requantise(shape)}"""


def conv_macs(n, c, h, w, k, r, s, pad_h, pad_w, stride_h, stride_w):
    return n * c * k * r * s * ((h + 2 * pad_h - r) // stride_h + 1) * ((w + 2 * pad_w - s) // stride_w + 1)


def read_table(path, most_macs=math.inf):
    operators = {}
    for line in path.read_text().splitlines():
        kind, *fields = line.split()
        if kind not in ("conv", "gemm"):
            continue
        extents = list(map(int, fields[1:]))
        macs = math.prod(extents) if kind == "gemm" else conv_macs(*extents)
        if macs <= most_macs:
            operators[f"{kind}-{fields[0]}"] = (gemm if kind == "gemm" else conv)(*extents)
    return operators


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def compare(name, text, folder):
    """Problems of one operator, in words; prints its line."""
    source, compiled, program = folder / f"{name}.mlir", folder / f"{name}.vta.mlir", folder / name
    report, counted = folder / f"{name}.report.json", folder / f"{name}.sim.json"
    source.write_text(text)
    run("accel-opt", source, f"--accel-compile=target=vta report={report}", "-o", compiled)
    run("accel-translate", "--accel-to-vta", compiled, "-o", program)
    run("accel-sim", program, "--timing-only", "--report", counted)
    counted = json.loads(counted.read_text())
    function = next(f for f in json.loads(report.read_text())["functions"] if "einsums" in f)

    predicted = {}
    for einsum in function["einsums"]:
        for tensor, bits in einsum["actions"].get("MainMemory", {}).items():
            sums = predicted.setdefault(tensor.removeprefix("%"), {"read": 0, "written": 0})
            sums["read"] += bits["read_bits"] / 8
            sums["written"] += bits["write_bits"] / 8
    problems = [f"{name}: tensor {tensor} moves {counted['dram_bytes_per_tensor'].get(tensor)} bytes, predicted {sums}"
                for tensor, sums in predicted.items() if counted["dram_bytes_per_tensor"].get(tensor) != sums]
    cycles, expected = counted["cycles"], function["latency_s"] * CLOCK_HZ
    busy = counted["busy_cycles"]
    bound = "memory" if busy["load"] > busy["compute"] else "compute"
    print(f"{name:16} {bound:8} predicted {expected:12,.0f}  simulated {cycles:12,}  ratio {expected / cycles:.3f}",
          flush=True)
    if abs(expected / cycles - 1) > TOLERANCE:
        problems.append(f"{name}: {expected:.0f} cycles predicted but {cycles} simulated")
    return problems, bound


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=pathlib.Path)
    parser.add_argument("--most-macs", type=float, default=math.inf)
    parser.add_argument("--filter", default=".")
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    operators = read_table(options.table, options.most_macs)
    problems, bounds = [], {"memory": 0, "compute": 0}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in operators.items():
            if re.search(options.filter, name):
                found, bound = compare(name, text, folder)
                problems += found
                bounds[bound] += 1
    print("\n".join(problems))
    print(f"{bounds['compute']} compute-bound, {bounds['memory']} memory-bound, {len(problems)} differ")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
