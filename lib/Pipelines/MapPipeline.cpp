//===- MapPipeline.cpp - Attach, search, annotate -------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MapStages.h"

#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::accel;

void mlir::accel::buildAttachTarget(OpPassManager &pm,
                                    const MapPipelineOptions &options) {
  if (!options.target.empty() || !options.targetSet.empty()) {
    AccelAttachTargetOptions attach;
    attach.target = options.target;
    attach.targetSet = options.targetSet;
    pm.addPass(createAccelAttachTarget(attach));
  }
}

void mlir::accel::buildSearch(OpPassManager &pm,
                              const MapPipelineOptions &options,
                              ReportSink sink) {
  AccelSearchOptions search;
  search.engine = options.engine;
  search.objective = options.objective;
  search.fuse = options.fuse;
  search.maxFusedLoops = options.maxFusedLoops;
  search.maxFusedLoopsPerRank = options.maxFusedLoopsPerRank;
  search.imperfect = options.imperfect;
  search.recompute = options.recompute;
  search.referenceSlots = options.referenceSlots;
  search.compareUnfused = options.compareUnfused;
  search.compare = options.compare;
  search.maxIterations = options.maxIterations;
  search.searchFor = options.searchFor;
  search.hardware = options.hardware;
  search.areaLimitMm2 = options.areaLimitMm2;
  search.powerLimitW = options.powerLimitW;
  search.shareIdentical = options.shareIdentical;
  search.timeLimitS = options.timeLimitS;
  search.threads = options.threads;
  search.seed = options.seed;
  search.report = options.report;
  search.progress = options.progress;
  pm.addPass(createAccelSearch(std::move(search), std::move(sink)));
}

void mlir::accel::buildMapPipeline(OpPassManager &pm,
                                   const MapPipelineOptions &options,
                                   ReportSink sink) {
  buildAttachTarget(pm, options);
  pm.addPass(createAccelDecomposeAggregates());
  buildSearch(pm, options, std::move(sink));
}

bool MapPipelineOptions::read(StringRef text, std::string &message) {
  llvm::raw_string_ostream os(message);
  if (succeeded(parseFromString(text, os)))
    return true;
  message = StringRef(message).trim().str();
  // MLIR says which option it does not know, but not which there are.
  StringRef found = StringRef(message).split("no such option ").second;
  if (found.empty()) {
    // A wrong value has been reported where options are parsed.
    if (message.empty())
      message = ("cannot read \"" + text + "\"").str();
    return false;
  }
  SmallVector<StringRef> names;
  for (auto [name, option] : OptionsMap)
    names.push_back(name);
  llvm::sort(names);
  message =
      ("no option \"" + found + "\": " + llvm::join(names, ", ") + " are known")
          .str();
  return false;
}

void mlir::accel::registerMapPipeline() {
  registerPipeline<MapPipelineOptions>(
      "accel-map", "Accel: find the best mapping of a module on a target",
      buildMapPipeline);
}
