"""Checks rows of `accel-bench deepbench`.

Usage: check-deepbench.py CSV [--rows N] [--gains]

Every row must be exact. With --gains, the rows must also hold what the documentation claims of full-size operators on
1x16x16: no operator slower than with the fixed embedding, the convolutions with 1 or 3 input channels at least 2.8
times as fast (geometric mean), the GEMMs with 35 outputs 1.2 times, and the fixed embedding at least 85 % of its bound.
"""

import argparse
import csv
import math
import sys

STEMS = [f"conv-server-{n}" for n in (0, 1, 2, 6, 10, 15, 21, 27, 34, 59, 67)] + ["conv-device-0"]
NARROW = [f"gemm-server-{n}" for n in (1, 3, 5, 7)] + ["gemm-device-1"]
SQUARE = "conv-server-11"  # 3x3, 64 to 64 channels, 54x54


def gains_of(rows, ids):
    return [int(rows[i]["cycles_fixed"]) / int(rows[i]["cycles"]) for i in ids if i in rows]


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def check(condition, text):
    print(("ok: " if condition else "FAILED: ") + text)
    return condition


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--gains", action="store_true")
    options = parser.parse_args()
    with open(options.csv, newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    wrong = [i for i, row in rows.items() if row["exact"] != "1"]
    good = check(not wrong, f"{len(rows)} operators exact, wrong: {wrong}")
    good &= check(len(rows) >= options.rows, f"at least {options.rows} operators")
    if options.gains:
        slower = [i for i in rows if gains_of(rows, [i])[0] < 0.99]
        good &= check(not slower, f"none slower than fixed: {slower}")
        stems, narrow = gains_of(rows, STEMS), gains_of(rows, NARROW)
        good &= check(len(stems) == 12 and mean(stems) >= 2.8, f"1 and 3 channels: x{mean(stems):.2f}")
        good &= check(len(narrow) == 5 and mean(narrow) >= 1.2, f"35 outputs: x{mean(narrow):.2f}")
        square = rows[SQUARE]
        bound = int(square["micro_ops_fixed"]) / int(square["cycles_fixed"])
        good &= check(bound >= 0.85, f"fixed embedding at {bound:.1%} of its micro-op bound")
        good &= check(float(square["utilisation"]) >= 0.87, f"{float(square['utilisation']):.1%} of the MAC peak")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
