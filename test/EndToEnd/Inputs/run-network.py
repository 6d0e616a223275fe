"""Compiles an int8 network of the generator for VTA, simulates its program, and compares every value with the module
on this CPU.

Usage: run-network.py NETWORK [--set option=value ...] [--layers]

With `--layers` the module also returns what every layer makes, so that all of them are compared, not only the last.
"""

import argparse
import ast
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

from accel import hostrun
from accel.models.registry import NETWORKS

WEIGHTS = 16  # random weights and images are drawn from -16..15, as the generator's shifts assume


def with_layers(text):
    """The module with all i8 tensors that linalg ops make as results."""
    made = []
    name = None
    for line in text.splitlines():
        start = re.match(r"  (%\w+) = linalg\.(\w+) ", line)
        if start and start[2] != "fill":
            name = start[1]
        end = re.search(r"-> (tensor<[\dx]+xi8>)$", line)
        if end and name:
            made.append((name, end[1]))
            name = None
    returned = re.search(r"^  return (.*) : (.*)$", text, re.MULTILINE)
    made = [(n, t) for n, t in made if n != returned[1]] + [(returned[1], returned[2])]
    types = ", ".join(t for _, t in made)
    text = re.sub(r"^(func.func .*) -> \S+ \{", lambda m: f"{m[1]} -> ({types}) {{", text, count=1)
    return re.sub(r"^  return .*$", f"  return {', '.join(n for n, _ in made)} : {types}", text, flags=re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("--set", nargs="*", default=[], metavar="option=value")
    parser.add_argument("--layers", action="store_true")
    options = parser.parse_args()
    changes = {}
    for setting in options.set:
        key, value = setting.split("=")
        changes[key] = ast.literal_eval(value)
    text = NETWORKS[options.network].build(**changes)
    if options.layers:
        text = with_layers(text)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        module, compiled, program = folder / "network.mlir", folder / "network.vta.mlir", folder / "program"
        module.write_text(text)
        subprocess.run(["accel-opt", module, "--accel-compile=target=vta", "-o", compiled], check=True,
                       capture_output=True, text=True)
        functions = re.findall(r"func.func @(forward_device\d*)", compiled.read_text())
        print("programs:", len(functions))
        subprocess.run(["accel-translate", "--accel-to-vta", compiled, "-o", program], check=True,
                       capture_output=True, text=True)

        rng = np.random.default_rng(0)
        arguments = []
        for shape, element in re.findall(r"%\w+: tensor<([\dx]+)x(i8|i32)>", text.split("->")[0]):
            values = rng.integers(-WEIGHTS, WEIGHTS, [int(extent) for extent in shape.split("x")])
            arguments.append(values.astype(np.int8 if element == "i8" else np.int32))
        command = ["accel-sim", program]
        tensors = json.loads((program / "manifest.json").read_text())["tensors"]
        for tensor in tensors:
            path = folder / f"{tensor['name']}.npy"
            if tensor["role"] == "input":
                np.save(path, arguments[int(tensor["name"].removeprefix("arg"))].reshape(tensor["shape"]))
                command += ["--input", f"{tensor['name']}={path}"]
            elif tensor["role"] == "output":
                command += ["--output", f"{tensor['name']}={path}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)

        outputs = [tensor for tensor in tensors if tensor["role"] == "output"]
        expected = hostrun.run(module, "forward", arguments)
        if len(outputs) != len(expected):
            sys.exit(f"the program has {len(outputs)} outputs but the module {len(expected)} results")
        for tensor, wanted in zip(outputs, expected):
            found = np.load(folder / f"{tensor['name']}.npy").reshape(wanted.shape)
            if not np.array_equal(found, wanted):
                sys.exit(f"{tensor['name']}: {np.count_nonzero(found != wanted)} of {wanted.size} values differ")
            if options.layers:
                print(f"{tensor['name']}: equal, {len(np.unique(wanted))} different values")
        cycles = next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("cycles "))
        last = expected[-1]
        print(f"equal: {last.size} values, {len(np.unique(last))} different, {cycles} cycles")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} failed with exit code {error.returncode}\n{error.stderr or ''}")
