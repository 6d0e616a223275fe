//===- Machine.cpp - Execution of single VTA instructions -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Diagnostics.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"

using namespace accel::vta;
using llvm::Twine;

namespace {

/// What an undefined element holds, so that a missed check shows in the result.
constexpr uint8_t kPoison = 0xa5;
constexpr uint32_t kPoisonWord = 0xa5a5a5a5;

int64_t granuleBytes(const Geometry &geometry) {
  int64_t bytes = geometry.elementBytes(Buffer::Uop);
  for (Buffer buffer : kAllBuffers)
    bytes = std::min(bytes, geometry.elementBytes(buffer));
  return bytes;
}

/// acc[b][o] += Σ_c inp[b][c] · wgt[o][c]. A constant kBlockIn lets the
/// compiler unroll and vectorise the sum; 0 takes blockIn at run time.
template <int64_t kBlockIn>
void multiplyAccumulate(const Geometry &geometry, const int8_t *inp,
                        const int8_t *wgt, uint32_t *acc) {
  const int64_t blockIn = kBlockIn ? kBlockIn : geometry.blockIn;
  for (int64_t b = 0; b < geometry.batch; ++b)
    for (int64_t o = 0; o < geometry.blockOut; ++o) {
      const int8_t *row = inp + b * blockIn;
      const int8_t *column = wgt + o * blockIn;
      uint32_t sum = 0;
      for (int64_t c = 0; c < blockIn; ++c)
        sum += static_cast<uint32_t>(int32_t(row[c]) * int32_t(column[c]));
      acc[b * geometry.blockOut + o] += sum;
    }
}

uint32_t shiftRight(uint32_t value, int32_t amount) {
  // The hardware looks at five bits of the amount, either way.
  if (amount < 0)
    return value << (-static_cast<int64_t>(amount) & 31);
  return static_cast<uint32_t>(static_cast<int32_t>(value) >> (amount & 31));
}

uint32_t applyAlu(AluOp op, uint32_t lhs, uint32_t rhs) {
  int32_t a = static_cast<int32_t>(lhs);
  int32_t b = static_cast<int32_t>(rhs);
  switch (op) {
  case AluOp::Min:
    return static_cast<uint32_t>(std::min(a, b));
  case AluOp::Max:
    return static_cast<uint32_t>(std::max(a, b));
  case AluOp::Add:
    return lhs + rhs;
  case AluOp::Shr:
    return shiftRight(lhs, b);
  case AluOp::Mul:
    return lhs * rhs;
  }
  llvm_unreachable("unknown ALU operation");
}

} // namespace

Machine::Machine(llvm::ArrayRef<Instruction> instructions,
                 const Geometry &geometry, const Schedule &schedule, Dram &dram,
                 Portability portability)
    : instructions(instructions), geometry(geometry), schedule(schedule),
      dram(dram), portability(portability),
      uopData(geometry.uopDepth, kPoisonWord),
      wgtData(geometry.wgtDepth * geometry.elementBytes(Buffer::Wgt),
              static_cast<int8_t>(kPoison)),
      inpData(geometry.inpDepth * geometry.elementBytes(Buffer::Inp),
              static_cast<int8_t>(kPoison)),
      accData(geometry.accDepth * geometry.elementBytes(Buffer::Out),
              kPoisonWord),
      outData(geometry.accDepth * geometry.elementBytes(Buffer::Out), kPoison),
      uopOrder(geometry.uopDepth, Queue::Compute, Queue::Compute),
      wgtOrder(geometry.wgtDepth, Queue::Load, Queue::Compute),
      inpOrder(geometry.inpDepth, Queue::Load, Queue::Compute),
      accOrder(geometry.accDepth, Queue::Compute, Queue::Compute),
      outOrder(geometry.accDepth, Queue::Compute, Queue::Store),
      dramOrder(granuleBytes(geometry)), outIsStale(geometry.accDepth, 0) {
  int64_t bytes = geometry.elementBytes(Buffer::Out);
  for (const Instruction &instruction : instructions)
    if (const Store *store = instruction.as<Store>())
      for (int64_t y = 0; y < store->ySize && !store->isNoOp(); ++y) {
        int64_t base = (store->dramBase + y * store->xStride) * bytes;
        if (dram.contains(base, store->xSize * bytes))
          dramOrder.watch(base, store->xSize * bytes);
      }
}

