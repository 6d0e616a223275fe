"""Small random programs: chains and DAGs of products, convolutions, attention and pieces of softmax."""

from dataclasses import dataclass

from accel.models import transformer_ops as ops
from accel.models.builder import Function

SIZES = (4, 6, 8, 12)


@dataclass
class Program:
    """One function; `exact` if integer-valued data give integers that floats hold exactly."""

    name: str
    text: str
    exact: bool


class Writer:
    """A function with numbered arguments and ops."""

    def __init__(self, name, random, element):
        self.f, self.random, self.element = Function(name), random, element
        self.arguments = self.ops = 0

    def argument(self, *shape):
        self.arguments += 1
        return self.f.argument(f"x{self.arguments}", shape, self.element)

    def name(self):
        self.ops += 1
        return f"T{self.ops}"

    def size(self):
        return int(self.random.choice(SIZES))

    def flip(self):
        return bool(self.random.integers(2))

    def contract(self, a, left, b, right, result):
        bounds = {**dict(zip(left, a.shape)), **dict(zip(right, b.shape))}
        ranks = list(result) + [r for r in dict.fromkeys(left + right) if r not in result]
        if self.flip():
            self.random.shuffle(ranks)
        zero = 0.0 if self.element.startswith("f") else 0
        return self.f.einsum(
            self.name(), ranks, [(a, tuple(left)), (b, tuple(right))], tuple(result), bounds,
            lambda body, x, y, acc: body.add(acc, body.mul(x, y)), zero,
        )

    def relu(self, x):
        zero = 0.0 if x.element.startswith("f") else 0
        return self.f.elementwise(self.name(), [x], lambda b, v: b.max(v, b.constant(zero, v.element)))

    def add(self, x, y):
        return self.f.elementwise(self.name(), [x, y], lambda b, v, w: b.add(v, w))

    def biased(self, x):
        last = len(x.shape) - 1
        bias = self.argument(x.shape[last])
        return self.f.elementwise(self.name(), [x, (bias, [last])], lambda b, v, c: b.add(v, c))

    def matmul(self, x, columns):
        w = self.argument(x.shape[-1], columns)
        return self.f.matmul(self.name(), x, w)


def chain(w):
    """Products one after the other, with elementwise ops between."""
    x = w.argument(w.size(), w.size())
    for _ in range(w.random.integers(1, 4)):
        x = w.matmul(x, w.size())
        if w.flip():
            x = w.biased(x) if w.flip() else w.relu(x)
    return [x], True


def dag(w):
    """A shared input, a residual, and a tensor with two readers."""
    n = w.size()
    x = w.argument(n, n)
    a = w.matmul(x, n)
    b = w.matmul(a if w.flip() else x, n)
    y = w.add(a, b)
    if w.flip():
        y = w.relu(y)
    z = w.matmul(y, w.size())
    if w.flip():
        return [z, y], True
    return [w.matmul(w.add(y, x), w.size()), z], True


def products(w):
    """Generic contractions with transposed operands and batches."""
    bounds = {r: w.size() for r in "bmnk"}

    def shape(ranks):
        return [bounds[r] for r in ranks]

    left, right = ("bmk", "bkn") if w.flip() else ("kmb", "nk")
    y = w.contract(w.argument(*shape(left)), left, w.argument(*shape(right)), right, "bmn" if w.flip() else "nbm")
    if w.flip():
        y = w.f.transpose(w.name(), y, [1, 0, 2])
    return [w.relu(y)], True


def convolution(w):
    """Convolutions with strides, dilations and padding, plain and depthwise, in both layouts."""
    layout = "nhwc" if w.flip() else "nchw"
    stride, dilation = ((1, 1), (2, 1), (1, 2), (2, 1))[w.random.integers(4)]
    kernel = int(w.random.choice((1, 2, 3)))
    c, f, p = (int(w.random.choice((2, 3, 4))) for _ in range(3))
    p = 2 * p
    extent = (p - 1) * stride + (kernel - 1) * dilation + 1
    image = (1, extent, extent, c) if layout == "nhwc" else (1, c, extent, extent)
    pad = int(kernel == 3 and w.flip())
    depthwise = w.flip()
    if depthwise:
        shape = (kernel, kernel, c) if layout == "nhwc" else (c, kernel, kernel)
        f = c
    else:
        shape = (kernel, kernel, c, f) if layout == "nhwc" else (f, c, kernel, kernel)
    y = w.f.conv2d(w.name(), w.argument(*image), w.argument(*shape), stride, pad, dilation, layout, depthwise)
    if w.flip():
        y = w.relu(y)
    if w.flip():
        g = int(w.random.choice((2, 4)))
        shape = (1, 1, f, g) if layout == "nhwc" else (g, f, 1, 1)
        y = w.f.conv2d(w.name(), y, w.argument(*shape), 1, 0, 1, layout)
    elif w.flip() and y.shape[1 if layout == "nhwc" else 2] >= 4:
        shape = (3, 3, f, 2) if layout == "nhwc" else (2, f, 3, 3)
        y = w.f.conv2d(w.name(), y, w.argument(*shape), 1, int(w.flip()), 1, layout)
    return [y], True


