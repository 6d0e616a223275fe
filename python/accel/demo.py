"""The demonstration behind `make run`.

Compiles the checked-in network for VTA, runs every held-out image through the simulator, compares each output byte
with the same module run on this computer, and maps a transformer block onto tpu_v4i, fused and unfused. Ends with exit
code 1 and one line of reason if a tool fails or an output differs.

Usage: python -m accel.demo --bin build/bin
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from accel import hostrun, quantity, toolchain
from accel.models.registry import NETWORKS
from accel.signature import SignatureError

_ROOT = Path(__file__).resolve().parents[2]
_CLOCK_HZ = 100e6  # of VTA, as in targets/vta.mlir


class DemoError(Exception):
    """A demonstration that did not come out as it must; the message is one line."""


def _load_json(path, what):
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise DemoError(f"{what} {path} cannot be read: {error}") from None


def _only(tensors, role):
    found = [t for t in tensors if t["role"] == role]
    if len(found) != 1:
        raise DemoError(f"program has {len(found)} {role} tensors but this demonstration needs exactly 1")
    return found[0]


class Vta:
    """The digits network on VTA: compiled, simulated, compared."""

    def __init__(self, tools, inputs, out):
        self.tools, self.out = tools, out
        self.model = inputs / "digits.mlir"
        self.images = np.load(inputs / "heldout_images.npy")
        self.labels = np.load(inputs / "heldout_labels.npy")

    def compile(self):
        """Writes the mapped module and the program folder."""
        start = time.monotonic()
        mapped, self.program = self.out / "digits.vta.mlir", self.out / "digits.prog"
        options = f"target=vta report={self.out / 'digits.json'}"
        toolchain.run([self.tools / "accel-opt", self.model, f"--accel-compile={options}", "-o", mapped])
        toolchain.run([self.tools / "accel-translate", "--accel-to-vta", mapped, "-o", self.program])
        self.seconds = time.monotonic() - start
        self.tensors = _load_json(self.program / "manifest.json", "manifest")["tensors"]

    def simulate(self):
        """The simulator's logits, one row an image."""
        source, sink = _only(self.tensors, "input"), _only(self.tensors, "output")
        batch, logits = self.out / "images.npy", self.out / "logits.npy"
        np.save(batch, self.images.reshape(len(self.images), *source["shape"]))
        logits.unlink(missing_ok=True)
        toolchain.run([
            self.tools / "accel-sim", self.program, "--input", f"{source['name']}={batch}",
            "--output", f"{sink['name']}={logits}", "--report", self.out / "sim.json",
        ])
        self.stats = _load_json(self.out / "sim.json", "simulator report")
        return np.load(logits).reshape(len(self.images), -1)

    def reference(self):
        """The logits of the original module on this computer."""
        result, = hostrun.run(self.model, "digits", [self.images])
        return result.reshape(len(self.images), -1)

    def compulsory_bytes(self):
        """Weights, input and output in their packed form, each moved once."""
        return sum(t["size"] for t in self.tensors if t["role"] in ("constant", "input", "output"))

    def run(self):
        """Prints the table; returns the number of images whose logits differ."""
        self.compile()
        simulated = self.simulate()
        expected = self.reference()
        if simulated.shape != expected.shape or simulated.dtype != expected.dtype:
            raise DemoError(
                f"simulator gives {simulated.dtype} of shape {simulated.shape} but the reference has "
                f"{expected.dtype} of shape {expected.shape}"
            )
        exact = int((simulated == expected).all(axis=1).sum())
        count = len(self.images)
        accuracy = (simulated.argmax(axis=1) == self.labels).mean()
        cycles = self.stats["cycles"]
        fetched = {"read": self.stats["instructions"]["bytes"], "written": 0}
        traffic = {**self.stats["dram_bytes"], "instructions": fetched}
        moved = sum(b["read"] + b["written"] for b in traffic.values())
        least = self.compulsory_bytes()
        print(f"Handwritten digits on VTA: int8, {count} held-out images, compiled in {self.seconds:.1f} s\n")
        print(quantity.table([
            ["accuracy", quantity.percent(accuracy)],
            ["images exact", f"{exact:,} of {count:,}", "every output byte against the same module on this CPU"],
            ["cycles per image", f"{cycles:,}", f"{quantity.with_unit(cycles / _CLOCK_HZ, 's')} at 100 MHz"],
            ["MAC utilisation", quantity.percent(self.stats["utilisation"]), "of the 16 x 16 array in these cycles"],
            ["bytes moved", f"{moved:,}",
             f"{quantity.ratio(moved / least)} the compulsory {least:,} (weights, input, output once)"],
            *[
                ["  " + name, f"{b['read'] + b['written']:,}", _direction(b)]
                for name, b in traffic.items() if b["read"] + b["written"]
            ],
        ], right=(1,)))
        return count - exact


