#!/usr/bin/env python3
"""Carries reference results of other tools into test/Oracle/Inputs.

Usage: import.py OUTPUT_DIR FILE.json...

Reads result files of AccelForge runs (fused mappings), its descriptions of
targets and result files of Timeloop runs (fixed mappings) and writes each as figures in one compact form: the program,
the accelerator with its keep rules as sets, the mapping as paths in Accel's text
form, and what the tool computed, in bits, joules and seconds (Timeloop: words,
picojoules, cycles). Rules that no set reproduces, and windows that cannot be
expressed by the order of keeps, stop the script.
"""
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
from accel.projection import affine, extent  # noqa: E402

ROLES = ("input", "weight", "output")


def number(x):
    """Integers as integers, infinity as a word."""
    if x in ("inf", float("inf")):
        return "inf"
    return int(x) if float(x).is_integer() and abs(x) < 2**63 else x


# --- AccelForge ---------------------------------------------------------------


def split_program(workload):
    """Tensors and Einsums; a copy's second tensor is its output."""
    bound = {r: int(n) for r, n in workload["rank_variable_bounds"].items()}
    tensors, einsums, dims = {}, [], {}
    for e in workload["einsums"]:
        if e["is_copy_operation"]:
            inputs, output = e["tensors"][:1], e["tensors"][1]
        else:
            inputs = [t for t in e["tensors"] if not t["output"]]
            output = next(t for t in e["tensors"] if t["output"])
        operands = []
        for t in inputs + [output]:
            order = dims.setdefault(t["name"], list(t["projection"]))
            if set(order) != set(t["projection"]):
                order = list(t["projection"])
            exprs = [t["projection"][d] for d in order]
            shape = [extent(x, bound) for x in exprs]
            record = tensors.setdefault(
                t["name"],
                {"name": t["name"], "shape": shape, "bits": number(t["bits_per_value"])},
            )
            if t is output:
                record["shape"] = shape
            if t.get("persistent"):
                record["persistent"] = True
            operands.append([t["name"], ", ".join(affine(x) for x in exprs)])
        ranks = [[r, bound[r]] for r in e["rank_variables"]]
        einsums.append({"name": e["name"], "ranks": ranks, "operands": operands})
        if e["is_copy_operation"]:
            einsums[-1]["copy"] = True
    return list(tensors.values()), einsums


def rates(level):
    """Throughput of reads and writes in bits/s, and whether they share a port."""
    formula = level["total_latency"]
    action = {a["name"]: a for a in level["actions"]}
    m = re.fullmatch(r"sum\(a\.n_calls for a in actions\)((?: / [\d.e]+)+)", formula)
    out = {}
    for name, a in action.items():
        if m:
            rate = 1.0
            for factor in m.group(1).split(" / ")[1:]:
                rate *= float(factor)
        else:
            rate = float(a["throughput"])
        out[name] = rate * a.get("bits_per_action", 1.0)
    known = "max(a.n_calls / a.throughput for a in actions)", "sum(a.n_calls / a.throughput for a in actions)"
    if not m and formula not in known:
        sys.exit(f"unknown latency formula {formula}")
    return out, formula.startswith("max")


class Sets:
    """Finds the set of roles and classes that gives the same tensors everywhere."""

    def __init__(self, einsums):
        self.role, self.cls = {}, {}
        produced = {e["operands"][-1][0] for e in einsums}
        read = {o[0] for e in einsums for o in e["operands"][:-1]}
        for e in einsums:
            n = len(e["operands"])
            for i, (t, _) in enumerate(e["operands"]):
                self.role[e["name"], t] = "outputs" if i == n - 1 else "weights" if i == 1 else "inputs"
                self.cls[t] = "intermediates" if t in produced and t in read else "externals"
        self.names = {e["name"]: [o[0] for o in e["operands"]] for e in einsums}

    def members(self, rule, einsum):
        words = rule.split("|")
        return {
            t
            for t in self.names[einsum]
            if "all" in words or self.role[einsum, t] in words or self.cls[t] in words
        }

    def find(self, wanted, first="all"):
        """`wanted`: Einsum -> list of tensors, or a text `~Level`."""
        texts = {w for w in wanted.values() if isinstance(w, str)}
        if texts:
            (rule,) = texts
            return "!" + rule.lstrip("~").split(".")[0]
        if not any(wanted.values()):
            return "none"
        candidates = ["externals", "intermediates", "inputs", "weights", "outputs"]
        pairs = [f"{a}|{b}" for i, a in enumerate(ROLES) for b in ROLES[i + 1 :]]
        pairs = ["|".join(w + "s" for w in p.split("|")) for p in pairs]
        for rule in [first, "all"] + candidates + pairs:
            if all(self.members(rule, e) == set(w) for e, w in wanted.items()):
                return rule
        sys.exit(f"no set gives {wanted}")


