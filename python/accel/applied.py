"""Maps and applies modules, runs them beside the originals on this computer, and compares.

    python -m accel.applied model.mlir --map "target=tpu_v4i objective=energy"

maps a module, turns the mapping into loops, buffers and copies, and checks three things of every function:

- its results are those of the original: integers and integer-valued floats bit for bit, other floats within 1e-5;
- every copy moves as many values as the cost model counts for that level and tensor;
- the buffers that live at once take as many bits of each level as the cost model says.

The last two hold where tiles divide (`imperfect=false`) and every function is mapped as a whole.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accel import hostrun, toolchain
from accel.signature import blanked, function_signature

_APPLY = "accel-apply-mapping{name-tiles=true}"
_TO_HOST = ("accel-strip-memory-spaces", "func.func(scf-forall-to-for)")
COUNTS = "accel_counts"


@dataclass
class Applied:
    """A module as the host runs it, what the mapper said of it, and the names of its counters."""

    text: str
    report: dict
    counters: list


def functions_of(text):
    """The names of the public functions of a module, in order."""
    return re.findall(r"^\s*func\.func\s+(?:public\s+)?@([\w.$-]+)", blanked(text), re.MULTILINE)


def map_and_apply(text, options, accel_opt, between=(), timeout_s=None):
    """Maps `text` with the `options` of `accel-map` and applies the mapping.

    `between` lists passes that run between all stages. Raises `toolchain.ToolError` if a stage fails.
    """
    with tempfile.TemporaryDirectory(prefix="accel-applied-") as folder:
        report = Path(folder) / "report.json"
        passes = [*between, f"accel-map{{{options} report={report}}}", *between, _APPLY,
                  "accel-count-transfers", *between, *_TO_HOST, *between]
        (Path(folder) / "original.mlir").write_text(text)
        done = toolchain.run(
            [accel_opt, f"--pass-pipeline=builtin.module({','.join(passes)})", Path(folder) / "original.mlir"],
            timeout=timeout_s,
        )
        found = json.loads(report.read_text())
    applied = done.stdout.decode()
    counters = re.search(r" attributes \{accel\.counters = \[([^\]]*)\]\}", applied)
    if not counters:
        return Applied(applied, found, [])
    return Applied(applied.replace(counters[0], ""), found, re.findall(r'"([^"]*)"', counters[1]))


def sample(generator, tensor, whole, most=2):
    """Random data for an argument: integers from `-most` to `most`, or normally distributed floats."""
    if tensor.dtype == np.bool_:
        return generator.integers(0, 2, tensor.shape).astype(tensor.dtype)
    if tensor.dtype.kind == "i" or whole:
        return generator.integers(-most, most + 1, tensor.shape).astype(tensor.dtype)
    return generator.standard_normal(tensor.shape).astype(tensor.dtype)


def differences(expected, found, exact):
    """How many elements differ: in any bit, or by more than 1e-5 of the largest element."""
    if expected.dtype.kind != "f":
        return int(np.sum(expected != found))
    if exact:
        return int(np.sum(~((expected == found) | ((expected != expected) & (found != found)))))
    scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)
    return int(np.sum(~np.isclose(expected, found, rtol=1e-5, atol=1e-5 * scale, equal_nan=True)))


def _count_key(function, einsum, transfer):
    return f"{function}|{einsum}|{transfer['tensor']}|{transfer['from']}|{transfer['to']}|"


def transfer_problems(report, counts):
    """Where copies moved other numbers of values than the model counts, one line each."""
    problems, known = [], set()
    for function in report["functions"]:
        for einsum in function["einsums"]:
            for transfer in einsum["transfers"]:
                key = _count_key(function["name"], einsum["name"], transfer)
                for what in ("fills", "reads", "evictions", "updates"):
                    known.add(key + what)
                    if counts.get(key + what, 0) != transfer[what]:
                        problems.append(f"{key}{what}: counted {counts.get(key + what, 0)}, model {transfer[what]}")
    for key, value in counts.items():
        what = key.split("|")[-1]
        if value and what in ("fills", "reads", "evictions", "updates") and key not in known:
            problems.append(f"{key}: counted {value}, unknown to the model")
    return problems


def pads_intermediates(text):
    """The functions that pad a tensor which they make themselves.

    The model reserves room for such padding while the reader runs. The generated code reads zeros in its place and
    takes less.
    """
    names = set()
    for part in re.split(r"(?=^\s*func\.func)", blanked(text), flags=re.MULTILINE):
        header = re.match(r"\s*func\.func\s+(?:public\s+)?@([\w.$-]+)(\([^{]*)", part)
        arguments = set(re.findall(r"(%\w+):", header[2])) if header else set()
        if header and any(pad not in arguments for pad in re.findall(r"tensor\.pad (%\w+)", part)):
            names.add(header[1])
    return names


def peak_problems(report, counts, at_most=()):
    """Where live buffers take other peaks than the model says, or are not freed, one line each.

    Functions named in `at_most` may take less than the model says.
    """
    problems = []
    for function in report["functions"]:
        for level, bits in function["peak_bits"].items():
            found = counts.get(f"{function['name']}|{level}|peak_bits", 0)
            if found > bits or (found < bits and function["name"] not in at_most):
                problems.append(f"{function['name']}|{level}: buffers take {found} bits, model {bits}")
            if left := counts.get(f"{function['name']}|{level}|held_bits", 0):
                problems.append(f"{function['name']}|{level}: {left} bits are never freed")
    return problems


def run_counted(applied, calls, timeout_s=None):
    """Results of the calls, and the counters as a dictionary from name to value."""
    calls = list(calls)
    if not applied.counters:
        return hostrun.run_all(applied.text, calls, timeout_s=timeout_s), {}
    *results, (counts,) = hostrun.run_all(applied.text, [*calls, (COUNTS, [])], timeout_s=timeout_s)
    return results, dict(zip(applied.counters, map(int, counts)))


def value_problems(calls, expected, found, exact):
    """Functions whose results differ, one line each; `exact` says of a name whether every bit must agree."""
    problems = []
    for (name, _), ours, theirs in zip(calls, expected, found):
        wrong = sum(differences(a, b, exact(name)) for a, b in zip(ours, theirs))
        if wrong:
            problems.append(f"{name}: {wrong} of {sum(a.size for a in ours)} elements differ")
    return problems


def main():
    parser = argparse.ArgumentParser(prog="python -m accel.applied", description=__doc__.split("\n\n")[0])
    parser.add_argument("module", type=Path)
    parser.add_argument("--map", required=True, metavar="OPTIONS", help='options of accel-map, "target=..." at least')
    parser.add_argument("--accel-opt", default=shutil.which("accel-opt"), help="default: the one in the PATH")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--inexact", action="store_true",
                        help="compare results on integer-valued data, too, within 1e-5: they are no integers")
    parser.add_argument("--values-only", action="store_true", help="do not compare transfers and peaks")
    parser.add_argument(
        "--between", action="append", default=[], metavar="PASS", help="a pass to run between all stages"
    )
    parser.add_argument("-o", dest="output", type=Path, help="write the module that the host runs")
    options = parser.parse_args()
    if not options.accel_opt:
        parser.error("accel-opt is not in the PATH; name it with --accel-opt")
    text = options.module.read_text()
    try:
        applied = map_and_apply(text, options.map, options.accel_opt, options.between)
        if options.output:
            options.output.write_text(applied.text)
        problems = _compare(text, applied, options)
    except (toolchain.ToolError, hostrun.HostRunError) as error:
        sys.exit(f"error: {error}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _compare(text, applied, options):
    problems = []
    for whole in (True, False):
        generator = np.random.default_rng(options.seed)
        calls = [
            (name, [sample(generator, argument, whole) for argument in function_signature(text, name)[0]])
            for name in functions_of(text)
        ]
        expected = hostrun.run_all(text, calls)
        found, counts = run_counted(applied, calls)
        problems += value_problems(calls, expected, found, lambda name: whole and not options.inexact)
        if not options.values_only and whole:
            problems += transfer_problems(applied.report, counts)
            problems += peak_problems(applied.report, counts, pads_intermediates(text))
        print(f"{len(calls)} functions run on {'integer-valued' if whole else 'random'} data, "
              f"{sum(value for key, value in counts.items() if key.endswith('|copied'))} values copied into buffers")
    return problems


if __name__ == "__main__":
    sys.exit(main())
