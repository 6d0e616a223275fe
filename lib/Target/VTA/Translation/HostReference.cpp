//===- HostReference.cpp - The model itself, run on this computer ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/HostReference.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"

#include <cstdlib>
#include <cstring>
#include <numeric>

using namespace accel::vta;

struct HostReference::State {
  mlir::MLIRContext context;
  std::unique_ptr<mlir::ExecutionEngine> engine;
  std::string function;
  std::vector<Tensor> arguments;
  std::vector<Tensor> results;
};

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

int64_t HostReference::Tensor::bytes() const {
  return std::accumulate(shape.begin(), shape.end(), elementBytes,
                         std::multiplies<int64_t>());
}

HostReference::HostReference(std::unique_ptr<State> state)
    : state(std::move(state)) {}
HostReference::~HostReference() = default;

llvm::ArrayRef<HostReference::Tensor> HostReference::arguments() const {
  return state->arguments;
}
llvm::ArrayRef<HostReference::Tensor> HostReference::results() const {
  return state->results;
}

static llvm::Expected<std::vector<HostReference::Tensor>>
describe(mlir::TypeRange types) {
  std::vector<HostReference::Tensor> tensors;
  for (mlir::Type type : types) {
    auto ranked = mlir::dyn_cast<mlir::RankedTensorType>(type);
    if (!ranked || !ranked.hasStaticShape() ||
        !ranked.getElementType().isIntOrFloat() ||
        ranked.getElementTypeBitWidth() % 8 != 0) {
      std::string text;
      llvm::raw_string_ostream(text) << type;
      return makeError("the reference needs static tensors of numbers of whole "
                       "bytes, found " +
                       text);
    }
    tensors.push_back(
        {ranked.getShape().vec(), ranked.getElementTypeBitWidth() / 8});
  }
  return tensors;
}

static llvm::Expected<mlir::func::FuncOp> findFunction(mlir::ModuleOp module,
                                                       llvm::StringRef name) {
  mlir::func::FuncOp found;
  for (auto func : module.getOps<mlir::func::FuncOp>()) {
    if (func.isExternal() ||
        (name.empty() ? !func.isPublic() : func.getSymName() != name))
      continue;
    if (found)
      return makeError("the reference has two public functions, \"" +
                       found.getSymName() + "\" and \"" + func.getSymName() +
                       "\", but one is compared");
    found = func;
  }
  if (!found)
    return makeError(name.empty()
                         ? llvm::Twine("the reference has no public function")
                         : "the reference has no function \"" + name + "\"");
  return found;
}

/// Tensors become buffers that their owners free. (Pipelines as text: the
/// headers of upstream's passes take longer to compile than all of this file.)
constexpr llvm::StringLiteral kToBuffers =
    "one-shot-bufferize{bufferize-function-boundaries=true "
    "function-boundary-type-conversion=identity-layout-map},"
    "buffer-deallocation-pipeline,convert-bufferization-to-memref";

/// Ops become loops, loops become LLVM.
constexpr llvm::StringLiteral kToLLVM =
    "func.func(llvm-request-c-wrappers,convert-linalg-to-loops),expand-strided-"
    "metadata,lower-affine,"
    "convert-scf-to-cf,convert-math-to-llvm,convert-math-to-libm,arith-expand,"
    "convert-to-llvm,reconcile-unrealized-casts";

static bool runPasses(mlir::ModuleOp module, llvm::StringRef pipeline) {
  mlir::PassManager pm(module.getContext());
  return mlir::succeeded(mlir::parsePassPipeline(pipeline, pm)) &&
         mlir::succeeded(pm.run(module));
}

/// Copies become loops: the JIT has no library to copy strided buffers.
static void expandCopies(mlir::ModuleOp module) {
  module.walk([](mlir::memref::CopyOp copy) {
    mlir::OpBuilder builder(copy);
    mlir::linalg::CopyOp::create(builder, copy.getLoc(), copy.getSource(),
                                 copy.getTarget());
    copy.erase();
  });
}