bool Machine::fail(const Twine &message) {
  if (error.empty())
    error = nameOf(instructions, current) + " " + message.str();
  return false;
}

bool Machine::failRace(const Twine &access, const Conflict &conflict) {
  uint32_t other = schedule[conflict.queue][conflict.time - 1];
  return fail(access + ", which " + nameOf(instructions, other) +
              (conflict.isWrite ? " writes" : " reads") +
              ", and no token orders the two (race)");
}

bool Machine::breaks(Rule rule, const Twine &message) {
  if (portability == Portability::Enforce)
    return !fail(message);
  bool &seen = noted[static_cast<size_t>(rule)];
  if (!seen)
    notes.push_back(nameOf(instructions, current) + " " + message.str());
  seen = true;
  return false;
}

llvm::Error Machine::takeError() { return makeError(error); }

llvm::Error Machine::execute(uint32_t index, const VectorClock &before) {
  current = index;
  clock = before;
  const Instruction &instruction = instructions[index];
  checkPortable(instruction, geometry, [&](Rule rule, const Twine &message) {
    breaks(rule, message);
  });
  bool ok = error.empty();
  if (const Load *body = instruction.as<Load>())
    ok = ok && load(*body);
  else if (const Store *body = instruction.as<Store>())
    ok = ok && store(*body);
  else if (const Gemm *body = instruction.as<Gemm>())
    ok = ok && gemm(*body);
  else if (const Alu *body = instruction.as<Alu>())
    ok = ok && alu(*body);
  return ok ? llvm::Error::success() : takeError();
}

bool Machine::inBuffer(Buffer buffer, int64_t element) {
  if (element < geometry.depth(buffer))
    return true;
  return fail("accesses element " + Twine(element) + " of " +
              bufferName(buffer) + " but it holds " +
              Twine(geometry.depth(buffer)));
}

bool Machine::readElement(Buffer buffer, BufferOrder &order, int64_t element) {
  if (!inBuffer(buffer, element))
    return false;
  if (!order.isDefined(element))
    return fail("reads " + bufferName(buffer) + " " + Twine(element) +
                ", which nothing has written (undefined)");
  if (order.read(element, clock))
    return true;
  return failRace("reads " + bufferName(buffer) + " " + Twine(element),
                  order.lastWrite(element));
}

bool Machine::dramInRange(const MemAccess &mem, int64_t address, int64_t size) {
  if (dram.contains(address, size))
    return true;
  return fail("accesses DRAM bytes 0x" + Twine::utohexstr(address) + " to 0x" +
              Twine::utohexstr(address + size - 1) + " for " +
              bufferName(mem.buffer) + " but " + dram.describeNear(address));
}

bool Machine::writeRow(Buffer buffer, int64_t element, const uint8_t *bytes,
                       int64_t count) {
  BufferOrder &order = buffer == Buffer::Uop   ? uopOrder
                       : buffer == Buffer::Wgt ? wgtOrder
                       : buffer == Buffer::Inp ? inpOrder
                                               : accOrder;
  for (int64_t i = element; i < element + count; ++i)
    if (!order.write(i, clock))
      return failRace("writes " + bufferName(buffer) + " " + Twine(i),
                      order.lastRead(i));

  int64_t elementBytes = geometry.elementBytes(buffer);
  int64_t size = count * elementBytes;
  auto words = [&](std::vector<uint32_t> &data) {
    uint32_t *to = data.data() + element * elementBytes / 4;
    for (int64_t word = 0; word < size / 4; ++word)
      to[word] = llvm::support::endian::read32le(bytes + 4 * word);
  };
  switch (buffer) {
  case Buffer::Uop:
    words(uopData);
    break;
  case Buffer::Wgt:
    std::copy_n(bytes, size, wgtData.begin() + element * elementBytes);
    break;
  case Buffer::Inp:
    std::copy_n(bytes, size, inpData.begin() + element * elementBytes);
    break;
  case Buffer::Acc:
    words(accData);
    std::fill_n(outIsStale.begin() + element, count, 1);
    break;
  case Buffer::Out:
    llvm_unreachable("OUT cannot be loaded");
  }
  return true;
}

