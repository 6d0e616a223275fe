//===- RelaxFactors.cpp - Descent over one structure's factors ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathPolish.h"
#include "RelaxedPath.h"
#include <cmath>

namespace accel::gradient {

namespace {

/// Steps of Adam, and its constants.
constexpr unsigned kSteps = 60;
constexpr double kRate = 0.25, kBeta1 = 0.9, kBeta2 = 0.99;

/// One structure under an augmented Lagrangian.
class FactorDescent {
public:
  FactorDescent(const PathSpace &space, const PathGoal &goal, const Path &path)
      : goal(goal), relaxed(space, path), unit(space.units[path.unit]) {
    // Loops above exchanged tensors are given.
    for (const FusedLoop &loop : path.fused) {
      shares.emplace_back();
      for (const PrimePower &p : primePowers(space.ranks[loop.rank].bound)) {
        unsigned times = 0;
        for (int64_t c = loop.count; c % p.prime == 0; c /= p.prime)
          ++times;
        shares.back().push_back(double(times) / p.exponent);
      }
    }
    unsigned count = relaxed.limits().size() + 2 * unit.fanouts.size();
    multipliers.assign(count, 0);
    violations.assign(count, 0);
  }

  Path run(Random &random) {
    std::vector<double> x(relaxed.numLogits()), mean(x.size(), 0),
        square(x.size(), 0), gradient;
    for (double &v : x)
      v = random.uniform() - 0.5;
    for (unsigned step = 1; step <= kSteps; ++step) {
      double progress = double(step) / kSteps;
      temperature = std::pow(0.2, progress);
      sharpness = 4 * std::pow(16, progress);
      evaluate(x, gradient);
      double bias1 = 1 - std::pow(kBeta1, step);
      double bias2 = 1 - std::pow(kBeta2, step);
      for (unsigned i = 0; i != x.size(); ++i) {
        mean[i] = kBeta1 * mean[i] + (1 - kBeta1) * gradient[i];
        square[i] =
            kBeta2 * square[i] + (1 - kBeta2) * gradient[i] * gradient[i];
        x[i] -=
            kRate * (mean[i] / bias1) / (std::sqrt(square[i] / bias2) + 1e-8);
      }
      if (step % 10 == 0)
        for (unsigned i = 0; i != multipliers.size(); ++i)
          multipliers[i] =
              std::max(0.0, multipliers[i] + penalty * violations[i]);
      if (step % 10 == 0)
        penalty = std::min(64.0, 2 * penalty);
    }
    return relaxed.rounded();
  }

private:
  void evaluate(llvm::ArrayRef<double> x, std::vector<double> &gradient) {
    relaxed.forward(x, temperature, shares, sharpness);
    gradient.assign(x.size(), 0);
    double energy = goal.otherEnergyJ + relaxed.energyJ();
    double latency = goal.otherLatencyS + relaxed.latencyS();
    std::vector<double> limitWeights, useWeights(unit.fanouts.size(), 0);
    unsigned c = 0;
    for (const RelaxedLimit &limit : relaxed.limits()) {
      double need = relaxed.neededFor(limit);
      violations[c] = std::log(need / goal.capacityShare) - limit.logLimit;
      limitWeights.push_back(active(c++) / need);
    }
    for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
      double use = relaxed.logUse(f);
      violations[c] = use - std::log(double(unit.fanouts[f].n));
      useWeights[f] += active(c++);
      violations[c] = unit.fanouts[f].least > 1
                          ? std::log(double(unit.fanouts[f].least)) - use
                          : -1;
      useWeights[f] -= active(c++);
    }
    std::vector<std::vector<double>> byShare;
    for (const auto &share : shares)
      byShare.emplace_back(share.size(), 0.0);
    relaxed.backward(goal.criterion.energyPower / energy,
                     goal.criterion.latencyPower / latency, limitWeights,
                     useWeights, gradient, byShare);
  }
  double active(unsigned i) const {
    return std::max(0.0, multipliers[i] + penalty * violations[i]);
  }

  const PathGoal &goal;
  RelaxedPath relaxed;
  const SpaceUnit &unit;
  std::vector<std::vector<double>> shares;
  std::vector<double> multipliers, violations;
  double temperature = 1, sharpness = 4, penalty = 1;
};

} // namespace

bool relaxFactors(const PathSpace &space, const PathGoal &goal, Path &path,
                  Random &random) {
  Path rounded = FactorDescent(space, goal, path).run(random);
  if (!settle(space, rounded))
    return false;
  path = std::move(rounded);
  return true;
}

} // namespace accel::gradient
