"""Integer inference with power-of-two scales: choice of scales, exact numpy arithmetic, and the same as linalg.

A real number x is held as the integer q = round(x * 2**fraction). A layer's int32 sum carries the fraction of its
inputs plus that of its weights; requantisation brings it back to int8 by adding the bias (with the rounding constant
folded in), shifting right arithmetically, clipping and truncating. These are the operations that an integer vector
unit with immediate shifts has.
"""

import numpy as np

INT8_MIN, INT8_MAX = -128, 127


def fraction_bits(largest, limit=INT8_MAX):
    """The most fraction bits with which `largest` still rounds to at most `limit`."""
    if largest <= 0:
        return 0
    bits = int(np.floor(np.log2(limit / largest)))
    return bits + 1 if round(largest * 2.0 ** (bits + 1)) <= limit else bits


def to_int8(values, fraction):
    return np.clip(np.rint(values * 2.0**fraction), INT8_MIN, INT8_MAX).astype(np.int8)


def rounded_bias(bias, fraction, shift):
    """The bias as int32 at the accumulator's fraction, plus half of the value that the shift drops."""
    half = 1 << (shift - 1) if shift > 0 else 0
    return (np.rint(np.asarray(bias) * 2.0**fraction) + half).astype(np.int32)


def conv2d(x, w, stride=1, pad=0):
    """Exact int32 convolution of NHWC int8 by HWCF int8."""
    x = np.pad(x.astype(np.int32), ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    kh, kw = w.shape[:2]
    p, q = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    out = np.zeros((x.shape[0], p, q, w.shape[3]), np.int32)
    for r in range(kh):
        for s in range(kw):
            window = x[:, r : r + (p - 1) * stride + 1 : stride, s : s + (q - 1) * stride + 1 : stride]
            out += window @ w[r, s].astype(np.int32)
    return out


def matmul(x, w):
    return x.astype(np.int32) @ w.astype(np.int32)


def requantise(accumulator, bias, shift, relu):
    """int32 sums to int8: bias, optional relu, arithmetic shift, clip."""
    y = accumulator + bias
    if relu:
        y = np.maximum(y, 0)
    return np.clip(y >> shift, INT8_MIN, INT8_MAX).astype(np.int8)


def emit_requantise(function, name, x, bias, shift, relu, channel=None):
    """`requantise` as one linalg operation a step, the way a front end writes it.

    `bias` is an int32 vector along dimension `channel` of `x` (default: the last).
    """
    channel = len(x.shape) - 1 if channel is None else channel
    y = function.elementwise(name + "_bias", [x, (bias, [channel])], lambda b, v, c: b.add(v, c))
    if relu:
        y = function.elementwise(name + "_relu", [y], lambda b, v: b.max(v, b.constant(0, "i32")))
    y = function.elementwise(name + "_shift", [y], lambda b, v: b.op("arith.shrsi", v, b.constant(shift, "i32")))
    return emit_clip(function, name, y)


def emit_clip(function, name, x):
    """Clips int32 to the range of int8 and truncates."""
    y = function.elementwise(
        name + "_clip", [x],
        lambda b, v: b.max(b.min(v, b.constant(INT8_MAX, "i32")), b.constant(INT8_MIN, "i32")),
    )
    return function.elementwise(name + "_trunc", [y], lambda b, v: b.op("arith.trunci", v, to="i8"), element="i8")
