"""Modules and reports that several tests use."""

import contextlib
import importlib.util
import json
import os
import unittest
from pathlib import Path

from accel import _load

ROOT = Path(__file__).resolve().parents[2]

CHAIN = """
func.func @chain(%T0: tensor<64x64xi8>, %W0: tensor<64x64xi8>, %W1: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<64x64xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<64x64xi8>) -> tensor<64x64xi8>
  %T1 = linalg.matmul {accel.name = "T1"} ins(%T0, %W0 : tensor<64x64xi8>, tensor<64x64xi8>)
      outs(%init : tensor<64x64xi8>) -> tensor<64x64xi8>
  %T2 = linalg.matmul {accel.name = "T2"} ins(%T1, %W1 : tensor<64x64xi8>, tensor<64x64xi8>)
      outs(%init : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %T2 : tensor<64x64xi8>
}
"""

# The pinned matmul of docs/cost-model.md, whose energy is worked out there by hand.
PINNED = """
func.func @matmul(%T0: tensor<64x64xi8>, %W0: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<64x64xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<64x64xi8>) -> tensor<64x64xi8>
  %T1 = linalg.matmul {accel.name = "T1",
      accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 32,
        keep [0] in "GlobalBuffer", for 1 by 1, keep [2] in "GlobalBuffer", for 2 by 1,
        keep [1] in "GlobalBuffer", for 0 by 1, compute "MAC"], shared = 0>}
      ins(%T0, %W0 : tensor<64x64xi8>, tensor<64x64xi8>)
      outs(%init : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %T1 : tensor<64x64xi8>
}
"""
COSTS = {"GlobalBuffer.size_bits": 32768, "MainMemory.read_j_per_bit": 10, "MainMemory.write_j_per_bit": 10}

# Two fused Einsums with figures that are easy to add up; T1 is exchanged in Buffer.
REPORT = {
    "schema": 1, "tool": "by hand", "target": "toy", "engine": "ffm", "objective": "edp",
    "architecture": [
        {"name": "DRAM", "kind": "memory", "instances": 1, "read_bits_per_s": 800.0, "write_bits_per_s": 800.0},
        {"name": "Buffer", "kind": "memory", "instances": 1, "size_bits": 8192.0},
        {"name": "columns", "kind": "fanout", "instances": 1, "n": 4},
        {"name": "MAC", "kind": "compute", "instances": 4, "ops_per_s": 100.0, "j_per_op": 1.0},
    ],
    "functions": [{
        "name": "f", "status": "optimal", "lower_bound": 100.0, "gap": 0.0,
        "energy_j": 20.0, "latency_s": 5.0, "edp_js": 100.0,
        "unfused": {"energy_j": 40.0, "latency_s": 5.0, "edp_js": 200.0},
        "einsums": [
            {
                "name": "T1", "group": 0, "shared_loops": 0, "energy_j": 12.0, "latency_s": 3.0, "computes": 1200,
                "latency_per_component_s": {"DRAM": 2.0, "Buffer": 0.5, "MAC": 3.0},
                "actions": {"DRAM": {"%arg0": {"read_bits": 1600, "write_bits": 0}},
                            "Buffer": {"T1": {"read_bits": 0, "write_bits": 400}}},
                "energy_per_component_j": {"DRAM": {"read": 5.0, "write": 0.0}, "Buffer": {"read": 1.0, "write": 2.0},
                                           "MAC": {"compute": 3.0, "leak": 1.0}},
                "mapping": "keep %arg0 in DRAM\nfor m by 8  // 4 iterations\n  keep T1 in Buffer\n"
                           "  par n by 2 over columns  // 4 iterations\n    compute MAC\n",
            },
            {
                "name": "T2", "group": 0, "shared_loops": 1, "energy_j": 8.0, "latency_s": 2.0, "computes": 400,
                "latency_per_component_s": {"Buffer": 2.0, "MAC": 1.0},
                "actions": {"Buffer": {"T1": {"read_bits": 400, "write_bits": 0}}},
                "energy_per_component_j": {"Buffer": {"read": 6.0, "write": 0.0}, "MAC": {"compute": 1.5, "leak": 0.5}},
                "mapping": "for p by 8  // 4 iterations\n  keep T1 in Buffer\n  for q by 1  // 16 iterations\n"
                           "    compute MAC\n",
            },
        ],
        "groups": [{"id": 0, "einsums": ["T1", "T2"], "fused_loops": ["m:4"], "on_chip": {"T1": "Buffer"}}],
        "usage": {"Buffer": 0.75}, "search": {"seconds": 0.25, "joins": 12},
    }],
}


def report(**changes):
    """A copy of REPORT with other values in its function."""
    copy = json.loads(json.dumps(REPORT))
    copy["functions"][0].update(changes)
    return copy


def needs_extension(test):
    """Skips where the build has no extension, as with sanitizers; ACCEL_NATIVE_EXPECTED forbids that."""
    with contextlib.suppress(ImportError):
        _load.native()
        return test
    if os.environ.get("ACCEL_NATIVE_EXPECTED") == "1":
        return test
    return unittest.skip("accel._native is not built")(test)


def needs_module(name):
    """Skips where an optional Python package is missing."""
    return unittest.skipUnless(importlib.util.find_spec(name), f"{name} is not installed")
