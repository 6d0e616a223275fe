//===- ExchangeGraph.h - Which prefixes can meet which Einsums --*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the join knows before it looks at costs. Prefixes of the program whose
// live intermediates are exchanged alike have one shape; a nest of the next
// Einsum leads from shape to shape. Shapes name no tensors, and Einsums of one
// space with neighbours alike are one site: what was found out for a layer of a
// network holds for all its repetitions.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_EXCHANGEGRAPH_H
#define ACCEL_MAPPER_FFM_EXCHANGEGRAPH_H

#include "EinsumProblem.h"
#include "PartialMapping.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <unordered_map>

namespace accel::ffm {

/// Of a tensor's users in open nests: the rank of the one explored first, and
/// whether that one needs another that was explored earlier still.
struct Openness {
  unsigned rank = ~0u;
  bool needsOpen = false;

  void meet(const Exchange &user);
};

/// A live intermediate: the exchange that its first Einsum chose.
struct LiveExchange {
  const Exchange *exchange;
  /// Dimensions that the open loops below its backing keep step through, as in
  /// Exchange::handOver: its readers must take it in the same steps.
  llvm::SmallVector<int, 3> handOver;
  /// Claim while the loop below its backing keep stays open: the largest view,
  /// of the first Einsum and of those that have used it there.
  llvm::SmallVector<double, 2> size;
  Openness openness;
};

/// Live intermediates between two Einsums, in the order of their tensors.
struct Shape {
  llvm::SmallVector<LiveExchange, 4> live;
  /// Depth of the deepest; 0 if the loops of some are not known, since claims
  /// by depth then say nothing.
  unsigned depth = 0;
};

/// A nest of the next Einsum, and the shape it leads to.
struct Arc {
  uint32_t nest, to;
  /// Its claims, once they are known.
  uint32_t claims = ~0u;
};

/// What an arc claims that does not depend on what the prefix holds open, by
/// depth d in [0, max(depth before, depth after)] and resource: of keeps around
/// it, and of tensors that stay; then of its own branch beside a row's total.
struct ArcClaims {
  const double *added, *kept, *branch;
};

class ExchangeGraph {
public:
  /// `spaces[e]` is the space of Einsum e; its nests must stay as they are.
  /// Numbers their exchanges.
  ExchangeGraph(const SearchContext &context,
                llvm::ArrayRef<EinsumSpace *> spaces);

  /// Shape before the first Einsum: nothing is alive.
  static constexpr unsigned kStart = 0;

  const Shape &shape(unsigned s) const { return shapes[s]; }
  unsigned numShapes() const { return shapes.size(); }
  const EinsumSpace &space(unsigned e) const { return *sites[siteOf[e]].space; }
  unsigned numEinsums() const { return siteOf.size(); }
  /// Live intermediates before Einsum e, in order, as in its shapes.
  llvm::ArrayRef<unsigned> liveBefore(unsigned e) const { return live[e]; }
  /// Whether the same arcs lead from the same shapes.
  bool areAlike(unsigned a, unsigned b) const { return siteOf[a] == siteOf[b]; }
  /// Equal for Einsums that are alike.
  unsigned kindOf(unsigned e) const { return siteOf[e]; }

  /// Ways on for prefixes of shape `s` before Einsum e; valid until the next
  /// call.
  llvm::MutableArrayRef<Arc> arcsFrom(unsigned e, unsigned s);

  /// Claims of an arc of arcsFrom(e, from); valid until the next call.
  ArcClaims claimsOf(unsigned e, unsigned from, Arc &arc);

private:
  /// Nests by the numbers of the exchanges of some operands.
  using Key = std::vector<unsigned>;
  struct KeyHash {
    size_t operator()(const Key &key) const {
      size_t h = key.size();
      for (unsigned k : key)
        h = (h ^ k) * 0x9e3779b97f4a7c15u;
      return h ^ h >> 29;
    }
  };
  using NestsByKey = std::unordered_map<Key, std::vector<unsigned>, KeyHash>;

  /// Einsums of one space among neighbours that pass the same things.
  struct Site {
    const EinsumSpace *space = nullptr;
    /// Per tensor alive before: the operands that read it, and whether it is
    /// alive afterwards.
    struct Passing {
      uint32_t operands = 0;
      bool stays = false;
    };
    llvm::SmallVector<Passing, 4> before;
    /// Per tensor alive afterwards: its number before, or -1 for the output.
    llvm::SmallVector<int, 4> after;
    unsigned output = 0;
    /// The first operand that reads each touched tensor, in order.
    Key operands;
    /// By shape: a number in `arcs`.
    llvm::DenseMap<unsigned, unsigned> arcsOf;
    std::vector<std::vector<Arc>> arcs;
  };

  void findSites(llvm::ArrayRef<EinsumSpace *> spaces);
  const NestsByKey &indexClosed(const Site &site, bool byLevel, unsigned depth);
  const NestsByKey &indexOpen(const Site &site);
  void findArcs(const Site &site, unsigned s, std::vector<Arc> &arcs);
  static bool needsOpen(const LiveExchange &live, const Site::Passing &passing,
                        const Nest &nest);
  bool canFollow(const Site &site, const Shape &shape, const Nest &nest) const;
  Shape after(const Site &site, const Shape &before, const Nest &nest) const;
  unsigned intern(Shape shape);
  void describeArc(const Site &site, const Shape &left, const Nest &nest,
                   unsigned depth, double *out) const;

  const SearchContext &context;
  unsigned tracked;
  std::vector<unsigned> siteOf;
  std::vector<std::vector<unsigned>> live;
  std::vector<Site> sites;
  std::vector<Shape> shapes;
  std::unordered_map<Key, unsigned, KeyHash> known;
  Key keyOfShape;
  /// Per space and operands: nests whose loops are known, by exchanges (exact
  /// or by level) and by their outermost loops down to some depth; and open
  /// ones, by level.
  std::map<std::tuple<const EinsumSpace *, Key, bool, unsigned>, NestsByKey>
      closed;
  std::map<std::pair<const EinsumSpace *, Key>, NestsByKey> open;
  std::vector<double> claims;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_EXCHANGEGRAPH_H
