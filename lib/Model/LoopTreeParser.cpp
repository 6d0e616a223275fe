//===- LoopTreeParser.cpp - Reads a LoopTree's text form
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelError.h"
#include "accel/Model/LoopTree.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace accel;
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// A line of text with the lines indented below it.
struct Line {
  unsigned number = 0;
  StringRef text;
  std::vector<Line> children;
};

using Words = llvm::SmallVector<StringRef, 8>;

Words wordsOf(StringRef text) {
  Words words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  return words;
}

llvm::SmallVector<StringRef, 4> listOf(StringRef text, char separator) {
  llvm::SmallVector<StringRef, 4> entries;
  text.split(entries, separator);
  return entries;
}

/// No real mapping comes near; keeps recursion over the lines shallow.
constexpr unsigned kMaxDepth = 512;

/// Reads lines into paths.
class Parser {
public:
  Parser(const EinsumGraph &graph, const Architecture &arch)
      : graph(graph), arch(arch) {
    mapping.einsums.resize(graph.einsums.size());
    seen.assign(graph.einsums.size(), false);
  }

  llvm::Expected<ProgramMapping> parse(StringRef text) {
    Line root;
    if (Error error = readLines(text, root))
      return std::move(error);
    if (graph.einsums.size() == 1 &&
        !llvm::any_of(root.children, [](const Line &line) {
          return line.text.starts_with("einsum ");
        })) {
      seen[0] = true;
      if (Error error = parseBranch(root.children, 0))
        return std::move(error);
    } else {
      for (const Line &line : root.children) {
        if (!line.text.starts_with("einsum ") &&
            !line.text.starts_with("group "))
          return fail(line,
                      "found \"" + line.text + "\", expected einsum or group");
        if (Error error = line.text.starts_with("group ")
                              ? parseGroup(line)
                              : parseEinsum(line, 0, graph.einsums.size() - 1))
          return std::move(error);
      }
    }
    for (unsigned e = 0; e != seen.size(); ++e)
      if (!seen[e])
        return makeError("the mapping has no path for einsum \"" +
                         graph.einsums[e].name + "\"");
    return std::move(mapping);
  }

private:
  Error fail(const Line &line, const Twine &message) const {
    return makeError("line " + Twine(line.number) + ": " + message);
  }

  /// Splits the text into lines and nests them by indentation.
  Error readLines(StringRef text, Line &root) {
    llvm::SmallVector<Line *, 16> open = {&root};
    unsigned number = 0;
    while (!text.empty()) {
      StringRef raw;
      std::tie(raw, text) = text.split('\n');
      ++number;
      StringRef content = raw.split("//").first.rtrim();
      StringRef trimmed = content.ltrim(' ');
      if (trimmed.empty())
        continue;
      size_t indent = content.size() - trimmed.size();
      Line line;
      line.number = number;
      line.text = trimmed;
      if (indent / 2 > kMaxDepth)
        return fail(line, "nested deeper than " + Twine(kMaxDepth));
      if (indent % 2 || indent / 2 >= open.size())
        return fail(line, "indented by " + Twine(indent) +
                              " spaces, expected an even number up to " +
                              Twine(2 * (open.size() - 1)));
      open.resize(indent / 2 + 1);
      open.back()->children.push_back(std::move(line));
      Line &added = open.back()->children.back();
      StringRef head = trimmed.split(' ').first;
      if (head == "for" || head == "par" || head == "einsum" || head == "group")
        open.push_back(&added);
    }
    return Error::success();
  }

  int findIn(StringRef name, unsigned first, unsigned last) const {
    int e = graph.findEinsum(name);
    return e >= int(first) && e <= int(last) ? e : -1;
  }

  std::string einsumNames(unsigned first, unsigned last) const {
    llvm::SmallVector<StringRef, 8> names;
    for (unsigned e = first; e <= last; ++e)
      names.push_back(graph.einsums[e].name);
    return llvm::join(names, ",");
  }

  /// The Einsums with an `einsum` line at or below `line`, in order.
  void einsumsBelow(const Line &line,
                    llvm::SmallVectorImpl<StringRef> &out) const {
    if (line.text.starts_with("einsum "))
      out.push_back(line.text.drop_front(7).trim());
    for (const Line &child : line.children)
      einsumsBelow(child, out);
  }

  Error parseGroup(const Line &line) {
    auto names = listOf(line.text.drop_front(6).trim(), ',');
    int first = graph.findEinsum(names.front());
    for (unsigned i = 0; i != names.size(); ++i) {
      int e = graph.findEinsum(names[i]);
      if (e < 0)
        return fail(line, "unknown einsum \"" + names[i] +
                              "\", the program has " +
                              einsumNames(0, graph.einsums.size() - 1));
      if (unsigned(e) != first + i)
        return fail(line, "einsum \"" + names[i] +
                              "\" is out of place, expected program order");
    }
    return parseRegion(line.children, first, first + names.size() - 1, 0, line);
  }

