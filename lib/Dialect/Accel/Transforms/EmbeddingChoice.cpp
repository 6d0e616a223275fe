//===- EmbeddingChoice.cpp - Picks an op's embedding ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmbeddingChoice.h"
#include "InstructionFit.h"

#include "accel/Embedding/GecodeSolver.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

/// What makes an op faster by less than this is not worth a gathered operand:
/// the estimate does not see tiles.
static constexpr double kLeastGain = 1.02;

/// Embeddings that need more invocations than this times the fewest are not
/// looked at: gathering an operand saves at most its windows.
static constexpr double kFrontFactor = 256;

/// At most one in so many groups along a lane is added.
static constexpr int64_t kGroupsPerAdded = 16;

static llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Expected<MatrixTarget>
MatrixTarget::find(const model::Architecture &arch) {
  MatrixTarget target;
  for (unsigned node = 0; node < arch.nodes.size(); ++node) {
    const model::ComputeUnit *unit = arch.unit(node);
    if (!unit)
      continue;
    if (!unit->matrixUnit) {
      if (llvm::is_contained(unit->takesKinds, model::EinsumKind::Elementwise))
        target.vectorOpsPerS = unit->opsPerS;
      continue;
    }
    const model::MatrixUnit &shape = *unit->matrixUnit;
    target.instruction = model::MatrixInstruction::vtaGemm(
        shape.batch, shape.blockIn, shape.blockOut);
    target.invocationsPerS = unit->opsPerS;
    // A lane is the fan-out that shares the role which does not index it.
    const std::pair<Lane, model::Role> shared[] = {{M, model::Role::Weight},
                                                   {N, model::Role::Input},
                                                   {K, model::Role::Output}};
    for (auto [lane, role] : shared) {
      int64_t extent = target.instruction.lanes[lane].extent;
      for (unsigned above : arch.pathTo(node).nodes)
        if (const model::Fanout *fanout = arch.fanout(above))
          if (fanout->reuse == model::RoleSet::of(role) && fanout->n == extent)
            target.fanouts[lane] = fanout->name;
      if (target.fanouts[lane].empty() && extent > 1)
        return makeError("target \"" + Twine(arch.name) +
                         "\" has a matrix unit with " + Twine(extent) +
                         " lanes " + target.instruction.lanes[lane].name +
                         " but no fan-out of n = " + Twine(extent) +
                         " with reuse = [" + model::stringifyRole(role) + "]");
    }
    for (unsigned above : arch.pathTo(node).nodes) {
      const model::MemoryLevel *level = arch.memory(above);
      double bits = level ? level->widths[2].bitsPerValue : 0;
      if (bits > 0 && level->isBounded())
        target.tileValues = level->sizeBits / bits / level->buffering;
    }
    if (const model::MemoryLevel *outer = arch.memory(arch.outermost())) {
      target.readBitsPerS = outer->readBitsPerS;
      target.writeBitsPerS = outer->writeBitsPerS;
    }
  }
  if (target.instruction.lanes.empty())
    return makeError("target \"" + Twine(arch.name) +
                     "\" has no compute unit with a matrix shape to embed "
                     "into");
  return target;
}

std::optional<int64_t> MatrixTarget::channelBlock() const {
  int64_t results = instruction.lanes[N].extent;
  if (instruction.lanes[K].extent != results)
    return std::nullopt;
  return results;
}

/// Operations of the vector unit on every value of the op's result.
static int64_t countEpilogue(linalg::GenericOp op) {
  int64_t count = 0;
  for (Operation *user : op->getUsers()) {
    auto reader = dyn_cast<linalg::GenericOp>(user);
    if (reader && reader.getNumReductionLoops() == 0)
      count += countVectorOps(reader);
  }
  return count;
}

