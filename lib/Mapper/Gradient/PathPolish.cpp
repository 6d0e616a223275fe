//===- PathPolish.cpp - Descent over one Einsum's neighbours --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathPolish.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel::gradient {

/// Ways to fill a fan-out that are compared.
static constexpr unsigned kMaxFills = 400;

namespace {

/// Descends over the factors of one structure.
class FactorPolish {
public:
  FactorPolish(const PathSpace &space, const PathGoal &goal, Path &path,
               Random &random, const std::function<bool()> &expired)
      : space(space), unit(space.units[path.unit]), path(path),
        expired(expired), coster(space, goal, path),
        places(placesOf(space, path)), best(coster.evaluate(path)) {
    for (unsigned r = 0; r != space.numRanks(); ++r)
      if (space.ranks[r].isFree && ownBound(space, path, r) > 1)
        ranks.push_back(r);
    random.shuffle(ranks);
  }

  PathCost run(Effort effort) {
    while (!expired()) {
      if (trySingles())
        continue;
      if (!(effort != Effort::Quick && tryPairs()) &&
          !(effort == Effort::Deep && tryChains()))
        break;
    }
    return best;
  }

private:
  bool accepts(Place place, unsigned rank) const {
    if (place.fanout >= 0)
      return unit.fanouts[place.fanout].ranks >> rank & 1;
    return true;
  }

  int64_t used(int fanout) {
    int64_t product = 1;
    for (unsigned r = 0; r != space.numRanks(); ++r)
      product *= path.spread[fanout * space.numRanks() + r];
    return product;
  }

  /// Whether fan-outs are neither overfull nor less used than they must be.
  bool spreads(Place a, Place b) {
    for (int f : {a.fanout, b.fanout})
      if (f >= 0 &&
          (used(f) > unit.fanouts[f].n || used(f) < unit.fanouts[f].least))
        return false;
    return true;
  }

  bool improves() {
    PathCost cost = coster.evaluate(path);
    if (!(cost < best))
      return false;
    best = cost;
    return true;
  }

  /// Amounts worth moving out of a factor: its primes and all of it.
  llvm::SmallVector<int64_t, 6> amounts(int64_t factor) const {
    llvm::SmallVector<int64_t, 6> result;
    for (int64_t p = 2, left = factor; left > 1; ++p) {
      if (p * p > left)
        p = left;
      if (left % p != 0)
        continue;
      result.push_back(p);
      while (left % p == 0)
        left /= p;
    }
    if (factor > 1 && result.back() != factor)
      result.push_back(factor);
    return result;
  }

  bool trySingles() {
    bool improved = false;
    for (unsigned r : ranks)
      improved |= space.ranks[r].mayPad ? tryPadded(r) : tryRank(r);
    return improved;
  }

  bool tryRank(unsigned r) {
    bool improved = false;
    for (unsigned i = 0; i != places.size(); ++i) {
      int64_t &from = factorAt(space, path, places[i], r);
      if (from == 1)
        continue;
      for (int64_t amount : amounts(from))
        for (unsigned j = 0; j != places.size() && from % amount == 0; ++j) {
          if (i == j || !accepts(places[j], r))
            continue;
          int64_t &to = factorAt(space, path, places[j], r);
          from /= amount;
          to *= amount;
          if (spreads(places[i], places[j]) && improves()) {
            improved = true;
          } else {
            from *= amount;
            to /= amount;
          }
        }
    }
    return improved;
  }

  /// The outermost loop of a padded rank takes what the others leave, rounded
  /// up: so the others may be anything.
  bool tryPadded(unsigned r) {
    bool improved = false;
    for (unsigned i = 0; i != places.size(); ++i) {
      int64_t f = factorAt(space, path, places[i], r);
      llvm::SmallVector<std::pair<int64_t, int64_t>, 12> changes = {
          {f + 1, 1}, {2 * f, 1}, {3 * f, 1}};
      if (f > 1) {
        changes.push_back({f - 1, 1});
        for (int64_t p : {int64_t(2), int64_t(3), f}) {
          changes.push_back({(f + p - 1) / p, 1});
          changes.push_back({(f + p - 1) / p, p});
        }
      }
      for (auto [value, moved] : changes)
        for (unsigned j = 0; j != (moved > 1 ? places.size() : 1); ++j) {
          if ((moved > 1 && (i == j || !accepts(places[j], r))) ||
              !accepts(places[i], r))
            continue;
          Path before = path;
          factorAt(space, path, places[i], r) = value;
          if (moved > 1)
            factorAt(space, path, places[j], r) *= moved;
          if (fitProduct(space, path, places, r) &&
              spreads(places[i], places[moved > 1 ? j : i]) && improves())
            improved = true;
          else
            path = std::move(before);
        }
    }
    return improved;
  }

