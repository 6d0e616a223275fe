//===- Search.cpp - The search over a whole program -----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <atomic>
#include <map>
#include <numeric>
#include <thread>

namespace accel::ffm {

/// How far the prices of a second lie from the rate at which the objective
/// trades energy and latency at the bound.
static constexpr double kPriceRange = 0.08;
/// Tile vectors per Einsum above which tables would not fit into memory.
static constexpr double kMaxVectors = 4e6;
Search::Search(const EinsumGraph &graph, const Architecture &arch,
               const MapperOptions &options)
    : context(graph, arch, options), begin(std::chrono::steady_clock::now()) {}

double Search::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

bool Search::expired() const {
  return context.options.timeLimitS < kInf &&
         seconds() > context.options.timeLimitS;
}

/// Everything about an Einsum that its mappings depend on, without names.
static std::vector<double> fingerprint(const EinsumGraph &graph,
                                       const Einsum &einsum) {
  std::vector<double> f{double(einsum.ranks.size()), double(einsum.isCopy),
                        double(einsum.kind),         double(einsum.readsInit),
                        einsum.opsPerPoint,          einsum.opsPerTile};
  for (const Rank &rank : einsum.ranks) {
    f.push_back(double(rank.bound));
    f.push_back(rank.whole);
    f.push_back(double(rank.lanes.size()));
    f.push_back(rank.whole);
    for (char c : rank.lanes)
      f.push_back(c);
  }
  for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
    const TensorAccess &access = einsum.accesses[a];
    const Tensor &tensor = graph.tensorOf(access);
    f.push_back(double(access.role));
    f.push_back(tensor.bitsPerValue);
    f.push_back(tensor.persistent);
    f.push_back(tensor.isIntermediate());
    f.push_back(tensor.staysOnChip);
    unsigned first = 0;
    while (einsum.accesses[first].tensor != access.tensor)
      ++first;
    f.push_back(first);
    for (int64_t extent : tensor.shape)
      f.push_back(double(extent));
    for (const LinearExpr &expr : access.projection) {
      f.push_back(double(expr.terms.size()));
      f.push_back(double(expr.offset));
      for (auto [r, c] : expr.terms) {
        f.push_back(r);
        f.push_back(double(c));
      }
    }
  }
  return f;
}

void Search::classify() {
  const EinsumGraph &graph = context.graph;
  std::map<std::vector<double>, unsigned> known;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    std::vector<double> key = fingerprint(graph, graph.einsums[e]);
    for (unsigned node = 0; node != context.arch.nodes.size(); ++node)
      key.push_back(context.fitsWhole(e, node));
    const EinsumMapping *pinned = nullptr;
    if (e < context.options.pinned.size() && context.options.pinned[e] &&
        !context.options.pinned[e]->nodes.empty())
      pinned = &*context.options.pinned[e];
    if (!context.options.shareIdentical || pinned)
      key.push_back(e);
    auto [it, isNew] = known.try_emplace(std::move(key), classes.size());
    if (isNew) {
      classes.emplace_back();
      classes.back().einsum = e;
      classes.back().pinned = pinned;
    }
    ++classes[it->second].count;
    classOf.push_back(it->second);
  }
}

void Search::forEachClass(llvm::function_ref<void(EinsumClass &)> work) {
  std::vector<unsigned> all(classes.size());
  std::iota(all.begin(), all.end(), 0);
  forEachOf(all, work);
}

void Search::forEachOf(llvm::ArrayRef<unsigned> which,
                       llvm::function_ref<void(EinsumClass &)> work) {
  unsigned threads = context.options.threads;
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  threads = std::min<unsigned>(threads, which.size());
  std::atomic<unsigned> next{0};
  auto drain = [&] {
    for (unsigned i; (i = next++) < which.size();)
      work(classes[which[i]]);
  };
  std::vector<std::thread> helpers;
  for (unsigned t = 1; t < threads; ++t)
    helpers.emplace_back(drain);
  drain();
  for (std::thread &helper : helpers)
    helper.join();
}