/// Values loaded, at least, where results are made tile by tile: the input anew
/// for every tile along the weight's ranks, and the weight along the input's.
static double estimateLoads(const model::Embedding &embedding,
                            const model::Problem &problem,
                            const MatrixTarget &target,
                            const LaneBlocks &blocks, double inputs,
                            double weights) {
  const model::MatrixInstruction &instruction = target.instruction;
  int64_t rows = 1, columns = 1;
  for (const model::EmbeddedAxis &axis : embedding.axes) {
    model::Signature signature = problem.signature(axis.ranks.front());
    if (!signature.has(model::Role::Output) ||
        (signature.has(model::Role::Input) &&
         signature.has(model::Role::Weight)))
      continue;
    int64_t groups = groupsOf(instruction, axis.lane, axis.bound, blocks);
    (signature.has(model::Role::Input) ? rows : columns) *= groups;
  }
  double most =
      target.tileValues / instruction.valuesPerElement(model::Role::Output);
  double least = model::kInf;
  for (int64_t a = 1; a <= rows && a <= most; ++a) {
    if (rows % a != 0)
      continue;
    int64_t b = std::min<double>(columns, std::floor(most / double(a)));
    while (columns % b != 0)
      --b;
    int64_t inputLoads = columns / b, weightLoads = rows / a;
    least = std::min(least, inputs * double(inputLoads) +
                                weights * double(weightLoads));
  }
  return least;
}

/// Seconds that the embedding keeps the busiest part of the target busy.
static double estimateTime(linalg::GenericOp op,
                           const model::Embedding &embedding,
                           const model::Problem &problem,
                           const MatrixTarget &target,
                           const LaneBlocks &blocks) {
  const model::MatrixInstruction &instruction = target.instruction;
  auto elements = [&](model::Role role) {
    return formOf(op, unsigned(role), embedding).elements(instruction, blocks) *
           instruction.valuesPerElement(embedding.instructionRole(role));
  };
  double invocations = 1;
  for (const model::EmbeddedAxis &axis : embedding.axes)
    invocations *= groupsOf(instruction, axis.lane, axis.bound, blocks);
  double results = elements(model::Role::Output);
  constexpr double kBits = 8;
  double compute = invocations / target.invocationsPerS +
                   results * countEpilogue(op) / target.vectorOpsPerS;
  double loads = estimateLoads(embedding, problem, target, blocks,
                               elements(model::Role::Input),
                               elements(model::Role::Weight)) *
                 kBits / target.readBitsPerS;
  double stores = results * kBits / target.writeBitsPerS;
  return std::max({compute, loads, stores});
}

double mlir::accel::estimateSeconds(linalg::GenericOp op,
                                    const ChannelProduct &product,
                                    const MatrixTarget &target) {
  const model::MatrixInstruction &instruction = target.instruction;
  int64_t block = instruction.lanes[N].extent;
  int64_t groups = op.getStaticLoopRanges()[product.group];
  auto valuesOf = [&](unsigned operand) {
    return double(cast<RankedTensorType>(op->getOperand(operand).getType())
                      .getNumElements());
  };
  // Whole blocks of channels move, and whole matrices of weights.
  auto filled = [&](int64_t blocks, int64_t channels) {
    return double(product.units * blocks * block) / double(groups * channels);
  };
  double inputs =
      valuesOf(product.input) * filled(product.inputBlocks, product.inputs);
  double results = valuesOf(2) * filled(product.outputBlocks, product.outputs);
  double taps = valuesOf(product.weight) /
                double(groups * product.inputs * product.outputs);
  double weights = double(product.units * product.inputBlocks *
                          product.outputBlocks * block * block) *
                   taps;
  constexpr double kBits = 8;
  return std::max({product.invocations / target.invocationsPerS +
                       results * countEpilogue(op) / target.vectorOpsPerS,
                   (inputs + weights) * kBits / target.readBitsPerS,
                   results * kBits / target.writeBitsPerS});
}

/// The rank of lane `lane` in the fixed scheme, or -1: alone in its operands,
/// the longest of the reduction, else the first in the output.
static int fixedRank(linalg::GenericOp op, const model::Problem &problem,
                     Lane lane) {
  int found = -1;
  model::Signature wanted = problem.instruction.signature(lane);
  auto isCandidate = [&](unsigned rank) {
    const model::Axis &axis = problem.axes[rank];
    return axis.signature == wanted &&
           llvm::all_of(axis.plain, [](bool plain) { return plain; });
  };
  if (lane != K) {
    AffineMap output = op.getIndexingMapsArray().back();
    for (AffineExpr expr : output.getResults())
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        if (isCandidate(dim.getPosition()))
          return dim.getPosition();
    return -1;
  }
  for (unsigned rank = 0; rank < problem.ranks.size(); ++rank)
    if (isCandidate(rank) &&
        (found < 0 || problem.ranks[rank].bound > problem.ranks[found].bound))
      found = rank;
  return found;
}

