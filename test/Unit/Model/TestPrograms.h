//===- TestPrograms.h - Small programs and targets for tests ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MODEL_TESTPROGRAMS_H
#define ACCEL_TEST_UNIT_MODEL_TESTPROGRAMS_H

#include "accel/Model/Architecture.h"

namespace accel::test {

/// C[m, n] += A[m, k] * B[k, n].
inline EinsumGraph matmul(int64_t m, int64_t k, int64_t n) {
  EinsumGraphBuilder b;
  b.tensor("A", {m, k}).tensor("B", {k, n}).tensor("C", {m, n});
  b.einsum("MM", {{"m", m}, {"k", k}, {"n", n}})
      .input("A", "m, k")
      .input("B", "k, n")
      .output("C", "m, n");
  return llvm::cantFail(b.take());
}

/// C = A * B, E = C * D, with 16x4, 4x6, 6x5.
inline EinsumGraph twoMatmuls() {
  EinsumGraphBuilder b;
  b.tensor("A", {16, 4}).tensor("B", {4, 6}).tensor("C", {16, 6});
  b.tensor("D", {6, 5}).tensor("E", {16, 5});
  b.einsum("First", {{"m", 16}, {"k", 4}, {"n", 6}})
      .input("A", "m, k")
      .input("B", "k, n")
      .output("C", "m, n");
  b.einsum("Second", {{"i", 16}, {"j", 6}, {"l", 5}})
      .input("C", "i, j")
      .input("D", "j, l")
      .output("E", "i, l");
  return llvm::cantFail(b.take());
}

/// Main memory, a buffer, a row of four MACs; every level may keep everything.
inline Architecture twoLevels() {
  Architecture arch;
  arch.name = "test";
  MemoryLevel &main = arch.addMemory("Main");
  main.keep = TensorSet::ofClass(TensorClass::External);
  main.mayKeep = TensorSet::all();
  arch.addMemory("Buffer").mayKeep = TensorSet::all();
  arch.addFanout("Row", 4);
  arch.addUnit("MAC");
  return arch;
}

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MODEL_TESTPROGRAMS_H
