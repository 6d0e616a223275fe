//===- TranslateDriver.cpp - What the tool accel-translate does -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/TranslateDriver.h"
#include "accel/Target/VTA/Translation/VTATranslation.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::accel;
namespace vta = ::accel::vta;

static LogicalResult reportError(const Twine &message) {
  llvm::errs() << "accel-translate: error: " << message << "\n";
  return failure();
}

static LogicalResult translateModule(const TranslateRequest &request) {
  if (request.output == "-")
    return reportError("a program folder needs a name, -o <folder>");
  DialectRegistry registry;
  registry
      .insert<AccelDialect, DLTIDialect, affine::AffineDialect,
              arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
              memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect>();
  MLIRContext context(registry);
  // The source is quoted; the whole op in generic form would hide it.
  context.printOpOnDiagnostic(false);
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(request.input, &message);
  if (!file)
    return reportError(message);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (!module)
    return failure();
  FailureOr<vta::Program> program = translateToVTA(*module, request.entry);
  if (failed(program))
    return failure();
  if (llvm::Error error = vta::writeProgram(*program, request.output))
    return reportError(llvm::toString(std::move(error)));
  return success();
}

static void printProgram(const vta::Program &program, llvm::raw_ostream &os) {
  os << "// VTA " << vta::kIsaVersion << ", geometry " << program.geometry.str()
     << ", entry " << program.entry << "\n";
  for (const vta::TensorRecord &tensor : program.tensors) {
    os << "tensor " << tensor.name << " " << vta::roleName(tensor.role) << " ";
    for (int64_t size : tensor.shape)
      os << size << "x";
    os << vta::elementTypeName(tensor.elementType) << " at " << tensor.dramBase
       << " size " << tensor.size;
    if (tensor.isGathered()) {
      os << " gathered";
      for (const vta::Layout &map : tensor.gather)
        os << " " << map.str();
    } else {
      os << " layout " << tensor.layout.str();
    }
    os << "\n";
  }
  os << "uops at " << program.uopsDramBase << "\n";
  for (auto [index, microOp] : llvm::enumerate(program.microOps))
    os << "  " << index << ": " << vta::disassemble(microOp) << "\n";
  os << "instructions\n";
  for (auto [index, instruction] : llvm::enumerate(program.instructions))
    os << "  " << index << ": " << vta::disassemble(instruction) << "\n";
}

static LogicalResult disassembleFolder(const TranslateRequest &request) {
  if (request.input == "-")
    return reportError("a program is a folder, found standard input");
  llvm::Expected<vta::Program> program = vta::readProgram(request.input);
  if (!program)
    return reportError(llvm::toString(program.takeError()));
  std::string message;
  std::unique_ptr<llvm::ToolOutputFile> file =
      openOutputFile(request.output, &message);
  if (!file)
    return reportError(message);
  printProgram(*program, file->os());
  file->keep();
  return success();
}

LogicalResult mlir::accel::runTranslateTool(const TranslateRequest &request) {
  return request.toVTA ? translateModule(request) : disassembleFolder(request);
}
