"""Finds LLVM's installed tools and runs programs, with failures as one-sentence errors."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path
from typing import Any, Sequence, Union

LLVM_MAJOR = 22


class ToolError(Exception):
    """A program that is missing or failed; the message names it and holds what it wrote to standard error."""


@functools.lru_cache(maxsize=None)
def _llvm(option: str) -> Path:
    config = os.environ.get("LLVM_CONFIG", f"llvm-config-{LLVM_MAJOR}")
    return Path(run([config, option]).stdout.decode().strip())


def llvm_tool(name: str) -> Path:
    """The path of an LLVM or MLIR program; `LLVM_CONFIG` in the environment selects another installation."""
    return _llvm("--bindir") / name


def llvm_library(name: str) -> Path:
    """The path of a shared library that comes with LLVM, by its name without prefix and suffix."""
    return _llvm("--libdir") / f"lib{name}.so"


def run(command: Sequence[Union[str, os.PathLike]], **options: Any) -> subprocess.CompletedProcess:
    """Runs a program to its end and returns the completed process, or raises `ToolError`."""
    command = [str(c) for c in command]
    name = Path(command[0]).name
    options.setdefault("stdout", subprocess.PIPE)
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, check=False, **options)
    except FileNotFoundError:
        raise ToolError(f"{name} is not installed or not built: {command[0]} does not exist") from None
    except PermissionError:
        raise ToolError(f"{name} cannot be executed: {command[0]}") from None
    except subprocess.TimeoutExpired as expired:
        raise ToolError(f"{name} did not finish within {expired.timeout:g} s") from None
    if done.returncode != 0:
        code = done.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"failed with exit code {code}"
        message = done.stderr.decode(errors="replace").strip()
        raise ToolError(f"{name} {how}" + (f"\n{message}" if message else ""))
    return done
