//===- CostToGo.h - Lower bounds on what remains ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every criterion by itself, phase and tile vector: the least that can
// still be added, by one scalar dynamic program in which capacity is checked
// keep by keep. Infinity marks dead ends. Values are single precision; kSlack
// covers their rounding.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_COSTTOGO_H
#define ACCEL_MAPPER_FFM_COSTTOGO_H

#include "PhaseGraph.h"
#include "TileDomain.h"
#include <memory>

namespace accel::ffm {

/// Relative room given to bounds so that rounding never cuts an optimum.
inline constexpr double kSlack = 1e-5;

class CostToGo {
public:
  /// O(phases * operands * ranks * vectors * criteria). With a price per
  /// second the criteria are sums: energy and the time of each port at that
  /// price.
  CostToGo(const EinsumProblem &problem, const PhaseGraph &graph,
           double secondsPriceW = 0);

  double energy(unsigned phase, uint32_t v) const {
    return hasEnergy ? row(phase, v)[0] : 0;
  }
  double time(unsigned phase, unsigned port, uint32_t v) const {
    return row(phase, v)[hasEnergy + port];
  }
  /// Precondition: there is a price.
  double blended(unsigned phase, unsigned port, uint32_t v) const {
    return row(phase, v)[port];
  }
  /// False if no mapping continues from there.
  bool reachesEnd(unsigned phase, uint32_t v) const {
    return row(phase, v)[0] < kInf;
  }

private:
  /// One row of `width` criteria per vector of the domain, or a single row.
  struct Table {
    const TileDomain *domain = nullptr;
    std::vector<float> values;
  };

  const float *row(unsigned phase, uint32_t v) const {
    const Table &t = tables[phase];
    if (!t.domain)
      return t.values.data();
    int32_t at = t.domain->find(v);
    return at < 0 ? never.data() : t.values.data() + size_t(at) * width;
  }
  /// Steps from one level's domain through fan-outs that take `factors`.
  struct Crossing {
    unsigned from, to;
    llvm::SmallVector<int64_t, 8> factors;
    /// Positions in both domains; zero for the second where it is the end.
    std::vector<std::pair<uint32_t, uint32_t>> steps;
  };
  const Crossing &crossing(unsigned from, unsigned to,
                           llvm::ArrayRef<int64_t> factors);
  void computeEnd(const Phase &phase, Table &out) const;
  void computeAdvances(const PhaseGraph &graph, const Phase &phase, Table &out);
  void computePlacements(const Phase &phase, Table &out) const;
  void spread(uint32_t ranks, const TileDomain &domain,
              std::vector<float> &values) const;

  const EinsumProblem &problem;
  unsigned criteria, width;
  double secondsPriceW;
  /// Energy is a criterion by itself.
  bool hasEnergy;
  std::vector<TileDomain> domains;
  std::vector<float> never;
  std::vector<Table> tables;
  std::vector<std::unique_ptr<Crossing>> crossings;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_COSTTOGO_H
