//===- InstructionEmitter.cpp - accel instructions to VTA's ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstructionEmitter.h"

#include "accel/Target/VTA/Translation/MicroOpLoads.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::accel;
namespace vta = ::accel::vta;

/// Sizes and strides have 16 bits.
static constexpr int64_t kMaxStride = 65535;

std::optional<vta::Buffer> InstructionEmitter::bufferOf(StringRef level) const {
  if (level == levels.input)
    return vta::Buffer::Inp;
  if (level == levels.weight)
    return vta::Buffer::Wgt;
  if (level == levels.accumulator)
    return vta::Buffer::Acc;
  return std::nullopt;
}

LogicalResult InstructionEmitter::checkElement(Operation *op,
                                               const ElementView &view,
                                               Type elementType,
                                               vta::Buffer buffer) {
  const vta::Geometry &geometry = program.geometry;
  int64_t rows =
      buffer == vta::Buffer::Wgt ? geometry.blockOut : geometry.batch;
  int64_t columns = buffer == vta::Buffer::Acc || buffer == vta::Buffer::Out
                        ? geometry.blockOut
                        : geometry.blockIn;
  unsigned bits = buffer == vta::Buffer::Acc ? 32 : 8;
  if (view.elementRows == rows && view.elementColumns == columns &&
      elementType.isInteger(bits))
    return success();
  return op->emitError() << "an element of \"" << vta::bufferName(buffer)
                         << "\" is " << rows << "x" << columns << "xi" << bits
                         << " but the operand's is " << view.elementRows << "x"
                         << view.elementColumns << "xi"
                         << elementType.getIntOrFloatBitWidth();
}

LogicalResult InstructionEmitter::synchronize(Operation *op, size_t first) {
  auto attr = op->getAttrOfType<SyncAttr>("sync");
  if (!attr)
    return op->emitOpError(
        "has no dependency flags: run accel-insert-sync before");
  vta::Sync &begin = program.instructions[first].sync;
  begin.popPrev = attr.getPopPrev();
  begin.popNext = attr.getPopNext();
  vta::Sync &end = program.instructions.back().sync;
  end.pushPrev = attr.getPushPrev();
  end.pushNext = attr.getPushNext();
  return success();
}

