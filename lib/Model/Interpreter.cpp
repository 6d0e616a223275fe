//===- Interpreter.cpp - Executes a mapping and counts
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Interpreter.h"
#include "InterpreterState.h"
#include "ModelError.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace accel;
using namespace accel::detail;
using llvm::Error;
using llvm::Twine;

namespace {

class Interpreter {
public:
  Interpreter(const EinsumGraph &graph, const Architecture &arch,
              const ProgramMapping &mapping)
      : graph(graph), arch(arch), mapping(mapping) {
    current.resize(arch.nodes.size());
    result.peakBits.assign(arch.nodes.size(), 0);
    result.peakValues.assign(arch.nodes.size(), 0);
    contributions.resize(graph.tensors.size());
  }

  llvm::Expected<InterpretedProgram> run(double maxPoints) {
    for (unsigned e = 0; e != graph.einsums.size(); ++e) {
      if (graph.einsums[e].numPoints() > maxPoints)
        return fail(e, "has " + formatNumber(graph.einsums[e].numPoints()) +
                           " points, more than " + formatNumber(maxPoints));
      if (Error error = prepare(e))
        return std::move(error);
    }
    // Backing keeps of persistent tensors are there before the first Einsum.
    for (unsigned t = 0; t != graph.tensors.size(); ++t)
      if (graph.tensors[t].persistent)
        if (int user = firstUser(t); user >= 0)
          changeBacking(user, t, +1);
    scope(0, graph.einsums.size() - 1, 0);
    if (!problem.empty())
      return makeError(problem);
    for (unsigned e = 0; e != graph.einsums.size(); ++e) {
      const Einsum &einsum = graph.einsums[e];
      if (!einsum.isCopy &&
          double(states[e].computed.size()) != einsum.numPoints())
        return fail(e, "computes " + Twine(states[e].computed.size()) + " of " +
                           formatNumber(einsum.numPoints()) + " points");
      result.einsums.push_back(countVisits(einsum, arch, states[e]));
    }
    if (!problem.empty())
      return makeError(problem);
    return std::move(result);
  }

private:
  Error fail(unsigned e, const Twine &message) const {
    return makeError("einsum \"" + graph.einsums[e].name + "\" " + message);
  }
  void note(unsigned e, const Twine &message) {
    if (problem.empty())
      problem = ("einsum \"" + graph.einsums[e].name + "\" " + message).str();
  }

  /// The first Einsum that uses a tensor, or -1.
  int firstUser(unsigned tensor) const {
    for (unsigned e = 0; e != graph.einsums.size(); ++e)
      if (graph.findAccessOf(e, tensor) >= 0)
        return e;
    return -1;
  }

  /// Unrolls the path into loops and chains of holders.
  Error prepare(unsigned e) {
    const Einsum &einsum = graph.einsums[e];
    states.emplace_back();
    EinsumState &state = states.back();
    state.holders.resize(einsum.accesses.size());
    for (unsigned node : arch.pathTo(mapping.einsums[e].unit()).nodes)
      if (arch.memory(node))
        state.levelIndex[node] = state.numLevels++;
    std::vector<int64_t> tile;
    for (const Rank &rank : einsum.ranks)
      tile.push_back(rank.bound);
    const auto &nodes = mapping.einsums[e].nodes;
    for (unsigned i = 0; i != nodes.size(); ++i) {
      const MapNode &node = nodes[i];
      if (node.isLoop()) {
        if (tile[node.rank] % node.tile)
          return fail(e, "has a tile that does not divide");
        state.loops.push_back(
            {i, node.rank, node.tile, tile[node.rank] / node.tile,
             node.kind == MapNode::Kind::Spatial, node.component});
        tile[node.rank] = node.tile;
        continue;
      }
      for (unsigned a : node.accesses) {
        bool slides =
            arch.memory(node.component)->slides &&
            !(nodes[i + 1].isLoop() && einsum.ranks[nodes[i + 1].rank].whole) &&
            !state.holders[a].empty() && a == node.accesses.back() &&
            nodes[i + 1].kind == MapNode::Kind::Temporal &&
            movesWindow(einsum.accesses[a], nodes[i + 1].rank);
        state.holders[a].push_back(
            {i, node.component, unsigned(state.loops.size()), slides});
      }
    }
    for (const LinearExpr &expr : einsum.output().projection)
      if (expr.terms.size() > 1)
        return fail(e, "indexes its output by a sum, which is not executed");
    for (auto &chain : state.holders)
      state.buffers.emplace_back(chain.size());
    return Error::success();
  }

