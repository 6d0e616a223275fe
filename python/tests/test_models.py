"""The network generators: valid MLIR, published sizes, right values."""

import contextlib
import io
import re
import tempfile
import unittest
from math import erf, prod, sqrt
from pathlib import Path

import numpy as np
from mlir_macs import macs, printed

from accel import hostrun
from accel.models import __main__ as command_line
from accel.models import quantise
from accel.models.builder import Function, ModelError, dense
from accel.models.registry import NETWORKS, published
from accel.signature import function_signature

SMALL_IMAGE = {"image": 32, "scale": 0.25, "classes": 10}
SMALL_LAYER = {"d_model": 8, "heads": 2, "ffn": 12}


def argument_names(text):
    """The names of a function's arguments, in order."""
    return re.findall(r"%(\w+):", text[: text.index("{\n")])


class ValidTest(unittest.TestCase):
    def test_every_network_passes_the_verifier_at_full_size(self):
        for name, network in NETWORKS.items():
            with self.subTest(name):
                self.assertIn("linalg.", printed(network.build()))

    def test_names_are_given_once(self):
        for name, network in NETWORKS.items():
            with self.subTest(name):
                names = re.findall(r'accel\.name = "([^"]*)"', network.build())
                self.assertEqual(len(names), len(set(names)))


class PublishedSizeTest(unittest.TestCase):
    def weights(self, text):
        arguments, _ = function_signature(text, "forward")
        return sum(prod(a.shape) for n, a in zip(argument_names(text), arguments) if n.endswith("_weight"))

    def test_image_networks(self):
        data = published()
        for name in ("resnet18", "resnet50", "mobilenet_v2"):
            for layout in ("nhwc", "nchw"):
                with self.subTest(name, layout=layout):
                    text = NETWORKS[name].build(layout=layout)
                    self.assertEqual(sum(macs(printed(text)).values()), data[name]["macs"])
                    self.assertEqual(self.weights(text), data[name]["weights"])

    def test_transformers(self):
        data = published()
        cases = (
            ("bert_base", "bert_base", "prefill 512", {}),
            ("bert_large", "bert_large", "prefill 512", {}),
            ("gpt2_xl", "gpt2_xl_prefill", "prefill 1024", {}),
            ("gpt3_6.7b", "gpt3_6.7b_prefill", "prefill 2048", {}),
            ("gpt3_6.7b", "gpt3_6.7b_prefill", "prefill 4096", {"sequence": 4096}),
            ("gpt3_6.7b", "gpt3_6.7b_decode", "decode 2048", {}),
            ("llama2_7b", "llama2_7b_prefill", "prefill 4096", {}),
            ("llama2_7b", "llama2_7b_decode", "decode 4096", {}),
        )
        for source, name, phase, changes in cases:
            for form in ("einsum", "named"):
                with self.subTest(name, form=form, phase=phase):
                    text = NETWORKS[name].build(form=form, **changes)
                    layers = data[source]["layers"]
                    self.assertEqual(layers * sum(macs(printed(text)).values()), data[source]["macs"][phase])
                    self.assertEqual(layers * self.weights(text), data[source]["weights"])

    def test_first_convolution_of_resnet(self):
        # 112 x 112 outputs, 64 filters of 7 x 7 x 3.
        self.assertEqual(macs(printed(NETWORKS["resnet18"].build()))["conv1"], 112 * 112 * 64 * 7 * 7 * 3)

    def test_gpt3_175b_block(self):
        counts = macs(printed(NETWORKS["transformer_block"].build()))
        d, m, ffn = 12288, 2048, 49152
        expected = {n: m * d * d for n in ("V", "K", "Q", "Z")}
        expected.update({"QK": m * m * d, "AV": m * m * d, "FFA": m * d * ffn, "FFB": m * d * ffn})
        self.assertEqual(counts, expected)

    def test_block_has_the_einsums_in_order(self):
        names = re.findall(r'accel\.name = "([^"]*)"', NETWORKS["transformer_block"].build())
        self.assertEqual(names, ["I", "V", "K", "Q", "QK", "QK_softmax", "AV", "Z", "FFA", "FFB"])


