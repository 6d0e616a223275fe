//===- LoopTreePrinter.cpp - Merges paths and prints the tree
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/LoopTree.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel;

namespace {

/// Builds the tree from the top. Each Einsum has a cursor into its path; shared
/// regions advance several cursors together.
class TreeBuilder {
public:
  TreeBuilder(const EinsumGraph &graph, llvm::ArrayRef<EinsumMapping> paths)
      : graph(graph), paths(paths), cursor(paths.size(), 0) {}

  LoopTreeNode build() {
    LoopTreeNode root;
    root.last = paths.size() - 1;
    for (auto [first, last] : runs(0, paths.size() - 1, 0)) {
      if (first == last) {
        root.children.push_back(branch(first));
        continue;
      }
      LoopTreeNode group;
      group.kind = LoopTreeNode::Kind::Group;
      group.first = first;
      group.last = last;
      region(group, 0);
      root.children.push_back(std::move(group));
    }
    return root;
  }

private:
  /// Splits [first, last] where neighbours share no more than `depth` loops.
  llvm::SmallVector<std::pair<unsigned, unsigned>, 4>
  runs(unsigned first, unsigned last, unsigned depth) const {
    llvm::SmallVector<std::pair<unsigned, unsigned>, 4> result;
    for (unsigned e = first; e <= last; ++e) {
      if (e == first || paths[e].sharedLoops <= depth)
        result.push_back({e, e});
      else
        result.back().second = e;
    }
    return result;
  }

  const MapNode &node(unsigned e) const { return paths[e].nodes[cursor[e]]; }
  bool atKeep(unsigned e) const {
    return cursor[e] < paths[e].nodes.size() &&
           node(e).kind == MapNode::Kind::Keep;
  }

  llvm::SmallVector<std::string, 4> namesOf(unsigned e,
                                            const MapNode &keep) const {
    llvm::SmallVector<std::string, 4> names;
    for (unsigned a : keep.accesses)
      names.push_back(graph.accessName(e, a));
    return names;
  }

  /// Those of `tensors` that Einsum `e` accesses.
  llvm::SmallVector<std::string, 4>
  accessed(unsigned e, llvm::ArrayRef<std::string> tensors) const {
    llvm::SmallVector<std::string, 4> names;
    for (const std::string &name : tensors)
      if (graph.findAccess(e, name) >= 0)
        names.push_back(name);
    return names;
  }

  /// How many of Einsum `e`'s keeps at the cursor belong to the region: all if
  /// another shared loop follows, else those up to the last one that holds a
  /// tensor which another Einsum of the region holds there as well.
  unsigned regionKeeps(unsigned e, bool loopFollows, unsigned first,
                       unsigned last) const {
    unsigned count = 0, end = cursor[e];
    while (end < paths[e].nodes.size() &&
           paths[e].nodes[end].kind == MapNode::Kind::Keep)
      ++end;
    if (loopFollows)
      return end - cursor[e];
    for (unsigned i = cursor[e]; i != end; ++i)
      for (unsigned a : paths[e].nodes[i].accesses)
        for (unsigned f = first; f <= last; ++f)
          if (f != e && holdsHere(f, graph.einsums[e].accesses[a].tensor,
                                  paths[e].nodes[i].component))
            count = i + 1 - cursor[e];
    return count;
  }

  bool holdsHere(unsigned e, unsigned tensor, unsigned level) const {
    for (unsigned i = cursor[e]; i != paths[e].nodes.size(); ++i) {
      const MapNode &keep = paths[e].nodes[i];
      if (keep.kind != MapNode::Kind::Keep)
        return false;
      if (keep.component == level)
        for (unsigned a : keep.accesses)
          if (graph.einsums[e].accesses[a].tensor == tensor)
            return true;
    }
    return false;
  }

