//===- SearchRemarks.cpp - What was fused, and why not --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchRemarks.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {

/// Words about one function's intermediates.
class Explainer {
public:
  Explainer(const model::EinsumGraph &graph, const model::Architecture &arch,
            const model::MapperOptions &options,
            const model::FunctionReport &function)
      : graph(graph), arch(arch), options(options),
        mapping(function.result.best),
        isProven(function.result.status ==
                 model::MapperResult::Status::Optimal) {}

  std::string describeFused(unsigned tensor, unsigned level) const;
  std::string describeApart(unsigned tensor) const;

private:
  double values(const model::Tensor &tensor) const {
    double product = 1;
    for (int64_t extent : tensor.shape)
      product *= double(extent);
    return product;
  }
  bool mayHoldOnChip(unsigned einsum, unsigned tensor, unsigned level) const;
  int roomiestLevel(unsigned tensor) const;
  bool canShareALoop(const model::Tensor &tensor, unsigned index) const;

  const model::EinsumGraph &graph;
  const model::Architecture &arch;
  const model::MapperOptions &options;
  const model::ProgramMapping &mapping;
  bool isProven;
};

} // namespace

static StringRef plural(size_t count) { return count == 1 ? "" : "s"; }

std::string Explainer::describeFused(unsigned tensor, unsigned level) const {
  const model::Tensor &t = graph.tensors[tensor];
  const model::EinsumMapping &path = mapping.einsums[t.producer];
  unsigned loops = 0;
  int keep = path.backingKeep(graph.einsums[t.producer].outputIndex());
  for (int i = 0; i != keep; ++i)
    loops += path.nodes[i].isLoop();
  // At the least, the producer would write every value and every reader would
  // read it.
  const model::MemoryLevel &outermost = *arch.memory(arch.outermost());
  double written = values(t) * outermost.bitsPerValue(t, model::Role::Output);
  double read = 0;
  for (unsigned reader : t.consumers) {
    const model::Einsum &einsum = graph.einsums[reader];
    int access = graph.findAccessOf(reader, tensor);
    read += values(t) * outermost.bitsPerValue(t, einsum.accesses[access].role);
  }
  double energyJ =
      written * outermost.writeJPerBit + read * outermost.readJPerBit;
  std::string text = "result is exchanged in " + arch.nodeName(level).str();
  llvm::raw_string_ostream os(text);
  if (loops == 0)
    os << " whole";
  else
    os << " below " << loops << " shared loop" << plural(loops);
  os << llvm::format("; spares %s at least %.0f bits and %.4g J",
                     outermost.name.c_str(), written + read, energyJ);
  return text;
}

bool Explainer::mayHoldOnChip(unsigned einsum, unsigned tensor,
                              unsigned level) const {
  const model::Einsum &e = graph.einsums[einsum];
  return llvm::any_of(arch.unitsFor(e), [&](unsigned unit) {
    return level < unit && arch.holding(level, unit, graph, e,
                                        graph.findAccessOf(einsum, tensor))
                                   .kind != model::Holding::Kind::Forbidden;
  });
}

/// The largest level on chip that all users may hold a tensor in, or -1.
int Explainer::roomiestLevel(unsigned tensor) const {
  const model::Tensor &t = graph.tensors[tensor];
  int best = -1;
  for (unsigned node = 0; node != arch.nodes.size(); ++node) {
    const model::MemoryLevel *level = arch.memory(node);
    if (!level || node == arch.outermost() ||
        !mayHoldOnChip(t.producer, tensor, node) ||
        !llvm::all_of(t.consumers, [&](unsigned reader) {
          return mayHoldOnChip(reader, tensor, node);
        }))
      continue;
    if (best < 0 || level->sizeBits > arch.memory(best)->sizeBits)
      best = int(node);
  }
  return best;
}

/// Whether the producer and all readers have a rank that indexes one of the
/// tensor's dimensions alone.
bool Explainer::canShareALoop(const model::Tensor &tensor,
                              unsigned index) const {
  auto hasRank = [&](unsigned einsum, unsigned dimension) {
    const model::Einsum &e = graph.einsums[einsum];
    const model::LinearExpr &expr =
        e.accesses[graph.findAccessOf(einsum, index)].projection[dimension];
    return expr.terms.size() == 1 && e.ranks[expr.terms[0].first].isFree() &&
           e.ranks[expr.terms[0].first].bound > 1;
  };
  for (unsigned d = 0; d != tensor.shape.size(); ++d)
    if (hasRank(tensor.producer, d) &&
        llvm::all_of(tensor.consumers,
                     [&](unsigned reader) { return hasRank(reader, d); }))
      return true;
  return false;
}

std::string Explainer::describeApart(unsigned tensor) const {
  const model::Tensor &t = graph.tensors[tensor];
  std::string where =
      "result goes through " + arch.nodeName(arch.outermost()).str() + ": ";
  if (!options.fuse)
    return where + "fuse=false";
  int level = roomiestLevel(tensor);
  if (level < 0)
    return where + "the target has no level on chip that both its producer and "
                   "its readers may hold it in";
  const model::MemoryLevel &memory = *arch.memory(level);
  double bits = values(t) * memory.bitsPerValue(t, model::Role::Output) *
                memory.buffering;
  std::string room;
  llvm::raw_string_ostream(room)
      << llvm::format("whole it needs %.0f bits in %s, which holds %.0f", bits,
                      memory.name.c_str(), memory.sizeBits);
  bool fits = bits <= memory.sizeBits;
  // Those that neither write nor read it.
  unsigned between =
      t.consumers.back() - unsigned(t.producer) - unsigned(t.consumers.size());
  if (!fits && between > 0)
    return where + "order, " + std::to_string(between) + " other op" +
           plural(between).str() + " between producer and last reader, and " +
           room;
  if (!fits && !canShareALoop(t, tensor))
    return where + "capacity, " + room + ", and no loop can be shared";
  if (!fits && options.maxFusedLoops == 0u)
    return where + "capacity, " + room + ", with max-fused-loops=0";
  if (!isProven)
    return where + "cost, as far as the search went";
  return where + "cost, no mapping that exchanges it on chip is better" +
         (fits ? "" : "; " + room);
}

static std::string describeGap(const model::MapperResult &result) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(
      "not proven to be the optimum: best is %.6g, no mapping is below "
      "%.6g",
      result.value, result.lowerBound);
  return text;
}

void mlir::accel::emitSearchRemarks(const FunctionEinsums &program,
                                    const model::Architecture &arch,
                                    const model::MapperOptions &options,
                                    const model::FunctionReport &function) {
  auto named = [](StringRef name) {
    return remark::RemarkOpts::name(name).category("accel-map");
  };
  const model::MapperResult &result = function.result;
  func::FuncOp func = program.func;
  if (result.status == model::MapperResult::Status::Feasible)
    remark::missed(func.getLoc(), named("NotProven")) << describeGap(result);
  Explainer explainer(program.graph, arch, options, function);
  for (auto [id, op] : llvm::enumerate(program.ops)) {
    unsigned tensor = program.graph.einsums[id].output().tensor;
    if (!program.graph.tensors[tensor].isIntermediate())
      continue;
    // One string: a remark prints every piece that it is given on its own.
    unsigned level =
        model::findBackingLevel(program.graph, result.best, tensor);
    if (level == arch.outermost())
      remark::missed(op->getLoc(), named("NotFused"))
          << explainer.describeApart(tensor);
    else
      remark::passed(op->getLoc(), named("Fused"))
          << explainer.describeFused(tensor, level);
  }
}
