//===- MappingConversion.cpp - #accel.mapping and paths -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Model/MappingVerifier.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

MappingAttr mlir::accel::getMappingAttr(const FunctionEinsums &program,
                                        unsigned einsum,
                                        const model::Architecture &arch,
                                        const model::EinsumMapping &mapping) {
  linalg::LinalgOp op = program.ops[einsum];
  MLIRContext *context = op->getContext();
  SmallVector<MappingNode> nodes;
  for (const model::MapNode &node : mapping.nodes) {
    MappingNode result;
    auto name = [&] {
      return StringAttr::get(context, arch.nodeName(node.component));
    };
    switch (node.kind) {
    case model::MapNode::Kind::Temporal:
      result.kind = NodeKind::For;
      break;
    case model::MapNode::Kind::Spatial:
      result.kind = NodeKind::Par;
      result.name = name();
      break;
    case model::MapNode::Kind::Keep: {
      result.kind = NodeKind::Keep;
      result.name = name();
      SmallVector<int64_t> operands;
      for (unsigned access : node.accesses)
        operands.push_back(program.operandOf[einsum][access]);
      result.operands = DenseI64ArrayAttr::get(context, operands);
      break;
    }
    case model::MapNode::Kind::Compute:
      result.kind = NodeKind::Compute;
      result.name = name();
      break;
    }
    if (node.isLoop()) {
      result.rank = node.rank;
      result.tile = node.tile;
    }
    nodes.push_back(result);
  }
  return MappingAttr::get(
      context, nodes, mapping.sharedLoops,
      model::isImperfect(program.graph.einsums[einsum], mapping));
}

static LogicalResult report(const FunctionEinsums &program, llvm::Error error) {
  llvm::handleAllErrors(
      std::move(error),
      [&](const model::MappingError &wrong) {
        InFlightDiagnostic diag = program.ops[wrong.einsum]->emitOpError()
                                  << "accel.mapping: " << wrong.message;
        if (wrong.other >= 0)
          diag.attachNote(program.ops[wrong.other]->getLoc())
              << "does not agree with this op";
      },
      [&](const llvm::ErrorInfoBase &wrong) {
        emitError(program.func->getLoc())
            << "accel.mapping: " << wrong.message();
      });
  return failure();
}

LogicalResult mlir::accel::verifyProgramMapping(
    const FunctionEinsums &program, const model::Architecture &arch,
    const model::ProgramMapping &mapping, const model::CostOptions &options) {
  if (llvm::Error error =
          model::verifyMapping(program.graph, arch, mapping, options))
    return report(program, std::move(error));
  return success();
}

/// The attribute in terms of the model; not verified.
static FailureOr<model::EinsumMapping>
readMapping(const FunctionEinsums &program, unsigned einsum,
            const model::Architecture &arch, MappingAttr attr) {
  linalg::LinalgOp op = program.ops[einsum];
  model::EinsumMapping mapping;
  mapping.sharedLoops = attr.getShared();
  auto component = [&](StringAttr name, StringRef what,
                       auto fits) -> FailureOr<unsigned> {
    int id = arch.findNode(name.getValue());
    if (id >= 0 && fits(id))
      return unsigned(id);
    InFlightDiagnostic diag = op->emitOpError()
                              << "accel.mapping names " << what << " " << name
                              << " but target \"" << arch.name << "\" has ";
    SmallVector<StringRef> allowed;
    for (unsigned n = 0; n < arch.nodes.size(); ++n)
      if (fits(n))
        allowed.push_back(arch.nodeName(n));
    if (allowed.empty())
      diag << "none";
    llvm::interleaveComma(allowed, diag);
    return diag;
  };
  for (const MappingNode &node : attr.getNodes()) {
    FailureOr<unsigned> id = 0u;
    switch (node.kind) {
    case NodeKind::For:
    case NodeKind::Par:
      if (node.rank >= op.getNumLoops())
        return op->emitOpError()
               << "accel.mapping has a loop over rank " << node.rank
               << " but the op has " << op.getNumLoops() << " ranks";
      if (node.kind == NodeKind::For) {
        mapping.nodes.push_back(model::MapNode::loop(node.rank, node.tile));
        break;
      }
      id = component(node.name, "fan-out",
                     [&](unsigned n) { return arch.fanout(n); });
      if (failed(id))
        return failure();
      mapping.nodes.push_back(model::MapNode::par(node.rank, node.tile, *id));
      break;
    case NodeKind::Keep: {
      id = component(node.name, "level",
                     [&](unsigned n) { return arch.memory(n); });
      if (failed(id))
        return failure();
      SmallVector<unsigned> accesses;
      for (int64_t operand : node.operands.asArrayRef()) {
        int access = program.findAccess(einsum, operand);
        if (access < 0)
          return op->emitOpError()
                 << "accel.mapping keeps operand " << operand
                 << " which is no tensor that the op reads or writes";
        accesses.push_back(access);
      }
      mapping.nodes.push_back(model::MapNode::keep(accesses, *id));
      break;
    }
    case NodeKind::Compute:
      id = component(node.name, "compute unit",
                     [&](unsigned n) { return arch.unit(n); });
      if (failed(id))
        return failure();
      mapping.nodes.push_back(model::MapNode::compute(*id));
      break;
    }
  }
  return mapping;
}

FailureOr<model::EinsumMapping>
mlir::accel::getEinsumMapping(const FunctionEinsums &program, unsigned einsum,
                              const model::Architecture &arch, MappingAttr attr,
                              const model::CostOptions &options) {
  FailureOr<model::EinsumMapping> mapping =
      readMapping(program, einsum, arch, attr);
  if (failed(mapping))
    return failure();
  if (llvm::Error error = model::verifyEinsumMapping(program.graph, arch,
                                                     einsum, *mapping, options))
    return report(program, std::move(error));
  return mapping;
}
