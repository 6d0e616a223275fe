// RUN: accel-opt %S/Inputs/chain.mlir --accel-map="target=simple target-set=GlobalBuffer.size_bits=32768,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10 objective=energy fuse=false" | FileCheck %s

// Without fusion every op has a group of its own, the intermediate lives in the
// outermost memory, and the cost is twice that of one matmul.
// CHECK-COUNT-2: accel.group cost = <energy_j = 10059776.0
// CHECK-NOT: accel.group