/// All units and, where tiles need not divide, padded bounds.
void Search::addCandidates(EinsumClass &cls) const {
  const Einsum &einsum = context.graph.einsums[cls.einsum];
  for (unsigned unit : context.arch.unitsFor(einsum)) {
    auto outline = std::make_unique<EinsumOutline>(context, cls.einsum, unit);
    std::vector<std::vector<int64_t>> choices;
    for (unsigned r = 0; r != einsum.ranks.size(); ++r)
      choices.push_back(outline->mayPad(r)
                            ? padsOf(einsum.ranks[r].bound)
                            : std::vector<int64_t>{einsum.ranks[r].bound});
    EinsumClass::Candidate c{unsigned(cls.places.size()), {}, 0, 0};
    c.latencyS = outline->roughLatencyS();
    auto choose = [&](auto &self, unsigned r) -> void {
      // Vectors of padded bounds may be more than time allows to list.
      if (expired())
        return;
      if (r != choices.size()) {
        for (int64_t pad : choices[r]) {
          c.pads.push_back(pad);
          self(self, r + 1);
          c.pads.pop_back();
        }
        return;
      }
      c.energyJ = context.needsEnergy ? outline->roughEnergyJ(c.pads) : 0;
      cls.candidates.push_back(c);
    };
    choose(choose, 0);
    UsageGoals goals = outline->usageGoals();
    cls.places.push_back({std::move(outline), std::move(goals)});
  }
}

/// Builds tables for the candidates that a threshold does not rule out; those
/// whose tiles divide, and one per compute unit, are always among them.
void Search::prepareWithin(EinsumClass &cls, double threshold,
                           const Least &others) const {
  const Einsum &einsum = context.graph.einsums[cls.einsum];
  std::vector<EinsumClass::Candidate> left;
  for (EinsumClass::Candidate &c : cls.candidates) {
    bool divides = true;
    for (unsigned r = 0; r != c.pads.size(); ++r)
      divides &= c.pads[r] == einsum.ranks[r].bound;
    bool isFirst = llvm::none_of(cls.units, [&](const EinsumClass::Unit &u) {
      return u.problem->unitNode == cls.places[c.place].outline->unitNode;
    });
    if (!divides && !isFirst &&
        context.value(context.costOf(c.energyJ, c.latencyS) + others) >
            threshold) {
      left.push_back(std::move(c));
      continue;
    }
    EinsumClass::Unit u;
    const EinsumClass::Place &place = cls.places[c.place];
    u.problem =
        std::make_unique<EinsumProblem>(*place.outline, c.pads, place.goals);
    if (!u.problem->infeasible.empty()) {
      cls.infeasible = u.problem->infeasible;
      continue;
    }
    u.graph = std::make_unique<PhaseGraph>(*u.problem);
    u.toGo = std::make_unique<CostToGo>(*u.problem, *u.graph);
    u.explorer = std::make_unique<Explorer>(*u.problem, *u.graph, *u.toGo,
                                            cls.units.size());
    if (isBlended)
      blend(u);
    cls.units.push_back(std::move(u));
  }
  cls.candidates = std::move(left);
  boundClass(cls);
}

/// Raises the bound on a class to what its tables, and what is known of the
/// candidates, say.
void Search::boundClass(EinsumClass &cls) const {
  Least least;
  for (const EinsumClass::Unit &u : cls.units)
    least.include(u.explorer->leastCost());
  for (const EinsumClass::Candidate &c : cls.candidates)
    least.include(context.costOf(c.energyJ, c.latencyS));
  cls.least.raise(least);
}

void Search::blend(EinsumClass::Unit &u) const {
  u.blend =
      std::make_unique<CostToGo>(*u.problem, *u.graph, context.secondsPriceW);
  u.explorer->useBlend(*u.blend);
}

/// What a second is worth from now on: the rate at which the objective trades
/// energy and latency at the bound.
void Search::priceSeconds() {
  if (context.options.objective != Objective::EDP || least.latencyS <= 0 ||
      least.energyJ <= 0)
    return;
  double priceW = least.energyJ / least.latencyS + 2 * context.leakW;
  context.secondsPriceW = priceW * (1 - kPriceRange);
  context.dearPriceW = priceW * (1 + kPriceRange);
  for (EinsumClass &cls : classes)
    for (PartialMapping &m : cls.space.mappings)
      if (cls.pinned)
        cls.least = m.cost = context.costOf(m.cost.energyJ, m.cost.latencyS);
}

/// Bounds energy and latency together by tables of their own from now on.
void Search::blendBounds() {
  isBlended = true;
  forEachClass([&](EinsumClass &cls) {
    for (EinsumClass::Unit &u : cls.units)
      if (!expired())
        blend(u);
    if (!cls.pinned)
      boundClass(cls);
  });
}

