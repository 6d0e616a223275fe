//===- Hardware.h - Searching sizes together with mappings ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sizes of buffers and of fan-outs as variables beside the mapping, under
// limits of area and power, as in DOSA (Hong et al., MICRO 2023): descent over
// both on one relaxation, exact polish in turns, and the best hardware
// re-mapped by the optimal engine. Heuristic in the hardware, optimal in the
// mapping if the time suffices.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_HARDWARE_H
#define ACCEL_MAPPER_HARDWARE_H

#include "accel/Mapper/Gradient.h"

namespace accel {

/// A number of the target that may be chosen.
struct HardwareVariable {
  /// Architecture node: a memory level, whose bits vary, or a fan-out, whose
  /// instances do.
  unsigned node = 0;
  double least = 1, most = 1;
};

/// Which hardware may be chosen, and what it takes.
struct HardwareSpace {
  std::vector<HardwareVariable> variables;
  /// By architecture node: mm² per bit of a level, or per compute unit. What
  /// the outermost level takes is not on the chip.
  std::vector<double> areaMm2;
  /// By architecture node: the share of a level's energy per access that grows
  /// in proportion to its size; the rest does not change.
  std::vector<double> energyGrowth;
  double areaLimitMm2 = kInf;
  /// Limit of energy over latency of the whole program.
  double powerLimitW = kInf;
};

/// Reads `<node>.<key>=<value>,...`. Keys of levels: `size_bits` with a range
/// `<least>..<most>`, `mm2_per_bit`, `energy_growth` (from 0 to 1); of
/// fan-outs: `n` with a range; of compute units: `mm2`. Without any range all
/// bounded levels but the outermost and all fan-outs of more than one instance
/// vary, from a sixteenth to sixteen times what they have. Areas are by default
/// those of Gemmini in Intel's 22 nm (Genc et al., DAC 2021): 544,000 µm² for
/// 256 KiB and 116,000 µm² for 256 units. Failure says what was found and what
/// is allowed.
llvm::Expected<HardwareSpace> parseHardware(llvm::StringRef text,
                                            const Architecture &arch);

/// `base` with other sizes, one per variable in order; fan-outs are rounded.
/// Leakage of a level is in proportion to its size, energies follow
/// `energyGrowth`, throughputs stay.
Architecture withSizes(const HardwareSpace &space, const Architecture &base,
                       llvm::ArrayRef<double> sizes);

/// The chip's area: levels but the outermost, and compute units.
double areaMm2(const HardwareSpace &space, const Architecture &arch);

struct HardwareResult {
  /// The hardware that was chosen; the given one if nothing was found.
  Architecture arch;
  /// The mapping on it: status and bound speak of this hardware only.
  MapperResult mapped;
  double areaMm2 = 0, powerW = 0;
  /// The given hardware, mapped by the same engine, if it keeps the limits.
  std::optional<MapperResult> given;
  /// Hardware points that were mapped.
  unsigned evaluated = 0;
};

/// Searches hardware and mapping for the objective, which is no front.
/// Preconditions as for mapProgram; `space` is of `base`. Stops after
/// `gradient.maxIterations` restarts (by default 4) or at `options.timeLimitS`,
/// of which the optimal engine's part is the last third. With a number of
/// restarts and without a time limit the result depends on the seed only.
/// Infeasible if no restart led to hardware within the limits.
HardwareResult searchHardware(const EinsumGraph &graph,
                              const Architecture &base,
                              const HardwareSpace &space,
                              const MapperOptions &options = {},
                              const GradientOptions &gradient = {});

} // namespace accel

#endif // ACCEL_MAPPER_HARDWARE_H
