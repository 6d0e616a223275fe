//===- GecodeSolver.cpp - Embeddings by constraint programming ------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// An assertion inside Gecode's headers is no verdict on our input.
#ifndef NDEBUG
#define NDEBUG
#endif

#include "accel/Embedding/GecodeSolver.h"
#include "Arithmetic.h"
#include "CostBound.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <chrono>
#include <exception>
#include <gecode/int.hh>
#include <gecode/search.hh>
#include <limits>
#include <memory>

using namespace accel;
using namespace accel::embedding;

namespace {

/// What all nodes of one search share.
struct SearchContext {
  SearchContext(const Problem &problem, const SolveRequest &request)
      : problem(problem), bound(problem), pool(request) {}

  const Problem &problem;
  CostBound bound;
  EmbeddingPool pool;

  /// Removes from the groups what cannot lead to one of the best; false if
  /// nothing is left.
  template <typename Vars>
  bool prune(Gecode::Space &home, const Vars &groups,
             std::optional<bool> swap) const {
    llvm::SmallVector<int64_t, 32> least;
    for (int i = 0; i < groups.size(); ++i)
      least.push_back(groups[i].min());
    int64_t limit = pool.microOpsLimit(bound.leastBytes(least, swap));
    if (limit == std::numeric_limits<int64_t>::max())
      return true;
    if (bound.leastMicroOps(least, swap) > limit)
      return false;
    llvm::SmallVector<int64_t, 32> most = bound.mostGroups(limit, least, swap);
    for (int i = 0; i < groups.size(); ++i)
      if (Gecode::me_failed(Gecode::Int::IntView(groups[i]).lq(
              home, static_cast<long long>(most[i]))))
        return false;
    return true;
  }
};

std::optional<bool> decided(const Gecode::Int::BoolView &view) {
  return view.assigned() ? std::optional<bool>(view.one()) : std::nullopt;
}

/// Keeps the cost within that of the best. Gecode's own product works in 32
/// bits, which micro-op counts exceed.
class CostPropagator : public Gecode::Propagator {
public:
  static void post(Gecode::Home home, const Gecode::IntVarArgs &groups,
                   const Gecode::BoolVar &swap, SearchContext *context) {
    Gecode::ViewArray<Gecode::Int::IntView> views(home, groups);
    (void)new (home) CostPropagator(home, views, swap, context);
  }

  Gecode::Actor *copy(Gecode::Space &home) override {
    return new (home) CostPropagator(home, *this);
  }

  Gecode::PropCost cost(const Gecode::Space &,
                        const Gecode::ModEventDelta &) const override {
    return Gecode::PropCost::linear(Gecode::PropCost::LO, groups.size());
  }

  void reschedule(Gecode::Space &home) override {
    groups.reschedule(home, *this, Gecode::Int::PC_INT_BND);
    swap.reschedule(home, *this, Gecode::Int::PC_BOOL_VAL);
  }

  Gecode::ExecStatus propagate(Gecode::Space &home,
                               const Gecode::ModEventDelta &) override {
    return context->prune(home, groups, decided(swap)) ? Gecode::ES_FIX
                                                       : Gecode::ES_FAILED;
  }

  size_t dispose(Gecode::Space &home) override {
    groups.cancel(home, *this, Gecode::Int::PC_INT_BND);
    swap.cancel(home, *this, Gecode::Int::PC_BOOL_VAL);
    (void)Propagator::dispose(home);
    return sizeof(*this);
  }

private:
  CostPropagator(Gecode::Home home,
                 Gecode::ViewArray<Gecode::Int::IntView> &views,
                 const Gecode::BoolVar &swap, SearchContext *context)
      : Propagator(home), groups(views), swap(swap), context(context) {
    groups.subscribe(home, *this, Gecode::Int::PC_INT_BND);
    this->swap.subscribe(home, *this, Gecode::Int::PC_BOOL_VAL);
  }
  CostPropagator(Gecode::Space &home, CostPropagator &other)
      : Propagator(home, other), context(other.context) {
    groups.update(home, other.groups);
    swap.update(home, other.swap);
  }

  Gecode::ViewArray<Gecode::Int::IntView> groups;
  Gecode::Int::BoolView swap;
  SearchContext *context;
};

/// The constraint model. Variables are per axis of the problem; a fused axis is
/// unused at tile 1.
class Model : public Gecode::Space {
public:
  explicit Model(SearchContext *context);
  Model(Model &other) : Space(other), context(other.context) {
    swap.update(*this, other.swap);
    tile.update(*this, other.tile);
    strided.update(*this, other.strided);
    groups.update(*this, other.groups);
  }
  Gecode::Space *copy() override { return new Model(*this); }