/// Why the search cannot take the program, or empty.
std::string Search::refuse() const {
  for (const EinsumClass &cls : classes) {
    if (cls.pinned)
      continue;
    const Einsum &einsum = context.graph.einsums[cls.einsum];
    double vectors = 1;
    for (const Rank &rank : einsum.ranks)
      if (rank.isFree())
        vectors *= double(divisorsOf(rank.bound).size());
    if (einsum.ranks.size() > 30 || einsum.accesses.size() > 20 ||
        vectors > kMaxVectors)
      return ("\"" + einsum.name + "\" has " +
              llvm::Twine(einsum.ranks.size()) + " ranks, " +
              llvm::Twine(einsum.accesses.size()) + " operands and " +
              llvm::Twine(uint64_t(vectors)) +
              " tile vectors but the search takes 30, 20 and " +
              llvm::Twine(uint64_t(kMaxVectors)))
          .str();
  }
  return "";
}

/// Builds tables and bounds; false if some Einsum has no mapping at all.
bool Search::prepare() {
  const EinsumGraph &graph = context.graph;
  forEachClass([&](EinsumClass &cls) {
    if (cls.pinned) {
      cls.least = {};
      if (!describePinned(context, cls.einsum, *cls.pinned, cls.space,
                          cls.infeasible))
        return;
      cls.least = cls.space.mappings.front().cost;
      return;
    }
    if (expired())
      return;
    addCandidates(cls);
    prepareWithin(cls, context.options.imperfect ? 0 : kInf, {0, 0, 0, 0});
  });
  if (expired()) {
    timedOut = true;
    return false;
  }
  for (const EinsumClass &cls : classes) {
    if (cls.least.isPossible())
      continue;
    result.reason =
        !cls.infeasible.empty() ? cls.infeasible
        : cls.units.empty()
            ? "no compute unit takes \"" + graph.einsums[cls.einsum].name + "\""
            : explainInfeasible(cls);
    return false;
  }
  return true;
}

ProgramMapping Search::mappingOf(const JoinedProgram &program) const {
  ProgramMapping mapping;
  for (unsigned e = 0; e != classOf.size(); ++e) {
    const EinsumClass &cls = classes[classOf[e]];
    auto [choice, shared] = program.choices[e];
    const PartialMapping &m = cls.space.mappings[choice];
    mapping.einsums.push_back(
        cls.pinned ? *cls.pinned
                   : cls.units[m.explorer].explorer->path(m.move));
    mapping.einsums.back().sharedLoops = shared;
  }
  return mapping;
}

void Search::fillResult(const JoinResult &joined) {
  const JoinedProgram &first = joined.programs.front();
  result.best = mappingOf(first);
  result.value = context.value(first.cost.energyJ, first.cost.latencyS);
  result.pareto.clear();
  if (context.isFront())
    for (const JoinedProgram &p : joined.programs)
      result.pareto.push_back({p.energyJ, p.latencyS, p.usage, mappingOf(p)});
}

void Search::report(double best) {
  if (!context.options.progress)
    return;
  MapperProgress p;
  p.seconds = seconds();
  p.lowerBound = result.lowerBound;
  p.best = best;
  p.explored = p.distinct = classes.size();
  p.round = result.statistics.rounds;
  context.options.progress(p);
}

MapperResult Search::finish(MapperResult::Status status) {
  result.status = status;
  for (const EinsumClass &cls : classes)
    for (const EinsumClass::Unit &u : cls.units) {
      result.statistics.partialMappings += u.explorer->numPriced;
      result.statistics.pruned += u.explorer->numPruned;
    }
  result.statistics.seconds = seconds();
  return std::move(result);
}

MapperResult Search::run() {
  classify();
  result.statistics.distinctEinsums = classes.size();
  if (context.graph.einsums.empty()) {
    result.value = result.lowerBound = 0;
    return finish(MapperResult::Status::Optimal);
  }
  result.reason = refuse();
  if (!result.reason.empty() || !prepare())
    return finish(MapperResult::Status::Infeasible);
  sumBounds();
  result.lowerBound = context.value(least);
  return context.isFront() ? findFront() : findOptimum();
}

} // namespace accel::ffm