def weights_for(text, random):
    """Random inputs by name: small integers, or normal numbers with gains around one."""
    arguments, _ = function_signature(text, "forward")
    values = {}
    for name, argument in zip(argument_names(text), arguments):
        if argument.dtype.kind == "f":
            value = random.standard_normal(argument.shape) * 0.5
            values[name] = (value + ("gamma" in name)).astype(argument.dtype)
        else:
            low, high = (-300, 300) if argument.element == "i32" else (-16, 16)
            values[name] = random.randint(low, high, argument.shape).astype(argument.dtype)
    return values


def run(text, values):
    return hostrun.run(text, "forward", list(values.values()))


class TransformerValueTest(unittest.TestCase):
    """One layer in float64 against the textbook formula."""

    def norm(self, v, name, x):
        if name + "_beta" not in v:
            return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * v[name + "_gamma"]
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return centred / scale * v[name + "_gamma"] + v[name + "_beta"]

    def dense(self, v, name, x):
        w = v[name + "_weight"].reshape(x.shape[-1], -1)
        return x @ w + v.get(name + "_offset", np.zeros(1)).reshape(-1)

    def attention(self, v, x, batch, heads):
        tokens, width = x.shape[0] // batch, x.shape[1]
        q, k, z = (self.dense(v, n, x).reshape(batch, tokens, heads, -1) for n in ("q_proj", "k_proj", "v_proj"))
        if "k_cache" in v:
            k, z = (self.after_cache(v[n], new, batch, heads) for n, new in (("k_cache", k), ("v_cache", z)))
        self.cache = k
        scores = np.einsum("bmhe,bphe->bhmp", q, k) / sqrt(width // heads) + v.get("mask", 0)
        e = np.exp(scores)
        out = np.einsum("bhmp,bphe->bmhe", e / e.sum(-1, keepdims=True), z)
        return self.dense(v, "o_proj", out.reshape(batch * tokens, width))

    def after_cache(self, cache, new, batch, heads):
        if cache.ndim == 3:
            cache = cache.reshape(batch, heads, *cache.shape[1:]).transpose(0, 2, 1, 3)
        return np.concatenate([cache[:, : -new.shape[1]], new], axis=1)

    def feed_forward(self, v, x, activation):
        if activation == "silu_gated":
            gate = self.dense(v, "gate_proj", x)
            return self.dense(v, "down_proj", gate / (1 + np.exp(-gate)) * self.dense(v, "up_proj", x))
        y = self.dense(v, "ffn1", x)
        if activation == "gelu_erf":
            y = y * (1 + np.vectorize(erf)(y / sqrt(2))) / 2
        else:
            y = y * (1 + np.tanh(sqrt(2 / np.pi) * (y + 0.044715 * y**3))) / 2
        return self.dense(v, "ffn2", y)

    def layer(self, v, o):
        x = v["x"].reshape(-1, o.d_model)
        if o.order == "pre":
            x = x + self.attention(v, self.norm(v, "ln1", x), o.batch, o.heads)
            return x + self.feed_forward(v, self.norm(v, "ln2", x), o.activation)
        x = self.norm(v, "ln1", x + self.attention(v, x, o.batch, o.heads))
        return self.norm(v, "ln2", x + self.feed_forward(v, x, o.activation))

    def check(self, name, **changes):
        network = NETWORKS[name]
        changes = {**SMALL_LAYER, "element": "f64", "batch": 2, **changes}
        for form in ("einsum", "named"):
            with self.subTest(name, form=form):
                text = network.build(form=form, **changes)
                values = weights_for(text, np.random.RandomState(4))
                results = run(text, values)
                expected = self.layer(values, network.options(form=form, **changes))
                np.testing.assert_allclose(results[0].reshape(expected.shape), expected, rtol=1e-9, atol=1e-9)
                if "k_cache" in values:
                    k = results[1]
                    if form == "named":
                        k = k.reshape(2, 2, *k.shape[1:]).transpose(0, 2, 1, 3)
                    np.testing.assert_allclose(k, self.cache, rtol=1e-9)

    def test_bert(self):
        self.check("bert_base", sequence=5)

    def test_gpt_prefill_with_mask(self):
        self.check("gpt3_6.7b_prefill", sequence=5, mask=True)

    def test_gpt_decode(self):
        self.check("gpt3_6.7b_decode", context=6)

    def test_llama_prefill(self):
        self.check("llama2_7b_prefill", sequence=3)

    def test_llama_decode_of_two_tokens(self):
        self.check("llama2_7b_decode", sequence=2, context=5)


class ImageNetworkValueTest(unittest.TestCase):
    def reference(self, values, shifts):
        """The small int8 ResNet-18 in numpy, from the structure in the paper."""
        def conv(name, x, stride=1, relu=True):
            w = values[name.replace(".", "_") + "_weight"]
            bias = values[name.replace(".", "_") + "_offset"]
            y = quantise.conv2d(x, w, stride, w.shape[0] // 2)
            return quantise.requantise(y, bias, shifts[name], relu)

        x = conv("conv1", values["image"], 2)
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-128)
        size = x.shape[1] // 2
        x = np.max([padded[:, r : r + 2 * size : 2, s : s + 2 * size : 2] for r in range(3) for s in range(3)], axis=0)
        for stage in (1, 2, 3, 4):
            for block in (0, 1):
                name, stride = f"l{stage}.{block}", 2 if stage > 1 and block == 0 else 1
                y = conv(name + ".conv2", conv(name + ".conv1", x, stride), relu=False)
                shortcut = conv(name + ".down", x, stride, relu=False) if stride == 2 else x
                x = np.clip(y.astype(np.int32) + shortcut, 0, 127).astype(np.int8)
        total = x.astype(np.int32).sum((1, 2))
        mean = np.clip(total >> int(np.log2(x.shape[1] * x.shape[2])), -128, 127).astype(np.int8)
        return quantise.requantise(quantise.matmul(mean, values["fc_weight"]), values["fc_offset"], shifts["fc"], False)

    def test_resnet18_int8_is_exact(self):
        text = NETWORKS["resnet18_int8"].build(**{**SMALL_IMAGE, "image": 64})
        values = weights_for(text, np.random.RandomState(6))
        found = re.findall(r"%(\w+)_shift = linalg\.generic.*?arith\.shrsi %\w+, %c(\d+)_i32", text, re.DOTALL)
        shifts = {re.sub(r"^l(\d)_(\d)_", r"l\1.\2.", name): int(amount) for name, amount in found}
        result, = run(text, values)
        np.testing.assert_array_equal(result, self.reference(values, shifts))
        self.assertGreater(len(np.unique(result)), 3)

    def test_layouts_agree(self):
        for name in ("mobilenet_v2_int8", "resnet50_int8"):
            with self.subTest(name):
                random = np.random.RandomState(8)
                small = {**SMALL_IMAGE, "scale": 0.125}
                if name.startswith("mobile"):
                    small["bottlenecks"] = ((1, 16, 1, 1), (6, 24, 2, 2))
                else:
                    small.update(blocks=(1, 1), widths=(64, 128))
                last = NETWORKS[name].build(**small)
                first = NETWORKS[name].build(layout="nchw", **small)
                values = weights_for(last, random)
                moved = dict(values)
                for key, value in values.items():
                    if value.ndim == 4:
                        moved[key] = value.transpose(0, 3, 1, 2) if key == "image" else value.transpose(3, 2, 0, 1)
                    elif value.ndim == 3:
                        moved[key] = value.transpose(2, 0, 1)
                np.testing.assert_array_equal(run(last, values)[0], run(first, moved)[0])

    def test_constant_weights_repeat_with_the_seed(self):
        small = {**SMALL_IMAGE, "weights": "constants", "blocks": (1,), "widths": (16,)}
        texts = [NETWORKS["resnet18_int8"].build(seed=s, **small) for s in (1, 1, 2)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])
        self.assertEqual(argument_names(texts[0]), ["image"])

    def test_float_network_with_identity_weights_passes_the_mean_through(self):
        text = NETWORKS["mobilenet_v2"].build(
            image=4, stem=4, last=4, classes=4, bottlenecks=((1, 4, 1, 1),), element="f32"
        )
        values = weights_for(text, np.random.RandomState(0))
        for key, value in values.items():
            value[...] = 0
            if value.ndim == 4 and key != "image":
                centre = value.shape[0] // 2
                value[centre, centre][...] = np.eye(value.shape[2], value.shape[3])
            elif value.ndim == 3:
                value[1, 1] = 1
        values["fc_weight"][...] = np.eye(4)
        values["image"][...] = np.arange(48).reshape(1, 4, 4, 3) / 8 - 1
        # Stride 2 keeps the even pixels; the block adds its input to itself; activations stop at 6.
        pixels = np.clip(values["image"][0, ::2, ::2], 0, 6)
        expected = np.append(np.minimum(2 * pixels, 6).mean((0, 1)), 0)
        np.testing.assert_allclose(run(text, values)[0][0], expected, rtol=1e-6)


