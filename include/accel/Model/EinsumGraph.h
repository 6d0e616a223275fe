//===- EinsumGraph.h - A program of Einsums ---------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The program that is mapped: tensors, and Einsums in program order.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_EINSUMGRAPH_H
#define ACCEL_MODEL_EINSUMGRAPH_H

#include "accel/Model/Einsum.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace accel {

/// What a tensor is to the program.
enum class TensorClass : uint8_t {
  Intermediate, ///< produced by one Einsum and read by another
  External      ///< everything else
};

/// "intermediate", "external".
llvm::StringRef stringifyTensorClass(TensorClass cls);

/// A tensor of the program.
struct Tensor {
  std::string name;
  llvm::SmallVector<int64_t, 4> shape;
  double bitsPerValue = 8;
  /// Stays where it is backed across calls of the whole program, as a weight.
  bool persistent = false;
  /// Set for function results even if also read by an Einsum: such a tensor
  /// must reach the outermost memory, so it is external.
  bool isResult = false;
  /// Must not be held in the outermost memory, for example because no
  /// instruction stores values so wide.
  bool staysOnChip = false;

  // Filled by EinsumGraph::finalize().
  /// Index of the Einsum that writes it, or -1.
  int producer = -1;
  /// Einsums that read it, in program order, each once.
  llvm::SmallVector<unsigned, 4> consumers;
  TensorClass cls = TensorClass::External;

  bool isIntermediate() const { return cls == TensorClass::Intermediate; }
};

/// Tensors and Einsums in program order. Plain data: fill `tensors` and
/// `einsums`, then call finalize().
struct EinsumGraph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Einsum> einsums;

  /// Derives producers, consumers and classes, then checks the graph: names
  /// unique and free of the text form's separators, bounds positive,
  /// projections as long as shapes, one producer per tensor, producers before
  /// consumers, no operand both read and written, pinned lanes named once per
  /// rank. A view that reaches past its tensor (padding) is allowed. Returns
  /// the first violation.
  llvm::Error finalize();

  /// Index of the Einsum or tensor with that name, or -1.
  int findEinsum(llvm::StringRef name) const;
  int findTensor(llvm::StringRef name) const;

  /// The tensor of an access.
  const Tensor &tensorOf(const TensorAccess &access) const {
    return tensors[access.tensor];
  }

  /// The printed name of operand `access` of Einsum `einsum`: the tensor's
  /// name, followed by `@2`, `@3`, ... where the Einsum reads it repeatedly.
  std::string accessName(unsigned einsum, unsigned access) const;

  /// Operand of Einsum `einsum` with that printed name, or -1.
  int findAccess(unsigned einsum, llvm::StringRef name) const;

  /// The first operand of Einsum `einsum` that is tensor `tensor`, or -1.
  int findAccessOf(unsigned einsum, unsigned tensor) const;
};

/// Fluent construction for tests and tools: ranks and projections as text.
///
///   EinsumGraphBuilder b;
///   b.tensor("A", {64, 32}).tensor("B", {32, 16}).tensor("C", {64, 16});
///   b.einsum("MM", {{"m", 64}, {"k", 32}, {"n", 16}})
///       .input("A", "m, k").input("B", "k, n").output("C", "m, n");
///
/// Projections are comma-separated sums of `rank`, `k*rank` and integers.
/// Mistakes surface from take() as the first error.
class EinsumGraphBuilder {
public:
  EinsumGraphBuilder &tensor(llvm::StringRef name,
                             llvm::ArrayRef<int64_t> shape, double bits = 8,
                             bool persistent = false);
  EinsumGraphBuilder &
  einsum(llvm::StringRef name,
         llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>> ranks);
  EinsumGraphBuilder &input(llvm::StringRef tensor, llvm::StringRef index);
  EinsumGraphBuilder &output(llvm::StringRef tensor, llvm::StringRef index);
  /// Marks the current Einsum as a copy.
  EinsumGraphBuilder &copy();
  /// The finalized graph, or the first mistake.
  llvm::Expected<EinsumGraph> take();

private:
  EinsumGraphBuilder &access(llvm::StringRef tensor, llvm::StringRef index,
                             bool isOutput);
  void fail(const llvm::Twine &message);

  EinsumGraph graph;
  std::string firstError;
};

/// Parses one projection such as `2*p + r + 1, c` against an Einsum's ranks.
llvm::Expected<llvm::SmallVector<LinearExpr, 4>>
parseProjection(llvm::StringRef text, const Einsum &einsum);

} // namespace accel

#endif // ACCEL_MODEL_EINSUMGRAPH_H
