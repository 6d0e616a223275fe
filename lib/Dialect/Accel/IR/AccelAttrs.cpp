//===- AccelAttrs.cpp - Attributes of the accel dialect -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/IR/Accel.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

#include <charconv>
#include <utility>

using namespace mlir;
using namespace mlir::accel;

#include "accel/Dialect/Accel/IR/AccelEnums.cpp.inc"

//===----------------------------------------------------------------------===//
// Real
//===----------------------------------------------------------------------===//

void mlir::accel::printReal(llvm::raw_ostream &os, double value) {
  if (std::isinf(value)) {
    os << (value < 0 ? "-inf" : "inf");
    return;
  }
  char digits[40];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  (void)error;
  StringRef text(digits, end - digits);
  // An MLIR float literal needs a decimal point before its exponent.
  auto [mantissa, exponent] = text.split('e');
  os << mantissa;
  if (!mantissa.contains('.'))
    os << ".0";
  if (!exponent.empty())
    os << 'e' << exponent;
}

FailureOr<Real> FieldParser<Real>::parse(AsmParser &parser) {
  bool negative = succeeded(parser.parseOptionalMinus());
  if (succeeded(parser.parseOptionalKeyword("inf")))
    return Real(negative ? -INFINITY : INFINITY);
  int64_t integer;
  OptionalParseResult parsed = parser.parseOptionalInteger(integer);
  if (parsed.has_value()) {
    if (failed(*parsed))
      return failure();
    return Real(negative ? -double(integer) : double(integer));
  }
  double value;
  if (parser.parseFloat(value))
    return failure();
  return Real(negative ? -value : value);
}

//===----------------------------------------------------------------------===//
// TensorSetAttr
//===----------------------------------------------------------------------===//

Attribute TensorSetAttr::parse(AsmParser &parser, Type) {
  SmallVector<TensorTermSpec> terms;
  auto parseTerm = [&]() -> ParseResult {
    TensorTermSpec spec;
    FailureOr<TensorTerm> term = FieldParser<TensorTerm>::parse(parser);
    if (failed(term))
      return failure();
    spec.term = *term;
    std::string name;
    if (spec.term == TensorTerm::NotIn) {
      if (parser.parseString(&name))
        return failure();
      spec.level = StringAttr::get(parser.getContext(), name);
    }
    if (succeeded(parser.parseOptionalKeyword("for"))) {
      if (parser.parseString(&name))
        return failure();
      spec.unit = StringAttr::get(parser.getContext(), name);
    }
    terms.push_back(spec);
    return success();
  };
  // The attribute stands in angle brackets alone, without them in a field.
  bool angles = succeeded(parser.parseOptionalLess());
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseTerm))
    return {};
  if (angles && parser.parseGreater())
    return {};
  return get(parser.getContext(), terms);
}

void TensorSetAttr::printTerms(AsmPrinter &printer) const {
  printer << '[';
  llvm::interleaveComma(getTerms(), printer.getStream(),
                        [&](TensorTermSpec spec) {
                          printer << stringifyTensorTerm(spec.term);
                          if (spec.level)
                            printer << ' ' << spec.level;
                          if (spec.unit)
                            printer << " for " << spec.unit;
                        });
  printer << ']';
}

void TensorSetAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printTerms(printer);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

using EmitError = function_ref<InFlightDiagnostic()>;

static LogicalResult verifyName(EmitError emitError, StringRef what,
                                StringAttr name) {
  if (!name || name.empty())
    return emitError() << what << " needs a name that is not empty";
  return success();
}

static std::string realText(double value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printReal(os, value);
  return text;
}

static LogicalResult verifyAtLeast(EmitError emitError, StringAttr owner,
                                   StringRef field, double value, double least,
                                   bool strictly) {
  if (strictly ? value > least : value >= least)
    return success();
  return emitError() << "field '" << field << "' of " << owner << " is "
                     << realText(value) << " but must be "
                     << (strictly ? "greater than " : "at least ")
                     << int64_t(least);
}

static LogicalResult verifyCount(EmitError emitError, StringAttr owner,
                                 StringRef field, int64_t value,
                                 int64_t least) {
  if (value >= least)
    return success();
  return emitError() << "field '" << field << "' of " << owner << " is "
                     << value << " but must be at least " << least;
}

