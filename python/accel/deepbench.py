"""Plots a CSV of `accel-bench deepbench`: speed over the fixed embedding, and share of the peak, per operator.

    python -m accel.deepbench deepbench.csv -o deepbench.svg
"""

import argparse
import csv
import math
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One operator; cycles of its whole program, utilisation of the matrix unit as a share of 1."""

    id: str
    geometry: str
    cycles: int
    cycles_fixed: int
    utilisation: float
    utilisation_fixed: float

    @property
    def gain(self):
        return self.cycles_fixed / self.cycles


def read(path):
    """The rows of a CSV file. Raises ValueError if it is none of accel-bench deepbench, or has no rows."""
    with open(path, newline="") as file:
        table = csv.DictReader(file)
        columns = ("id", "geometry", "cycles", "cycles_fixed", "utilisation", "utilisation_fixed")
        missing = [c for c in columns if c not in (table.fieldnames or ())]
        if missing:
            raise ValueError(f"{path} has no column {missing[0]}; accel-bench deepbench --csv writes such files")
        rows = [
            Row(r["id"], r["geometry"], int(r["cycles"]), int(r["cycles_fixed"]), float(r["utilisation"]),
                float(r["utilisation_fixed"]))
            for r in table
        ]
    if not rows:
        raise ValueError(f"{path} has no rows")
    return rows


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def plot(rows):
    """A figure of two panels, operators by gain: gain over the fixed embedding, and utilisation of both."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = sorted(rows, key=lambda row: -row.gain)
    positions = range(len(rows))
    figure, (gains, shares) = pyplot.subplots(2, 1, sharex=True, figsize=(max(8, len(rows) * 0.09), 6))
    mean = geometric_mean(row.gain for row in rows)
    gains.bar(positions, [row.gain for row in rows], color="0.35")
    gains.axhline(1, color="black", linewidth=0.8)
    gains.set_yscale("log")
    gains.set_ylabel("cycles, fixed ÷ solver's")
    case = f"DeepBench on VTA {rows[0].geometry}, simulated"
    gains.set_title(f"{case}: {len(rows):,} operators, geometric mean ×{mean:.2f}")
    shares.plot(positions, [row.utilisation for row in rows], "o", color="black", markersize=3, label="solver's")
    shares.plot(positions, [row.utilisation_fixed for row in rows], "x", color="0.5", markersize=4, label="fixed")
    shares.set_ylim(0, 1)
    shares.set_ylabel("share of the MAC peak")
    shares.set_xlabel("operator, by gain")
    shares.legend(title="embedding")
    if len(rows) <= 60:
        shares.set_xticks(list(positions), [row.id for row in rows], rotation=90, fontsize=6)
    figure.tight_layout()
    return figure


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m accel.deepbench", description=__doc__.splitlines()[0])
    parser.add_argument("csv", help="what accel-bench deepbench --csv wrote")
    parser.add_argument("-o", dest="output", default="deepbench.svg", help="picture to write (.svg, .png or .pdf)")
    options = parser.parse_args(arguments)
    try:
        plot(read(options.csv)).savefig(options.output)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
