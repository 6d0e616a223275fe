"""Compiles a module for a target, simulates the program on random inputs, and compares every output byte with the
original module on this CPU.

Usage: compile-and-compare.py MODULE [--target vta] [--target-set …] [--runs 3] [--seed 0] [--low -128] [--high 127]

Prints one line `equal: …` and exits 0, or says what differs and exits 1. Tools come from PATH.
"""

import argparse
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "Inputs"))
from comparison import Mismatch, compare  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("module", type=pathlib.Path)
    parser.add_argument("--target", default="vta")
    parser.add_argument("--target-set", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--low", type=int, default=-128)
    parser.add_argument("--high", type=int, default=127)
    options = vars(parser.parse_args())
    values, cycles = compare(**options)
    print(f"equal: {values} values in {options['runs']} runs, {cycles} cycles")


if __name__ == "__main__":
    try:
        main()
    except Mismatch as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} failed with exit code {error.returncode}\n{error.stderr or ''}")
