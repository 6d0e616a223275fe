//===- RandomMappings.cpp - Random programs, targets, mappings
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomMappings.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace accel;
using namespace accel::test;

namespace {

/// Points that an Einsum may have; the interpreter visits each.
constexpr double kMaxPoints = 400;

class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  /// Uniform in [0, n).
  unsigned below(unsigned n) { return n ? unsigned(engine() % n) : 0; }
  bool chance(double p) { return double(engine() % 1000000) < p * 1e6; }
  template <typename T> T pick(std::initializer_list<T> values) {
    return *(values.begin() + below(values.size()));
  }
  template <typename C> auto &pickFrom(C &values) {
    return values[below(values.size())];
  }
  template <typename C> void shuffle(C &values) {
    for (unsigned i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[below(i)]);
  }

private:
  std::mt19937_64 engine;
};

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// Builds a program of two-dimensional tensors [c, x].
class ProgramDraw {
public:
  explicit ProgramDraw(Random &random) : random(random) {}

  EinsumGraph draw() {
    unsigned count = 1 + random.below(4);
    for (unsigned e = 0; e != count; ++e)
      addEinsum(e);
    for (Einsum &einsum : graph.einsums) {
      einsum.kind = einsum.deriveKind();
      einsum.readsInit = !einsum.isCopy && random.chance(0.2);
    }
    for (unsigned t : externals)
      if (random.chance(0.3))
        padBorders(t);
    llvm::cantFail(graph.finalize());
    return std::move(graph);
  }

private:
  /// Makes indices of a dimension leave the tensor by one at both ends.
  void padBorders(unsigned tensor) {
    auto &shape = graph.tensors[tensor].shape;
    unsigned dim = random.below(shape.size());
    if (shape[dim] <= 2)
      return;
    shape[dim] -= 2;
    for (Einsum &einsum : graph.einsums)
      for (TensorAccess &access : einsum.accesses)
        if (access.tensor == tensor)
          access.projection[dim].offset -= 1;
  }

  int64_t extent() { return random.pick<int64_t>({1, 2, 2, 3, 4, 4, 6}); }

  unsigned newTensor(llvm::StringRef prefix, std::vector<int64_t> shape) {
    Tensor tensor;
    tensor.name = (prefix + llvm::Twine(graph.tensors.size())).str();
    tensor.shape.assign(shape.begin(), shape.end());
    tensor.bitsPerValue = random.pick({8, 8, 16, 4});
    graph.tensors.push_back(std::move(tensor));
    return graph.tensors.size() - 1;
  }

  unsigned newWeight(std::vector<int64_t> shape) {
    unsigned t = newTensor("W", std::move(shape));
    graph.tensors[t].persistent = random.chance(0.2);
    return t;
  }

  /// A tensor to read: the last result, an older tensor, or a new one.
  unsigned inputTensor() {
    if (!results.empty() && random.chance(0.75))
      return random.chance(0.7) ? results.back() : random.pickFrom(results);
    if (!externals.empty() && random.chance(0.5))
      return random.pickFrom(externals);
    externals.push_back(newTensor("I", {extent(), extent() + random.below(4)}));
    return externals.back();
  }

  static TensorAccess access(unsigned tensor, std::vector<LinearExpr> index) {
    TensorAccess a;
    a.tensor = tensor;
    a.projection.assign(index.begin(), index.end());
    return a;
  }

  unsigned rank(Einsum &einsum, llvm::StringRef name, int64_t bound) {
    einsum.ranks.emplace_back();
    einsum.ranks.back().name = name.str();
    einsum.ranks.back().bound = bound;
    return einsum.ranks.size() - 1;
  }

  /// A window s*p + d*r that covers an extent exactly.
  struct Window {
    int64_t stride, dilation, steps, taps;
  };
  Window windowOver(int64_t extent) {
    std::vector<Window> found = {{1, 1, extent, 1}};
    for (int64_t s : {1, 2, 3})
      for (int64_t d : {1, 2})
        for (int64_t p = 1; p <= extent; ++p)
          for (int64_t r = 2; r <= 3; ++r)
            if (s * (p - 1) + d * (r - 1) + 1 == extent)
              found.push_back({s, d, p, r});
    return found.size() > 1 && random.chance(0.9)
               ? found[1 + random.below(found.size() - 1)]
               : found[0];
  }

