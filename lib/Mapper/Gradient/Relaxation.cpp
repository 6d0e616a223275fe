//===- Relaxation.cpp - A program's mapspace made continuous --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Relaxation.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace accel::gradient {

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

double Relaxation::share(const TensorPart &t, unsigned dim,
                         unsigned prime) const {
  return 1 / (1 + std::exp(-x[t.firstShare[dim] + prime]));
}

/// What tensor `t` takes of a limit if it is exchanged as option `o` says.
double Relaxation::expectedSize(const TensorPart &t, unsigned o,
                                const RelaxedLimit &limit) const {
  const Tensor &tensor = program.graph.tensors[t.tensor];
  const MemoryLevel &memory = *program.arch.memory(limit.node);
  double whole = memory.buffering;
  if (!limit.values)
    whole *= memory.bitsPerValue(tensor, Role::Output);
  for (int64_t extent : tensor.shape)
    whole *= double(extent);
  double log = 0;
  for (unsigned dim : t.options[o].dims)
    for (unsigned k = 0; k != t.primes[dim].size(); ++k)
      log += share(t, dim, k) * t.primes[dim][k].exponent *
             t.primes[dim][k].logarithm;
  return whole * std::exp(-log);
}

/// What tensors that only pass by an Einsum take of a limit.
double Relaxation::passingNeed(const EinsumPart &part,
                               const RelaxedLimit &limit) const {
  double need = 0;
  for (unsigned i : part.passing) {
    const TensorPart &t = tensors[i];
    for (unsigned o = 0; o != t.options.size(); ++o) {
      if (t.options[o].level != limit.node)
        continue;
      need += t.probability[o] * expectedSize(t, o, limit);
    }
  }
  return need;
}

void Relaxation::addPassing(const EinsumPart &part, const RelaxedLimit &limit,
                            double weight, std::vector<double> &gradient) {
  for (unsigned i : part.passing) {
    TensorPart &t = tensors[i];
    for (unsigned o = 0; o != t.options.size(); ++o) {
      if (t.options[o].level != limit.node)
        continue;
      double d = weight * t.probability[o] * expectedSize(t, o, limit);
      t.gradient[o] += d;
      for (unsigned dim : t.options[o].dims)
        for (unsigned k = 0; k != t.primes[dim].size(); ++k) {
          double s = share(t, dim, k);
          gradient[t.firstShare[dim] + k] -= d * t.primes[dim][k].exponent *
                                             t.primes[dim][k].logarithm * s *
                                             (1 - s);
        }
    }
  }
}

void Relaxation::evaluateVariant(EinsumPart &part, Variant &v,
                                 const Softness &softness) {
  (void)part;
  std::vector<std::vector<double>> shares;
  for (const auto &sharers : v.sharers) {
    // Tensors that share a loop agree on it, or pay for not doing so; meanwhile
    // the mean counts.
    shares.emplace_back();
    unsigned primes =
        tensors[sharers.front().first].primes[sharers.front().second].size();
    for (unsigned k = 0; k != primes; ++k) {
      double sum = 0;
      for (auto [i, dim] : sharers)
        sum += share(tensors[i], dim, k);
      shares.back().push_back(sum / sharers.size());
    }
  }
  v.path->forward(x.slice(v.firstLogit, v.path->numLogits()),
                  softness.temperature, shares, softness.sharpness);
  v.energyJ = v.path->energyJ();
  if (!hardware)
    return;
  v.energyJ += extraLeakW() * v.path->latencyS();
  for (const RelaxedLevel &level : v.path->levels())
    v.energyJ +=
        (hardware->energyScale(level.node) - 1) * v.path->energyOf(level);
}

double Relaxation::extraLeakW() const {
  return hardware ? hardware->leakW() - program.arch.totalLeakW() : 0;
}

double Relaxation::logLimit(const RelaxedLimit &limit) const {
  return hardware && !limit.values && hardware->varies(limit.node)
             ? hardware->logSize(limit.node)
             : limit.logLimit;
}

double Relaxation::logInstances(const SpaceFanout &fanout) const {
  return hardware && hardware->varies(fanout.node)
             ? hardware->logSize(fanout.node)
             : std::log(double(fanout.n));
}

