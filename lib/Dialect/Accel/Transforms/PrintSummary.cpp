//===- PrintSummary.cpp - Prints a table of ops, levels, energy and time --===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Analysis/Report.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "llvm/Support/Format.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELPRINTSUMMARY
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

/// `12.3 mJ` for 0.0123: three digits and an SI prefix.
static std::string withPrefix(double value, StringRef unit) {
  static constexpr std::pair<double, const char *> prefixes[] = {
      {1e18, "E"},  {1e15, "P"},  {1e12, "T"}, {1e9, "G"},  {1e6, "M"},
      {1e3, "k"},   {1.0, ""},    {1e-3, "m"}, {1e-6, "u"}, {1e-9, "n"},
      {1e-12, "p"}, {1e-15, "f"}, {1e-18, "a"}};
  double scale = 1.0;
  StringRef prefix;
  if (value != 0)
    for (auto [candidate, name] : prefixes) {
      scale = candidate;
      prefix = name;
      // What rounds to 1000 of a prefix is 1 of the next.
      if (value >= 0.9995 * candidate)
        break;
    }
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::format("%.3g", value / scale);
  if (!prefix.empty() || !unit.empty())
    os << ' ' << prefix << unit;
  return text;
}

namespace {
struct PrintSummary
    : public mlir::accel::impl::AccelPrintSummaryBase<PrintSummary> {
  using AccelPrintSummaryBase::AccelPrintSummaryBase;

  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<CostAnalysis> analysis =
          CostAnalysis::compute(func, referenceSlots);
      if (failed(analysis))
        return signalPassFailure();
      if (!analysis->program().ops.empty())
        print(*analysis);
    }
  }

private:
  using Row = std::array<std::string, 6>;

  std::string boundBy(const CostAnalysis &analysis, unsigned id) {
    const model::Architecture &arch = analysis.architecture();
    auto plan = model::EinsumPlan::compile(analysis.program().graph, arch, id,
                                           analysis.mapping()->einsums[id],
                                           analysis.options());
    const model::EinsumCost<double> &cost = analysis.total()->einsums[id];
    unsigned node = plan.unit();
    double most = cost.computeTimeS;
    for (auto [level, seconds] : llvm::zip(plan.levels(), cost.levelTimeS))
      if (seconds > most) {
        most = seconds;
        node = level;
      }
    return arch.nodeName(node).str();
  }

  /// The product that is searched for by default, and how full the memories
  /// get that have a size.
  void printTotals(const model::Architecture &arch,
                   const model::ProgramCost<double> &cost,
                   llvm::raw_ostream &os) {
    os << "  EDP " << withPrefix(cost.edpJs(), "J s");
    const char *before = "; peak use: ";
    for (unsigned node = 0; node != arch.nodes.size(); ++node) {
      const model::MemoryLevel *level = arch.memory(node);
      if (!level || !level->isBounded())
        continue;
      os << before << arch.nodeName(node) << ' '
         << llvm::format("%.3g %%", 100 * model::usageShare(arch, node, cost));
      before = ", ";
    }
    os << "\n";
  }

  void print(const CostAnalysis &analysis) {
    const model::EinsumGraph &graph = analysis.program().graph;
    const model::Architecture &arch = analysis.architecture();
    SmallVector<Row> rows = {
        {"op", "operations", "energy", "time", "bound by", "result in"}};
    OpCost sum;
    for (auto [id, cost] : llvm::enumerate(analysis.costs())) {
      unsigned tensor = graph.einsums[id].output().tensor;
      std::string level = "?";
      if (analysis.mapping())
        level = arch.nodeName(model::findBackingLevel(
                                  graph, *analysis.mapping(), tensor))
                    .str();
      rows.push_back({graph.einsums[id].name, withPrefix(cost.ops, ""),
                      withPrefix(cost.energyJ, "J"),
                      withPrefix(cost.latencyS, "s"),
                      analysis.total() ? boundBy(analysis, id) : "?", level});
      sum.ops += cost.ops;
      sum.energyJ += cost.energyJ;
      sum.latencyS += cost.latencyS;
    }
    rows.push_back({"total", withPrefix(sum.ops, ""),
                    withPrefix(sum.energyJ, "J"), withPrefix(sum.latencyS, "s"),
                    "", ""});
    llvm::raw_ostream &os = llvm::errs();
    // Bold on a terminal, plain text everywhere else.
    bool isStyled = os.has_colors();
    if (isStyled)
      os.changeColor(llvm::raw_ostream::SAVEDCOLOR, /*Bold=*/true);
    os << "function " << graph.name << " on " << arch.name
       << (analysis.total() ? "" : " (not mapped: lower bounds)") << "\n";
    if (isStyled)
      os.resetColor();
    std::array<size_t, 6> widths{};
    for (const Row &row : rows)
      for (auto [width, cell] : llvm::zip(widths, row))
        width = std::max(width, cell.size());
    for (const Row &row : rows) {
      std::string line = "  ";
      for (auto [column, cell] : llvm::enumerate(row)) {
        std::string gap(widths[column] - cell.size(), ' ');
        bool isNumber = column >= 1 && column <= 3;
        line += (isNumber ? gap + cell : cell + gap) + "  ";
      }
      os << StringRef(line).rtrim() << "\n";
    }
    if (analysis.total())
      printTotals(arch, *analysis.total(), os);
  }
};
} // namespace
