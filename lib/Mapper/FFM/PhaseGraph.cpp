//===- PhaseGraph.cpp - What remains to be placed -------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PhaseGraph.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <map>

namespace accel::ffm {

namespace {

/// A phase as a value: equal keys have equal futures.
struct Key {
  unsigned level = 0;
  uint32_t pending = 0;
  /// Per operand: innermost level that holds it, or -1; level of the backing
  /// keep to come, or -1; levels that hold it and that later levels ask about;
  /// instances that share what moves between its keep and here.
  llvm::SmallVector<int, 4> parent, backing;
  llvm::SmallVector<uint32_t, 4> held;
  llvm::SmallVector<double, 4> shared;
  /// Spatial factors over ranks irrelevant to the output, all and those above
  /// its keep.
  double siblings = 1, siblingsAtParent = 1;
  /// Instances in use, per level that may still be charged and here.
  llvm::SmallVector<double, 6> instances;
  double here = 1;

  std::vector<double> flat() const {
    std::vector<double> f{double(level), double(pending), siblings,
                          siblingsAtParent, here};
    f.insert(f.end(), parent.begin(), parent.end());
    f.insert(f.end(), backing.begin(), backing.end());
    f.insert(f.end(), held.begin(), held.end());
    f.insert(f.end(), shared.begin(), shared.end());
    f.insert(f.end(), instances.begin(), instances.end());
    return f;
  }
};

} // namespace

struct PhaseGraph::Builder {
  const EinsumProblem &problem;
  const Einsum &einsum;
  std::vector<Phase> phases;
  std::map<std::vector<double>, unsigned> known;
  /// Post-order: every transition leads to an earlier entry.
  std::vector<unsigned> finished;
  /// Per level and operand: levels that the rule of a later level asks about.
  std::vector<llvm::SmallVector<uint32_t, 4>> askedAfter;

  explicit Builder(const EinsumProblem &problem)
      : problem(problem), einsum(problem.einsum) {
    askedAfter.assign(numLevels() + 1,
                      llvm::SmallVector<uint32_t, 4>(numAccesses(), 0));
    for (unsigned l = numLevels(); l-- != 0;)
      for (unsigned a = 0; a != numAccesses(); ++a) {
        askedAfter[l][a] = askedAfter[l + 1][a];
        if (l + 1 == numLevels())
          continue;
        for (unsigned node : holding(l + 1, a).requiredUnlessHeldIn)
          for (unsigned o = 0; o != l + 1; ++o)
            if (problem.levels[o].node == node)
              askedAfter[l][a] |= 1u << o;
      }
  }

  unsigned numLevels() const { return problem.levels.size(); }
  unsigned numAccesses() const { return problem.accesses.size(); }

  Holding holding(unsigned level, unsigned access) const {
    return problem.context.arch.holding(problem.levels[level].node,
                                        problem.unitNode, problem.context.graph,
                                        einsum, access);
  }

  /// Results that an instance starts; a copy starts none.
  double results() const {
    double count = 1;
    for (unsigned r = 0; r != einsum.ranks.size(); ++r)
      if (!einsum.isReduction(r))
        count *= double(einsum.ranks[r].bound);
    return einsum.isCopy ? 0 : count;
  }

  bool mayHold(unsigned level, unsigned access) const {
    return holding(level, access).kind != Holding::Kind::Forbidden;
  }

  bool mayBack(unsigned level, unsigned access) const {
    return problem.accesses[access].exchanged &&
           ffm::mayBack(problem.context.graph, problem.context.arch, einsum,
                        access, problem.unitNode, problem.levels[level].node);
  }

  /// Whether `level` must hold the operand, given the levels above that do.
  bool mustHold(unsigned level, unsigned access, const Key &key) const {
    Holding h = holding(level, access);
    if (h.kind == Holding::Kind::Required)
      return true;
    return llvm::any_of(h.requiredUnlessHeldIn, [&](unsigned node) {
      for (unsigned o = 0; o != level; ++o)
        if (problem.levels[o].node == node)
          return !(key.held[access] >> o & 1);
      return true;
    });
  }

