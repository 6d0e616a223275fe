"""Draws the objective over time from the CSV of `accel-bench gradient`.

    python3 -m accel.gradient_plot gradient.csv -o gradient.svg

One panel a case, one step line a search, the optimum as a dashed line.
"""

import argparse
import csv
import sys
from collections import defaultdict

_STYLES = {"gradient": "-", "annealing": "--", "genetic": "-.", "random": ":"}


def read_rows(path):
    """{case: {engine: [(seconds, EDP in J s), ...]}}, in the file's order."""
    cases = defaultdict(lambda: defaultdict(list))
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            point = float(row["seconds"]), float(row["edp_js"])
            cases[row["case"]][row["engine"]].append(point)
    return cases


def plot(cases, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(cases), squeeze=False,
                                figsize=(6 * len(cases), 4), layout="constrained")
    for axis, (case, engines) in zip(axes[0], cases.items()):
        end = max(s for points in engines.values() for s, _ in points)
        for engine, style in _STYLES.items():
            points = engines.get(engine)
            if not points:
                continue
            # A search keeps its best to the end.
            seconds = [s for s, _ in points] + [end]
            values = [v for _, v in points] + [points[-1][1]]
            axis.step(seconds, values, style, where="post", label=engine)
        for seconds, optimum in engines.get("ffm", []):
            axis.axhline(optimum, color="black", linewidth=0.8,
                         label=f"optimum (ffm, {seconds:.1f} s)")
        axis.set(title=case, xlabel="time on one core, s", xscale="log",
                 ylabel="energy × delay, J s", yscale="log")
        axis.legend()
    figure.savefig(path)
    plt.close(figure)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("-o", "--output", default="gradient.svg")
    options = parser.parse_args(arguments)
    cases = read_rows(options.csv)
    if not cases:
        sys.exit(f"{options.csv}: no rows")
    plot(cases, options.output)


if __name__ == "__main__":
    main()
