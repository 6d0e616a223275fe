//===- LoopTree.h - A mapping of a program ----------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A mapping is one root-to-leaf path per Einsum, in program order, and for each
// path the number of leading loops that it shares with the previous one.
// Merging the shared loops gives the LoopTree (LoopTree, IEEE TCASAI 2024).
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_LOOPTREE_H
#define ACCEL_MODEL_LOOPTREE_H

#include "accel/Model/Architecture.h"

namespace accel {

/// One node of a path.
struct MapNode {
  enum class Kind : uint8_t {
    Keep,     ///< hold `accesses` in memory level `component`
    Temporal, ///< for `rank` by `tile`
    Spatial,  ///< par `rank` by `tile` over fan-out `component`
    Compute   ///< run on compute unit `component`
  };
  Kind kind = Kind::Compute;
  /// Keep: operands of the Einsum, in the order in which they are written.
  llvm::SmallVector<unsigned, 4> accesses;
  /// Loops: rank of the Einsum, and the tile that remains below the loop.
  unsigned rank = 0;
  int64_t tile = 1;
  /// Node index in the Architecture (not for temporal loops).
  unsigned component = 0;

  bool isLoop() const {
    return kind == Kind::Temporal || kind == Kind::Spatial;
  }
  bool operator==(const MapNode &o) const {
    return kind == o.kind && accesses == o.accesses && rank == o.rank &&
           tile == o.tile && component == o.component;
  }

  static MapNode keep(llvm::ArrayRef<unsigned> accesses, unsigned level);
  static MapNode loop(unsigned rank, int64_t tile);
  static MapNode par(unsigned rank, int64_t tile, unsigned fanout);
  static MapNode compute(unsigned unit);
};

/// The path of one Einsum, outermost node first, ending in its compute node.
struct EinsumMapping {
  std::vector<MapNode> nodes;
  /// Leading loops (temporal and spatial) in common with the previous Einsum.
  /// Their trip counts agree position by position; keeps between them are each
  /// path's own.
  unsigned sharedLoops = 0;

  bool operator==(const EinsumMapping &o) const {
    return nodes == o.nodes && sharedLoops == o.sharedLoops;
  }

  /// Number of loops in the path.
  unsigned numLoops() const;
  /// The path's compute node's unit, or the path's end if it has none (-1).
  int unit() const;
  /// Position of the first keep of operand `access` (its backing keep), or -1.
  int backingKeep(unsigned access) const;
};

/// A mapping of a whole program: one path per Einsum of the graph.
struct ProgramMapping {
  std::vector<EinsumMapping> einsums;

  bool operator==(const ProgramMapping &o) const {
    return einsums == o.einsums;
  }
};

/// Trip count of each node of a path (1 for nodes that are no loops), with
/// ceiling division where a tile does not divide.
llvm::SmallVector<int64_t, 16> tripCounts(const Einsum &einsum,
                                          const EinsumMapping &mapping);

/// True if a tile does not divide the one above it.
bool isImperfect(const Einsum &einsum, const EinsumMapping &mapping);

/// A node of the merged tree.
struct LoopTreeNode {
  enum class Kind : uint8_t {
    Root,    ///< the program
    Group,   ///< Einsums that share loops
    Einsum,  ///< what belongs to one Einsum alone
    Keep,    ///< operands held in a level
    Loop,    ///< a loop of every Einsum in [first, last]
    Compute, ///< leaf
  };
  Kind kind = Kind::Root;
  /// Einsums below, as an inclusive range in program order.
  unsigned first = 0;
  unsigned last = 0;
  /// Keep: the Einsums whose path has this keep, ascending, and the tensors by
  /// printed name, in order. Each holder holds those that it accesses.
  llvm::SmallVector<unsigned, 2> holders;
  llvm::SmallVector<std::string, 4> tensors;
  /// Keep: some other Einsum that follows in the region uses one of the
  /// tensors, so the text names the holders.
  bool namesHolders = false;
  /// Loop: the position of its node in the path of each Einsum of the range.
  llvm::SmallVector<unsigned, 4> positions;
  /// Architecture node of a keep, a spatial loop or a compute.
  unsigned component = 0;
  std::vector<LoopTreeNode> children;
};

/// Merges the paths. Precondition: `mapping` has one path per Einsum and shared
/// loop counts that both neighbours can satisfy (verifyMapping checks it).
LoopTreeNode buildLoopTree(const EinsumGraph &graph,
                           const ProgramMapping &mapping);

/// The text form: one node a line, two spaces of indentation a depth.
///
///   keep W0,T1,T0 in MainMemory
///   for m by 32                 // 2 iterations
///     keep T0 in GlobalBuffer
///     par n1 by 16 over columns // 4 iterations
///       compute MAC
///
/// A program of several Einsums has a line `einsum NAME` above what is one
/// Einsum's own and `group A,B` above what fused Einsums share. A keep in a
/// shared region belongs to every following Einsum of the region that uses the
/// tensor, or only to those named after it (`keep T in L for A,B`). A shared
/// loop whose rank or tile has different names or sizes in its Einsums lists
/// them in program order (`for m|p by 4|8`).
std::string printLoopTree(const EinsumGraph &graph, const Architecture &arch,
                          const ProgramMapping &mapping);

/// The text form of one Einsum's path, as a tree of its own.
std::string printPath(const EinsumGraph &graph, const Architecture &arch,
                      unsigned einsum, const EinsumMapping &mapping);

/// Reads printLoopTree's form; `//` starts a comment. A program of one Einsum
/// may leave its `einsum` line out. Fails with `line N: ` and what was found
/// and allowed. The result is well formed, not yet verified against the target.
llvm::Expected<ProgramMapping> parseLoopTree(llvm::StringRef text,
                                             const EinsumGraph &graph,
                                             const Architecture &arch);

/// Reads printPath's form for one Einsum; `sharedLoops` is left 0.
llvm::Expected<EinsumMapping> parsePath(llvm::StringRef text,
                                        const EinsumGraph &graph,
                                        const Architecture &arch,
                                        unsigned einsum);

} // namespace accel

#endif // ACCEL_MODEL_LOOPTREE_H
