//===- Surroundings.cpp - What Einsums know of each other early -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before any region is enumerated, the choices of backing levels alone are
// joined, with bounds from the tables: that gives a lower bound on the program
// and, per choice, on everything around an Einsum. Then each Einsum looks only
// into regions that the neighbours explored before it can go along with.
//
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "llvm/ADT/STLExtras.h"
#include <map>
#include <set>

namespace accel::ffm {

/// One bound per choice of backing levels.
static void boundHoldings(const SearchContext &context, EinsumClass &cls) {
  cls.holdings = {};
  unsigned tracked = context.tracked.size();
  for (PartialMapping m :
       cls.pinned ? cls.space.mappings : std::vector<PartialMapping>()) {
    Nest nest = cls.space.nests[m.nest];
    nest.isOpen = true;
    nest.loops.clear();
    nest.above.assign(tracked, 0);
    for (Exchange &x : nest.exchanges) {
      x.loops.clear();
      x.handOver.clear();
      x.size.assign(tracked, 0);
    }
    m.isBound = true;
    m.total.assign(tracked, 0);
    m.nest = cls.holdings.nests.intern(std::move(nest));
    cls.holdings.mappings.push_back(std::move(m));
  }
  for (const EinsumClass::Unit &u : cls.units)
    u.explorer->boundRoots(cls.holdings);
  // What has no tables yet may hold as the others do.
  for (const EinsumClass::Candidate &c : cls.candidates)
    for (PartialMapping &m : cls.holdings.mappings)
      m.cost.include(context.costOf(c.energyJ, c.latencyS));
}

/// Joins choices of backing levels with bounds on what they cost: returns the
/// least value, at least `low`, and notes what every choice needs around it in
/// programs within the threshold.
double Search::joinHoldings(double low, double threshold) {
  for (EinsumClass &cls : classes)
    for (EinsumClass::Unit &u : cls.units)
      u.byRoot.clear();
  for (EinsumClass &cls : classes)
    boundHoldings(context, cls);
  std::vector<EinsumSpace *> spaces;
  for (unsigned c : classOf)
    spaces.push_back(&classes[c].holdings);
  ExchangeGraph graph(context, spaces);
  constexpr double kRise = 0.02, kHighest = 1e12;
  JoinMarginals marginals;
  JoinTask task;
  task.low = low;
  task.threshold = threshold < kInf ? threshold : low * kHighest;
  task.margin = kRise;
  task.takesOpen = true;
  JoinResult joined =
      joinProgram(context, graph, task, [&] { return expired(); }, &marginals);
  result.statistics.joins += joined.joins;
  if (joined.programs.empty())
    return threshold < kInf ? std::max(low, threshold) : low;
  if (threshold == kInf)
    return std::max(low, context.value(joined.programs.front().cost));

  for (EinsumClass &cls : classes)
    for (EinsumClass::Unit &u : cls.units)
      u.byRoot.assign(u.graph->roots.size(), {});
  for (unsigned e = 0; e != classOf.size(); ++e) {
    EinsumClass &cls = classes[classOf[e]];
    unsigned next = 0;
    for (EinsumClass::Unit &u : cls.units)
      for (Others &others : u.byRoot) {
        unsigned nest = cls.holdings.mappings[next++].nest;
        unsigned signature = cls.holdings.nests[nest].signature;
        if (signature < marginals.others[e].size())
          others.include(marginals.others[e][signature]);
      }
  }
  return low;
}

/// Whether an Einsum touches some operand once per point: then hardly any cost
/// depends on its tiles, and only its neighbours limit them.
static bool isFlat(const EinsumGraph &graph, const Einsum &einsum) {
  return llvm::any_of(einsum.accesses, [&](const TensorAccess &access) {
    double values = 1;
    for (int64_t extent : graph.tensorOf(access).shape)
      values *= double(extent);
    return einsum.numPoints() <= values;
  });
}

/// Classes in the order in which they are explored: those that cost most first,
/// since the threshold leaves them the least choice, flat ones last; of equal
/// ones those that have no neighbours before them, so that few wait for others.
/// A wave holds classes that wait for the same ones.
std::vector<std::vector<unsigned>> Search::wavesByShare() const {
  std::vector<double> share(classes.size());
  for (unsigned c = 0; c != classes.size(); ++c) {
    const EinsumClass &cls = classes[c];
    if (cls.pinned) {
      share[c] = kInf;
      continue;
    }
    if (least.energyJ > 0)
      share[c] += cls.least.energyJ / least.energyJ;
    if (least.latencyS > 0)
      share[c] += cls.least.latencyS / least.latencyS;
    if (isFlat(context.graph, context.graph.einsums[cls.einsum]))
      share[c] -= 2;
  }

  std::vector<std::set<unsigned>> neighbours(classes.size());
  for (const Tensor &tensor : context.graph.tensors) {
    if (!tensor.isIntermediate())
      continue;
    llvm::SmallVector<unsigned, 4> users(tensor.consumers);
    users.push_back(tensor.producer);
    for (unsigned a : users)
      for (unsigned b : users)
        if (classOf[a] != classOf[b])
          neighbours[classOf[a]].insert(classOf[b]);
  }

  std::map<double, std::vector<unsigned>, std::greater<>> byShare;
  for (unsigned c = 0; c != classes.size(); ++c)
    byShare[share[c]].push_back(c);
  std::vector<int> wave(classes.size(), -1);
  std::vector<std::vector<unsigned>> waves;
  for (auto &[_, equals] : byShare)
    for (unsigned most = 0; !equals.empty(); ++most)
      llvm::erase_if(equals, [&](unsigned c) {
        auto isBefore = [&](unsigned n) { return wave[n] >= 0; };
        if (llvm::count_if(neighbours[c], isBefore) > most)
          return false;
        for (unsigned n : neighbours[c])
          wave[c] = std::max(wave[c], wave[n]);
        if (waves.size() <= unsigned(++wave[c]))
          waves.resize(wave[c] + 1);
        waves[wave[c]].push_back(c);
        return true;
      });
  return waves;
}

/// Notes how a class can exchange its intermediates, by operand, as far as it
/// has been explored.
void Search::noteExchanges(EinsumClass &cls) const {
  cls.exchanges.assign(context.graph.einsums[cls.einsum].accesses.size(), {});
  for (const PartialMapping &m : cls.space.mappings) {
    const Nest &nest = cls.space.nests[m.nest];
    if (!nest.isOpen)
      for (const Exchange &x : nest.exchanges)
        cls.exchanges[x.access].add(x.node, x.loops);
  }
}

/// Gathers, per operand of a class, the exchanges that all users of the tensor
/// that are explored can take part in, wherever an Einsum of the class stands.
void Search::lookAround(unsigned c, const std::vector<char> &explored,
                        unsigned rank) {
  const EinsumGraph &graph = context.graph;
  EinsumClass &cls = classes[c];
  unsigned numAccesses = graph.einsums[cls.einsum].accesses.size();
  // Per operand: the sets of (class, operand) that read or write the tensor.
  using Users = std::set<std::pair<unsigned, unsigned>>;
  std::vector<std::set<Users>> users(numAccesses);
  for (unsigned e = 0; e != classOf.size(); ++e) {
    if (classOf[e] != c)
      continue;
    for (unsigned a = 0; a != numAccesses; ++a) {
      unsigned t = graph.einsums[e].accesses[a].tensor;
      const Tensor &tensor = graph.tensors[t];
      if (!tensor.isIntermediate())
        continue;
      Users here;
      auto meet = [&](unsigned other) {
        if (other != e && explored[classOf[other]])
          here.insert({classOf[other], unsigned(graph.findAccessOf(other, t))});
      };
      meet(tensor.producer);
      for (unsigned consumer : tensor.consumers)
        meet(consumer);
      users[a].insert(std::move(here));
    }
  }

  cls.around.assign(numAccesses, {});
  cls.surroundings.rank = rank;
  cls.surroundings.exchanges.assign(numAccesses, nullptr);
  for (unsigned a = 0; a != numAccesses; ++a) {
    if (users[a].empty() || users[a].count({}))
      continue;
    for (const Users &here : users[a]) {
      auto [firstClass, firstAccess] = *here.begin();
      classes[firstClass].exchanges[firstAccess].forEach(
          [&](unsigned level, llvm::ArrayRef<FusedLoop> loops) {
            if (llvm::all_of(here, [&](auto user) {
                  return classes[user.first].exchanges[user.second].contains(
                      level, loops);
                }))
              cls.around[a].add(level, loops);
          });
    }
    cls.surroundings.exchanges[a] = &cls.around[a];
  }
}

} // namespace accel::ffm