def reuse_roles(sets, key, dimension):
    """The roles of a fan-out's tensor list, over all Einsums."""
    roles = set(ROLES)
    for einsum, d in dimension.items():
        present = {sets.role[einsum, t][:-1] for t in sets.names[einsum]}
        listed = {sets.role[einsum, t][:-1] for t in d[key]}
        roles -= present - listed
    seen = {sets.role[e, t][:-1] for e in dimension for t in sets.names[e]}
    if key == "reuse":
        roles &= seen
    return "|".join(r for r in ROLES if r in roles) if len(roles) < 3 else "all"


def node_list(arch, einsums, actual_copies, bits):
    """One list of nodes from the evaluated path of each Einsum."""
    sets = Sets(einsums)
    paths = {k.split("|")[0]: (k.split("|")[1], v) for k, v in arch.items()}
    order, per_node = [], {}

    def place(key, position):
        """Puts a node after its predecessor; units of shorter paths stay above it."""
        if key not in order:
            while position < len(order) and order[position][0] == "compute":
                position += 1
            order.insert(position, key)
        return order.index(key) + 1

    for einsum, (_, path) in paths.items():
        position = 0
        for node in path:
            for dim in node.get("spatial", []):
                key = ("fanout", dim["name"])
                per_node.setdefault(key, {})[einsum] = dim
                position = place(key, position)
            if node["type"] == "Container":
                continue
            key = (node["type"].lower(), node["name"])
            per_node.setdefault(key, {})[einsum] = node
            position = place(key, position)
    nodes = []
    for kind, name in order:
        by_einsum = per_node[kind, name]
        sample = next(iter(by_einsum.values()))
        out = {"kind": kind, "name": name}
        if kind == "fanout":
            out["n"] = number(sample["fanout"])
            out["min_usage"] = sample["min_usage"]
            out["may_reuse"] = reuse_roles(sets, "may_reuse", by_einsum) or "none"
            out["reuse"] = reuse_roles(sets, "reuse", by_einsum) or "none"
        elif kind == "memory":
            rate, separate = rates(sample)
            action = {a["name"]: a for a in sample["actions"]}
            sizes = {e: n["size"] for e, n in by_einsum.items()}
            if len(set(sizes.values())) > 1:
                # As many bits as a value has: a size in values.
                values = {
                    size / bits[t]
                    for e, size in sizes.items()
                    for t in by_einsum[e]["tensors"]["keep"]
                    if e not in actual_copies
                }
                if len(values) > 1:
                    sys.exit(f"sizes of {name} differ: {sizes}")
                out["size_values"] = number(values.pop())
            else:
                out["size_bits"] = number(sample["size"])
            for a in ("read", "write"):
                out[f"{a}_j_per_bit"] = action[a]["energy"] / action[a]["bits_per_action"]
                out[f"{a}_bits_per_s"] = number(rate[a])
            out["ports"] = "separate" if separate else "shared"
            out["leak_w"] = sample["leak_power"]
            scale = {}
            for einsum, node in by_einsum.items():
                for t, width in node["bits_per_value"].items():
                    scale[sets.role[einsum, t][:-1]] = width
            if scale:
                out["bits_per_value"] = scale
            keep = {e: n["tensors"]["keep"] for e, n in by_einsum.items() if e not in actual_copies}
            may = {e: n["tensors"]["may_keep"] for e, n in by_einsum.items() if e not in actual_copies}
            out["keep"] = sets.find(keep, "all" if nodes else "externals")
            out["may_keep"] = sets.find(may)
        else:
            rate, _ = rates(sample)
            action = sample["actions"][0]
            out["j_per_op"], out["ops_per_s"] = action["energy"], number(rate["compute"])
            out["leak_w"] = sample["leak_power"]
            counts = sorted({len(sets.names[e]) for e in by_einsum})
            if sum(k == "compute" for k, _ in order) > 1:
                out["takes_num_tensors"] = counts
        nodes.append(out)
    return nodes


def loop_text(line):
    if m := re.match(r"T-(\S+) in .* shape=(\d+)", line):
        return f"for {m.group(1)} by {m.group(2)}"
    m = re.match(r"S-(.+)-([^-\s]+) in .* shape=(\d+)", line)
    return f"par {m.group(2)} by {m.group(3)} over {m.group(1)}"


