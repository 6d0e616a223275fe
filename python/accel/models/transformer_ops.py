"""Softmax, normalisations and activations of transformers as linalg, along the last dimension of any tensor."""

from math import pi, sqrt


def _ranks(x):
    return [f"r{i}" for i in range(len(x.shape))]


def reduce_last(f, name, x, body, init):
    """Combines the elements of every row; the result has one dimension less."""
    ranks = _ranks(x)
    bounds = dict(zip(ranks, x.shape))
    return f.einsum(name, ranks, [(x, tuple(ranks))], tuple(ranks[:-1]), bounds, body, init)


def _row_of(x):
    """The dimensions along which one number per row is broadcast."""
    return list(range(len(x.shape) - 1))


def softmax(f, name, x):
    """Numerically stable softmax: maximum, difference, exponential, sum, quotient, one operation each."""
    rows = _row_of(x)
    top = reduce_last(f, name + "_max", x, lambda b, v, acc: b.max(v, acc), float("-inf"))
    y = f.elementwise(name + "_sub", [x, (top, rows)], lambda b, v, m: b.sub(v, m))
    y = f.elementwise(name + "_exp", [y], lambda b, v: b.op("math.exp", v))
    total = reduce_last(f, name + "_sum", y, lambda b, v, acc: b.add(v, acc), 0.0)
    return f.elementwise(name + "_div", [y, (total, rows)], lambda b, v, s: b.op("arith.divf", v, s))


def softmax_as_one(f, name, x):
    """One elementwise operation in softmax's place, for studies that model softmax as a single pass.

    It moves and counts what one pass does; its values are exponentials that are not normalised.
    """
    return f.elementwise(name, [x], lambda b, v: b.op("math.exp", v))


def _mean_of(f, name, x, body):
    total = reduce_last(f, name + "_sum", x, body, 0.0)
    scale = 1.0 / x.shape[-1]
    return f.elementwise(name, [total], lambda b, v: b.mul(v, b.constant(scale, v.element)))


def _inverse_root(f, name, x, epsilon):
    return f.elementwise(
        name, [x], lambda b, v: b.op("math.rsqrt", b.add(v, b.constant(epsilon, v.element)))
    )


def layernorm(f, name, x, gamma, beta, epsilon=1e-5):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta."""
    rows, last = _row_of(x), [len(x.shape) - 1]
    mean = _mean_of(f, name + "_mean", x, lambda b, v, acc: b.add(v, acc))
    centred = f.elementwise(name + "_sub", [x, (mean, rows)], lambda b, v, m: b.sub(v, m))
    variance = _mean_of(f, name + "_var", centred, lambda b, v, acc: b.add(b.mul(v, v), acc))
    factor = _inverse_root(f, name + "_rsqrt", variance, epsilon)
    y = f.elementwise(name + "_norm", [centred, (factor, rows)], lambda b, v, r: b.mul(v, r))
    return f.elementwise(
        name, [y, (gamma, last), (beta, last)], lambda b, v, g, c: b.add(b.mul(v, g), c)
    )


def rmsnorm(f, name, x, gamma, epsilon=1e-5):
    """x / sqrt(mean of squares + epsilon) * gamma."""
    rows, last = _row_of(x), [len(x.shape) - 1]
    power = _mean_of(f, name + "_power", x, lambda b, v, acc: b.add(b.mul(v, v), acc))
    factor = _inverse_root(f, name + "_rsqrt", power, epsilon)
    y = f.elementwise(name + "_norm", [x, (factor, rows)], lambda b, v, r: b.mul(v, r))
    return f.elementwise(name, [y, (gamma, last)], lambda b, v, g: b.mul(v, g))


def gelu_erf(f, name, x):
    """x * (1 + erf(x / sqrt 2)) / 2, as BERT."""
    def body(b, v):
        half, one = b.constant(0.5, v.element), b.constant(1.0, v.element)
        inner = b.op("math.erf", b.mul(v, b.constant(sqrt(0.5), v.element)))
        return b.mul(b.mul(v, half), b.add(inner, one))

    return f.elementwise(name, [x], body)


def gelu_tanh(f, name, x):
    """The approximation of gelu by tanh, as GPT."""
    def body(b, v):
        half, one = b.constant(0.5, v.element), b.constant(1.0, v.element)
        cube = b.mul(b.mul(v, v), v)
        inner = b.add(v, b.mul(cube, b.constant(0.044715, v.element)))
        inner = b.op("math.tanh", b.mul(inner, b.constant(sqrt(2 / pi), v.element)))
        return b.mul(b.mul(v, half), b.add(inner, one))

    return f.elementwise(name, [x], body)


def silu_mul(f, name, gate, up):
    """gate * sigmoid(gate) * up, the gated activation of LLaMA."""
    def body(b, g, u):
        one = b.constant(1.0, g.element)
        sigmoid = b.op("arith.divf", one, b.add(one, b.op("math.exp", b.op("arith.negf", g))))
        return b.mul(b.mul(g, sigmoid), u)

    return f.elementwise(name, [gate, up], body)
