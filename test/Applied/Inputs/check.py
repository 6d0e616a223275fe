#!/usr/bin/env python3
"""Maps and applies random programs on targets and checks values, transfers and peaks.

usage: check.py COUNT SEED --map "OPTIONS OF ACCEL-MAP" [--only REGEX] [--map ... [--only REGEX]]...

The originals run once, whatever the number of targets. Each function runs twice: on integer-valued data, exact to the
bit where the program is, and on random data. Programs that a target's rules allow no mapping of are left out, and
counted. Where an op reads what another one makes with padding around it, buffers may take less than the model says.
With `imperfect=true`, last tiles are smaller than the model's, and only values are compared.
"""

import argparse
import re
import sys
import time
from pathlib import Path

import numpy as np
import programs

from accel import applied, hostrun, toolchain
from accel.signature import function_signature


def inputs_of(text, name, seed, whole):
    generator = np.random.default_rng(seed)
    return [applied.sample(generator, argument, whole) for argument in function_signature(text, name)[0]]


class Originals:
    """Programs, their inputs and the results that they have as they are."""

    def __init__(self, chosen, seed):
        self.programs = chosen
        self.calls = {
            p.name: [inputs_of(p.text, p.name, seed, whole) for whole in (True, False)] for p in chosen
        }
        calls = [(p.name, inputs) for p in chosen for inputs in self.calls[p.name]]
        text = "\n".join(p.text for p in chosen)
        self.padding = applied.pads_intermediates(text)
        results = hostrun.run_all(text, calls)
        self.results = {p.name: results[2 * i : 2 * i + 2] for i, p in enumerate(chosen)}


def mapped(chosen, options, accel_opt, between):
    """The applied module of the programs that can be mapped, and these."""
    chosen = list(chosen)
    while True:
        try:
            text = "\n".join(p.text for p in chosen)
            return applied.map_and_apply(text, options, accel_opt, between), chosen
        except toolchain.ToolError as error:
            name = re.search(r"error: no mapping fits.*\n\s*func\.func @(\w+)", str(error))
            if not name:
                raise
            chosen = [p for p in chosen if p.name != name[1]]


def check(originals, options, only, accel_opt, between, keep):
    """Prints what is wrong on one target; returns the number of problems and of programs."""
    start = time.monotonic()
    wanted = [p for p in originals.programs if re.search(only, p.name)]
    done, chosen = mapped(wanted, options, accel_opt, between)
    if keep:
        Path(keep).write_text(done.text)
    middle = time.monotonic()
    calls = [(p.name, inputs) for p in chosen for inputs in originals.calls[p.name]]
    expected = [result for p in chosen for result in originals.results[p.name]]
    found, counts = applied.run_counted(done, calls)
    exact = {p.name: p.exact for p in chosen}
    problems = applied.value_problems(calls[::2], expected[::2], found[::2], exact.get)
    problems += applied.value_problems(calls[1::2], expected[1::2], found[1::2], lambda name: False)
    for key in counts:
        if not key.endswith("_bits"):
            # Both runs of a function move the same.
            counts[key] //= 2
    if "imperfect=true" not in options:
        problems += applied.transfer_problems(done.report, counts)
        problems += applied.peak_problems(done.report, counts, originals.padding)
    for problem in problems:
        print(f"  {problem}")
    copied = sum(value for key, value in counts.items() if key.endswith("|copied"))
    fused = sum(len(g["einsums"]) > 1 for f in done.report["functions"] for g in f["groups"])
    print(f"{options.split()[0].split('=')[1]}: {len(chosen)} programs ({len(wanted) - len(chosen)} without mapping), "
          f"{fused} fused groups, {copied} values copied, {len(problems)} problems; "
          f"{middle - start:.1f} s to map and apply, {time.monotonic() - middle:.1f} s to run")
    return len(problems), len(chosen)


class Pairs(argparse.Action):
    """`--map A --only B` as one entry [A, B] of the list."""

    def __call__(self, parser, namespace, value, option=None):
        if option == "--map":
            namespace.map = [*(namespace.map or []), [value, ""]]
        else:
            namespace.map[-1][1] = value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--map", action=Pairs, required=True)
    parser.add_argument("--only", action=Pairs)
    parser.add_argument("--accel-opt", default="accel-opt")
    parser.add_argument("--between", action="append", default=[])
    parser.add_argument("--keep", help="write the last applied module here")
    parser.add_argument("--sizes", default="4,6,8,12", help="extents of most dimensions")
    parser.add_argument("--kind", help="draw programs of this kind only")
    options = parser.parse_args()
    if options.kind:
        programs.KINDS = (getattr(programs, options.kind),)
    programs.SIZES = tuple(map(int, options.sizes.split(",")))
    random = np.random.default_rng(options.seed)
    originals = Originals(list(programs.programs(options.count, random)), options.seed)
    problems = total = 0
    for target, only in options.map:
        wrong, count = check(originals, target, only, options.accel_opt, options.between, options.keep)
        problems, total = problems + wrong, total + count
    print(f"{total} programs in all, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
