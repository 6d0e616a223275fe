//===- LevelSyntax.cpp - Text form of a target's levels -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `<"name", field = value, ...>`: any order, each field once, defaults left
// out. Target files are written by hand, so an unknown field is answered with
// those that exist, which the generated struct syntax does not do.
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/IR/Accel.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::accel;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

template <typename T>
static ParseResult parseValue(AsmParser &parser, T &value) {
  FailureOr<T> parsed = FieldParser<T>::parse(parser);
  if (failed(parsed))
    return failure();
  value = *parsed;
  return success();
}

static void printValue(AsmPrinter &printer, Real value) { printer << value; }
static void printValue(AsmPrinter &printer, int64_t value) { printer << value; }
static void printValue(AsmPrinter &printer, bool value) {
  printer << (value ? "true" : "false");
}
static void printValue(AsmPrinter &printer, Port value) {
  printer << stringifyPort(value);
}
static void printValue(AsmPrinter &printer, EinsumKind value) {
  printer << stringifyEinsumKind(value);
}
static void printValue(AsmPrinter &printer, TensorSetAttr value) {
  value.printTerms(printer);
}
static void printValue(AsmPrinter &printer, DenseI64ArrayAttr value) {
  printer.printStrippedAttrOrType(value);
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

namespace {

struct MemoryFields {
  TensorSetAttr keep, mayKeep;
  Real sizeBits, sizeValues, readJ, writeJ, readRate, writeRate, leak,
      readStart;
  Port ports;
  Real scales[3], bits[3];
  bool accumulates, chargesEvictions, slides, pads, exposesEnds;
  int64_t buffering;

  /// Calls `visitor(name, value, default)` for every field, in printing order.
  template <typename Visitor> void visit(Visitor visitor) {
    visitor("keep", keep, TensorSetAttr());
    visitor("may_keep", mayKeep, TensorSetAttr());
    visitor("size_bits", sizeBits, Real(INFINITY));
    visitor("size_values", sizeValues, Real(INFINITY));
    visitor("read_j_per_bit", readJ, Real(0.0));
    visitor("write_j_per_bit", writeJ, Real(0.0));
    visitor("read_bits_per_s", readRate, Real(INFINITY));
    visitor("write_bits_per_s", writeRate, Real(INFINITY));
    visitor("ports", ports, Port::Shared);
    visitor("leak_w", leak, Real(0.0));
    visitor("bits_scale_input", scales[0], Real(1.0));
    visitor("bits_scale_weight", scales[1], Real(1.0));
    visitor("bits_scale_output", scales[2], Real(1.0));
    visitor("bits_input", bits[0], Real(0.0));
    visitor("bits_weight", bits[1], Real(0.0));
    visitor("bits_output", bits[2], Real(0.0));
    visitor("accumulates", accumulates, true);
    visitor("charges_evictions", chargesEvictions, true);
    visitor("slides", slides, true);
    visitor("pads", pads, false);
    visitor("exposes_ends", exposesEnds, false);
    visitor("read_start_s", readStart, Real(0.0));
    visitor("buffering", buffering, int64_t(1));
  }
};

struct FanoutFields {
  int64_t n;
  TensorSetAttr mayReuse, reuse;
  Real minUsage;

  template <typename Visitor> void visit(Visitor visitor) {
    // Zero is refused by the verifier: a fan-out must say how many it is.
    visitor("n", n, int64_t(0));
    visitor("may_reuse", mayReuse, TensorSetAttr());
    visitor("reuse", reuse, TensorSetAttr());
    visitor("min_usage", minUsage, Real(0.0));
  }
};

struct ComputeFields {
  EinsumKind takes;
  int64_t tensors;
  Real energy, rate, leak, init, start, constantOp, tensorOp;
  DenseI64ArrayAttr matrix;

  template <typename Visitor> void visit(Visitor visitor) {
    visitor("takes", takes, EinsumKind::Any);
    visitor("tensors", tensors, int64_t(0));
    visitor("j_per_op", energy, Real(0.0));
    visitor("ops_per_s", rate, Real(INFINITY));
    visitor("leak_w", leak, Real(0.0));
    visitor("init_ops", init, Real(0.0));
    visitor("start_s", start, Real(0.0));
    visitor("ops_per_constant_op", constantOp, Real(0.0));
    visitor("ops_per_tensor_op", tensorOp, Real(0.0));
    visitor("matrix", matrix, DenseI64ArrayAttr());
  }
};

} // namespace

template <typename Fields>
static ParseResult parseField(AsmParser &parser, StringRef what, Fields &fields,
                              llvm::StringSet<> &seen) {
  llvm::SMLoc location = parser.getCurrentLocation();
  StringRef key;
  if (parser.parseKeyword(&key) || parser.parseEqual())
    return failure();
  bool isKnown = false;
  ParseResult result = success();
  fields.visit([&](StringRef name, auto &value, auto) {
    if (name != key)
      return;
    isKnown = true;
    result = parseValue(parser, value);
  });
  if (!isKnown) {
    InFlightDiagnostic diag = parser.emitError(location)
                              << what << " has no field '" << key
                              << "': it takes ";
    bool isFirst = true;
    fields.visit([&](StringRef name, auto &, auto) {
      diag << (isFirst ? "" : ", ") << name;
      isFirst = false;
    });
    return diag;
  }
  if (failed(result))
    return failure();
  if (!seen.insert(key).second)
    return parser.emitError(location)
           << what << " has field '" << key << "' twice";
  return success();
}

/// Parses `<"name", field = value, ...>`.
template <typename Fields>
static ParseResult parseLevel(AsmParser &parser, StringRef what,
                              StringAttr &name, Fields &fields) {
  fields.visit([](StringRef, auto &value, auto initial) { value = initial; });
  std::string text;
  if (parser.parseLess() || parser.parseString(&text))
    return failure();
  name = StringAttr::get(parser.getContext(), text);
  llvm::StringSet<> seen;
  while (succeeded(parser.parseOptionalComma()))
    if (parseField(parser, what, fields, seen))
      return failure();
  return parser.parseGreater();
}

template <typename Fields>
static void printLevel(AsmPrinter &printer, StringAttr name, Fields fields) {
  printer << '<' << name;
  fields.visit([&](StringRef field, auto &value, auto initial) {
    if (value == initial)
      return;
    printer << ", " << field << " = ";
    printValue(printer, value);
  });
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

Attribute MemoryAttr::parse(AsmParser &parser, Type) {
  llvm::SMLoc location = parser.getCurrentLocation();
  StringAttr name;
  MemoryFields f;
  if (parseLevel(parser, "memory", name, f))
    return {};
  return getChecked([&] { return parser.emitError(location); },
                    parser.getContext(), name, f.keep, f.mayKeep, f.sizeBits,
                    f.sizeValues, f.readJ, f.writeJ, f.readRate, f.writeRate,
                    f.ports, f.leak, f.scales[0], f.scales[1], f.scales[2],
                    f.bits[0], f.bits[1], f.bits[2], f.accumulates,
                    f.chargesEvictions, f.slides, f.pads, f.exposesEnds,
                    f.readStart, f.buffering);
}

void MemoryAttr::print(AsmPrinter &printer) const {
  printLevel(printer, getName(),
             MemoryFields{getKeep(),
                          getMayKeep(),
                          getSizeBits(),
                          getSizeValues(),
                          getReadJPerBit(),
                          getWriteJPerBit(),
                          getReadBitsPerS(),
                          getWriteBitsPerS(),
                          getLeakW(),
                          getReadStartS(),
                          getPorts(),
                          {getBitsScaleInput(), getBitsScaleWeight(),
                           getBitsScaleOutput()},
                          {getBitsInput(), getBitsWeight(), getBitsOutput()},
                          getAccumulates(),
                          getChargesEvictions(),
                          getSlides(),
                          getPads(),
                          getExposesEnds(),
                          getBuffering()});
}

Attribute FanoutAttr::parse(AsmParser &parser, Type) {
  llvm::SMLoc location = parser.getCurrentLocation();
  StringAttr name;
  FanoutFields f;
  if (parseLevel(parser, "fan-out", name, f))
    return {};
  return getChecked([&] { return parser.emitError(location); },
                    parser.getContext(), name, f.n, f.mayReuse, f.reuse,
                    f.minUsage);
}

void FanoutAttr::print(AsmPrinter &printer) const {
  printLevel(printer, getName(),
             FanoutFields{getN(), getMayReuse(), getReuse(), getMinUsage()});
}

Attribute ComputeAttr::parse(AsmParser &parser, Type) {
  llvm::SMLoc location = parser.getCurrentLocation();
  StringAttr name;
  ComputeFields f;
  if (parseLevel(parser, "compute unit", name, f))
    return {};
  return getChecked([&] { return parser.emitError(location); },
                    parser.getContext(), name, f.takes, f.tensors, f.energy,
                    f.rate, f.leak, f.init, f.start, f.constantOp, f.tensorOp,
                    f.matrix);
}

void ComputeAttr::print(AsmPrinter &printer) const {
  printLevel(printer, getName(),
             ComputeFields{getTakes(), getTensors(), getJPerOp(), getOpsPerS(),
                           getLeakW(), getInitOps(), getStartS(),
                           getOpsPerConstantOp(), getOpsPerTensorOp(),
                           getMatrix()});
}