/// The terms of the hardware's own limits.
double Relaxation::hardwareTerms(double energyJ, double latencyS) {
  const HardwareSpace &space = hardware->space;
  hardwareViolations[0] = hardware->areaExcess();
  hardwareViolations[1] =
      std::isinf(space.powerLimitW)
          ? -1
          : std::log(energyJ / latencyS / space.powerLimitW);
  double sum = 0;
  for (unsigned i = 0; i != 2; ++i) {
    double m = hardwareMultipliers[i];
    double active = std::max(0.0, m + penalty * hardwareViolations[i]);
    sum += (active * active - m * m) / (2 * penalty);
  }
  return sum;
}

/// The terms of a variant's constraints, each max(0, m + w g)^2 - m^2 over 2 w.
double Relaxation::lagrangian(Variant &v, const EinsumPart &part,
                              const SpaceUnit &unit) {
  unsigned c = 0;
  for (const RelaxedLimit &limit : v.path->limits())
    v.violations[c++] =
        std::log((v.path->neededFor(limit) + passingNeed(part, limit)) /
                 program.capacityShare) -
        logLimit(limit);
  for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
    double use = v.path->logUse(f);
    v.violations[c++] = use - logInstances(unit.fanouts[f]);
    v.violations[c++] = asksForUse(unit.fanouts[f])
                            ? std::log(double(unit.fanouts[f].least)) - use
                            : -1;
  }
  double sum = 0;
  for (unsigned i = 0; i != c; ++i) {
    double m = v.multipliers[i];
    double active = std::max(0.0, m + penalty * v.violations[i]);
    sum += (active * active - m * m) / (2 * penalty);
  }
  // Tensors that share a loop must agree.
  for (const auto &sharers : v.sharers) {
    auto [first, firstDim] = sharers.front();
    for (unsigned k = 0; k != tensors[first].primes[firstDim].size(); ++k) {
      double mean = 0;
      for (auto [i, dim] : sharers)
        mean += share(tensors[i], dim, k) / sharers.size();
      for (auto [i, dim] : sharers) {
        double d = share(tensors[i], dim, k) - mean;
        sum += penalty * d * d;
      }
    }
  }
  return sum;
}

void Relaxation::differentiate(EinsumPart &part, Variant &v,
                               const SpaceUnit &unit, double energyWeight,
                               double latencyWeight, double weight,
                               std::vector<double> &gradient) {
  std::vector<double> limitWeights, useWeights(unit.fanouts.size(), 0);
  unsigned c = 0;
  auto active = [&](unsigned i) {
    return weight * std::max(0.0, v.multipliers[i] + penalty * v.violations[i]);
  };
  for (const RelaxedLimit &limit : v.path->limits()) {
    double need = v.path->neededFor(limit) + passingNeed(part, limit);
    if (hardware && !limit.values && hardware->varies(limit.node))
      hardware->addLogSize(limit.node, -active(c));
    double d = active(c++) / need;
    limitWeights.push_back(d);
    if (d != 0)
      addPassing(part, limit, d, gradient);
  }
  for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
    if (hardware && hardware->varies(unit.fanouts[f].node))
      hardware->addLogSize(unit.fanouts[f].node, -active(c));
    useWeights[f] += active(c++);
    if (asksForUse(unit.fanouts[f]))
      useWeights[f] -= active(c);
    ++c;
  }
  std::vector<std::vector<double>> byShare;
  for (const auto &sharers : v.sharers)
    byShare.emplace_back(
        tensors[sharers.front().first].primes[sharers.front().second].size(),
        0.0);
  std::vector<double> levelWeights;
  if (hardware) {
    latencyWeight += energyWeight * extraLeakW();
    hardware->addLeak(energyWeight * v.path->latencyS());
    for (const RelaxedLevel &level : v.path->levels()) {
      levelWeights.push_back(energyWeight *
                             (hardware->energyScale(level.node) - 1));
      hardware->addEnergyScale(level.node,
                               energyWeight * v.path->energyOf(level));
    }
  }
  v.path->backward(energyWeight, latencyWeight, limitWeights, useWeights,
                   llvm::MutableArrayRef<double>(gradient).slice(
                       v.firstLogit, v.path->numLogits()),
                   byShare, levelWeights);
  for (unsigned l = 0; l != v.sharers.size(); ++l)
    for (unsigned k = 0; k != byShare[l].size(); ++k) {
      double mean = 0;
      for (auto [i, dim] : v.sharers[l])
        mean += share(tensors[i], dim, k) / v.sharers[l].size();
      for (auto [i, dim] : v.sharers[l]) {
        double s = share(tensors[i], dim, k);
        gradient[tensors[i].firstShare[dim] + k] +=
            (byShare[l][k] / v.sharers[l].size() +
             weight * penalty * 2 * (s - mean)) *
            s * (1 - s);
      }
    }
}

