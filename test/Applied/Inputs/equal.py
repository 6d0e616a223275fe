#!/usr/bin/env python3
"""Runs all functions of two modules on the same integer-valued data and compares every bit.

usage: equal.py first.mlir second.mlir
"""

import sys
from pathlib import Path

import numpy as np

from accel import applied, hostrun
from accel.signature import function_signature


def main():
    first, second = (Path(path).read_text() for path in sys.argv[1:])
    random = np.random.default_rng(0)
    calls = [
        (name, [applied.sample(random, argument, whole=True) for argument in function_signature(first, name)[0]])
        for name in applied.functions_of(first)
    ]
    results = [hostrun.run_all(text, calls) for text in (first, second)]
    problems = applied.value_problems(calls, *results, exact=lambda name: True)
    print("\n".join(problems) or f"{len(calls)} functions agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
