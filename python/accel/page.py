"""A report as one self-contained HTML page: figures, tables, mappings, and the JSON itself.

Every number on the page is a cell with `data-path`, its place in the JSON, and `data-value`, its exact value, so that a
reader, or a test, can go back to the source.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
from pathlib import Path
from typing import Any, Callable, Union

from matplotlib.figure import Figure

from accel import quantity
from accel.errors import AccelError
from accel.files import write_text
from accel.plots import style
from accel.plots.breakdown import plot_energy, plot_latency
from accel.plots.looptree import plot_looptree
from accel.plots.pareto import plot_pareto
from accel.plots.roofline import roofline
from accel.report import Function, Report

_WEB = Path(__file__).parent / "web"


def _escape(text: object) -> str:
    return html.escape(str(text))


def _number(path: str, value: float, text: str, tag: str = "span", classes: str = "number") -> str:
    exact = repr(float(value)) if isinstance(value, float) else str(value)
    return (
        f'<{tag} class="{classes}" data-path="{_escape(path)}" data-value="{exact}" title="{exact}">'
        f"{_escape(text)}</{tag}>"
    )


def _quantity(path: str, value: float, unit: str, tag: str = "span", classes: str = "number") -> str:
    return _number(path, value, quantity.with_unit(value, unit), tag, classes)


def _svg(figure: Figure, label: str, prefix: str) -> str:
    """The figure as inline SVG. Ids get a prefix, since several figures share the page."""
    buffer = io.BytesIO()
    style.write(figure, buffer, "svg")
    text = buffer.getvalue().decode()
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\1{prefix}-", text)
    text = text.replace("<svg", f'<svg role="img" aria-label="{_escape(label)}"', 1)
    return f"<figure>{text}</figure>"


def _panel(body: str, heading: str = "", classes: str = "") -> str:
    head = f"<h3>{_escape(heading)}</h3>" if heading else ""
    return f'<section class="panel {classes}">{head}{body}</section>'


def _table(heads: list[tuple[str, bool]], rows: list[list[str]]) -> str:
    """Rows are lists of finished cells; a head says whether its column holds numbers."""
    head = "".join(f'<th scope="col"{" class=number" if n else ""}>{_escape(text)}</th>' for text, n in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<table class="sortable"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(text: object) -> str:
    return f"<td>{_escape(text)}</td>"


def _cards(function: Function, at: str) -> str:
    def card(label: str, value: str, more: str = "") -> str:
        return (
            f'<div class="card"><div class="label">{label}</div><div class="value">{value}</div>'
            f'<div class="more">{more}</div></div>'
        )

    bound = " bound" if function.status == "unmapped" else ""
    cards = [card("status", _escape(function.status), _proof(function, at))]
    for label, key, unit in (("energy", "energy_j", "J"), ("latency", "latency_s", "s"), ("EDP", "edp_js", "J·s")):
        value, more = getattr(function, key), ""
        if function.unfused:
            other = getattr(function.unfused, key)
            more = "unfused " + _quantity(f"{at}.unfused.{key}", other, unit)
            if value > 0:
                more += f", {quantity.ratio(other / value)}"
        cards.append(card(label + bound, _quantity(f"{at}.{key}", value, unit), more))
    if "seconds" in function.search:
        seconds = _quantity(f"{at}.search.seconds", function.search["seconds"], "s")
        cards.append(card("search", seconds, _effort(function, at)))
    return f'<div class="cards">{"".join(cards)}</div>'


def _proof(function: Function, at: str) -> str:
    if function.gap is None:
        return "every point of the front" if function.pareto and function.status == "optimal" else ""
    if function.status == "optimal":
        return "no mapping of the mapspace is better"
    return "within " + _number(f"{at}.gap", function.gap, quantity.percent(function.gap)) + " of the bound"


def _effort(function: Function, at: str) -> str:
    joins = function.search.get("joins")
    return "" if joins is None else _number(f"{at}.search.joins", joins, f"{joins:,}") + " joins"


def _einsum_table(function: Function, at: str) -> str:
    heads = [
        ("Einsum", False), ("group", True), ("operations", True), ("energy", True), ("share", True), ("time", True),
        ("bound by", False),
    ]
    rows = []
    for i, e in enumerate(function.einsums):
        path = f"{at}.einsums[{i}]"
        share = e.energy_j / function.energy_j if function.energy_j else 0.0
        rows.append([
            _cell(e.name), f'<td class="number">{e.group}</td>',
            _number(f"{path}.computes", e.computes, f"{e.computes:,.0f}", "td"),
            _quantity(f"{path}.energy_j", e.energy_j, "J", "td"),
            f'<td class="number" data-value="{share!r}">{quantity.percent(share)}</td>',
            _quantity(f"{path}.latency_s", e.latency_s, "s", "td"), _cell(e.bound_by),
        ])
    return _panel(_table(heads, rows), "Einsums")


def _action_table(function: Function, at: str) -> str:
    heads = [("Einsum", False), ("level", False), ("tensor", False), ("bits read", True), ("bits written", True)]
    rows = []
    for i, e in enumerate(function.einsums):
        for level, tensors in e.actions.items():
            for tensor, bits in tensors.items():
                path = f'{at}.einsums[{i}].actions["{level}"]["{tensor}"]'
                rows.append([
                    _cell(e.name), _cell(level), _cell(tensor),
                    _number(f"{path}.read_bits", bits["read_bits"], f"{bits['read_bits']:,.0f}", "td"),
                    _number(f"{path}.write_bits", bits["write_bits"], f"{bits['write_bits']:,.0f}", "td"),
                ])
    return f"<details><summary>Accesses of every memory and tensor</summary>{_panel(_table(heads, rows))}</details>"


def _group_table(function: Function) -> str:
    rows = [
        [
            f'<td class="number">{g.id}</td>', _cell(" → ".join(g.einsums)), _cell(", ".join(g.fused_loops) or "none"),
            _cell(", ".join(f"{tensor} in {level}" for tensor, level in g.on_chip.items()) or "nothing"),
        ]
        for g in function.groups
    ]
    heads = [("group", True), ("Einsums", False), ("shared loops", False), ("exchanged on chip", False)]
    return _panel(_table(heads, rows), "Fusion")


def _usage(function: Function, at: str) -> str:
    rows = [
        [
            _cell(level),
            f'<td><span class="share"><i style="width:{100 * min(share, 1):.1f}%"></i></span>'
            + _number(f'{at}.usage["{level}"]', share, quantity.percent(share)) + "</td>",
        ]
        for level, share in function.usage.items()
    ]
    return _panel(_table([("level", False), ("peak usage", False)], rows), "Memory") if rows else ""


def _mappings(function: Function) -> str:
    parts = [f"<h3>{_escape(e.name)}</h3><pre>{_escape(e.mapping)}</pre>" for e in function.einsums]
    return f"<details><summary>Mapping of every Einsum as text</summary>{''.join(parts)}</details>"


def _pictures(report: Report, function: Function, index: int) -> str:
    """All figures that the target's data allow."""
    wanted: list[tuple[str, Callable[[Report, Function], Figure]]] = [
        ("energy", plot_energy), ("latency", plot_latency), ("roofline", roofline), ("looptree", plot_looptree),
    ]
    if function.pareto:
        wanted.insert(0, ("pareto", plot_pareto))
    panels = []
    for name, draw in wanted:
        try:
            picture = draw(report, function)
        except AccelError as error:
            panels.append(_panel(f'<p class="note">{_escape(str(error).removeprefix("error: "))}</p>'))
            continue
        panels.append(_panel(_svg(picture, f"{name} of {function.name}", f"f{index}-{name}"), classes=name))
    return "".join(panels)