def in_tree_order(path, nest):
    """A path alone may list neighbouring fused loops in another order than the tree."""
    out, run = [], []
    for line in path:
        if re.match("(for|par) ", line):
            run.append(line)
        else:
            out += sorted(run, key=nest.index) + [line]
            run = []
    if [line for line in out if re.match("(for|par) ", line)] != nest:
        sys.exit(f"{path} is not a path of the tree: {nest}")
    return out


def paths_of(case, einsums):
    """Paths in Accel's text form, and how many loops each shares with the one before."""
    shared, nests, stack, previous, line_no = {}, {}, [], None, 0
    for line in case["mapping"].split("\n"):
        line_no += 1
        depth, line = len(line) - len(line.lstrip()), line.strip()
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if re.match(r"[TS]-", line):
            stack.append((depth, line_no, loop_text(line)))
        m = re.match(r"(\S+) computes (\S+)", line)
        if m:
            here = [s[1] for s in stack]
            shared[m.group(2)] = 0 if previous is None else sum(a == b for a, b in zip(previous, here))
            previous = here
            nests[m.group(2)] = [s[2] for s in stack]
    result = []
    for e in einsums:
        lines = case["mapping_per_einsum"][e["name"]]
        path, window = [], {}
        for i, line in enumerate(lines):
            if m := re.match(r"\[(\S+) in (\S+)\]", line):
                path.append(["keep", m.group(1), m.group(2)])
            elif m := re.match(r"(\S+) reserves (\S+)", line):
                if path[-1][0] == "loop":
                    window[m.group(1), m.group(2)] = True
            elif re.match(r"[TS]-", line):
                path.append(["loop", loop_text(line)])
            elif m := re.match(r"(\S+) computes", line):
                path.append(["compute", f"compute {m.group(1)}"])
            else:
                sys.exit(f"cannot read mapping line {line}")
        out, i = [], 0
        while i < len(path):
            group = []
            while path[i][0] == "keep":
                group.append(path[i])
                i += 1
            group.sort(key=lambda k: (k[1], k[2]) in window)
            if sum((k[1], k[2]) in window for k in group) > 1:
                sys.exit("two windows slide along one loop")
            for _, tensor, level in group:
                if out and out[-1].startswith("keep") and out[-1].endswith(" in " + level):
                    out[-1] = out[-1].replace(" in ", f",{tensor} in ")
                else:
                    out.append(f"keep {tensor} in {level}")
            out.append(path[i][1])
            i += 1
        out = in_tree_order(out, nests[e["name"]])
        result.append({"einsum": e["name"], "shared": shared[e["name"]], "path": out})
    return result


# Parameters of the architecture `simple`, as fields of the shipped target. Others of a case belong to its workload.
SIMPLE_PARAMETERS = {
    "GlobalBufferSize": ["GlobalBuffer.size_bits"],
    "GlobalBufferThroughput": ["GlobalBuffer.read_bits_per_s", "GlobalBuffer.write_bits_per_s"],
    "MainMemoryEnergy": ["MainMemory.read_j_per_bit", "MainMemory.write_j_per_bit"],
}
SHIPPED = {"at_glb": "simple_fanout"}


def shipped_target(case):
    """Name of the target file, and the fields that the case sets otherwise."""
    name = case["arch"].removesuffix(".yaml")
    fields = {}
    if name == "simple":
        for parameter, names in SIMPLE_PARAMETERS.items():
            if parameter in case["parameters"]:
                fields.update(dict.fromkeys(names, case["parameters"][parameter]))
    for level, changes in (case.get("arch_override") or {}).items():
        for field, value in changes.items():
            if field != "size":
                sys.exit(f"{case['name']} overrides {level}.{field}, only size is read")
            fields[f"{level}.size_bits"] = value
    return SHIPPED.get(name, name), fields


def import_accelforge(case):
    tensors, einsums = split_program(case["evaluated_workload"])
    copies = {e["name"] for e in einsums if e.get("copy")}
    best = case["best"]
    bits = {}
    for key, path in case["evaluated_arch"].items():
        for node in path:
            for a in node.get("actions", []):
                bits[key.split("|")[0], node["name"], a["name"]] = a.get("bits_per_action", 1.0)
    actions = {}
    for key, count in best["actions"].items():
        einsum, node, tensor, action = key.split("|")
        actions[key] = number(count * bits[einsum, node, action])
    target, fields = shipped_target(case)
    return {
        "name": case["name"],
        "source": case["source"],
        "target": target,
        "target_set": fields,
        "objective": case["objective"],
        "imperfect": bool(case["mapper_options"].get("explore_imperfect_temporal_loops")),
        "options": case["mapper_options"],
        "tensors": tensors,
        "einsums": einsums,
        "nodes": node_list(case["evaluated_arch"], einsums, copies, {t["name"]: t["bits"] for t in tensors}),
        "mapping": paths_of(case, einsums),
        "expected": {
            "energy_j": best["energy"],
            "latency_s": best["latency"],
            "latency_s_of": best["latency_per_einsum_component"],
            "energy_j_of": best["energy_per_component"],
            "bits_of": actions,
            "usage_of": best["resource_usage"],
            "pareto": case["pareto"],
            "cpu_seconds_reference": case["cpu_seconds_reference"],
        },
    }


