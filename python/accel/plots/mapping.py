"""Reads the text of a mapping, as reports have it: one node a line, from the outermost memory to the compute unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accel.errors import ReportError

_KEEP = re.compile(r"keep (?P<tensors>.+) in (?P<where>\S+)(?: for \S+)?")
_LOOP = re.compile(r"(?P<kind>for|par) (?P<rank>\S+) by (?P<tile>\S+)(?: over (?P<where>\S+))?")
_COMPUTE = re.compile(r"compute (?P<where>\S+)")
_TRIPS = re.compile(r"\s*//\s*(\d+) iterations?\s*$")


@dataclass(frozen=True)
class Node:
    """`kind` is keep, for, par or compute; `where` is the level, fan-out or unit."""

    kind: str
    where: str = ""
    tensors: tuple[str, ...] = ()
    rank: str = ""
    tile: str = ""
    trips: int = 1


def parse_path(text: str) -> list[Node]:
    """The nodes of one Einsum's path. Raises `ReportError` that quotes a line that is no node."""
    nodes = []
    for line in text.splitlines():
        trips = _TRIPS.search(line)
        code = re.sub(r"//.*", "", line).strip()
        if not code:
            continue
        if match := _KEEP.fullmatch(code):
            nodes.append(Node("keep", match["where"], tuple(match["tensors"].split(","))))
        elif match := _LOOP.fullmatch(code):
            count = int(trips[1]) if trips else 1
            nodes.append(Node(match["kind"], match["where"] or "", (), match["rank"], match["tile"], count))
        elif match := _COMPUTE.fullmatch(code):
            nodes.append(Node("compute", match["where"]))
        else:
            raise ReportError(f"error: mapping has the line {line.strip()!r}, which is no keep, for, par or compute")
    return nodes
