"""Writes MLIR text for functions of linalg operations on static tensors.

A `Function` collects operations in program order and hands out `Value`s (SSA name, shape, element type); `text()`
gives the finished `func.func`. Operations that an accelerator maps carry the string attribute `accel.name`. Shapes
are checked while building, so that a wrong network fails here with a sentence instead of in the MLIR parser.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from accel.projection import affine, extent, terms

_NUMPY_TYPES = {
    "i8": "<i1", "i16": "<i2", "i32": "<i4", "i64": "<i8", "f16": "<f2", "f32": "<f4", "f64": "<f8",
}


class ModelError(Exception):
    """A network that cannot be built as asked; the message is one sentence for the user."""


def is_float(element):
    return element.startswith(("f", "bf"))


def accumulator_of(element):
    """The type in which sums of products are held: i32 for 8-bit integers, the element type otherwise."""
    return "i32" if element == "i8" else element


@dataclass(frozen=True)
class Value:
    """An SSA tensor: its name with the percent sign, its shape and its element type."""

    name: str
    shape: tuple
    element: str

    @property
    def type(self):
        return tensor_type(self.shape, self.element)


@dataclass(frozen=True)
class Scalar:
    """An SSA scalar inside a `linalg.generic` or a captured constant."""

    name: str
    element: str


def tensor_type(shape, element):
    return "tensor<" + "".join(f"{d}x" for d in shape) + element + ">"


def dense(array, element):
    """The array as a `dense` attribute body: hexadecimal, or a splat if all values are equal."""
    raw = np.ascontiguousarray(array, dtype=_NUMPY_TYPES[element])
    if raw.size and (raw == raw.flat[0]).all():
        return f"dense<{_literal(raw.flat[0].item(), element)}>"
    return f'dense<"0x{raw.tobytes().hex().upper()}">'


def _literal(value, element):
    if not is_float(element):
        return str(int(value))
    if value == float("-inf"):
        return {"f16": "0xFC00", "bf16": "0xFF80", "f32": "0xFF800000", "f64": "0xFFF0000000000000"}[element]
    mantissa, exponent, power = repr(float(value)).partition("e")
    return (mantissa if "." in mantissa else mantissa + ".0") + exponent + power


class Body:
    """Emits the scalar operations of one `linalg.generic`."""

    def __init__(self, function):
        self._function = function
        self.lines = []

    def op(self, name, *operands, to=None):
        """One scalar operation; conversions name their result type with `to`."""
        result = Scalar(f"%s{len(self.lines)}", to or operands[0].element)
        types = f"{operands[0].element} to {to}" if to else operands[0].element
        self.lines.append(f"{result.name} = {name} {', '.join(o.name for o in operands)} : {types}")
        return result

    def constant(self, value, element):
        return self._function.scalar(value, element)

    def add(self, a, b):
        return self.op("arith.addf" if is_float(a.element) else "arith.addi", a, b)

    def sub(self, a, b):
        return self.op("arith.subf" if is_float(a.element) else "arith.subi", a, b)

    def mul(self, a, b):
        return self.op("arith.mulf" if is_float(a.element) else "arith.muli", a, b)

    def max(self, a, b):
        return self.op("arith.maximumf" if is_float(a.element) else "arith.maxsi", a, b)

    def min(self, a, b):
        return self.op("arith.minimumf" if is_float(a.element) else "arith.minsi", a, b)

    def widen(self, a, element):
        """Sign-extends or extends `a` to `element` if it is narrower."""
        if a.element == element:
            return a
        return self.op("arith.extf" if is_float(element) else "arith.extsi", a, to=element)


class Function:
    """One `func.func` under construction."""

    def __init__(self, name):
        self.name = name
        self._arguments = []
        self._header = []
        self._lines = []
        self._scalars = {}
        self._taken = set()
        self._results = []

    # Names are made unique so that generators can reuse an operation's name for its value.
    def _fresh(self, hint):
        hint = "".join(c if c.isalnum() or c == "_" else "_" for c in hint)
        name, n = hint, 1
        while name in self._taken:
            name, n = f"{hint}_{n}", n + 1
        self._taken.add(name)
        return "%" + name

    def _emit(self, hint, shape, element, text):
        value = Value(self._fresh(hint), tuple(shape), element)
        self._lines.append(f"{value.name} = {text}")
        return value

    def argument(self, name, shape, element, persistent=False):
        """A function argument; `persistent` marks a weight that stays in the outermost memory across calls."""
        value = Value(self._fresh(name), tuple(shape), element)
        self._arguments.append(f"{value.name}: {value.type}" + (" {accel.persistent}" if persistent else ""))
        return value

    def constant(self, name, array, element):
        array = np.asarray(array)
        value = Value(self._fresh(name), array.shape, element)
        self._header.append(f"{value.name} = arith.constant {dense(array, element)} : {value.type}")
        return value

    def scalar(self, value, element):
        """A scalar constant, one per value and type in a function."""
        key = (repr(value), element)
        if key not in self._scalars:
            hint = "c" + str(value).replace("-", "m").replace(".", "_").replace("+", "")
            name = self._fresh(f"{hint}_{element}")
            self._header.append(f"{name} = arith.constant {_literal(value, element)} : {element}")
            self._scalars[key] = Scalar(name, element)
        return self._scalars[key]

    def filled(self, hint, shape, element, value=0):
        """A new tensor with `value` in every element, the init of a reduction."""
        scalar = self.scalar(float(value) if is_float(element) else value, element)
        empty = self.empty(hint, shape, element)
        return self._emit(
            hint + "_init", shape, element,
            f"linalg.fill ins({scalar.name} : {element}) outs({empty.name} : {empty.type}) -> {empty.type}",
        )

    def empty(self, hint, shape, element):
        """A new tensor whose elements are all about to be written."""
        return self._emit(hint + "_empty", shape, element, f"tensor.empty() : {tensor_type(shape, element)}")

    def pad(self, x, low, high, value=0):
        """Surrounds `x`; returns `x` itself where nothing is to be added."""
        if not any(low) and not any(high):
            return x
        shape = [l + d + h for l, d, h in zip(low, x.shape, high)]
        scalar = self.scalar(float(value) if is_float(x.element) else value, x.element)
        indices = ", ".join(f"%i{i}: index" for i in range(len(shape)))
        return self._emit(
            x.name[1:] + "_pad", shape, x.element,
            f"tensor.pad {x.name} low[{_list(low)}] high[{_list(high)}] {{\n  ^bb0({indices}):\n"
            f"    tensor.yield {scalar.name} : {x.element}\n  }} : {x.type} to {tensor_type(shape, x.element)}",
        )

    def _named(self, op, name, ins, init, attributes=()):
        attrs = ", ".join([f'accel.name = "{name}"', *attributes])
        operands = ", ".join(v.name for v in ins)
        types = ", ".join(v.type for v in ins)
        return self._emit(
            name, init.shape, init.element,
            f"linalg.{op} {{{attrs}}} ins({operands} : {types}) outs({init.name} : {init.type}) -> {init.type}",
        )

    def conv2d(self, name, x, w, stride=1, pad=0, dilation=1, layout="nhwc", depthwise=False):
        """Convolution with symmetric zero padding.

        Layout `nhwc` takes weights as HWCF (depthwise: HWC), `nchw` as FCHW (depthwise: CHW). The result has the
        accumulator type.
        """
        if layout not in ("nhwc", "nchw"):
            raise ModelError(f'layout "{layout}" is unknown; allowed are nhwc and nchw')
        channels_last = layout == "nhwc"
        border = [0, pad, pad, 0] if channels_last else [0, 0, pad, pad]
        x = self.pad(x, border, border)
        h, width = (1, 2) if channels_last else (2, 3)
        channel = 3 if channels_last else 1
        if depthwise:
            kernel = w.shape[:2] if channels_last else w.shape[1:]
            c, f = (w.shape[2], w.shape[2]) if channels_last else (w.shape[0], w.shape[0])
        elif channels_last:
            kernel, c, f = w.shape[:2], w.shape[2], w.shape[3]
        else:
            kernel, c, f = w.shape[2:], w.shape[1], w.shape[0]
        if x.shape[channel] != c:
            raise ModelError(f"{name} has {x.shape[channel]} input channels but its weight expects {c}")
        p, q = ((x.shape[d] - (k - 1) * dilation - 1) // stride + 1 for d, k in zip((h, width), kernel))
        if min(p, q) < 1:
            raise ModelError(f"{name} has an input of {x.shape[h]}x{x.shape[width]}, smaller than its window")
        shape = [x.shape[0], p, q, f] if channels_last else [x.shape[0], f, p, q]
        init = self.filled(name, shape, accumulator_of(x.element))
        weights = {"nhwc": ("hwc", "hwcf"), "nchw": ("chw", "fchw")}[layout][0 if depthwise else 1]
        op = f"{'depthwise_' if depthwise else ''}conv_2d_{layout}_{weights}"
        attributes = [f"dilations = dense<{dilation}> : tensor<2xi64>", f"strides = dense<{stride}> : tensor<2xi64>"]
        return self._named(op, name, [x, w], init, attributes)

    def pool2d(self, name, x, window, stride, pad=0, kind="max", layout="nhwc"):
        """Max or sum pooling over a square window; padding holds the neutral element."""
        neutral = 0
        if kind == "max":
            neutral = float("-inf") if is_float(x.element) else -(1 << (int(x.element[1:]) - 1))
        channels_last = layout == "nhwc"
        border = [0, pad, pad, 0] if channels_last else [0, 0, pad, pad]
        x = self.pad(x, border, border, neutral)
        h, w = (1, 2) if channels_last else (2, 3)
        shape = list(x.shape)
        for d in (h, w):
            shape[d] = (x.shape[d] - window) // stride + 1
        element = x.element if kind == "max" else accumulator_of(x.element)
        init = self.filled(name, shape, element, neutral)
        shape_of_window = self.empty(name + "_window", [window, window], element)
        attributes = ["dilations = dense<1> : tensor<2xi64>", f"strides = dense<{stride}> : tensor<2xi64>"]
        return self._named(f"pooling_{layout}_{kind}", name, [x, shape_of_window], init, attributes)

    def matmul(self, name, a, b):
        """a[M,K] x b[K,N], or with a leading batch dimension on both."""
        batched = len(a.shape) == 3
        if a.shape[-1] != b.shape[-2] or a.shape[:-2] != b.shape[:-2]:
            raise ModelError(f"{name} cannot multiply {a.type} by {b.type}")
        init = self.filled(name, [*a.shape[:-1], b.shape[-1]], accumulator_of(a.element))
        return self._named("batch_matmul" if batched else "matmul", name, [a, b], init)

    def copy(self, name, x):
        return self._named("copy", name, [x], self.empty(name, x.shape, x.element))

    def transpose(self, name, x, permutation):
        init = self.empty(name, [x.shape[p] for p in permutation], x.element)
        return self._emit(
            name, init.shape, init.element,
            f"linalg.transpose ins({x.name} : {x.type}) outs({init.name} : {init.type}) "
            f'permutation = [{_list(permutation)}] {{accel.name = "{name}"}}',
        )

    def einsum(self, name, ranks, ins, result, bounds, body, init_value=None, element=None):
        """A `linalg.generic` given by projections.

        `ranks` is the order of the loops, `ins` a list of (value, projection), `result` the output's projection; a
        projection is a tuple with one sum of ranks a dimension (`"m"`, `"2*p + r"`), and `bounds` maps ranks to
        extents. `body(b, *inputs, accumulator)` returns the scalar to yield. Ranks outside `result` are reductions
        and need `init_value`.
        """
        for value, projection in ins:
            expected = tuple(extent(e, bounds) for e in projection)
            if expected != value.shape:
                raise ModelError(f"{name} reads {value.name} as {expected} but its shape is {value.shape}")
        element = element or ins[0][0].element
        shape = [extent(e, bounds) for e in result]
        reductions = set(ranks).difference(*(terms(e) for e in result))
        init = self.filled(name, shape, element, init_value) if reductions else self.empty(name, shape, element)
        dims = {r: f"d{i}" for i, r in enumerate(ranks)}
        space = ", ".join(dims.values())
        maps = ", ".join(
            f"affine_map<({space}) -> ({', '.join(affine(e, dims) for e in projection)})>"
            for projection in [p for _, p in ins] + [result]
        )
        iterators = ", ".join('"reduction"' if r in reductions else '"parallel"' for r in ranks)
        scalars = [Scalar(f"%in{i}", v.element) for i, (v, _) in enumerate(ins)]
        accumulator = Scalar("%out", element)
        b = Body(self)
        yielded = body(b, *scalars, accumulator)
        block = ", ".join(f"{s.name}: {s.element}" for s in [*scalars, accumulator])
        lines = "".join(f"    {line}\n" for line in b.lines)
        operands = ", ".join(v.name for v, _ in ins)
        types = ", ".join(v.type for v, _ in ins)
        return self._emit(
            name, shape, element,
            f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}} ins({operands} : {types}) "
            f'outs({init.name} : {init.type}) attrs = {{accel.name = "{name}"}} {{\n  ^bb0({block}):\n{lines}'
            f"    linalg.yield {yielded.name} : {element}\n  }} -> {init.type}",
        )

    def elementwise(self, name, ins, body, element=None):
        """`body(b, *inputs)` on every element; later operands may be (value, dimensions) broadcast along the rest."""
        x = ins[0]
        ranks = [f"r{i}" for i in range(len(x.shape))]
        operands = [(x, tuple(ranks))]
        for operand in ins[1:]:
            value, dims = operand if isinstance(operand, tuple) else (operand, range(len(x.shape)))
            operands.append((value, tuple(ranks[d] for d in dims)))
        bounds = dict(zip(ranks, x.shape))
        return self.einsum(name, ranks, operands, tuple(ranks), bounds, lambda b, *s: body(b, *s[:-1]), element=element)

    def collapse(self, x, groups):
        """Merges neighbouring dimensions; `groups` lists the dimensions of `x` of every result dimension."""
        shape = [prod(x.shape[d] for d in group) for group in groups]
        return self._emit(
            x.name[1:] + "_flat", shape, x.element,
            f"tensor.collapse_shape {x.name} {_groups(groups)} : {x.type} into {tensor_type(shape, x.element)}",
        )

    def expand(self, x, groups, shape):
        """Splits dimensions; `groups` lists the dimensions of the result of every dimension of `x`."""
        return self._emit(
            x.name[1:] + "_split", shape, x.element,
            f"tensor.expand_shape {x.name} {_groups(groups)} output_shape [{_list(shape)}] : "
            f"{x.type} into {tensor_type(shape, x.element)}",
        )

    def insert(self, x, into, offsets):
        """`into` with `x` written at `offsets`."""
        return self._emit(
            into.name[1:] + "_updated", into.shape, into.element,
            f"tensor.insert_slice {x.name} into {into.name}[{_list(offsets)}] [{_list(x.shape)}] "
            f"[{_list([1] * len(offsets))}] : {x.type} into {into.type}",
        )

    def returns(self, *values):
        self._results = list(values)

    def text(self):
        types = ", ".join(v.type for v in self._results)
        signature = f"func.func @{self.name}({', '.join(self._arguments)}) -> " + (
            types if len(self._results) == 1 else f"({types})"
        )
        lines = [*self._header, *self._lines, f"return {', '.join(v.name for v in self._results)} : {types}"]
        return signature + " {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _list(numbers):
    return ", ".join(str(n) for n in numbers)


def _groups(groups):
    return "[" + ", ".join(f"[{_list(group)}]" for group in groups) + "]"
