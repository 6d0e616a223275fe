//===- Architecture.h - An accelerator as plain data ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An accelerator is one list of nodes, outermost first: memory levels, fan-outs
// and compute units. What stands below a fan-out exists n times. Several
// compute units may stand at different depths; the path of a unit is every
// memory level and fan-out above it. Units are SI; quantities that may be
// unbounded are doubles and hold infinity.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_ARCHITECTURE_H
#define ACCEL_MODEL_ARCHITECTURE_H

#include "accel/Model/EinsumGraph.h"
#include <limits>
#include <optional>
#include <variant>

namespace accel {

inline constexpr double kInf = std::numeric_limits<double>::infinity();

/// One term of a TensorSet: a property of a tensor, optionally only for Einsums
/// that run on one compute unit.
struct TensorTerm {
  enum class Kind : uint8_t {
    All,       ///< every tensor of the Einsum
    RoleIs,    ///< its role in the Einsum is `role`
    ClassIs,   ///< its class in the program is `cls`
    NotHeldIn, ///< the mapping does not hold it in level `level`
  };
  Kind kind = Kind::All;
  Role role = Role::Input;
  TensorClass cls = TensorClass::External;
  std::string level;
  /// If not empty, the term holds only for Einsums on this compute unit.
  std::string unit;
};

/// A union of terms; no term means no tensor.
struct TensorSet {
  llvm::SmallVector<TensorTerm, 3> terms;

  bool empty() const { return terms.empty(); }

  static TensorSet all();
  static TensorSet role(Role role);
  static TensorSet ofClass(TensorClass cls);
  static TensorSet notHeldIn(llvm::StringRef level);

  /// This set together with `other`.
  TensorSet operator|(const TensorSet &other) const;
  /// Every term restricted to Einsums that run on `unit`.
  TensorSet onUnit(llvm::StringRef unit) const;
};

/// Text form of a set: `none`, or terms joined by `|`, each one of `all`,
/// `inputs`, `weights`, `outputs`, `intermediates`, `externals`, `!Level`,
/// followed by `@Unit` where restricted (`outputs@GEMM|all@ALU`).
std::string stringifyTensorSet(const TensorSet &set);
llvm::Expected<TensorSet> parseTensorSet(llvm::StringRef text);

/// How reads and writes of a level share its bandwidth.
enum class Ports : uint8_t {
  Shared,  ///< their times add
  Separate ///< the longer one counts
};

/// Bits per value of a role, where a level differs from the tensor's own.
struct RoleWidth {
  /// Absolute width in bits; 0 if the tensor's own width counts.
  double bitsPerValue = 0;
  /// Factor on the tensor's own width (3 for 8-bit data accumulated in 24 bit).
  double bitsScale = 1;
};

/// A memory. Sizes, throughputs and leakage are per instance.
struct MemoryLevel {
  std::string name;
  double sizeBits = kInf;
  /// Capacity in values of whatever width (a register that holds one weight).
  double sizeValues = kInf;
  double readJPerBit = 0;
  double writeJPerBit = 0;
  double readBitsPerS = kInf;
  double writeBitsPerS = kInf;
  Ports ports = Ports::Shared;
  double leakW = 0;
  /// Width overrides, indexed by Role.
  RoleWidth widths[3];
  /// Tensors that must be, and that may be, held here.
  TensorSet keep;
  TensorSet mayKeep;
  /// Partial sums of sibling instances are merged by writes without a read.
  bool accumulates = true;
  /// Reading a tile in order to write it back to the parent is an access that
  /// costs time and energy here (Timeloop and DOSA do not charge it).
  bool chargesEvictions = true;
  /// A window that slides along the loop below is held one step at a time; else
  /// its whole range is.
  bool slides = true;
  /// Zeros around a tensor are made here: what a tile covers beyond the
  /// tensor's shape is not read from the parent.
  bool pads = false;
  /// Tiles pass like through a pipeline: compute waits for the first tile that
  /// a level below reads from here, and what moves last waits for the last
  /// compute. Nothing overlaps with these.
  bool exposesEnds = false;
  /// Seconds from the request of a tile to its first data, in which the port is
  /// held.
  double readStartS = 0;
  /// Copies of every tile that are reserved (2 = double buffering).
  unsigned buffering = 1;

