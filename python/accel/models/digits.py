"""A small int8 network that reads handwritten digits.

Trains on the 1,797-image digits set that scikit-learn ships, quantises with power-of-two scales, checks the accuracy
on held-out images, and writes the network with its weights as linalg, together with the held-out images, labels and
the logits that exact integer arithmetic gives.

Usage: python -m accel.models.digits --output DIR
"""

import argparse
import os
import sys
import time
from pathlib import Path

# One thread makes the sums, and so the trained weights, independent of the number of cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from accel.models import quantise  # noqa: E402
from accel.models.builder import Function  # noqa: E402
from accel.models.digits_training import Convolution, Dense, forward, train  # noqa: E402

SEED = 7
HELD_OUT = 360
PIXEL_FRACTION = 4  # pixels are 0..16 and mean 0..1, exactly


class QuantisedLayer:
    """One layer in integers: weights, bias with the rounding constant, shift."""

    def __init__(self, name, layer, input_fraction, output_fraction):
        self.name = name
        self.convolution = isinstance(layer, Convolution)
        self.stride = layer.stride if self.convolution else 1
        self.pad = layer.pad if self.convolution else 0
        self.weight_fraction = quantise.fraction_bits(np.abs(layer.weight).max())
        accumulated = input_fraction + self.weight_fraction
        self.output_fraction = min(output_fraction, accumulated)
        self.shift = accumulated - self.output_fraction
        self.weight = quantise.to_int8(layer.weight, self.weight_fraction)
        self.bias = quantise.rounded_bias(layer.bias, accumulated, self.shift)

    def run(self, x):
        if self.convolution:
            sums = quantise.conv2d(x, self.weight, self.stride, self.pad)
        else:
            sums = quantise.matmul(x.reshape(len(x), -1), self.weight)
        return quantise.requantise(sums, self.bias, self.shift, relu=self.convolution)


def load():
    """Training and held-out images (int8 pixels, NHWC) and labels, split by the seed."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = data.images.astype(np.int8)[..., np.newaxis]
    order = np.random.RandomState(SEED).permutation(len(images))
    held, rest = order[:HELD_OUT], order[HELD_OUT:]
    return (images[rest], data.target[rest]), (images[held], data.target[held])


def untrained(random):
    return [
        Convolution(random, 3, 1, 16, stride=1, pad=1),
        Convolution(random, 3, 16, 32, stride=2, pad=1),
        Convolution(random, 3, 32, 32, stride=1, pad=1),
        Dense(random, 4 * 4 * 32, 10),
    ]


def quantised(layers, calibration):
    """Integer layers whose activation scales hold every activation of the calibration images."""
    fraction = PIXEL_FRACTION
    result = []
    names = ["conv1", "conv2", "conv3", "dense"]
    for name, layer, activation in zip(names, layers, forward(layers, calibration)[1:]):
        result.append(QuantisedLayer(name, layer, fraction, quantise.fraction_bits(np.abs(activation).max())))
        fraction = result[-1].output_fraction
    return result


def run(layers, images):
    """int8 logits of int8 images, in exact integer arithmetic."""
    for layer in layers:
        images = layer.run(images)
    return images


def emit(layers):
    """The network as MLIR text."""
    f = Function("digits")
    x = f.argument("image", (1, 8, 8, 1), "i8")
    for layer in layers:
        weight = f.constant(layer.name + "_weight", layer.weight, "i8")
        bias = f.constant(layer.name + "_offset", layer.bias, "i32")
        if layer.convolution:
            x = f.conv2d(layer.name, x, weight, layer.stride, layer.pad)
        else:
            x = f.matmul(layer.name, f.collapse(x, [[0], [1, 2, 3]]), weight)
        x = quantise.emit_requantise(f, layer.name, x, bias, layer.shift, relu=layer.convolution)
    f.returns(x)
    header = (
        "// Handwritten digits, int8 with power-of-two scales; written by python/accel/models/digits.py.\n"
        f"// The image holds pixels of 0..16; the logits carry {layers[-1].output_fraction} fraction bits.\n"
    )
    return header + f.text()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="where the files go")
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args(arguments)

    start = time.monotonic()
    (images, labels), (held, held_labels) = load()
    random = np.random.RandomState(SEED)
    layers = untrained(random)
    scale = np.float32(2.0**-PIXEL_FRACTION)
    train(layers, images * scale, labels, random, epochs=options.epochs)
    integer = quantised(layers, images * scale)
    logits = run(integer, held)

    in_float = (forward(layers, held * scale)[-1].argmax(1) == held_labels).mean()
    in_integer = (logits.argmax(1) == held_labels).mean()
    print(f"trained on {len(images):,} images in {time.monotonic() - start:.1f} s")
    print(f"accuracy on {len(held)} held-out images: {in_float:.2%} in float32, {in_integer:.2%} in int8")

    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "digits.mlir").write_text(emit(integer))
    np.save(options.output / "heldout_images.npy", held)
    np.save(options.output / "heldout_labels.npy", held_labels.astype(np.int8))
    np.save(options.output / "heldout_logits.npy", logits)
    return 0


if __name__ == "__main__":
    sys.exit(main())
