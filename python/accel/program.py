"""VTA programs: what is in them, and running them on numpy arrays."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Mapping, Union

import numpy as np

from accel._load import native
from accel.errors import AccelError
from accel.report import Report

_DTYPES: dict[str, np.dtype] = {"i8": np.dtype(np.int8), "i32": np.dtype(np.int32)}


@dataclass(frozen=True)
class TensorInfo:
    """A tensor of a program: `role` is input, output, constant or scratch; `shape` is the logical one."""

    name: str
    role: str
    dtype: np.dtype
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Simulation:
    """What a simulated run gave.

    `outputs` by name; `figures` are those of `accel-sim --report` for one run (cycles, utilisation, bytes), or None
    without timing; `trace` is the timeline of the three queues as Perfetto reads it, if it was asked for.
    """

    outputs: dict[str, np.ndarray]
    figures: dict[str, Any] | None
    trace: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def cycles(self) -> int:
        """Cycles of one run."""
        if self.figures is None:
            raise AccelError("error: the run was simulated without timing, so it has no cycles")
        return self.figures["cycles"]

    def plot_timeline(self, **options: Any) -> Any:
        """The timeline as a figure; needs `trace=True`."""
        from accel.plots.timeline import plot_timeline

        if self.trace is None:
            raise AccelError("error: the run was simulated without a trace: run with trace=True")
        return plot_timeline(self.trace, **options)


class Program:
    """A verified VTA program. Made by `accel.compile`, or read from a program folder."""

    def __init__(self, handle: Any, report: Report | None = None):
        self._handle = handle
        self.report = report
        self.manifest: dict[str, Any] = json.loads(handle.manifest())

    @staticmethod
    def load(folder: Union[str, os.PathLike]) -> Program:
        """Reads a program folder; every corruption is an `AccelError` that names the file and what is wrong in it."""
        try:
            return Program(native().Program.read(os.fspath(folder)))
        except RuntimeError as error:
            raise AccelError(f"error: {error}") from None

    def save(self, folder: Union[str, os.PathLike]) -> None:
        """Writes a program folder for `accel-sim`; never leaves half of one."""
        try:
            self._handle.write(os.fspath(folder))
        except RuntimeError as error:
            raise AccelError(f"error: {error}") from None

    @property
    def tensors(self) -> tuple[TensorInfo, ...]:
        """All tensors, in the order of the manifest."""
        return tuple(
            TensorInfo(t["name"], t["role"], _DTYPES[t["element_type"]], tuple(t["shape"]))
            for t in self.manifest["tensors"]
        )

    @property
    def inputs(self) -> tuple[TensorInfo, ...]:
        """What `simulate` takes."""
        return tuple(t for t in self.tensors if t.role == "input")

    @property
    def outputs(self) -> tuple[TensorInfo, ...]:
        """What `simulate` gives."""
        return tuple(t for t in self.tensors if t.role == "output")

    def simulate(
        self, inputs: Mapping[str, Any] | None = None, *, preset: str | None = "pipelined", trace: bool = False,
        **named: Any,
    ) -> Simulation:
        """Runs the program, bit by bit, on arrays of integers by tensor name.

        One more leading dimension than the tensor has, on every input alike, means as many runs, and the outputs have
        it too. Values must fit the tensor's element type. `preset` is the timing, "pipelined" or "rtl2020", or None for
        the data alone. Raises `AccelError` for wrong inputs and for whatever `accel-sim` refuses.
        """
        arrays, runs = self._arranged({**(inputs or {}), **named})
        results = {t.name: np.empty(((runs,) if runs else ()) + t.shape, t.dtype) for t in self.outputs}
        figures = timeline = None
        for run in range(max(runs, 1)):
            source = [(name, array[run] if runs else array) for name, array in arrays.items()]
            sink = [(name, array[run] if runs else array) for name, array in results.items()]
            # Cycles do not depend on the data: the first run tells them.
            timed = preset or "" if run == 0 else ""
            try:
                report, text = self._handle.run(source, sink, timed, trace and run == 0)
            except RuntimeError as error:
                raise AccelError(f"error: {f'run {run}: ' if runs else ''}{error}") from None
            if run == 0:
                figures = json.loads(report) if report else None
                timeline = json.loads(text) if text else None
        return Simulation(results, figures, timeline)

    def _arranged(self, given: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], int]:
        """Inputs as contiguous arrays of the tensors' own types, and the number of runs, 0 for a single one."""
        known = {t.name: t for t in self.inputs}
        if set(given) != set(known):
            raise AccelError(f"error: inputs are {sorted(given)} but the program has {sorted(known)}")
        arrays = {name: _converted(known[name], value) for name, value in given.items()}
        counts = {
            name: array.shape[0] if array.ndim > len(known[name].shape) else 0 for name, array in arrays.items()
        }
        if len(set(counts.values())) > 1:
            raise AccelError(f"error: inputs differ in their number of runs (0: no leading dimension): {counts}")
        return arrays, next(iter(counts.values()), 0)


def _converted(tensor: TensorInfo, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.shape != tensor.shape and (array.shape[1:] != tensor.shape or array.shape[0] < 1):
        raise AccelError(
            f"error: shape {array.shape} for tensor {tensor.name!r} but {tensor.shape}, or one more leading dimension, "
            "is required"
        )
    if array.dtype.kind not in "iu":
        raise AccelError(f"error: elements are {array.dtype} but tensor {tensor.name!r} holds {tensor.dtype}")
    limits = np.iinfo(tensor.dtype)
    if array.size and (array.min() < limits.min or array.max() > limits.max):
        raise AccelError(f"error: values for tensor {tensor.name!r} leave {limits.min} to {limits.max}")
    return np.ascontiguousarray(array, dtype=tensor.dtype)