  /// Keeps of several Einsums at one place, as few lines as possible.
  void mergeKeeps(LoopTreeNode &parent, unsigned depth) {
    unsigned first = parent.first, last = parent.last;
    llvm::SmallVector<unsigned, 8> left;
    for (auto [f, l] : runs(first, last, depth))
      for (unsigned e = f; e <= l; ++e)
        left.push_back(regionKeeps(e, f != l, first, last));
    while (true) {
      int head = -1;
      for (unsigned e = first; e <= last && head < 0; ++e)
        if (left[e - first])
          head = e;
      if (head < 0)
        return;
      LoopTreeNode line;
      line.kind = LoopTreeNode::Kind::Keep;
      line.first = first;
      line.last = last;
      line.component = node(head).component;
      line.tensors = namesOf(head, node(head));
      auto joins = [&](unsigned e, llvm::ArrayRef<std::string> tensors) {
        return left[e - first] && node(e).component == line.component &&
               accessed(e, tensors) == namesOf(e, node(e));
      };
      for (unsigned e = head + 1; e <= last; ++e) {
        if (!left[e - first] || node(e).component != line.component)
          continue;
        auto longer = line.tensors;
        for (std::string &name : namesOf(e, node(e)))
          if (!llvm::is_contained(longer, name))
            longer.push_back(std::move(name));
        bool all = joins(e, longer);
        for (unsigned f = head; f < e && all; ++f)
          all = accessed(f, longer) == accessed(f, line.tensors);
        if (all)
          line.tensors = longer;
      }
      for (unsigned e = head; e <= last; ++e)
        if (joins(e, line.tensors))
          line.holders.push_back(e);
      for (unsigned e = first; e <= last; ++e)
        line.namesHolders |= !llvm::is_contained(line.holders, e) &&
                             !accessed(e, line.tensors).empty();
      for (unsigned e : line.holders) {
        ++cursor[e];
        --left[e - first];
      }
      parent.children.push_back(std::move(line));
    }
  }

  /// Fills `parent`, which stands below `depth` loops that its Einsums share.
  void region(LoopTreeNode &parent, unsigned depth) {
    mergeKeeps(parent, depth);
    for (auto [first, last] : runs(parent.first, parent.last, depth)) {
      if (first == last) {
        parent.children.push_back(branch(first));
        continue;
      }
      LoopTreeNode loop;
      loop.kind = LoopTreeNode::Kind::Loop;
      loop.first = first;
      loop.last = last;
      loop.component = node(first).component;
      for (unsigned e = first; e <= last; ++e)
        loop.positions.push_back(cursor[e]++);
      region(loop, depth + 1);
      parent.children.push_back(std::move(loop));
    }
  }

  /// The rest of one Einsum's path.
  LoopTreeNode branch(unsigned e) {
    LoopTreeNode result;
    result.kind = LoopTreeNode::Kind::Einsum;
    result.first = result.last = e;
    LoopTreeNode *scope = &result;
    while (cursor[e] < paths[e].nodes.size()) {
      LoopTreeNode child;
      child.first = child.last = e;
      child.component = node(e).component;
      if (atKeep(e)) {
        child.kind = LoopTreeNode::Kind::Keep;
        child.holders.push_back(e);
        child.tensors = namesOf(e, node(e));
      } else if (node(e).isLoop()) {
        child.kind = LoopTreeNode::Kind::Loop;
        child.positions.push_back(cursor[e]);
      } else {
        child.kind = LoopTreeNode::Kind::Compute;
      }
      bool opens = node(e).isLoop();
      ++cursor[e];
      scope->children.push_back(std::move(child));
      if (opens)
        scope = &scope->children.back();
    }
    return result;
  }

  const EinsumGraph &graph;
  llvm::ArrayRef<EinsumMapping> paths;
  std::vector<unsigned> cursor;
};

/// Writes a tree as text.
class TreePrinter {
public:
  TreePrinter(const EinsumGraph &graph, const Architecture &arch,
              llvm::ArrayRef<EinsumMapping> paths)
      : graph(graph), arch(arch), paths(paths) {
    for (unsigned e = 0; e != paths.size(); ++e)
      trips.push_back(tripCounts(graph.einsums[e], paths[e]));
  }