static model::Embedding fixedEmbedding(linalg::GenericOp op,
                                       const model::Problem &problem) {
  model::Embedding embedding;
  for (unsigned rank = 0; rank < problem.ranks.size(); ++rank) {
    model::EmbeddedAxis axis;
    axis.ranks = {rank};
    embedding.axes.push_back(axis);
  }
  for (Lane lane : {M, N, K}) {
    int rank = fixedRank(op, problem, lane);
    if (rank < 0)
      continue;
    model::EmbeddedAxis &axis = embedding.axes[rank];
    axis.lane = lane;
    axis.tile = std::min(problem.ranks[rank].bound,
                         problem.instruction.lanes[lane].extent);
  }
  problem.complete(embedding);
  return embedding;
}

/// True if the output sits on the lanes as in the fixed scheme.
static bool hasFixedOutput(linalg::GenericOp op, const model::Problem &problem,
                           const model::Embedding &embedding) {
  if (embedding.swapped)
    return false;
  for (Lane lane : {M, N})
    for (unsigned axis : embedding.lanes[lane])
      if (embedding.axes[axis].ranks.size() != 1 ||
          int(embedding.axes[axis].ranks.front()) !=
              fixedRank(op, problem, lane))
        return false;
  return true;
}

/// The shortest time with more groups along the lanes of the output than the op
/// has, which are written to `blocks`. One lane after the other: tiles of both
/// share the accumulators, but one short of divisors is rare enough.
static double widenLanes(linalg::GenericOp op,
                         const model::Embedding &embedding,
                         const model::Problem &problem,
                         const MatrixTarget &target, LaneBlocks &blocks) {
  double least = estimateTime(op, embedding, problem, target, blocks);
  for (Lane lane : {N, M}) {
    int64_t groups = 1;
    for (unsigned axis : embedding.lanes[lane])
      groups *= groupsOf(target.instruction, lane, embedding.axes[axis].bound,
                         LaneBlocks());
    LaneBlocks best = blocks;
    for (int64_t more = 1; more <= groups / kGroupsPerAdded; ++more) {
      LaneBlocks wider = blocks;
      wider[lane] = groups + more;
      double time = estimateTime(op, embedding, problem, target, wider);
      if (time * kLeastGain >= least)
        continue;
      least = time;
      best = wider;
    }
    blocks = best;
  }
  return least;
}

llvm::Expected<ChosenEmbedding>
mlir::accel::chooseEmbedding(linalg::GenericOp op,
                             const model::EinsumGraph &graph, unsigned einsum,
                             const MatrixTarget &target, EmbeddingScheme scheme,
                             EmbeddingFreedom freedom) {
  model::EmbeddingOptions options = model::EmbeddingOptions::plainPacking();
  if (scheme == EmbeddingScheme::Best) {
    options = model::EmbeddingOptions::gatheredPacking();
    options.allowRoleSwap = !freedom.chains;
    options.allowFusedRanks = options.allowWindowUnrolling =
        freedom.gathers[0] || freedom.gathers[1];
  }
  llvm::Expected<model::Problem> problem =
      model::Problem::create(graph, einsum, target.instruction, options);
  if (!problem)
    return problem.takeError();
  ChosenEmbedding best{fixedEmbedding(op, *problem)};
  best.seconds =
      estimateTime(op, best.embedding, *problem, target, best.blocks);
  if (scheme == EmbeddingScheme::Fixed)
    return best;
  model::SolveRequest request;
  request.goal = model::SolveGoal::Front;
  request.frontFactor = kFrontFactor;
  llvm::Expected<model::SolveResult> solved =
      model::solveWithGecode(*problem, request);
  if (!solved)
    return solved.takeError();
  double bestTime = best.seconds / kLeastGain;
  for (const model::Embedding &candidate : solved->embeddings) {
    bool isAllowed = !freedom.chains || hasFixedOutput(op, *problem, candidate);
    for (unsigned operand : {0, 1})
      isAllowed &= freedom.gathers[operand] ||
                   !formOf(op, operand, candidate).isUnrolled;
    if (!isAllowed)
      continue;
    // Ops that exchange tensors need to agree on their extents.
    LaneBlocks blocks = {0, 0, 0};
    double time = freedom.chains
                      ? estimateTime(op, candidate, *problem, target, blocks)
                      : widenLanes(op, candidate, *problem, target, blocks);
    if (time >= bestTime)
      continue;
    best = {candidate, blocks, time};
    bestTime = time;
  }
  return best;
}