def import_target(description):
    """A target's figures without a mapping; the example is a chain of matmuls T(i) * W(i) = T(i+1) of 8-bit values."""
    einsums = []
    for key in description["paths"]:
        i = int(re.fullmatch(r"Matmul(\d+)\|\w+", key).group(1))
        operands = [[f"T{i}", "m, n0"], [f"W{i}", "n0, n1"], [f"T{i + 1}", "m, n1"]]
        einsums.append({"name": f"Matmul{i}", "ranks": [["m", 64], ["n0", 64], ["n1", 64]], "operands": operands})
    names = dict.fromkeys(operand[0] for e in einsums for operand in e["operands"])
    return {
        "name": description["target"],
        "source": "AccelForge 1c1929c2",
        "target": description["target"],
        "tensors": [{"name": name, "shape": [64, 64], "bits": 8} for name in names],
        "einsums": einsums,
        "nodes": node_list(description["paths"], einsums, set(), dict.fromkeys(names, 8)),
    }


# --- Timeloop -----------------------------------------------------------------

GEMMINI_WORKLOAD = {
    "Weights": [["K"], ["C"], ["R"], ["S"]],
    "Inputs": [["N"], ["C"], ["P", "R"], ["Q", "S"]],
    "Outputs": [["N"], ["K"], ["P"], ["Q"]],
}


# The same components in targets/gemmini.mlir.
GEMMINI_NAMES = {"Registers": "Register", "X1": "columns", "X2": "rows", "MACC": "MAC"}


def renamed(text, names):
    return re.sub(r"\w+", lambda word: names.get(word.group(), word.group()), text)


def timeloop_program(case):
    w = case["workload"]
    if "shape" in w:
        bound = {d: int(w["instance"][d]) for d in w["shape"]["dimensions"]}
        spaces = {
            s["name"]: [[x[0] for x in dim] for dim in s["projection"]] for s in w["shape"]["data_spaces"]
        }
        if w["shape"]["coefficients"]:
            sys.exit("coefficients are not read")
    else:
        bound = {d: w[d] for d in "RSPQCKN"}
        spaces = GEMMINI_WORKLOAD
        if w["stride"] != 1:
            sys.exit("strides are not read")
    operands = [
        [t, ", ".join(" + ".join(d.lower() for d in dim) for dim in spaces[t])]
        for t in ("Inputs", "Weights", "Outputs")
    ]
    tensors = [
        {"name": t, "shape": [1 + sum(bound[d] - 1 for d in dim) for dim in spaces[t]], "bits": 8}
        for t, _ in operands
    ]
    ranks = [[d.lower(), n] for d, n in bound.items()]
    return tensors, [{"name": "Layer", "ranks": ranks, "operands": operands}], spaces


def timeloop_path(case, spaces):
    """Keeps and loops as Timeloop prints them: a list of levels with their loops."""
    path = []
    for line in case["mapping_text"].split("\n"):
        if m := re.match(r"(\S+) \[(.*)\]", line):
            kept = re.findall(r"(\w+):(\d+)", m.group(2))
            path.append(("level", m.group(1), [t for t, _ in kept]))
        elif m := re.search(r"for (\w+) in \[0:(\d+)\)( \(Spatial-\w\))?", line):
            path.append(("par" if m.group(3) else "for", m.group(1), int(m.group(2))))
    return path


def order_keeps(path, windows):
    """The one keep of a group whose window slides goes last, others before it."""
    out = []
    while path:
        group = []
        while path[0][0] == "keep":
            group.append(path.pop(0))
        group.sort(key=lambda k: k[1:3] in windows)
        if sum(k[1:3] in windows for k in group) > 1:
            sys.exit("two windows slide along one loop")
        out += group + [path.pop(0)]
    return out


