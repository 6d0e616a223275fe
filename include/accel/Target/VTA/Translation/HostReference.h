//===- HostReference.h - The model itself, run on this computer -*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a compiled program is compared with: the original module of linalg ops
// on tensors, lowered by upstream passes and run by the JIT.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_TRANSLATION_HOSTREFERENCE_H
#define ACCEL_TARGET_VTA_TRANSLATION_HOSTREFERENCE_H

#include "accel/Target/VTA/SimDriver.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace accel::vta {

/// A function on tensors, compiled for this computer.
class HostReference {
public:
  /// Shape and bytes per element of an argument or result.
  struct Tensor {
    std::vector<int64_t> shape;
    int64_t elementBytes = 1;

    int64_t bytes() const;
  };

  /// Parses `file` and compiles `function`, or the module's only public
  /// function if that is empty. Arguments and results need to be static ranked
  /// tensors of numbers. Parse errors also go to standard error, located.
  static llvm::Expected<std::unique_ptr<HostReference>>
  compile(llvm::StringRef file, llvm::StringRef function = "");

  ~HostReference();

  llvm::ArrayRef<Tensor> arguments() const;
  llvm::ArrayRef<Tensor> results() const;

  /// Calls the function. Inputs and results are row-major, little endian; every
  /// input needs the bytes of its argument.
  llvm::Expected<std::vector<std::vector<uint8_t>>>
  run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs);

private:
  struct State;
  explicit HostReference(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// Runs every set of inputs through the model in `file` as well: its arguments
/// are the program's inputs, its results the program's outputs, in order. Fails
/// at the first value that differs, naming tensor, run and position.
llvm::Error checkAgainstModel(const Program &program, int64_t runs,
                              const SimArrays &arrays, llvm::StringRef file);

/// runSimTool() with `model` as the reference, or without one if that is empty.
/// Fails where there is nothing to compare: for foreign programs, and without
/// data.
llvm::Error runSimToolAgainstModel(const SimRequest &request,
                                   llvm::raw_ostream &os,
                                   llvm::StringRef model);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_TRANSLATION_HOSTREFERENCE_H