bool Machine::load(const Load &load) {
  if (load.isNoOp())
    return true;
  int64_t elementBytes = geometry.elementBytes(load.buffer);
  int64_t width = load.xPadLeft + load.xSize + load.xPadRight;
  int64_t height = load.yPadTop + load.ySize + load.yPadBottom;
  std::vector<uint8_t> row(width * elementBytes);
  for (int64_t y = 0; y < height; ++y) {
    int64_t dramRow = y - load.yPadTop;
    std::fill(row.begin(), row.end(), 0);
    if (dramRow >= 0 && dramRow < load.ySize) {
      int64_t address = (load.dramBase + dramRow * load.xStride) * elementBytes;
      int64_t size = load.xSize * elementBytes;
      if (!dramInRange(load, address, size))
        return false;
      Queue queue = queueOf(instructions[current]);
      if (auto conflict = dramOrder.read(address, size, queue, clock))
        return failRace("reads DRAM from 0x" + Twine::utohexstr(address),
                        *conflict);
      dram.read(address, row.data() + load.xPadLeft * elementBytes, size);
    }
    if (!writeRow(load.buffer, load.sramBase + y * width, row.data(), width))
      return false;
  }
  return true;
}

bool Machine::store(const Store &store) {
  if (store.isNoOp())
    return true;
  int64_t elementBytes = geometry.elementBytes(Buffer::Out);
  int64_t size = store.xSize * elementBytes;
  for (int64_t y = 0; y < store.ySize; ++y) {
    int64_t element = store.sramBase + y * store.xSize;
    for (int64_t i = element; i < element + store.xSize; ++i) {
      if (!readElement(Buffer::Out, outOrder, i))
        return false;
      if (outIsStale[i] &&
          breaks(Rule::StaleOutput,
                 "stores out " + Twine(i) +
                     ", which is older than the load of acc " + Twine(i) +
                     " but only gemm and alu write out"))
        return false;
    }
    int64_t address = (store.dramBase + y * store.xStride) * elementBytes;
    if (!dramInRange(store, address, size))
      return false;
    if (auto conflict = dramOrder.write(address, size, clock))
      return failRace("writes DRAM from 0x" + Twine::utohexstr(address),
                      *conflict);
    dram.write(address, outData.data() + element * elementBytes, size);
  }
  return true;
}

bool Machine::fetchMicroOps(const MicroOpNest &nest) {
  std::fill(std::begin(recentDst), std::end(recentDst), -1);
  window.clear();
  if (nest.count() == 0)
    return true;
  for (int64_t u = nest.uopBegin; u < nest.uopEnd; ++u) {
    if (!readElement(Buffer::Uop, uopOrder, u))
      return false;
    window.push_back(decodeMicroOp(uopData[u], geometry));
  }
  return true;
}

template <typename Body>
bool Machine::forEachMicroOp(const MicroOpNest &nest, Body body) {
  for (int64_t i = 0; i < nest.iterOut; ++i)
    for (int64_t j = 0; j < nest.iterIn; ++j)
      for (const MicroOp &microOp : window) {
        int64_t dst =
            microOp.dst + i * nest.dstFactorOut + j * nest.dstFactorIn;
        int64_t src =
            microOp.src + i * nest.srcFactorOut + j * nest.srcFactorIn;
        if (!inBuffer(Buffer::Acc, dst) || !farFrom("writes", dst) ||
            !body(microOp, dst, src, i, j))
          return false;
        recentDst[1] = recentDst[0];
        recentDst[0] = dst;
      }
  return true;
}

