"""Every network as accel-opt understands it: no barrier where none belongs, published multiplications and weights.

The environment's ACCEL_BIN names the folder of accel-opt (default: build/bin).
"""

import os
import re
import unittest
from math import prod
from pathlib import Path

from accel import toolchain
from accel.models.registry import NETWORKS, published

TOOL = Path(os.environ.get("ACCEL_BIN", Path(__file__).resolve().parents[2] / "build/bin")) / "accel-opt"

# Network, entry of networks.json, key of its multiply-accumulates, and whether the network is one of its layers.
IMAGES = (("resnet18", "resnet18"), ("resnet50", "resnet50"), ("mobilenet_v2", "mobilenet_v2"))
LAYERS = (
    ("bert_base", "bert_base", "prefill 512"),
    ("bert_large", "bert_large", "prefill 512"),
    ("gpt2_xl_prefill", "gpt2_xl", "prefill 1024"),
    ("gpt3_6.7b_prefill", "gpt3_6.7b", "prefill 2048"),
    ("gpt3_6.7b_decode", "gpt3_6.7b", "decode 2048"),
    ("llama2_7b_prefill", "llama2_7b", "prefill 4096"),
    ("llama2_7b_decode", "llama2_7b", "decode 4096"),
)


class Understood:
    """What --accel-print-einsums says of a module with one function."""

    def __init__(self, text):
        done = toolchain.run([TOOL, "-", "--accel-print-einsums", "-o", "/dev/null"], input=text.encode())
        self.text = done.stderr.decode()
        lines = re.findall(r"^  (\S+): (\S+\[.*) = .*   \((\w+);((?: \w+=\d+)*)\)$", self.text, re.MULTILINE)
        self.macs = sum(
            prod(int(bound) for bound in re.findall(r"=(\d+)", bounds))
            for _, _, kind, bounds in lines if kind == "contraction"
        )
        self.names = [name for name, *_ in lines]
        self.barriers = re.findall(r"^  barrier (\S+): (.*)$", self.text, re.MULTILINE)
        arguments = re.findall(r"%(\w+):", text[: text.index("{\n")])
        shapes = dict(re.findall(r"^  tensor %arg(\d+): ([\dx]+) of", self.text, re.MULTILINE))
        self.weights = sum(
            prod(map(int, shapes[str(i)].split("x"))) for i, name in enumerate(arguments) if name.endswith("_weight")
        )


def expected_barriers(name):
    """Before max pooling stands a pad that holds no zeros; a new token's key and value go into their caches."""
    if name.startswith("resnet"):
        return ["tensor.pad"]
    return ["tensor.insert_slice"] * 2 if name.endswith("_decode") else []


class NetworkTest(unittest.TestCase):
    def test_every_network_is_a_program_of_einsums(self):
        for name, network in NETWORKS.items():
            with self.subTest(name):
                text = network.build()
                understood = Understood(text)
                named = re.findall(r'accel\.name = "([^"]*)"', text)
                self.assertEqual(set(named) - set(understood.names), set())
                self.assertEqual([op for op, _ in understood.barriers], expected_barriers(name))

    def test_image_networks_have_their_published_size(self):
        for name, source in IMAGES:
            for layout in ("nhwc", "nchw"):
                with self.subTest(name, layout=layout):
                    understood = Understood(NETWORKS[name].build(layout=layout))
                    self.assertEqual(understood.macs, published()[source]["macs"])
                    self.assertEqual(understood.weights, published()[source]["weights"])

    def test_layers_times_their_number_have_the_published_size(self):
        for name, source, phase in LAYERS:
            for form in ("einsum", "named"):
                with self.subTest(name, form=form):
                    data = published()[source]
                    understood = Understood(NETWORKS[name].build(form=form))
                    self.assertEqual(data["layers"] * understood.macs, data["macs"][phase])
                    self.assertEqual(data["layers"] * understood.weights, data["weights"])


if __name__ == "__main__":
    unittest.main()