def _function(report: Report, index: int) -> str:
    function, at = report.functions[index], f"functions[{index}]"
    head = f"<h2>{_escape(function.name)}</h2>"
    if function.status == "infeasible":
        return head + _panel(f'<p class="bad">No mapping fits: {_escape(function.reason)}</p>')
    if function.status == "unmapped":
        note = _panel('<p class="note">Not mapped: figures are bounds that no mapping can beat.</p>')
        return "".join((head, _cards(function, at), note, _einsum_table(function, at)))
    return "".join((
        head, _cards(function, at), _pictures(report, function, index), _einsum_table(function, at),
        _group_table(function), _usage(function, at), _action_table(function, at), _mappings(function),
    ))


def _embedded(value: Any) -> str:
    """JSON that is safe inside a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def page(report: Report) -> str:
    """The text of the page. It loads nothing: styles, script, figures and data are inside."""
    objective = f", objective {report.objective}" if report.objective else ""
    case = f"target {report.target}{objective}, engine {report.engine}"
    body = "".join(_function(report, i) for i in range(len(report.functions)))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # An icon of its own, or browsers ask the server for one.
        '<link rel="icon" href="data:,">\n'
        f"<title>Accel: {_escape(report.target)}</title>\n<style>\n{(_WEB / 'report.css').read_text()}</style>\n"
        "</head>\n"
        f'<body>\n<main>\n<h1>Mapping report</h1>\n<p class="case">{_escape(case)}</p>\n{body}\n'
        f"<footer>{_escape(report.tool)}, report schema {report.schema}. Numbers carry their exact value as a tooltip."
        f'</footer>\n</main>\n<script type="application/json" id="report">{_embedded(report.raw)}</script>\n'
        f"<script>\n{(_WEB / 'report.js').read_text()}</script>\n</body>\n</html>\n"
    )


def save_html(report: Report, path: Union[str, os.PathLike]) -> None:
    """Writes the page in one piece: `path` never holds half of it."""
    write_text(path, page(report))