  /// Drops what no longer matters, so that equal futures meet.
  void canonicalise(Key &key) const {
    for (unsigned a = 0; a != numAccesses(); ++a)
      key.held[a] &= askedAfter[key.level][a];
    const AccessInfo &out = problem.accesses.back();
    int outParent = key.parent.back();
    if (outParent < 0 || problem.levels[outParent].mem->accumulates ||
        !out.isOutput)
      key.siblingsAtParent = 1;
    for (unsigned l = 0; l != numLevels(); ++l)
      if (!llvm::is_contained(key.parent, int(l)))
        key.instances[l] = 1;
  }

  unsigned intern(Key key);
  void addAdvances(const Key &key, std::vector<Advance> &out) const;
  void enterLevel(Key key, unsigned level, const Advance &so_far,
                  std::vector<std::pair<Advance, Key>> &out) const;
  Placement place(const Key &key, unsigned access, unsigned level, Key &next);
  void finish(const Key &key, Phase &phase) const;
  void start(std::vector<Root> &roots);
};

/// Charges what holding `access` in `level` moves between there and its parent.
Placement PhaseGraph::Builder::place(const Key &key, unsigned access,
                                     unsigned level, Key &next) {
  const AccessInfo &info = problem.accesses[access];
  const PathLevel &child = problem.levels[level];
  Placement p;
  p.access = access;
  p.level = level;
  p.backing = key.parent[access] < 0;
  p.exchanged = p.backing && info.exchanged;
  p.tables = &problem.tables(access, level);
  p.pads = child.mem->pads;
  uint32_t settled = ~0u;
  for (unsigned a = 0; a != numAccesses(); ++a)
    if (key.parent[a] == int(level)) {
      p.beside |= 1u << a;
      // What is exchanged stays where the neighbours see it.
      settled &= mayBack(level, a) ? 0 : problem.accesses[a].full;
    }
  // Nor do loops move past it where it was held ahead of its level's turn, nor
  // where every tile that is read costs a start.
  bool isAhead =
      llvm::any_of(key.parent, [&](int l) { return l > int(level); });
  bool mayMove = p.beside != 0 && !isAhead && !problem.countsTiles();
  p.settled = mayMove ? settled : 0;
  next = key;
  next.parent[access] = level;
  next.held[access] |= 1u << level;
  next.backing[access] = -1;
  next.pending &= ~(1u << access);
  next.shared[access] = 1;
  next.instances[level] = key.here;
  if (info.isOutput)
    next.siblingsAtParent = key.siblings;
  // Earlier contents of an output come from the outermost memory, once.
  bool readsInit = info.isOutput && einsum.readsInit;
  if (p.backing && (!readsInit || level == 0))
    return p;

  const unsigned from = p.backing ? 0 : key.parent[access];
  const PathLevel &parent = problem.levels[from];
  double childBits = info.bits[level];
  double parentBits = info.bits[from];
  double groups = key.shared[access];
  Price childRead, childWrite, parentRead, parentWrite;
  if (p.backing) {
    childWrite = {0, childBits};
    parentRead = {0, parentBits};
  } else if (!info.isOutput) {
    childWrite = {childBits, 0};
    parentRead.perGiven = parentBits / groups;
  } else {
    if (child.mem->chargesEvictions)
      childRead = {childBits, 0};
    childWrite = {childBits, -childBits * key.siblings};
    parentWrite = {parentBits / groups, 0};
    parentRead = {parentBits / groups,
                  parent.mem->accumulates ? -parentBits * key.siblings / groups
                                          : -parentBits * key.siblingsAtParent};
    if (readsInit) {
      childWrite.perFirst += childBits;
      parentRead.perFirst += parentBits;
    }
  }
  auto chargeTime = [&](int port, const Price &seconds) {
    for (auto &[known, price] : p.times)
      if (known == unsigned(port)) {
        price += seconds;
        return;
      }
    p.times.push_back({unsigned(port), seconds});
  };
  auto charge = [&](const Price &bits, double joules, double rate, int port,
                    double instances) {
    if (bits.isZero())
      return;
    p.energy += bits * joules;
    if (port < 0 || rate == kInf)
      return;
    // Zeros that the child makes take the time of values.
    Price moved = bits;
    moved.perFill += std::exchange(moved.perGiven, 0);
    chargeTime(port, moved * (1 / (rate * instances)));
  };
  auto chargeLevel = [&](const PathLevel &l, const Price &read,
                         const Price &write, double instances) {
    charge(read, l.mem->readJPerBit, l.mem->readBitsPerS, l.readPort,
           instances);
    charge(write, l.mem->writeJPerBit, l.mem->writeBitsPerS, l.writePort,
           instances);
  };
  chargeLevel(child, childRead, childWrite, key.here);
  double parents = p.backing ? 1 : key.instances[from];
  chargeLevel(parent, parentRead, parentWrite, parents);
  // Earlier contents of an output that is backed on chip come apart from tiles.
  if (!problem.context.needsTime || p.backing)
    return p;
  if (!info.isOutput && parent.mem->readStartS > 0 && parent.readPort >= 0) {
    Price start;
    start.perTile = parent.mem->readStartS / groups / parents;
    chargeTime(parent.readPort, start);
  }
  // All but the port that moves an exposed tile wait for it.
  int port = info.isOutput ? parent.writePort : parent.readPort;
  double rate =
      info.isOutput ? parent.mem->writeBitsPerS : parent.mem->readBitsPerS;
  if (!parent.mem->exposesEnds || rate == kInf)
    return p;
  Price tile;
  tile.inTile = parentBits * key.here / groups / (rate * parents);
  for (int other = 0; other != int(problem.numPorts); ++other)
    if (other != port)
      chargeTime(other, tile);
  return p;
}

/// Enters `level` with every allowed choice of what to hold there; where that
/// is nothing, goes on to the next level.
void PhaseGraph::Builder::enterLevel(
    Key key, unsigned level, const Advance &soFar,
    std::vector<std::pair<Advance, Key>> &out) const {
  llvm::ArrayRef<Split> splits = problem.splitsAbove(level);
  // A copy below its backing keeps spreads nothing: no cost depends on it.
  if (einsum.isCopy && llvm::all_of(key.backing, [](int b) { return b < 0; }) &&
      problem.freeRanks + 1 == 1u << einsum.ranks.size())
    splits = splits.take_front(1);
  for (const Split &split : splits) {
    Key crossed = key;
    Advance advance = soFar;
    advance.crosses |= !problem.fanoutsAbove(level).empty();
    bool fits = true;
    for (const SpatialFactor &f : split) {
      advance.split.push_back(f);
      advance.factors[f.rank] *= f.factor;
      bool isFree = problem.freeRanks >> f.rank & 1;
      if (isFree && !problem.mayTake(f.rank, advance.factors[f.rank]))
        fits = false;
      crossed.here *= double(f.factor);
      const Fanout &fanout = *problem.context.arch.fanout(f.fanout);
      for (unsigned a = 0; a != numAccesses(); ++a) {
        const AccessInfo &info = problem.accesses[a];
        if (info.relevant() >> f.rank & 1)
          continue;
        if (fanout.mayReuse.contains(info.role) && key.parent[a] >= 0)
          crossed.shared[a] *= double(f.factor);
        if (info.isOutput)
          crossed.siblings *= double(f.factor);
      }
      for (unsigned a = 0; a != numAccesses(); ++a)
        if (key.backing[a] >= 0 && !(problem.accesses[a].fusable >> f.rank & 1))
          fits = false;
    }
    if (!fits)
      continue;
    crossed.level = level;
    if (level == numLevels()) {
      if (llvm::all_of(key.parent, [](int p) { return p >= 0; }))
        out.push_back({advance, crossed});
      continue;
    }
    uint32_t may = 0, must = 0;
    for (unsigned a = 0; a != numAccesses(); ++a) {
      bool backsHere = key.backing[a] == int(level);
      bool backed = key.parent[a] >= 0;
      if (key.parent[a] >= int(level)) {
        // Backed ahead of its level's turn.
        if (key.parent[a] > int(level) && mustHold(level, a, key))
          must |= 1u << 31;
        continue;
      }
      if ((backsHere || (backed && !einsum.isCopy)) && mayHold(level, a))
        may |= 1u << a;
      if (backsHere)
        must |= 1u << a;
      // A copy has no inner keeps: what it does not touch there is no concern.
      if (!einsum.isCopy && (backed || backsHere) && mustHold(level, a, key))
        must |= 1u << a;
      // An intermediate that waits for an inner level may be due here.
      if (!backed && !backsHere && mustHold(level, a, key))
        must |= 1u << 31;
    }
    if (must & ~may)
      continue;
    uint32_t choice = may & ~must;
    for (uint32_t subset = choice;; subset = (subset - 1) & choice) {
      Key held = crossed;
      held.pending = must | subset;
      if (held.pending != 0)
        out.push_back({advance, held});
      else
        enterLevel(held, level + 1, advance, out);
      if (subset == 0)
        break;
    }
  }
}

void PhaseGraph::Builder::finish(const Key &key, Phase &phase) const {
  phase.end = true;
  phase.endTimes.assign(problem.numPorts, 0);
  phase.endExposed.assign(problem.numPorts, 0);
  const ComputeUnit &unit = *problem.context.arch.unit(problem.unitNode);
  double ops = problem.points() * einsum.opsPerPoint;
  phase.endEnergy = ops * unit.jPerOp;
  phase.instances = key.here;
  for (unsigned r = 0; r != einsum.ranks.size(); ++r)
    if (!einsum.ranks[r].lanes.empty())
      phase.instances /= double(einsum.ranks[r].bound);
  if (problem.context.needsTime)
    phase.endTimes[problem.computePort] =
        (ops + unit.initOps * results() * key.siblings) / key.here /
        unit.opsPerS;
  if (einsum.isCopy) {
    unsigned from = key.parent.front(), to = key.parent.back();
    if (from == to)
      return;
    // Booked on the source: what leaves one level and enters the other.
    unsigned source = 0, result = numAccesses() - 1;
    double values = problem.tables(result, 0).occupancy[problem.lattice.top()];
    const PathLevel &src = problem.levels[from], &dst = problem.levels[to];
    double readBits = values * problem.accesses[source].bits[from];
    double writeBits = values * problem.accesses[source].bits[to];
    phase.endEnergy +=
        readBits * src.mem->readJPerBit + writeBits * dst.mem->writeJPerBit;
    if (src.readPort >= 0)
      phase.endTimes[src.readPort] += readBits / src.mem->readBitsPerS;
    if (dst.writePort >= 0)
      phase.endTimes[dst.writePort] +=
          writeBits / (dst.mem->writeBitsPerS * key.instances[to]);
    return;
  }
  for (unsigned a = 0; a != numAccesses(); ++a) {
    const AccessInfo &info = problem.accesses[a];
    unsigned l = key.parent[a];
    const PathLevel &level = problem.levels[l];
    double values = problem.computeValues(a), groups = key.shared[a];
    double reads = values / groups, writes = 0;
    if (info.isOutput) {
      double firsts = 1;
      for (unsigned r = 0; r != einsum.ranks.size(); ++r)
        if (info.full >> r & 1)
          firsts *= double(einsum.ranks[r].bound);
      writes = values / groups;
      reads = level.mem->accumulates
                  ? (values - firsts * key.siblings) / groups
                  : values / groups - firsts * key.siblingsAtParent;
      if (einsum.readsInit)
        reads += firsts;
    }
    double bits = info.bits[l];
    phase.endEnergy += bits * (reads * level.mem->readJPerBit +
                               writes * level.mem->writeJPerBit);
    auto expose = [&](int port, double s) {
      if (port >= 0 && level.mem->exposesEnds)
        phase.endExposed[port] += s;
    };
    if (info.isOutput)
      expose(level.writePort,
             writes * bits / (level.mem->writeBitsPerS * key.instances[l]));
    else
      expose(level.readPort,
             reads * bits / (level.mem->readBitsPerS * key.instances[l]));
    if (level.readPort >= 0)
      phase.endTimes[level.readPort] +=
          reads * bits / (level.mem->readBitsPerS * key.instances[l]);
    if (level.writePort >= 0)
      phase.endTimes[level.writePort] +=
          writes * bits / (level.mem->writeBitsPerS * key.instances[l]);
  }
}

unsigned PhaseGraph::Builder::intern(Key key) {
  canonicalise(key);
  auto [it, isNew] = known.try_emplace(key.flat(), phases.size());
  if (!isNew)
    return it->second;
  unsigned id = phases.size();
  phases.emplace_back();
  Phase phase;
  phase.level = key.level;
  phase.pending = key.pending;
  for (unsigned a = 0; a != numAccesses(); ++a)
    if (key.backing[a] >= 0) {
      phase.unbacked |= 1u << a;
      phase.fusable &= problem.accesses[a].fusable;
      if (problem.context.fitsWhole(problem.index,
                                    problem.levels[key.backing[a]].node))
        phase.fusable = 0;
    }
  phase.fusable &= problem.freeRanks;

  if (key.level == numLevels()) {
    finish(key, phase);
  } else if (key.pending == 0) {
    Advance none;
    none.factors.assign(einsum.ranks.size(), 1);
    std::vector<std::pair<Advance, Key>> next;
    enterLevel(key, key.level + 1, none, next);
    for (auto &[advance, target] : next) {
      advance.target = intern(target);
      phase.advances.push_back(std::move(advance));
    }
  } else {
    for (unsigned a = 0; a != numAccesses(); ++a) {
      int level = key.level;
      if (!(key.pending >> a & 1)) {
        // Backing keeps of intermediates may stand ahead of outer levels, as
        // long as no fan-out lies between.
        if (key.backing[a] < 0)
          continue;
        level = key.backing[a];
        bool reachable = true;
        for (int l = key.level + 1; l <= level; ++l)
          reachable &= problem.levels[l].fanouts.empty();
        if (!reachable)
          continue;
      }
      Key next;
      Placement placement = place(key, a, level, next);
      placement.target = intern(next);
      phase.placements.push_back(std::move(placement));
    }
  }
  phases[id] = std::move(phase);
  finished.push_back(id);
  return id;
}

void PhaseGraph::Builder::start(std::vector<Root> &roots) {
  Key key;
  key.parent.assign(numAccesses(), -1);
  key.backing.assign(numAccesses(), -1);
  key.held.assign(numAccesses(), 0);
  key.shared.assign(numAccesses(), 1);
  key.instances.assign(numLevels(), 1);

  auto choose = [&](auto &self, unsigned a) -> void {
    if (a == numAccesses()) {
      // Reads of one tensor by one Einsum are exchanged alike.
      for (unsigned i = 0; i != a; ++i)
        for (unsigned j = 0; j != i; ++j)
          if (problem.accesses[i].tensor == problem.accesses[j].tensor &&
              (key.backing[i] != key.backing[j] ||
               key.parent[i] != key.parent[j]))
            return;
      Root root;
      for (unsigned i = 0; i != a; ++i) {
        if (key.parent[i] == 0)
          root.held |= 1u << i;
        root.backing.push_back(std::max(0, key.backing[i]));
      }
      root.phase = intern(key);
      roots.push_back(std::move(root));
      return;
    }
    bool exchanged = problem.accesses[a].exchanged;
    bool must = mustHold(0, a, key);
    if (must || mayHold(0, a)) {
      key.parent[a] = 0;
      key.held[a] = 1;
      self(self, a + 1);
      key.parent[a] = -1;
      key.held[a] = 0;
    }
    if (must || !exchanged || !problem.context.options.fuse)
      return;
    for (unsigned l = 1; l != numLevels(); ++l) {
      if (!mayHold(l, a))
        continue;
      key.backing[a] = l;
      self(self, a + 1);
      key.backing[a] = -1;
    }
  };
  choose(choose, 0);
}

PhaseGraph::PhaseGraph(const EinsumProblem &problem) {
  Builder builder(problem);
  builder.start(roots);

  // Reverse post-order is topological.
  unsigned count = builder.finished.size();
  std::vector<unsigned> newIndex(count);
  for (unsigned i = 0; i != count; ++i)
    newIndex[builder.finished[i]] = count - 1 - i;
  phases.resize(count);
  for (unsigned old = 0; old != count; ++old)
    phases[newIndex[old]] = std::move(builder.phases[old]);
  for (Root &root : roots)
    root.phase = newIndex[root.phase];
  for (unsigned i = count; i-- != 0;) {
    Phase &phase = phases[i];
    for (Placement &p : phase.placements) {
      p.target = newIndex[p.target];
      phase.livePorts |= phases[p.target].livePorts;
      for (auto &[port, price] : p.times)
        phase.livePorts |= 1u << port;
    }
    for (Advance &a : phase.advances) {
      a.target = newIndex[a.target];
      phase.livePorts |= phases[a.target].livePorts;
    }
    // What is exposed at the end prolongs all ports.
    for (unsigned port = 0; port != phase.endTimes.size(); ++port)
      if (phase.endTimes[port] > 0 || problem.exposesEnds())
        phase.livePorts |= 1u << port;
  }
}

} // namespace accel::ffm