  /// One factor goes from one place to another while one of another rank goes
  /// the other way, or takes or leaves the same fan-out.
  bool tryPairs() {
    for (unsigned r : ranks)
      for (unsigned i = 0; i != places.size(); ++i) {
        if (space.ranks[r].mayPad || factorAt(space, path, places[i], r) == 1)
          continue;
        if (expired())
          return false;
        for (int64_t amount : amounts(factorAt(space, path, places[i], r)))
          for (unsigned j = 0; j != places.size(); ++j) {
            if (i == j || !accepts(places[j], r))
              continue;
            factorAt(space, path, places[i], r) /= amount;
            factorAt(space, path, places[j], r) *= amount;
            if (tryCounter(r, i, j))
              return true;
            factorAt(space, path, places[i], r) *= amount;
            factorAt(space, path, places[j], r) /= amount;
          }
      }
    return false;
  }

  /// What would be better but does not fit, with any second move that makes
  /// room.
  bool tryChains() {
    for (unsigned r : ranks) {
      if (space.ranks[r].mayPad)
        continue;
      for (unsigned i = 0; i != places.size(); ++i) {
        if (expired())
          return false;
        for (int64_t amount : amounts(factorAt(space, path, places[i], r)))
          for (unsigned j = 0; j != places.size(); ++j) {
            if (i == j || !accepts(places[j], r))
              continue;
            int64_t &from = factorAt(space, path, places[i], r);
            int64_t &to = factorAt(space, path, places[j], r);
            from /= amount;
            to *= amount;
            if (spreads(places[i], places[j])) {
              PathCost cost = coster.evaluate(path);
              if (cost.overflow > 0 && cost.value < best.value && trySecond())
                return true;
            }
            from *= amount;
            to /= amount;
          }
      }
    }
    return false;
  }

  bool trySecond() {
    for (unsigned q : ranks) {
      if (space.ranks[q].mayPad)
        continue;
      for (unsigned k = 0; k != places.size(); ++k)
        for (int64_t amount : amounts(factorAt(space, path, places[k], q)))
          for (unsigned l = 0; l != places.size(); ++l) {
            if (l == k || !accepts(places[l], q))
              continue;
            int64_t &from = factorAt(space, path, places[k], q);
            int64_t &to = factorAt(space, path, places[l], q);
            from /= amount;
            to *= amount;
            if (spreads(places[k], places[l]) && improves())
              return true;
            from *= amount;
            to /= amount;
          }
    }
    return false;
  }

  bool tryCounter(unsigned r, unsigned i, unsigned j) {
    bool spatial = places[i].fanout >= 0 || places[j].fanout >= 0;
    for (unsigned q : ranks) {
      if (q == r || space.ranks[q].mayPad)
        continue;
      for (unsigned k = 0; k != places.size(); ++k) {
        bool back = k == j;
        if (!back && !(spatial && places[j].fanout < 0))
          continue;
        int64_t f = factorAt(space, path, places[k], q);
        if (f == 1)
          continue;
        for (int64_t amount : amounts(f))
          for (unsigned l = 0; l != places.size(); ++l) {
            bool toSource = l == i;
            if (l == k || !accepts(places[l], q) ||
                (!toSource && !(back && places[j].fanout >= 0)))
              continue;
            factorAt(space, path, places[k], q) /= amount;
            factorAt(space, path, places[l], q) *= amount;
            if (spreads(places[i], places[j]) &&
                spreads(places[k], places[l]) && improves())
              return true;
            factorAt(space, path, places[k], q) *= amount;
            factorAt(space, path, places[l], q) /= amount;
          }
      }
    }
    return false;
  }

public:
  /// Fills fan-outs as far as their minimum usage asks, in the best way.
  void fillFanouts() {
    for (unsigned f = 0; f != unit.fanouts.size(); ++f)
      for (Place place : places)
        if (place.fanout == int(f) && used(f) < unit.fanouts[f].least)
          fillFanout(place);
    best = coster.evaluate(path);
  }

private:
  void fillFanout(Place to) {
    Path chosen = path;
    // From scratch: what stands there may have no completion.
    for (unsigned r = 0; r != space.numRanks(); ++r) {
      if (!accepts(to, r))
        continue;
      path.factors[to.slot * space.numRanks() + r] *=
          std::exchange(factorAt(space, path, to, r), 1);
      fitProduct(space, path, places, r);
    }
    PathCost bestFill;
    bool found = false;
    unsigned tried = 0;
    const SpaceFanout &fanout = unit.fanouts[to.fanout];
    auto choose = [&](auto &self, unsigned r) -> void {
      int64_t product = used(to.fanout);
      if (product >= fanout.least) {
        PathCost cost = coster.evaluate(path);
        if (!found || cost < bestFill) {
          bestFill = cost;
          chosen = path;
        }
        found = true;
        ++tried;
      }
      if (r == space.numRanks() || tried > kMaxFills)
        return;
      Path before = path;
      self(self, r + 1);
      if (accepts(to, r))
        for (int64_t f = fanout.n / product; f > 1; --f)
          if (takeFactor(to, r, f)) {
            self(self, r + 1);
            path = before;
          }
    };
    choose(choose, 0);
    path = std::move(chosen);
  }

