//===- Pipelines.h - accel-map and accel-compile ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_PIPELINES_PIPELINES_H
#define ACCEL_PIPELINES_PIPELINES_H

#include "accel/Dialect/Accel/Transforms/Passes.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;

namespace accel {

/// Options of `accel-map`, which `accel-compile` forwards. Names and meanings
/// are those of the passes `accel-attach-target` and `accel-search`.
struct MapPipelineOptions : public PassPipelineOptions<MapPipelineOptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("Shipped target, or .mlir file that has one")};
  Option<std::string> targetSet{
      *this, "target-set",
      llvm::cl::desc("Overrides, <level>.<field>=<value>,...")};
  Option<std::string> engine{*this, "engine", llvm::cl::desc("ffm or gradient"),
                             llvm::cl::init("ffm")};
  Option<std::string> objective{
      *this, "objective",
      llvm::cl::desc("edp, energy, latency, pareto or pareto-usage"),
      llvm::cl::init("edp")};
  Option<bool> fuse{*this, "fuse",
                    llvm::cl::desc("Exchange intermediates on chip"),
                    llvm::cl::init(true)};
  Option<int64_t> maxFusedLoops{
      *this, "max-fused-loops",
      llvm::cl::desc("Most fused loops of an op, -1: unlimited"),
      llvm::cl::init(-1)};
  Option<int64_t> maxFusedLoopsPerRank{
      *this, "max-fused-loops-per-rank",
      llvm::cl::desc("Most fused loops over one rank"), llvm::cl::init(1)};
  Option<bool> imperfect{*this, "imperfect",
                         llvm::cl::desc("Tiles need not divide"),
                         llvm::cl::init(false)};
  Option<bool> recompute{
      *this, "recompute",
      llvm::cl::desc("Producers may compute a value more than once"),
      llvm::cl::init(false)};
  Option<bool> referenceSlots{
      *this, "reference-slots",
      llvm::cl::desc("Restrict the mapspace as AccelForge does"),
      llvm::cl::init(false)};
  Option<bool> compareUnfused{*this, "compare-unfused",
                              llvm::cl::desc("Also search with fuse=false"),
                              llvm::cl::init(false)};
  Option<std::string> compare{
      *this, "compare",
      llvm::cl::desc("ffm: report the gap to that engine's result")};
  Option<int64_t> maxIterations{
      *this, "max-iterations",
      llvm::cl::desc("Restarts of the gradient engine, 0: unlimited"),
      llvm::cl::init(0)};
  Option<std::string> searchFor{
      *this, "search",
      llvm::cl::desc("mapping, or hardware: sizes as well (experimental)"),
      llvm::cl::init("mapping")};
  Option<std::string> hardware{
      *this, "hardware",
      llvm::cl::desc("What may vary and what it takes, "
                     "<node>.<key>=<value>,...")};
  Option<double> areaLimitMm2{*this, "area-limit-mm2",
                              llvm::cl::desc("Most area of the hardware, 0: "
                                             "unlimited"),
                              llvm::cl::init(0.0)};
  Option<double> powerLimitW{*this, "power-limit-w",
                             llvm::cl::desc("Most energy over latency, 0: "
                                            "unlimited"),
                             llvm::cl::init(0.0)};
  Option<bool> shareIdentical{*this, "share-identical",
                              llvm::cl::desc("Search equal ops once"),
                              llvm::cl::init(true)};
  Option<double> timeLimitS{*this, "time-limit-s",
                            llvm::cl::desc("Seconds, 0: unlimited"),
                            llvm::cl::init(0.0)};
  Option<int64_t> threads{*this, "threads",
                          llvm::cl::desc("Threads, 0: all cores"),
                          llvm::cl::init(0)};
  Option<int64_t> seed{*this, "seed", llvm::cl::desc("Seed"),
                       llvm::cl::init(0)};
  Option<std::string> report{*this, "report",
                             llvm::cl::desc("File for the report, JSON")};
  Option<std::string> progress{*this, "progress",
                               llvm::cl::desc("auto, on or off"),
                               llvm::cl::init("auto")};

  /// Reads `name=value ...`; false, with a message that names what was found
  /// and what is allowed, if something is wrong.
  bool read(StringRef text, std::string &message);
};

/// `accel-map`: attach the target, if one is named, and search. `sink` takes
/// the report's text.
void buildMapPipeline(OpPassManager &pm, const MapPipelineOptions &options,
                      ReportSink sink = nullptr);

/// Registers `accel-map`.
void registerMapPipeline();

/// Options of `accel-compile`.
struct CompilePipelineOptions : public MapPipelineOptions {
  Option<std::string> embedding{
      *this, "embedding",
      llvm::cl::desc("best, or fixed: batch, output channels, input channels "
                     "on the lanes"),
      llvm::cl::init("best")};
};

/// The first part of `accel-compile`: attach the target and pack for the matrix
/// unit. All that follows depends on the target and the packed module alone.
void buildPackPipeline(OpPassManager &pm,
                       const CompilePipelineOptions &options);

/// `accel-compile`: pack for the matrix unit, outline the device functions, map
/// them, apply the mapping, bufferize, convert to instructions, and give those
/// addresses, tokens and dependency flags.
void buildCompilePipeline(OpPassManager &pm,
                          const CompilePipelineOptions &options,
                          ReportSink sink = nullptr);

/// Registers `accel-compile`.
void registerCompilePipeline();

} // namespace accel
} // namespace mlir

#endif // ACCEL_PIPELINES_PIPELINES_H
