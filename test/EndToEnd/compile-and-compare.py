"""Compiles a module for a target, simulates the program on random inputs, and compares every output byte with the
original module on this CPU.

Usage: compile-and-compare.py MODULE [--target vta] [--target-set …] [--runs 3] [--seed 0] [--low -128] [--high 127]

Prints one line `equal: …` and exits 0, or says what differs and exits 1. Tools come from PATH.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from accel import hostrun

DTYPES = {"i8": np.int8, "i32": np.int32}


def random_input(tensor, runs, rng, low, high):
    """Values of the whole range for i8; i32 stays small enough to keep sums away from the border."""
    dtype = DTYPES[tensor["element_type"]]
    bound = (low, high) if dtype is np.int8 else (-(2**20), 2**20)
    shape = (runs, *tensor["shape"])
    return rng.integers(*bound, size=shape, endpoint=True).astype(dtype)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("module", type=pathlib.Path)
    parser.add_argument("--target", default="vta")
    parser.add_argument("--target-set", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--low", type=int, default=-128)
    parser.add_argument("--high", type=int, default=127)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        compile_options = f"target={options.target}"
        if options.target_set:
            compile_options += f" target-set={options.target_set}"
        compiled, program = folder / "compiled.mlir", folder / "program"
        subprocess.run(["accel-opt", options.module, f"--accel-compile={compile_options}", "-o", compiled], check=True)
        subprocess.run(["accel-translate", "--accel-to-vta", compiled, "-o", program], check=True)

        tensors = json.loads((program / "manifest.json").read_text())["tensors"]
        inputs = [t for t in tensors if t["role"] == "input"]
        outputs = [t for t in tensors if t["role"] == "output"]
        # The device function takes what the host packs, in the order of its first use; names say which argument.
        inputs.sort(key=lambda t: int(t["name"].removeprefix("arg")))
        rng = np.random.default_rng(options.seed)
        values = [random_input(t, options.runs, rng, options.low, options.high) for t in inputs]
        command = ["accel-sim", program, "--all-orders"]
        for tensor, value in zip(inputs, values):
            np.save(folder / f"{tensor['name']}.npy", value)
            command += ["--input", f"{tensor['name']}={folder / tensor['name']}.npy"]
        for tensor in outputs:
            command += ["--output", f"{tensor['name']}={folder / tensor['name']}.npy"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)

        text = options.module.read_text()
        function = text[text.index("func.func @") + len("func.func @") :].split("(")[0]
        expected = hostrun.run(options.module, function, values)
        if len(expected) != len(outputs):
            sys.exit(f"the module has {len(expected)} results but the program {len(outputs)} outputs")
        for tensor, wanted in zip(outputs, expected):
            found = np.load(folder / f"{tensor['name']}.npy").reshape(wanted.shape)
            if not np.array_equal(found, wanted):
                wrong = np.argwhere(found != wanted)
                at = tuple(wrong[0])
                sys.exit(f"{tensor['name']}: {len(wrong)} of {wanted.size} differ, first at {at}: "
                         f"{found[at]} instead of {wanted[at]}")
        cycles = next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("cycles"))
        print(f"equal: {sum(e.size for e in expected)} values in {options.runs} runs, {cycles} cycles")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} failed with exit code {error.returncode}\n{error.stderr or ''}")