  std::string print(const LoopTreeNode &root) {
    bool single = graph.einsums.size() == 1;
    for (const LoopTreeNode &child : root.children)
      if (single)
        for (const LoopTreeNode &inner : child.children)
          line(inner, 0);
      else
        line(child, 0);
    return std::move(text);
  }

private:
  void line(const LoopTreeNode &node, unsigned depth) {
    llvm::raw_string_ostream os(text);
    os.indent(2 * depth);
    switch (node.kind) {
    case LoopTreeNode::Kind::Root:
      break;
    case LoopTreeNode::Kind::Group: {
      os << "group ";
      llvm::ListSeparator comma(",");
      for (unsigned e = node.first; e <= node.last; ++e)
        os << comma << graph.einsums[e].name;
      break;
    }
    case LoopTreeNode::Kind::Einsum:
      os << "einsum " << graph.einsums[node.first].name;
      break;
    case LoopTreeNode::Kind::Keep: {
      os << "keep " << llvm::join(node.tensors, ",") << " in "
         << arch.nodeName(node.component);
      llvm::ListSeparator comma(",");
      if (node.namesHolders) {
        os << " for ";
        for (unsigned e : node.holders)
          os << comma << graph.einsums[e].name;
      }
      break;
    }
    case LoopTreeNode::Kind::Loop:
      loop(os, node);
      break;
    case LoopTreeNode::Kind::Compute:
      os << "compute " << arch.nodeName(node.component);
      break;
    }
    os << "\n";
    os.flush();
    for (const LoopTreeNode &child : node.children)
      line(child, depth + 1);
  }

  void loop(llvm::raw_ostream &os, const LoopTreeNode &node) {
    llvm::SmallVector<std::string, 4> ranks, tiles;
    for (unsigned i = 0; i != node.positions.size(); ++i) {
      const MapNode &n = paths[node.first + i].nodes[node.positions[i]];
      ranks.push_back(graph.einsums[node.first + i].rankName(n.rank));
      tiles.push_back(llvm::itostr(n.tile));
    }
    const MapNode &n = paths[node.first].nodes[node.positions[0]];
    os << (n.kind == MapNode::Kind::Spatial ? "par " : "for ") << listed(ranks)
       << " by " << listed(tiles);
    if (n.kind == MapNode::Kind::Spatial)
      os << " over " << arch.nodeName(node.component);
    int64_t count = trips[node.first][node.positions[0]];
    os << "  // " << count << (count == 1 ? " iteration" : " iterations");
  }

  /// One entry if all are equal, else all of them.
  static std::string listed(llvm::ArrayRef<std::string> entries) {
    return llvm::all_equal(entries) ? entries.front()
                                    : llvm::join(entries, "|");
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  llvm::ArrayRef<EinsumMapping> paths;
  std::vector<llvm::SmallVector<int64_t, 16>> trips;
  std::string text;
};

} // namespace

LoopTreeNode accel::buildLoopTree(const EinsumGraph &graph,
                                  const ProgramMapping &mapping) {
  if (mapping.einsums.empty())
    return LoopTreeNode();
  return TreeBuilder(graph, mapping.einsums).build();
}

std::string accel::printLoopTree(const EinsumGraph &graph,
                                 const Architecture &arch,
                                 const ProgramMapping &mapping) {
  return TreePrinter(graph, arch, mapping.einsums)
      .print(buildLoopTree(graph, mapping));
}

std::string accel::printPath(const EinsumGraph &graph, const Architecture &arch,
                             unsigned einsum, const EinsumMapping &mapping) {
  EinsumGraph alone;
  alone.tensors = graph.tensors;
  alone.einsums.push_back(graph.einsums[einsum]);
  ProgramMapping single;
  single.einsums.push_back(mapping);
  single.einsums.front().sharedLoops = 0;
  return printLoopTree(alone, arch, single);
}
