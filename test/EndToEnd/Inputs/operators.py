"""Small operators of quantised networks, one of each kind that a compiler for VTA must know.

`OPERATORS` maps a name to a function that gives the MLIR text of a module with one function @f.
"""

from accel.models import quantise
from accel.models.builder import Function

SHIFT = 7


def _requantised(f, name, x, relu=False, channel=None):
    """`x`, i32, with a bias a channel, shifted and clipped to i8."""
    channel = len(x.shape) - 1 if channel is None else channel
    bias = f.argument(name + "_bias", (x.shape[channel],), "i32")
    return quantise.emit_requantise(f, name, x, bias, SHIFT, relu, channel)


def _text(f, result):
    f.returns(result)
    return f.text()


def _conv(shape, filters, kernel, stride=1, pad=0, dilation=1, layout="nhwc", depthwise=False, relu=False):
    """A convolution of an argument, requantised; `kernel` is one extent or two."""
    def build():
        f = Function("f")
        y = _layer(f, "conv", f.argument("x", shape, "i8"), filters, kernel, stride, pad, dilation, layout, depthwise,
                   relu)
        return _text(f, y)

    return build


def _layer(f, name, x, filters, kernel, stride=1, pad=0, dilation=1, layout="nhwc", depthwise=False, relu=False):
    rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    channel = 3 if layout == "nhwc" else 1
    channels = x.shape[channel]
    if layout == "nhwc":
        shape = (rows, columns, channels) if depthwise else (rows, columns, channels, filters)
    else:
        shape = (channels, rows, columns) if depthwise else (filters, channels, rows, columns)
    w = f.argument(name + "_weight", shape, "i8")
    y = f.conv2d(name, x, w, stride, pad, dilation, layout, depthwise)
    return _requantised(f, name, y, relu, channel)


def _grouped(groups, inputs, outputs, size=6, layout="nhwc", kernel=3, flat=True):
    """A grouped convolution; with `flat`, channels are one dimension before and after it."""
    def build():
        f = Function("f")
        last = layout == "nhwc"
        shape = (1, size, size, groups * inputs) if last else (1, groups * inputs, size, size)
        split = [[0], [1], [2], [3, 4]] if last else [[0], [1, 2], [3], [4]]
        x = f.argument("x", shape, "i8")
        grouped = (1, size, size, groups, inputs) if last else (1, groups, inputs, size, size)
        x = f.expand(x, split, grouped)
        w = f.argument("w", (groups, outputs, kernel, kernel, inputs), "i8")
        p = size - kernel + 1
        bounds = dict(n=1, p=p, q=p, g=groups, f=outputs, r=kernel, s=kernel, c=inputs)
        window = ("n", "p + r", "q + s", "g", "c") if last else ("n", "g", "c", "p + r", "q + s")
        result = ("n", "p", "q", "g", "f") if last else ("n", "g", "f", "p", "q")
        y = f.einsum("conv", list(bounds), [(x, window), (w, ("g", "f", "r", "s", "c"))], result, bounds,
                     lambda b, v, u, acc: b.add(acc, b.mul(b.widen(v, "i32"), b.widen(u, "i32"))), 0, "i32")
        if flat:
            y = f.collapse(y, split)
        return _text(f, _requantised(f, "conv", y, channel=(3 if last else 1)))

    return build


def _multiplied(channels, multiplier, size=6):
    """A depthwise convolution with several outputs a channel, as one dimension after it."""
    def build():
        f = Function("f")
        x = f.argument("x", (1, size, size, channels), "i8")
        w = f.argument("w", (3, 3, channels, multiplier), "i8")
        p = size - 2
        bounds = dict(n=1, p=p, q=p, c=channels, m=multiplier, r=3, s=3)
        y = f.einsum("conv", list(bounds), [(x, ("n", "p + r", "q + s", "c")), (w, ("r", "s", "c", "m"))],
                     ("n", "p", "q", "c", "m"), bounds,
                     lambda b, v, u, acc: b.add(acc, b.mul(b.widen(v, "i32"), b.widen(u, "i32"))), 0, "i32")
        return _text(f, _requantised(f, "conv", f.collapse(y, [[0], [1], [2], [3, 4]])))

    return build


