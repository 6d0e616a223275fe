//===- RandomPrograms.h - Small random programs and targets -----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MAPPER_RANDOMPROGRAMS_H
#define ACCEL_TEST_UNIT_MAPPER_RANDOMPROGRAMS_H

#include "accel/Model/Architecture.h"
#include <random>

namespace accel::test {

class RandomPrograms {
public:
  explicit RandomPrograms(unsigned seed) : random(seed) {}

  int64_t pick(std::initializer_list<int64_t> values) {
    return values.begin()[random() % values.size()];
  }

  /// One to three Einsums: matmuls, convolutions with strides and dilations,
  /// elementwise operations, with shared inputs and several readers.
  EinsumGraph program() {
    EinsumGraphBuilder b;
    // Programs of several Einsums are the more interesting ones.
    unsigned kind = unsigned(pick({0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6, 6}));
    int64_t m = pick({1, 2, 3, 4}), k = pick({2, 3}), n = pick({1, 2, 4});
    auto matmul = [&](const char *name, const char *a, const char *w,
                      const char *c, int64_t m, int64_t k, int64_t n) {
      b.einsum(name, {{"m", m}, {"k", k}, {"n", n}})
          .input(a, "m, k")
          .input(w, "k, n")
          .output(c, "m, n");
    };
    switch (kind) {
    case 0: // one matmul, larger
      m = pick({2, 4, 6}), k = pick({2, 4}), n = pick({2, 3, 4});
      b.tensor("A", {m, k}).tensor("W", {k, n}, 8, random() % 2);
      b.tensor("C", {m, n}, pick({8, 16}));
      matmul("mm", "A", "W", "C", m, k, n);
      break;
    case 1: { // two matmuls in a chain
      m = pick({2, 3, 4}), k = pick({1, 2}), n = pick({1, 2});
      int64_t p = pick({1, 2});
      b.tensor("A", {m, k}).tensor("W", {k, n}).tensor("T", {m, n});
      b.tensor("V", {n, p}).tensor("C", {m, p});
      matmul("mm1", "A", "W", "T", m, k, n);
      matmul("mm2", "T", "V", "C", m, n, p);
      break;
    }
    case 2: { // one convolution, strided or dilated
      int64_t p = pick({2, 3, 4}), r = pick({2, 3}), s = pick({1, 2}),
              d = pick({1, 2}), c = pick({1, 2});
      b.tensor("I", {c, s * (p - 1) + d * (r - 1) + 1});
      b.tensor("W", {c, r}).tensor("O", {p});
      b.einsum("conv", {{"p", p}, {"r", r}, {"c", c}})
          .input("I",
                 "c, " + std::to_string(s) + "*p + " + std::to_string(d) + "*r")
          .input("W", "c, r")
          .output("O", "p");
      break;
    }
    case 3: { // two convolutions in a chain along channels
      int64_t t = pick({2, 4}), q = pick({2}), r = 2, p = q + r - 1;
      b.tensor("I", {p}).tensor("U", {t}).tensor("T", {t, p});
      b.tensor("W", {t, r}).tensor("O", {t, q});
      b.einsum("expand", {{"t", t}, {"p", p}})
          .input("I", "p")
          .input("U", "t")
          .output("T", "t, p");
      b.einsum("depthwise", {{"t", t}, {"q", q}, {"r", r}})
          .input("T", "t, q + r")
          .input("W", "t, r")
          .output("O", "t, q");
      break;
    }
    case 4: { // an elementwise chain of three
      m = pick({2, 3}), n = pick({1, 2});
      b.tensor("A", {m, n}).tensor("B", {m, n}).tensor("C", {m, n});
      b.tensor("D", {m, n});
      for (auto [name, in, out] :
           {std::tuple("f", "A", "B"), std::tuple("g", "B", "C"),
            std::tuple("h", "C", "D")})
        b.einsum(name, {{"m", m}, {"n", n}})
            .input(in, "m, n")
            .output(out, "m, n");
      break;
    }
    case 5: { // two readers of one tensor
      m = pick({2, 3}), n = pick({1, 2});
      b.tensor("A", {m, n}).tensor("T", {m, n}).tensor("X", {m, n});
      b.tensor("Y", {m, n});
      b.einsum("produce", {{"m", m}, {"n", n}})
          .input("A", "m, n")
          .output("T", "m, n");
      b.einsum("first", {{"m", m}, {"n", n}})
          .input("T", "m, n")
          .output("X", "m, n");
      b.einsum("second", {{"m", m}, {"n", n}})
          .input("T", "m, n")
          .input("X", "m, n")
          .output("Y", "m, n");
      break;
    }
    default: { // a tensor that stays alive past an Einsum that ignores it
      m = pick({2, 3, 4});
      n = pick({1, 1, 2});
      b.tensor("A", {m, n}).tensor("T", {m, n}).tensor("B", {m, n});
      b.tensor("U", {m, n}).tensor("Y", {m, n});
      b.einsum("produce", {{"m", m}, {"n", n}})
          .input("A", "m, n")
          .output("T", "m, n");
      b.einsum("other", {{"x", m}, {"y", n}})
          .input("B", "x, y")
          .output("U", "x, y");
      b.einsum("meet", {{"m", m}, {"n", n}})
          .input("T", "m, n")
          .input("U", "m, n")
          .output("Y", "m, n");
    }
    }
    EinsumGraph graph = llvm::cantFail(b.take());
    if (random() % 8 == 0) {
      // Some instruction takes a rank in one piece, though not one that a
      // window moves along.
      Einsum &einsum = graph.einsums[random() % graph.einsums.size()];
      unsigned rank = random() % einsum.ranks.size();
      bool slides = false;
      for (const TensorAccess &access : einsum.accesses)
        slides |= relevance(access, rank) == Relevance::Partial;
      einsum.ranks[rank].whole = !slides;
    }
    return graph;
  }