  /// The rank occurs, but only together with others.
  static bool movesWindow(const TensorAccess &access, unsigned rank) {
    bool occurs = false;
    for (const LinearExpr &expr : access.projection)
      for (auto [r, factor] : expr.terms)
        if (r == rank) {
          if (expr.terms.size() == 1)
            return false;
          occurs = true;
        }
    return occurs;
  }

  //===--------------------------------------------------------------------===//
  // Elements
  //===--------------------------------------------------------------------===//

  /// Values of a rank below the first `depth` loops, at their iterations.
  std::pair<int64_t, int64_t> rangeOf(unsigned e, unsigned rank,
                                      unsigned depth) const {
    int64_t base = 0, length = graph.einsums[e].ranks[rank].bound;
    for (unsigned l = 0; l != depth; ++l)
      if (states[e].loops[l].rank == rank) {
        base += states[e].iteration[l] * states[e].loops[l].tile;
        length = states[e].loops[l].tile;
      }
    return {base, length};
  }

  /// Elements of an operand that the nest below `depth` loops touches, by
  /// trying every value of every rank.
  Box boxOf(unsigned e, unsigned a, unsigned depth) const {
    Box box;
    for (const LinearExpr &expr : graph.einsums[e].accesses[a].projection) {
      std::vector<int64_t> values = {expr.offset};
      for (auto [rank, factor] : expr.terms) {
        auto [base, length] = rangeOf(e, rank, depth);
        std::vector<int64_t> next;
        for (int64_t value : values)
          for (int64_t i = 0; i != length; ++i)
            next.push_back(value + factor * (base + i));
        values = std::move(next);
      }
      box.dims.push_back({*std::min_element(values.begin(), values.end()),
                          *std::max_element(values.begin(), values.end())});
    }
    return box;
  }

  //===--------------------------------------------------------------------===//
  // Storage
  //===--------------------------------------------------------------------===//

  /// Which instance of node `component` the spatial loops among the first
  /// `depth` select.
  Coords instanceOf(unsigned e, unsigned component, unsigned depth) const {
    std::map<unsigned, int64_t> along;
    for (unsigned node = 0; node != component; ++node)
      if (arch.fanout(node))
        along[node] = 0;
    for (unsigned l = 0; l != depth; ++l) {
      const Loop &loop = states[e].loops[l];
      if (loop.spatial && along.count(loop.fanout))
        along[loop.fanout] =
            along[loop.fanout] * loop.trips + states[e].iteration[l];
    }
    Coords coords;
    for (auto [node, index] : along)
      coords.push_back(index);
    return coords;
  }

  void change(unsigned e, unsigned a, unsigned level, unsigned depth,
              int64_t elements) {
    const MemoryLevel &mem = *arch.memory(level);
    const TensorAccess &access = graph.einsums[e].accesses[a];
    auto &[values, bits] = current[level][instanceOf(e, level, depth)];
    double copies = double(elements) * mem.buffering;
    values += copies;
    bits += copies * mem.bitsPerValue(graph.tensorOf(access), access.role);
    result.peakValues[level] = std::max(result.peakValues[level], values);
    result.peakBits[level] = std::max(result.peakBits[level], bits);
  }

  /// Reserves (+1) or frees (-1) the backing storage of a tensor, at the place
  /// and with the box that Einsum `e` sees.
  void changeBacking(unsigned e, unsigned tensor, int sign) {
    unsigned a = graph.findAccessOf(e, tensor);
    const Holder &holder = states[e].holders[a].front();
    Box box = boxOf(e, a, holder.depth);
    states[e].buffers[a].front().box = box;
    change(e, a, holder.level, holder.depth, sign * box.size());
  }

  //===--------------------------------------------------------------------===//
  // Execution
  //===--------------------------------------------------------------------===//

  /// Runs Einsums [first, last], which stand below the same `depth` loops.
  void scope(unsigned first, unsigned last, unsigned depth) {
    std::vector<std::pair<unsigned, unsigned>> runs;
    for (unsigned e = first; e <= last; ++e) {
      if (e == first || mapping.einsums[e].sharedLoops <= depth)
        runs.push_back({e, e});
      else
        runs.back().second = e;
    }
    for (auto [runFirst, runLast] : runs) {
      // Tensors whose backing keep stands here live from the run that produces
      // them to the run that reads them last.
      std::vector<unsigned> born, dying;
      for (unsigned t = 0; t != graph.tensors.size(); ++t) {
        const Tensor &tensor = graph.tensors[t];
        int user = firstUser(t);
        if (user < 0 || tensor.persistent)
          continue;
        unsigned firstUse = user, lastUser = user;
        for (unsigned e = firstUse; e != graph.einsums.size(); ++e)
          if (graph.findAccessOf(e, t) >= 0)
            lastUser = e;
        unsigned a = graph.findAccessOf(firstUse, t);
        if (states[firstUse].holders[a].front().depth != depth)
          continue;
        if (firstUse >= runFirst && firstUse <= runLast)
          born.push_back(t);
        if (lastUser >= runFirst && lastUser <= runLast)
          dying.push_back(t);
      }
      for (unsigned t : born)
        changeBacking(firstUser(t), t, +1);
      runOne(runFirst, runLast, depth);
      for (unsigned t : dying)
        changeBacking(firstUser(t), t, -1);
    }
  }