LogicalResult InstructionEmitter::emitTransfer(Operation *op, Value outer,
                                               Value onChip,
                                               ArrayRef<int64_t> pad,
                                               bool isLoad) {
  std::string reason;
  FailureOr<ElementView> outerView = ElementView::get(outer, reason);
  FailureOr<ElementView> chipView = ElementView::get(onChip, reason);
  if (failed(outerView) || failed(chipView))
    return op->emitError() << "an operand of an instruction " << reason;
  std::optional<vta::Buffer> level = bufferOf(levelOf(onChip.getType()));
  if (!level || (!isLoad && *level != vta::Buffer::Acc))
    return op->emitError() << "VTA has no " << op->getName() << " of \""
                           << levelOf(onChip.getType()) << "\"";
  if (failed(checkElement(op, *chipView,
                          cast<MemRefType>(onChip.getType()).getElementType(),
                          *level)))
    return failure();
  vta::Buffer buffer = isLoad ? *level : vta::Buffer::Out;
  if (failed(checkElement(op, *outerView,
                          cast<MemRefType>(outer.getType()).getElementType(),
                          buffer)))
    return failure();
  std::optional<int64_t> base = getBase(op, 0);
  if (!base)
    return op->emitOpError("has no address: run accel-allocate before");

  bool twoDimensional = outerView->sizes.size() == 2;
  vta::MemAccess access;
  access.buffer = buffer;
  access.sramBase = *base;
  access.dramBase =
      tensors.baseOf(outerView->root) / program.geometry.elementBytes(buffer) +
      outerView->offset;
  access.ySize = twoDimensional ? outerView->sizes[0] : 1;
  access.xSize = outerView->sizes.back();
  if (access.xSize > 1 && outerView->strides.back() != 1)
    return op->emitError("columns of a transfer need to be adjacent");
  access.xStride = access.ySize > 1 ? outerView->strides[0] : access.xSize;
  if (!pad.empty()) {
    access.yPadTop = pad[0];
    access.yPadBottom = pad[1];
    access.xPadLeft = pad[2];
    access.xPadRight = pad[3];
  }
  int64_t width = access.xPadLeft + access.xSize + access.xPadRight;
  int64_t height = access.yPadTop + access.ySize + access.yPadBottom;
  if (height > 1 && chipView->sizes[0] > 1 && chipView->strides[0] != width)
    return op->emitError("rows of a transfer need to be dense on chip");
  if (chipView->sizes.back() > 1 && chipView->strides.back() != 1)
    return op->emitError("columns of a transfer need to be dense on chip");

  auto append = [&](const vta::MemAccess &part) {
    vta::Instruction instruction;
    if (isLoad)
      instruction.body = vta::Load{part};
    else
      instruction.body = vta::Store{part};
    program.instructions.push_back(instruction);
  };
  size_t first = program.instructions.size();
  if (access.xStride <= kMaxStride) {
    append(access);
    return synchronize(op, first);
  }
  // Rows too far apart go one by one.
  int64_t sram = access.sramBase;
  for (int64_t row = 0; row < access.ySize; ++row) {
    vta::MemAccess part = access;
    part.sramBase = sram;
    part.dramBase = access.dramBase + row * access.xStride;
    part.ySize = 1;
    part.xStride = access.xSize;
    part.yPadTop = row == 0 ? access.yPadTop : 0;
    part.yPadBottom = row + 1 == access.ySize ? access.yPadBottom : 0;
    sram += (part.yPadTop + 1 + part.yPadBottom) * width;
    append(part);
  }
  return synchronize(op, first);
}

const std::vector<vta::MicroOpPlan> &
InstructionEmitter::planOf(const vta::ElementNest &nest) {
  std::vector<int64_t> key;
  for (const vta::NestLoop &loop : nest.loops)
    key.insert(key.end(), {loop.extent, loop.dst, loop.src, loop.wgt});
  auto [it, isNew] = plans.try_emplace(std::move(key));
  if (isNew) {
    vta::ElementNest atZero = nest;
    atZero.base = {};
    it->second = vta::planMicroOps(atZero);
  }
  return it->second;
}

LogicalResult InstructionEmitter::emitNest(
    Operation *op, const vta::ElementNest &nest,
    llvm::function_ref<void(vta::Instruction &, const vta::MicroOpPlan &)>
        make) {
  size_t first = program.instructions.size();
  size_t body = first;
  for (const vta::MicroOpPlan &plan : planOf(nest)) {
    std::vector<vta::MicroOp> list = plan.microOps;
    for (vta::MicroOp &microOp : list) {
      microOp.dst += nest.base.dst;
      microOp.src += nest.base.src;
      microOp.wgt += nest.base.wgt;
    }
    vta::MicroOpStore::Place place = store.place(list);
    if (place.mustLoad) {
      vta::Load load;
      load.buffer = vta::Buffer::Uop;
      load.sramBase = place.address;
      load.dramBase = place.dramIndex;
      load.ySize = 1;
      load.xSize = list.size();
      load.xStride = list.size();
      microOpLoads.push_back(program.instructions.size());
      // Micro-ops need no token: the instructions that read the buffer are in
      // the same queue.
      if (program.instructions.size() == first)
        body = first + 1;
      vta::Instruction instruction;
      instruction.body = load;
      program.instructions.push_back(instruction);
    }
    for (const auto &window : plan.windows) {
      vta::Instruction instruction;
      make(instruction, plan);
      auto fill = [&](vta::MicroOpNest &fields) {
        fields.uopBegin = place.address + window.first;
        fields.uopEnd = place.address + window.second;
        fields.iterOut = plan.iterOut;
        fields.iterIn = plan.iterIn;
        fields.dstFactorOut = plan.iterOut > 1 ? plan.out.dst : 0;
        fields.dstFactorIn = plan.iterIn > 1 ? plan.in.dst : 0;
        fields.srcFactorOut = plan.iterOut > 1 ? plan.out.src : 0;
        fields.srcFactorIn = plan.iterIn > 1 ? plan.in.src : 0;
      };
      if (auto *gemm = instruction.as<vta::Gemm>())
        fill(*gemm);
      if (auto *alu = instruction.as<vta::Alu>())
        fill(*alu);
      program.instructions.push_back(instruction);
    }
  }
  return synchronize(op, body);
}

