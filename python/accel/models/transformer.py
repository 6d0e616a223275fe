"""Transformer layers (BERT, GPT, LLaMA; prefill and decode) as linalg.

Two forms: `einsum` keeps heads as a rank of generic contractions; `named` uses matmul, batch_matmul, transposes and
reshapes, as front ends emit them. Rotary embeddings are left out: they are elementwise and add no products.
"""

from dataclasses import dataclass
from math import sqrt

from accel.models import transformer_ops as ops
from accel.models.builder import Function, ModelError, is_float
from accel.models.cnn import option


@dataclass
class Options:
    """Options of a stack of transformer layers."""

    element: str = option("f32", "element type: f16, f32 or f64")
    layers: int = option(1, "layers in the function, one after the other")
    batch: int = option(1, "sequences at once")
    sequence: int = option(512, "new tokens of each sequence (1 in decoding)")
    context: int = option(0, "tokens attended to, those in the key and value cache included; 0: the new tokens only")
    d_model: int = option(768, "width of the model")
    heads: int = option(12, "attention heads")
    ffn: int = option(3072, "width of the feed-forward part")
    activation: str = option("gelu", "gelu (by tanh), gelu_erf or silu_gated")
    norm: str = option("layernorm", "layernorm or rmsnorm")
    order: str = option("pre", "pre (normalise before a part) or post (after its residual)")
    bias: bool = option(True, "biases on projections and feed-forward")
    mask: bool = option(False, "add a mask argument to the scores")
    softmax: str = option("decomposed", "decomposed or einsum (one elementwise operation in its place)")
    form: str = option("einsum", "einsum or named")
    weights: str = option("arguments", "arguments or persistent (arguments that stay in memory)")


_CHOICES = {
    "activation": ("gelu", "gelu_erf", "silu_gated"), "norm": ("layernorm", "rmsnorm"), "order": ("pre", "post"),
    "softmax": ("decomposed", "einsum"), "form": ("einsum", "named"), "weights": ("arguments", "persistent"),
}


def _check(o):
    for name, allowed in _CHOICES.items():
        if getattr(o, name) not in allowed:
            raise ModelError(f'{name} "{getattr(o, name)}" is unknown; allowed are {", ".join(allowed)}')
    if not is_float(o.element):
        raise ModelError(f'element type "{o.element}" has no exponential; allowed are f16, f32 and f64')
    if o.d_model % o.heads:
        raise ModelError(f"d_model {o.d_model} is not a multiple of heads {o.heads}")
    if o.context and o.context < o.sequence:
        raise ModelError(f"context {o.context} is smaller than the {o.sequence} new tokens it must include")


