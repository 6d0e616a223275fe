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

/// Tile vectors per Einsum above which tables would not fit into memory.
static constexpr double kMaxVectors = 4e6;
/// First threshold above the lower bound for mappings, divided among Einsums
/// beyond a few, and for regions; how fast they rise; where they stop.
static constexpr double kFirstMargin = 0.002, kFewEinsums = 16;
static constexpr double kRegionMargin = 0.005, kImperfectMargin = 0.01;
static constexpr double kMarginGrowth = 1.5, kRegionGrowth = 4;
static constexpr double kLastMargin = 1e9;
/// While there are fewer regions than this, and fewer per class, their
/// threshold rises, up to a margin: that is cheaper than to start again later.
static constexpr size_t kFewRegions = 2000, kFewPerClass = 250;
static constexpr double kAmpleMargin = 0.1;

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

template <typename Work> void Search::forEachClass(Work work) {
  std::vector<unsigned> all(classes.size());
  std::iota(all.begin(), all.end(), 0);
  forEachOf(all, work);
}

template <typename Work>
void Search::forEachOf(llvm::ArrayRef<unsigned> which, Work work) {
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
/// whose tiles divide are always among them.
void Search::prepareWithin(EinsumClass &cls, double threshold,
                           double otherEnergyJ, double otherLatencyS) const {
  const Einsum &einsum = context.graph.einsums[cls.einsum];
  std::vector<EinsumClass::Candidate> left;
  for (EinsumClass::Candidate &c : cls.candidates) {
    bool divides = true;
    for (unsigned r = 0; r != c.pads.size(); ++r)
      divides &= c.pads[r] == einsum.ranks[r].bound;
    if (!divides && context.value(c.energyJ + otherEnergyJ,
                                  c.latencyS + otherLatencyS) > threshold) {
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
    cls.units.push_back(std::move(u));
  }
  cls.candidates = std::move(left);
  double energy = kInf, latency = kInf;
  for (const EinsumClass::Unit &u : cls.units) {
    energy = std::min(energy, u.explorer->leastEnergyJ());
    latency = std::min(latency, u.explorer->leastLatencyS());
  }
  for (const EinsumClass::Candidate &c : cls.candidates) {
    energy = std::min(energy, c.energyJ);
    latency = std::min(latency, c.latencyS);
  }
  cls.leastEnergyJ = std::max(cls.leastEnergyJ, energy);
  cls.leastLatencyS = std::max(cls.leastLatencyS, latency);
}

/// Builds tables and bounds; false if some Einsum has no mapping at all.
bool Search::prepare() {
  const EinsumGraph &graph = context.graph;
  for (const EinsumClass &cls : classes) {
    if (cls.pinned)
      continue;
    const Einsum &einsum = graph.einsums[cls.einsum];
    double vectors = 1;
    for (const Rank &rank : einsum.ranks)
      if (rank.isFree())
        vectors *= double(divisorsOf(rank.bound).size());
    if (einsum.ranks.size() > 30 || einsum.accesses.size() > 20 ||
        vectors > kMaxVectors) {
      result.reason =
          ("\"" + einsum.name + "\" has " + llvm::Twine(einsum.ranks.size()) +
           " ranks, " + llvm::Twine(einsum.accesses.size()) + " operands and " +
           llvm::Twine(uint64_t(vectors)) +
           " tile vectors but the search takes 30, 20 and " +
           llvm::Twine(uint64_t(kMaxVectors)))
              .str();
      return false;
    }
  }
  forEachClass([&](EinsumClass &cls) {
    if (cls.pinned) {
      cls.leastEnergyJ = cls.leastLatencyS = kInf;
      if (!describePinned(context, cls.einsum, *cls.pinned, cls.space,
                          cls.infeasible))
        return;
      cls.leastEnergyJ = cls.space.mappings.front().energyJ;
      cls.leastLatencyS = cls.space.mappings.front().latencyS;
      return;
    }
    if (expired())
      return;
    addCandidates(cls);
    prepareWithin(cls, context.options.imperfect ? 0 : kInf, 0, 0);
  });
  if (expired()) {
    timedOut = true;
    return false;
  }
  for (const EinsumClass &cls : classes) {
    if (cls.leastEnergyJ < kInf)
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

/// All regions within the threshold, as relaxed spaces. False if time ran out.
bool Search::findRegions(double threshold) {
  leastEnergyJ = leastLatencyS = 0;
  for (const EinsumClass &cls : classes) {
    leastEnergyJ += cls.count * cls.leastEnergyJ;
    leastLatencyS += cls.count * cls.leastLatencyS;
  }
  std::atomic<bool> stop{false};
  auto explore = [&](EinsumClass &cls) {
    cls.others.clear();
    if (cls.pinned)
      return;
    cls.space = {};
    Threshold t;
    t.value = threshold;
    t.otherEnergyJ = leastEnergyJ - cls.leastEnergyJ;
    t.otherLatencyS = leastLatencyS - cls.leastLatencyS;
    prepareWithin(cls, threshold, t.otherEnergyJ, t.otherLatencyS);
    for (EinsumClass::Unit &u : cls.units) {
      auto cancelled = [&] { return stop || (stop = expired()); };
      cls.surroundings.byRoot = u.byRoot;
      if (!u.explorer->findRegions(t, cls.surroundings, cls.space, cancelled))
        return;
    }
    keepUndominated(cls.space, context.needsEnergy, context.needsTime);
  };
  if (threshold == kInf) {
    for (EinsumClass &cls : classes)
      cls.surroundings = {};
    forEachClass(explore);
    return !stop;
  }
  // Wave by wave, so that each Einsum knows what its neighbours left.
  std::vector<char> explored(classes.size(), false);
  for (const std::vector<unsigned> &wave : wavesByShare()) {
    for (unsigned c : wave)
      lookAround(c, explored);
    forEachOf(wave, explore);
    if (stop)
      return false;
    for (unsigned c : wave) {
      noteExchanges(classes[c]);
      explored[c] = true;
    }
  }
  return true;
}

/// No mapping beats those found, the bounds on those cut, and those of regions
/// that were cut.
static void tightenBounds(EinsumClass &cls) {
  double energy = kInf, latency = kInf;
  for (const EinsumClass::Unit &u : cls.units) {
    energy = std::min(energy, u.explorer->cutEnergyJ());
    latency = std::min(latency, u.explorer->cutLatencyS());
  }
  for (const EinsumClass::Candidate &c : cls.candidates) {
    energy = std::min(energy, c.energyJ);
    latency = std::min(latency, c.latencyS);
  }
  for (const PartialMapping &m : cls.space.mappings) {
    energy = std::min(energy, m.energyJ);
    latency = std::min(latency, m.latencyS);
  }
  if (energy == kInf)
    return;
  cls.leastEnergyJ = std::max(cls.leastEnergyJ, energy * (1 - kSlack));
  cls.leastLatencyS = std::max(cls.leastLatencyS, latency * (1 - kSlack));
}

/// All mappings within the threshold, in place of the relaxed ones, and bounds
/// for the others.
bool Search::findMappings(double threshold) {
  std::atomic<bool> stop{false};
  forEachClass([&](EinsumClass &cls) {
    if (cls.pinned)
      return;
    // What is left alone keeps the bounds that it had.
    std::vector<PartialMapping> before = std::exchange(cls.space.mappings, {});
    for (PartialMapping &m : before) {
      unsigned signature = cls.space.nests[m.nest].signature;
      if (cls.others.empty() || cls.others[signature].isPossible())
        continue;
      m.isBound = true;
      cls.space.mappings.push_back(std::move(m));
    }
    for (EinsumClass::Unit &u : cls.units) {
      auto cancelled = [&] { return stop || (stop = expired()); };
      if (!u.explorer->findMappings(threshold, cls.others, cls.space,
                                    cancelled))
        return;
    }
    tightenBounds(cls);
    keepUndominated(cls.space, context.needsEnergy, context.needsTime);
  });
  return !stop;
}

/// An Einsum of a class may stand wherever any of the class can.
void Search::useMarginals(const JoinMarginals &marginals) {
  for (EinsumClass &cls : classes)
    cls.others.assign(std::max(1u, cls.space.nests.numSignatures()), {});
  for (unsigned e = 0; e != classOf.size(); ++e) {
    std::vector<Others> &others = classes[classOf[e]].others;
    for (unsigned s = 0; s != marginals.others[e].size(); ++s) {
      const Others &o = marginals.others[e][s];
      others[s].energyJ = std::min(others[s].energyJ, o.energyJ);
      others[s].latencyS = std::min(others[s].latencyS, o.latencyS);
    }
  }
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

double Search::valueOf(const JoinedProgram &program) const {
  double dynamic = program.energyJ;
  if (context.leakW > 0)
    dynamic -= context.leakW * program.latencyS;
  return context.value(dynamic, program.latencyS);
}

void Search::fillResult(const JoinResult &joined) {
  const JoinedProgram &first = joined.programs.front();
  result.best = mappingOf(first);
  result.value = valueOf(first);
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

MapperResult Search::run() {
  classify();
  result.statistics.distinctEinsums = classes.size();
  auto done = [&](MapperResult::Status status) {
    result.status = status;
    for (const EinsumClass &cls : classes)
      for (const EinsumClass::Unit &u : cls.units) {
        result.statistics.partialMappings += u.explorer->numPriced;
        result.statistics.pruned += u.explorer->numPruned;
      }
    result.statistics.seconds = seconds();
    return std::move(result);
  };
  if (context.graph.einsums.empty()) {
    result.value = result.lowerBound = 0;
    return done(MapperResult::Status::Optimal);
  }
  if (!prepare())
    return done(MapperResult::Status::Infeasible);

  std::vector<EinsumSpace *> spaces;
  for (unsigned c : classOf)
    spaces.push_back(&classes[c].space);
  std::optional<ExchangeGraph> graph;

  auto stopped = [&] {
    timedOut = true;
    result.reason = "the time limit passed before any mapping was found";
    return done(MapperResult::Status::Infeasible);
  };
  double margin =
      std::min(kFirstMargin, kFirstMargin * kFewEinsums / spaces.size());
  auto join = [&](double low, double threshold, JoinMarginals *marginals) {
    JoinResult joined = joinProgram(
        context, *graph, low, margin, threshold, [&] { return expired(); },
        marginals);
    result.statistics.joins += joined.joins;
    return joined;
  };

  double energy = 0, latency = 0;
  for (const EinsumClass &cls : classes) {
    energy += cls.count * cls.leastEnergyJ;
    latency += cls.count * cls.leastLatencyS;
  }
  result.lowerBound = context.value(energy, latency);
  if (!context.isFront())
    result.lowerBound =
        std::max(result.lowerBound,
                 joinHoldings(result.lowerBound, kInf) * (1 - kSlack));
  double regionMargin =
      context.options.imperfect ? kImperfectMargin : kRegionMargin;
  while (true) {
    // Regions within a threshold, joined as bounds.
    double threshold = context.isFront() || regionMargin > kLastMargin
                           ? kInf
                           : result.lowerBound * (1 + regionMargin);
    if (threshold < kInf)
      joinHoldings(threshold, threshold);
    if (!findRegions(threshold))
      return stopped();
    size_t numRegions = 0;
    for (const EinsumClass &cls : classes)
      numRegions += cls.space.mappings.size();
    if (threshold < kInf &&
        numRegions < std::max(kFewRegions, kFewPerClass * classes.size()) &&
        regionMargin < kAmpleMargin && !context.options.imperfect) {
      regionMargin *= kRegionGrowth;
      continue;
    }
    graph.emplace(context, spaces);
    JoinMarginals marginals;
    JoinResult joined;
    if (threshold < kInf) {
      joined = join(result.lowerBound, threshold, &marginals);
      if (joined.cancelled)
        return stopped();
    }
    // Mappings within a threshold that rises from the bound.
    while (true) {
      double within = kInf;
      if (threshold < kInf) {
        if (joined.programs.empty()) {
          result.lowerBound = std::max(result.lowerBound, threshold);
          regionMargin *= kRegionGrowth;
          report(kInf);
          break;
        }
        double bound = valueOf(joined.programs.front());
        result.lowerBound = std::max(result.lowerBound, bound * (1 - kSlack));
        report(kInf);
        within = std::max(bound, result.lowerBound) * (1 + margin);
        if (within > threshold) {
          regionMargin = std::max(regionMargin, kMarginGrowth * margin);
          break;
        }
        useMarginals(marginals);
        margin *= kMarginGrowth;
      }
      ++result.statistics.rounds;
      if (!findMappings(within))
        return stopped();
      joined = join(within, threshold, threshold < kInf ? &marginals : nullptr);
      if (joined.cancelled)
        return stopped();
      if (!joined.programs.empty() && !joined.programs.front().isBound) {
        fillResult(joined);
        result.lowerBound = result.value;
        report(result.value);
        return done(MapperResult::Status::Optimal);
      }
      if (threshold == kInf) {
        int at = context.graph.findEinsum(joined.reason);
        if (at >= 0)
          result.reason = explainCapacity(classes[classOf[at]]);
        if (result.reason.empty())
          result.reason = "no choice of mappings fits together at \"" +
                          joined.reason + "\"";
        return done(MapperResult::Status::Infeasible);
      }
    }
  }
}

} // namespace accel::ffm
