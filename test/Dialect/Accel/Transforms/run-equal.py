#!/usr/bin/env python3
"""Runs every function of a module with mapped groups twice on the host, as written and as applied, and compares.

usage: run-equal.py mapped.mlir [--seed N] [--pass-before PASS]...

As written, the ops of a group run one after the other; as applied, the loops, buffers and copies that
accel-apply-mapping makes of it run. Integers and integer-valued floats must agree bit for bit, other floats within
1e-5 relative. `accel-opt` is taken from the PATH.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "python"))
from accel import hostrun  # noqa: E402
from accel.signature import function_signature  # noqa: E402

APPLY = ("accel-apply-mapping", "accel-strip-memory-spaces", "func.func(scf-forall-to-for)")


def optimized(accel_opt, text, passes):
    """The module after `passes`, as text without the target, which the runner does not know."""
    pipeline = f"builtin.module({','.join(passes)})"
    done = subprocess.run([accel_opt, "-", f"--pass-pipeline={pipeline}"], input=text, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return re.sub(r"^module .*attributes \{.*\} \{$", "module {", done.stdout, flags=re.MULTILINE)


def without_groups(text):
    """The printed module with the ops of every group in place of the group."""
    lines, groups, results = [], [], {}
    for line in text.splitlines():
        opening = re.match(r"\s*(?:(%\w+)(?::\d+)? = )?accel\.group\b.*\{$", line)
        if opening:
            groups.append((opening[1], re.match(r"\s*", line)[0], [], []))
            continue
        if groups and (leaving := re.match(r"\s*accel\.yield\s*(%[^:]*)?", line)):
            groups[-1][3].extend(name.strip() for name in (leaving[1] or "").split(",") if name.strip())
            continue
        if groups and re.match(re.escape(groups[-1][1]) + r"\}", line):
            name, _, body, values = groups.pop()
            body, values = renamed(body, values, len(results))
            results[name or len(results)] = values
            lines += body
            continue
        line = re.sub(r"(%\w+)(?:#(\d+))?", lambda m: result_of(results, m), line)
        (groups[-1][2] if groups else lines).append(line)
        if re.match(r"\s*func\.func", line):
            results.clear()
    return "\n".join(lines) + "\n"


def result_of(results, match):
    values = results.get(match[1])
    return values[int(match[2] or 0)] if values else match[0]


def renamed(body, values, number):
    """The printer uses a name again once its region ends, so the names of a group get a prefix of their own."""
    text = "\n".join(body)
    defined = set(re.findall(r"(%\w+)(?::\d+)? = ", text)) | set(re.findall(r"(%\w+): ", text))

    def prefix(match):
        return f"%g{number}_{match[0][1:]}" if match[0] in defined else match[0]

    return [re.sub(r"%\w+", prefix, line) for line in body], [re.sub(r"%\w+", prefix, v) for v in values]


def sample(generator, tensor, whole):
    if tensor.dtype == np.bool_:
        return generator.integers(0, 2, tensor.shape).astype(tensor.dtype)
    if tensor.dtype.kind == "i":
        return generator.integers(-100, 101, tensor.shape).astype(tensor.dtype)
    data = generator.integers(-8, 9, tensor.shape) if whole else generator.standard_normal(tensor.shape)
    return data.astype(tensor.dtype)


def differences(expected, found, whole):
    exact = whole or expected.dtype.kind != "f"
    if exact:
        return int(np.sum(~((expected == found) | ((expected != expected) & (found != found)))))
    return int(np.sum(~np.isclose(expected, found, rtol=1e-5, atol=1e-5, equal_nan=True)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pass-before", action="append", default=[])
    parser.add_argument("--pass-after", action="append", default=[])
    options = parser.parse_args()
    accel_opt = shutil.which("accel-opt") or sys.exit("accel-opt is not on the PATH")
    text = Path(options.module).read_text()
    written = without_groups(optimized(accel_opt, text, []))
    applied = optimized(accel_opt, text, [*options.pass_before, *APPLY, *options.pass_after])
    if "accel.group" in applied or "#accel.mem" in applied:
        sys.exit("accel-apply-mapping left groups or memory spaces")
    failed = False
    for name in re.findall(r"func\.func\s+(?:public\s+)?@([\w.$-]+)", written):
        arguments, results = function_signature(written, name)
        floats = any(t.dtype.kind == "f" for t in arguments)
        for whole in (True, False) if floats else (True,):
            generator = np.random.default_rng(options.seed)
            inputs = [sample(generator, argument, whole) for argument in arguments]
            expected = hostrun.run(written, name, inputs, mlir_opt=accel_opt)
            found = hostrun.run(applied, name, inputs, mlir_opt=accel_opt)
            wrong = sum(differences(e, f, whole) for e, f in zip(expected, found))
            total = sum(e.size for e in expected)
            print(f"{name}: {total - wrong} of {total} elements equal")
            failed |= wrong != 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