class Stack:
    """The function under construction, and the parts of a layer."""

    def __init__(self, name, options):
        self.o = options
        self.f = Function(name)
        self.head = options.d_model // options.heads
        self.context = options.context or options.sequence
        self.named = options.form == "named"
        self.prefix = ""
        self.caches = []
        tokens = (options.batch, options.sequence)
        shape = (options.batch * options.sequence, options.d_model) if self.named else (*tokens, options.d_model)
        self.x = self.f.argument("x", shape, options.element)
        self.mask = None
        if options.mask:
            self.mask = self.f.argument("mask", (options.sequence, self.context), options.element)

    def weight(self, name, shape):
        return self.f.argument(self.prefix + name, shape, self.o.element, self.o.weights == "persistent")

    def contract(self, name, a, left, b, right, result):
        """A generic contraction; projections are strings of one-letter ranks."""
        bounds = {**dict(zip(left, a.shape)), **dict(zip(right, b.shape))}
        ranks = list(result) + [r for r in dict.fromkeys(left + right) if r not in result]
        return self.f.einsum(
            self.prefix + name, ranks, [(a, tuple(left)), (b, tuple(right))], tuple(result), bounds,
            lambda body, x, y, acc: body.add(acc, body.mul(x, y)), 0.0,
        )

    def biased(self, name, x, shape):
        """Adds a bias along the last dimensions of `x`, if the network has biases."""
        if not self.o.bias:
            return x
        bias = self.weight(name + "_offset", shape)
        dims = list(range(len(x.shape) - len(shape), len(x.shape)))
        return self.f.elementwise(f"{self.prefix}{name}_bias", [x, (bias, dims)], lambda b, v, c: b.add(v, c))

    def dense(self, name, x, inputs, outputs):
        """A fully connected layer on the last dimension."""
        w = self.weight(name + "_weight", (inputs, outputs))
        y = self.f.matmul(self.prefix + name, x, w) if self.named else self.contract(name, x, "bmd", w, "de", "bme")
        return self.biased(name, y, (outputs,))

    def norm(self, name, x):
        gamma = self.weight(name + "_gamma", (self.o.d_model,))
        if self.o.norm == "rmsnorm":
            return ops.rmsnorm(self.f, self.prefix + name, x, gamma)
        return ops.layernorm(self.f, self.prefix + name, x, gamma, self.weight(name + "_beta", (self.o.d_model,)))

    def residual(self, name, a, b):
        return self.f.elementwise(self.prefix + name, [a, b], lambda body, x, y: body.add(x, y))

    def heads_of(self, name, x):
        """A projection split into heads: [b, m, h, e] (einsum) or [b*h, m, e] (named)."""
        o = self.o
        if not self.named:
            w = self.weight(name + "_weight", (o.d_model, o.heads, self.head))
            return self.biased(name, self.contract(name, x, "bmd", w, "dhe", "bmhe"), (o.heads, self.head))
        y = self.dense(name, x, o.d_model, o.d_model)
        y = self.f.expand(y, [[0, 1], [2, 3]], (o.batch, o.sequence, o.heads, self.head))
        y = self.f.transpose(f"{self.prefix}{name}_heads", y, [0, 2, 1, 3])
        return self.f.collapse(y, [[0, 1], [2], [3]])

    def cached(self, name, x):
        """All of the context: `x` itself, or the cache argument with `x` written at its end."""
        if self.context == self.o.sequence:
            return x
        axis = 1
        shape = [self.context if d == axis else n for d, n in enumerate(x.shape)]
        cache = self.f.argument(self.prefix + name, shape, x.element)
        offsets = [self.context - self.o.sequence if d == axis else 0 for d in range(len(shape))]
        updated = self.f.insert(x, cache, offsets)
        self.caches.append(updated)
        return updated

    def attention(self, x):
        """Multi-head attention with its output projection."""
        o, f, p = self.o, self.f, self.prefix
        q = self.heads_of("q_proj", x)
        k = self.cached("k_cache", self.heads_of("k_proj", x))
        v = self.cached("v_cache", self.heads_of("v_proj", x))
        if self.named:
            scores = f.matmul(p + "qk", q, f.transpose(p + "k_transposed", k, [0, 2, 1]))
        else:
            scores = self.contract("qk", q, "bmhe", k, "bphe", "bhmp")
        factor = 1 / sqrt(self.head)
        scores = f.elementwise(p + "qk_scale", [scores], lambda b, s: b.mul(s, b.constant(factor, s.element)))
        if self.mask:
            last = len(scores.shape) - 1
            scores = f.elementwise(p + "qk_mask", [scores, (self.mask, [last - 1, last])], lambda b, s, m: b.add(s, m))
        soft = ops.softmax if o.softmax == "decomposed" else ops.softmax_as_one
        scores = soft(f, p + "softmax", scores)
        if not self.named:
            av = self.contract("av", scores, "bhmp", v, "bphf", "bmhf")
            w = self.weight("o_proj_weight", (o.heads, self.head, o.d_model))
            return self.biased("o_proj", self.contract("o_proj", av, "bmhf", w, "hfg", "bmg"), (o.d_model,))
        av = f.matmul(p + "av", scores, v)
        av = f.expand(av, [[0, 1], [2], [3]], (o.batch, o.heads, o.sequence, self.head))
        av = f.transpose(p + "av_tokens", av, [0, 2, 1, 3])
        return self.dense("o_proj", f.collapse(av, [[0, 1], [2, 3]]), o.d_model, o.d_model)

    def feed_forward(self, x):
        o, f, p = self.o, self.f, self.prefix
        if o.activation == "silu_gated":
            gate = self.dense("gate_proj", x, o.d_model, o.ffn)
            up = self.dense("up_proj", x, o.d_model, o.ffn)
            return self.dense("down_proj", ops.silu_mul(f, p + "silu_mul", gate, up), o.ffn, o.d_model)
        y = self.dense("ffn1", x, o.d_model, o.ffn)
        y = (ops.gelu_erf if o.activation == "gelu_erf" else ops.gelu_tanh)(f, p + "gelu", y)
        return self.dense("ffn2", y, o.ffn, o.d_model)

    def layer(self, x):
        if self.o.order == "pre":
            x = self.residual("add1", self.attention(self.norm("ln1", x)), x)
            return self.residual("add2", self.feed_forward(self.norm("ln2", x)), x)
        x = self.norm("ln1", self.residual("add1", self.attention(x), x))
        return self.norm("ln2", self.residual("add2", self.feed_forward(x), x))


def build(name, options):
    """The layers as MLIR text; the function returns the tokens, then the updated caches of every layer."""
    _check(options)
    stack = Stack(name, options)
    x = stack.x
    for i in range(options.layers):
        stack.prefix = f"l{i}." if options.layers > 1 else ""
        x = stack.layer(x)
    stack.f.returns(x, *stack.caches)
    return stack.f.text()