LogicalResult
MemoryAttr::verify(EmitError emitError, StringAttr name, TensorSetAttr,
                   TensorSetAttr, Real sizeBits, Real sizeValues,
                   Real readJPerBit, Real writeJPerBit, Real readBitsPerS,
                   Real writeBitsPerS, Port, Real leakW, Real scaleInput,
                   Real scaleWeight, Real scaleOutput, Real bitsInput,
                   Real bitsWeight, Real bitsOutput, bool, bool, bool, bool,
                   bool, Real readStartS, int64_t buffering) {
  if (failed(verifyName(emitError, "memory", name)))
    return failure();
  struct {
    StringRef field;
    double value, least;
    bool strictly;
  } bounds[] = {{"size_bits", sizeBits, 0, true},
                {"size_values", sizeValues, 0, true},
                {"read_j_per_bit", readJPerBit, 0, false},
                {"write_j_per_bit", writeJPerBit, 0, false},
                {"read_bits_per_s", readBitsPerS, 0, true},
                {"write_bits_per_s", writeBitsPerS, 0, true},
                {"leak_w", leakW, 0, false},
                {"read_start_s", readStartS, 0, false},
                {"bits_scale_input", scaleInput, 0, true},
                {"bits_scale_weight", scaleWeight, 0, true},
                {"bits_scale_output", scaleOutput, 0, true},
                {"bits_input", bitsInput, 0, false},
                {"bits_weight", bitsWeight, 0, false},
                {"bits_output", bitsOutput, 0, false}};
  for (auto &bound : bounds)
    if (failed(verifyAtLeast(emitError, name, bound.field, bound.value,
                             bound.least, bound.strictly)))
      return failure();
  return verifyCount(emitError, name, "buffering", buffering, 1);
}

/// Fan-outs speak of roles only: how tensors are used elsewhere in the function
/// has no meaning for wires.
static LogicalResult verifyRoles(EmitError emitError, StringAttr owner,
                                 StringRef field, TensorSetAttr set) {
  if (!set)
    return success();
  for (const TensorTermSpec &spec : set.getTerms())
    if (spec.unit ||
        (spec.term != TensorTerm::Input && spec.term != TensorTerm::Weight &&
         spec.term != TensorTerm::Output && spec.term != TensorTerm::All))
      return emitError() << "field '" << field << "' of " << owner << " has '"
                         << stringifyTensorTerm(spec.term)
                         << "' but takes 'input', 'weight', 'output' and "
                            "'all' only";
  return success();
}

LogicalResult FanoutAttr::verify(EmitError emitError, StringAttr name,
                                 int64_t n, TensorSetAttr mayReuse,
                                 TensorSetAttr reuse, Real minUsage) {
  if (failed(verifyName(emitError, "fan-out", name)) ||
      failed(verifyCount(emitError, name, "n", n, 1)) ||
      failed(verifyRoles(emitError, name, "may_reuse", mayReuse)) ||
      failed(verifyRoles(emitError, name, "reuse", reuse)))
    return failure();
  if (!(minUsage >= 0 && minUsage <= 1))
    return emitError() << "field 'min_usage' of " << name << " is "
                       << realText(minUsage) << " but must be from 0 to 1";
  return success();
}

LogicalResult ComputeAttr::verify(EmitError emitError, StringAttr name,
                                  EinsumKind, int64_t tensors, Real jPerOp,
                                  Real opsPerS, Real leakW, Real initOps,
                                  Real startS, Real opsPerConstantOp,
                                  Real opsPerTensorOp,
                                  DenseI64ArrayAttr matrix) {
  if (failed(verifyName(emitError, "compute unit", name)) ||
      failed(verifyCount(emitError, name, "tensors", tensors, 0)) ||
      failed(verifyAtLeast(emitError, name, "j_per_op", jPerOp, 0, false)) ||
      failed(verifyAtLeast(emitError, name, "ops_per_s", opsPerS, 0, true)) ||
      failed(verifyAtLeast(emitError, name, "leak_w", leakW, 0, false)) ||
      failed(verifyAtLeast(emitError, name, "init_ops", initOps, 0, false)) ||
      failed(verifyAtLeast(emitError, name, "start_s", startS, 0, false)) ||
      failed(verifyAtLeast(emitError, name, "ops_per_constant_op",
                           opsPerConstantOp, 0, false)) ||
      failed(verifyAtLeast(emitError, name, "ops_per_tensor_op", opsPerTensorOp,
                           0, false)))
    return failure();
  if (!matrix)
    return success();
  if (matrix.size() != 3 ||
      llvm::any_of(matrix.asArrayRef(), [](int64_t n) { return n < 1; }))
    return emitError() << "field 'matrix' of " << name << " is " << matrix
                       << " but must be three positive numbers: BATCH, "
                          "BLOCK_IN, BLOCK_OUT";
  return success();
}

