//===- FuzzMapping.cpp - Any text as a LoopTree ---------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever is read must print, read again as the same, and either verify and
// cost something, or be refused with a sentence.
//
//===----------------------------------------------------------------------===//

#include "../Unit/Model/TestPrograms.h"
#include "accel/Model/CostModel.h"
#include "accel/Model/LoopTree.h"
#include "accel/Model/MappingVerifier.h"

#include <cmath>
#include <cstdlib>

using namespace accel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const EinsumGraph graph = test::twoMatmuls();
  static const Architecture arch = test::twoLevels();
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::Expected<ProgramMapping> mapping = parseLoopTree(text, graph, arch);
  if (!mapping) {
    if (llvm::toString(mapping.takeError()).empty())
      abort();
    return 0;
  }
  if (llvm::Error error = verifyMapping(graph, arch, *mapping)) {
    if (llvm::toString(std::move(error)).empty())
      abort();
    return 0;
  }
  if (std::isnan(evaluateMapping(graph, arch, *mapping).energyJ))
    abort();
  std::string printed = printLoopTree(graph, arch, *mapping);
  llvm::Expected<ProgramMapping> again = parseLoopTree(printed, graph, arch);
  if (!again || printLoopTree(graph, arch, *again) != printed)
    abort();
  return 0;
}