  Error parseEinsum(const Line &line, unsigned first, unsigned last) {
    StringRef name = line.text.drop_front(7).trim();
    int e = graph.findEinsum(name);
    if (e < int(first) || e > int(last))
      return fail(line, "found einsum \"" + name + "\", expected one of " +
                            einsumNames(first, last));
    if (seen[e])
      return fail(line, "einsum \"" + name + "\" has a path already");
    seen[e] = true;
    if (line.children.empty())
      return fail(line, "einsum \"" + name + "\" has an empty path");
    return parseBranch(line.children, e);
  }

  /// What is shared by Einsums [first, last] below `depth` shared loops.
  Error parseRegion(llvm::ArrayRef<Line> lines, unsigned first, unsigned last,
                    unsigned depth, const Line &parent) {
    unsigned next = first;
    for (const Line &line : lines) {
      StringRef head = line.text.split(' ').first;
      if (next > last)
        return fail(line, "found \"" + line.text +
                              "\", expected nothing after the last einsum of "
                              "the region");
      if (head == "keep") {
        if (Error error = parseKeep(line, next, last))
          return error;
        continue;
      }
      if (next != first)
        mapping.einsums[next].sharedLoops = depth;
      if (head == "einsum") {
        if (Error error = parseEinsum(line, next, next))
          return error;
        ++next;
      } else if (head == "for" || head == "par") {
        llvm::SmallVector<StringRef, 8> names;
        einsumsBelow(line, names);
        if (names.empty())
          return fail(line, "no einsum stands below the shared loop");
        for (unsigned i = 0; i != names.size(); ++i)
          if (findIn(names[i], next, last) != int(next + i))
            return fail(line, "einsum \"" + names[i] +
                                  "\" is out of place, expected program order "
                                  "within " +
                                  einsumNames(next, last));
        unsigned end = next + names.size() - 1;
        if (Error error = parseLoop(line, next, end))
          return error;
        if (Error error =
                parseRegion(line.children, next, end, depth + 1, line))
          return error;
        next = end + 1;
      } else {
        return fail(line, "found \"" + line.text +
                              "\", expected keep, for, par or einsum");
      }
    }
    if (next <= last)
      return fail(parent, "einsum \"" + graph.einsums[next].name +
                              "\" is missing below this line");
    return Error::success();
  }

  /// The path of one Einsum: keeps, then one loop or the compute node.
  Error parseBranch(llvm::ArrayRef<Line> lines, unsigned e) {
    const Line *previous = nullptr;
    for (const Line &line : lines) {
      StringRef head = line.text.split(' ').first;
      if (previous)
        return fail(line, "found \"" + line.text + "\" after \"" +
                              previous->text +
                              "\", expected the end of the path");
      if (head == "keep") {
        if (Error error = parseKeep(line, e, e))
          return error;
        continue;
      }
      previous = &line;
      if (head == "compute") {
        if (Error error = parseCompute(line, e))
          return error;
      } else if (head == "for" || head == "par") {
        if (Error error = parseLoop(line, e, e))
          return error;
        if (line.children.empty())
          return fail(line, "nothing stands below the loop, expected compute");
        if (Error error = parseBranch(line.children, e))
          return error;
      } else {
        return fail(line, "found \"" + line.text +
                              "\", expected keep, for, par or compute");
      }
    }
    if (!previous)
      return fail(lines.back(), "the path of einsum \"" +
                                    graph.einsums[e].name +
                                    "\" ends here, expected compute");
    return Error::success();
  }

  /// The node with that name, if it is a `T`; `what` names that kind.
  template <typename T>
  llvm::Expected<unsigned> findNode(const Line &line, StringRef name,
                                    StringRef what) const {
    int node = arch.findNode(name);
    if (node >= 0 && std::holds_alternative<T>(arch.nodes[node]))
      return unsigned(node);
    llvm::SmallVector<StringRef, 8> allowed;
    for (unsigned i = 0; i != arch.nodes.size(); ++i)
      if (std::holds_alternative<T>(arch.nodes[i]))
        allowed.push_back(arch.nodeName(i));
    return fail(line,
                "unknown " + what + " \"" + name + "\", the target has " +
                    (allowed.empty() ? "none" : llvm::join(allowed, ", ")));
  }

