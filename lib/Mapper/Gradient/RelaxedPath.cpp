//===- RelaxedPath.cpp - One structure with continuous tiles --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RelaxedPath.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

namespace accel::gradient {

llvm::SmallVector<PrimePower, 4> primePowers(int64_t n) {
  llvm::SmallVector<PrimePower, 4> powers;
  for (int64_t p : primeFactors(n)) {
    if (!powers.empty() && powers.back().prime == p)
      ++powers.back().exponent;
    else
      powers.push_back({p, 1, std::log(double(p))});
  }
  return powers;
}

RelaxedPath::RelaxedPath(const PathSpace &space, const Path &path)
    : path(path), space(space), places(placesOf(space, path)) {
  const SpaceUnit &unit = space.units[path.unit];
  for (unsigned r = 0; r != space.numRanks(); ++r) {
    if (!space.ranks[r].isFree || space.ranks[r].bound == 1)
      continue;
    Split split;
    split.rank = r;
    split.primes = primePowers(space.ranks[r].bound);
    for (unsigned p = 0; p != places.size(); ++p)
      if (places[p].fanout < 0 || unit.fanouts[places[p].fanout].ranks >> r & 1)
        split.open.push_back(p);
    split.first = logitCount;
    logitCount += split.primes.size() * split.open.size();
    splits.push_back(std::move(split));
  }
  listLoops();
  recordModel();
}

/// The own loops in the order in which mappingOf writes them with
/// IdleLoops::All.
void RelaxedPath::listLoops() {
  const SpaceUnit &unit = space.units[path.unit];
  for (unsigned p = 0; p != places.size(); ++p) {
    auto add = [&](unsigned r) { ownLoops.push_back({r, p}); };
    if (places[p].fanout >= 0) {
      const SpaceFanout &f = unit.fanouts[places[p].fanout];
      for (unsigned r = 0; r != space.numRanks(); ++r)
        if ((f.ranks | f.pinned) >> r & 1)
          add(r);
      continue;
    }
    unsigned slot = places[p].slot;
    auto mayStand = [&](unsigned r) {
      return space.ranks[r].isFree ||
             (space.ranks[r].whole && slot + 1 == path.numSlots());
    };
    int first = path.first[slot];
    if (first >= 0 && mayStand(first))
      add(first);
    for (unsigned r = 0; r != space.numRanks(); ++r)
      if (int(r) != first && mayStand(r))
        add(r);
  }
}

/// Runs the cost model once on recorded tiles.
void RelaxedPath::recordModel() {
  CostOptions model = space.model();
  model.imperfect = false;
  EinsumPlan plan =
      EinsumPlan::compile(space.graph, space.arch, space.index,
                          mappingOf(space, path, IdleLoops::All), model);
  Tape::active() = &tape;
  std::vector<Recorded> recorded;
  for (double tile : plan.tiles()) {
    Recorded r;
    r.node = tape.input(tile);
    recorded.push_back(r);
  }
  EinsumCost<Recorded> cost;
  llvm::ArrayRef<Recorded> loopTiles(recorded);
  plan.evaluate(loopTiles, cost);
  energyNode = cost.energyJ().node;
  latencyNode = cost.latencyS.node;
  for (unsigned l = 0; l != plan.levels().size(); ++l) {
    const MemoryLevel &level = *space.arch.memory(plan.levels()[l]);
    levelList.push_back(
        {plan.levels()[l], (cost.readBits[l] * level.readJPerBit +
                            cost.writeBits[l] * level.writeJPerBit)
                               .node});
    Recorded bits, values;
    for (const detail::Claim &claim : plan.claims()) {
      if (claim.level != l)
        continue;
      Recorded occupied = plan.occupied(claim.occupancy, loopTiles);
      bits = bits + occupied * claim.bits;
      values = values + occupied * claim.copies;
    }
    if (bits.node == 0)
      continue;
    if (level.sizeBits < kInf)
      limitList.push_back(
          {plan.levels()[l], false, bits.node, std::log(level.sizeBits)});
    if (level.sizeValues < kInf)
      limitList.push_back(
          {plan.levels()[l], true, values.node, std::log(level.sizeValues)});
  }
  Tape::active() = nullptr;
  tiles.resize(recorded.size());
  adjoints.resize(recorded.size());
}

void RelaxedPath::forward(llvm::ArrayRef<double> logits, double newTemperature,
                          llvm::ArrayRef<std::vector<double>> fusedShares,
                          double sharpness) {
  temperature = newTemperature;
  shares.assign(fusedShares.begin(), fusedShares.end());
  unsigned n = space.numRanks();
  weights.assign(logitCount, 0);
  logFactors.assign(places.size() * n, 0);
  for (const Split &split : splits) {
    unsigned width = split.open.size();
    for (unsigned k = 0; k != split.primes.size(); ++k) {
      const double *z = &logits[split.first + k * width];
      double *w = &weights[split.first + k * width];
      double most = *std::max_element(z, z + width), sum = 0;
      for (unsigned j = 0; j != width; ++j)
        sum += w[j] = std::exp((z[j] - most) / temperature);
      double left = 1;
      for (unsigned i = 0; i != path.fused.size(); ++i)
        if (path.fused[i].rank == split.rank)
          left -= shares[i][k];
      double whole = split.primes[k].exponent * split.primes[k].logarithm;
      for (unsigned j = 0; j != width; ++j) {
        w[j] /= sum;
        logFactors[split.open[j] * n + split.rank] += w[j] * left * whole;
      }
    }
  }
  for (unsigned r = 0; r != n; ++r)
    if (!space.ranks[r].isFree)
      for (unsigned p = 0; p != places.size(); ++p) {
        int64_t factor = places[p].fanout < 0
                             ? path.factors[places[p].slot * n + r]
                             : path.spread[places[p].fanout * n + r];
        logFactors[p * n + r] = std::log(double(factor));
      }

  // Tiles: the own loops from below, the fused ones from above.
  llvm::SmallVector<double, 8> below(n, 0.0);
  unsigned numFused = path.fused.size();
  for (unsigned i = ownLoops.size(); i-- != 0;) {
    auto [r, p] = ownLoops[i];
    tiles[numFused + i] = std::exp(below[r]);
    below[r] += logFactors[p * n + r];
  }
  llvm::SmallVector<double, 8> above;
  for (const SpaceRank &rank : space.ranks)
    above.push_back(std::log(double(rank.bound)));
  for (unsigned i = 0; i != numFused; ++i) {
    unsigned r = path.fused[i].rank;
    auto powers = primePowers(space.ranks[r].bound);
    for (unsigned k = 0; k != powers.size(); ++k)
      above[r] -= shares[i][k] * powers[k].exponent * powers[k].logarithm;
    tiles[i] = std::exp(above[r]);
  }
  tape.forward(tiles, sharpness);
}

double RelaxedPath::logUse(unsigned fanout) const {
  double use = 0;
  unsigned n = space.numRanks();
  for (unsigned p = 0; p != places.size(); ++p)
    if (places[p].fanout == int(fanout))
      for (unsigned r = 0; r != n; ++r)
        use += logFactors[p * n + r];
  return use;
}

void RelaxedPath::backward(
    double energyWeight, double latencyWeight,
    llvm::ArrayRef<double> limitWeights, llvm::ArrayRef<double> useWeights,
    llvm::MutableArrayRef<double> logitGradient,
    llvm::MutableArrayRef<std::vector<double>> shareGradient,
    llvm::ArrayRef<double> levelWeights) {
  llvm::SmallVector<std::pair<uint32_t, double>, 12> seeds{
      {energyNode, energyWeight}, {latencyNode, latencyWeight}};
  for (unsigned i = 0; i != limitList.size(); ++i)
    seeds.push_back({limitList[i].needed, limitWeights[i]});
  for (unsigned i = 0; i != levelWeights.size(); ++i)
    seeds.push_back({levelList[i].energy, levelWeights[i]});
  tape.backward(seeds, adjoints);

  // By the logarithms of factors: every loop above a factor has it in its tile.
  unsigned n = space.numRanks(), numFused = path.fused.size();
  std::vector<double> byFactor(places.size() * n, 0);
  llvm::SmallVector<double, 8> sum(n, 0.0);
  for (unsigned i = 0; i != ownLoops.size(); ++i) {
    auto [r, p] = ownLoops[i];
    byFactor[p * n + r] += sum[r];
    sum[r] += adjoints[numFused + i] * tiles[numFused + i];
  }
  for (unsigned p = 0; p != places.size(); ++p)
    if (places[p].fanout >= 0)
      for (unsigned r = 0; r != n; ++r)
        byFactor[p * n + r] += useWeights[places[p].fanout];

  for (const Split &split : splits) {
    unsigned width = split.open.size();
    for (unsigned k = 0; k != split.primes.size(); ++k) {
      const double *w = &weights[split.first + k * width];
      double whole = split.primes[k].exponent * split.primes[k].logarithm;
      double left = 1, mean = 0;
      for (unsigned i = 0; i != numFused; ++i)
        if (path.fused[i].rank == split.rank)
          left -= shares[i][k];
      for (unsigned j = 0; j != width; ++j)
        mean += w[j] * byFactor[split.open[j] * n + split.rank];
      for (unsigned j = 0; j != width; ++j)
        logitGradient[split.first + k * width + j] +=
            left * whole * w[j] *
            (byFactor[split.open[j] * n + split.rank] - mean) / temperature;
      for (unsigned i = 0; i != numFused; ++i) {
        if (path.fused[i].rank != split.rank)
          continue;
        double d = -mean;
        for (unsigned l = i; l != numFused; ++l)
          if (path.fused[l].rank == split.rank)
            d -= adjoints[l] * tiles[l];
        shareGradient[i][k] += d * whole;
      }
    }
  }
}

Path RelaxedPath::rounded() const {
  Path result = path;
  unsigned n = space.numRanks();
  for (const Split &split : splits) {
    for (unsigned p : split.open)
      factorAt(space, result, places[p], split.rank) = 1;
    unsigned width = split.open.size();
    for (unsigned k = 0; k != split.primes.size(); ++k) {
      const double *w = &weights[split.first + k * width];
      double left = split.primes[k].exponent;
      for (unsigned i = 0; i != path.fused.size(); ++i)
        if (path.fused[i].rank == split.rank)
          left -= shares[i][k] * split.primes[k].exponent;
      unsigned count = unsigned(std::lround(std::max(0.0, left)));
      llvm::SmallVector<std::pair<double, unsigned>, 12> remainders;
      llvm::SmallVector<unsigned, 12> whole(width, 0);
      unsigned given = 0;
      for (unsigned j = 0; j != width; ++j) {
        double share = w[j] * count;
        whole[j] = unsigned(share);
        given += whole[j];
        remainders.push_back({whole[j] - share, j});
      }
      llvm::sort(remainders);
      for (unsigned i = 0; given < count; ++i, ++given)
        ++whole[remainders[i % width].second];
      for (unsigned j = 0; j != width; ++j)
        for (unsigned times = 0; times != whole[j]; ++times)
          factorAt(space, result, places[split.open[j]], split.rank) *=
              split.primes[k].prime;
    }
  }
  (void)n;
  return result;
}

void RelaxedPath::preferPath(llvm::MutableArrayRef<double> logits,
                             double strength) const {
  Path copy = path;
  for (const Split &split : splits) {
    unsigned width = split.open.size();
    for (unsigned k = 0; k != split.primes.size(); ++k)
      for (unsigned j = 0; j != width; ++j) {
        int64_t f = factorAt(space, copy, places[split.open[j]], split.rank);
        unsigned times = 0;
        for (; f % split.primes[k].prime == 0; f /= split.primes[k].prime)
          ++times;
        logits[split.first + k * width + j] +=
            strength * times / split.primes[k].exponent;
      }
  }
}

} // namespace accel::gradient