  /// Bits that one value of `tensor`, in role `role`, takes here.
  double bitsPerValue(const Tensor &tensor, Role role) const;
  bool isBounded() const { return sizeBits < kInf || sizeValues < kInf; }
};

/// A set of roles.
struct RoleSet {
  uint8_t bits = 0;
  static RoleSet all() { return {7}; }
  static RoleSet none() { return {0}; }
  static RoleSet of(Role role) { return {uint8_t(1u << unsigned(role))}; }
  bool contains(Role role) const { return bits >> unsigned(role) & 1; }
  RoleSet operator|(RoleSet other) const {
    return {uint8_t(bits | other.bits)};
  }
  bool operator==(RoleSet other) const { return bits == other.bits; }
};

/// `n` instances of everything below.
struct Fanout {
  std::string name;
  int64_t n = 1;
  /// Roles that are multicast (inputs, weights) or reduced (outputs) across it.
  RoleSet mayReuse = RoleSet::all();
  /// Roles whose tensors must not be split across it: a loop over a rank that
  /// indexes such a tensor may not be spatial here.
  RoleSet reuse = RoleSet::none();
  /// Least share of the instances that a mapping uses, if any can reach it.
  double minUsage = 0;
};

/// The shape of a matrix instruction: out[batch, blockOut] +=
/// in[batch, blockIn] * weight[blockOut, blockIn].
struct MatrixUnit {
  int64_t batch = 1;
  int64_t blockIn = 1;
  int64_t blockOut = 1;
};

/// What executes points of an Einsum. Throughput and leakage are per instance.
struct ComputeUnit {
  std::string name;
  double jPerOp = 0;
  double opsPerS = kInf;
  double leakW = 0;
  /// Time that it takes to start a result, in operations.
  double initOps = 0;
  /// Seconds to start one op of the Einsum's body on the tiles held innermost.
  double startS = 0;
  /// Operations that one op of an Einsum's body counts as: with a constant, and
  /// with two tensors. Zeros: a point is one operation, whatever the body.
  double opsPerConstantOp = 0, opsPerTensorOp = 0;
  /// Einsums that it takes: by number of tensors and by kind; an empty list
  /// allows any.
  llvm::SmallVector<unsigned, 2> takesNumTensors;
  llvm::SmallVector<EinsumKind, 2> takesKinds;
  std::optional<MatrixUnit> matrixUnit;

  bool takes(const Einsum &einsum) const;
};

/// A contradiction in a target: one sentence that names what was found and what
/// is allowed, and the node at which it stands (empty: the target as a whole).
class TargetError : public llvm::ErrorInfo<TargetError> {
public:
  static char ID;

  TargetError(std::string message, llvm::StringRef node)
      : message(std::move(message)), node(node.str()) {}

  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

  std::string message;
  std::string node;
};

/// The way from the outermost memory to one compute unit.
struct ArchPath {
  /// Memory levels and fan-outs above the unit, as node indices, outermost
  /// first.
  llvm::SmallVector<unsigned, 8> nodes;
  /// Node index of the compute unit.
  unsigned unit = 0;
};

/// Whether a level holds a tensor of an Einsum.
struct Holding {
  enum class Kind : uint8_t { Forbidden, Optional, Required };
  Kind kind = Kind::Forbidden;
  /// With Optional: levels (node indices) one of which must hold the tensor,
  /// else this one must (each entry is one "not held in" term).
  llvm::SmallVector<unsigned, 1> requiredUnlessHeldIn;
};

/// An accelerator.
class Architecture {
public:
  using Node = std::variant<MemoryLevel, Fanout, ComputeUnit>;

  std::string name;
  /// Outermost first.
  std::vector<Node> nodes;

  const MemoryLevel *memory(unsigned node) const {
    return std::get_if<MemoryLevel>(&nodes[node]);
  }
  const Fanout *fanout(unsigned node) const {
    return std::get_if<Fanout>(&nodes[node]);
  }
  const ComputeUnit *unit(unsigned node) const {
    return std::get_if<ComputeUnit>(&nodes[node]);
  }
  llvm::StringRef nodeName(unsigned node) const;

  /// Index of the node with that name, or -1.
  int findNode(llvm::StringRef name) const;

  /// Index of the outermost memory level; 0 in a verified architecture.
  unsigned outermost() const { return 0; }

  /// Instances of a node: the product of all fan-outs above it.
  double numInstances(unsigned node) const;

  /// Leakage of all instances of all nodes, in watts. Nodes off an Einsum's
  /// path leak as well, so the figure does not depend on the mapping.
  double totalLeakW() const;

  /// Compute units that take the Einsum, outermost first. A copy that no unit
  /// takes may use any.
  llvm::SmallVector<unsigned, 2> unitsFor(const Einsum &einsum) const;

  /// The path of compute unit `unit` (a node index).
  ArchPath pathTo(unsigned unit) const;

  /// Whether level `level` holds operand `access` of `einsum` when that runs on
  /// unit `unit` (node indices). A set that says neither keep nor may-keep
  /// forbids; a "not held in X" term of `keep` whose X is not on the unit's
  /// path counts as satisfied, so it requires. In `mayKeep` such terms allow.
  Holding holding(unsigned level, unsigned unit, const EinsumGraph &graph,
                  const Einsum &einsum, unsigned access) const;

  /// First contradiction, a TargetError: no outermost memory, one that may not
  /// hold external tensors, repeated or unusable names, numbers out of range, a
  /// level that no compute unit reaches or that cannot hold one value, units
  /// that take Einsums which do not exist, `reuse` outside `mayReuse`, sets
  /// that name unknown or inner levels, unreachable units, or roles that no
  /// tensor has there.
  llvm::Error verify() const;

  /// Overrides one number: `path` is `<node>.<field>`, `value` a number, `inf`,
  /// or a word where the field takes one. Fields are named in fieldNames().
  /// Failure names what was found and what is allowed; nothing is changed then.
  llvm::Error setField(llvm::StringRef path, llvm::StringRef value);

  /// Fields that setField accepts for a node.
  llvm::SmallVector<llvm::StringRef, 12> fieldNames(unsigned node) const;

  MemoryLevel &addMemory(llvm::StringRef name);
  Fanout &addFanout(llvm::StringRef name, int64_t n);
  ComputeUnit &addUnit(llvm::StringRef name);
};

} // namespace accel

#endif // ACCEL_MODEL_ARCHITECTURE_H
