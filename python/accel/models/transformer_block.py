"""One transformer block as ten Einsums, the form in which mapping studies evaluate it.

Input copy I, projections V, K, Q, scores QK, softmax as one elementwise pass, weighted sum AV, output projection Z and
the feed-forward pair FFA, FFB; normalisations, residuals and activations are left out, weights are persistent. Names
and projections are those of the GPT-3 layer that AccelForge (arXiv 2602.15166) maps; GPT-3 175B is the default size.
"""

from dataclasses import dataclass

from accel.models.builder import Function, ModelError, is_float
from accel.models.cnn import option


@dataclass
class Options:
    """Options of the ten-Einsum block."""

    element: str = option("i16", "element type of every tensor, accumulators included")
    batch: int = option(1, "sequences at once")
    sequence: int = option(2048, "tokens of each sequence")
    d_model: int = option(12288, "width of the model")
    heads: int = option(96, "attention heads")
    ffn: int = option(49152, "width of the feed-forward part")
    persistent: bool = option(True, "weights stay in the outermost memory across calls")


def _pass(b, v):
    """Softmax's place: exponential for floats, doubling for integers, which have none."""
    return b.op("math.exp", v) if is_float(v.element) else b.add(v, v)


def build(name, options):
    """The block as MLIR text."""
    if options.d_model % options.heads:
        raise ModelError(f"d_model {options.d_model} is not a multiple of heads {options.heads}")
    f = Function(name)
    e, d = options.element, options.d_model
    head = d // options.heads
    bounds = {
        "b": options.batch, "m": options.sequence, "p": options.sequence, "d": d, "h": options.heads, "e": head,
        "f": head, "g": d, "c": options.ffn, "j": d,
    }

    def argument(name, ranks, persistent=options.persistent):
        return f.argument(name, [bounds[r] for r in ranks], e, persistent)

    def contract(name, a, left, b, right, result):
        ranks = sorted(set(left + right))
        init = 0.0 if is_float(e) else 0
        return f.einsum(
            name, ranks, [(a, tuple(left)), (b, tuple(right))], tuple(result), bounds,
            lambda body, x, y, acc: body.add(acc, body.mul(x, y)), init,
        )

    source = argument("I_in", "bmd", persistent=False)
    weights = {n: argument(n, r) for n, r in (
        ("WV", "hed"), ("WK", "hed"), ("WQ", "hed"), ("WZ", "hfg"), ("WFFA", "gc"), ("WFFB", "cj"))}
    x = f.copy("I", source)
    v = contract("V", x, "bmd", weights["WV"], "hed", "bmhe")
    k = contract("K", x, "bmd", weights["WK"], "hed", "bmhe")
    q = contract("Q", x, "bmd", weights["WQ"], "hed", "bmhe")
    qk = contract("QK", q, "bmhe", k, "bphe", "bmph")
    soft = f.einsum(
        "QK_softmax", list("bhmp"), [(qk, tuple("bmph"))], tuple("bmph"), bounds, lambda b, s, _: _pass(b, s)
    )
    av = contract("AV", soft, "bmph", v, "bphf", "bmhf")
    z = contract("Z", av, "bmhf", weights["WZ"], "hfg", "bmg")
    ffa = contract("FFA", z, "bmg", weights["WFFA"], "gc", "bmc")
    f.returns(contract("FFB", ffa, "bmc", weights["WFFB"], "cj", "bmj"))
    return f.text()
