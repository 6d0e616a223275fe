//===- Search.cpp - Finds the best mapping of every function --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grouping.h"
#include "ProgressLine.h"
#include "SearchRemarks.h"

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Analysis/Report.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"
#include "accel/Mapper/Gradient.h"

#include "llvm/Support/Format.h"
#include <thread>

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELSEARCH
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {

class Search : public mlir::accel::impl::AccelSearchBase<Search> {
public:
  using AccelSearchBase::AccelSearchBase;
  Search(AccelSearchOptions options, ReportSink sink)
      : AccelSearchBase(std::move(options)), sink(std::move(sink)) {}

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  FailureOr<model::MapperOptions> readOptions();
  LogicalResult checkHardware(model::Objective objective);
  LogicalResult checkObjective(model::Objective objective);
  LogicalResult collectPrograms();
  model::MapperResult search(const model::EinsumGraph &graph,
                             const model::MapperOptions &options);
  FailureOr<model::MapperResult>
  searchHardware(const FunctionEinsums &program,
                 const model::MapperOptions &options);
  LogicalResult searchFunction(FunctionEinsums &program,
                               const model::MapperOptions &common);
  LogicalResult writeReport();
  void annotate(FunctionEinsums &program, const model::FunctionReport &found);

  ReportSink sink;
  model::Architecture arch;
  std::vector<FunctionEinsums> programs;
  model::SearchReport found;
};

} // namespace

static std::string shortest(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

FailureOr<model::MapperOptions> Search::readOptions() {
  ModuleOp module = getOperation();
  model::MapperOptions options;
  std::optional<model::Objective> parsed = model::parseObjective(objective);
  if (!parsed)
    return emitError(module.getLoc())
           << "unknown objective \"" << objective.getValue()
           << "\": edp, energy, latency, pareto and "
              "pareto-usage are known";
  if (engine != "ffm" && engine != "gradient")
    return emitError(module.getLoc())
           << "unknown engine \"" << engine.getValue()
           << "\": ffm and gradient are known";
  if (!compare.empty() && compare != "ffm")
    return emitError(module.getLoc())
           << "cannot compare with \"" << compare.getValue()
           << "\": ffm is known";
  if (progress != "auto" && progress != "on" && progress != "off")
    return emitError(module.getLoc())
           << "unknown progress \"" << progress.getValue()
           << "\": auto, on and off are known";
  auto isAtLeast = [&](const auto &option, int least) {
    if (option >= least)
      return true;
    emitError(module.getLoc())
        << option.getArgStr() << " is " << shortest(option.getValue())
        << ", expected at least " << least;
    return false;
  };
  if (!isAtLeast(maxFusedLoops, -1) || !isAtLeast(maxFusedLoopsPerRank, 1) ||
      !isAtLeast(timeLimitS, 0) || !isAtLeast(threads, 0) ||
      !isAtLeast(maxIterations, 0) || failed(checkHardware(*parsed)))
    return failure();
  if (recompute)
    emitWarning(module.getLoc())
        << "recompute=true: mappings that compute a value again are not "
           "searched; the result is the best of the others";
  options.objective = *parsed;
  options.fuse = fuse;
  if (maxFusedLoops >= 0)
    options.maxFusedLoops = unsigned(maxFusedLoops);
  options.maxFusedLoopsPerRank = unsigned(maxFusedLoopsPerRank);
  options.imperfect = imperfect;
  options.recompute = recompute;
  options.referenceSlots = referenceSlots;
  options.shareIdentical = shareIdentical;
  if (timeLimitS > 0)
    options.timeLimitS = timeLimitS;
  options.threads = threads > 0
                        ? unsigned(threads)
                        : std::max(1u, std::thread::hardware_concurrency());
  return options;
}

/// Whether the options of search=hardware are there if and only if they mean
/// something.
LogicalResult Search::checkHardware(model::Objective wanted) {
  auto refuse = [&](const Twine &message) {
    return emitError(getOperation().getLoc()) << message;
  };
  if (searchFor != "mapping" && searchFor != "hardware")
    return refuse("unknown search \"" + searchFor.getValue() +
                  "\": mapping and hardware are known");
  if (!(areaLimitMm2 >= 0) || !(powerLimitW >= 0))
    return refuse("area-limit-mm2 and power-limit-w must be at least 0");
  if (searchFor == "mapping") {
    if (!hardware.empty() || areaLimitMm2 > 0 || powerLimitW > 0)
      return refuse("hardware, area-limit-mm2 and power-limit-w need "
                    "search=hardware");
    return success();
  }
  if (engine != "gradient")
    return refuse("search=hardware needs engine=gradient");
  if (wanted == model::Objective::Pareto ||
      wanted == model::Objective::ParetoUsage)
    return refuse("search=hardware takes the objectives edp, energy and "
                  "latency, not " +
                  model::stringifyObjective(wanted));
  return success();
}

/// An objective that the target gives no figures for would call every mapping
/// equally good.
LogicalResult Search::checkObjective(model::Objective wanted) {
  bool hasEnergy = arch.totalLeakW() > 0, hasTime = false;
  for (const model::Architecture::Node &node : arch.nodes) {
    if (auto *memory = std::get_if<model::MemoryLevel>(&node)) {
      hasEnergy |= memory->readJPerBit > 0 || memory->writeJPerBit > 0;
      hasTime |= std::isfinite(memory->readBitsPerS) ||
                 std::isfinite(memory->writeBitsPerS);
    } else if (auto *unit = std::get_if<model::ComputeUnit>(&node)) {
      hasEnergy |= unit->jPerOp > 0;
      hasTime |= std::isfinite(unit->opsPerS);
    }
  }
  bool needsEnergy = wanted != model::Objective::Latency;
  bool needsTime = wanted == model::Objective::EDP ||
                   wanted == model::Objective::Latency ||
                   wanted == model::Objective::Pareto;
  if ((!needsEnergy || hasEnergy) && (!needsTime || hasTime))
    return success();
  return emitError(getOperation().getLoc())
         << "objective \"" << model::stringifyObjective(wanted) << "\" needs "
         << (needsTime && !hasTime ? "throughputs" : "energies")
         << " but target \"" << arch.name << "\" gives none: use objective="
         << (needsTime && !hasTime ? "energy" : "latency")
         << " or set them with target-set";
}

LogicalResult Search::collectPrograms() {
  bool isEmpty = true;
  for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
    ungroupOps(func);
    FailureOr<FunctionEinsums> program = analyzeFunction(func, &arch);
    if (failed(program))
      return failure();
    isEmpty &= program->ops.empty();
    programs.push_back(std::move(*program));
  }
  for (FunctionEinsums &program : programs)
    for (const Barrier &barrier : program.barriers) {
      if (isEmpty)
        return barrier.op->emitOpError()
               << "cannot be mapped: it " << barrier.reason
               << "; the module has nothing else to map";
      barrier.op->emitRemark()
          << "not mapped: it " << barrier.reason
          << "; its operands and results live in the outermost memory";
    }
  if (!isEmpty)
    return success();
  bool allOnHost = llvm::any_of(programs, [](FunctionEinsums &program) {
    return program.func->hasAttr(kHostAttrName);
  });
  return emitError(getOperation().getLoc())
         << (allOnHost ? "nothing to map: every op stays on the host"
                       : "module has no linalg op on static tensors to map");
}