def _direction(buffer):
    if buffer["read"] and buffer["written"]:
        return f"{buffer['read']:,} read, {buffer['written']:,} written"
    return "read" if buffer["read"] else "written"


def _group_rows(groups):
    """One row a fused group: its Einsums, shared loops and what stays on chip."""
    rows = []
    for group in groups:
        if len(group["einsums"]) < 2:
            continue
        held = [f"{tensor} in {level}" for tensor, level in group.get("on_chip", {}).items()]
        loops = group.get("fused_loops") or ["none"]
        rows.append([" → ".join(group["einsums"]), "loops " + ", ".join(loops), ", ".join(held)])
    return rows


def map_transformer(tools, out, options):
    """Maps one transformer block and prints fused against unfused."""
    block, report = out / "block.mlir", out / "block.json"
    network = NETWORKS["transformer_block"]
    block.write_text(network.build("block", **options))
    shape = network.options(**options)
    choices = f"target=tpu_v4i objective=edp compare-unfused=true report={report}"
    toolchain.run([tools / "accel-opt", block, f"--accel-map={choices}", "-o", "/dev/null"])
    functions = _load_json(report, "report")["functions"]
    if len(functions) != 1:
        raise DemoError(f"report {report} has {len(functions)} functions but the module has 1")
    result = functions[0]
    if result["status"] == "infeasible":
        raise DemoError(f"no mapping of the transformer block fits tpu_v4i: {result.get('reason', 'no reason given')}")
    unfused = result["unfused"]
    print(
        f"Transformer block on tpu_v4i: d_model {shape.d_model:,}, {shape.heads} heads, {shape.sequence:,} tokens, "
        f"{shape.ffn:,} wide feed-forward, {shape.element}, minimal energy × delay\n"
    )
    rows = [["", "fused", "unfused", "gain"]]
    for title, key, unit in (("energy", "energy_j", "J"), ("latency", "latency_s", "s"), ("EDP", "edp_js", "J·s")):
        a, b = result[key], unfused[key]
        rows.append([title, quantity.with_unit(a, unit), quantity.with_unit(b, unit), quantity.ratio(b / a)])
    print(quantity.table(rows, right=(1, 2, 3)) + "\n")
    search = result["search"]
    status = result["status"]
    if status == "feasible" and "gap" in result:
        status += f" (within {quantity.percent(result['gap'])} of the bound)"
    size = f", of about 10^{search['mapspace_log10']:.0f} mappings" if search.get("mapspace_log10") else ""
    print(f"  {status}, found in {quantity.with_unit(search['seconds'], 's')}{size}")
    rows = _group_rows(result["groups"])
    print("  fused:" if rows else "  fused: nothing")
    if rows:
        print(quantity.table(rows, indent="    "))


def _closing(tools, out):
    files = quantity.table([
        [f"{out}/digits.vta.mlir", "the network as VTA instructions, with tokens and addresses"],
        [f"{out}/digits.prog", "the program folder that the simulator runs"],
        [f"{out}/digits.json, block.json", "reports: mapping, energy and latency of every Einsum"],
        [f"{out}/sim.json", "cycles and bytes per buffer"],
    ])
    return f"""Files
{files}

Next
  The mapping of the block:    {tools}/accel-opt {out}/block.mlir --accel-map=target=tpu_v4i --accel-print-mapping
  Other networks:              PYTHONPATH=python {sys.executable} -m accel.models --list
  Any module of your own:      {tools}/accel-opt model.mlir --accel-map="target=nvdla report=report.json"
"""


def _failed(reason):
    sys.stdout.flush()
    print(f"error: {reason}", file=sys.stderr)
    return 1


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--bin", type=Path, default=Path("build/bin"), help="where accel-opt and the others are")
    parser.add_argument("--out", type=Path, default=Path("build/run"), help="where files go")
    parser.add_argument(
        "--inputs", type=Path, default=_ROOT / "test/EndToEnd/Inputs/digits", help="the network and its held-out images"
    )
    parser.add_argument("--sequence", type=int, help="tokens of the transformer block (default: 2048)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        wrong = Vta(options.bin, options.inputs, options.out).run()
        if wrong:
            raise DemoError(f"{wrong:,} images have outputs that differ from the reference")
        print()
        map_transformer(options.bin, options.out, {"sequence": options.sequence} if options.sequence else {})
    except KeyError as error:
        return _failed(f"a report lacks the field {error}")
    except (DemoError, hostrun.HostRunError, toolchain.ToolError, SignatureError) as error:
        return _failed(error)
    print("\n" + _closing(options.bin, options.out), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
