"""Runs a function on tensors on this computer, through stock `mlir-opt` and `mlir-runner`.

`run("model.mlir", "forward", [x, w])` returns the results as numpy arrays, exact to the bit. An input with one more
dimension than its argument holds a batch: the function runs once for every slice, inside one process, and each result
gets the same leading dimension. Where the argument's own first dimension is 1, a longer one is a batch too. Arguments
and results are static ranked tensors, any number of them.

Attributes of unknown dialects are ignored, so a module that carries a target or mappings runs like the plain one. The
module is extended by an entry function that reads the inputs as raw bytes from standard input and writes the
results as raw bytes to standard output, so that nothing is rounded by printing and large tensors cost little.
`run_all` calls several functions of one module in one process, which saves most of the time where they are small.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Iterator, Sequence, Union

import numpy as np

from accel import toolchain
from accel.signature import Tensor, blanked, closing, function_signature

ProgramPath = Union[str, os.PathLike]

# In this order: tensors become buffers, buffers are freed, operations become loops, loops become LLVM.
_BUFFERIZE = (
    "one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map}",
    "buffer-deallocation-pipeline",
    "convert-bufferization-to-memref",
)
_LOWER = (
    "func.func(convert-linalg-to-loops)",
    "expand-strided-metadata",
    "lower-affine",
    "convert-scf-to-cf",
    "func.func(math-expand-ops{ops=rsqrt})",
    "convert-vector-to-llvm",
    "convert-math-to-llvm",
    "convert-math-to-libm",
    "arith-expand",
    "convert-to-llvm",
    "reconcile-unrealized-casts",
)

# Linux moves at most this many bytes in one read or write.
_MOST_BYTES = 0x7FFFF000


class HostRunError(Exception):
    """Inputs that do not fit the function, or a module that this runner cannot extend."""


def run(
    module: ProgramPath, function: str, inputs: Sequence[np.ndarray], mlir_opt: ProgramPath | None = None,
    mlir_runner: ProgramPath | None = None, optimize: int = 0, timeout_s: float | None = None,
) -> list[np.ndarray]:
    """Runs `function` of `module` (a path, or MLIR text) and returns the list of its results as numpy arrays.

    `mlir_opt` and `mlir_runner` are paths of other programs to use; `optimize` is the level 0 to 3 of the
    JIT (0 compiles fastest and is the best choice below a few billion operations). Raises
    `HostRunError` or `SignatureError` for inputs that do not fit, `toolchain.ToolError` if a program fails.
    """
    return run_all(module, [(function, inputs)], mlir_opt, mlir_runner, optimize, timeout_s)[0]


def run_all(
    module: ProgramPath, calls: Sequence[tuple[str, Sequence[np.ndarray]]], mlir_opt: ProgramPath | None = None,
    mlir_runner: ProgramPath | None = None, optimize: int = 0, timeout_s: float | None = None,
) -> list[list[np.ndarray]]:
    """Runs several functions of one module, one after the other, in one process.

    `calls` lists pairs of a function's name and its inputs; the answer lists the results of each as `run` gives them.
    Everything else is as for `run`.
    """
    text = module if isinstance(module, str) and "\n" in module else Path(module).read_text()
    prepared = [_Call(text, function, inputs) for function, inputs in calls]
    program = _with_entry(text, prepared)
    stream = b"".join(part for call in prepared for part in _bytes_in_order(call.arrays, call.arguments, call.slices))
    pipeline = f"builtin.module({','.join(_BUFFERIZE + _LOWER)})"

    opt = mlir_opt or toolchain.llvm_tool("mlir-opt")
    runner = mlir_runner or toolchain.llvm_tool("mlir-runner")
    libraries = ["mlir_runner_utils", "mlir_c_runner_utils"]
    if re.search(r"\b(f16|bf16)\b", text):
        libraries.append("mlir_float16_utils")
    shared = ",".join(str(toolchain.llvm_library(name)) for name in libraries)

    with tempfile.TemporaryDirectory(prefix="accel-hostrun-") as name:
        folder = Path(name)
        (folder / "program.mlir").write_text(program)
        (folder / "inputs").write_bytes(stream)
        toolchain.run(
            [opt, "--allow-unregistered-dialect", f"--pass-pipeline={pipeline}", folder / "program.mlir",
             "-o", folder / "lowered.mlir"],
            timeout=timeout_s,
        )
        with open(folder / "inputs", "rb") as source, open(folder / "outputs", "wb") as sink:
            toolchain.run(
                [runner, folder / "lowered.mlir", f"-O{optimize}", "-e", _ENTRY,
                 "--entry-point-result=void", f"--shared-libs={shared}"],
                stdin=source, stdout=sink, timeout=timeout_s,
            )
        return _unpack((folder / "outputs").read_bytes(), prepared)


class _Call:
    """A function with its signature and checked inputs."""

    def __init__(self, text: str, function: str, inputs: Sequence[np.ndarray]):
        self.function = function
        self.arguments, self.results = function_signature(text, function)
        self.arrays, self.slices = _check(inputs, self.arguments)

    @property
    def runs(self) -> int:
        """How often the function runs."""
        return 1 if self.slices is None else self.slices

    @property
    def bytes(self) -> int:
        """Of all results of all runs."""
        return self.runs * sum(r.bytes for r in self.results)


_ENTRY = "accel_host_entry"


def _check(inputs: Sequence[np.ndarray], arguments: Sequence[Tensor]) -> tuple[list[np.ndarray], int | None]:
    """The inputs as contiguous arrays, and the number of slices or None where nothing is batched."""
    if len(inputs) != len(arguments):
        raise HostRunError(f"function takes {len(arguments)} inputs but {len(inputs)} were given")
    arrays: list[np.ndarray] = []
    slices: int | None = None
    for i, (value, argument) in enumerate(zip(inputs, arguments)):
        array = np.ascontiguousarray(value)
        if array.dtype != argument.dtype:
            raise HostRunError(f"input {i} holds {array.dtype} but the function takes {argument}")
        # ascontiguousarray turns a scalar into one element, so shapes come from the original.
        shape = np.shape(value)
        if shape != argument.shape:
            if argument.shape[:1] == (1,) and shape[1:] == argument.shape[1:] and len(shape) == len(argument.shape):
                shape = (shape[0], *argument.shape)
            if shape[1:] != argument.shape or len(shape) != len(argument.shape) + 1:
                raise HostRunError(f"input {i} has shape {shape} but the function takes {argument}, or a batch of it")
            if slices not in (None, shape[0]):
                raise HostRunError(f"input {i} has a batch of {shape[0]} but an earlier one has {slices}")
            slices = shape[0]
        if argument.bytes > _MOST_BYTES:
            raise HostRunError(f"input {i} needs {argument.bytes} bytes but at most {_MOST_BYTES} are allowed")
        arrays.append(array.reshape(shape))
    return arrays, slices


def _is_batched(array: np.ndarray, argument: Tensor) -> bool:
    return array.shape != argument.shape


def _bytes_in_order(
    arrays: Sequence[np.ndarray], arguments: Sequence[Tensor], slices: int | None
) -> Iterator[bytes]:
    """The bytes as the entry function reads them: whole inputs once, then every slice's inputs in turn."""
    pairs = list(zip(arrays, arguments))
    yield from (array.tobytes() for array, argument in pairs if not _is_batched(array, argument))
    for i in range(slices or 0):
        yield from (array[i].tobytes() for array, argument in pairs if _is_batched(array, argument))