def window_1d(w):
    """A moving sum in one dimension, with a window that strides over gaps or overlaps."""
    stride, window = int(w.random.choice((1, 2, 3))), int(w.random.choice((1, 2, 3, 4)))
    p, c = int(w.random.choice((4, 6, 8))), int(w.random.choice((2, 4)))
    x = w.argument((p - 1) * stride + window, c)
    k = w.argument(window, c)
    zero = 0.0 if w.element.startswith("f") else 0
    init = w.f.filled(w.name() + "_start", (p, c), w.element, zero)
    accessed = (f"{stride} * p + r, c", "r, c", "p, c")
    maps = ", ".join(f"affine_map<(p, c, r) -> ({results})>" for results in accessed)
    mul, add = ("arith.mulf", "arith.addf") if w.element.startswith("f") else ("arith.muli", "arith.addi")
    name = w.name()
    y = w.f._emit(
        name, (p, c), w.element,
        f'linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel", "parallel", "reduction"]}} '
        f'ins({x.name}, {k.name} : {x.type}, {k.type}) outs({init.name} : {init.type}) '
        f'attrs = {{accel.name = "{name}"}} {{\n'
        f"  ^bb0(%a: {w.element}, %b: {w.element}, %o: {w.element}):\n"
        f"    %q = {mul} %a, %b : {w.element}\n    %t = {add} %q, %o : {w.element}\n"
        f"    linalg.yield %t : {w.element}\n  }} -> {init.type}",
    )
    return [w.relu(y) if w.flip() else y], True


def attention(w):
    """Scores, softmax in pieces, and the weighted sum of values."""
    h, m, e = int(w.random.choice((1, 2))), w.size(), int(w.random.choice((4, 8)))
    q, k, v = (w.argument(h, m, e) for _ in range(3))
    scores = w.contract(q, "hme", k, "hpe", "hmp")
    soft = ops.softmax(w.f, w.name(), scores) if w.flip() else ops.softmax_as_one(w.f, w.name(), scores)
    return [w.contract(soft, "hmp", v, "hpf", "hmf")], False


def softmax(w):
    x = w.argument(w.size(), w.size())
    if w.flip():
        x = w.matmul(x, w.size())
    return [ops.softmax(w.f, w.name(), x)], False


def layernorm(w):
    n = w.size()
    x = w.argument(w.size(), n)
    y = ops.layernorm(w.f, w.name(), x, w.argument(n), w.argument(n))
    return [w.matmul(y, w.size()) if w.flip() else y], False


def heads(w):
    """A projection that is split into heads by a reshape, and read through it."""
    h, e, m = int(w.random.choice((2, 4))), int(w.random.choice((2, 4))), w.size()
    y = w.matmul(w.argument(m, w.size()), h * e)
    y = w.f.expand(y, [[0], [1, 2]], (m, h, e))
    return [w.contract(y, "mhe", w.argument(h, e, w.size()), "heg", "mg")], True


def sliced(w, x, shape):
    """Some part of `x` of that shape: from anywhere in it, and maybe only every other row."""
    stride = [2 if size > 1 and 2 * size - 1 <= bound and w.flip() else 1 for bound, size in zip(x.shape, shape)]
    room = [bound - (size - 1) * step for bound, size, step in zip(x.shape, shape, stride)]
    offset = [int(w.random.integers(r)) for r in room]
    kept = [size for size in shape if size != 1]
    name = w.name()
    result = "tensor<" + "x".join(map(str, [*kept, x.element])) + ">"
    return w.f._emit(
        name, kept, x.element, f"tensor.extract_slice {x.name}{offset} {list(shape)} {stride} : {x.type} to {result}"
    )


def slices(w):
    """Parts of a product that others read: one, two beside each other, or a row of a batch."""
    m, n = w.size(), w.size()
    y = w.matmul(w.argument(m, w.size()), n)
    kind = w.random.integers(4)
    if kind == 0:
        return [w.matmul(sliced(w, y, (m // 2, n // 2)), w.size())], True
    if kind == 1:
        left, right = (sliced(w, y, (m, n // 2)) for _ in range(2))
        return [w.add(w.relu(left), right) if w.flip() else w.add(left, right)], True
    if kind == 2:
        return [w.matmul(sliced(w, w.relu(y), (m - 1, n)), w.size()), w.relu(y)], True
    b, k = int(w.random.choice((2, 3))), w.size()
    y = w.contract(w.argument(b, m, k), "bmk", w.argument(b, k, n), "bkn", "bmn")
    return [w.matmul(sliced(w, y, (1, m // 2, n)), w.size())], True


def copies(w):
    x = w.matmul(w.argument(w.size(), w.size()), w.size())
    return [w.matmul(w.f.copy(w.name(), x), w.size())], True


KINDS = (chain, dag, products, convolution, window_1d, convolution, attention, softmax, layernorm, heads, copies, chain)


def programs(count, random, prefix="p"):
    """`count` programs, all kinds in turn; three quarters in floating point where integers will do."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        exact_kind = kind not in (attention, softmax, layernorm)
        element = "i32" if exact_kind and random.integers(4) == 0 else "f32"
        name = f"{prefix}{number}_{kind.__name__}"
        writer = Writer(name, random, element)
        results, exact = kind(writer)
        writer.f.returns(*results)
        yield Program(name, writer.f.text(), exact or element == "i32")
