//===- ProgramReader.cpp - Program folder to program ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"
#include "ProgramFolder.h"
#include "accel/Target/VTA/FileIO.h"
#include "accel/Target/VTA/Program.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace accel::vta;

namespace {

constexpr uint64_t kMaxManifestBytes = uint64_t(1) << 26;
constexpr uint64_t kMaxInstructionsBytes = uint64_t(1) << 26;
constexpr int kMaxJsonNesting = 32;

llvm::Error inFile(llvm::StringRef file, llvm::Error error) {
  if (!error)
    return error;
  return makeError(file + ": " + llvm::toString(std::move(error)));
}

/// llvm::json recurses into what it parses: bound the depth beforehand.
llvm::Error checkNesting(llvm::StringRef text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    if (c == '"')
      inString = true;
    else if (c == '{' || c == '[')
      ++depth;
    else if (c == '}' || c == ']')
      --depth;
    if (depth > kMaxJsonNesting)
      return makeError("nested deeper than " + llvm::Twine(kMaxJsonNesting));
  }
  return llvm::Error::success();
}

/// Reads typed members of one JSON object. The first failure is kept, after
/// which all reads give defaults; `where` is the path for messages.
class ObjectReader {
public:
  ObjectReader(const llvm::json::Object *object, std::string where)
      : object(object), where(std::move(where)) {
    if (!object)
      fail("is missing or not an object");
  }

  int64_t integer(llvm::StringRef key) {
    if (failed())
      return 0;
    if (std::optional<int64_t> value = object->getInteger(key))
      return *value;
    failMember(key, "an integer");
    return 0;
  }

  llvm::StringRef string(llvm::StringRef key) {
    if (failed())
      return "";
    if (std::optional<llvm::StringRef> value = object->getString(key))
      return *value;
    failMember(key, "a string");
    return "";
  }

  bool has(llvm::StringRef key) const { return object && object->get(key); }

  const llvm::json::Array *array(llvm::StringRef key) {
    if (failed())
      return nullptr;
    if (const llvm::json::Array *value = object->getArray(key))
      return value;
    failMember(key, "an array");
    return nullptr;
  }

  ObjectReader member(llvm::StringRef key) {
    return ObjectReader(object ? object->getObject(key) : nullptr,
                        where + "." + key.str());
  }

  void fail(const llvm::Twine &message) {
    if (error.empty())
      error = (llvm::Twine(where) + " " + message).str();
  }

  bool failed() const { return !error.empty(); }

  llvm::Error take() const {
    return failed() ? makeError(error) : llvm::Error::success();
  }

private:
  void failMember(llvm::StringRef key, llvm::StringRef kind) {
    error =
        (llvm::Twine(where) + "." + key + " is missing or not " + kind).str();
  }

  const llvm::json::Object *object;
  std::string where;
  std::string error;
};

llvm::Expected<Geometry> readGeometry(ObjectReader reader) {
  Geometry geometry;
  geometry.batch = reader.integer("batch");
  geometry.blockIn = reader.integer("block_in");
  geometry.blockOut = reader.integer("block_out");
  geometry.uopDepth = reader.integer("uop_depth");
  geometry.wgtDepth = reader.integer("wgt_depth");
  geometry.inpDepth = reader.integer("inp_depth");
  geometry.accDepth = reader.integer("acc_depth");
  if (llvm::Error error = reader.take())
    return std::move(error);
  if (llvm::Error error = geometry.verify())
    return std::move(error);
  return geometry;
}

std::vector<int64_t> readShape(ObjectReader &reader, llvm::StringRef key) {
  std::vector<int64_t> shape;
  if (const llvm::json::Array *extents = reader.array(key))
    for (const llvm::json::Value &extent : *extents) {
      std::optional<int64_t> value = extent.getAsInteger();
      if (!value || *value < 1)
        reader.fail("has a " + key +
                    " with an extent that is not a positive "
                    "integer");
      shape.push_back(value.value_or(1));
    }
  return shape;
}

/// The maps that a gathered tensor is filled by.
llvm::Error readGather(ObjectReader &reader, TensorRecord &tensor) {
  const llvm::json::Array *maps = reader.array("gather");
  if (!maps)
    return reader.take();
  for (const llvm::json::Value &map : *maps) {
    std::optional<llvm::StringRef> text = map.getAsString();
    llvm::Expected<Layout> parsed = Layout::parse(text.value_or(""));
    if (!parsed)
      return makeError("tensor \"" + tensor.name +
                       "\": " + llvm::toString(parsed.takeError()));
    tensor.gather.push_back(std::move(*parsed));
  }
  if (tensor.gather.empty())
    return makeError("tensor \"" + tensor.name + "\" has no map to gather by");
  return llvm::Error::success();
}

llvm::Expected<TensorRecord> readTensor(ObjectReader reader) {
  TensorRecord tensor;
  tensor.name = reader.string("name").str();
  llvm::StringRef role = reader.string("role");
  llvm::StringRef type = reader.string("element_type");
  tensor.dramBase = reader.integer("dram_base");
  tensor.size = reader.integer("size");
  tensor.shape = readShape(reader, "shape");
  bool isGathered = reader.has("gather");
  llvm::StringRef layout;
  if (isGathered)
    tensor.packedShape = readShape(reader, "packed_shape");
  else
    layout = reader.string("layout");
  bool known = false;
  for (Role candidate :
       {Role::Input, Role::Output, Role::Constant, Role::Scratch})
    if (role == roleName(candidate)) {
      tensor.role = candidate;
      known = true;
    }
  if (!known)
    reader.fail("has role \"" + role +
                "\" but input, output, constant and scratch are allowed");
  if (type != "i8" && type != "i32")
    reader.fail("has element type \"" + type + "\" but i8 and i32 are allowed");
  tensor.elementType = type == "i8" ? ElementType::I8 : ElementType::I32;
  if (tensor.role == Role::Constant)
    tensor.fileOffset = reader.integer("file_offset");
  if (llvm::Error error = reader.take())
    return std::move(error);
  if (isGathered) {
    if (llvm::Error error = readGather(reader, tensor))
      return std::move(error);
    return tensor;
  }
  llvm::Expected<Layout> parsed = Layout::parse(layout);
  if (!parsed)
    return makeError("tensor \"" + tensor.name +
                     "\": " + llvm::toString(parsed.takeError()));
  tensor.layout = std::move(*parsed);
  return tensor;
}

