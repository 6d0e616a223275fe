"""Compiles a module for VTA, simulates the program, and compares every output byte with the module on this CPU."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from accel import hostrun

DTYPES = {"i8": np.int8, "i32": np.int32}


class Mismatch(Exception):
    """The program does not compute what the module says."""


def random_input(tensor, runs, rng, low, high):
    """Values from `low` to `high` for i8; i32 stays small enough to keep sums away from the border."""
    dtype = DTYPES[tensor["element_type"]]
    bound = (low, high) if dtype is np.int8 else (-(2**20), 2**20)
    shape = (runs, *tensor["shape"])
    return rng.integers(*bound, size=shape, endpoint=True).astype(dtype)


def load_outputs(folder, tensors):
    """(name, values) of every output; what was stored in bytes is put together again."""
    outputs, parts = [], []
    for tensor in tensors:
        values = np.load(folder / f"{tensor['name']}.npy")
        name, is_byte, _ = tensor["name"].partition(".byte")
        if not is_byte:
            outputs.append((name, values))
            continue
        parts.append(values)
        if len(parts) == 4:
            outputs.append((name, np.stack(parts, axis=-1).view("<i4")[..., 0]))
            parts = []
    return outputs


def compare(module, target="vta", target_set="", runs=3, seed=0, low=-128, high=127):
    """Gives the number of values and the cycles of one run; raises `Mismatch` or CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        compile_options = f"target={target}"
        if target_set:
            compile_options += f" target-set={target_set}"
        compiled, program = folder / "compiled.mlir", folder / "program"
        subprocess.run(["accel-opt", module, f"--accel-compile={compile_options}", "-o", compiled], check=True)
        subprocess.run(["accel-translate", "--accel-to-vta", compiled, "-o", program], check=True)

        tensors = json.loads((program / "manifest.json").read_text())["tensors"]
        inputs = [t for t in tensors if t["role"] == "input"]
        outputs = [t for t in tensors if t["role"] == "output"]
        # The device function takes what the host packs, in the order of its first use; names say which argument.
        inputs.sort(key=lambda t: int(t["name"].removeprefix("arg")))
        rng = np.random.default_rng(seed)
        values = [random_input(t, runs, rng, low, high) for t in inputs]
        command = ["accel-sim", program, "--all-orders"]
        for tensor, value in zip(inputs, values):
            np.save(folder / f"{tensor['name']}.npy", value)
            command += ["--input", f"{tensor['name']}={folder / tensor['name']}.npy"]
        for tensor in outputs:
            command += ["--output", f"{tensor['name']}={folder / tensor['name']}.npy"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)

        text = Path(module).read_text()
        function = text[text.index("func.func @") + len("func.func @") :].split("(")[0]
        expected = hostrun.run(module, function, values)
        outputs = load_outputs(folder, outputs)
        if len(expected) != len(outputs):
            raise Mismatch(f"the module has {len(expected)} results but the program {len(outputs)} outputs")
        for (name, found), wanted in zip(outputs, expected):
            found = found.reshape(wanted.shape)
            if not np.array_equal(found, wanted):
                wrong = np.argwhere(found != wanted)
                at = tuple(wrong[0])
                raise Mismatch(
                    f"{name}: {len(wrong)} of {wanted.size} differ, first at {at}: "
                    f"{found[at]} instead of {wanted[at]}"
                )
        cycles = next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("cycles   "))
        return sum(e.size for e in expected), int(cycles.replace(",", ""))
