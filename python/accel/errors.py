"""What goes wrong when a module is mapped or compiled, as exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from accel.diagnostics import Diagnostic
    from accel.report import Report


class AccelError(Exception):
    """A module, option, report or program that Accel refuses.

    The message is what `accel-opt` prints: `file:line:column: error: one sentence`. All that was said on the way,
    remarks included, is in `diagnostics`.
    """

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()):
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


class InfeasibleError(AccelError):
    """No mapping fits the target. `report` has the status and, as `reason`, the tightest constraint."""

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic], report: Report):
        super().__init__(message, diagnostics)
        self.report = report


class ReportError(AccelError):
    """A file that is no report of a schema that this version reads."""