  void addEinsum(unsigned index) {
    Einsum einsum;
    einsum.name = "E" + llvm::utostr(index);
    unsigned in = inputTensor();
    int64_t C = graph.tensors[in].shape[0], X = graph.tensors[in].shape[1];
    unsigned out = 0;
    auto one = [](unsigned r) { return LinearExpr::rank(r); };
    auto sum = [](unsigned p, int64_t s, unsigned r, int64_t d) {
      LinearExpr e = LinearExpr::rank(p, s);
      e.terms.push_back({r, d});
      return e;
    };
    switch (random.below(9)) {
    case 0: { // Contraction over c.
      int64_t M = extent();
      unsigned c = rank(einsum, "c", C), x = rank(einsum, "x", X),
               m = rank(einsum, "m", M);
      einsum.accesses = {access(in, {one(c), one(x)}),
                         access(newWeight({M, C}), {one(m), one(c)})};
      out = newTensor("T", {M, X});
      einsum.accesses.push_back(access(out, {one(m), one(x)}));
      break;
    }
    case 1:
    case 2: { // Contraction over x.
      int64_t N = extent();
      unsigned c = rank(einsum, "c", C), x = rank(einsum, "x", X),
               n = rank(einsum, "n", N);
      einsum.accesses = {access(in, {one(c), one(x)}),
                         access(newWeight({X, N}), {one(x), one(n)})};
      out = newTensor("T", {C, N});
      einsum.accesses.push_back(access(out, {one(c), one(n)}));
      break;
    }
    case 3:
    case 4: { // Convolution along x, all channels or each alone.
      Window w = windowOver(X);
      bool depthwise = random.chance(0.4);
      int64_t M = depthwise ? C : extent();
      unsigned c = rank(einsum, "c", C), p = rank(einsum, "p", w.steps),
               r = rank(einsum, "r", w.taps);
      LinearExpr at = sum(p, w.stride, r, w.dilation);
      if (depthwise) {
        einsum.accesses = {access(in, {one(c), at}),
                           access(newWeight({C, w.taps}), {one(c), one(r)})};
        out = newTensor("T", {C, w.steps});
        einsum.accesses.push_back(access(out, {one(c), one(p)}));
      } else {
        unsigned m = rank(einsum, "m", M);
        einsum.accesses = {
            access(in, {one(c), at}),
            access(newWeight({M, C, w.taps}), {one(m), one(c), one(r)})};
        out = newTensor("T", {M, w.steps});
        einsum.accesses.push_back(access(out, {one(m), one(p)}));
      }
      break;
    }
    case 5: { // Pooling.
      Window w = windowOver(X);
      unsigned c = rank(einsum, "c", C), p = rank(einsum, "p", w.steps),
               r = rank(einsum, "r", w.taps);
      einsum.accesses = {access(in, {one(c), sum(p, w.stride, r, w.dilation)})};
      out = newTensor("T", {C, w.steps});
      einsum.accesses.push_back(access(out, {one(c), one(p)}));
      break;
    }
    case 6: { // Addition of an equally shaped tensor, or of a new one.
      std::vector<unsigned> same;
      for (unsigned t = 0; t != graph.tensors.size(); ++t)
        if (t != in && graph.tensors[t].shape == graph.tensors[in].shape &&
            graph.tensors[t].name[0] != 'W')
          same.push_back(t);
      unsigned other =
          same.empty() ? newTensor("I", {C, X}) : random.pickFrom(same);
      unsigned c = rank(einsum, "c", C), x = rank(einsum, "x", X);
      einsum.accesses = {access(in, {one(c), one(x)}),
                         access(other, {one(c), one(x)})};
      out = newTensor("T", {C, X});
      einsum.accesses.push_back(access(out, {one(c), one(x)}));
      break;
    }
    case 7: { // Transposition or a function of every element.
      unsigned c = rank(einsum, "c", C), x = rank(einsum, "x", X);
      bool transpose = random.chance(0.5);
      einsum.accesses = {access(in, {one(c), one(x)})};
      out = transpose ? newTensor("T", {X, C}) : newTensor("T", {C, X});
      einsum.accesses.push_back(
          access(out, transpose ? std::vector<LinearExpr>{one(x), one(c)}
                                : std::vector<LinearExpr>{one(c), one(x)}));
      break;
    }
    case 8: { // Copy.
      unsigned c = rank(einsum, "c", C), x = rank(einsum, "x", X);
      einsum.isCopy = true;
      einsum.accesses = {access(in, {one(c), one(x)})};
      out = newTensor("T", {C, X});
      graph.tensors[out].bitsPerValue = graph.tensors[in].bitsPerValue;
      einsum.accesses.push_back(access(out, {one(c), one(x)}));
      break;
    }
    }
    if (einsum.numPoints() > kMaxPoints) {
      graph.tensors.resize(std::max<size_t>(in + 1, tensorsBefore()));
      addEinsum(index);
      return;
    }
    for (unsigned i = 0; i != einsum.accesses.size(); ++i)
      einsum.accesses[i].role = roleOfOperand(i, einsum.numInputs());
    results.push_back(out);
    graph.einsums.push_back(std::move(einsum));
  }

