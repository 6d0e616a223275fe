"""Corrupts a program folder in many ways, always the same ones, and gives each result to accel-sim and accel-translate.

Usage: corrupt.py PROGRAM WORK [--foreign FOLDER]

A tool must end by itself, with exit code 1 and one line on standard error, or with exit code 0. Mutations that cannot
make sense must be refused, harmless ones must compute what the original does. Prints a line per violation, then the
counts; exits 1 if there was a violation.
"""

import argparse
import concurrent.futures
import copy
import json
import pathlib
import random
import shutil
import subprocess
import sys

import numpy as np

REFUSED, HARMLESS, ANY = "refused", "harmless", "any"
FILES = ["manifest.json", "instructions.bin", "uops.bin", "constants.bin"]
HUGE = [2**62, 10**30]


def edit(file, change):
    """A mutation that rewrites the bytes of one file."""

    def apply(folder):
        path = folder / file
        path.write_bytes(bytes(change(bytearray(path.read_bytes()))))

    return apply


def edit_json(change):
    """A mutation that changes the parsed manifest in place, or returns another value for it."""

    def apply(folder):
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        changed = change(manifest)
        path.write_text(json.dumps(manifest if changed is None else changed))

    return apply


def flip(bit):
    def change(data):
        data[bit // 8] ^= 1 << bit % 8
        return data

    return change


def replace_by_folder(file):
    def apply(folder):
        (folder / file).unlink()
        (folder / file).mkdir()

    return apply


def paths(value, prefix=()):
    """Keys and positions of everything in a JSON value, except list entries after the first."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*prefix, key)
            yield from paths(inner, (*prefix, key))
    elif isinstance(value, list) and value:
        yield (*prefix, 0)
        yield from paths(value[0], (*prefix, 0))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def set_at(path, new):
    def change(manifest):
        at(manifest, path[:-1])[path[-1]] = new

    return change


def delete_at(path):
    def change(manifest):
        del at(manifest, path[:-1])[path[-1]]

    return change


def file_mutations(rng):
    for file in FILES:
        yield f"{file} is missing", lambda folder, f=file: (folder / f).unlink(), REFUSED
        yield f"{file} is a folder", replace_by_folder(file), REFUSED
        yield f"{file} is empty", edit(file, lambda data: b""), REFUSED
        yield f"{file} lacks its last bytes", edit(file, lambda data: data[:-3]), REFUSED
        yield f"{file} is cut in half", edit(file, lambda data: data[: len(data) // 2 - 1]), REFUSED
        yield f"{file} is noise", edit(file, lambda data: rng.randbytes(len(data))), ANY
    for file in FILES[1:3]:
        yield f"{file} has a byte more", edit(file, lambda data: data + b"\0"), REFUSED
        yield f"{file} stands twice", edit(file, lambda data: data + data), REFUSED
    yield "the folder has another file", lambda folder: (folder / "notes.txt").write_text("hello"), HARMLESS


def manifest_mutations(manifest):
    yield "manifest is a list", edit_json(lambda m: [m]), REFUSED
    yield "manifest is a number", edit_json(lambda m: 7), REFUSED
    yield "manifest is no JSON", edit("manifest.json", lambda data: b"{" + data), REFUSED
    yield "manifest is deep", edit("manifest.json", lambda data: b"[" * 200000), REFUSED
    yield "manifest is no UTF-8", edit("manifest.json", lambda data: data.replace(b'"x"', b'"\xff\xfe"')), REFUSED
    yield "manifest has spaces", edit("manifest.json", lambda data: b"  \n" + data + b"\n\n"), HARMLESS
    yield "manifest has another key", edit_json(lambda m: m.update(comment="hello")), HARMLESS
    yield "a tensor stands twice", edit_json(lambda m: m["tensors"].append(m["tensors"][0])), REFUSED
    yield "there are no tensors", edit_json(lambda m: m.update(tensors=[])), REFUSED
    required = ["schema", "isa", "geometry", "dram_bytes", "uops", "tensors", "dram_base", "size", "name", "role",
                "element_type", "shape", "layout", *manifest["geometry"]]
    for path in paths(manifest):
        name = ".".join(map(str, path))
        value = at(manifest, path)
        outcome = REFUSED if path[-1] in required else ANY
        if isinstance(path[-1], str):
            yield f"{name} is missing", edit_json(delete_at(path)), outcome
        wrong = [{}] if isinstance(value, (str, int, list)) else "text"
        yield f"{name} has a wrong type", edit_json(set_at(path, wrong)), outcome
        if isinstance(value, int):
            allowed = ANY if path[-1] == "dram_bytes" else outcome
            for number in (-1, *HUGE):
                yield f"{name} is {number}", edit_json(set_at(path, number)), allowed
            yield f"{name} is a fraction", edit_json(set_at(path, value + 0.5)), outcome
    for i, tensor in enumerate(manifest["tensors"]):
        base = ("tensors", i)
        yield f"{i} lies before DRAM", edit_json(set_at((*base, "dram_base"), -4096)), REFUSED
        yield f"{i} lies behind DRAM", edit_json(set_at((*base, "dram_base"), manifest["dram_bytes"])), REFUSED
        yield f"{i} is too small", edit_json(set_at((*base, "size"), tensor["size"] // 2)), REFUSED
        yield f"{i} has too many elements", edit_json(set_at((*base, "shape"), [2**20, 2**20])), REFUSED
        yield f"{i} has an empty shape", edit_json(set_at((*base, "shape"), [])), REFUSED
        yield f"{i} has 100 dimensions", edit_json(set_at((*base, "shape"), [1] * 100)), REFUSED
        for text in ("", "(d0, d1)", "(d0, d1) -> (d0 floordiv 0)", "(d0, d1) -> (d7)", "(d0, d1) -> (-d0)",
                     "(d0, d1) -> (d0 * 9223372036854775807 + d1)", "(d0, d1) -> (" + "(" * 100000):
            yield f"{i} has layout {text[:40]}", edit_json(set_at((*base, "layout"), text)), REFUSED
    first, last = manifest["tensors"][0], len(manifest["tensors"]) - 1
    yield "tensors overlap", edit_json(set_at(("tensors", last, "dram_base"), first["dram_base"])), REFUSED
    yield "micro-ops overlap", edit_json(set_at(("uops", "dram_base"), first["dram_base"])), REFUSED


def instruction_mutations(data, rng):
    count = len(data) // 16
    for bit in sorted(rng.sample(range(len(data) * 8), 60)):
        yield f"instructions.bin, bit {bit}", edit("instructions.bin", flip(bit)), ANY
    for i in range(count):
        # All field bits but the opcode: sizes, counts and addresses at their largest.
        def widest(data, i=i):
            data[16 * i] |= 0xF8
            data[16 * i + 1 : 16 * i + 16] = b"\xff" * 15
            return data

        yield f"instruction {i} with the largest fields", edit("instructions.bin", widest), REFUSED

    def drop(data, i):
        return data[: 16 * i] + data[16 * i + 16 :]

    for i in range(count):
        yield f"instruction {i} is missing", edit("instructions.bin", lambda data, i=i: drop(data, i)), ANY
    yield "FINISH is missing", edit("instructions.bin", lambda data: data[:-16]), REFUSED
    yield "FINISH comes first", edit("instructions.bin", lambda data: data[-16:] + data[:-16]), REFUSED
    yield "the order is reversed", edit(
        "instructions.bin", lambda data: b"".join(data[i : i + 16] for i in range(len(data) - 16, -1, -16))), REFUSED
    for opcode in (5, 6, 7):
        yield f"unknown opcode {opcode}", edit(
            "instructions.bin", lambda data, o=opcode: bytes([data[0] & 0xF8 | o]) + data[1:]), REFUSED


def micro_op_mutations(data, rng):
    for bit in sorted(rng.sample(range(len(data) * 8), min(24, len(data) * 8))):
        yield f"uops.bin, bit {bit}", edit("uops.bin", flip(bit)), ANY
    yield "all micro-ops are one", edit("uops.bin", lambda data: data[:4] * (len(data) // 4)), ANY
    yield "micro-ops go beyond the buffers", edit("uops.bin", lambda data: b"\xff" * len(data)), REFUSED


def foreign_mutations(text, rng):
    """Of a program.vta, which accel-sim alone reads."""
    lines = text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        yield f"program.vta lacks line {i}", edit(
            "program.vta", lambda d, i=i: "".join(lines[:i] + lines[i + 1 :]).encode()), ANY
        yield f"program.vta has line {i} twice", edit(
            "program.vta", lambda d, i=i: "".join(lines[: i + 1] + lines[i:]).encode()), ANY
        words = line.split()
        for w in range(1, len(words)):
            for new in ("", "-1", "zero:99999999999"):
                changed = " ".join([*words[:w], new, *words[w + 1 :]]) + "\n"
                yield f"program.vta, line {i}, word {w} is '{new}'", edit(
                    "program.vta", lambda d, i=i, c=changed: "".join([*lines[:i], c, *lines[i + 1 :]]).encode()), ANY
    yield "program.vta is noise", edit("program.vta", lambda d: rng.randbytes(500)), REFUSED


class Case:
    """One mutation, applied to a copy, and what the tools make of it."""

    def __init__(self, number, source, work, mutation, tools, expected):
        self.folder = work / str(number)
        self.name, apply, self.outcome = mutation
        self.tools, self.expected = tools, expected
        shutil.copytree(source, self.folder)
        apply(self.folder)

    def run(self):
        problems, refusals = [], 0
        result = self.folder.with_suffix(".npy")
        for tool in self.tools:
            command = [str(word).format(folder=self.folder, result=result) for word in tool]
            try:
                done = subprocess.run(command, capture_output=True, timeout=120)
            except subprocess.TimeoutExpired:
                problems.append(f"{command[0]} does not end")
                continue
            lines = done.stderr.decode(errors="replace").splitlines()
            refused = done.returncode == 1
            refusals += refused
            if done.returncode not in (0, 1):
                problems.append(f"{command[0]} ends with {done.returncode}: {lines[-1:]}")
            elif refused and (len(lines) != 1 or not lines[0].startswith(f"{command[0]}: error: ")):
                problems.append(f"{command[0]} says {len(lines)} lines: {lines[:2]}")
            elif self.outcome == HARMLESS and refused:
                problems.append(f"{command[0]} refuses: {lines}")
            elif self.outcome == HARMLESS and command[0] == "accel-sim":
                if not np.array_equal(np.load(result), self.expected):
                    problems.append("the result differs")
        # Disassembly shows what it can; running needs everything.
        if self.outcome == REFUSED and refusals == 0:
            problems.append("is accepted")
        shutil.rmtree(self.folder)
        result.unlink(missing_ok=True)
        return [f"{self.name}: {problem}" for problem in problems], refusals > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--foreign", type=pathlib.Path)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    rng = random.Random(1)

    manifest = json.loads((options.program / "manifest.json").read_text())
    names = {role: next(t for t in manifest["tensors"] if t["role"] == role) for role in ("input", "output")}
    value = options.work / "input.npy"
    np.save(value, np.arange(np.prod(names["input"]["shape"]), dtype=np.int8).reshape(names["input"]["shape"]))
    sim = ["accel-sim", "{folder}", "--input", f"{names['input']['name']}={value}",
           "--output", names["output"]["name"] + "={result}"]
    original = options.work / "original.npy"
    subprocess.run([w.format(folder=options.program, result=original) for w in sim], check=True, capture_output=True)
    expected = np.load(original)
    tools = [sim, ["accel-translate", "--vta-to-accel", "{folder}"]]

    mutations = [*file_mutations(rng), *manifest_mutations(copy.deepcopy(manifest)),
                 *instruction_mutations((options.program / "instructions.bin").read_bytes(), rng),
                 *micro_op_mutations((options.program / "uops.bin").read_bytes(), rng)]
    work = [(options.program, mutation, tools) for mutation in mutations]
    if options.foreign:
        text = (options.foreign / "program.vta").read_text()
        work += [(options.foreign, m, [["accel-sim", "{folder}"]]) for m in foreign_mutations(text, rng)]
    # Noise is drawn when a mutation is applied: apply them in order.
    cases = [Case(i, source, options.work, mutation, tools, expected)
             for i, (source, mutation, tools) in enumerate(work)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(Case.run, cases))
    problems = [problem for found, _ in results for problem in found]
    print("\n".join(problems[:50]))
    refused = sum(was for _, was in results)
    print(f"{len(results)} mutations: {refused} refused, {len(results) - refused} run, {len(problems)} violations")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
