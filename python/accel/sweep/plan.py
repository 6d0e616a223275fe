"""A sweep as data: the YAML file, and the points that it means."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence, Union

import yaml

from accel.errors import AccelError

_KEYS = {"target", "targets", "set", "networks", "options"}
_NETWORK_KEYS = {"name", "file", "generate"}
# What a sweep decides itself, or what would make points write over each other.
_RESERVED = {"target", "target-set", "report", "progress"}


@dataclass(frozen=True)
class Point:
    """One mapping to find. All values are plain text or numbers, so that a point travels and compares."""

    network: str
    module: str
    target: str
    parameters: tuple[tuple[str, Any], ...]
    options: tuple[tuple[str, Any], ...]

    @property
    def key(self) -> str:
        """A name that depends on everything that the result depends on, the module's text included."""
        content = json.dumps([self.module, self.target, self.parameters, self.options], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:20]

    @property
    def label(self) -> str:
        """For people: what is varied."""
        pairs = [f"{name}={value}" for name, value in (*self.parameters, *self.options)]
        return " ".join([self.network, self.target, *pairs])


def _fail(path: Path, message: str) -> AccelError:
    return AccelError(f"{path}: error: {message}")


def _mapping(path: Path, value: Any, what: str, allowed: set[str] | None = None) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _fail(path, f"{what} is {value!r} but must have names and values")
    unknown = sorted(set(value) - allowed) if allowed is not None else []
    if unknown:
        raise _fail(path, f'{what} has "{unknown[0]}" but {", ".join(sorted(allowed or ()))} are known')
    return value


def _choices(path: Path, value: Any, what: str) -> list[Any]:
    """A single value, or a list of them."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise _fail(path, f"{what} is an empty list: there would be no points")
    for item in values:
        if not isinstance(item, (str, int, float, bool)):
            raise _fail(path, f"{what} has {item!r} but values must be numbers, words, true or false")
    return values


def _product(path: Path, value: Any, what: str) -> list[tuple[tuple[str, Any], ...]]:
    """Every combination of the choices, names in order."""
    names = _mapping(path, value, what)
    lists = [_choices(path, names[name], f"{what}.{name}") for name in names]
    return [tuple(zip(names, combination)) for combination in itertools.product(*lists)]


def _network(path: Path, entry: Any) -> tuple[str, str]:
    """Name and module text: `resnet18`, `{file: model.mlir}`, or `{generate: bert_base, sequence: 128}`."""
    from accel.models.builder import ModelError
    from accel.models.registry import NETWORKS

    if isinstance(entry, str):
        entry = {"file": entry} if entry.endswith(".mlir") else {"generate": entry}
    entry = _mapping(path, entry, "network")
    if ("file" in entry) == ("generate" in entry):
        raise _fail(path, f"network {entry!r} must have either file or generate")
    if "file" in entry:
        _mapping(path, entry, "network", _NETWORK_KEYS - {"generate"})
        source = path.parent / str(entry["file"])
        try:
            return str(entry.get("name", source.stem)), source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _fail(path, f"network {source} cannot be read: {error}") from None
    name = entry["generate"]
    if name not in NETWORKS:
        raise _fail(path, f'network "{name}" is unknown: {", ".join(NETWORKS)} are known')
    values = {key.replace("-", "_"): value for key, value in entry.items() if key not in _NETWORK_KEYS}
    try:
        return str(entry.get("name", name)), NETWORKS[name].build("forward", **values)
    except (ModelError, TypeError, ValueError) as error:
        raise _fail(path, f'network "{name}": {error}') from None


def _target(path: Path, name: Any) -> str:
    """A file is looked up beside the sweep; its path becomes absolute, so that workers find it."""
    if not isinstance(name, str):
        raise _fail(path, f"target is {name!r} but must be a name or an .mlir file")
    return os.fspath((path.parent / name).resolve()) if name.endswith(".mlir") else name


def load(path: Union[str, os.PathLike]) -> list[Point]:
    """The points of a sweep file, in a fixed order, without repetitions. Raises `AccelError` that names the file."""
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _fail(path, f"cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise _fail(path, f"is no YAML: {' '.join(str(error).split())}") from None
    sweep = _mapping(path, content, "sweep", _KEYS)
    if ("target" in sweep) == ("targets" in sweep):
        raise _fail(path, "sweep must have either target or targets")
    targets = _choices(path, sweep.get("targets", sweep.get("target")), "targets")
    networks = sweep.get("networks")
    if not isinstance(networks, list) or not networks:
        raise _fail(path, "sweep needs networks: a list of generators or .mlir files")
    options = _mapping(path, sweep.get("options"), "options")
    reserved = sorted(_RESERVED & {name.replace("_", "-") for name in options})
    if reserved:
        raise _fail(path, f'options have "{reserved[0]}", which the sweep sets itself')
    return unique(
        Point(name, module, _target(path, target), parameters, chosen)
        for name, module in [_network(path, entry) for entry in networks]
        for target in targets
        for parameters in _product(path, sweep.get("set"), "set")
        for chosen in _product(path, options, "options")
    )


def unique(points: Any) -> list[Point]:
    """Points in order, each once."""
    found: dict[str, Point] = {}
    for point in points:
        found.setdefault(point.key, point)
    return list(found.values())


def names(points: Sequence[Point], field: str) -> list[str]:
    """Names of the parameters or options of any point, in order of appearance."""
    return list(dict.fromkeys(name for point in points for name, _ in getattr(point, field)))


def as_record(point: Point) -> Mapping[str, Any]:
    """What the journal says of a point besides its result."""
    return {
        "key": point.key, "network": point.network, "target": point.target, "parameters": dict(point.parameters),
        "options": dict(point.options),
    }