  /// The pool, not `best`, holds what is to be beaten.
  void constrain(const Gecode::Space &best) override {
    (void)best;
    if (!context->prune(*this, groups, decided(swap)))
      fail();
  }

  Embedding extract() const;

private:
  void postDomains();
  void postCover();
  void postLanes();
  void postBranching();

  SearchContext *context;
  Gecode::BoolVar swap;
  Gecode::IntVarArray tile;
  Gecode::BoolVarArray strided;
  /// ceil(bound / tile) of used axes, 1 of others.
  Gecode::IntVarArray groups;
};

} // namespace

Model::Model(SearchContext *context)
    : context(context), swap(*this, 0, context->problem.options.allowRoleSwap),
      tile(*this, context->problem.axes.size()),
      strided(*this, context->problem.axes.size(), 0, 1),
      groups(*this, context->problem.axes.size()) {
  postDomains();
  postCover();
  postLanes();
  CostPropagator::post(*this, groups, swap, context);
  postBranching();
}

void Model::postDomains() {
  const Problem &problem = context->problem;
  for (unsigned a = 0; a < problem.axes.size(); ++a) {
    const Axis &axis = problem.axes[a];
    int64_t most = 1;
    for (int lane : axis.lane)
      if (lane >= 0)
        most = std::max(most, problem.instruction.lanes[lane].extent);
    most = std::min(most, axis.bound);
    // Tile 1 also stands for "in another axis"; postCover() sorts that out.
    llvm::SmallVector<int, 32> tiles = {1};
    Gecode::IntArgs strideTable(most + 1);
    for (int64_t t = 0; t <= most; ++t)
      strideTable[t] = t > 0 && problem.isStrideAllowed(axis, t);
    for (int64_t t = 2; t <= most; ++t)
      if (problem.isTileAllowed(axis, false, t) ||
          (problem.options.allowRoleSwap &&
           problem.isTileAllowed(axis, true, t)))
        tiles.push_back(t);
    Gecode::IntSet domain(tiles.data(), tiles.size());
    tile[a] = Gecode::IntVar(*this, domain);
    Gecode::BoolVar mayStride(*this, 0, 1);
    Gecode::element(*this, strideTable, tile[a], mayStride);
    Gecode::rel(*this, strided[a], Gecode::IRT_LQ, mayStride);
  }
}

void Model::postCover() {
  const Problem &problem = context->problem;
  unsigned numRanks = problem.ranks.size();
  Gecode::BoolVarArgs used;
  for (unsigned a = 0; a < problem.axes.size(); ++a) {
    Gecode::BoolVar onLane(*this, 0, 1);
    Gecode::rel(*this, tile[a], Gecode::IRT_GR, 1, onLane);
    used << onLane;
  }
  Gecode::IntVar one(*this, 1, 1);
  for (unsigned a = 0; a < problem.axes.size(); ++a) {
    const Axis &axis = problem.axes[a];
    Gecode::IntArgs table(tile[a].max() + 1);
    for (int t = 0; t < table.size(); ++t)
      table[t] = t == 0 ? 1 : divCeil(axis.bound, t);
    if (axis.isFused()) {
      table[1] = 1;
      groups[a] = Gecode::IntVar(*this, 1, Gecode::Int::Limits::max);
      Gecode::element(*this, table, tile[a], groups[a]);
      continue;
    }
    Gecode::BoolVarArgs holders;
    for (unsigned f = numRanks; f < problem.axes.size(); ++f)
      if (llvm::is_contained(problem.axes[f].ranks, a))
        holders << used[f];
    Gecode::IntVar numHolders(*this, 0, holders.size() > 0);
    if (holders.size() > 0)
      Gecode::linear(*this, holders, Gecode::IRT_EQ, numHolders);
    Gecode::BoolVar covered(*this, 0, 1);
    Gecode::channel(*this, covered, numHolders);
    Gecode::rel(*this, covered, Gecode::BOT_AND, used[a], 0);
    if (!problem.isTileAllowed(axis, false, 1))
      Gecode::rel(*this, covered, Gecode::BOT_OR, used[a], 1);
    Gecode::IntVar own(*this, 1, Gecode::Int::Limits::max);
    Gecode::element(*this, table, tile[a], own);
    groups[a] = Gecode::IntVar(*this, 1, Gecode::Int::Limits::max);
    Gecode::ite(*this, covered, one, own, groups[a]);
  }
  unsigned maxAxes = problem.options.maxAxesPerLane;
  if (maxAxes == 0)
    return;
  for (const Axis &axis : problem.axes) {
    Gecode::BoolVarArgs sharing;
    for (unsigned a = 0; a < problem.axes.size(); ++a)
      if (problem.axes[a].signature == axis.signature)
        sharing << used[a];
    Gecode::linear(*this, sharing, Gecode::IRT_LQ, static_cast<int>(maxAxes));
  }
}

