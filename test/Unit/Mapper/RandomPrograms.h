//===- RandomPrograms.h - Small random programs and targets -----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs of one to three Einsums, small enough that every mapping can be
// written down, and targets with every field that the search has to respect.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MAPPER_RANDOMPROGRAMS_H
#define ACCEL_TEST_UNIT_MAPPER_RANDOMPROGRAMS_H

#include "accel/Mapper/Mapper.h"
#include <random>
#include <set>

namespace accel::test {

class RandomPrograms {
public:
  explicit RandomPrograms(unsigned seed) : seed(seed), random(seed) {}

  /// Matmuls, convolutions with strides and dilations, elementwise operations,
  /// copies, reductions; chains, shared inputs, several readers, residuals.
  EinsumGraph program();

  /// Two to four levels with fan-outs. The size of level `Buffer` is left
  /// open: what is tight depends on the program.
  Architecture target();

  /// Objective, caps, tiles.
  MapperOptions options();

  /// What has been drawn so far, for counting what a test reaches.
  const std::set<std::string> &features() const { return drawn; }

private:
  int64_t pick(std::initializer_list<int64_t> values) {
    return values.begin()[random() % values.size()];
  }
  bool chance(unsigned percent) { return random() % 100 < percent; }
  bool draw(unsigned percent, const char *feature);
  /// Draws from a stream of its own, so that all other draws stay as they are.
  template <typename Work> void drawApart(unsigned stream, Work work) {
    std::mt19937 other(seed * 16 + stream);
    std::swap(random, other);
    work();
    std::swap(random, other);
  }

  void tensor(EinsumGraphBuilder &b, const char *name,
              llvm::ArrayRef<int64_t> shape);
  void matmul(EinsumGraphBuilder &b, const char *name, const char *a,
              const char *w, const char *c, int64_t m, int64_t k, int64_t n);
  void map(EinsumGraphBuilder &b, const char *name,
           llvm::ArrayRef<const char *> inputs, const char *output, int64_t m,
           int64_t n);
  void drawProgram(EinsumGraphBuilder &b);
  void drawNested(EinsumGraphBuilder &b);
  void drawWindows(EinsumGraphBuilder &b);
  void drawJoins(EinsumGraphBuilder &b);
  void drawRates(MemoryLevel &level);
  void drawCapacity(MemoryLevel &level);
  void drawTimes(Architecture &arch);
  void drawFanout(Architecture &arch, const char *name);
  void drawRegisters(Architecture &arch);

  unsigned seed;
  /// The program wants registers below the buffer.
  bool isNested = false;
  std::mt19937 random;
  std::set<std::string> drawn;
};

/// A chain of `length` square matmuls: tensors T0 (input), T1, ..., weights W0,
/// W1, ...
EinsumGraph chain(unsigned length, int64_t size);

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MAPPER_RANDOMPROGRAMS_H
