"""Checks rows of `accel-bench deepbench`.

Usage: check-deepbench.py CSV [--rows N] [--gains]

Every row that ran on data must be exact. With --gains, the rows must be all operators at full size, and hold what the
documentation claims of them: no operator slower than with the fixed embedding, the convolutions with 1 or 3 input
channels at least 2.8 times as fast (geometric mean), and the solver's times. On 1x16x16 also: the GEMMs with 35 columns
1.2 times, and of the 3x3 convolutions from 64 to 64 channels the fixed embedding at 85 % of its own bound, the solver's
at 87 % of the peak.
"""

import argparse
import csv
import math
import statistics
import sys

NUM_OPERATORS = 212
SOLVE_MS_MEDIAN, SOLVE_MS_MOST = 2, 100


class Row:
    def __init__(self, fields):
        self.id, self.exact, self.geometry = fields["id"], fields["exact"], fields["geometry"]
        self.gain = int(fields["cycles_fixed"]) / int(fields["cycles"])
        self.utilisation, self.solve_ms = float(fields["utilisation"]), float(fields["solve_ms"])
        self.fixed_share = int(fields["micro_ops_fixed"]) / int(fields["cycles_fixed"])
        self.ins, self.outs = int(fields["in_channels"]), int(fields["out_channels"])
        self.is_gemm = self.id.startswith("gemm")
        self.taps = int(fields["macs"]) // (int(fields["outputs"]) * self.ins)


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def check(condition, text):
    print(("ok: " if condition else "FAILED: ") + text)
    return condition


def check_gains(rows):
    good = check(len(rows) == NUM_OPERATORS, f"{len(rows)} of {NUM_OPERATORS} operators")
    slower = [row.id for row in rows if row.gain < 0.99]
    good &= check(not slower, f"none slower than fixed: {slower}")
    stems = [row.gain for row in rows if not row.is_gemm and row.ins in (1, 3)]
    good &= check(len(stems) == 12 and mean(stems) >= 2.8, f"1 and 3 channels: x{mean(stems):.2f}")
    solves = [row.solve_ms for row in rows]
    good &= check(statistics.median(solves) <= SOLVE_MS_MEDIAN and max(solves) <= SOLVE_MS_MOST,
                  f"solver: median {statistics.median(solves):.2f} ms, most {max(solves):.2f} ms")
    if rows[0].geometry != "1x16x16":
        return good
    narrow = [row.gain for row in rows if row.is_gemm and row.outs == 35]
    good &= check(len(narrow) == 5 and mean(narrow) >= 1.2, f"35 columns: x{mean(narrow):.2f}")
    square = [row for row in rows if not row.is_gemm and row.ins == row.outs == 64 and row.taps == 9]
    good &= check(square and min(row.fixed_share for row in square) >= 0.85,
                  f"3x3, 64 to 64: fixed at {min(row.fixed_share for row in square):.1%} of its bound")
    good &= check(square and min(row.utilisation for row in square) >= 0.87,
                  f"3x3, 64 to 64: {min(row.utilisation for row in square):.1%} of the MAC peak")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--gains", action="store_true")
    options = parser.parse_args()
    with open(options.csv, newline="") as file:
        rows = [Row(fields) for fields in csv.DictReader(file)]
    wrong = [row.id for row in rows if row.exact == "0"]
    good = check(not wrong, f"{len(rows)} operators exact, wrong: {wrong}")
    good &= check(len(rows) >= options.rows, f"at least {options.rows} operators")
    if options.gains:
        good &= check_gains(rows)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
