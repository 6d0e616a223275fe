"""The reference cases of `Inputs/` as a user would give them to `accel-opt`.

    for case in oracle.cases():
        oracle.linalg(case)      # the program: a module of linalg on tensors
        oracle.options(case)     # for --accel-map: target, target-set, objective, limits

`linalg(case, pinned=True)` carries the reference's mapping as `accel.mapping` on every op. Cases of Timeloop
(`cases("timeloop_")`) have one mapping and no objective; those without a shipped target are written as a target file
by `target_file`. A case is the JSON object that import.py wrote; a program alone needs its keys `tensors` and
`einsums` only, so new programs can be given in the same form.
"""

import json
import re
from pathlib import Path

from accel.models.builder import Function
from accel.projection import extent

INPUTS = Path(__file__).parent / "Inputs"
OBJECTIVES = {
    ("ENERGY_DELAY_PRODUCT",): "edp",
    ("ENERGY",): "energy",
    ("LATENCY",): "latency",
    ("ENERGY", "LATENCY"): "pareto",
    ("ENERGY", "RESOURCE_USAGE"): "pareto-usage",
}


def load(name):
    return json.loads((INPUTS / f"{name}.json").read_text())


def cases(prefix=""):
    """All cases whose name begins with `prefix`, sorted; without one, all but Timeloop's."""
    names = sorted(path.stem for path in INPUTS.glob(f"{prefix}*.json"))
    return [load(name) for name in names if prefix or not name.startswith("timeloop_")]


# --- The program ---------------------------------------------------------------


def _split(projection):
    return tuple(part.strip() for part in projection.split(",")) if projection.strip() else ()


class _Program:
    """One function, built Einsum by Einsum."""

    def __init__(self, case, name):
        self.f = Function(name)
        self.values = {}
        self.tensors = {t["name"]: t for t in case["tensors"]}
        produced = {e["operands"][-1][0] for e in case["einsums"]}
        read = {operand[0] for e in case["einsums"] for operand in e["operands"][:-1]}
        for tensor in arguments(case):
            record = self.tensors[tensor]
            self.values[tensor] = self.f.argument(
                tensor, record["shape"], f"i{record['bits']}", record.get("persistent", False)
            )
        for einsum in case["einsums"]:
            self._add(einsum)
        self.f.returns(*(self.values[e["operands"][-1][0]] for e in case["einsums"]
                         if e["operands"][-1][0] in produced - read))

    def _add(self, einsum):
        *ins, (out, result) = einsum["operands"]
        bounds = dict(map(tuple, einsum["ranks"]))
        if einsum.get("copy"):
            self.values[out] = self.f.copy(einsum["name"], self.values[ins[0][0]])
            return
        operands = []
        for tensor, projection in ins:
            view, value = _split(projection), self.values[tensor]
            # A window may reach over the border, or stop before it.
            high = [extent(e, bounds) - have for e, have in zip(view, value.shape)]
            operands.append((self.f.pad(value, [0] * len(high), high), view))
        element = f"i{self.tensors[out]['bits']}"
        self.values[out] = self.f.einsum(
            einsum["name"], list(bounds), operands, _split(result), bounds,
            lambda body, *scalars: _combine(body, scalars, element, is_reduction(einsum)), 0, element,
        )


def _fit(body, scalar, element):
    if int(scalar.element[1:]) > int(element[1:]):
        return body.op("arith.trunci", scalar, to=element)
    return body.widen(scalar, element)


def _combine(body, scalars, element, accumulates):
    """The product of all inputs, or twice the only one; added to the accumulator of a reduction."""
    *ins, accumulator = (_fit(body, s, element) for s in scalars)
    value = ins[0] if len(ins) > 1 else body.add(ins[0], ins[0])
    for factor in ins[1:]:
        value = body.mul(value, factor)
    return body.add(accumulator, value) if accumulates else value


def is_reduction(einsum):
    used = set(re.findall(r"[A-Za-z_]\w*", einsum["operands"][-1][1]))
    return any(rank not in used for rank, _ in einsum["ranks"])


def arguments(case):
    """Names of the tensors that no Einsum produces, in the order of the function's arguments."""
    produced = {e["operands"][-1][0] for e in case["einsums"]}
    read = [operand[0] for e in case["einsums"] for operand in e["operands"][:-1]]
    return [tensor for tensor in dict.fromkeys(read) if tensor not in produced]


def reported_names(case):
    """The case's tensor for each name in a report: results are named after their Einsum, arguments by position."""
    names = {f"%arg{i}": tensor for i, tensor in enumerate(arguments(case))}
    return names | {e["name"]: e["operands"][-1][0] for e in case["einsums"]}


