//===- RandomPrograms.cpp - Small random programs and targets -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomPrograms.h"

using namespace accel;
using namespace accel::test;

bool RandomPrograms::draw(unsigned percent, const char *feature) {
  bool yes = chance(percent);
  if (yes)
    drawn.insert(feature);
  return yes;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

void RandomPrograms::tensor(EinsumGraphBuilder &b, const char *name,
                            llvm::ArrayRef<int64_t> shape) {
  b.tensor(name, shape, double(pick({8, 8, 8, 16, 4})),
           name[0] == 'W' && draw(30, "persistent weight"));
}

void RandomPrograms::matmul(EinsumGraphBuilder &b, const char *name,
                            const char *a, const char *w, const char *c,
                            int64_t m, int64_t k, int64_t n) {
  b.einsum(name, {{"m", m}, {"k", k}, {"n", n}})
      .input(a, "m, k")
      .input(w, "k, n")
      .output(c, "m, n");
}

void RandomPrograms::map(EinsumGraphBuilder &b, const char *name,
                         llvm::ArrayRef<const char *> inputs,
                         const char *output, int64_t m, int64_t n) {
  b.einsum(name, {{"m", m}, {"n", n}});
  for (const char *input : inputs)
    b.input(input, "m, n");
  b.output(output, "m, n");
}

/// Programs in which a window moves over a tensor.
void RandomPrograms::drawWindows(EinsumGraphBuilder &b) {
  int64_t s = pick({1, 1, 2}), d = pick({1, 1, 2}), r = pick({2, 2, 3});
  if (s > 1)
    drawn.insert("stride");
  if (d > 1)
    drawn.insert("dilation");
  std::string at = std::to_string(s) + "*q + " + std::to_string(d) + "*r";
  switch (random() % 4) {
  case 0: { // one convolution
    drawn.insert("convolution");
    int64_t p = pick({2, 3, 4}), c = pick({1, 2});
    tensor(b, "I", {c, s * (p - 1) + d * (r - 1) + 1});
    tensor(b, "W", {c, r});
    tensor(b, "O", {p});
    b.einsum("conv", {{"q", p}, {"r", r}, {"c", c}})
        .input("I", "c, " + at)
        .input("W", "c, r")
        .output("O", "q");
    return;
  }
  case 1: { // channels, then a window over the other dimension
    drawn.insert("fused window");
    int64_t t = pick({2, 4}), q = 2, p = s * (q - 1) + d * (r - 1) + 1;
    tensor(b, "I", {p});
    tensor(b, "U", {t});
    tensor(b, "T", {t, p});
    tensor(b, "W", {t, r});
    tensor(b, "O", {t, q});
    b.einsum("expand", {{"t", t}, {"p", p}})
        .input("I", "p")
        .input("U", "t")
        .output("T", "t, p");
    b.einsum("depthwise", {{"t", t}, {"q", q}, {"r", r}})
        .input("T", "t, " + at)
        .input("W", "t, r")
        .output("O", "t, q");
    return;
  }
  case 2: { // a window between two that do not move
    drawn.insert("window between");
    int64_t t = 2, q = 2, p = s * (q - 1) + d * (r - 1) + 1;
    tensor(b, "I", {t, p});
    tensor(b, "T", {t, p});
    tensor(b, "S", {t, q});
    tensor(b, "O", {t, q});
    b.einsum("first", {{"t", t}, {"p", p}})
        .input("I", "t, p")
        .output("T", "t, p");
    b.einsum("pool", {{"t", t}, {"q", q}, {"r", r}})
        .input("T", "t, " + at)
        .output("S", "t, q");
    b.einsum("last", {{"t", t}, {"q", q}})
        .input("S", "t, q")
        .output("O", "t, q");
    return;
  }
  default: { // a window over the produced tensor that needs less than all of it
    drawn.insert("padded view");
    int64_t t = 2, q = 2, p = s * (q - 1) + d * (r - 1) + 1 + pick({-1, 1});
    tensor(b, "I", {t, p});
    tensor(b, "T", {t, p});
    tensor(b, "O", {t, q});
    b.einsum("produce", {{"t", t}, {"p", p}})
        .input("I", "t, p")
        .output("T", "t, p");
    b.einsum("pool", {{"t", t}, {"q", q}, {"r", r}})
        .input("T", "t, " + at)
        .output("O", "t, q");
  }
  }
}

/// Programs in which a tensor has several readers, or outlives an Einsum.
void RandomPrograms::drawJoins(EinsumGraphBuilder &b) {
  int64_t m = pick({2, 3, 4}), n = pick({1, 2});
  switch (random() % 5) {
  case 0: // two readers, the second of both
    drawn.insert("residual");
    for (const char *name : {"A", "T", "X", "Y"})
      tensor(b, name, {m, n});
    map(b, "produce", {"A"}, "T", m, n);
    map(b, "first", {"T"}, "X", m, n);
    map(b, "second", {"T", "X"}, "Y", m, n);
    return;
  case 1: // a tensor that stays alive past an Einsum that ignores it
    drawn.insert("untouched live tensor");
    for (const char *name : {"A", "T", "B", "U", "Y"})
      tensor(b, name, {m, n});
    map(b, "produce", {"A"}, "T", m, n);
    b.einsum("other", {{"x", m}, {"y", n}})
        .input("B", "x, y")
        .output("U", "x, y");
    map(b, "meet", {"T", "U"}, "Y", m, n);
    return;
  case 2: { // two matmuls of one input, as queries and keys
    drawn.insert("shared input");
    m = 2, n = 2;
    tensor(b, "A", {m, 2});
    tensor(b, "W0", {2, n});
    tensor(b, "W1", {2, n});
    tensor(b, "Q", {m, n});
    tensor(b, "K", {m, n});
    matmul(b, "query", "A", "W0", "Q", m, 2, n);
    matmul(b, "key", "A", "W1", "K", m, 2, n);
    return;
  }
  case 3: { // a reduction that is read beside its input, as in a softmax
    drawn.insert("reduction");
    n = 2;
    tensor(b, "A", {m, n});
    tensor(b, "T", {m, n});
    tensor(b, "R", {m});
    tensor(b, "Y", {m, n});
    map(b, "produce", {"A"}, "T", m, n);
    b.einsum("reduce", {{"m", m}, {"n", n}})
        .input("T", "m, n")
        .output("R", "m");
    b.einsum("scale", {{"m", m}, {"n", n}})
        .input("T", "m, n")
        .input("R", "m")
        .output("Y", "m, n");
    return;
  }
  default:
    if (draw(40, "tensor read twice")) {
      bool square = chance(50);
      tensor(b, "A", {m, 2});
      tensor(b, "T", {m, 2});
      tensor(b, "Y", {m, square ? m : 2});
      map(b, "produce", {"A"}, "T", m, 2);
      b.einsum("pairs", {{"x", m}, {"y", square ? m : 2}})
          .input("T", square ? "x, 0" : "x, y")
          .input("T", square ? "y, 1" : "x, 0")
          .output("Y", "x, y");
      return;
    }
    // Read in the other order.
    drawn.insert("transposed reader");
    tensor(b, "A", {m, 2});
    tensor(b, "T", {m, 2});
    tensor(b, "Y", {2, m});
    map(b, "produce", {"A"}, "T", m, 2);
    b.einsum("turn", {{"y", 2}, {"x", m}})
        .input("T", "x, y")
        .output("Y", "y, x");
  }
}

void RandomPrograms::drawProgram(EinsumGraphBuilder &b) {
  int64_t m = pick({2, 3, 4}), k = pick({1, 2}), n = pick({1, 2});
  switch (random() % 12) {
  case 0: // one matmul, larger
    drawn.insert("matmul");
    m = pick({2, 4, 6}), k = pick({2, 4}), n = pick({2, 3, 4});
    tensor(b, "A", {m, k});
    tensor(b, "W", {k, n});
    tensor(b, "C", {m, n});
    matmul(b, "mm", "A", "W", "C", m, k, n);
    return;
  case 1:
  case 2: { // two matmuls in a chain
    drawn.insert("chain");
    int64_t p = pick({1, 2});
    tensor(b, "A", {m, k});
    tensor(b, "W0", {k, n});
    tensor(b, "T", {m, n});
    tensor(b, "W1", {n, p});
    tensor(b, "C", {m, p});
    matmul(b, "mm1", "A", "W0", "T", m, k, n);
    matmul(b, "mm2", "T", "W1", "C", m, n, p);
    return;
  }
  case 3: { // equal matmuls, which the search explores once
    drawn.insert("identical Einsums");
    m = pick({2, 3});
    double bits = double(pick({8, 16}));
    for (const char *name : {"A", "T", "U", "C"})
      b.tensor(name, {m, 1}, bits);
    for (const char *name : {"W0", "W1", "W2"})
      b.tensor(name, {1, 1}, 8);
    matmul(b, "mm1", "A", "W0", "T", m, 1, 1);
    matmul(b, "mm2", "T", "W1", "U", m, 1, 1);
    matmul(b, "mm3", "U", "W2", "C", m, 1, 1);
    return;
  }
  case 4: // an elementwise chain
    drawn.insert("elementwise chain");
    for (const char *name : {"A", "B", "C", "D"})
      tensor(b, name, {m, n});
    map(b, "f", {"A"}, "B", m, n);
    map(b, "g", {"B"}, "C", m, n);
    map(b, "h", {"C"}, "D", m, n);
    return;
  case 5: // a copy on the way in
    drawn.insert("copy");
    b.tensor("I", {m, 2}).tensor("A", {m, 2});
    tensor(b, "W", {2, n});
    tensor(b, "C", {m, n});
    b.einsum("load", {{"x", m}, {"y", 2}})
        .input("I", "x, y")
        .output("A", "x, y")
        .copy();
    matmul(b, "mm", "A", "W", "C", m, 2, n);
    return;
  case 6:
  case 7:
  case 8:
    drawWindows(b);
    return;
  default:
    drawJoins(b);
  }
}

/// Products of two ranks for targets with registers: what is held outside of
/// these can be traded for what is moved, while they see equal tiles.
void RandomPrograms::drawNested(EinsumGraphBuilder &b) {
  int64_t m = pick({2, 3, 4}), n = pick({2, 2, 3, 4});
  tensor(b, "A", {m});
  switch (random() % 3) {
  case 0: // a vector times a matrix
    tensor(b, "W", {m, n});
    tensor(b, "C", {n});
    b.einsum("mv", {{"m", m}, {"n", n}})
        .input("A", "m")
        .input("W", "m, n")
        .output("C", "n");
    return;
  case 1: // an outer product
    tensor(b, "W", {n});
    tensor(b, "C", {m, n});
    b.einsum("outer", {{"m", m}, {"n", n}})
        .input("A", "m")
        .input("W", "n")
        .output("C", "m, n");
    return;
  default: // copies of a vector that are exchanged, and then summed up
    tensor(b, "T", {m, 2});
    tensor(b, "C", {2});
    b.einsum("spread", {{"m", m}, {"n", 2}})
        .input("A", "m")
        .output("T", "m, n");
    b.einsum("sum", {{"m", m}, {"n", 2}}).input("T", "m, n").output("C", "n");
  }
}

/// Makes indices of an input leave the tensor by one at both ends.
static void padBorders(EinsumGraph &graph) {
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    Tensor &tensor = graph.tensors[t];
    if (tensor.producer >= 0 || tensor.shape[0] <= 2)
      continue;
    tensor.shape[0] -= 2;
    for (Einsum &einsum : graph.einsums)
      for (TensorAccess &access : einsum.accesses)
        if (access.tensor == t)
          access.projection[0].offset -= 1;
    return;
  }
}