  /// `keep A,B in LEVEL [for E,F]`, for Einsums of [first, last].
  Error parseKeep(const Line &line, unsigned first, unsigned last) {
    Words words = wordsOf(line.text);
    bool named = words.size() == 6 && words[4] == "for";
    if ((words.size() != 4 && !named) || words[2] != "in")
      return fail(line, "found \"" + line.text +
                            "\", expected keep <tensors> in <level>");
    if (!line.children.empty())
      return fail(line.children.front(), "nothing can stand below a keep");
    auto level = findNode<MemoryLevel>(line, words[3], "memory level");
    if (!level)
      return level.takeError();
    llvm::SmallVector<unsigned, 4> holders;
    if (named) {
      for (StringRef name : listOf(words[5], ',')) {
        int e = findIn(name, first, last);
        if (e < 0)
          return fail(line, "unknown einsum \"" + name +
                                "\", expected one of " +
                                einsumNames(first, last));
        holders.push_back(e);
      }
    } else {
      for (unsigned e = first; e <= last; ++e)
        holders.push_back(e);
    }
    auto tensors = listOf(words[1], ',');
    for (StringRef name : tensors)
      if (llvm::none_of(holders, [&](unsigned e) {
            return graph.findAccess(e, name) >= 0;
          }))
        return fail(line, "no einsum here uses tensor \"" + name +
                              "\", expected one of " + tensorNames(holders));
    for (unsigned e : holders) {
      llvm::SmallVector<unsigned, 4> accesses;
      for (StringRef name : tensors) {
        int access = graph.findAccess(e, name);
        if (access < 0)
          continue;
        if (llvm::is_contained(accesses, unsigned(access)))
          return fail(line, "tensor \"" + name + "\" stands twice in one keep");
        accesses.push_back(access);
      }
      if (accesses.empty() && named)
        return fail(line, "einsum \"" + graph.einsums[e].name +
                              "\" uses none of the tensors of this keep");
      if (!accesses.empty())
        mapping.einsums[e].nodes.push_back(MapNode::keep(accesses, *level));
    }
    return Error::success();
  }

  std::string tensorNames(llvm::ArrayRef<unsigned> einsums) const {
    llvm::SmallVector<std::string, 8> names;
    for (unsigned e : einsums)
      for (unsigned a = 0; a != graph.einsums[e].accesses.size(); ++a)
        if (std::string name = graph.accessName(e, a);
            !llvm::is_contained(names, name))
          names.push_back(std::move(name));
    return llvm::join(names, ", ");
  }

  /// `for RANKS by TILES` or `par RANKS by TILES over FANOUT`; the lists have
  /// one entry, or one per Einsum of [first, last].
  Error parseLoop(const Line &line, unsigned first, unsigned last) {
    Words words = wordsOf(line.text);
    bool spatial = words[0] == "par";
    if (words.size() != (spatial ? 6 : 4) || words[2] != "by" ||
        (spatial && words[4] != "over"))
      return fail(line, "found \"" + line.text + "\", expected " +
                            (spatial ? "par <rank> by <tile> over <fan-out>"
                                     : "for <rank> by <tile>"));
    unsigned fanout = 0;
    if (spatial) {
      auto node = findNode<Fanout>(line, words[5], "fan-out");
      if (!node)
        return node.takeError();
      fanout = *node;
    }
    auto ranks = listOf(words[1], '|'), tiles = listOf(words[3], '|');
    unsigned count = last - first + 1;
    for (size_t size : {ranks.size(), tiles.size()})
      if (size != 1 && size != count)
        return fail(line, "found " + Twine(size) + " entries for a loop over " +
                              Twine(count) +
                              " einsums, expected 1 or one for each");
    for (unsigned i = 0; i != count; ++i) {
      const Einsum &einsum = graph.einsums[first + i];
      StringRef name = ranks[ranks.size() == 1 ? 0 : i];
      StringRef size = tiles[tiles.size() == 1 ? 0 : i];
      int rank = einsum.findRank(name);
      if (rank < 0) {
        llvm::SmallVector<std::string, 8> names;
        for (unsigned r = 0; r != einsum.ranks.size(); ++r)
          names.push_back(einsum.rankName(r));
        return fail(line, "unknown rank \"" + name + "\", einsum \"" +
                              einsum.name + "\" has " +
                              llvm::join(names, ", "));
      }
      int64_t tile;
      if (size.getAsInteger(10, tile) || tile < 1)
        return fail(line,
                    "tile is \"" + size + "\", expected a positive integer");
      mapping.einsums[first + i].nodes.push_back(
          spatial ? MapNode::par(rank, tile, fanout)
                  : MapNode::loop(rank, tile));
    }
    return Error::success();
  }

  Error parseCompute(const Line &line, unsigned e) {
    Words words = wordsOf(line.text);
    if (words.size() != 2)
      return fail(line, "found \"" + line.text + "\", expected compute <unit>");
    if (!line.children.empty())
      return fail(line.children.front(), "nothing can stand below compute");
    auto unit = findNode<ComputeUnit>(line, words[1], "compute unit");
    if (!unit)
      return unit.takeError();
    mapping.einsums[e].nodes.push_back(MapNode::compute(*unit));
    return Error::success();
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  ProgramMapping mapping;
  std::vector<bool> seen;
};

} // namespace

llvm::Expected<ProgramMapping> accel::parseLoopTree(StringRef text,
                                                    const EinsumGraph &graph,
                                                    const Architecture &arch) {
  return Parser(graph, arch).parse(text);
}

llvm::Expected<EinsumMapping> accel::parsePath(StringRef text,
                                               const EinsumGraph &graph,
                                               const Architecture &arch,
                                               unsigned einsum) {
  EinsumGraph alone;
  alone.tensors = graph.tensors;
  alone.einsums.push_back(graph.einsums[einsum]);
  auto mapping = Parser(alone, arch).parse(text);
  if (!mapping)
    return mapping.takeError();
  return std::move(mapping->einsums.front());
}
