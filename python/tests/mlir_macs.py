"""Counts multiply-accumulates of linalg text as `mlir-opt` prints it, without using the generators' code."""

import re
from math import prod

from accel import toolchain

_OPERATION = re.compile(
    r"linalg\.(?P<op>\w+) (?P<head>.*?)ins\((?P<ins>[^)]*)\) outs\((?P<outs>[^)]*)\)(?P<rest>[^\n]*)"
)


def shapes(operands):
    return [[int(d) for d in t.split("x")[:-1]] for t in re.findall(r"tensor<([^>]*)>", operands)]


def printed(text):
    """The module verified and printed by stock mlir-opt."""
    done = toolchain.run([toolchain.llvm_tool("mlir-opt"), "--verify-each", "-"], input=text.encode())
    return done.stdout.decode()


def _maps(text, module):
    """The affine maps of an operation as lists of dimension numbers, one list an operand."""
    aliases = dict(re.findall(r"^(#map\d*) = affine_map<\([^)]*\) -> \(([^)]*)\)>", module, re.MULTILINE))
    listed = re.search(r"indexing_maps = \[([^\]]*)\]", text)[1]
    names = re.findall(r"#map\d*", listed)
    return [[int(d) for d in re.findall(r"d(\d+)", aliases[name])] for name in names]


def macs(text):
    """A dictionary from `accel.name` to multiply-accumulates, for convolutions, matmuls and contractions."""
    counts = {}
    for match in _OPERATION.finditer(text):
        op, ins, (out,) = match["op"], shapes(match["ins"]), shapes(match["outs"])
        named = re.search(r'accel\.name = "([^"]*)"', match["head"] + match["rest"])
        if op.startswith("conv_2d_nhwc"):
            count = prod(out) * prod(ins[1][:3])
        elif op.startswith("conv_2d_nchw"):
            count = prod(out) * prod(ins[1][1:])
        elif op.startswith("depthwise_conv_2d_nhwc"):
            count = prod(out) * prod(ins[1][:2])
        elif op.startswith("depthwise_conv_2d_nchw"):
            count = prod(out) * prod(ins[1][1:])
        elif op in ("matmul", "batch_matmul"):
            count = prod(out) * ins[0][-1]
        elif op == "generic" and "reduction" in match["head"] and len(ins) == 2:
            bounds = {}
            for operand, dims in zip(ins + [out], _maps(match["head"], text)):
                bounds.update(zip(dims, operand))
            count = prod(bounds.values())
        else:
            continue
        assert named[1] not in counts, f"{named[1]} appears twice"
        counts[named[1]] = count
    return counts
