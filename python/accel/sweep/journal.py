"""What a sweep has finished: one line of JSON a point, on disk before the point counts as done.

A process that dies while it appends leaves at most one broken last line. Reading drops it, so the point runs again;
every whole line stays, so no finished point does.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Mapping

from accel.errors import AccelError


class Journal:
    """An append-only file, held by one process at a time."""

    def __init__(self, path: Path):
        self.path = path
        self._file = open(path, "a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise AccelError(f"{path}: error: is in use: another sweep writes into this folder") from None
        self.records: dict[str, dict[str, Any]] = {}
        try:
            self._read()
        except AccelError:
            self._file.close()
            raise

    def _read(self) -> None:
        """Loads whole lines, and cuts off what follows the last of them."""
        self._file.seek(0)
        content = self._file.read()
        end = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:end].splitlines(), 1):
            try:
                record = json.loads(line)
                self.records[record["key"]] = record
            except (ValueError, KeyError, TypeError):
                raise AccelError(
                    f"{self.path}:{number}: error: is no record of a sweep: start anew with --restart"
                ) from None
        if end < len(content):
            self._file.truncate(end)

    def add(self, record: Mapping[str, Any]) -> None:
        """Appends a finished point; when this returns it is on disk. A point that is there already stays as it is."""
        if record["key"] in self.records:
            return
        self._file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.records[record["key"]] = dict(record)

    def clear(self) -> None:
        """Forgets everything."""
        self._file.truncate(0)
        self.records.clear()

    def close(self) -> None:
        """Lets another process have the folder."""
        self._file.close()