/// Softmax of a range of parameters.
static std::vector<double> softmax(llvm::ArrayRef<double> logits,
                                   double temperature) {
  std::vector<double> p(logits.begin(), logits.end());
  double most = *std::max_element(p.begin(), p.end()), sum = 0;
  for (double &v : p)
    sum += v = std::exp((v - most) / temperature);
  for (double &v : p)
    v /= sum;
  return p;
}

double Relaxation::evaluate(llvm::ArrayRef<double> parameters,
                            const Softness &softness,
                            std::vector<double> &gradient) {
  x = parameters;
  gradient.assign(x.size(), 0);
  if (hardware)
    hardware->set(x.drop_front(firstHardware));
  for (TensorPart &t : tensors) {
    t.probability =
        softmax(x.slice(t.firstLogit, t.options.size()), softness.temperature);
    t.gradient.assign(t.options.size(), 0);
  }
  unsigned count = einsums.size();
  std::vector<double> mass(count, 0), energy(count, 0), latency(count, 0),
      terms(count, 0);
  std::vector<std::vector<double>> structures(count), variantTerms(count);
  double totalE = 0, totalL = 0, loss = 0;
  for (unsigned e = 0; e != count; ++e) {
    EinsumPart &part = einsums[e];
    structures[e] = softmax(x.slice(part.firstLogit, part.numStructures),
                            softness.temperature);
    for (Variant &v : part.variants) {
      evaluateVariant(part, v, softness);
      v.weight = structures[e][v.structure];
      for (auto [i, o] : v.choices)
        v.weight *= tensors[i].probability[o];
      variantTerms[e].push_back(
          lagrangian(v, part, program.spaces[e].units[v.path->path.unit]));
      mass[e] += v.weight;
      energy[e] += v.weight * v.energyJ;
      latency[e] += v.weight * v.path->latencyS();
      terms[e] += v.weight * variantTerms[e].back();
    }
    // What no structure can follow counts by its probability.
    energy[e] /= mass[e];
    latency[e] /= mass[e];
    terms[e] /= mass[e];
    totalE += energy[e];
    totalL += latency[e];
    loss += terms[e] - std::log(mass[e]);
  }
  Criterion c = program.criterion;
  double byE = 0, byL = 0;
  if (c.energyPower != 0) {
    loss += c.energyPower * std::log(totalE);
    byE = c.energyPower / totalE;
  }
  if (c.latencyPower != 0) {
    loss += c.latencyPower * std::log(totalL);
    byL = c.latencyPower / totalL;
  }
  if (hardware) {
    loss += hardwareTerms(totalE, totalL);
    auto active = [&](unsigned i) {
      return std::max(0.0,
                      hardwareMultipliers[i] + penalty * hardwareViolations[i]);
    };
    hardware->addAreaExcess(active(0));
    byE += active(1) / totalE;
    byL -= active(1) / totalL;
  }

  for (unsigned e = 0; e != count; ++e) {
    EinsumPart &part = einsums[e];
    std::vector<double> byStructure(part.numStructures, 0);
    for (unsigned i = 0; i != part.variants.size(); ++i) {
      Variant &v = part.variants[i];
      double p = v.weight / mass[e];
      differentiate(part, v, program.spaces[e].units[v.path->path.unit],
                    byE * p, byL * p, p, gradient);
      double byLog = p * (byE * (v.energyJ - energy[e]) +
                          byL * (v.path->latencyS() - latency[e]) +
                          variantTerms[e][i] - terms[e] - 1);
      byStructure[v.structure] += byLog;
      for (auto [t, o] : v.choices)
        tensors[t].gradient[o] += byLog;
    }
    double sum = 0;
    for (double d : byStructure)
      sum += d;
    for (unsigned k = 0; k != part.numStructures; ++k)
      gradient[part.firstLogit + k] +=
          (byStructure[k] - structures[e][k] * sum) / softness.temperature;
  }
  for (TensorPart &t : tensors) {
    double sum = 0;
    for (double d : t.gradient)
      sum += d;
    for (unsigned o = 0; o != t.options.size(); ++o)
      gradient[t.firstLogit + o] +=
          (t.gradient[o] - t.probability[o] * sum) / softness.temperature;
  }
  if (hardware)
    llvm::copy(hardware->gradient(), gradient.begin() + firstHardware);
  return loss;
}

