"""What a pass says about a place in the module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Diagnostic:
    """One message of MLIR: `severity` is error, warning, remark or note; `location` is file:line:column or empty."""

    severity: str
    location: str
    message: str
    notes: tuple[Diagnostic, ...] = ()

    @staticmethod
    def from_native(native: Any) -> Diagnostic:
        """The same message, free of the extension."""
        notes = tuple(Diagnostic.from_native(note) for note in native.notes)
        return Diagnostic(native.severity, native.location, native.message, notes)

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.severity}: {self.message}"
