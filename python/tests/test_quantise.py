"""Integer arithmetic of `accel.models.quantise` and the digits network built on it."""

import unittest
from pathlib import Path

import numpy as np

from accel import hostrun
from accel.models import digits, digits_training, quantise

INPUTS = Path(__file__).resolve().parents[2] / "test/EndToEnd/Inputs/digits"


class RequantisationTest(unittest.TestCase):
    def test_shift_rounds_to_nearest_with_halves_up(self):
        sums = np.arange(-3000, 3000, dtype=np.int32)
        for shift in (1, 3, 5):
            bias = quantise.rounded_bias([0.0], 0, shift)
            got = quantise.requantise(sums, bias, shift, relu=False)
            expected = np.clip(np.floor(sums / 2.0**shift + 0.5), -128, 127)
            np.testing.assert_array_equal(got, expected)

    def test_no_shift_adds_no_rounding_constant(self):
        np.testing.assert_array_equal(quantise.rounded_bias([0.25, -0.5], 2, 0), [1, -2])

    def test_relu_is_applied_before_the_shift(self):
        got = quantise.requantise(np.array([-5, -4, 3, 4], np.int32), np.int32(4), 3, relu=True)
        np.testing.assert_array_equal(got, [0, 0, 0, 1])

    def test_results_saturate(self):
        got = quantise.requantise(np.array([-(10**6), 10**6], np.int32), np.int32(0), 2, relu=False)
        np.testing.assert_array_equal(got, [-128, 127])


class ScaleTest(unittest.TestCase):
    def test_largest_value_fits_and_one_more_bit_would_not(self):
        for largest in (0.01, 0.49, 0.5, 1.0, 1.99, 100.0, 127.0, 127.4, 300.0):
            bits = quantise.fraction_bits(largest)
            self.assertLessEqual(round(largest * 2.0**bits), 127)
            self.assertGreater(round(largest * 2.0 ** (bits + 1)), 127)

    def test_nothing_needs_no_bits(self):
        self.assertEqual(quantise.fraction_bits(0.0), 0)


def naive_convolution(x, w, stride, pad):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0))).astype(np.float64)
    kh, kw, _, filters = w.shape
    p, q = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    out = np.zeros((len(x), p, q, filters))
    for i in range(p):
        for j in range(q):
            window = x[:, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, i, j] = np.tensordot(window, w.astype(np.float64), axes=3)
    return out


class ConvolutionTest(unittest.TestCase):
    def setUp(self):
        self.random = np.random.RandomState(1)

    def test_integer_convolution_is_exact(self):
        for stride, pad in ((1, 0), (1, 1), (2, 1), (3, 2)):
            x = self.random.randint(-128, 128, (2, 7, 6, 3)).astype(np.int8)
            w = self.random.randint(-128, 128, (3, 3, 3, 5)).astype(np.int8)
            np.testing.assert_array_equal(quantise.conv2d(x, w, stride, pad), naive_convolution(x, w, stride, pad))

    def test_layer_stays_within_the_quantisation_error(self):
        layer = digits_training.Convolution(self.random, 3, 4, 6, stride=2, pad=1)
        layer.bias[:] = self.random.standard_normal(6) * 0.1
        pixels = self.random.randint(0, 17, (5, 8, 8, 4)).astype(np.int8)
        real = layer.forward(pixels / np.float32(16))
        integer = digits.QuantisedLayer("layer", layer, 4, quantise.fraction_bits(real.max()))
        got = integer.run(pixels) * 2.0**-integer.output_fraction
        # Half a step of: every weight times the largest input sum of a window, the bias, the output.
        window = 3 * 3 * 4 * 1.0
        bound = 0.5 * (window * 2.0**-integer.weight_fraction + 2.0 ** -(4 + integer.weight_fraction))
        bound += 0.5 * 2.0**-integer.output_fraction
        self.assertLessEqual(np.abs(got - real).max(), bound)
        self.assertGreater(np.abs(got - real).max(), 0)

    def test_backward_agrees_with_finite_differences(self):
        layer = digits_training.Convolution(self.random, 3, 2, 3, stride=2, pad=1)
        layer.weight = layer.weight.astype(np.float64)
        x = self.random.standard_normal((2, 6, 6, 2))
        target = self.random.standard_normal(layer.forward(x).shape)
        gradient = layer.backward(target)
        weights = layer.gradients[0]
        for index in ((0, 1, 2, 0), (1, 5, 5, 1)):
            step = np.zeros_like(x)
            step[index] = 1e-6
            difference = ((layer.forward(x + step) - layer.forward(x - step)) * target).sum() / 2e-6
            self.assertAlmostEqual(gradient[index], difference, places=5)
        layer.weight[1, 2, 0, 1] += 1e-6
        above = (layer.forward(x) * target).sum()
        layer.weight[1, 2, 0, 1] -= 2e-6
        self.assertAlmostEqual(weights[1, 2, 0, 1], (above - (layer.forward(x) * target).sum()) / 2e-6, places=5)


class DigitsTest(unittest.TestCase):
    def test_training_repeats_exactly(self):
        images = np.random.RandomState(3).rand(64, 8, 8, 1).astype(np.float32)
        labels = np.arange(64) % 10
        weights = []
        for _ in range(2):
            random = np.random.RandomState(5)
            layers = digits.untrained(random)
            digits_training.train(layers, images, labels, random, epochs=2)
            weights.append([layer.weight for layer in layers])
        for first, second in zip(*weights):
            np.testing.assert_array_equal(first, second)

    def test_held_out_images_are_not_trained_on(self):
        (images, _), (held, held_labels) = digits.load()
        self.assertEqual((len(images), len(held)), (1437, 360))
        np.testing.assert_array_equal(held, np.load(INPUTS / "heldout_images.npy"))
        np.testing.assert_array_equal(held_labels, np.load(INPUTS / "heldout_labels.npy"))

    def test_checked_in_module_computes_the_checked_in_logits(self):
        images = np.load(INPUTS / "heldout_images.npy")
        expected = np.load(INPUTS / "heldout_logits.npy")
        logits, = hostrun.run(INPUTS / "digits.mlir", "digits", [images])
        np.testing.assert_array_equal(logits.reshape(expected.shape), expected)

    def test_checked_in_logits_read_digits(self):
        logits = np.load(INPUTS / "heldout_logits.npy")
        labels = np.load(INPUTS / "heldout_labels.npy")
        self.assertGreaterEqual((logits.argmax(axis=1) == labels).mean(), 0.95)


if __name__ == "__main__":
    unittest.main()