void Relaxation::updateMultipliers() {
  double worst = 0, worstBefore = 0;
  for (EinsumPart &part : einsums)
    for (Variant &v : part.variants)
      for (unsigned i = 0; i != v.multipliers.size(); ++i) {
        v.multipliers[i] =
            std::max(0.0, v.multipliers[i] + penalty * v.violations[i]);
        worst = std::max(worst, v.violations[i]);
        worstBefore = std::max(worstBefore, v.previous[i]);
        v.previous[i] = v.violations[i];
      }
  for (unsigned i = 0; i != hardwareMultipliers.size(); ++i)
    hardwareMultipliers[i] =
        std::max(0.0, hardwareMultipliers[i] + penalty * hardwareViolations[i]);
  if (worst > 0.5 * worstBefore && penalty < 64)
    penalty *= 2;
}

ProgramState Relaxation::decode() const {
  FusionPlan plan(program.graph.tensors.size());
  for (Exchange &exchange : plan)
    exchange.level = program.arch.outermost();
  // The surest first: later ones adapt.
  std::vector<std::pair<double, unsigned>> order;
  for (unsigned i = 0; i != tensors.size(); ++i)
    order.push_back({-*std::max_element(tensors[i].probability.begin(),
                                        tensors[i].probability.end()),
                     i});
  llvm::sort(order);
  for (auto [sureness, i] : llvm::reverse(order)) {
    const TensorPart &t = tensors[i];
    unsigned o = std::max_element(t.probability.begin(), t.probability.end()) -
                 t.probability.begin();
    Exchange exchange{t.options[o].level, {}};
    for (unsigned dim : t.options[o].dims) {
      int64_t product = 1;
      for (unsigned k = 0; k != t.primes[dim].size(); ++k)
        for (long n = std::lround(share(t, dim, k) * t.primes[dim][k].exponent);
             n > 0; --n)
          product *= t.primes[dim][k].prime;
      if (product > 1)
        exchange.loops.push_back({dim, product, -1});
    }
    if (exchange.level != program.arch.outermost())
      setExchange(program, plan, t.tensor, exchange);
  }
  ProgramState state;
  for (unsigned e = 0; e != einsums.size(); ++e) {
    const Variant *best = &einsums[e].variants.front();
    for (const Variant &v : einsums[e].variants)
      if (v.weight > best->weight)
        best = &v;
    state.paths.push_back(best->path->rounded());
  }
  for (unsigned e = 0; e != einsums.size(); ++e)
    if (!followPlan(program, plan, e, state.paths[e])) {
      // Unfused, everything can be followed.
      for (const SpaceAccess &a : program.spaces[e].accesses)
        plan[a.tensor] = {program.arch.outermost(), {}};
      for (unsigned other = 0; other != einsums.size(); ++other)
        followPlan(program, plan, other, state.paths[other]);
    }
  return state;
}

//===----------------------------------------------------------------------===//
// Descent
//===----------------------------------------------------------------------===//

ProgramState descend(Relaxation &relaxation, unsigned steps,
                     const std::function<bool()> &expired) {
  constexpr double kRate = 0.12, kBeta1 = 0.9, kBeta2 = 0.99;
  std::vector<double> x = relaxation.initial().vec(), gradient,
                      mean(x.size(), 0), square(x.size(), 0);
  for (unsigned step = 1; step <= steps; ++step) {
    double progress = double(step) / steps;
    Softness softness;
    softness.temperature = std::pow(0.15, progress);
    softness.sharpness = 4 * std::pow(16, progress);
    relaxation.evaluate(x, softness, gradient);
    if (expired())
      break;
    double bias1 = 1 - std::pow(kBeta1, step),
           bias2 = 1 - std::pow(kBeta2, step);
    for (unsigned i = 0; i != x.size(); ++i) {
      mean[i] = kBeta1 * mean[i] + (1 - kBeta1) * gradient[i];
      square[i] = kBeta2 * square[i] + (1 - kBeta2) * gradient[i] * gradient[i];
      x[i] -= kRate * (mean[i] / bias1) / (std::sqrt(square[i] / bias2) + 1e-8);
    }
    if (step % 10 == 0)
      relaxation.updateMultipliers();
  }
  Softness hard;
  hard.temperature = 0.15;
  hard.sharpness = 64;
  relaxation.evaluate(x, hard, gradient);
  return relaxation.decode();
}

} // namespace accel::gradient