  /// Runs Einsums that share the next loop as well, or one alone.
  void runOne(unsigned first, unsigned last, unsigned depth) {
    for (unsigned e = first; e <= last; ++e)
      enterKeeps(e, depth);
    EinsumState &lead = states[first];
    if (depth == lead.loops.size()) {
      compute(first);
    } else {
      int64_t trips = lead.loops[depth].trips;
      for (int64_t i = 0; i != trips; ++i) {
        for (unsigned e = first; e <= last; ++e) {
          states[e].iteration.resize(depth);
          states[e].iteration.push_back(i);
          slideWindows(e, depth);
        }
        scope(first, last, depth + 1);
      }
      for (unsigned e = first; e <= last; ++e)
        states[e].iteration.resize(depth);
    }
    for (unsigned e = first; e <= last; ++e)
      leaveKeeps(e, depth);
  }

  /// Calls `visit` with the operand and index of every keep of `e` that stands
  /// below exactly `depth` loops.
  template <typename Fn> void forKeepsAt(unsigned e, unsigned depth, Fn visit) {
    for (unsigned a = 0; a != states[e].holders.size(); ++a)
      for (unsigned h = 0; h != states[e].holders[a].size(); ++h)
        if (states[e].holders[a][h].depth == depth)
          visit(a, h);
  }

  void enterKeeps(unsigned e, unsigned depth) {
    forKeepsAt(e, depth, [&](unsigned a, unsigned h) {
      EinsumState &state = states[e];
      const Holder &holder = state.holders[a][h];
      Buffer &buffer = state.buffers[a][h];
      buffer.live = true;
      buffer.sliding = holder.slides;
      buffer.empty = true;
      if (h == 0) {
        buffer.box = boxOf(e, a, depth);
        buffer.empty = false;
        return;
      }
      if (holder.slides)
        return;
      fetch(e, a, h, boxOf(e, a, depth), depth);
      change(e, a, holder.level, depth, buffer.box.size());
    });
  }

  void leaveKeeps(unsigned e, unsigned depth) {
    forKeepsAt(e, depth, [&](unsigned a, unsigned h) {
      Buffer &buffer = states[e].buffers[a][h];
      buffer.live = false;
      if (h > 0)
        change(e, a, states[e].holders[a][h].level, depth, -buffer.box.size());
    });
  }

  /// Moves the windows whose loop has just advanced. The window's storage is
  /// taken with its first box and stays as large.
  void slideWindows(unsigned e, unsigned depth) {
    forKeepsAt(e, depth, [&](unsigned a, unsigned h) {
      if (!states[e].holders[a][h].slides)
        return;
      Buffer &buffer = states[e].buffers[a][h];
      int64_t before = buffer.empty ? 0 : buffer.box.size();
      fetch(e, a, h, boxOf(e, a, depth + 1), depth + 1);
      change(e, a, states[e].holders[a][h].level, depth,
             buffer.box.size() - before);
    });
  }