/// Fills everything that the manifest holds. `uopsSize` is what it says about
/// uops.bin.
llvm::Error readManifest(llvm::StringRef text, Program &program,
                         int64_t &uopsSize) {
  if (llvm::Error error = checkNesting(text))
    return error;
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json)
    return json.takeError();
  ObjectReader root(json->getAsObject(), "manifest");
  int64_t schema = root.integer("schema");
  if (!root.failed() && schema != kManifestSchema)
    root.fail("has schema " + llvm::Twine(schema) + " but " +
              llvm::Twine(kManifestSchema) + " is supported");
  llvm::StringRef isa = root.string("isa");
  if (!root.failed() && isa != kIsaVersion)
    root.fail("has isa \"" + isa + "\" but \"" + kIsaVersion +
              "\" is supported");
  program.entry = root.string("entry").str();
  program.dramBytes = root.integer("dram_bytes");
  const llvm::json::Array *tensors = root.array("tensors");
  if (llvm::Error error = root.take())
    return error;

  llvm::Expected<Geometry> geometry = readGeometry(root.member("geometry"));
  if (!geometry)
    return geometry.takeError();
  program.geometry = *geometry;

  ObjectReader uops = root.member("uops");
  program.uopsDramBase = uops.integer("dram_base");
  uopsSize = uops.integer("size");
  if (llvm::Error error = uops.take())
    return error;

  for (size_t i = 0; i < tensors->size(); ++i) {
    llvm::Expected<TensorRecord> tensor =
        readTensor(ObjectReader((*tensors)[i].getAsObject(),
                                "manifest.tensors[" + std::to_string(i) + "]"));
    if (!tensor)
      return tensor.takeError();
    program.tensors.push_back(std::move(*tensor));
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<Instruction>>
accel::vta::decodeInstructions(llvm::StringRef bytes,
                               const Geometry &geometry) {
  if (bytes.size() % kInstructionBytes != 0)
    return makeError("has " + llvm::Twine(bytes.size()) +
                     " bytes but a multiple of " +
                     llvm::Twine(kInstructionBytes) + " is required");
  std::vector<Instruction> instructions;
  instructions.reserve(bytes.size() / kInstructionBytes);
  llvm::ArrayRef<uint8_t> rest = llvm::arrayRefFromStringRef(bytes);
  for (; !rest.empty(); rest = rest.drop_front(kInstructionBytes)) {
    llvm::Expected<Instruction> instruction =
        decode(rest.take_front(kInstructionBytes), geometry);
    if (!instruction)
      return makeError("instruction " + llvm::Twine(instructions.size()) +
                       ": " + llvm::toString(instruction.takeError()));
    instructions.push_back(*instruction);
  }
  return instructions;
}

llvm::Expected<Program> accel::vta::readProgram(llvm::StringRef folder) {
  auto open = [&](llvm::StringRef file, uint64_t maxBytes) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, file);
    return readFile(path, maxBytes);
  };
  Program program;

  auto manifest = open(kManifestFile, kMaxManifestBytes);
  if (!manifest)
    return manifest.takeError();
  int64_t uopsSize = 0;
  if (llvm::Error error =
          readManifest((*manifest)->getBuffer(), program, uopsSize))
    return inFile(kManifestFile, std::move(error));

  auto instructionBytes = open(kInstructionsFile, kMaxInstructionsBytes);
  if (!instructionBytes)
    return instructionBytes.takeError();
  llvm::Expected<std::vector<Instruction>> instructions =
      decodeInstructions((*instructionBytes)->getBuffer(), program.geometry);
  if (!instructions)
    return inFile(kInstructionsFile, instructions.takeError());
  program.instructions = std::move(*instructions);

  auto uopBytes = open(kUopsFile, kMaxDramBytes);
  if (!uopBytes)
    return uopBytes.takeError();
  llvm::StringRef uops = (*uopBytes)->getBuffer();
  if (static_cast<int64_t>(uops.size()) != uopsSize ||
      uops.size() % kMicroOpBytes != 0)
    return inFile(kUopsFile, makeError("has " + llvm::Twine(uops.size()) +
                                       " bytes but the manifest says " +
                                       llvm::Twine(uopsSize) +
                                       ", and a multiple of 4 is required"));
  for (size_t at = 0; at < uops.size(); at += kMicroOpBytes)
    program.microOps.push_back(decodeMicroOp(
        llvm::support::endian::read32le(uops.data() + at), program.geometry));

  bool hasConstants = llvm::any_of(program.tensors, [](const auto &tensor) {
    return tensor.role == Role::Constant;
  });
  if (hasConstants) {
    auto constants = open(kConstantsFile, kMaxDramBytes);
    if (!constants)
      return constants.takeError();
    program.constants.assign((*constants)->getBuffer().bytes_begin(),
                             (*constants)->getBuffer().bytes_end());
  }
  if (llvm::Error error = program.verify())
    return inFile(kManifestFile, std::move(error));
  return program;
}
