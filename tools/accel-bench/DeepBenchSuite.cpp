//===- DeepBenchSuite.cpp - Embeddings measured in the simulator ----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeepBenchSuite.h"
#include "Operators.h"

#include "accel/Embedding/GecodeSolver.h"
#include "accel/InitAll.h"
#include "accel/Pipelines/Pipelines.h"
#include "accel/Target/VTA/Simulator.h"
#include "accel/Target/VTA/Translation/VTATranslation.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Regex.h"
#include <limits>
#include <random>

using namespace accel;
using namespace accel::bench;
namespace vta = accel::vta;

namespace {

using Extents = std::array<int64_t, 3>;

/// Runs of the solver per operator.
constexpr unsigned kSolves = 3;

/// Compiles and runs operators for one geometry.
class Runner {
public:
  explicit Runner(Extents geometry) : geometry(geometry) {
    mlir::DialectRegistry registry;
    mlir::registerAllDialects(registry);
    mlir::registerAllExtensions(registry);
    mlir::accel::registerAccelDialects(registry);
    context.appendDialectRegistry(registry);
  }

  llvm::Expected<DeepBenchRow> run(const Operator &op, int64_t exactMacs);

private:
  /// Reads the operator and runs what `build` puts into the pass manager.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
  lower(const Operator &op, llvm::StringRef embedding,
        llvm::function_ref<void(mlir::OpPassManager &,
                                const mlir::accel::CompilePipelineOptions &)>
            build);
  llvm::Expected<std::string> packedText(const Operator &op,
                                         llvm::StringRef embedding);
  llvm::Expected<bool> embedsLikeFixed(const Operator &op);
  llvm::Expected<vta::Program> compile(const Operator &op,
                                       llvm::StringRef embedding);
  llvm::Expected<ProgramFigures> measure(const Operator &op,
                                         llvm::StringRef embedding);
  llvm::Expected<bool> isExact(const Operator &op, llvm::StringRef embedding);
  llvm::Expected<bool> isExactAnyhow(const Operator &op);
  llvm::Expected<double> solveMs(const Operator &op);
  std::string overrides() const;

  mlir::MLIRContext context;
  Extents geometry;
};

/// Takes the diagnostics of a context while it lives.
struct FirstError {
  explicit FirstError(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error &&
              message.empty())
            message = diagnostic.str();
          return mlir::success();
        }) {}

  std::string message;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// The shipped target with another matrix instruction; buffers keep their
/// bytes.
std::string Runner::overrides() const {
  auto [batch, in, out] = geometry;
  // A store takes a cycle per 8 bytes and one per element.
  int64_t bytes = batch * out;
  double writeBitsPerS = 1e8 * double(8 * bytes) / double((bytes + 7) / 8 + 1);
  return llvm::formatv("lane_batch.n={0},lane_in.n={1},lane_out.n={2},"
                       "GEMM.matrix={0}x{1}x{2},ALU.ops_per_s={3},"
                       "MainMemory.write_bits_per_s={4}",
                       batch, in, out, 1e8 * double(bytes), writeBitsPerS);
}

llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> Runner::lower(
    const Operator &op, llvm::StringRef embedding,
    llvm::function_ref<void(mlir::OpPassManager &,
                            const mlir::accel::CompilePipelineOptions &)>
        build) {
  FirstError first(context);
  auto failed = [&](llvm::StringRef what) {
    return makeError(op.id + " with the " + embedding + " embedding does not " +
                     what + ": " + first.message);
  };
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceString<mlir::ModuleOp>(op.linalgText(), &context);
  if (!module)
    return failed("parse");
  mlir::accel::CompilePipelineOptions options;
  options.target = "vta";
  options.targetSet = overrides();
  options.embedding = embedding.str();
  options.progress = "off";
  mlir::PassManager pm(&context);
  build(pm, options);
  if (mlir::failed(pm.run(*module)))
    return failed("compile");
  return std::move(module);
}

llvm::Expected<std::string> Runner::packedText(const Operator &op,
                                               llvm::StringRef embedding) {
  auto module = lower(op, embedding, mlir::accel::buildPackPipeline);
  if (!module)
    return module.takeError();
  std::string text;
  llvm::raw_string_ostream(text) << **module;
  return text;
}

/// True if the solver's embedding is the fixed one, so that the programs are
/// the same.
llvm::Expected<bool> Runner::embedsLikeFixed(const Operator &op) {
  llvm::Expected<std::string> best = packedText(op, "best");
  if (!best)
    return best.takeError();
  llvm::Expected<std::string> fixed = packedText(op, "fixed");
  if (!fixed)
    return fixed.takeError();
  return *best == *fixed;
}

llvm::Expected<vta::Program> Runner::compile(const Operator &op,
                                             llvm::StringRef embedding) {
  auto module = lower(op, embedding,
                      [](mlir::OpPassManager &pm,
                         const mlir::accel::CompilePipelineOptions &options) {
                        mlir::accel::buildCompilePipeline(pm, options);
                      });
  if (!module)
    return module.takeError();
  FirstError first(context);
  mlir::FailureOr<vta::Program> program = mlir::accel::translateToVTA(**module);
  if (mlir::failed(program))
    return makeError(op.id + " with the " + embedding +
                     " embedding does not translate: " + first.message);
  return std::move(*program);
}

