//===- MapStages.h - What the two pipelines share ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_PIPELINES_MAPSTAGES_H
#define ACCEL_LIB_PIPELINES_MAPSTAGES_H

#include "accel/Pipelines/Pipelines.h"
#include "mlir/Pass/PassRegistry.h"

namespace mlir::accel {

/// Attaches the target that the options name, if they name one.
void buildAttachTarget(OpPassManager &pm, const MapPipelineOptions &options);

/// Searches, annotates and groups.
void buildSearch(OpPassManager &pm, const MapPipelineOptions &options,
                 ReportSink sink);

/// Registers a pipeline whose options say what is wrong with them.
template <typename Options>
void registerPipeline(StringRef name, StringRef description,
                      void (*build)(OpPassManager &, const Options &,
                                    ReportSink)) {
  registerPassPipeline(
      name, description,
      [name, build](OpPassManager &pm, StringRef text,
                    function_ref<LogicalResult(const Twine &)> fail) {
        Options options;
        std::string message;
        if (!options.read(text, message))
          return fail(name + ": " + message);
        build(pm, options, nullptr);
        return success();
      },
      [](function_ref<void(const mlir::detail::PassOptions &)> handler) {
        handler(Options());
      });
}

} // namespace mlir::accel

#endif // ACCEL_LIB_PIPELINES_MAPSTAGES_H