//===----------------------------------------------------------------------===//
// TargetAttr, MemAttr
//===----------------------------------------------------------------------===//

static StringAttr levelName(Attribute level) {
  return llvm::TypeSwitch<Attribute, StringAttr>(level)
      .Case<MemoryAttr, FanoutAttr, ComputeAttr>(
          [](auto known) { return known.getName(); })
      .Default([](Attribute) { return StringAttr(); });
}

LogicalResult TargetAttr::verify(EmitError emitError, StringAttr name,
                                 ArrayRef<Attribute> levels) {
  if (failed(verifyName(emitError, "target", name)))
    return failure();
  if (levels.empty() || !isa<MemoryAttr>(levels.front()))
    return emitError() << "target " << name
                       << " must begin with an #accel.memory, the outermost";
  llvm::StringSet<> seen;
  bool hasCompute = false;
  for (Attribute level : levels) {
    StringAttr levelId = levelName(level);
    if (!levelId)
      return emitError() << "target " << name << " has level " << level
                         << " but takes #accel.memory, #accel.fanout and "
                            "#accel.compute only";
    if (!seen.insert(levelId.getValue()).second)
      return emitError() << "target " << name << " has two levels named "
                         << levelId;
    hasCompute |= isa<ComputeAttr>(level);
  }
  if (!hasCompute || !isa<ComputeAttr>(levels.back()))
    return emitError() << "target " << name
                       << " must end with an #accel.compute, found "
                       << levelName(levels.back());
  for (Attribute level : levels) {
    auto memory = dyn_cast<MemoryAttr>(level);
    if (!memory)
      continue;
    for (TensorSetAttr set : {memory.getKeep(), memory.getMayKeep()}) {
      if (!set)
        continue;
      for (const TensorTermSpec &spec : set.getTerms())
        for (StringAttr reference : {spec.level, spec.unit})
          if (reference && !seen.contains(reference.getValue()))
            return emitError()
                   << "memory " << memory.getName() << " refers to "
                   << reference << " which is no level of target " << name;
    }
  }
  return success();
}

FailureOr<Attribute> TargetAttr::query(DataLayoutEntryKey key) const {
  auto name = dyn_cast<StringAttr>(key);
  if (!name)
    return failure();
  for (Attribute level : getLevels())
    if (levelName(level) == name)
      return level;
  return failure();
}

LogicalResult MemAttr::verify(EmitError emitError, StringAttr level) {
  return verifyName(emitError, "memory space", level);
}

//===----------------------------------------------------------------------===//
// MappingAttr
//===----------------------------------------------------------------------===//

static ParseResult parseNode(AsmParser &parser, MappingNode &node) {
  FailureOr<NodeKind> kind = FieldParser<NodeKind>::parse(parser);
  if (failed(kind))
    return failure();
  node.kind = *kind;
  MLIRContext *context = parser.getContext();
  std::string name;
  auto parseName = [&]() -> ParseResult {
    if (parser.parseString(&name))
      return failure();
    node.name = StringAttr::get(context, name);
    return success();
  };
  switch (node.kind) {
  case NodeKind::For:
  case NodeKind::Par:
    if (parser.parseInteger(node.rank) || parser.parseKeyword("by") ||
        parser.parseInteger(node.tile))
      return failure();
    return node.kind == NodeKind::For
               ? success()
               : failure(parser.parseKeyword("over") || parseName());
  case NodeKind::Keep: {
    SmallVector<int64_t> operands;
    if (parser.parseCommaSeparatedList(
            AsmParser::Delimiter::Square,
            [&] { return parser.parseInteger(operands.emplace_back()); }) ||
        parser.parseKeyword("in") || parseName())
      return failure();
    node.operands = DenseI64ArrayAttr::get(context, operands);
    return success();
  }
  case NodeKind::Compute:
    return parseName();
  }
  return failure();
}

Attribute MappingAttr::parse(AsmParser &parser, Type) {
  SmallVector<MappingNode> nodes;
  int64_t shared = 0;
  bool imperfect = false;
  llvm::SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Square,
          [&] { return parseNode(parser, nodes.emplace_back()); }) ||
      parser.parseComma() || parser.parseKeyword("shared") ||
      parser.parseEqual() || parser.parseInteger(shared))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    imperfect = true;
    if (parser.parseKeyword("imperfect"))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(location); },
                    parser.getContext(), nodes, shared, imperfect);
}

void MappingAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(
      getNodes(), printer.getStream(), [&](const MappingNode &node) {
        printer << stringifyNodeKind(node.kind) << ' ';
        switch (node.kind) {
        case NodeKind::For:
          printer << node.rank << " by " << node.tile;
          break;
        case NodeKind::Par:
          printer << node.rank << " by " << node.tile << " over " << node.name;
          break;
        case NodeKind::Keep:
          printer << '[';
          llvm::interleaveComma(node.operands.asArrayRef(),
                                printer.getStream());
          printer << "] in " << node.name;
          break;
        case NodeKind::Compute:
          printer << node.name;
          break;
        }
      });
  printer << "], shared = " << getShared()
          << (getImperfect() ? ", imperfect>" : ">");
}

LogicalResult MappingAttr::verify(EmitError emitError,
                                  ArrayRef<MappingNode> nodes, int64_t shared,
                                  bool) {
  if (nodes.empty() || nodes.back().kind != NodeKind::Compute)
    return emitError() << "mapping must end with a compute unit";
  int64_t loops = 0;
  for (const MappingNode &node : nodes.drop_back()) {
    if (node.kind == NodeKind::Compute)
      return emitError() << "mapping has compute unit " << node.name
                         << " before its end";
    if (node.kind == NodeKind::Keep) {
      SmallVector<int64_t> operands(node.operands.asArrayRef());
      llvm::sort(operands);
      if (operands.empty())
        return emitError() << "keep in " << node.name << " names no operand";
      if (operands.front() < 0 ||
          std::adjacent_find(operands.begin(), operands.end()) !=
              operands.end())
        return emitError() << "keep in " << node.name << " has operands "
                           << node.operands
                           << " but they must be different and not negative";
      continue;
    }
    ++loops;
    if (node.rank < 0 || node.tile < 1)
      return emitError() << "loop over rank " << node.rank << " by "
                         << node.tile
                         << " needs a rank that is not negative and a positive "
                            "tile";
  }
  if (shared < 0 || shared > loops)
    return emitError() << "mapping shares " << shared
                       << " loops with the op before but has " << loops;
  return success();
}

//===----------------------------------------------------------------------===//
// CostAttr, SyncAttr
//===----------------------------------------------------------------------===//

LogicalResult CostAttr::verify(EmitError emitError, Real energyJ, Real latencyS,
                               Real ops, DictionaryAttr) {
  for (auto [field, value] : {std::pair<StringRef, double>{"energy_j", energyJ},
                              {"latency_s", latencyS},
                              {"ops", ops}})
    if (!(value >= 0))
      return emitError() << "field '" << field << "' of a cost is "
                         << realText(value) << " but must be at least 0";
  return success();
}

Attribute SyncAttr::parse(AsmParser &parser, Type) {
  bool flags[4] = {false, false, false, false};
  StringRef names[4] = {"pop_prev", "pop_next", "push_prev", "push_next"};
  auto parseFlag = [&]() -> ParseResult {
    StringRef keyword;
    llvm::SMLoc location = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    auto *found = llvm::find(names, keyword);
    if (found == std::end(names))
      return parser.emitError(location)
             << "found flag '" << keyword
             << "' but expected pop_prev, pop_next, push_prev or push_next";
    if (std::exchange(flags[found - names], true))
      return parser.emitError(location)
             << "flag '" << keyword << "' stands twice";
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseFlag))
    return {};
  return get(parser.getContext(), flags[0], flags[1], flags[2], flags[3]);
}

void SyncAttr::print(AsmPrinter &printer) const {
  SmallVector<StringRef> flags;
  if (getPopPrev())
    flags.push_back("pop_prev");
  if (getPopNext())
    flags.push_back("pop_next");
  if (getPushPrev())
    flags.push_back("push_prev");
  if (getPushNext())
    flags.push_back("push_next");
  printer << '<';
  llvm::interleaveComma(flags, printer.getStream());
  printer << '>';
}

#define GET_ATTRDEF_CLASSES
#include "accel/Dialect/Accel/IR/AccelAttrs.cpp.inc"

int64_t OverAttr::getMappingId() const { return 0; }

bool OverAttr::isLinearMapping() const { return false; }

int64_t OverAttr::getRelativeIndex() const { return 0; }

void AccelDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "accel/Dialect/Accel/IR/AccelAttrs.cpp.inc"
      >();
}