llvm::Expected<std::unique_ptr<HostReference>>
HostReference::compile(llvm::StringRef file, llvm::StringRef function) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  mlir::registerAllPasses();
  auto state = std::make_unique<State>();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  state->context.appendDialectRegistry(registry);
  // Targets and mappings mean nothing here.
  state->context.allowUnregisteredDialects();

  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> buffer =
      mlir::openInputFile(file, &message);
  if (!buffer)
    return makeError(message);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(sources, &state->context);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &state->context);
  if (!module)
    return makeError("'" + file + "' is no valid module");
  llvm::Expected<mlir::func::FuncOp> func = findFunction(*module, function);
  if (!func)
    return func.takeError();
  auto arguments = describe(func->getArgumentTypes());
  if (!arguments)
    return arguments.takeError();
  auto results = describe(func->getResultTypes());
  if (!results)
    return results.takeError();
  if (results->empty())
    return makeError("the reference function \"" + func->getSymName() +
                     "\" has no result to compare");
  state->arguments = std::move(*arguments);
  state->results = std::move(*results);
  state->function = func->getSymName().str();

  bool lowered = runPasses(*module, kToBuffers);
  if (lowered) {
    expandCopies(*module);
    lowered = runPasses(*module, kToLLVM);
  }
  if (!lowered)
    return makeError("the reference '" + file +
                     "' cannot be lowered for this computer");
  mlir::ExecutionEngineOptions options;
  // Compiling without optimisation is faster than what it would save here.
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Less;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine = mlir::ExecutionEngine::create(*module, options);
  if (!engine)
    return engine.takeError();
  state->engine = std::move(*engine);
  return std::unique_ptr<HostReference>(new HostReference(std::move(state)));
}

namespace {
/// The words of a memref descriptor: allocated and aligned pointer, offset,
/// sizes, strides.
using Descriptor = std::vector<intptr_t>;

constexpr size_t kHeaderWords = 3;

size_t descriptorWords(const HostReference::Tensor &tensor) {
  return kHeaderWords + 2 * tensor.shape.size();
}
} // namespace

static Descriptor describeBuffer(const HostReference::Tensor &tensor,
                                 uint8_t *data) {
  size_t rank = tensor.shape.size();
  Descriptor words(descriptorWords(tensor), 0);
  words[0] = words[1] = reinterpret_cast<intptr_t>(data);
  int64_t stride = 1;
  for (size_t dim = rank; dim-- > 0;) {
    words[kHeaderWords + dim] = tensor.shape[dim];
    words[kHeaderWords + rank + dim] = stride;
    stride *= tensor.shape[dim];
  }
  return words;
}

llvm::Expected<std::vector<std::vector<uint8_t>>>
HostReference::run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs) {
  if (inputs.size() != state->arguments.size())
    return makeError("the reference function \"" + state->function +
                     "\" takes " + llvm::Twine(state->arguments.size()) +
                     " arguments, found " + llvm::Twine(inputs.size()) +
                     " inputs");
  // The function may write to its arguments; it gets copies.
  std::vector<std::vector<uint8_t>> copies;
  std::vector<Descriptor> descriptors;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    const Tensor &tensor = state->arguments[index];
    if (static_cast<int64_t>(input.size()) != tensor.bytes())
      return makeError("argument " + llvm::Twine(index) +
                       " of the reference takes " +
                       llvm::Twine(tensor.bytes()) + " bytes, found " +
                       llvm::Twine(input.size()));
    copies.push_back(input.vec());
    descriptors.push_back(describeBuffer(tensor, copies.back().data()));
  }
  size_t resultWords = 0;
  for (const Tensor &tensor : state->results)
    resultWords += descriptorWords(tensor);
  Descriptor result(resultWords, 0);

  // The packed wrapper takes the address of every parameter of the C wrapper:
  // a pointer to the results, then a pointer per argument.
  std::vector<void *> parameters = {result.data()};
  for (Descriptor &descriptor : descriptors)
    parameters.push_back(descriptor.data());
  std::vector<void *> addresses;
  for (void *&parameter : parameters)
    addresses.push_back(&parameter);
  if (llvm::Error error = state->engine->invokePacked(
          "_mlir_ciface_" + state->function, addresses))
    return std::move(error);

  std::vector<std::vector<uint8_t>> outputs;
  const intptr_t *words = result.data();
  for (const Tensor &tensor : state->results) {
    // Results are dense, as their types have no layout.
    const auto *data = reinterpret_cast<const uint8_t *>(words[1]) +
                       words[2] * tensor.elementBytes;
    outputs.emplace_back(data, data + tensor.bytes());
    std::free(reinterpret_cast<void *>(words[0]));
    words += descriptorWords(tensor);
  }
  return outputs;
}

