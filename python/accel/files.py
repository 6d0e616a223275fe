"""Files that are written in one piece."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Union


def write_text(path: Union[str, os.PathLike], text: str) -> None:
    """Writes under a temporary name in the same folder and renames, so that `path` never holds half of the text."""
    target = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