llvm::Expected<ProgramFigures> Runner::measure(const Operator &op,
                                               llvm::StringRef embedding) {
  llvm::Expected<vta::Program> program = compile(op, embedding);
  if (!program)
    return program.takeError();
  llvm::Expected<vta::TimingResult> timing = vta::simulateTiming(
      program->instructions, program->geometry, vta::TimingModel::pipelined());
  if (!timing)
    return timing.takeError();
  vta::SimStats stats =
      vta::countStats(program->instructions, program->geometry);
  ProgramFigures figures;
  figures.cycles = timing->cycles;
  figures.microOps = stats.gemmMicroOps;
  figures.dramBytes = stats.readBytes() + stats.writtenBytes();
  double peak = double(geometry[0] * geometry[1] * geometry[2]);
  figures.utilisation = double(op.macs()) / (peak * double(timing->cycles));
  return figures;
}

llvm::Expected<bool> Runner::isExact(const Operator &op,
                                     llvm::StringRef embedding) {
  llvm::Expected<vta::Program> program = compile(op, embedding);
  if (!program)
    return program.takeError();
  std::mt19937 random(op.macs());
  std::uniform_int_distribution<int> values(-128, 127);
  auto fill = [&](llvm::ArrayRef<int64_t> shape) {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    std::vector<int8_t> data(count);
    for (int8_t &value : data)
      value = int8_t(values(random));
    return data;
  };
  std::vector<int8_t> input = fill(op.inputShape());
  std::vector<int8_t> weight = fill(op.weightShape());
  vta::TensorValues tensors;
  std::string output;
  unsigned position = 0;
  for (const vta::TensorRecord &tensor : program->tensors) {
    if (tensor.role == vta::Role::Output)
      output = tensor.name;
    if (tensor.role != vta::Role::Input)
      continue;
    const std::vector<int8_t> &data = position++ == 0 ? input : weight;
    tensors[tensor.name].assign(data.begin(), data.end());
  }
  vta::RunOptions options;
  options.timing = std::nullopt;
  llvm::Expected<vta::RunResult> result =
      vta::runProgram(*program, tensors, options);
  if (!result)
    return result.takeError();
  std::vector<int8_t> wanted = op.compute(input, weight);
  llvm::ArrayRef<uint8_t> found = result->outputs[output];
  return llvm::ArrayRef(reinterpret_cast<const int8_t *>(found.data()),
                        found.size()) == llvm::ArrayRef(wanted);
}

/// With both embeddings.
llvm::Expected<bool> Runner::isExactAnyhow(const Operator &op) {
  llvm::Expected<bool> best = isExact(op, "best");
  if (!best || !*best)
    return best;
  llvm::Expected<bool> isFixed = embedsLikeFixed(op);
  if (!isFixed || *isFixed)
    return isFixed;
  return isExact(op, "fixed");
}

llvm::Expected<double> Runner::solveMs(const Operator &op) {
  llvm::Expected<Problem> problem = Problem::create(
      op.einsum(), 0,
      MatrixInstruction::vtaGemm(geometry[0], geometry[1], geometry[2]),
      EmbeddingOptions::gatheredPacking());
  if (!problem)
    return problem.takeError();
  SolveRequest request;
  request.goal = SolveGoal::Front;
  // The least of a few: what other processes take is not the solver's.
  double seconds = std::numeric_limits<double>::infinity();
  for (unsigned i = 0; i < kSolves; ++i) {
    llvm::Expected<SolveResult> solved = solveWithGecode(*problem, request);
    if (!solved)
      return solved.takeError();
    seconds = std::min(seconds, solved->seconds);
  }
  return seconds * 1e3;
}

llvm::Expected<DeepBenchRow> Runner::run(const Operator &op,
                                         int64_t exactMacs) {
  DeepBenchRow row;
  row.id = op.id;
  row.inChannels = op.c;
  row.outChannels = op.k;
  row.outputs = op.outputs();
  row.macs = op.macs();
  row.geometry =
      llvm::formatv("{0}x{1}x{2}", geometry[0], geometry[1], geometry[2]);
  llvm::Expected<ProgramFigures> best = measure(op, "best");
  if (!best)
    return best.takeError();
  llvm::Expected<bool> isFixed = embedsLikeFixed(op);
  if (!isFixed)
    return isFixed.takeError();
  llvm::Expected<ProgramFigures> fixed =
      *isFixed ? *best : measure(op, "fixed");
  if (!fixed)
    return fixed.takeError();
  row.best = *best;
  row.fixed = *fixed;
  if (exactMacs != 0) {
    llvm::Expected<bool> exact = isExactAnyhow(op.scaledDown(exactMacs));
    if (!exact)
      return exact.takeError();
    row.exact = *exact;
  }
  llvm::Expected<double> solve = solveMs(op);
  if (!solve)
    return solve.takeError();
  row.solveMs = *solve;
  return row;
}

static llvm::Expected<Extents> parseGeometry(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef, 3> parts;
  text.split(parts, 'x');
  Extents extents;
  bool isGood = parts.size() == 3;
  for (unsigned i = 0; isGood && i < 3; ++i)
    isGood = !parts[i].getAsInteger(10, extents[i]) && extents[i] > 0;
  if (!isGood)
    return makeError("geometry is \"" + text +
                     "\", expected <batch>x<block in>x<block out>");
  return extents;
}

llvm::Error
bench::runDeepBench(const DeepBenchOptions &options,
                    llvm::function_ref<void(const DeepBenchRow &)> give) {
  llvm::Expected<Extents> geometry = parseGeometry(options.geometry);
  if (!geometry)
    return geometry.takeError();
  llvm::Regex pattern(options.filter);
  Runner runner(*geometry);
  for (const Operator &op : deepBenchOperators()) {
    if (!options.filter.empty() && !pattern.match(op.id))
      continue;
    llvm::Expected<DeepBenchRow> row = runner.run(
        options.scaleMacs > 0 ? op.scaledDown(options.scaleMacs) : op,
        options.exactMacs);
    if (!row)
      return row.takeError();
    give(*row);
  }
  return llvm::Error::success();
}
