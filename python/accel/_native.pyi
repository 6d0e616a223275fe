"""Types of the extension, which stands on the C API. Private: `accel.map` and `accel.compile` are what users call."""

from typing import Sequence

import numpy as np

version: str

class Diagnostic:
    severity: str
    location: str
    message: str
    notes: list[Diagnostic]

class Outcome:
    succeeded: bool
    module: str
    report: str
    diagnostics: list[Diagnostic]

class Program:
    @staticmethod
    def read(folder: str) -> Program: ...
    def write(self, folder: str) -> None: ...
    def manifest(self) -> str: ...
    def run(
        self,
        inputs: Sequence[tuple[str, np.ndarray]],
        outputs: Sequence[tuple[str, np.ndarray]],
        preset: str,
        with_trace: bool,
    ) -> tuple[str, str]: ...

def run_pipeline(compile: bool, text: str, name: str, options: str) -> Outcome: ...
def translate(text: str, name: str, entry: str) -> tuple[Program | None, list[Diagnostic]]: ...
def targets() -> list[str]: ...