void Model::postLanes() {
  const Problem &problem = context->problem;
  llvm::SmallVector<Signature, 8> done;
  for (const Axis &axis : problem.axes) {
    Signature signature = axis.signature;
    if (llvm::is_contained(done, signature))
      continue;
    done.push_back(signature);
    int extents[2];
    for (unsigned s = 0; s < 2; ++s)
      extents[s] =
          axis.lane[s] < 0 ? 1 : problem.instruction.lanes[axis.lane[s]].extent;
    int most = std::max(extents[0], extents[1]);
    Gecode::IntVar taken(*this, 1, 1);
    for (unsigned a = 0; a < problem.axes.size(); ++a) {
      if (problem.axes[a].signature != signature || tile[a].max() == 1)
        continue;
      Gecode::IntVar product(*this, 1, most);
      Gecode::mult(*this, taken, tile[a], product);
      taken = product;
    }
    Gecode::IntVar room(*this, 1, most);
    Gecode::ite(*this, swap, Gecode::IntVar(*this, extents[1], extents[1]),
                Gecode::IntVar(*this, extents[0], extents[0]), room);
    bool mustFill = false;
    for (Role role : {Role::Input, Role::Weight, Role::Output})
      mustFill |= signature.has(role) &&
                  problem.options.maxLayout[static_cast<unsigned>(role)] <
                      LayoutLevel::Padded;
    Gecode::rel(*this, taken, mustFill ? Gecode::IRT_EQ : Gecode::IRT_LQ, room);
  }
}

void Model::postBranching() {
  Gecode::branch(*this, swap, Gecode::BOOL_VAL_MIN());
  // Fused axes fill lanes best: deciding them first gives a good limit early.
  Gecode::IntVarArgs decisions;
  for (int a = tile.size(); a-- > 0;)
    decisions << tile[a];
  Gecode::branch(*this, decisions, Gecode::INT_VAR_NONE(),
                 Gecode::INT_VAL_MAX());
  Gecode::branch(*this, strided, Gecode::BOOL_VAR_NONE(),
                 Gecode::BOOL_VAL_MIN());
}

Embedding Model::extract() const {
  const Problem &problem = context->problem;
  Embedding embedding;
  embedding.swapped = swap.val();
  llvm::SmallVector<bool, 8> covered(problem.ranks.size(), false);
  for (unsigned a = problem.axes.size(); a-- > 0;) {
    const Axis &axis = problem.axes[a];
    bool onLane = tile[a].val() > 1;
    if (axis.isFused() ? !onLane : covered[a])
      continue;
    for (unsigned rank : axis.ranks)
      covered[rank] = true;
    EmbeddedAxis embedded;
    embedded.ranks = axis.ranks;
    embedded.tile = tile[a].val();
    embedded.lane = onLane ? axis.lane[embedding.swapped] : -1;
    embedded.strided = strided[a].val();
    embedding.axes.push_back(std::move(embedded));
  }
  problem.complete(embedding);
  return embedding;
}

static SolveResult search(const Problem &problem, const SolveRequest &request) {
  auto start = std::chrono::steady_clock::now();
  SearchContext context(problem, request);
  Gecode::Search::Options options;
  std::unique_ptr<Gecode::Search::TimeStop> stop;
  if (request.timeLimitS > 0) {
    stop = std::make_unique<Gecode::Search::TimeStop>(
        static_cast<unsigned long>(request.timeLimitS * 1000));
    options.stop = stop.get();
  }
  auto model = std::make_unique<Model>(&context);
  Gecode::BAB<Model> engine(model.get(), options);
  model.reset();
  while (std::unique_ptr<Model> found{engine.next()}) {
    Embedding embedding = found->extract();
    if (problem.respectsLayouts(embedding))
      context.pool.offer(std::move(embedding));
  }
  SolveResult result;
  result.complete = !engine.stopped();
  result.nodes = engine.statistics().node;
  result.embeddings = context.pool.take();
  std::chrono::duration<double> spent =
      std::chrono::steady_clock::now() - start;
  result.seconds = spent.count();
  return result;
}

llvm::Expected<SolveResult>
accel::solveWithGecode(const Problem &problem, const SolveRequest &request) {
  if (llvm::Error failure = problem.check())
    return std::move(failure);
  try {
    SolveResult result = search(problem, request);
    if (result.embeddings.empty() && result.complete)
      return explainInfeasible(problem);
    return result;
  } catch (const std::exception &failure) {
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(),
        llvm::formatv("the constraint solver failed on \"{0}\": {1}",
                      problem.name, failure.what()));
  }
}
