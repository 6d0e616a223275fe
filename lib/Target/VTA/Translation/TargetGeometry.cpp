//===- TargetGeometry.cpp - The VTA geometry of a target ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/VTATranslation.h"

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
  struct Depth {
    StringRef level;
    int64_t elementBits;
    int64_t *depth;
    bool found = false;
  };
  Depth depths[] = {
      {"INP", geometry.batch * geometry.blockIn * 8, &geometry.inpDepth},
      {"WGT", geometry.blockOut * geometry.blockIn * 8, &geometry.wgtDepth},
      {"ACC", geometry.batch * geometry.blockOut * 32, &geometry.accDepth}};
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
      depth.found = true;
    }
  }
  for (const Depth &depth : depths)
    if (!depth.found)
      return emitError(loc)
             << "a VTA program needs a level \"" << depth.level
             << "\", which target " << target.getName() << " does not have";
  if (llvm::Error error = geometry.verify())
    return emitError(loc) << llvm::toString(std::move(error));
  return geometry;
}
