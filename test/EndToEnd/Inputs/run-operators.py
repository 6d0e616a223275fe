"""Compiles operators for a geometry of VTA, simulates them, and compares every output byte with this CPU.

Usage: run-operators.py [--geometry 1x16x16] [--runs 1] [NAME ...]

Prints a line an operator and exits 1 if one fails. Without names, all of operators.py.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from comparison import Mismatch, compare
from operators import OPERATORS

from accel import hostrun


def overrides(geometry):
    """The shipped target changed to another shape of the matrix instruction."""
    batch, block_in, block_out = geometry.split("x")
    return ",".join([
        f"lane_batch.n={batch}", f"lane_in.n={block_in}", f"lane_out.n={block_out}", f"GEMM.matrix={geometry}",
        f"ALU.ops_per_s={int(batch) * int(block_out)}e8",
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--geometry", default="1x16x16")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    failed = 0
    for name in options.names or OPERATORS:
        with tempfile.TemporaryDirectory() as folder:
            module = pathlib.Path(folder) / "module.mlir"
            module.write_text(OPERATORS[name]())
            try:
                values, cycles = compare(module, target_set=overrides(options.geometry), runs=options.runs)
                print(f"{name}: equal, {values} values, {cycles} cycles", flush=True)
            except (Mismatch, hostrun.HostRunError, subprocess.CalledProcessError) as error:
                failed += 1
                print(f"{name}: {error}\n{getattr(error, 'stderr', '') or ''}", flush=True)
    if failed:
        sys.exit(f"{failed} operators fail")


if __name__ == "__main__":
    main()