bool Machine::farFrom(llvm::StringRef access, int64_t element) {
  if (element != recentDst[0] && element != recentDst[1])
    return true;
  return !breaks(Rule::DestinationDistance,
                 access + " acc " + Twine(element) + " " +
                     Twine(element == recentDst[0] ? 1 : 2) +
                     " micro-ops after a micro-op that wrote it but at least " +
                     Twine(kPipelineDepth + 1) + " are required");
}

bool Machine::accumulatorDefined(int64_t element) {
  return accOrder.isDefined(element) ||
         fail("reads acc " + Twine(element) +
              ", which was neither reset nor loaded before (undefined)");
}

bool Machine::writeAccumulator(int64_t element) {
  accOrder.write(element, clock);
  if (!outOrder.write(element, clock))
    return failRace("writes out " + Twine(element), outOrder.lastRead(element));
  outIsStale[element] = 0;
  int64_t lanes = geometry.elementBytes(Buffer::Out);
  const uint32_t *acc = accData.data() + element * lanes;
  uint8_t *out = outData.data() + element * lanes;
  for (int64_t lane = 0; lane < lanes; ++lane)
    out[lane] = static_cast<uint8_t>(acc[lane]);
  return true;
}

bool Machine::gemm(const Gemm &gemm) {
  if (!fetchMicroOps(gemm))
    return false;
  int64_t lanes = geometry.elementBytes(Buffer::Out);
  auto *kernel = geometry.blockIn == 16   ? multiplyAccumulate<16>
                 : geometry.blockIn == 32 ? multiplyAccumulate<32>
                                          : multiplyAccumulate<0>;
  return forEachMicroOp(gemm, [&](const MicroOp &microOp, int64_t dst,
                                  int64_t src, int64_t i, int64_t j) {
    uint32_t *acc = accData.data() + dst * lanes;
    if (gemm.reset) {
      std::fill_n(acc, lanes, 0);
      return writeAccumulator(dst);
    }
    int64_t wgt = microOp.wgt + i * gemm.wgtFactorOut + j * gemm.wgtFactorIn;
    if (!readElement(Buffer::Inp, inpOrder, src) ||
        !readElement(Buffer::Wgt, wgtOrder, wgt) || !accumulatorDefined(dst))
      return false;
    kernel(geometry, inpData.data() + src * geometry.elementBytes(Buffer::Inp),
           wgtData.data() + wgt * geometry.elementBytes(Buffer::Wgt), acc);
    return writeAccumulator(dst);
  });
}

bool Machine::alu(const Alu &alu) {
  if (!fetchMicroOps(alu))
    return false;
  for (const MicroOp &microOp : window)
    if (microOp.wgt != 0 && breaks(Rule::AluWeightField,
                                   "uses a micro-op (" + disassemble(microOp) +
                                       ") whose wgt must be 0"))
      return false;
  int64_t lanes = geometry.elementBytes(Buffer::Out);
  return forEachMicroOp(alu, [&](const MicroOp &, int64_t dst, int64_t src,
                                 int64_t, int64_t) {
    if (!accumulatorDefined(dst))
      return false;
    uint32_t *acc = accData.data() + dst * lanes;
    if (alu.useImm) {
      for (int64_t lane = 0; lane < lanes; ++lane)
        acc[lane] = applyAlu(alu.op, acc[lane], static_cast<uint32_t>(alu.imm));
      return writeAccumulator(dst);
    }
    if (!inBuffer(Buffer::Acc, src) || !accumulatorDefined(src) ||
        !farFrom("reads", src))
      return false;
    const uint32_t *operand = accData.data() + src * lanes;
    for (int64_t lane = 0; lane < lanes; ++lane)
      acc[lane] = applyAlu(alu.op, acc[lane], operand[lane]);
    return writeAccumulator(dst);
  });
}