/// Adds the loops of an operand's access to the nest.
static void addAccess(vta::ElementNest &nest, const OperandAccess &access,
                      int64_t base, int64_t vta::NestLoop::*step,
                      int64_t vta::MicroOp::*field) {
  nest.base.*field = base + access.access.base - access.view.offset;
  if (nest.loops.empty())
    nest.loops.resize(access.nest.size());
  for (auto [loop, extent, coefficient] :
       llvm::zip(nest.loops, access.nest, access.access.coefficients)) {
    loop.extent = extent;
    loop.*step = coefficient;
  }
}

LogicalResult InstructionEmitter::emitGemm(GemmOp gemm) {
  FailureOr<OperandAccesses> accesses = getAccesses(gemm);
  if (failed(accesses))
    return failure();
  vta::ElementNest nest;
  for (const OperandAccess &access : *accesses) {
    vta::Buffer buffers[] = {vta::Buffer::Inp, vta::Buffer::Wgt,
                             vta::Buffer::Acc};
    int64_t vta::NestLoop::*steps[] = {&vta::NestLoop::src, &vta::NestLoop::wgt,
                                       &vta::NestLoop::dst};
    int64_t vta::MicroOp::*fields[] = {&vta::MicroOp::src, &vta::MicroOp::wgt,
                                       &vta::MicroOp::dst};
    unsigned index = access.baseIndex;
    std::optional<int64_t> base = getBase(gemm, index);
    if (!base)
      return gemm.emitOpError("has no addresses: run accel-allocate before");
    auto type = cast<MemRefType>(access.view.root.getType());
    if (bufferOf(levelOf(type)) != buffers[index])
      return gemm.emitError() << "VTA needs operand " << index << " in \""
                              << vta::bufferName(buffers[index])
                              << "\", found \"" << levelOf(type) << "\"";
    if (failed(checkElement(gemm, access.view, type.getElementType(),
                            buffers[index])))
      return failure();
    addAccess(nest, access, *base, steps[index], fields[index]);
  }
  return emitNest(
      gemm, nest,
      [&](vta::Instruction &instruction, const vta::MicroOpPlan &plan) {
        vta::Gemm body;
        body.reset = gemm.getReset();
        body.wgtFactorOut = plan.iterOut > 1 ? plan.out.wgt : 0;
        body.wgtFactorIn = plan.iterIn > 1 ? plan.in.wgt : 0;
        instruction.body = body;
      });
}

