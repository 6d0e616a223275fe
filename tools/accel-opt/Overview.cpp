//===- Overview.cpp - The first page of accel-opt --help ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overview.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FormatVariadic.h"

namespace {
struct Group {
  const char *title;
  std::vector<const char *> names;
};
} // namespace

/// In the order in which a compilation uses them.
static const std::vector<Group> &groups() {
  static const std::vector<Group> list = {
      {"Pipelines", {"accel-map", "accel-compile"}},
      {"Targets and mappings",
       {"accel-attach-target", "accel-decompose-aggregates", "accel-search",
        "accel-annotate-cost"}},
      {"Printing",
       {"accel-print-einsums", "accel-print-mapping", "accel-print-summary"}},
      {"Loops and buffers",
       {"accel-apply-mapping", "accel-count-transfers",
        "accel-strip-memory-spaces"}},
      {"Handing over to others",
       {"accel-emit-transform-script", "accel-dump-constraints"}},
      {"Packing for a matrix instruction",
       {"accel-prepare-linalg", "accel-pack-operands", "accel-outline-device",
        "accel-lower-packs"}},
      {"Instructions",
       {"accel-unroll", "convert-linalg-to-accel", "accel-order-loads",
        "accel-allocate", "accel-insert-tokens", "accel-insert-sync"}},
  };
  return list;
}

static llvm::StringRef describe(llvm::StringRef name) {
  if (const mlir::PassPipelineInfo *info = mlir::PassPipelineInfo::lookup(name))
    return info->getPassDescription();
  if (const mlir::PassInfo *info = mlir::PassInfo::lookup(name))
    return info->getPassDescription();
  return "";
}

std::string overviewText() {
  std::string text = "Accel: maps tensor programs onto accelerators\n";
  llvm::raw_string_ostream os(text);
  for (const Group &group : groups()) {
    std::string lines;
    for (llvm::StringRef name : group.names) {
      llvm::StringRef description = describe(name);
      description.consume_front("Accel: ");
      // A build may leave passes out.
      if (!description.empty())
        lines += llvm::formatv("  --{0,-27} {1}\n", name, description);
    }
    if (!lines.empty())
      os << "\n" << group.title << "\n" << lines;
  }
  os << "\nOptions of a pipeline or pass stand below, and are typed as\n"
        "  --accel-map=\"target=simple objective=energy\"\n";
  return text;
}