/// The arrays of a program's tensors of one role, in the program's order.
static llvm::Expected<std::vector<const accel::npy::Array *>>
inOrder(const Program &program, Role role,
        llvm::ArrayRef<std::pair<std::string, accel::npy::Array>> arrays) {
  std::vector<const accel::npy::Array *> ordered;
  for (const TensorRecord &tensor : program.tensors) {
    if (tensor.role != role)
      continue;
    const auto *it = llvm::find_if(
        arrays, [&](const auto &named) { return named.first == tensor.name; });
    if (it == arrays.end())
      return makeError("the reference needs tensor \"" + tensor.name +
                       "\", which was not given");
    ordered.push_back(&it->second);
  }
  return ordered;
}

llvm::Error accel::vta::checkAgainstModel(const Program &program, int64_t runs,
                                          const SimArrays &arrays,
                                          llvm::StringRef file) {
  auto inputs = inOrder(program, Role::Input, arrays.inputs);
  if (!inputs)
    return inputs.takeError();
  auto outputs = inOrder(program, Role::Output, arrays.outputs);
  if (!outputs)
    return outputs.takeError();
  auto reference = HostReference::compile(file);
  if (!reference)
    return reference.takeError();
  if (outputs->size() != (*reference)->results().size())
    return makeError("the reference has " +
                     llvm::Twine((*reference)->results().size()) +
                     " results but the program has " +
                     llvm::Twine(outputs->size()) + " outputs");
  int64_t count = std::max<int64_t>(runs, 1);
  for (int64_t run = 0; run < count; ++run) {
    std::vector<llvm::ArrayRef<uint8_t>> slices;
    for (const npy::Array *array : *inputs) {
      size_t bytes = array->bytes.size() / count;
      slices.push_back(llvm::ArrayRef(array->bytes).slice(run * bytes, bytes));
    }
    auto wanted = (*reference)->run(slices);
    if (!wanted)
      return wanted.takeError();
    for (auto [index, values] : llvm::enumerate(*wanted)) {
      const npy::Array &array = *(*outputs)[index];
      llvm::ArrayRef<uint8_t> found(array.bytes);
      size_t bytes = found.size() / count;
      found = found.slice(run * bytes, bytes);
      if (bytes != values.size())
        return makeError("result " + llvm::Twine(index) +
                         " of the reference has " + llvm::Twine(values.size()) +
                         " bytes but the program's output has " +
                         llvm::Twine(bytes));
      auto difference =
          std::mismatch(found.begin(), found.end(), values.begin());
      if (difference.first == found.end())
        continue;
      int64_t byte = difference.first - found.begin();
      return makeError("output " + llvm::Twine(index) + " of run " +
                       llvm::Twine(run) +
                       " differs from the reference at value " +
                       llvm::Twine(byte / npy::itemBytes(array.dtype)));
    }
  }
  return llvm::Error::success();
}

llvm::Error accel::vta::runSimToolAgainstModel(const SimRequest &request,
                                               llvm::raw_ostream &os,
                                               llvm::StringRef model) {
  bool checked = model.empty();
  auto check = [&](const Program &program, int64_t runs,
                   const SimArrays &arrays) -> llvm::Error {
    if (checked)
      return llvm::Error::success();
    checked = true;
    return checkAgainstModel(program, runs, arrays, model);
  };
  if (llvm::Error error = runSimTool(request, os, check))
    return error;
  if (!checked)
    return makeError("--check-reference needs a program folder and its data");
  return llvm::Error::success();
}
