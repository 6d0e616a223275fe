//===- TargetGeometry.cpp - The VTA geometry of a target ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/VTATranslation.h"

#include "accel/Analysis/InstructionLevels.h"

using namespace mlir;
using namespace mlir::accel;
namespace vta = ::accel::vta;

FailureOr<vta::Geometry> mlir::accel::getGeometry(TargetAttr target,
                                                  Location loc) {
  if (!target)
    return emitError(loc, "a VTA program needs a target on the module");
  vta::Geometry geometry;
  bool hasMatrix = false;
  for (Attribute level : target.getLevels()) {
    auto compute = dyn_cast<ComputeAttr>(level);
    if (!compute || !compute.getMatrix())
      continue;
    ArrayRef<int64_t> shape = compute.getMatrix();
    geometry.batch = shape[0];
    geometry.blockIn = shape[1];
    geometry.blockOut = shape[2];
    hasMatrix = true;
  }
  if (!hasMatrix)
    return emitError(loc) << "a VTA program needs a target with a matrix unit, "
                             "found "
                          << target.getName();
  FailureOr<InstructionLevels> levels = InstructionLevels::find(target, loc);
  if (failed(levels))
    return failure();
  struct Depth {
    StringRef level;
    int64_t elementBits;
    int64_t *depth;
  };
  Depth depths[] = {{levels->input, geometry.batch * geometry.blockIn * 8,
                     &geometry.inpDepth},
                    {levels->weight, geometry.blockOut * geometry.blockIn * 8,
                     &geometry.wgtDepth},
                    {levels->accumulator,
                     geometry.batch * geometry.blockOut * 32,
                     &geometry.accDepth}};
  for (Attribute level : target.getLevels()) {
    auto memory = dyn_cast<MemoryAttr>(level);
    if (!memory)
      continue;
    for (Depth &depth : depths) {
      if (memory.getName() != depth.level)
        continue;
      double elements = memory.getSizeBits() / double(depth.elementBits);
      if (!(elements >= 1) || elements > double(1 << 20))
        return emitError(loc) << "level \"" << depth.level << "\" of target "
                              << target.getName() << " holds " << elements
                              << " elements but VTA needs 1 to " << (1 << 20);
      *depth.depth = static_cast<int64_t>(elements);
    }
  }
  if (llvm::Error error = geometry.verify())
    return emitError(loc) << llvm::toString(std::move(error));
  return geometry;
}