LogicalResult InstructionEmitter::emitAlu(AluOp alu) {
  FailureOr<OperandAccesses> accesses = getAccesses(alu);
  if (failed(accesses))
    return failure();
  vta::ElementNest nest;
  for (const OperandAccess &access : *accesses) {
    std::optional<int64_t> base = getBase(alu, access.baseIndex);
    if (!base)
      return alu.emitOpError("has no addresses: run accel-allocate before");
    auto type = cast<MemRefType>(access.view.root.getType());
    if (bufferOf(levelOf(type)) != vta::Buffer::Acc)
      return alu.emitError() << "VTA needs its operands in \"acc\", found \""
                             << levelOf(type) << "\"";
    if (failed(checkElement(alu, access.view, type.getElementType(),
                            vta::Buffer::Acc)))
      return failure();
    if (access.baseIndex == 0)
      addAccess(nest, access, *base, &vta::NestLoop::dst, &vta::MicroOp::dst);
    // With an immediate the source is not used and stays at 0, as in a reset:
    // so they share micro-ops.
    if (access.baseIndex == 1)
      addAccess(nest, access, *base, &vta::NestLoop::src, &vta::MicroOp::src);
  }
  vta::Alu body;
  switch (alu.getKind()) {
  case AluKind::Min:
    body.op = vta::AluOp::Min;
    break;
  case AluKind::Max:
    body.op = vta::AluOp::Max;
    break;
  case AluKind::Add:
    body.op = vta::AluOp::Add;
    break;
  case AluKind::Shr:
    body.op = vta::AluOp::Shr;
    break;
  }
  if (std::optional<uint64_t> immediate = alu.getImm()) {
    body.useImm = true;
    body.imm = static_cast<int64_t>(*immediate);
    bool isShift = alu.getKind() == AluKind::Shr;
    int64_t low = isShift ? -16 : llvm::minIntN(16);
    int64_t high = isShift ? 15 : llvm::maxIntN(16);
    if (body.imm < low || body.imm > high)
      return alu.emitOpError() << "has the immediate " << body.imm
                               << " but VTA allows " << low << " to " << high;
  } else if (alu.getKind() == AluKind::Shr) {
    return alu.emitOpError("shifts by a tensor but VTA shifts by an immediate");
  }
  return emitNest(alu, nest,
                  [&](vta::Instruction &instruction, const vta::MicroOpPlan &) {
                    instruction.body = body;
                  });
}

void InstructionEmitter::emitNoOp(vta::Sync sync) {
  vta::Load load;
  load.buffer = vta::Buffer::Uop;
  vta::Instruction instruction;
  instruction.sync = sync;
  instruction.body = load;
  program.instructions.push_back(instruction);
}

LogicalResult InstructionEmitter::emit(Operation *instruction) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(instruction)
      .Case([&](LoadOp load) {
        return emitTransfer(load, load.getSource(), load.getDest(),
                            load.getPad(), /*isLoad=*/true);
      })
      .Case([&](StoreOp store) {
        return emitTransfer(store, store.getDest(), store.getSource(), {},
                            /*isLoad=*/false);
      })
      .Case([&](GemmOp gemm) { return emitGemm(gemm); })
      .Case([&](AluOp alu) { return emitAlu(alu); })
      .Case([&](WaitOp wait) -> LogicalResult {
        SyncAttr sync = wait.getSyncAttr();
        if (!sync)
          return wait.emitOpError(
              "has no dependency flags: run accel-insert-sync before");
        if (sync.getPopPrev() || sync.getPopNext() || sync.getPushPrev() ||
            sync.getPushNext())
          emitNoOp({sync.getPopPrev(), sync.getPopNext(), sync.getPushPrev(),
                    sync.getPushNext()});
        return success();
      });
}

LogicalResult InstructionEmitter::finish(Location loc) {
  vta::joinMicroOpLoads(program.instructions, microOpLoads);
  program.instructions.emplace_back();
  program.microOps = store.takeImage();
  program.uopsDramBase = llvm::alignTo(tensors.end(), 8);
  program.dramBytes = program.uopsDramBase + program.uopsSize();
  int64_t base = program.uopsDramBase / vta::kMicroOpBytes;
  for (size_t index : microOpLoads)
    program.instructions[index].as<vta::Load>()->dramBase += base;
  for (const vta::Instruction &instruction : program.instructions)
    if (llvm::Expected<vta::InstructionWord> word =
            vta::encode(instruction, program.geometry);
        !word)
      return emitError(loc) << "an instruction cannot be encoded: "
                            << llvm::toString(word.takeError());
  return success();
}
