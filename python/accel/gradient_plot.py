"""Draws the objective over time from the CSV of `accel-bench gradient`.

    python3 -m accel.gradient_plot gradient.csv -o gradient.svg

One panel a case: per search the median of all seeds as a step line, and the range
from the best to the worst as a band; the optimum as a thin line.
"""

import argparse
import csv
import sys
from collections import defaultdict

_STYLES = {"gradient": "-", "annealing": "--", "genetic": "-.", "random": ":"}
_UNITS = {"edp": "energy × delay, J s", "energy": "energy, J", "latency": "latency, s"}


def read_rows(path):
    """{case: {engine: {seed: [(seconds, value), ...]}}} and {case: objective}."""
    cases = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    objectives = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            # The first columns alone are an older file: energy times delay.
            value = float(row.get("value") or row["edp_js"])
            point = float(row["seconds"]), value
            cases[row["case"]][row["engine"]][row["seed"]].append(point)
            objectives[row["case"]] = row.get("objective") or "edp"
    return cases, objectives


def value_at(points, seconds):
    """The best that a search had then; infinite before its first answer."""
    return min((v for s, v in points if s <= seconds), default=float("inf"))


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def step_line(runs, end):
    """Times, medians, best and worst values of several runs of one search."""
    times = sorted({s for points in runs for s, _ in points} | {end})
    # From where every seed has an answer.
    times = [t for t in times if all(points[0][0] <= t for points in runs)]
    values = [[value_at(points, t) for points in runs] for t in times]
    return (times, [median(v) for v in values], [min(v) for v in values],
            [max(v) for v in values])


def plot(cases, objectives, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(cases), squeeze=False,
                                figsize=(5.5 * len(cases), 4), layout="constrained")
    for axis, (case, engines) in zip(axes[0], cases.items()):
        end = max(points[-1][0] for runs in engines.values() for points in runs.values())
        for engine, style in _STYLES.items():
            if engine not in engines:
                continue
            times, middle, best, worst = step_line(list(engines[engine].values()), end)
            line, = axis.step(times, middle, style, where="post", label=engine)
            axis.fill_between(times, best, worst, step="post", alpha=0.15,
                              color=line.get_color(), linewidth=0)
        for points in engines.get("ffm", {}).values():
            seconds, optimum = points[-1]
            axis.axhline(optimum, color="black", linewidth=0.8,
                         label=f"optimum (ffm, {seconds:.2g} s)")
        axis.set(title=case, xlabel="time on one core, s", xscale="log",
                 ylabel=_UNITS[objectives[case]], yscale="log")
        axis.legend()
    figure.savefig(path)
    plt.close(figure)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("-o", "--output", default="gradient.svg")
    options = parser.parse_args(arguments)
    cases, objectives = read_rows(options.csv)
    if not cases:
        sys.exit(f"{options.csv}: no rows")
    plot(cases, objectives, options.output)


if __name__ == "__main__":
    main()