  /// Tensors that finished Einsums and the draws of inputs need.
  size_t tensorsBefore() const {
    size_t count = 0;
    for (unsigned t : results)
      count = std::max<size_t>(count, t + 1);
    for (unsigned t : externals)
      count = std::max<size_t>(count, t + 1);
    return count;
  }

  Random &random;
  EinsumGraph graph;
  std::vector<unsigned> results, externals;
};

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

Architecture drawArchitecture(Random &random) {
  Architecture arch;
  arch.name = "random";
  arch.addMemory("L0").keep = TensorSet::ofClass(TensorClass::External);
  unsigned levels = 1 + random.below(3);
  unsigned fanouts = 0;
  auto maybeFanout = [&] {
    while (fanouts < 3 && random.chance(0.35)) {
      Fanout &f = arch.addFanout("F" + llvm::utostr(fanouts++),
                                 random.pick<int64_t>({2, 3, 4, 6}));
      f.mayReuse.bits = random.below(8);
      if (random.chance(0.3))
        f.mayReuse = RoleSet::all();
    }
  };
  for (unsigned l = 1; l <= levels; ++l) {
    maybeFanout();
    arch.addMemory("L" + llvm::utostr(l));
  }
  maybeFanout();
  arch.addUnit("MAC").opsPerS = 1;
  for (Architecture::Node &node : arch.nodes)
    if (auto *level = std::get_if<MemoryLevel>(&node)) {
      level->mayKeep = TensorSet::all();
      level->accumulates = random.chance(0.7);
      level->buffering = random.chance(0.15) ? 2 : 1;
      level->pads = random.chance(0.3);
    }
  llvm::cantFail(arch.verify());
  return arch;
}

//===----------------------------------------------------------------------===//
// Mappings
//===----------------------------------------------------------------------===//

struct DrawnLoop {
  unsigned rank;
  int64_t trips;
  int fanout; ///< node, or -1 for a temporal loop
};

class MappingDraw {
public:
  MappingDraw(Random &random, const EinsumGraph &graph,
              const Architecture &arch, bool fuse)
      : random(random), graph(graph), arch(arch), fuse(fuse) {
    for (unsigned n = 0; n != arch.nodes.size(); ++n)
      (arch.memory(n) ? levels : fanouts).push_back(n);
    fanouts.pop_back();
    for (const Tensor &tensor : graph.tensors) {
      bool inner = tensor.isIntermediate() && fuse && random.chance(0.75);
      backing.push_back(inner ? levels[1 + random.below(levels.size() - 1)]
                              : levels[0]);
    }
    depth.assign(graph.tensors.size(), 0);
  }