model::MapperResult Search::search(const model::EinsumGraph &graph,
                                   const model::MapperOptions &options) {
  if (engine == "ffm")
    return model::mapProgram(graph, arch, options);
  model::GradientOptions gradient;
  gradient.seed = uint64_t(seed);
  gradient.maxIterations = unsigned(maxIterations);
  return model::mapProgramByGradient(graph, arch, options, gradient);
}

/// Chooses sizes and mapping together; `arch` becomes what was chosen.
FailureOr<model::MapperResult>
Search::searchHardware(const FunctionEinsums &program,
                       const model::MapperOptions &options) {
  Location loc = getOperation().getLoc();
  auto mapped = llvm::count_if(
      programs, [](const FunctionEinsums &p) { return !p.ops.empty(); });
  if (mapped != 1)
    return emitError(loc) << "search=hardware takes one function, but "
                          << mapped << " have ops to map";
  llvm::Expected<model::HardwareSpace> space =
      model::parseHardware(hardware, arch);
  if (!space)
    return emitError(loc) << "hardware: " << llvm::toString(space.takeError());
  if (areaLimitMm2 > 0)
    space->areaLimitMm2 = areaLimitMm2;
  if (powerLimitW > 0)
    space->powerLimitW = powerLimitW;
  model::GradientOptions gradient;
  gradient.seed = uint64_t(seed);
  gradient.maxIterations = unsigned(maxIterations);
  model::HardwareResult result =
      model::searchHardware(program.graph, arch, *space, options, gradient);
  if (result.mapped.status == model::MapperResult::Status::Infeasible)
    return result.mapped;
  found.hardware = {*space,           result.areaMm2, result.powerW,
                    result.evaluated, arch,           result.given};
  arch = result.arch;
  return result.mapped;
}