  /// Two or three levels, sometimes fan-outs, with small buffers.
  Architecture target() {
    Architecture arch;
    arch.name = "random";
    MemoryLevel &main = arch.addMemory("Main");
    main.readJPerBit = main.writeJPerBit = double(pick({5, 10}));
    main.keep = TensorSet::ofClass(TensorClass::External);
    main.mayKeep = TensorSet::all();
    rates(main);
    bool fanoutAbove = random() % 5 == 0;
    if (fanoutAbove)
      fanout(arch, "outer");
    MemoryLevel &buffer = arch.addMemory("Buffer");
    buffer.sizeBits = double(pick({16, 24, 32, 40, 48, 56, 64, 96, 200}));
    buffer.readJPerBit = double(pick({1, 2}));
    buffer.writeJPerBit = 1;
    if (random() % 3 == 0) {
      buffer.keep = TensorSet::all();
    } else {
      buffer.keep = TensorSet::notHeldIn("Main");
      buffer.mayKeep = TensorSet::all();
    }
    rates(buffer);
    if (random() % 3 == 0) {
      if (random() % 2 && !fanoutAbove)
        fanout(arch, "inner");
      MemoryLevel &reg = arch.addMemory("Register");
      reg.sizeBits = double(pick({8, 16, 32}));
      reg.readJPerBit = reg.writeJPerBit = 0.25;
      if (random() % 2)
        reg.keep = TensorSet::role(Role(random() % 3));
      else
        reg.mayKeep = TensorSet::role(Role(random() % 3));
    } else if (random() % 3 == 0 && !fanoutAbove) {
      fanout(arch, "lanes");
    }
    ComputeUnit &unit = arch.addUnit("MAC");
    unit.jPerOp = 1;
    unit.opsPerS = double(pick({1, 4}));
    if (random() % 6 == 0)
      unit.leakW = 3;
    return arch;
  }

private:
  void rates(MemoryLevel &level) {
    if (random() % 2)
      return;
    level.readBitsPerS = double(pick({4, 16, 32}));
    level.writeBitsPerS = double(pick({4, 16, 32}));
    level.ports = random() % 2 ? Ports::Shared : Ports::Separate;
    level.accumulates = random() % 3 != 0;
  }
  void fanout(Architecture &arch, const char *name) {
    Fanout &f = arch.addFanout(name, pick({2, 4}));
    switch (random() % 3) {
    case 0:
      f.mayReuse = RoleSet::none();
      break;
    case 1:
      f.reuse = RoleSet::of(Role(random() % 3));
      f.mayReuse = f.reuse;
      break;
    default:
      break;
    }
  }

  std::mt19937 random;
};

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MAPPER_RANDOMPROGRAMS_H
