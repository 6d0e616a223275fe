//===- accel-opt.cpp - The optimizer driver -------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Overview.h"

#include "accel/InitAll.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm::sys;

/// mlir-opt with the output under a temporary name beside its own until it is
/// whole: a process that is killed leaves what was there before.
static mlir::LogicalResult runInOnePiece(int argc, char **argv,
                                         llvm::StringRef input,
                                         llvm::StringRef output,
                                         mlir::DialectRegistry &registry) {
  // A link stays a link: what it leads to is replaced.
  llvm::SmallString<128> target;
  if (fs::is_symlink_file(output) && !fs::real_path(output, target))
    output = target;
  bool isFile =
      output != "-" && (!fs::exists(output) || fs::is_regular_file(output));
  if (!isFile)
    return mlir::MlirOptMain(argc, argv, input, output, registry);
  llvm::Expected<fs::TempFile> file =
      fs::TempFile::create(output + ".%%%%%%", fs::all_read | fs::all_write);
  if (!file) {
    // MLIR says best what is wrong with the name.
    llvm::consumeError(file.takeError());
    return mlir::MlirOptMain(argc, argv, input, output, registry);
  }
  mlir::LogicalResult result =
      mlir::MlirOptMain(argc, argv, input, file->TmpName, registry);
  llvm::Error error =
      mlir::succeeded(result) ? file->keep(output) : file->discard();
  if (!error)
    return result;
  llvm::errs() << "accel-opt: " << output << ": "
               << llvm::toString(std::move(error)) << "\n";
  return mlir::failure();
}

/// Diagnostics quote the source; MLIR's note with the whole op in generic form
/// comes with --mlir-print-op-on-diagnostic.
static void quoteTheSourceOnly() {
  auto &options = llvm::cl::getRegisteredOptions();
  auto it = options.find("mlir-print-op-on-diagnostic");
  if (it != options.end() && it->second->getNumOccurrences() == 0)
    it->second->addOccurrence(/*pos=*/0, it->first, "false");
}

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  mlir::accel::registerAccelPasses();
  mlir::accel::registerAccelPipelines();

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::accel::registerAccelDialects(registry);

  auto [input, output] =
      mlir::registerAndParseCLIOptions(argc, argv, overviewText(), registry);
  quoteTheSourceOnly();
  return mlir::asMainReturnCode(
      runInOnePiece(argc, argv, input, output, registry));
}