  ProgramMapping draw() {
    ProgramMapping mapping;
    for (unsigned e = 0; e != graph.einsums.size(); ++e)
      mapping.einsums.push_back(drawPath(e));
    return mapping;
  }

private:
  /// Splits what remains of every rank into loops in random order; fan-outs
  /// come in the target's order.
  void ownLoops(unsigned e, std::vector<DrawnLoop> &loops) {
    const Einsum &einsum = graph.einsums[e];
    std::vector<int64_t> left;
    for (const Rank &rank : einsum.ranks)
      left.push_back(rank.bound);
    std::map<int, int64_t> room;
    int stage = -1;
    for (unsigned f : fanouts)
      room[f] = arch.fanout(f)->n;
    for (const DrawnLoop &loop : loops) {
      left[loop.rank] /= loop.trips;
      stage = std::max(stage, loop.fanout);
      if (loop.fanout >= 0)
        room[loop.fanout] /= loop.trips;
    }
    // Stages alternate: temporal loops, then one fan-out, and so on.
    std::vector<std::vector<DrawnLoop>> stages(2 * fanouts.size() + 1);
    for (unsigned r = 0; r != left.size(); ++r)
      while (left[r] > 1) {
        std::vector<int64_t> divisors;
        for (int64_t d = 2; d <= left[r]; ++d)
          if (left[r] % d == 0)
            divisors.push_back(d);
        int64_t trips = random.pickFrom(divisors);
        left[r] /= trips;
        unsigned s = random.below(stages.size());
        int f = s % 2 ? int(fanouts[s / 2]) : -1;
        if (f >= 0 && (f < stage || trips > room[f]))
          s = stages.size() - 1, f = -1;
        if (f >= 0)
          room[f] /= trips;
        stages[s].push_back({r, trips, f});
      }
    for (auto &list : stages) {
      random.shuffle(list);
      loops.insert(loops.end(), list.begin(), list.end());
    }
  }

  /// The rank of operand `access` that indexes dimension `d` alone, or -1.
  int rankAt(const TensorAccess &access, unsigned d) const {
    const auto &terms = access.projection[d].terms;
    return terms.size() == 1 ? int(terms[0].first) : -1;
  }

  /// The rank with which Einsum `e` can take part in loop `l` of the Einsum
  /// before it, or -1.
  int matchingRank(unsigned e, unsigned l, const std::vector<int64_t> &left) {
    const DrawnLoop &loop = previous[l];
    const Einsum &before = graph.einsums[e - 1];
    for (const TensorAccess &a : graph.einsums[e].accesses)
      for (const TensorAccess &b : before.accesses) {
        if (a.tensor != b.tensor || !graph.tensorOf(a).isIntermediate())
          continue;
        for (unsigned d = 0; d != b.projection.size(); ++d)
          if (rankAt(b, d) == int(loop.rank))
            return rankAt(a, d);
      }
    std::vector<unsigned> fitting;
    for (unsigned r = 0; r != left.size(); ++r)
      if (left[r] % loop.trips == 0)
        fitting.push_back(r);
    return fitting.empty() ? -1 : int(random.pickFrom(fitting));
  }

  EinsumMapping drawPath(unsigned e) {
    const Einsum &einsum = graph.einsums[e];
    EinsumMapping path;
    std::vector<DrawnLoop> loops;
    if (e > 0 && fuse && random.chance(0.85)) {
      std::vector<int64_t> left;
      for (const Rank &rank : einsum.ranks)
        left.push_back(rank.bound);
      unsigned most = random.below(std::min<size_t>(previous.size(), 4) + 1);
      for (const TensorAccess &access : einsum.accesses)
        if (graph.tensorOf(access).isIntermediate() &&
            graph.tensorOf(access).producer < int(e))
          most = std::max(most, depth[access.tensor]);
      for (unsigned l = 0; l != std::min<size_t>(most, previous.size()); ++l) {
        int rank = matchingRank(e, l, left);
        if (rank < 0 || left[rank] % previous[l].trips)
          break;
        left[rank] /= previous[l].trips;
        loops.push_back(
            {unsigned(rank), previous[l].trips, previous[l].fanout});
      }
      path.sharedLoops = loops.size();
    }
    ownLoops(e, loops);
    previous = loops;
    path.nodes = place(e, loops);
    return path;
  }