class BuilderTest(unittest.TestCase):
    def test_dense_writes_splats_short_and_the_rest_exactly(self):
        self.assertEqual(dense(np.full((2, 2), -3), "i8"), "dense<-3>")
        self.assertEqual(dense(np.array([1, -2]), "i16"), 'dense<"0x0100FEFF">')
        self.assertEqual(dense(np.array([0.5, 0.5]), "f32"), "dense<0.5>")

    def test_mismatched_shapes_are_refused(self):
        f = Function("f")
        x, w = f.argument("x", (1, 8, 8, 3), "i8"), f.argument("w", (3, 3, 4, 8), "i8")
        with self.assertRaisesRegex(ModelError, "3 input channels but its weight expects 4"):
            f.conv2d("conv", x, w)
        with self.assertRaisesRegex(ModelError, "cannot multiply"):
            f.matmul("mm", f.argument("a", (2, 3), "i8"), f.argument("b", (2, 3), "i8"))

    def test_wrong_options_are_refused(self):
        for name, changes, message in (
            ("resnet18", {"element": "i4"}, "allowed are f16"),
            ("resnet18", {"layout": "hwcn"}, "allowed are nhwc and nchw"),
            ("bert_base", {"heads": 7}, "not a multiple"),
            ("bert_base", {"element": "i16"}, "no exponential"),
            ("gpt3_6.7b_decode", {"context": 1, "sequence": 2}, "smaller than the 2 new tokens"),
            ("llama2_7b_prefill", {"form": "loops"}, "allowed are einsum, named"),
        ):
            with self.subTest(name, **changes), self.assertRaisesRegex(ModelError, message):
                NETWORKS[name].build(**changes)


class CommandLineTest(unittest.TestCase):
    def call(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = command_line.main(list(arguments))
        return code, out.getvalue(), err.getvalue()

    def test_list_shows_every_network(self):
        code, out, _ = self.call("--list")
        self.assertEqual(code, 0)
        for name in NETWORKS:
            self.assertIn(name, out)

    def test_options_reach_the_network(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "out.mlir"
            code, out, _ = self.call(
                "mobilenet_v2_int8", "--image", "32", "--bottlenecks", "1,16,1,1;6,24,1,2", "--function", "net",
                "-o", str(path),
            )
            self.assertEqual((code, out), (0, ""))
            arguments, _ = function_signature(path.read_text(), "net")
            self.assertEqual(str(arguments[0]), "tensor<1x32x32x3xi8>")
            self.assertNotIn("b3.", path.read_text())

    def test_errors_are_one_line(self):
        code, out, err = self.call("alexnet")
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, '^error: network "alexnet" is unknown.*\n$')
        code, _, err = self.call("bert_base", "--heads", "5")
        self.assertEqual(code, 1)
        self.assertRegex(err, "^error: d_model 768 is not a multiple of heads 5\n$")


if __name__ == "__main__":
    unittest.main()
