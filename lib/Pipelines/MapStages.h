//===- MapStages.h - The two stages of accel-map ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_PIPELINES_MAPSTAGES_H
#define ACCEL_LIB_PIPELINES_MAPSTAGES_H

#include "accel/Pipelines/Pipelines.h"

namespace mlir::accel {

/// Attaches the target that the options name, if they name one.
void buildAttachTarget(OpPassManager &pm, const MapPipelineOptions &options);

/// Searches, annotates and groups.
void buildSearch(OpPassManager &pm, const MapPipelineOptions &options,
                 ReportSink sink);

} // namespace mlir::accel

#endif // ACCEL_LIB_PIPELINES_MAPSTAGES_H
