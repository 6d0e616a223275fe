//===- HardwareSearch.cpp - Searching sizes together with mappings --------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Relaxation.h"
#include "Search.h"
#include "accel/Mapper/Hardware.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

namespace accel {

using namespace gradient;

namespace {

/// Restarts, unless the caller says otherwise.
constexpr unsigned kRestarts = 4;
/// Steps of Adam per descent, and structures per Einsum in it.
constexpr unsigned kSteps = 120, kStructures = 2;
/// Hardware points that the optimal engine maps at the end, and its share of
/// the time.
constexpr unsigned kRemapped = 3;
constexpr double kRemapShare = 1.0 / 3;
/// By what sizes are multiplied, one at a time or one against another.
constexpr double kScales[] = {2, 0.5, 1.25, 0.8};

/// Hardware with a mapping.
struct Point {
  std::vector<double> sizes;
  ProgramState state;
  /// Logarithms of area and power over their limits, 0 where they are kept;
  /// infinite without a mapping.
  double excess = kInf;
  double value = kInf, powerW = 0;

  bool operator<(const Point &o) const {
    if (excess > 0 || o.excess > 0)
      return excess < o.excess * (1 - 1e-9);
    return value < o.value * (1 - 1e-9);
  }
};

class HardwareSearch {
public:
  HardwareSearch(const EinsumGraph &graph, const Architecture &base,
                 const HardwareSpace &space, const MapperOptions &options,
                 const GradientOptions &gradient)
      : graph(graph), base(base), space(space), options(options),
        gradient(gradient), begin(std::chrono::steady_clock::now()) {}

  HardwareResult run();

private:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         begin)
        .count();
  }
  bool expired() const {
    return seconds() > options.timeLimitS * (1 - kRemapShare);
  }

  std::vector<double> givenSizes() const;
  std::vector<double> drawSizes(Random &random) const;
  void fitArea(std::vector<double> &sizes) const;
  Point restart(unsigned number);
  Point mapOn(const std::vector<double> &sizes, ProgramState state,
              bool thorough);
  Point shrink(const Point &point);
  bool tryOn(Point &point, const std::vector<double> &sizes);
  void polish(Point &point);
  double powerExcess(double powerW) const {
    return std::max(0.0, std::log(powerW / space.powerLimitW));
  }
  MapperResult resultOf(const Point &point, const Architecture &arch) const;
  void remap(std::vector<Point> points, HardwareResult &result);
  void consider(const Architecture &arch, MapperResult mapped,
                HardwareResult &result) const;
  void report(const Point &best, unsigned restarts);

  const EinsumGraph &graph;
  const Architecture &base;
  const HardwareSpace &space;
  MapperOptions options;
  GradientOptions gradient;
  std::chrono::steady_clock::time_point begin;
  unsigned evaluated = 0;
  double told = kInf;
};

} // namespace

std::vector<double> HardwareSearch::givenSizes() const {
  std::vector<double> sizes;
  for (const HardwareVariable &v : space.variables)
    sizes.push_back(std::clamp(base.memory(v.node)
                                   ? base.memory(v.node)->sizeBits
                                   : double(base.fanout(v.node)->n),
                               v.least, v.most));
  return sizes;
}

std::vector<double> HardwareSearch::drawSizes(Random &random) const {
  std::vector<double> sizes;
  for (const HardwareVariable &v : space.variables)
    sizes.push_back(v.least * std::pow(v.most / v.least, random.uniform()));
  return sizes;
}

/// Whole bytes and whole instances; if the area is passed, all are scaled down
/// until it is kept, as far as their ranges allow.
void HardwareSearch::fitArea(std::vector<double> &sizes) const {
  auto scaled = [&](double scale) {
    std::vector<double> result;
    for (unsigned v = 0; v != sizes.size(); ++v) {
      const HardwareVariable &variable = space.variables[v];
      double size = std::clamp(sizes[v] * scale, variable.least, variable.most);
      double grain = base.memory(variable.node) && size > 8 ? 8 : 1;
      size = std::floor(size / grain + 1e-9) * grain;
      result.push_back(size < variable.least ? variable.least : size);
    }
    return result;
  };
  auto fits = [&](double scale) {
    return areaMm2(space, withSizes(space, base, scaled(scale))) <=
           space.areaLimitMm2;
  };
  double low = 0, high = 1;
  if (fits(1))
    low = 1;
  for (unsigned i = 0; i != 30 && low != high; ++i) {
    double middle = (low + high) / 2;
    (fits(middle) ? low : high) = middle;
  }
  sizes = scaled(low);
}