def _unpack(raw: bytes, calls: Sequence[_Call]) -> list[list[np.ndarray]]:
    expected = sum(call.bytes for call in calls)
    if len(raw) != expected:
        raise HostRunError(f"function wrote {len(raw)} bytes but {expected} were expected")
    results, offset = [], 0
    for call in calls:
        results.append(_results_of(call, raw, offset))
        offset += call.bytes
    return results


def _results_of(call: _Call, raw: bytes, offset: int) -> list[np.ndarray]:
    columns: list[list[np.ndarray]] = [[] for _ in call.results]
    for _ in range(call.runs):
        for column, result in zip(columns, call.results):
            column.append(np.frombuffer(raw, result.dtype, int(np.prod(result.shape)), offset).reshape(result.shape))
            offset += result.bytes
    if call.slices is None:
        return [column[0].copy() for column in columns]
    return [np.array(column, r.dtype).reshape(call.slices, *r.shape) for column, r in zip(columns, call.results)]


def _with_entry(text: str, calls: Sequence[_Call]) -> str:
    """The module's text with the entry function added."""
    code = blanked(text)
    for symbol in ("read", "write", _ENTRY):
        if re.search(rf"\bfunc\s+(?:\w+\s+)?@{symbol}\b", code):
            raise HostRunError(f'function name "{symbol}" is taken by the host runner and not allowed in a module')
    entry = _entry(calls)
    if re.search(r'^\s*"builtin\.module"', code, re.MULTILINE):
        raise HostRunError("module is in generic form; print it with mlir-opt first")
    module = re.search(r"^\s*(?:builtin\.)?module\b(?:\s*@[\w.$-]+)?(\s*attributes\s*(?={))?", code, re.MULTILINE)
    if not module:
        return text + entry
    end = code.rindex("}")
    # The JIT refuses attributes that it does not know; those of operations are gone by then, the module's are not.
    if module[1]:
        return text[: module.start(1)] + text[closing(code, module.end()) + 1 : end] + entry + text[end:]
    return text[:end] + entry + text[end:]


