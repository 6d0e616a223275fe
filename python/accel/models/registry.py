"""The networks that can be written, by name, with their published dimensions."""

import json
from dataclasses import dataclass
from importlib import resources

from accel.models import mobilenet, resnet, transformer, transformer_block


@dataclass(frozen=True)
class Network:
    """A family's generator with the options that make it this network."""

    summary: str
    family: object
    defaults: dict

    def options(self, **changes):
        return self.family.Options(**{**self.defaults, **changes})

    def build(self, function="forward", **changes):
        """The network as MLIR text; `changes` override its dimensions. Raises `ModelError`."""
        return self.family.build(function, self.options(**changes))


def published():
    """The dimensions and totals of published networks, as carried in `data/networks.json`."""
    return json.loads(resources.files("accel").joinpath("data/networks.json").read_text())


def _tuples(value):
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def _pick(data, *keys):
    return {key: _tuples(data[key]) for key in keys}


def _build_registry():
    data = published()
    networks = {}
    for name in ("resnet18", "resnet50"):
        shape = _pick(data[name], "image", "block", "blocks", "widths", "classes")
        title = "ResNet-" + name[6:]
        networks[name] = Network(f"{title}, batch normalisation folded into biases", resnet, shape)
        networks[name + "_int8"] = Network(
            f"{title} in int8 with power-of-two requantisation", resnet, {**shape, "element": "i8"}
        )
    shape = _pick(data["mobilenet_v2"], "image", "stem", "last", "bottlenecks", "classes")
    networks["mobilenet_v2"] = Network("MobileNetV2, width 1.0", mobilenet, shape)
    networks["mobilenet_v2_int8"] = Network("MobileNetV2 in int8", mobilenet, {**shape, "element": "i8"})

    def widths(name):
        return _pick(data[name], "d_model", "heads", "ffn")

    bert = {"activation": "gelu_erf", "order": "post"}
    llama = {"activation": "silu_gated", "norm": "rmsnorm", "bias": False}
    for name, title in (("bert_base", "BERT-base"), ("bert_large", "BERT-large")):
        networks[name] = Network(
            f"{title} encoder layer", transformer, {**widths(name), **bert, "sequence": data[name]["sequence"]}
        )
    decoders = (
        ("gpt2_xl", "GPT-2 XL", {}), ("gpt3_6.7b", "GPT-3 6.7B", {}), ("gpt3_175b", "GPT-3 175B", {}),
        ("llama2_7b", "LLaMA-2 7B", llama),
    )
    for name, title, style in decoders:
        length = data[name]["sequence"]
        shape = {**widths(name), **style}
        networks[name + "_prefill"] = Network(
            f"{title} layer, a prompt of {length:,} tokens", transformer, {**shape, "sequence": length}
        )
        networks[name + "_decode"] = Network(
            f"{title} layer, one new token of {length:,}", transformer, {**shape, "sequence": 1, "context": length}
        )
    networks["transformer_block"] = Network(
        "a block as ten Einsums, GPT-3 175B sized, 16-bit integers", transformer_block, {}
    )
    return networks


NETWORKS = _build_registry()