def import_timeloop(case):
    tensors, einsums, spaces = timeloop_program(case)
    bound = dict((r.upper(), n) for r, n in einsums[0]["ranks"])
    raw = timeloop_path(case, spaces)
    results = {level["name"]: level for level in case["expected"]["levels_inner_to_outer"]}
    unit = case["expected"]["levels_inner_to_outer"][0]["name"]

    def relevance(tensor, rank):
        dims = [d for d in spaces[tensor] if rank in d]
        return "full" if any(len(d) == 1 for d in dims) else "partial" if dims else "none"

    # Timeloop keeps a tile while the loops directly above do not change it, and
    # fetches a sliding window's new part only: the same is a keep that stands
    # above these loops. Spatial loops of a level commute with its temporal ones
    # and stand first, so that keeps below them can rise.
    nodes, path, fanouts, level_at, windows = [], [], 0, 0, set()
    for kind, name, value in raw:
        if kind == "level":
            r = results.get(name)
            if r is None:
                continue
            node = {"kind": "memory", "name": name, "size_values": number(r["size_words"] or "inf")}
            energy = r["vector_access_energy_pJ"]
            node["energy_pj_per_word"] = energy / (r["block_size"] or 1) if energy else 0
            node["words_per_cycle"] = number(r["shared_bw"] or "inf")
            nodes.append(node)
            for t in value:
                at, slides = len(path), False
                while at and path[at - 1][0] != "par" and path[at - 1][:2] != ("keep", t):
                    if path[at - 1][0] == "for":
                        how = relevance(t, path[at - 1][1])
                        if how == "full" or (how == "partial" and slides):
                            break
                        if how == "partial":
                            if not any(k[:2] == ("keep", t) for k in path):
                                break
                            slides = True
                        elif slides:
                            break
                    at -= 1
                while at < len(path) and path[at][0] == "keep":
                    at += 1
                if slides:
                    windows.add((t, name))
                path.insert(at, ("keep", t, name))
            level_at = len(path)
        elif kind == "par":
            if path[level_at:] and path[level_at][0] == "par":
                sys.exit("two spatial loops at one level are not read")
            fanouts += 1
            nodes.append({"kind": "fanout", "name": f"X{fanouts}", "n": value})
            path.insert(level_at, ("par", name, value, f"X{fanouts}"))
        else:
            path.append(("for", name, value))
    nodes.append({"kind": "compute", "name": unit, "pj_per_op": results[unit]["compute_energy_pJ"]})
    tile, out = dict(bound), []
    for node in order_keeps(path, windows):
        if node[0] == "keep":
            if out and out[-1].startswith("keep") and out[-1].endswith(" in " + node[2]):
                out[-1] = out[-1].replace(" in ", f",{node[1]} in ")
            else:
                out.append(f"keep {node[1]} in {node[2]}")
            continue
        tile[node[1]] //= node[2]
        over = f" over {node[3]}" if node[0] == "par" else ""
        out.append(f"{node[0]} {node[1].lower()} by {tile[node[1]]}{over}")
    out.append(f"compute {unit}")
    counts = {}
    for name, r in results.items():
        for t, s in r["tensors"].items():
            n = s["Utilized instances (max)"]
            counts[f"{name}|{t}"] = {
                k: s[f"Scalar {k} (per-instance)"] * n for k in ("reads", "fills", "updates")
            }
            counts[f"{name}|{t}"]["occupancy"] = s["Utilized capacity"]
    exact = case["name"].startswith("timeloop_gemmini")
    if exact:
        words = case["architecture"]["energy_pJ_per_word"]
        for node in nodes:
            if node["kind"] == "memory":
                node["energy_pj_per_word"] = words[node["name"]]
            elif node["kind"] == "compute":
                node["pj_per_op"] = words["MAC"]
            node["name"] = renamed(node["name"], GEMMINI_NAMES)
        out = [renamed(line, GEMMINI_NAMES) for line in out]
        counts = {renamed(key, GEMMINI_NAMES): value for key, value in counts.items()}
    return {
        "name": case["name"],
        "source": case["source"] if "source" in case else case["tool"],
        "target": "gemmini" if exact else None,
        "tensors": tensors,
        "einsums": einsums,
        "nodes": nodes,
        "mapping": [{"einsum": "Layer", "shared": 0, "path": out}],
        "expected": {
            "cycles": case["expected"]["summary"]["Cycles"],
            "energy_pj": case["expected"]["energy_total_pJ_sum_of_levels"] if exact else None,
            "counts": counts,
        },
    }


def main(out_dir, files):
    os.makedirs(out_dir, exist_ok=True)
    for f in files:
        case = json.load(open(f))
        if "paths" in case:
            result = import_target(case)
        else:
            result = import_timeloop(case) if "mapping_text" in case else import_accelforge(case)
        rows = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in result.items())
        with open(os.path.join(out_dir, result["name"] + ".json"), "w") as out:
            out.write("{\n" + rows + "\n}\n")


main(sys.argv[1], sys.argv[2:])