  /// Moves `factor` of a rank's temporal loops, innermost first, to `to`.
  bool takeFactor(Place to, unsigned r, int64_t factor) {
    if (space.ranks[r].mayPad) {
      // The outermost loop takes the rest, rounded up.
      int64_t wanted = factorAt(space, path, to, r) * factor;
      Path before = path;
      factorAt(space, path, to, r) = wanted;
      if (fitProduct(space, path, places, r) &&
          factorAt(space, path, to, r) == wanted)
        return true;
      path = std::move(before);
      return false;
    }
    int64_t available = 1;
    for (Place p : places)
      if (p.fanout < 0)
        available *= factorAt(space, path, p, r);
    if (available % factor != 0)
      return false;
    factorAt(space, path, to, r) *= factor;
    for (int64_t p : primeFactors(factor))
      for (Place from : llvm::reverse(places)) {
        int64_t &f = factorAt(space, path, from, r);
        if (from.fanout >= 0 || f % p != 0)
          continue;
        f /= p;
        break;
      }
    return true;
  }

  const PathSpace &space;
  const SpaceUnit &unit;
  Path &path;
  const std::function<bool()> &expired;
  PathCoster coster;
  llvm::SmallVector<Place, 16> places;
  PathCost best;
  llvm::SmallVector<unsigned, 8> ranks;
};

} // namespace

/// Polishes factors only.
static PathCost polishFactors(const PathSpace &space, const PathGoal &goal,
                              Path &path, Effort effort, Random &random,
                              const std::function<bool()> &expired) {
  FactorPolish polish(space, goal, path, random, expired);
  polish.fillFanouts();
  return polish.run(effort);
}

/// Whether it is worth while to look at pairs of factors, too.
static bool isPromising(const PathCost &cost, const PathCost &best) {
  constexpr double kNear = 1.1;
  return cost.overflow == 0 && cost.value < kNear * best.value;
}

PathCost polishPath(const PathSpace &space, const PathGoal &goal, Path &path,
                    Effort effort, Random &random,
                    const std::function<bool()> &expired) {
  PathCost best = polishFactors(space, goal, path, effort, random, expired);
  if (effort < Effort::All)
    return best;
  bool improved = true;
  while (improved && !expired()) {
    improved = false;
    std::vector<Path> neighbours = neighbourStructures(space, path);
    random.shuffle(neighbours);
    for (Path &candidate : neighbours) {
      if (expired())
        break;
      PathCost cost =
          polishFactors(space, goal, candidate, Effort::Quick, random, expired);
      if (effort == Effort::Deep && !(cost < best) && isPromising(cost, best))
        cost = polishFactors(space, goal, candidate, effort, random, expired);
      if (!(cost < best))
        continue;
      best = cost;
      path = candidate;
      improved = true;
      break;
    }
    if (improved) {
      PathCost cost = polishFactors(space, goal, path, effort, random, expired);
      best = cost < best ? cost : best;
    }
  }
  return best;
}

} // namespace accel::gradient
