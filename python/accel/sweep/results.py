"""Tables and the picture of a sweep."""

from __future__ import annotations

import csv
import importlib.util
import io
from pathlib import Path
from typing import Any, Mapping, Sequence

from accel import quantity
from accel.files import in_one_piece, write_text
from accel.plots import style
from accel.plots.pareto import draw_front
from accel.sweep.plan import Point, names

_FIGURES = ("status", "energy_j", "latency_s", "edp_js", "search_s", "reason")
_MARKERS = "osD^vP*Xh<>"
_COLORS = ("#16294a", "#b8432f", "#3b93a5", "#c99a2e", "#7a5c99", "#5f8f4e")


def table(points: Sequence[Point], records: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows, one a point, in the sweep's order."""
    parameters, options = names(points, "parameters"), names(points, "options")
    levels = sorted({level for p in points if p.key in records for level in records[p.key].get("usage") or {}})
    columns = ["network", "target", *parameters, *options, *_FIGURES, *[f"usage.{level}" for level in levels]]
    rows = []
    for point in points:
        record = records.get(point.key)
        if record is None:
            continue
        given = {**dict(point.parameters), **dict(point.options)}
        usage = record.get("usage") or {}
        rows.append([
            point.network, point.target, *[given.get(n, "") for n in (*parameters, *options)],
            *[record.get(n, "") for n in _FIGURES], *[usage.get(level, "") for level in levels],
        ])
    return columns, rows


def write_tables(folder: Path, points: Sequence[Point], records: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """Writes results.csv, and results.parquet where pandas with pyarrow or fastparquet is installed."""
    columns, rows = table(points, records)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[repr(v) if isinstance(v, float) else v for v in row] for row in rows])
    files = [folder / "results.csv"]
    write_text(files[0], buffer.getvalue())
    available = {name: importlib.util.find_spec(name) for name in ("pandas", "pyarrow", "fastparquet")}
    if available["pandas"] and (available["pyarrow"] or available["fastparquet"]):
        import pandas

        files.append(folder / "results.parquet")
        frame = pandas.DataFrame({n: _of_one_type([row[i] for row in rows]) for i, n in enumerate(columns)})
        with in_one_piece(files[-1]) as file:
            frame.to_parquet(file)
    return files


def _of_one_type(cells: Sequence[Any]) -> list[Any]:
    """A column as Parquet takes it: empty cells are missing; where text stands beside numbers, all is text."""
    given = [None if cell == "" else cell for cell in cells]
    kinds = {type(cell) for cell in given if cell is not None}
    if len(kinds) > 1 and not kinds <= {int, float}:
        return [None if cell is None else str(cell) for cell in given]
    return given


def front(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entries that no other beats in energy and latency, by rising latency."""
    best: list[Mapping[str, Any]] = []
    for entry in sorted(entries, key=lambda e: (e["latency_s"], e["energy_j"])):
        if not best or entry["energy_j"] < best[-1]["energy_j"]:
            best.append(entry)
    return best


def write_plot(folder: Path, points: Sequence[Point], records: Mapping[str, Mapping[str, Any]]) -> Path | None:
    """Writes pareto.svg: every point, and the front of each network. None if no point has a mapping."""
    by_network: dict[str, list[dict[str, Any]]] = {}
    for point in points:
        record = records.get(point.key, {})
        if "energy_j" in record:
            by_network.setdefault(point.network, []).append({**record, "label": point.label})
    if not by_network:
        return None
    height = 4.3
    fig = style.figure(8.6, height * len(by_network) + 0.6)
    for row, (network, entries) in enumerate(by_network.items()):
        below = height * (len(by_network) - 1 - row) + 0.65
        ax = style.axes(fig, 0.95, 0.45, 0.6 + 0.55 + height * row, below)
        best = front(entries)
        xs, ys = [e["latency_s"] for e in entries], [e["energy_j"] for e in entries]
        for values, scale in ((xs, ax.set_xscale), (ys, ax.set_yscale)):
            if min(values) > 0 and max(values) > 30 * min(values):
                scale("log")
        draw_front(
            ax, [e["latency_s"] for e in best], [e["energy_j"] for e in best], f"front:{network}", list(zip(xs, ys))
        )
        for i, target in enumerate(dict.fromkeys(e["target"] for e in entries)):
            chosen = [e for e in entries if e["target"] == target]
            ax.plot(
                [e["latency_s"] for e in chosen], [e["energy_j"] for e in chosen], _MARKERS[i % len(_MARKERS)],
                color=_COLORS[i % len(_COLORS)], markersize=6.5, markeredgecolor=style.PAPER, markeredgewidth=0.7,
                label=Path(target).stem, zorder=4,
            )
        style.unit_axis(ax.xaxis, "s")
        style.unit_axis(ax.yaxis, "J")
        ax.set_xlabel("latency")
        ax.set_ylabel("energy")
        ax.set_title(f"{network}: {len(entries):,} points, {len(best):,} on the front", loc="left", fontsize=10)
        ax.legend(frameon=False, fontsize=8.5, loc="best", borderaxespad=1)
    style.title(fig, "Design space", f"energy against latency of {sum(map(len, by_network.values())):,} mappings")
    path = folder / "pareto.svg"
    style.save(fig, path)
    return path


def summary(points: Sequence[Point], records: Mapping[str, Mapping[str, Any]]) -> str:
    """The best point of each network, for the terminal."""
    rows = [["network", "target", "best energy × latency", "energy", "latency", "with"]]
    for network in dict.fromkeys(p.network for p in points):
        found = [(records[p.key], p) for p in points if p.network == network and "edp_js" in records.get(p.key, {})]
        if not found:
            rows.append([network, "", "no mapping", "", "", ""])
            continue
        record, point = min(found, key=lambda entry: entry[0]["edp_js"])
        given = " ".join(f"{n}={v}" for n, v in (*point.parameters, *point.options))
        rows.append([
            network, Path(point.target).stem, quantity.with_unit(record["edp_js"], "J·s"),
            quantity.with_unit(record["energy_j"], "J"), quantity.with_unit(record["latency_s"], "s"), given,
        ])
    return quantity.table(rows, right=(2, 3, 4))