/// Polishes a state exactly on hardware of these sizes.
Point HardwareSearch::mapOn(const std::vector<double> &sizes,
                            ProgramState state, bool thorough) {
  Point point{sizes, std::move(state), kInf, kInf, 0};
  Architecture arch = withSizes(space, base, sizes);
  double area = areaMm2(space, arch);
  if (area > space.areaLimitMm2 * (1 + 1e-12))
    return point;
  ++evaluated;
  ProgramSpace program(graph, arch, options);
  if (!program.infeasible.empty())
    return point;
  for (unsigned e = 0; e != program.size(); ++e)
    if (!settle(program.spaces[e], point.state.paths[e]))
      return point;
  ProgramPolish polish(
      program, point.state, gradient.seed, [this] { return expired(); },
      [](const ProgramState &, const ProgramValue &) {});
  polish.polishPaths(thorough ? 4 : 0);
  if (thorough)
    polish.descend();
  point.state = polish.best();
  if (!polish.value().valid)
    return point;
  point.value = polish.value().value;
  point.powerW = polish.value().energyJ / polish.value().latencyS;
  point.excess = powerExcess(point.powerW);
  return point;
}

/// The same mapping on no more than it needs, if that is as good.
Point HardwareSearch::shrink(const Point &point) {
  if (std::isinf(point.value))
    return point;
  Architecture arch = withSizes(space, base, point.sizes);
  ProgramSpace program(graph, arch, options);
  ProgramCost<double> cost = evaluateMapping(
      graph, arch, program.mappingOf(point.state), program.model());
  Point smaller = point;
  for (unsigned v = 0; v != space.variables.size(); ++v) {
    const HardwareVariable &variable = space.variables[v];
    double need = 1;
    if (arch.memory(variable.node)) {
      need = std::ceil(cost.peakBits[variable.node] / 8) * 8;
    } else {
      for (unsigned e = 0; e != program.size(); ++e)
        need = std::max(
            need, double(instancesUsed(program.spaces[e], point.state.paths[e],
                                       variable.node)));
    }
    smaller.sizes[v] = std::clamp(need, variable.least, point.sizes[v]);
  }
  Architecture less = withSizes(space, base, smaller.sizes);
  ProgramSpace onLess(graph, less, options);
  ProgramValue value = onLess.evaluate(smaller.state);
  if (!value.valid)
    return point;
  smaller.value = value.value;
  smaller.powerW = value.energyJ / value.latencyS;
  smaller.excess = powerExcess(smaller.powerW);
  return point < smaller ? point : smaller;
}

/// Moves to other sizes if that helps.
bool HardwareSearch::tryOn(Point &point, const std::vector<double> &sizes) {
  if (expired() || sizes == point.sizes)
    return false;
  Point next = shrink(mapOn(sizes, point.state, false));
  if (!(next < point))
    return false;
  point = std::move(next);
  return true;
}

/// Coordinate descent over sizes: one by itself, then one against another,
/// since at the limit of the area nothing grows alone.
void HardwareSearch::polish(Point &point) {
  unsigned count = space.variables.size();
  auto moved = [&](std::vector<double> sizes, unsigned v, double scale) {
    const HardwareVariable &variable = space.variables[v];
    double grain = base.memory(variable.node) ? 8 : 1;
    double size = sizes[v] * scale;
    size = (scale > 1 ? std::ceil(size / grain) : std::floor(size / grain)) *
           grain;
    sizes[v] = std::clamp(size, variable.least, variable.most);
    return sizes;
  };
  bool improved = true;
  while (improved && !expired()) {
    improved = false;
    for (unsigned v = 0; v != count; ++v)
      for (double scale : kScales)
        improved |= tryOn(point, moved(point.sizes, v, scale));
    for (unsigned v = 0; v != count && !improved; ++v)
      for (unsigned w = 0; w != count; ++w)
        if (v != w)
          improved |= tryOn(point, moved(moved(point.sizes, v, 2), w, 0.5));
    if (improved)
      continue;
    Point thorough = shrink(mapOn(point.sizes, point.state, true));
    improved = thorough < point;
    if (improved)
      point = std::move(thorough);
  }
}

Point HardwareSearch::restart(unsigned number) {
  Random random(gradient.seed * 0x9e3779b9 + number);
  std::vector<double> sizes = number == 0 ? givenSizes() : drawSizes(random);
  fitArea(sizes);
  RelaxedHardware hardware(space, base);
  Architecture largest = hardware.largest();
  Search search(graph, largest, options, gradient);
  if (!search.program.infeasible.empty())
    return {};
  ProgramState state = search.plainState(number == 0 ? nullptr : &random);
  Relaxation relaxation(search.program, state, kStructures, 0.5, random);
  if (gradient.descend && relaxation.isUsable()) {
    relaxation.addHardware(hardware, withSizes(space, base, sizes));
    state = descend(relaxation, kSteps, [this] { return expired(); });
    sizes = hardware.sizes();
    fitArea(sizes);
  }
  Point point = shrink(mapOn(sizes, std::move(state), true));
  if (gradient.polish)
    polish(point);
  return point;
}

