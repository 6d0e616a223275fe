"""Compiles a small int8 ResNet-18 for VTA, runs its device functions in the simulator and the pooling between them in
numpy, and compares the result with the whole module on this CPU.

Usage: run-resnet.py [--image 64] [--scale 0.25] [--classes 20]
"""

import argparse
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


def run_program(folder, program, values):
    """Gives the outputs of a program by name; inputs by name from `values`."""
    tensors = json.loads((program / "manifest.json").read_text())["tensors"]
    command = ["accel-sim", program]
    for tensor in tensors:
        path = folder / f"{tensor['name']}.npy"
        if tensor["role"] == "input":
            np.save(path, values[tensor["name"]].reshape(tensor["shape"]))
            command += ["--input", f"{tensor['name']}={path}"]
        elif tensor["role"] == "output":
            command += ["--output", f"{tensor['name']}={path}"]
    subprocess.run(command, check=True, capture_output=True)
    outputs = [t for t in tensors if t["role"] == "output"]
    return {t["name"]: np.load(folder / f"{t['name']}.npy").reshape(t["shape"]) for t in outputs}


def max_pool(x, window, stride, pad):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=-128)
    windows = np.lib.stride_tricks.sliding_window_view(x, (window, window), axis=(1, 2))
    return windows[:, ::stride, ::stride].max(axis=(-2, -1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", type=int, default=64)
    parser.add_argument("--scale", type=float, default=0.25)
    parser.add_argument("--classes", type=int, default=20)
    options = parser.parse_args()
    text = NETWORKS["resnet18_int8"].build(image=options.image, scale=options.scale, classes=options.classes)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        module, compiled = folder / "resnet.mlir", folder / "resnet.vta.mlir"
        module.write_text(text)
        subprocess.run(["accel-opt", module, "--accel-compile=target=vta", "-o", compiled], check=True,
                       capture_output=True)
        functions = re.findall(r"func.func @(forward_device\d+)", compiled.read_text())
        print("device functions:", len(functions))

        rng = np.random.default_rng(0)
        arguments = []
        for shape, element in re.findall(r"%\w+: tensor<([\dx]+)x(i8|i32)>", text.split("->")[0]):
            shape = [int(extent) for extent in shape.split("x")]
            values = rng.integers(-WEIGHTS, WEIGHTS, shape)
            arguments.append(values.astype(np.int8 if element == "i8" else np.int32))
        values = {f"arg{i}": argument for i, argument in enumerate(arguments)}
        for function in functions:
            program = folder / function
            subprocess.run(["accel-translate", "--accel-to-vta", "--entry", function, compiled, "-o", program],
                           check=True)
            outputs = run_program(folder, program, values)
            values |= outputs
            if "conv1_trunc" in outputs:
                values["maxpool"] = max_pool(outputs["conv1_trunc"], 3, 2, 1)
            if "l4.1.add_trunc" in outputs:
                values["avgpool"] = outputs["l4.1.add_trunc"].astype(np.int32).sum(axis=(1, 2), dtype=np.int32)
        found = next(iter(outputs.values()))
        expected, = hostrun.run(module, "forward", arguments)
        if not np.array_equal(found.reshape(expected.shape), expected):
            sys.exit(f"{np.count_nonzero(found.reshape(expected.shape) != expected)} of {expected.size} values differ")
        print(f"equal: {expected.size} values, {len(np.unique(expected))} different")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} failed with exit code {error.returncode}\n{error.stderr or ''}")