def _move(lines: list[str], direction: str, memref: str, tensor: Tensor) -> None:
    """Reads or writes the buffer's bytes; an empty tensor moves nothing."""
    n = len(lines)
    kind = _memref(tensor)
    descriptor = 0 if direction == "read" else 1
    lines += [
        f"%a{n} = memref.extract_aligned_pointer_as_index {memref} : {kind} -> index",
        f"%b{n} = arith.index_cast %a{n} : index to i64",
        f"%p{n} = llvm.inttoptr %b{n} : i64 to !llvm.ptr",
        f"%f{n} = arith.constant {descriptor} : i32",
        f"%n{n} = arith.constant {tensor.bytes} : i64",
        f"%r{n} = llvm.call @{direction}(%f{n}, %p{n}, %n{n}) : (i32, !llvm.ptr, i64) -> i64",
    ]


def _memref(tensor: Tensor) -> str:
    return str(tensor).replace("tensor", "memref", 1)


def _load(lines: list[str], name: str, tensor: Tensor) -> None:
    lines.append(f"{name}_m = memref.alloc() : {_memref(tensor)}")
    _move(lines, "read", f"{name}_m", tensor)
    # Not writable: a function that overwrites its argument gets a copy, so that it can be called again.
    lines.append(f"{name} = bufferization.to_tensor {name}_m restrict : {_memref(tensor)} to {tensor}")


def _body_of(call: _Call) -> list[str]:
    """The lines that read the inputs, call the function and write the results."""
    batched = [_is_batched(array, argument) for array, argument in zip(call.arrays, call.arguments)]
    before: list[str] = []
    inside: list[str] = []
    for i, (argument, inner) in enumerate(zip(call.arguments, batched)):
        _load(inside if inner else before, f"%in{i}" if inner else f"%whole{i}", argument)
    names = [f"%in{i}" if inner else f"%whole{i}" for i, inner in enumerate(batched)]
    left = ", ".join(f"%out{i}" for i in range(len(call.results)))
    types = ", ".join(str(r) for r in call.results)
    arguments = ", ".join(str(a) for a in call.arguments)
    invocation = f"func.call @{call.function}({', '.join(names)}) : ({arguments}) -> ({types})"
    inside.append(f"{left} = {invocation}" if call.results else invocation)
    for i, result in enumerate(call.results):
        inside.append(f"%out{i}_m = bufferization.to_buffer %out{i} read_only : {result} to {_memref(result)}")
    for i, result in enumerate(call.results):
        _move(inside, "write", f"%out{i}_m", result)
    # The names of both lists count from zero, so the loop's body gets names of its own.
    inside = [re.sub(r"%([abpfnr])(\d+)\b", r"%loop_\1\2", line) for line in inside]
    return [*before, f"%runs = arith.constant {call.runs} : index",
            "scf.for %slice = %first to %runs step %step {", *inside, "}"]


def _entry(calls: Sequence[_Call]) -> str:
    """The entry function, which calls one function after the other; each has its part in a function of its own."""
    lines = ["", "llvm.func @read(i32, !llvm.ptr, i64) -> i64", "llvm.func @write(i32, !llvm.ptr, i64) -> i64"]
    for i, call in enumerate(calls):
        lines += [f"func.func private @{_ENTRY}_{i}() {{", "%first = arith.constant 0 : index",
                  "%step = arith.constant 1 : index", *_body_of(call), "return", "}"]
    lines += [f"func.func @{_ENTRY}() attributes {{llvm.emit_c_interface}} {{",
              *(f"func.call @{_ENTRY}_{i}() : () -> ()" for i in range(len(calls))), "return", "}", ""]
    return "\n".join(lines)
