//===- CostToGo.h - Lower bounds on what remains ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every criterion by itself, phase and tile vector: the least that can still
// be added, by one scalar dynamic program in which capacity is checked keep by
// keep. Infinity marks dead ends. Values are single precision; kSlack covers
// their rounding.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_COSTTOGO_H
#define ACCEL_MAPPER_FFM_COSTTOGO_H

#include "PhaseGraph.h"

namespace accel::ffm {

/// Relative room given to bounds so that rounding never cuts an optimum.
inline constexpr double kSlack = 1e-5;

class CostToGo {
public:
  /// O(phases * operands * vectors * criteria).
  CostToGo(const EinsumProblem &problem, const PhaseGraph &graph);

  /// Criterion 0 is energy (if it counts), the others are ports.
  unsigned numCriteria() const { return criteria; }
  double energy(unsigned phase, uint32_t v) const {
    return hasEnergy ? at(phase, 0, v) : 0;
  }
  double time(unsigned phase, unsigned port, uint32_t v) const {
    return at(phase, hasEnergy + port, v);
  }
  /// False if no mapping continues from there.
  bool reachesEnd(unsigned phase, uint32_t v) const {
    return at(phase, 0, v) < kInf;
  }

private:
  double at(unsigned phase, unsigned criterion, uint32_t v) const {
    const Table &t = tables[phase];
    return t.constant ? t.values[criterion]
                      : t.values[size_t(criterion) * size + v];
  }
  struct Table {
    /// One value per criterion instead of one per vector.
    bool constant = false;
    std::vector<float> values;
  };
  void computeEnd(const Phase &phase, Table &out) const;
  void computeAdvances(const Phase &phase, Table &out) const;
  void computePlacements(const Phase &phase, Table &out) const;

  const EinsumProblem &problem;
  uint32_t size;
  unsigned criteria;
  bool hasEnergy;
  std::vector<Table> tables;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_COSTTOGO_H
