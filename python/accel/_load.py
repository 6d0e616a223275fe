"""Finds the compiled extension for a package that is used from the source tree.

Installed, and in the build tree (`PYTHONPATH=build/python`), the extension lies beside the package's modules. With
`PYTHONPATH=python` of a clone it is looked up in `build/python/accel`, or in the folder that `ACCEL_NATIVE_DIR` names.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

_HINT = "build Accel (make build), or set ACCEL_NATIVE_DIR to the folder that holds accel/_native*.so"


def _folders() -> list[Path]:
    named = os.environ.get("ACCEL_NATIVE_DIR")
    if named:
        return [Path(named)]
    return [Path(__file__).resolve().parents[2] / "build" / "python" / "accel"]


def native() -> ModuleType:
    """The extension module. Raises ImportError, saying what to do, if it is nowhere."""
    import accel

    for folder in _folders():
        if folder.is_dir() and str(folder) not in accel.__path__:
            accel.__path__.append(str(folder))
    try:
        from accel import _native
    except ImportError as error:
        raise ImportError(f"the extension accel._native cannot be loaded ({error}): {_HINT}") from error
    return _native
