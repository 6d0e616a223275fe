//===- FuzzTarget.cpp - Any text as a target file -------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever is read must print, read again as the same, and either verify or be
// refused with a sentence.
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/TargetConversion.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Parser/Parser.h"

#include <cstdlib>

using namespace mlir;

static MLIRContext &context() {
  static MLIRContext *instance = [] {
    DialectRegistry registry;
    registry.insert<mlir::accel::AccelDialect, DLTIDialect>();
    auto *made = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    made->getDiagEngine().registerHandler([](Diagnostic &) {});
    return made;
  }();
  return *instance;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // MLIR's own parser recurses; deep nesting is not what is tested here.
  if (size > 4096)
    return 0;
  std::string text(reinterpret_cast<const char *>(data), size);
  ParserConfig config(&context());
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, config);
  if (!module)
    return 0;
  mlir::accel::TargetAttr target = mlir::accel::lookupTarget(*module);
  if (!target)
    return 0;
  ::accel::Architecture arch = mlir::accel::getArchitecture(target);
  if (llvm::Error error = arch.verify()) {
    if (llvm::toString(std::move(error)).empty())
      abort();
    return 0;
  }
  if (mlir::accel::getTargetAttr(&context(), arch) != target)
    abort();
  return 0;
}
