//===- RelaxedHardware.cpp - Sizes as continuous variables ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RelaxedHardware.h"
#include <algorithm>
#include <cmath>

namespace accel::gradient {

/// How near to the end of a range a descent may begin.
static constexpr double kMargin = 0.05;

RelaxedHardware::RelaxedHardware(const HardwareSpace &space,
                                 const Architecture &base)
    : space(space), base(base), variableOf(base.nodes.size(), -1) {
  for (unsigned v = 0; v != space.variables.size(); ++v)
    variableOf[space.variables[v].node] = int(v);
  // Fan-outs above multiply what a node takes.
  Term above{1, {}};
  for (unsigned node = 0; node != base.nodes.size(); ++node) {
    int variable = variableOf[node];
    if (const Fanout *fanout = base.fanout(node)) {
      if (variable >= 0)
        above.variables.push_back(variable);
      else
        above.coefficient *= double(fanout->n);
      continue;
    }
    Term area = above, leak = above;
    if (const MemoryLevel *level = base.memory(node)) {
      bool onChip = node != base.outermost() && std::isfinite(level->sizeBits);
      area.coefficient *= onChip ? space.areaMm2[node] : 0;
      leak.coefficient *= level->leakW;
      if (variable >= 0) {
        area.variables.push_back(variable);
        leak.variables.push_back(variable);
        leak.coefficient /= level->sizeBits;
      } else if (onChip) {
        area.coefficient *= level->sizeBits;
      }
    } else {
      area.coefficient *= space.areaMm2[node];
      leak.coefficient *= base.unit(node)->leakW;
    }
    areaTerms.push_back(std::move(area));
    leakTerms.push_back(std::move(leak));
  }
}

std::vector<double>
RelaxedHardware::parametersOf(const Architecture &arch) const {
  std::vector<double> parameters;
  for (const HardwareVariable &v : space.variables) {
    double size = arch.memory(v.node) ? arch.memory(v.node)->sizeBits
                                      : double(arch.fanout(v.node)->n);
    double range = std::log(v.most / v.least);
    double at = range > 0 ? std::log(size / v.least) / range : 0.5;
    at = std::clamp(at, kMargin, 1 - kMargin);
    parameters.push_back(std::log(at / (1 - at)));
  }
  return parameters;
}

void RelaxedHardware::set(llvm::ArrayRef<double> parameters) {
  unsigned count = numParameters();
  logs.resize(count);
  slopes.resize(count);
  byLog.assign(count, 0);
  for (unsigned v = 0; v != count; ++v) {
    double at = 1 / (1 + std::exp(-parameters[v]));
    double range = std::log(space.variables[v].most / space.variables[v].least);
    logs[v] = std::log(space.variables[v].least) + at * range;
    slopes[v] = at * (1 - at) * range;
  }
}

Architecture RelaxedHardware::largest() const {
  std::vector<double> most;
  for (const HardwareVariable &v : space.variables)
    most.push_back(v.most);
  return withSizes(space, base, most);
}

/// The part of a level's energy per access that grows, over the given energy.
double RelaxedHardware::growthAt(unsigned node, double size) const {
  return space.energyGrowth[node] * size / base.memory(node)->sizeBits;
}

double RelaxedHardware::energyScale(unsigned node) const {
  if (!varies(node))
    return 1;
  double fixed = 1 - space.energyGrowth[node];
  double most = space.variables[variableOf[node]].most;
  return (fixed + growthAt(node, std::exp(logSize(node)))) /
         (fixed + growthAt(node, most));
}

void RelaxedHardware::addEnergyScale(unsigned node, double weight) {
  if (!varies(node))
    return;
  double most = space.variables[variableOf[node]].most;
  addLogSize(node, weight * growthAt(node, std::exp(logSize(node))) /
                       (1 - space.energyGrowth[node] + growthAt(node, most)));
}

double RelaxedHardware::valueOf(const Term &term) const {
  double log = 0;
  for (unsigned v : term.variables)
    log += logs[v];
  return term.coefficient * std::exp(log);
}

double RelaxedHardware::valueOf(llvm::ArrayRef<Term> terms) const {
  double sum = 0;
  for (const Term &term : terms)
    sum += valueOf(term);
  return sum;
}

void RelaxedHardware::addTerms(llvm::ArrayRef<Term> terms, double weight) {
  for (const Term &term : terms)
    for (unsigned v : term.variables)
      byLog[v] += weight * valueOf(term);
}

double RelaxedHardware::areaExcess() const {
  return std::isinf(space.areaLimitMm2)
             ? -1
             : std::log(valueOf(areaTerms) / space.areaLimitMm2);
}

void RelaxedHardware::addAreaExcess(double weight) {
  if (weight != 0 && std::isfinite(space.areaLimitMm2))
    addTerms(areaTerms, weight / valueOf(areaTerms));
}

std::vector<double> RelaxedHardware::gradient() const {
  std::vector<double> result;
  for (unsigned v = 0; v != byLog.size(); ++v)
    result.push_back(byLog[v] * slopes[v]);
  return result;
}

std::vector<double> RelaxedHardware::sizes() const {
  std::vector<double> result;
  for (double log : logs)
    result.push_back(std::exp(log));
  return result;
}

} // namespace accel::gradient