def _pooled(shape, window, stride, pad=0, kind="max", layout="nhwc", after=None):
    """A pooling of an argument or, with `after` filters, of a 1x1 convolution with relu."""
    def build():
        f = Function("f")
        x = f.argument("x", shape, "i8")
        if after:
            x = _layer(f, "before", x, after, 1, layout=layout, relu=True)
        y = f.pool2d("pool", x, window, stride, pad, kind, layout)
        if kind == "sum":
            y = _requantised(f, "pool", y, channel=(3 if layout == "nhwc" else 1))
        return _text(f, y)

    return build


def _reduced(shape, kept, kind):
    """A reduction over all dimensions but those in `kept`."""
    def build():
        f = Function("f")
        x = f.argument("x", shape, "i8")
        ranks = [f"r{i}" for i in range(len(shape))]
        bounds = dict(zip(ranks, shape))
        result = tuple(ranks[d] for d in kept)
        if kind == "sum":
            y = f.einsum("reduce", ranks, [(x, tuple(ranks))], result, bounds,
                         lambda b, v, acc: b.add(acc, b.widen(v, "i32")), 0, "i32")
            return _text(f, _requantised(f, "reduce", y))
        start, combine = (-128, "max") if kind == "max" else (127, "min")
        y = f.einsum("reduce", ranks, [(x, tuple(ranks))], result, bounds,
                     lambda b, v, acc: getattr(b, combine)(acc, v), start, "i8")
        return _text(f, y)

    return build


def _matmul(m, k, n, batch=None):
    def build():
        f = Function("f")
        lead = () if batch is None else (batch,)
        a, b = f.argument("a", (*lead, m, k), "i8"), f.argument("b", (*lead, k, n), "i8")
        return _text(f, _requantised(f, "mm", f.matmul("mm", a, b)))

    return build


def _unfinished(conv):
    """A product whose i32 sums are the result, with a bias or without."""
    def build():
        f = Function("f")
        if not conv:
            a, b = f.argument("a", (9, 40), "i8"), f.argument("b", (40, 20), "i8")
            return _text(f, f.matmul("mm", a, b))
        x, w = f.argument("x", (1, 6, 6, 16), "i8"), f.argument("w", (3, 3, 16, 20), "i8")
        y = f.conv2d("conv", x, w, 1, 1)
        bias = f.argument("bias", (20,), "i32")
        return _text(f, f.elementwise("biased", [y, (bias, [3])], lambda b, v, c: b.add(v, c)))

    return build


def _turned():
    """A product whose sums are read with rows and columns exchanged."""
    f = Function("f")
    a, b = f.argument("a", (24, 32), "i8"), f.argument("b", (32, 40), "i8")
    sums, bias = f.matmul("mm", a, b), f.argument("bias", (24,), "i32")
    y = f.einsum("turn", ["i", "j"], [(sums, ("j", "i")), (bias, ("j",))], ("i", "j"), dict(i=40, j=24),
                 lambda b, v, c, _: b.add(v, c))
    return _text(f, quantise.emit_clip(f, "turn", y))


def _residual():
    f = Function("f")
    x = f.argument("x", (1, 6, 6, 16), "i8")
    y = _layer(f, "a", x, 32, 3, 1, 1, relu=True)
    z = _layer(f, "b", x, 32, 1)
    total = f.elementwise("add", [y, z], lambda b, u, v: b.add(b.widen(u, "i32"), b.widen(v, "i32")), element="i32")
    return _text(f, quantise.emit_clip(f, "add", total))


def _separable():
    """An inverted residual block of MobileNetV2, and a pooling."""
    f = Function("f")
    x = f.argument("x", (1, 6, 6, 16), "i8")
    y = _layer(f, "expand", x, 40, 1, relu=True)
    y = _layer(f, "dw", y, 40, 3, 1, 1, depthwise=True, relu=True)
    y = _layer(f, "project", y, 16, 1)
    total = f.elementwise("add", [x, y], lambda b, u, v: b.add(b.widen(u, "i32"), b.widen(v, "i32")), element="i32")
    y = quantise.emit_clip(f, "add", total)
    return _text(f, _requantised(f, "pool", f.pool2d("pool", y, 6, 1, kind="sum")))


