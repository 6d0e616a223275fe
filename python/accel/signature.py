"""Reads the signature of a function on static ranked tensors from MLIR text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

ELEMENT_TYPES = {
    "i1": np.dtype(np.bool_), "i8": np.dtype(np.int8), "i16": np.dtype(np.int16), "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64), "f16": np.dtype(np.float16), "f32": np.dtype(np.float32), "f64": np.dtype(np.float64),
}

_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}


class SignatureError(Exception):
    """A function that is missing or whose signature is not supported."""


@dataclass(frozen=True)
class Tensor:
    """A static ranked tensor type as MLIR writes it."""

    shape: tuple[int, ...]
    element: str

    @property
    def dtype(self) -> np.dtype:
        """The element type in numpy."""
        return ELEMENT_TYPES[self.element]

    @property
    def bytes(self) -> int:
        """Of all elements."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def __str__(self) -> str:
        return "tensor<" + "".join(f"{d}x" for d in self.shape) + self.element + ">"


def blanked(text: str) -> str:
    """The text with comments and the contents of strings replaced by spaces, so that brackets can be matched."""
    return re.sub(
        r'"(?:\\.|[^"\\])*"|//[^\n]*',
        lambda m: '"' + " " * (len(m[0]) - 2) + '"' if m[0][0] == '"' else " " * len(m[0]),
        text,
    )


def closing(text: str, start: int) -> int:
    """The index of the bracket that closes the one at `start`, in text without comments and strings."""
    stack: list[str] = []
    i = start
    while i < len(text):
        c = text[i]
        if text.startswith("->", i):
            i += 2
            continue
        if c in _CLOSING:
            stack.append(_CLOSING[c])
        elif stack and c == stack[-1]:
            stack.pop()
            if not stack:
                return i
        i += 1
    raise SignatureError(f'bracket "{text[start]}" is never closed')


def _split(text: str) -> list[str]:
    """Splits at commas outside brackets."""
    parts, start, i = [], 0, 0
    while i < len(text):
        if text[i] in _CLOSING:
            i = closing(text, i)
        elif text[i] == ",":
            parts.append(text[start:i])
            start = i + 1
        i += 1
    return [p.strip() for p in [*parts, text[start:]] if p.strip()]


def _tensor(text: str, whole: str) -> Tensor:
    """The tensor type at the start of `text`; type aliases are looked up in `whole`."""
    alias = re.match(r"![\w.$-]+", text)
    if alias and not text[alias.end() :].startswith("<"):
        definition = re.search(rf"^\s*{re.escape(alias[0])}\s*=\s*(.*)$", whole, re.MULTILINE)
        text = definition[1] if definition else text
    match = re.match(r"tensor<((?:\d+x)*)(\w+)\s*>", text)
    if not match or match[2] not in ELEMENT_TYPES:
        allowed = ", ".join(ELEMENT_TYPES)
        raise SignatureError(f'type "{text.split(" {")[0].strip()}" is not a static ranked tensor of {allowed}')
    return Tensor(tuple(int(d) for d in match[1].split("x") if d), match[2])


def function_signature(text: str, name: str) -> tuple[list[Tensor], list[Tensor]]:
    """The argument types and result types of `func.func @name`."""
    code = blanked(text)
    match = re.search(rf"\bfunc\.func\s+(?:(?:private|public|nested)\s+)?@{re.escape(name)}\s*\(", code)
    if not match:
        found = re.findall(r"\bfunc\.func\s+(?:\w+\s+)?@([\w.$-]+)", code)
        raise SignatureError(f'function "{name}" is not in the module; it has {", ".join(found) or "none"}')
    end = closing(code, match.end() - 1)
    arguments = []
    for argument in _split(code[match.end() : end]):
        value, _, kind = argument.partition(":")
        if not value.strip().startswith("%"):
            raise SignatureError(f'function "{name}" is a declaration without a body')
        arguments.append(_tensor(kind.strip(), code))
    rest = code[end + 1 :].lstrip()
    results = []
    if rest.startswith("->"):
        rest = rest[2:].lstrip()
        # `_tensor` reads the type at the start of its text, so one result needs no cutting from what follows.
        parts = _split(rest[1 : closing(rest, 0)]) if rest.startswith("(") else [rest]
        results = [_tensor(part, code) for part in parts]
    return arguments, results
