"""Runs a program folder on random inputs and compares every bit with numpy.

usage: compare.py CASE FOLDER
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np


def wide(array):
    return array.astype(np.int64)


def clip(array, low=-128, high=127):
    return np.clip(array, low, high)


def conv3x3(image, weight):
    """Same-size convolution of (y, x, c) with (r, s, c, k)."""
    height, width, _ = image.shape
    padded = np.pad(wide(image), ((1, 1), (1, 1), (0, 0)))
    return sum(
        padded[r : r + height, s : s + width] @ wide(weight[r, s])
        for r in range(3)
        for s in range(3)
    )


def matmul(a, b, bias):
    return {"c": clip(np.maximum(wide(a) @ wide(b) + bias, 0) >> 5)}


def matmul_wrapped(a, b):
    return {"c": (wide(a) @ wide(b)).astype(np.int8)}


def conv_layers(image, w1, w2):
    bias = np.array([1, -2, 3, -4, 5, -6, 7, -8, 900, -1000, 11, -12, 13, -14, 15, -16])
    middle = clip((conv3x3(image, w1) + bias) >> 8, 0)
    return {"out": clip((conv3x3(middle, w2) + bias) >> 8, 0)}


def tile_loop(a, b):
    return {"c": clip(wide(a) @ wide(b) >> 9)}


def dense(x, w):
    return {"y": clip(wide(x) @ wide(w) + 70000 >> 10)}


def residual(a, b):
    product = wide(a) @ wide(b)
    shifted = product >> 7
    return {"c": clip(product - 1000 + shifted >> 6), "d": clip(shifted)}


def wrap_twice(a, b):
    narrow = (wide(a) @ wide(b)).astype(np.int8)
    return {"c": clip(narrow.astype(np.int32) * 4 >> 3)}


def pooling(x):
    pooled = x.reshape(4, 2, 4, 2, 16).max(axis=(1, 3))
    return {"y": clip(pooled >> 3)}


def main():
    case, folder = sys.argv[1:]
    manifest = json.loads((pathlib.Path(folder) / "manifest.json").read_text())
    random = np.random.default_rng(20)
    inputs = {}
    for tensor in manifest["tensors"]:
        if tensor["role"] != "input":
            continue
        if tensor["element_type"] == "i8":
            values = random.integers(-128, 128, tensor["shape"]).astype(np.int8)
        else:
            values = random.integers(-3000, 3000, tensor["shape"]).astype(np.int32)
        inputs[tensor["name"]] = values
    wanted = globals()[case](**inputs)
    with tempfile.TemporaryDirectory() as scratch:
        command = ["accel-sim", folder]
        for name, values in inputs.items():
            path = f"{scratch}/{name}.npy"
            np.save(path, values)
            command.append(f"--input={name}={path}")
        for name in wanted:
            command.append(f"--output={name}={scratch}/{name}.npy")
        print(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        for name, values in wanted.items():
            found = np.load(f"{scratch}/{name}.npy")
            values = values.reshape(found.shape)
            different = int(np.count_nonzero(found != values))
            if different:
                sys.exit(f"{name}: {different} of {values.size} values differ")
            # A constant output would compare nothing.
            if len(np.unique(values)) < 8:
                sys.exit(f"{name}: the inputs do not exercise the program")
            print(f"{name}: {values.size} values are exact")


if __name__ == "__main__":
    main()