EinsumGraph RandomPrograms::program() {
  EinsumGraphBuilder b;
  drawApart(3, [&] {
    isNested = draw(20, "nested tiles");
    if (isNested)
      drawNested(b);
  });
  if (!isNested)
    drawProgram(b);
  EinsumGraph graph = llvm::cantFail(b.take());
  drawApart(1, [&] {
    if (draw(25, "padded input"))
      padBorders(graph);
  });
  if (draw(12, "whole rank")) {
    // Some instruction takes a rank in one piece, though not one that a window
    // moves along.
    Einsum &einsum = graph.einsums[random() % graph.einsums.size()];
    unsigned rank = random() % einsum.ranks.size();
    bool slides = einsum.isCopy;
    for (const TensorAccess &access : einsum.accesses)
      slides |= relevance(access, rank) == Relevance::Partial;
    einsum.ranks[rank].whole = !slides;
  }
  return graph;
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

void RandomPrograms::drawRates(MemoryLevel &level) {
  if (!draw(isNested ? 80 : 50, "throughput"))
    return;
  level.readBitsPerS = double(pick({4, 16, 32}));
  level.writeBitsPerS = double(pick({4, 16, 32}));
  if (draw(50, "separate ports"))
    level.ports = Ports::Separate;
  level.accumulates = !draw(30, "merges with reads");
}

/// What makes a tile take more room than its values.
void RandomPrograms::drawCapacity(MemoryLevel &level) {
  if (draw(15, "double buffering"))
    level.buffering = 2;
  if (draw(15, "windows held whole"))
    level.slides = false;
  if (draw(isNested ? 70 : 25, "bits per role"))
    level.widths[random() % 3].bitsPerValue = double(pick({12, 24}));
  if (draw(10, "values per level"))
    level.sizeValues = double(pick({3, 4, 6, 8}));
}

/// What takes time besides moving and computing values.
void RandomPrograms::drawTimes(Architecture &arch) {
  for (const char *name : {"Main", "Buffer"}) {
    MemoryLevel &level = std::get<MemoryLevel>(arch.nodes[arch.findNode(name)]);
    level.pads = draw(25, "padding made on chip");
    level.exposesEnds = draw(20, "exposed ends");
    if (draw(20, "reads that start slowly"))
      level.readStartS = double(pick({1, 4})) / 4;
  }
  ComputeUnit &unit = std::get<ComputeUnit>(arch.nodes.back());
  if (draw(20, "results begin with an operation"))
    unit.initOps = 1;
  if (draw(20, "tiles that start slowly"))
    unit.startS = double(pick({1, 4})) / 2;
}

void RandomPrograms::drawFanout(Architecture &arch, const char *name) {
  drawn.insert("fan-out");
  Fanout &f = arch.addFanout(name, pick({2, 4}));
  switch (random() % 4) {
  case 0:
    drawn.insert("fan-out without multicast");
    f.mayReuse = RoleSet::none();
    break;
  case 1:
    drawn.insert("fan-out that must share");
    f.reuse = RoleSet::of(Role(random() % 3));
    f.mayReuse = f.reuse;
    break;
  case 2:
    f.mayReuse = RoleSet::of(Role(random() % 3));
    break;
  default:
    break;
  }
  if (draw(25, "minimum usage"))
    f.minUsage = chance(50) ? 1.0 : 0.5;
}

void RandomPrograms::drawRegisters(Architecture &arch) {
  MemoryLevel &reg = arch.addMemory("Register");
  reg.sizeBits = double(isNested ? pick({16, 32, 48}) : pick({8, 16, 32}));
  reg.readJPerBit = reg.writeJPerBit = 0.25;
  TensorSet set = TensorSet::role(Role(random() % 3));
  if (chance(isNested ? 10 : 25))
    set = TensorSet::all();
  (chance(50) ? reg.keep : reg.mayKeep) = set;
  if (isNested)
    drawRates(reg);
}

Architecture RandomPrograms::target() {
  Architecture arch;
  arch.name = "random";
  MemoryLevel &main = arch.addMemory("Main");
  main.readJPerBit = main.writeJPerBit = double(pick({5, 10}));
  main.keep = TensorSet::ofClass(TensorClass::External);
  main.mayKeep = TensorSet::all();
  drawRates(main);
  bool fanoutAbove = draw(20, "buffers behind a fan-out");
  if (fanoutAbove)
    drawFanout(arch, "outer");
  if (draw(10, "second exchange level")) {
    MemoryLevel &side = arch.addMemory("Side");
    side.sizeBits = double(pick({16, 32, 64}));
    side.readJPerBit = side.writeJPerBit = 3;
    side.mayKeep = TensorSet::ofClass(TensorClass::Intermediate);
  }
  MemoryLevel &buffer = arch.addMemory("Buffer");
  buffer.readJPerBit = double(pick({1, 2}));
  buffer.writeJPerBit = 1;
  if (draw(30, "bypass forbidden")) {
    buffer.keep = TensorSet::all();
  } else {
    buffer.keep = TensorSet::notHeldIn("Main");
    buffer.mayKeep = TensorSet::all();
  }
  drawRates(buffer);
  drawCapacity(buffer);
  if (draw(8, "second unit")) {
    ComputeUnit &vector = arch.addUnit("Vector");
    vector.takesKinds = {EinsumKind::Elementwise};
    vector.jPerOp = 2;
    vector.opsPerS = 2;
  }
  if (draw(isNested ? 75 : 30, "registers")) {
    if (chance(fanoutAbove ? 30 : 50))
      drawFanout(arch, "inner");
    drawRegisters(arch);
  } else if (!fanoutAbove && chance(35)) {
    drawFanout(arch, "lanes");
  }
  ComputeUnit &unit = arch.addUnit("MAC");
  unit.jPerOp = 1;
  unit.opsPerS = double(pick({1, 4}));
  if (draw(15, "leakage"))
    unit.leakW = 3;
  drawApart(2, [&] { drawTimes(arch); });
  return arch;
}

MapperOptions RandomPrograms::options() {
  MapperOptions options;
  options.objective = Objective(seed % 5);
  // What is held outside counts most where all levels count.
  drawApart(4, [&] {
    if (isNested && chance(40))
      options.objective = Objective::ParetoUsage;
  });
  drawn.insert(stringifyObjective(options.objective).str());
  if (draw(25, "cap on fused loops"))
    options.maxFusedLoops = unsigned(random() % 3);
  if (draw(8, "two fused loops per rank"))
    options.maxFusedLoopsPerRank = 2;
  options.imperfect = draw(12, "imperfect tiles");
  options.fuse = !draw(5, "no fusion");
  options.shareIdentical = !draw(15, "identical Einsums apart");
  return options;
}

EinsumGraph accel::test::chain(unsigned length, int64_t size) {
  EinsumGraphBuilder b;
  b.tensor("T0", {size, size});
  for (unsigned i = 0; i != length; ++i) {
    std::string in = "T" + std::to_string(i), w = "W" + std::to_string(i);
    std::string out = "T" + std::to_string(i + 1);
    b.tensor(w, {size, size}).tensor(out, {size, size});
    b.einsum("Matmul" + std::to_string(i),
             {{"m", size}, {"k", size}, {"n", size}})
        .input(in, "m, k")
        .input(w, "k, n")
        .output(out, "m, n");
  }
  return llvm::cantFail(b.take());
}