def linalg(case, pinned=False, function="main"):
    """The case's program as the text of a module; `pinned` adds the reference's mapping."""
    text = _Program(case, function).f.text()
    for path in case["mapping"] if pinned else ():
        einsum = next(e for e in case["einsums"] if e["name"] == path["einsum"])
        name = f'accel.name = "{path["einsum"]}"'
        text = text.replace(name, f"{name}, accel.mapping = {mapping(einsum, path, case.get('imperfect'))}")
    return text


def mapping(einsum, path, imperfect=False):
    """A path of a case as `#accel.mapping` of the op that `linalg` writes for the Einsum."""
    ranks = [rank for rank, _ in einsum["ranks"]]
    operands = [operand[0] for operand in einsum["operands"]]
    if einsum.get("copy"):
        # linalg.copy loops over the dimensions of its tensor.
        ranks = list(_split(einsum["operands"][0][1]))
    nodes = []
    for line in path["path"]:
        if found := re.fullmatch(r"keep (\S+) in (\S+)", line):
            kept = [operands.index(tensor) for tensor in found[1].split(",")]
            nodes.append(f'keep [{", ".join(map(str, kept))}] in "{found[2]}"')
        elif found := re.fullmatch(r"for (\w+) by (\d+)", line):
            nodes.append(f"for {ranks.index(found[1])} by {found[2]}")
        elif found := re.fullmatch(r"par (\w+) by (\d+) over (\S+)", line):
            nodes.append(f'par {ranks.index(found[1])} by {found[2]} over "{found[3]}"')
        elif found := re.fullmatch(r"compute (\S+)", line):
            nodes.append(f'compute "{found[1]}"')
        else:
            raise ValueError(f'{einsum["name"]} has the mapping line "{line}"')
    return f"#accel.mapping<[{', '.join(nodes)}], shared = {path['shared']}{', imperfect' if imperfect else ''}>"


# --- Target and options --------------------------------------------------------


def target_options(case):
    """`target=` and `target-set=` for a case with a shipped target."""
    fields = ",".join(f"{field}={value}" for field, value in case.get("target_set", {}).items())
    return f"target={case['target']}" + (f" target-set={fields}" if fields else "")


def limit_options(case):
    """What restricts the reference's mapspace, `reference-slots` included."""
    words = ["reference-slots=true"]
    if case["imperfect"]:
        words.append("imperfect=true")
    if "max_fused_loops" in case["options"]:
        words.append(f"max-fused-loops={case['options']['max_fused_loops']}")
    return " ".join(words)


def options(case):
    """The options of --accel-map that ask what the reference was asked."""
    objective = OBJECTIVES[tuple(case["objective"])]
    return f"{target_options(case)} objective={objective} {limit_options(case)}"


def _real(value):
    """As MLIR reads it: a point before the exponent."""
    mantissa, exponent, power = repr(float(value)).partition("e")
    return mantissa + ("" if "." in mantissa or mantissa == "inf" else ".0") + exponent + power


def target_file(case):
    """A Timeloop case's hierarchy as the text of a target file: a cycle is 1 s, a word 8 bits."""
    nodes = []
    for node in case["nodes"]:
        fields = [f'"{node["name"]}"']
        if node["kind"] == "memory":
            rate = _real(node["words_per_cycle"] if node["words_per_cycle"] == "inf" else 8 * node["words_per_cycle"])
            energy = _real(node["energy_pj_per_word"] * 1e-12 / 8)
            fields += ["keep = [external]"] * (not nodes) + ["may_keep = [all]"]
            if node["size_values"] != "inf":
                fields.append(f"size_values = {_real(node['size_values'])}")
            fields += [f"{action}_j_per_bit = {energy}" for action in ("read", "write")]
            if rate != "inf":
                fields += [f"{action}_bits_per_s = {rate}" for action in ("read", "write")]
            fields.append("charges_evictions = false")
        elif node["kind"] == "fanout":
            fields.append(f"n = {node['n']}")
        else:
            fields += [f"j_per_op = {_real(node['pj_per_op'] * 1e-12)}", "ops_per_s = 1.0"]
        nodes.append(f"  #accel.{node['kind']}<{', '.join(fields)}>")
    body = ",\n".join(nodes)
    return (
        f'#timeloop = #accel.target<"timeloop", [\n{body}\n]>\n'
        "module attributes {dlti.target_system_spec = #dlti.target_system_spec<\n"
        '  "NPU" = #dlti.target_device_spec<"accel.target" = #timeloop>>} {}\n'
    )