  /// Brings `box` into child `h` of operand `a`. A window streams through what
  /// lies between its old and new place and keeps the new place only.
  void fetch(unsigned e, unsigned a, unsigned h, Box box, unsigned depth) {
    EinsumState &state = states[e];
    bool isCompute = h == state.holders[a].size();
    const Buffer &parent = state.buffers[a][h - 1];
    if (graph.einsums[e].isCopy)
      return;
    if (!parent.live || !parent.box.contains(box))
      note(e, "fetches " + graph.accessName(e, a) +
                  " from a level that does not hold it");
    checkComplete(e, a, box);
    unsigned parentDepth = state.holders[a][h - 1].depth;
    Visit visit;
    Coords common;
    for (unsigned l = 0; l != depth; ++l) {
      if (state.loops[l].spatial && l >= parentDepth)
        visit.lane.push_back(state.iteration[l]);
      else
        common.push_back(state.iteration[l]);
    }
    visit.fetched = visit.given = box.size();
    if (!isCompute) {
      Buffer &buffer = state.buffers[a][h];
      bool pads = arch.memory(state.holders[a][h].level)->pads;
      auto given = [&](const Box &box) {
        const TensorAccess &access = graph.einsums[e].accesses[a];
        return pads ? box.sizeInside(graph.tensorOf(access).shape) : box.size();
      };
      visit.given = given(box);
      if (buffer.sliding && !buffer.empty) {
        Box hull = buffer.box.hull(box);
        visit.fetched = hull.size() - buffer.box.size();
        visit.given = given(hull) - given(buffer.box);
      }
      buffer.box = box;
      buffer.empty = false;
    }
    if (a == graph.einsums[e].outputIndex()) {
      Coords instance;
      for (unsigned l = 0; l != depth; ++l)
        if (state.loops[l].spatial)
          instance.push_back(state.iteration[l]);
      auto &held = state.seen[{a, h, instance}];
      auto &begun = state.begun[h];
      box.forEach([&](const Coords &element) {
        // Sibling instances start from zero: one of them has the earlier value.
        bool isFirst = begun.insert(element).second;
        if (!held.insert(element).second)
          visit.refilled.push_back(element);
        else if (isFirst && graph.einsums[e].readsInit)
          ++visit.initial;
      });
    }
    visit.box = std::move(box);
    state.visits[{a, h, common}].push_back(std::move(visit));
  }

  /// What is read of a tensor must have been computed, all of it.
  void checkComplete(unsigned e, unsigned a, const Box &box) {
    const TensorAccess &access = graph.einsums[e].accesses[a];
    const Tensor &tensor = graph.tensorOf(access);
    if (access.role == Role::Output || tensor.producer < 0)
      return;
    const Einsum &producer = graph.einsums[tensor.producer];
    int64_t needed = 1;
    for (unsigned r = 0; r != producer.ranks.size(); ++r)
      if (producer.isReduction(r))
        needed *= producer.ranks[r].bound;
    const EinsumState &state = states[tensor.producer];
    unsigned output = producer.outputIndex();
    box.forEach([&](const Coords &element) {
      for (unsigned d = 0; d != element.size(); ++d)
        if (element[d] < 0 || element[d] >= tensor.shape[d])
          return;
      auto it = contributions[access.tensor].find(element);
      if (it == contributions[access.tensor].end() || it->second != needed)
        note(e, "reads " + tensor.name + " before it is complete");
      for (unsigned h = 1; h != state.buffers[output].size(); ++h) {
        Box single;
        for (int64_t index : element)
          single.dims.push_back({index, index});
        if (state.buffers[output][h].live &&
            state.buffers[output][h].box.contains(single))
          note(e, "reads " + tensor.name + " before it is written back");
      }
    });
  }

  void compute(unsigned e) {
    EinsumState &state = states[e];
    const Einsum &einsum = graph.einsums[e];
    unsigned depth = state.loops.size(), unit = mapping.einsums[e].unit();
    if (einsum.isCopy) {
      // All elements are there once the copy has run.
      Box all = boxOf(e, einsum.outputIndex(), 0);
      state.copied = all.size();
      all.forEach([&](const Coords &element) {
        contributions[einsum.output().tensor][element] = 1;
      });
      return;
    }
    Coords point;
    for (unsigned r = 0; r != einsum.ranks.size(); ++r) {
      auto [base, length] = rangeOf(e, r, depth);
      if (length != 1)
        note(e, "computes several points at once");
      point.push_back(base);
    }
    if (!state.computed.insert(point).second)
      note(e, "computes a point twice");
    ++state.opsOfInstance[instanceOf(e, unit, depth)];
    for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
      Box element = boxOf(e, a, depth);
      if (a == einsum.outputIndex())
        element.forEach([&](const Coords &at) {
          ++contributions[einsum.output().tensor][at];
          state.written.insert(at);
        });
      fetch(e, a, state.holders[a].size(), element, depth);
    }
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  const ProgramMapping &mapping;
  std::vector<EinsumState> states;
  /// Per node and instance: values and bits reserved now.
  std::vector<std::map<Coords, std::pair<double, double>>> current;
  /// Per tensor: operations that have added to an element.
  std::vector<std::map<Coords, int64_t>> contributions;
  InterpretedProgram result;
  std::string problem;
};

} // namespace

llvm::Expected<InterpretedProgram>
accel::interpretMapping(const EinsumGraph &graph, const Architecture &arch,
                        const ProgramMapping &mapping, double maxPoints) {
  return Interpreter(graph, arch, mapping).run(maxPoints);
}
