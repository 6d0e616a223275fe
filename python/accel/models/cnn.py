"""The layers that image networks share, in floating point or in int8.

Batch normalisation is folded into the convolutions' biases. In int8 every layer ends with the requantisation of
`quantise.py`; its shift is chosen from the number of summed products so that random weights keep activations in range.
"""

from dataclasses import dataclass, field
from math import log2, sqrt

import numpy as np

from accel.models import quantise
from accel.models.builder import Function, ModelError, is_float

_RANDOM_WEIGHT = 16  # int8 weights are drawn from -16..15, and inputs are meant to be as small


def option(default, text):
    """A field of an options class; `text` explains it on the command line."""
    return field(default=default, metadata={"help": text})


@dataclass
class ImageOptions:
    """What every image network can be asked for."""

    element: str = option("f32", "element type: f16, f32, f64 or i8 (int8 with power-of-two requantisation)")
    layout: str = option("nhwc", "nhwc or nchw")
    batch: int = option(1, "images at once")
    image: int = option(224, "height and width of the input")
    classes: int = option(1000, "outputs of the last layer")
    scale: float = option(1.0, "multiplies every channel count (rounded up to a multiple of 4)")
    weights: str = option("arguments", "arguments, persistent (arguments that stay in memory) or constants (random)")
    seed: int = option(0, "seed of random constants")


class ImageNetwork:
    """A function under construction that takes one image and hands out layers."""

    def __init__(self, name, options):
        if options.element != "i8" and not is_float(options.element):
            raise ModelError(f'element type "{options.element}" is not supported; allowed are f16, f32, f64 and i8')
        if options.weights not in ("arguments", "persistent", "constants"):
            raise ModelError(f'weights "{options.weights}" is unknown; allowed are arguments, persistent and constants')
        if options.layout not in ("nhwc", "nchw"):
            raise ModelError(f'layout "{options.layout}" is unknown; allowed are nhwc and nchw')
        self.options = options
        self.function = Function(name)
        self.integer = options.element == "i8"
        self.channel = 3 if options.layout == "nhwc" else 1
        self._random = np.random.RandomState(options.seed)
        size = options.image
        shape = (options.batch, size, size, 3) if self.channel == 3 else (options.batch, 3, size, size)
        self.image = self.function.argument("image", shape, options.element)

    def width(self, channels):
        """A channel count under the option `scale`."""
        return channels if self.options.scale == 1 else max(4, -4 * int(-channels * self.options.scale // 4))

    def _weight(self, name, shape, element, fan_in):
        if self.options.weights != "constants":
            return self.function.argument(name, shape, element, self.options.weights == "persistent")
        if is_float(element):
            return self.function.constant(name, self._random.standard_normal(shape) / sqrt(fan_in), element)
        return self.function.constant(name, self._random.randint(-_RANDOM_WEIGHT, _RANDOM_WEIGHT, shape), element)

    def _finish(self, name, x, channel, fan_in, activation):
        """Bias, activation and in int8 requantisation of a layer's sums."""
        f = self.function
        bias = self._weight(name + "_offset", (x.shape[channel],), x.element, 1)
        if self.integer:
            # Keeps the mean square of the activations, half of which the relu before has made zero.
            shift = round(0.5 * log2(fan_in / 2) + log2(_RANDOM_WEIGHT / sqrt(3)))
            return quantise.emit_requantise(f, name, x, bias, shift, activation != "none", channel)
        y = f.elementwise(name + "_bias", [x, (bias, [channel])], lambda b, v, c: b.add(v, c))
        return self._activate(name, y, activation)

    def _activate(self, name, x, activation):
        f, element = self.function, x.element
        if activation == "none":
            return x
        y = f.elementwise(name + "_relu", [x], lambda b, v: b.max(v, b.constant(0.0, element)))
        if activation == "relu6":
            y = f.elementwise(name + "_limit", [y], lambda b, v: b.min(v, b.constant(6.0, element)))
        return y

    def conv(self, name, x, filters, kernel, stride=1, activation="relu", depthwise=False):
        """Convolution with "same" padding, bias and activation (`none`, `relu`, `relu6`)."""
        channels = x.shape[self.channel]
        if self.channel == 3:
            shape = (kernel, kernel, channels) if depthwise else (kernel, kernel, channels, filters)
        else:
            shape = (channels, kernel, kernel) if depthwise else (filters, channels, kernel, kernel)
        fan_in = kernel * kernel * (1 if depthwise else channels)
        w = self._weight(name + "_weight", shape, self.options.element, fan_in)
        y = self.function.conv2d(
            name, x, w, stride, kernel // 2, layout=self.options.layout, depthwise=depthwise
        )
        return self._finish(name, y, self.channel, fan_in, activation)

    def maxpool(self, name, x, window, stride, pad):
        return self.function.pool2d(name, x, window, stride, pad, "max", self.options.layout)

    def add(self, name, a, b, activation="none"):
        """Residual addition; int8 operands are added in int32, clipped and truncated."""
        f = self.function
        if not self.integer:
            return self._activate(name, f.elementwise(name, [a, b], lambda body, x, y: body.add(x, y)), activation)
        total = f.elementwise(
            name, [a, b], lambda body, x, y: body.add(body.widen(x, "i32"), body.widen(y, "i32")), element="i32"
        )
        if activation == "relu":
            total = f.elementwise(name + "_relu", [total], lambda body, x: body.max(x, body.constant(0, "i32")))
        return quantise.emit_clip(f, name, total)

    def classify(self, x):
        """Global average pooling and the dense layer; int8 sums are shifted instead of divided."""
        f = self.function
        size = x.shape[1 if self.channel == 3 else 2]
        total = f.pool2d("avgpool", x, size, 1, kind="sum", layout=self.options.layout)
        if self.integer:
            # The nearest power of two below the count keeps the mean within a factor of two, clipped.
            shift = int(log2(size * size))
            mean = f.elementwise(
                "avgpool_shift", [total], lambda b, v: b.op("arith.shrsi", v, b.constant(shift, "i32"))
            )
            mean = quantise.emit_clip(f, "avgpool", mean)
        else:
            scale = 1.0 / (size * size)
            mean = f.elementwise("avgpool_mean", [total], lambda b, v: b.mul(v, b.constant(scale, v.element)))
        flat = f.collapse(mean, [[0], [1, 2, 3]])
        channels = flat.shape[1]
        w = self._weight("fc_weight", (channels, self.options.classes), self.options.element, channels)
        return self._finish("fc", f.matmul("fc", flat, w), 1, channels, "none")

    def text(self, result):
        self.function.returns(result)
        return self.function.text()
