//===- ModelTestUtils.h - Mappings as text, levels by name ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MODEL_MODELTESTUTILS_H
#define ACCEL_TEST_UNIT_MODEL_MODELTESTUTILS_H

#include "ErrorMatchers.h"
#include "accel/Model/MappingVerifier.h"

namespace accel::test {

inline MemoryLevel &level(Architecture &arch, llvm::StringRef name) {
  return std::get<MemoryLevel>(arch.nodes[arch.findNode(name)]);
}

/// A mapping that must be valid.
inline ProgramMapping parse(llvm::StringRef text, const EinsumGraph &graph,
                            const Architecture &arch,
                            CostOptions options = {}) {
  ProgramMapping mapping = llvm::cantFail(parseLoopTree(text, graph, arch));
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping, options)), "success");
  return mapping;
}

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MODEL_MODELTESTUTILS_H