MapperResult HardwareSearch::resultOf(const Point &point,
                                      const Architecture &arch) const {
  MapperResult result;
  result.status = MapperResult::Status::Feasible;
  result.value = point.value;
  ProgramSpace program(graph, arch, options);
  result.best = program.mappingOf(point.state);
  return result;
}

/// Takes over a mapping if it keeps the limits and is better.
void HardwareSearch::consider(const Architecture &arch, MapperResult mapped,
                              HardwareResult &result) const {
  if (mapped.status == MapperResult::Status::Infeasible)
    return;
  CostOptions model;
  model.imperfect = options.imperfect;
  model.referenceWindows = options.referenceSlots;
  ProgramCost<double> cost = evaluateMapping(graph, arch, mapped.best, model);
  double power = cost.energyJ / cost.latencyS, area = areaMm2(space, arch);
  if (power > space.powerLimitW * (1 + 1e-12) ||
      area > space.areaLimitMm2 * (1 + 1e-12))
    return;
  bool found = result.mapped.status != MapperResult::Status::Infeasible;
  // An equal value with a proof is better than without.
  bool proves = mapped.status == MapperResult::Status::Optimal;
  double most = result.mapped.value * (proves ? 1 + 1e-12 : 1 - 1e-12);
  if (found && !(mapped.value <= most))
    return;
  result.arch = arch;
  result.mapped = std::move(mapped);
  result.powerW = power;
  result.areaMm2 = area;
}

/// The best points, and the given hardware, by the optimal engine.
void HardwareSearch::remap(std::vector<Point> points, HardwareResult &result) {
  llvm::sort(points);
  std::vector<std::vector<double>> seen;
  for (const Point &point : points) {
    if (point.excess > 0 || llvm::is_contained(seen, point.sizes) ||
        seen.size() == kRemapped)
      continue;
    seen.push_back(point.sizes);
    Architecture arch = withSizes(space, base, point.sizes);
    consider(arch, resultOf(point, arch), result);
  }
  MapperOptions own = options;
  auto remapped = [&](const Architecture &arch, size_t left) {
    if (options.timeLimitS < kInf)
      own.timeLimitS =
          std::max(1e-3, (options.timeLimitS - seconds()) / double(left));
    return mapProgram(graph, arch, own);
  };
  for (size_t i = 0; i != seen.size(); ++i) {
    Architecture arch = withSizes(space, base, seen[i]);
    consider(arch, remapped(arch, seen.size() - i + 1), result);
  }
  HardwareResult given;
  consider(base, remapped(base, 1), given);
  if (given.mapped.status == MapperResult::Status::Infeasible)
    return;
  result.given = given.mapped;
  consider(base, given.mapped, result);
}

void HardwareSearch::report(const Point &best, unsigned restarts) {
  if (best.excess == 0 && best.value < told) {
    told = best.value;
    if (gradient.improved)
      gradient.improved(seconds(), told);
  }
  if (!options.progress)
    return;
  MapperProgress progress;
  progress.seconds = seconds();
  progress.best = told;
  progress.explored = progress.distinct = graph.einsums.size();
  progress.round = restarts;
  options.progress(progress);
}

HardwareResult HardwareSearch::run() {
  HardwareResult result;
  result.arch = base;
  unsigned limit = gradient.maxIterations != 0 ? gradient.maxIterations
                   : options.timeLimitS < kInf ? ~0u
                                               : kRestarts;
  std::vector<Point> points;
  for (unsigned i = 0; i != limit && !(i > 0 && expired()); ++i) {
    points.push_back(restart(i));
    report(points.back(), i + 1);
  }
  remap(std::move(points), result);
  result.evaluated = evaluated;
  result.mapped.statistics.seconds = seconds();
  if (result.mapped.status == MapperResult::Status::Infeasible) {
    result.mapped.unproven = true;
    result.mapped.reason =
        "no hardware within the limits of area and power was found, which "
        "proves nothing";
  }
  return result;
}

HardwareResult searchHardware(const EinsumGraph &graph,
                              const Architecture &base,
                              const HardwareSpace &space,
                              const MapperOptions &options,
                              const GradientOptions &gradient) {
  return HardwareSearch(graph, base, space, options, gradient).run();
}

} // namespace accel
