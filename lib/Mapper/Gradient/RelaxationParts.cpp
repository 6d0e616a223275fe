//===- RelaxationParts.cpp - What a relaxed program is made of ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Relaxation.h"
#include "llvm/ADT/STLExtras.h"

namespace accel::gradient {

/// Variants per Einsum beyond which combinations are drawn at random.
static constexpr unsigned kMaxVariants = 32;
/// Spread of random initial logits.
static constexpr double kSpread = 0.3;

bool Relaxation::isUsable() const {
  return einsums.size() == program.size() &&
         llvm::none_of(einsums, [](const EinsumPart &part) {
           return part.variants.empty();
         });
}

unsigned Relaxation::addParameters(unsigned count, double spread,
                                   Random &random) {
  unsigned first = start.size();
  for (unsigned i = 0; i != count; ++i)
    start.push_back(spread * (2 * random.uniform() - 1));
  return first;
}

Relaxation::Relaxation(const ProgramSpace &program, const ProgramState &base,
                       unsigned numStructures, double bias, Random &random,
                       llvm::function_ref<bool()> expired)
    : program(program) {
  listTensors(base, bias, random);
  for (unsigned e = 0; e != program.size() && !expired(); ++e)
    listVariants(e, base, numStructures, bias, random);
  x = start;
}

void Relaxation::addHardware(RelaxedHardware &newHardware,
                             const Architecture &base) {
  hardware = &newHardware;
  firstHardware = start.size();
  for (double parameter : hardware->parametersOf(base))
    start.push_back(parameter);
  hardwareMultipliers.assign(2, 0);
  hardwareViolations.assign(2, -1);
  x = start;
}

void Relaxation::listTensors(const ProgramState &base, double bias,
                             Random &random) {
  partOf.assign(program.graph.tensors.size(), -1);
  FusionPlan plan = fusionOf(program, base);
  unsigned limit = program.options.maxFusedLoops.value_or(2);
  for (unsigned t = 0; t != partOf.size(); ++t) {
    auto levels = exchangeLevels(program, t);
    if (levels.empty())
      continue;
    const Tensor &tensor = program.graph.tensors[t];
    const PathSpace &producer = program.spaces[tensor.producer];
    const SpaceAccess &output =
        producer.accesses[producer.einsum.outputIndex()];
    TensorPart part;
    part.tensor = t;
    part.options.push_back({program.arch.outermost(), {}});
    llvm::SmallVector<unsigned, 4> dims;
    part.firstShare.assign(tensor.shape.size(), -1);
    part.primes.resize(tensor.shape.size());
    part.bounds.assign(tensor.shape.size(), 0);
    for (unsigned r = 0; r != producer.numRanks(); ++r)
      if (output.fusable >> r & 1 && producer.ranks[r].bound > 1) {
        unsigned dim = output.dimOf[r];
        dims.push_back(dim);
        part.primes[dim] = primePowers(producer.ranks[r].bound);
        part.bounds[dim] = producer.ranks[r].bound;
      }
    for (unsigned level : levels) {
      part.options.push_back({level, {}});
      for (unsigned d : dims) {
        if (limit >= 1)
          part.options.push_back({level, {d}});
        for (unsigned other : dims)
          if (limit >= 2 && other != d)
            part.options.push_back({level, {d, other}});
      }
    }
    part.firstLogit = addParameters(part.options.size(), kSpread, random);
    for (unsigned d : dims) {
      part.firstShare[d] =
          int(addParameters(part.primes[d].size(), 1.5, random));
      // What the base does is where descent begins.
      for (const DimLoop &loop : plan[t].loops)
        for (unsigned k = 0; k != part.primes[d].size() && loop.dim == d; ++k) {
          double times = 0;
          for (int64_t c = loop.count; c % part.primes[d][k].prime == 0;
               c /= part.primes[d][k].prime)
            ++times;
          double s = times / part.primes[d][k].exponent;
          start[part.firstShare[d] + k] = 4 * s - 2;
        }
    }
    for (unsigned o = 0; o != part.options.size(); ++o) {
      bool same = part.options[o].level == plan[t].level &&
                  part.options[o].dims.size() == plan[t].loops.size();
      for (unsigned i = 0; same && i != plan[t].loops.size(); ++i)
        same = part.options[o].dims[i] == plan[t].loops[i].dim;
      if (same)
        start[part.firstLogit + o] += bias;
    }
    partOf[t] = int(tensors.size());
    tensors.push_back(std::move(part));
  }
}

void Relaxation::listVariants(unsigned e, const ProgramState &base,
                              unsigned numStructures, double bias,
                              Random &random) {
  const PathSpace &space = program.spaces[e];
  einsums.emplace_back();
  EinsumPart &part = einsums.back();
  part.numStructures = numStructures;
  part.firstLogit = addParameters(numStructures, kSpread, random);
  start[part.firstLogit] += bias / 2;
  llvm::SmallVector<unsigned, 4> open;
  for (const SpaceAccess &a : space.accesses)
    if (partOf[a.tensor] >= 0 &&
        !llvm::is_contained(open, unsigned(partOf[a.tensor])))
      open.push_back(partOf[a.tensor]);
  for (unsigned i = 0; i != tensors.size(); ++i) {
    const Tensor &tensor = program.graph.tensors[tensors[i].tensor];
    if (tensor.producer < int(e) && tensor.consumers.back() > e &&
        !llvm::is_contained(open, i))
      part.passing.push_back(i);
  }
  std::vector<llvm::SmallVector<std::pair<unsigned, unsigned>, 4>> combos(1);
  for (unsigned i : open) {
    auto before = std::move(combos);
    combos.clear();
    for (auto &combo : before)
      for (unsigned o = 0; o != tensors[i].options.size(); ++o) {
        combos.push_back(combo);
        combos.back().push_back({i, o});
      }
  }
  // The first, everything off chip, is always among them.
  for (unsigned i = combos.size(); i > 2; --i)
    std::swap(combos[i - 1], combos[1 + random.below(i - 1)]);
  for (unsigned k = 0; k != numStructures; ++k) {
    Path structure =
        k == 0 ? base.paths[e] : drawStructure(space, base.paths[e], random);
    for (auto &combo : combos) {
      addVariant(e, structure, k, combo, bias, random);
      if (part.variants.size() >= kMaxVariants * (k + 1) / numStructures)
        break;
    }
  }
}

void Relaxation::addVariant(
    unsigned e, const Path &base, unsigned structure,
    llvm::ArrayRef<std::pair<unsigned, unsigned>> choices, double bias,
    Random &random) {
  const PathSpace &space = program.spaces[e];
  FusionPlan plan(program.graph.tensors.size());
  for (Exchange &x : plan)
    x.level = program.arch.outermost();
  for (auto [i, o] : choices) {
    const TensorPart &t = tensors[i];
    Exchange &x = plan[t.tensor];
    x.level = t.options[o].level;
    // Any count shows the structure.
    for (unsigned dim : t.options[o].dims)
      x.loops.push_back({dim, t.primes[dim].front().prime, -1});
  }
  Path path = base;
  if (!followPlan(program, plan, e, path))
    return;
  Variant v;
  v.structure = structure;
  v.choices.assign(choices.begin(), choices.end());
  v.sharers.resize(path.fused.size());
  for (auto [i, o] : choices) {
    const auto &dims = tensors[i].options[o].dims;
    for (unsigned l = 0; l != dims.size(); ++l) {
      // A strided view splits into other primes: descent leaves it out.
      unsigned rank = path.fused[l].rank;
      if (tensors[i].bounds[dims[l]] != space.ranks[rank].bound)
        return;
      v.sharers[l].push_back({i, dims[l]});
    }
  }
  v.path = std::make_unique<RelaxedPath>(space, path);
  v.firstLogit = addParameters(v.path->numLogits(), kSpread, random);
  v.path->preferPath(llvm::MutableArrayRef<double>(start).slice(
                         v.firstLogit, v.path->numLogits()),
                     bias);
  unsigned count =
      v.path->limits().size() + 2 * space.units[path.unit].fanouts.size();
  v.multipliers.assign(count, 0);
  v.violations.assign(count, 0);
  v.previous.assign(count, kInf);
  einsums[e].variants.push_back(std::move(v));
}

} // namespace accel::gradient
