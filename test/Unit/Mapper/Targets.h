//===- Targets.h - Accelerators for the mapper's tests ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MAPPER_TARGETS_H
#define ACCEL_TEST_UNIT_MAPPER_TARGETS_H

#include "accel/Model/Architecture.h"

namespace accel::test {

/// The target `simple` with main memory at 10 J/bit.
inline Architecture simpleTarget(double bufferBits) {
  Architecture arch;
  arch.name = "simple";
  MemoryLevel &main = arch.addMemory("MainMemory");
  main.readJPerBit = main.writeJPerBit = 10;
  main.keep = TensorSet::ofClass(TensorClass::External);
  main.mayKeep = TensorSet::all();
  MemoryLevel &buffer = arch.addMemory("GlobalBuffer");
  buffer.sizeBits = bufferBits;
  buffer.readJPerBit = buffer.writeJPerBit = 1;
  buffer.keep = TensorSet::notHeldIn("MainMemory");
  buffer.mayKeep = TensorSet::all();
  ComputeUnit &mac = arch.addUnit("MAC");
  mac.jPerOp = mac.opsPerS = 1;
  return arch;
}

/// A matrix unit with fixed lanes behind role-bound buffers, and a vector unit
/// that works in the accumulators, like VTA's.
inline Architecture accumulatorTarget() {
  Architecture arch;
  arch.name = "accumulator";
  MemoryLevel &main = arch.addMemory("MainMemory");
  main.readJPerBit = main.writeJPerBit = 2.03e-11;
  main.readBitsPerS = main.writeBitsPerS = 6.4e9;
  main.ports = Ports::Separate;
  main.keep = TensorSet::ofClass(TensorClass::External);
  main.mayKeep = TensorSet::all();
  MemoryLevel &acc = arch.addMemory("ACC");
  acc.sizeBits = 128 * 1024 * 8;
  acc.readJPerBit = acc.writeJPerBit = 5.94e-13;
  acc.keep = TensorSet::role(Role::Output).onUnit("GEMM") |
             TensorSet::all().onUnit("ALU");
  for (RoleWidth &width : acc.widths)
    width.bitsPerValue = 32;
  acc.accumulates = false;
  ComputeUnit &alu = arch.addUnit("ALU");
  alu.takesKinds = {EinsumKind::Elementwise};
  alu.jPerOp = 1e-13;
  alu.opsPerS = 1.6e9;
  MemoryLevel &inp = arch.addMemory("INP");
  inp.sizeBits = 32 * 1024 * 8;
  inp.readJPerBit = inp.writeJPerBit = 3.125e-13;
  inp.keep = TensorSet::role(Role::Input);
  MemoryLevel &wgt = arch.addMemory("WGT");
  wgt.sizeBits = 256 * 1024 * 8;
  wgt.readJPerBit = wgt.writeJPerBit = 8.2e-13;
  wgt.keep = TensorSet::role(Role::Weight);
  arch.addFanout("lane_batch", 1).reuse = RoleSet::of(Role::Weight);
  arch.addFanout("lane_out", 16).reuse = RoleSet::of(Role::Input);
  arch.addFanout("lane_in", 16).reuse = RoleSet::of(Role::Output);
  ComputeUnit &gemm = arch.addUnit("GEMM");
  gemm.takesKinds = {EinsumKind::Contraction};
  gemm.jPerOp = 3e-13;
  gemm.opsPerS = 1e8;
  return arch;
}

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MAPPER_TARGETS_H
