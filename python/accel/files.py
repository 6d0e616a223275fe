"""Files that are written in one piece."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Iterator, Union


@contextlib.contextmanager
def in_one_piece(path: Union[str, os.PathLike]) -> Iterator[Path]:
    """A temporary file in the same folder, which becomes `path` once it is written: that never holds half of it."""
    target = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        yield Path(name)
        os.fsync(handle)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    finally:
        os.close(handle)


def write_text(path: Union[str, os.PathLike], text: str) -> None:
    """Writes a text file in one piece."""
    with in_one_piece(path) as file:
        file.write_text(text, encoding="utf-8")