  /// Loops with keeps between them.
  std::vector<MapNode> place(unsigned e, const std::vector<DrawnLoop> &loops) {
    const Einsum &einsum = graph.einsums[e];
    std::vector<std::vector<std::pair<unsigned, unsigned>>> gaps(loops.size() +
                                                                 1);
    for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
      const TensorAccess &access = einsum.accesses[a];
      const Tensor &tensor = graph.tensorOf(access);
      unsigned at = 0;
      for (unsigned level : levels) {
        bool isBacking = level == backing[access.tensor];
        if (level < backing[access.tensor] ||
            (!isBacking && (einsum.isCopy || random.chance(0.45))))
          continue;
        unsigned low = at, high = loops.size();
        for (unsigned l = 0; l != loops.size(); ++l) {
          if (loops[l].fanout >= 0 && loops[l].fanout < int(level))
            low = std::max(low, l + 1);
          if (loops[l].fanout > int(level))
            high = std::min(high, l);
        }
        if (isBacking && level == levels[0])
          high = 0;
        else if (isBacking && tensor.producer == int(e)) {
          unsigned alone = 0;
          while (alone != loops.size() &&
                 relevance(access, loops[alone].rank) == Relevance::Full)
            ++alone;
          high = std::min(high, alone);
        } else if (isBacking) {
          low = high = std::min<unsigned>(depth[access.tensor], loops.size());
        }
        at = high <= low ? low : low + random.below(high - low + 1);
        if (isBacking && tensor.producer == int(e))
          depth[access.tensor] = at;
        gaps[at].push_back({a, level});
      }
    }
    std::vector<MapNode> nodes;
    std::vector<int64_t> tile;
    for (const Rank &rank : einsum.ranks)
      tile.push_back(rank.bound);
    for (unsigned l = 0; l <= loops.size(); ++l) {
      keepsInOrder(gaps[l], nodes);
      if (l == loops.size())
        break;
      tile[loops[l].rank] /= loops[l].trips;
      int64_t size = tile[loops[l].rank];
      nodes.push_back(loops[l].fanout >= 0
                          ? MapNode::par(loops[l].rank, size, loops[l].fanout)
                          : MapNode::loop(loops[l].rank, size));
    }
    nodes.push_back(MapNode::compute(arch.nodes.size() - 1));
    return nodes;
  }

  /// Shuffles keeps, outer levels of one tensor first, and groups some.
  void keepsInOrder(std::vector<std::pair<unsigned, unsigned>> &keeps,
                    std::vector<MapNode> &nodes) {
    random.shuffle(keeps);
    for (unsigned i = 0; i != keeps.size(); ++i)
      for (unsigned j = i + 1; j != keeps.size(); ++j)
        if (keeps[i].first == keeps[j].first &&
            keeps[i].second > keeps[j].second)
          std::swap(keeps[i], keeps[j]);
    bool fresh = true;
    for (auto [a, level] : keeps) {
      if (!fresh && nodes.back().component == level && random.chance(0.7))
        nodes.back().accesses.push_back(a);
      else
        nodes.push_back(MapNode::keep({a}, level));
      fresh = false;
    }
  }

  Random &random;
  const EinsumGraph &graph;
  const Architecture &arch;
  bool fuse;
  std::vector<unsigned> levels, fanouts;
  /// Per tensor: backing level, and loops above the backing keep.
  std::vector<unsigned> backing, depth;
  /// The loops of the Einsum drawn before.
  std::vector<DrawnLoop> previous;
};

} // namespace

RandomCase accel::test::drawCase(uint64_t seed) {
  Random random(seed);
  RandomCase c;
  c.graph = ProgramDraw(random).draw();
  c.arch = drawArchitecture(random);
  while (true) {
    // In the end an unfused mapping, which is always valid.
    bool fuse = c.rejected < 200;
    c.mapping = MappingDraw(random, c.graph, c.arch, fuse).draw();
    llvm::Error error = verifyMapping(c.graph, c.arch, c.mapping);
    if (!error)
      return c;
    llvm::consumeError(std::move(error));
    ++c.rejected;
  }
}
