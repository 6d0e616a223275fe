"""Writes a 64x64x64 matrix product on tiles for several geometries.

usage: geometries.py FOLDER
"""

import pathlib
import sys

# Depths as the published configuration has bytes, or elements where those are
# fewer: 2048 INP, 1024 WGT, 2048 ACC at most.
TEMPLATE = """
#inp = affine_map<(m, n, c, b, k, ci) -> (m, c, b, ci)>
#wgt = affine_map<(m, n, c, b, k, ci) -> (n, c, k, ci)>
#acc = affine_map<(m, n, c, b, k, ci) -> (m, n, b, k)>
#id = affine_map<(m, n, b, k) -> (m, n, b, k)>
#vta = #accel.target<"vta", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all]>,
  #accel.memory<"ACC", keep = [output], size_bits = {acc_bits}.0>,
  #accel.memory<"INP", keep = [input], size_bits = {inp_bits}.0>,
  #accel.memory<"WGT", keep = [weight], size_bits = {wgt_bits}.0>,
  #accel.compute<"GEMM", matrix = [{B}, {I}, {O}]>]>
!a = memref<{M}x{K}x{B}x{I}xi8>
!b = memref<{N}x{K}x{O}x{I}xi8>
!c = memref<{M}x{N}x{B}x{O}xi8>
!inp = memref<{m}x1x{B}x{I}xi8, #accel.mem<"INP">>
!wgt = memref<{N}x1x{O}x{I}xi8, #accel.mem<"WGT">>
!acc = memref<{m}x{N}x{B}x{O}xi32, #accel.mem<"ACC">>
!out = memref<{m}x{N}x{B}x{O}xi8, #accel.mem<"ACC">>
!at = memref<{m}x1x{B}x{I}xi8, strided<[{a0}, {a1}, {I}, 1], offset: ?>>
!bt = memref<{N}x1x{O}x{I}xi8, strided<[{b0}, {b1}, {I}, 1], offset: ?>>
!ct = memref<{m}x{N}x{B}x{O}xi8, strided<[{c0}, {c1}, {O}, 1], offset: ?>>
module attributes {{dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #vta>>}} {{
func.func @tiles(
    %a: !a {{accel.name = "a", accel.shape = array<i64: 64, 64>,
            accel.layout = affine_map<(m, c) -> (m floordiv {B}, c floordiv {I}, m mod {B}, c mod {I})>}},
    %b: !b {{accel.name = "b", accel.shape = array<i64: 64, 64>,
            accel.layout = affine_map<(c, n) -> (n floordiv {O}, c floordiv {I}, n mod {O}, c mod {I})>}})
    -> (!c {{accel.name = "c", accel.shape = array<i64: 64, 64>,
            accel.layout = affine_map<(m, n) -> (m floordiv {B}, n floordiv {O}, m mod {B}, n mod {O})>}}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %cm = arith.constant {m} : index
  %M = arith.constant {M} : index
  %K = arith.constant {K} : index
  %zero = arith.constant 0 : i32
  %c9 = arith.constant 9 : i32
  %low = arith.constant -128 : i32
  %high = arith.constant 127 : i32
  %c = memref.alloc() : !c
  scf.for %m = %c0 to %M step %cm {{
    %acc = memref.alloc() : !acc
    linalg.fill ins(%zero : i32) outs(%acc : !acc)
    scf.for %k = %c0 to %K step %c1 {{
      %inp = memref.alloc() : !inp
      %wgt = memref.alloc() : !wgt
      %at = memref.subview %a[%m, %k, 0, 0] [{m}, 1, {B}, {I}] [1, 1, 1, 1] : !a to !at
      %bt = memref.subview %b[0, %k, 0, 0] [{N}, 1, {O}, {I}] [1, 1, 1, 1] : !b to !bt
      memref.copy %at, %inp : !at to !inp
      memref.copy %bt, %wgt : !bt to !wgt
      linalg.generic {{indexing_maps = [#wgt, #inp, #acc],
          iterator_types = ["parallel", "parallel", "reduction", "parallel", "parallel", "reduction"]}}
        ins(%wgt, %inp : !wgt, !inp) outs(%acc : !acc) {{
      ^bb0(%w: i8, %x: i8, %s: i32):
        %we = arith.extsi %w : i8 to i32
        %xe = arith.extsi %x : i8 to i32
        %p = arith.muli %we, %xe : i32
        %t = arith.addi %p, %s : i32
        linalg.yield %t : i32
      }}
    }}
    %out = memref.alloc() : !out
    linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%acc : !acc) outs(%out : !out) {{
    ^bb0(%x: i32, %s: i8):
      %0 = arith.shrsi %x, %c9 : i32
      %1 = arith.minsi %0, %high : i32
      %2 = arith.maxsi %1, %low : i32
      %3 = arith.trunci %2 : i32 to i8
      linalg.yield %3 : i8
    }}
    %ct = memref.subview %c[%m, 0, 0, 0] [{m}, {N}, {B}, {O}] [1, 1, 1, 1] : !c to !ct
    memref.copy %out, %ct : !out to !ct
  }}
  return %c : !c
}}
}}
"""


def module(batch, block_in, block_out):
    M, K, N = 64 // batch, 64 // block_in, 64 // block_out
    bits = {
        "inp_bits": min(32 * 1024, 2048 * batch * block_in) * 8,
        "wgt_bits": min(256 * 1024, 1024 * block_out * block_in) * 8,
        "acc_bits": min(128 * 1024, 2048 * batch * block_out * 4) * 8,
    }
    return TEMPLATE.format(
        B=batch, I=block_in, O=block_out, M=M, K=K, N=N, m=M // 2,
        a0=K * batch * block_in, a1=batch * block_in, b0=K * block_out * block_in, b1=block_out * block_in,
        c0=N * batch * block_out, c1=batch * block_out, **bits,
    )


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for shape in ((1, 16, 16), (2, 16, 16), (4, 16, 16), (16, 16, 16), (1, 32, 32)):
    name = "x".join(map(str, shape))
    (folder / f"{name}.mlir").write_text(module(*shape))