OPERATORS = {
    "conv3x3": _conv((1, 6, 6, 16), 32, 3, 1, 1),
    "conv3x3-s2": _conv((1, 9, 9, 16), 16, 3, 2, 1),
    "conv3x3-batch": _conv((4, 5, 5, 16), 16, 3, 1, 1),
    "conv3x3-dilated": _conv((1, 9, 9, 16), 16, 3, 1, 2, 2),
    "conv1x1": _conv((1, 7, 5, 48), 24, 1),
    "conv1x1-s2": _conv((1, 8, 8, 32), 32, 1, 2),
    "conv1x1-s2-odd": _conv((1, 7, 9, 20), 36, 1, 2),
    "conv-stem7x7": _conv((1, 16, 16, 3), 16, 7, 2, 3, relu=True),
    "conv-stem3x3-nchw": _conv((1, 3, 10, 10), 20, 3, 2, 1, layout="nchw"),
    "conv-one-channel": _conv((2, 24, 12, 1), 32, (10, 5), 2),
    "conv-odd": _conv((1, 11, 7, 13), 19, 3, 1, 1),
    "conv-nchw": _conv((2, 18, 6, 7), 17, 3, 1, 1, layout="nchw"),
    "conv-few-outputs": _conv((1, 8, 8, 24), 3, 3, 1, 1),
    "depthwise": _conv((1, 6, 6, 32), 32, 3, 1, 1, depthwise=True),
    "depthwise-s2": _conv((1, 9, 9, 24), 24, 3, 2, 1, depthwise=True, relu=True),
    "depthwise-nchw": _conv((1, 20, 7, 7), 20, 5, 1, 2, layout="nchw", depthwise=True),
    "depthwise-batch": _conv((4, 5, 5, 16), 16, 3, 1, 1, depthwise=True),
    "depthwise-few": _conv((1, 6, 6, 5), 5, 3, 1, 1, depthwise=True),
    "depthwise-multiplier": _multiplied(16, 2),
    "depthwise-multiplier-1": _multiplied(24, 1),
    "grouped-4x4": _grouped(8, 4, 4),
    "grouped-8x8-nchw": _grouped(4, 8, 8, layout="nchw"),
    "grouped-4x8": _grouped(4, 4, 8),
    "grouped-16x16": _grouped(3, 16, 16),
    "grouped-32x16": _grouped(2, 32, 16),
    "grouped-6x6": _grouped(2, 6, 6),
    "grouped-4x4-odd": _grouped(5, 4, 4),
    "maxpool2x2": _pooled((1, 6, 6, 16), 2, 2),
    "maxpool3x3-s2": _pooled((1, 11, 11, 20), 3, 2, 1, after=24),
    "maxpool3x3-nchw": _pooled((1, 20, 7, 9), 3, 1, 1, layout="nchw"),
    "maxpool-padded-argument": _pooled((1, 8, 8, 16), 3, 2, 1),
    "maxpool-global": _pooled((2, 5, 5, 32), 5, 1),
    "sumpool2x2": _pooled((1, 6, 6, 16), 2, 2, kind="sum"),
    "sumpool3x3": _pooled((1, 7, 7, 20), 3, 1, 1, kind="sum", after=24),
    "sumpool-global": _pooled((1, 7, 7, 48), 7, 1, kind="sum"),
    "reduce-sum": _reduced((2, 5, 7, 20), (0, 3), "sum"),
    "reduce-max": _reduced((2, 3, 4, 20), (0, 3), "max"),
    "reduce-min": _reduced((3, 12, 20), (0, 2), "min"),
    "matmul": _matmul(16, 32, 20),
    "matmul-odd": _matmul(13, 37, 11),
    "gemv": _matmul(1, 200, 30),
    "gemv-transposed": _matmul(40, 100, 1),
    "batch-matmul": _matmul(8, 32, 20, 3),
    "batch-gemv": _matmul(1, 24, 24, 4),
    "matmul-turned": _turned,
    "matmul-i32": _unfinished(False),
    "conv-i32": _unfinished(True),
    "residual": _residual,
    "separable": _separable,
}