LogicalResult Search::searchFunction(FunctionEinsums &program,
                                     const model::MapperOptions &common) {
  model::MapperOptions options = common;
  model::CostOptions costOptions;
  costOptions.imperfect = imperfect;
  costOptions.referenceWindows = referenceSlots;
  model::ProgramMapping pinned;
  for (auto [id, op] : llvm::enumerate(program.ops)) {
    options.pinned.emplace_back();
    auto attr = op->getAttrOfType<MappingAttr>(kMappingAttrName);
    if (!attr)
      continue;
    if (engine == "gradient")
      return op->emitOpError() << "has a mapping, which engine=gradient does "
                                  "not keep: remove it or use engine=ffm";
    if (attr.getImperfect() && !imperfect)
      return op->emitOpError() << "accel.mapping is imperfect but the search "
                                  "is not: it needs imperfect=true";
    FailureOr<model::EinsumMapping> path =
        getEinsumMapping(program, id, arch, attr, costOptions);
    if (failed(path))
      return failure();
    pinned.einsums.push_back(*path);
    options.pinned.back() = std::move(*path);
  }
  if (pinned.einsums.size() == program.ops.size() &&
      failed(verifyProgramMapping(program, arch, pinned, costOptions)))
    return failure();
  ProgressLine line(progress, program.func.getSymName());
  options.progress = line.callback();

  model::FunctionReport report;
  report.name = program.func.getSymName().str();
  report.graph = &program.graph;
  report.costOptions = costOptions;
  if (searchFor == "hardware") {
    FailureOr<model::MapperResult> mapped = searchHardware(program, options);
    if (failed(mapped))
      return failure();
    report.result = std::move(*mapped);
  } else {
    report.result = search(program.graph, options);
  }
  const model::MapperStatistics &s = report.result.statistics;
  numEinsums += program.ops.size();
  numDistinct += s.distinctEinsums;
  numPartial += s.partialMappings;
  numPruned += s.pruned;
  numJoins += s.joins;
  if (report.result.status == model::MapperResult::Status::Infeasible) {
    if (report.result.timedOut)
      return emitError(program.func.getLoc())
             << "no mapping was found within time-limit-s="
             << shortest(timeLimitS);
    if (report.result.unproven)
      return emitError(program.func.getLoc())
             << "no mapping was found: " << report.result.reason;
    emitError(program.func.getLoc())
        << "no mapping fits: " << report.result.reason;
    found.functions.push_back(std::move(report));
    return failure();
  }
  if (engine == "gradient" && compare == "ffm") {
    report.compared = model::mapProgram(program.graph, arch, options);
    // A proven bound on what the engine could have found.
    report.result.lowerBound = report.compared->lowerBound;
    if (report.compared->timedOut) {
      emitRemark(program.func.getLoc())
          << "not compared: engine=ffm found no mapping within time-limit-s="
          << shortest(timeLimitS);
      report.compared.reset();
    }
  }
  if (compareUnfused) {
    options.fuse = false;
    report.unfused = search(program.graph, options);
  }
  found.functions.push_back(std::move(report));
  return success();
}

LogicalResult Search::writeReport() {
  if (report.empty() && !sink)
    return success();
  llvm::json::Value json = model::makeReport(found);
  if (sink)
    sink(model::jsonText(json));
  if (report.empty())
    return success();
  if (llvm::Error error = model::writeJson(json, report))
    return emitError(getOperation().getLoc())
           << "report: " << llvm::toString(std::move(error));
  return success();
}

void Search::annotate(FunctionEinsums &program,
                      const model::FunctionReport &function) {
  MLIRContext *context = &getContext();
  const model::ProgramMapping &mapping = function.result.best;
  model::ProgramCost<double> cost = model::evaluateMapping(
      program.graph, arch, mapping, function.costOptions);
  DenseMap<Operation *, unsigned> idOf;
  for (auto [id, op] : llvm::enumerate(program.ops)) {
    const model::EinsumCost<double> &c = cost.einsums[id];
    op->setAttr(kMappingAttrName,
                getMappingAttr(program, id, arch, mapping.einsums[id]));
    op->setAttr(kCostAttrName,
                getCostAttr(context, c.energyJ(), c.latencyS, c.ops));
    idOf[op] = id;
  }
  groupOps(program, arch, mapping);
  for (GroupOp group : program.func.getOps<GroupOp>()) {
    double energyJ = 0, latencyS = 0, ops = 0;
    for (Operation &op : group.getBody().front())
      if (auto it = idOf.find(&op); it != idOf.end()) {
        const model::EinsumCost<double> &c = cost.einsums[it->second];
        energyJ += c.energyJ();
        latencyS += c.latencyS;
        ops += c.ops;
      }
    group.setCostAttr(getCostAttr(context, energyJ, latencyS, ops));
  }
}

LogicalResult Search::run() {
  FailureOr<model::Architecture> target = lookupArchitecture(getOperation());
  if (failed(target))
    return failure();
  arch = std::move(*target);
  FailureOr<model::MapperOptions> options = readOptions();
  if (failed(options) || failed(checkObjective(options->objective)) ||
      failed(collectPrograms()))
    return failure();
  found.target = arch.name;
  found.engine = engine;
  found.objective = options->objective;
  found.arch = &arch;
  for (FunctionEinsums &program : programs) {
    if (program.ops.empty())
      continue;
    if (failed(searchFunction(program, *options))) {
      if (!found.functions.empty() &&
          found.functions.back().result.status ==
              model::MapperResult::Status::Infeasible)
        (void)writeReport();
      return failure();
    }
  }
  if (failed(writeReport()))
    return failure();
  if (found.hardware)
    setTarget(getOperation(), getTargetAttr(&getContext(), arch));
  const model::FunctionReport *function = found.functions.data();
  for (FunctionEinsums &program : programs) {
    if (program.ops.empty())
      continue;
    emitSearchRemarks(program, arch, *options, *function);
    annotate(program, *function++);
  }
  return success();
}

std::unique_ptr<Pass> mlir::accel::createAccelSearch(AccelSearchOptions options,
                                                     ReportSink sink) {
  return std::make_unique<Search>(std::move(options), std::move(sink));
}
