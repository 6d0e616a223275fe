//===- HardwareSpace.cpp - Which hardware may be chosen -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Hardware.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace accel {

/// Gemmini in Intel's 22 nm (Genc et al., DAC 2021): scratchpad of 256 KiB, and
/// 16x16 units.
static constexpr double kMm2PerBit = 0.544 / (256 * 1024 * 8);
static constexpr double kMm2PerUnit = 0.116 / 256;
/// How far sizes go from what the target has, if nothing is said.
static constexpr double kReach = 16;

static Error fail(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static Expected<double> parseNumber(StringRef text, StringRef entry) {
  double number = 0;
  if (text.getAsDouble(number) || !std::isfinite(number) || number < 0)
    return fail("\"" + entry + "\" has \"" + text +
                "\" but a number of at least 0 is allowed");
  return number;
}

static Expected<HardwareVariable> parseRange(StringRef text, StringRef entry,
                                             unsigned node) {
  auto [first, last] = text.split("..");
  if (!text.contains(".."))
    return fail("\"" + entry + "\" has \"" + text +
                "\" but a range <least>..<most> is allowed");
  Expected<double> least = parseNumber(first, entry);
  if (!least)
    return least.takeError();
  Expected<double> most = parseNumber(last, entry);
  if (!most)
    return most.takeError();
  if (*least < 1 || *most < *least)
    return fail("\"" + entry + "\" goes from " + first + " to " + last +
                " but at least 1 and an ascending range are allowed");
  return HardwareVariable{node, *least, *most};
}

/// A level that may vary: not the outermost one, and bounded, since its size is
/// what energies and leakage are scaled from.
static Error checkLevel(const Architecture &arch, unsigned node,
                        StringRef entry) {
  if (node == arch.outermost())
    return fail("\"" + entry + "\": the outermost level is not on the chip");
  if (std::isinf(arch.memory(node)->sizeBits))
    return fail("\"" + entry +
                "\": the level has no size_bits to begin with; set it with "
                "target-set");
  return Error::success();
}

/// One entry. `key` is known to belong to the node if this succeeds.
static Error parseEntry(StringRef entry, const Architecture &arch,
                        HardwareSpace &space) {
  auto [path, value] = entry.split('=');
  auto [name, key] = path.rsplit('.');
  int node = arch.findNode(name);
  if (node < 0) {
    std::vector<StringRef> names;
    for (unsigned n = 0; n != arch.nodes.size(); ++n)
      names.push_back(arch.nodeName(n));
    return fail("\"" + entry + "\" names \"" + name + "\" but the target has " +
                llvm::join(names, ", "));
  }
  bool isRange = (arch.memory(node) && key == "size_bits") ||
                 (arch.fanout(node) && key == "n");
  if (isRange) {
    if (arch.memory(node))
      if (Error error = checkLevel(arch, node, entry))
        return error;
    Expected<HardwareVariable> variable = parseRange(value, entry, node);
    if (!variable)
      return variable.takeError();
    if (llvm::any_of(space.variables, [&](const HardwareVariable &v) {
          return v.node == unsigned(node);
        }))
      return fail("\"" + entry + "\": the range is given twice");
    space.variables.push_back(*variable);
    return Error::success();
  }
  bool isArea = (arch.memory(node) && key == "mm2_per_bit") ||
                (arch.unit(node) && key == "mm2");
  bool isGrowth = arch.memory(node) && key == "energy_growth";
  if (!isArea && !isGrowth)
    return fail("\"" + entry + "\" has key \"" + key + "\" but " +
                (arch.memory(node)
                     ? "a level has size_bits, mm2_per_bit, energy_growth"
                 : arch.fanout(node) ? "a fan-out has n"
                                     : "a compute unit has mm2"));
  Expected<double> number = parseNumber(value, entry);
  if (!number)
    return number.takeError();
  if (isGrowth && *number > 1)
    return fail("\"" + entry + "\" has " + value +
                " but a share from 0 to 1 is allowed");
  (isArea ? space.areaMm2 : space.energyGrowth)[node] = *number;
  return Error::success();
}

Expected<HardwareSpace> parseHardware(StringRef text,
                                      const Architecture &arch) {
  HardwareSpace space;
  space.energyGrowth.assign(arch.nodes.size(), 0);
  for (unsigned node = 0; node != arch.nodes.size(); ++node)
    space.areaMm2.push_back(arch.memory(node) ? kMm2PerBit
                            : arch.unit(node) ? kMm2PerUnit
                                              : 0);
  if (!text.empty())
    for (StringRef entry : llvm::split(text, ','))
      if (Error error = parseEntry(entry.trim(), arch, space))
        return std::move(error);
  if (space.variables.empty())
    for (unsigned node = 0; node != arch.nodes.size(); ++node) {
      const MemoryLevel *level = arch.memory(node);
      const Fanout *fanout = arch.fanout(node);
      double now = level ? level->sizeBits : fanout ? double(fanout->n) : 1;
      bool varies =
          level ? node != arch.outermost() && std::isfinite(now) : now > 1;
      if (varies)
        space.variables.push_back(
            {node, std::max(1.0, now / kReach), now * kReach});
    }
  if (space.variables.empty())
    return fail(
        "nothing can vary: no level but the outermost is bounded and no "
        "fan-out has more than one instance");
  llvm::sort(space.variables,
             [](const HardwareVariable &a, const HardwareVariable &b) {
               return a.node < b.node;
             });
  return space;
}

Architecture withSizes(const HardwareSpace &space, const Architecture &base,
                       llvm::ArrayRef<double> sizes) {
  Architecture arch = base;
  for (unsigned v = 0; v != sizes.size(); ++v) {
    unsigned node = space.variables[v].node;
    if (auto *fanout = std::get_if<Fanout>(&arch.nodes[node])) {
      fanout->n = std::max<int64_t>(1, std::llround(sizes[v]));
      continue;
    }
    auto &level = std::get<MemoryLevel>(arch.nodes[node]);
    double ratio = sizes[v] / level.sizeBits;
    double growth = space.energyGrowth[node];
    double scale = 1 - growth + growth * ratio;
    level.sizeBits = sizes[v];
    level.readJPerBit *= scale;
    level.writeJPerBit *= scale;
    level.leakW *= ratio;
  }
  return arch;
}

double areaMm2(const HardwareSpace &space, const Architecture &arch) {
  double area = 0;
  for (unsigned node = 0; node != arch.nodes.size(); ++node) {
    double each = space.areaMm2[node];
    if (const MemoryLevel *level = arch.memory(node))
      each *= node == arch.outermost() || std::isinf(level->sizeBits)
                  ? 0
                  : level->sizeBits;
    area += each * arch.numInstances(node);
  }
  return area;
}

} // namespace accel
