// RUN: accel-opt %s --accel-map="target=simple target-set=GlobalBuffer.size_bits=32768,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10 objective=energy" | FileCheck %s
// RUN: accel-opt %s --accel-map="target=simple target-set=GlobalBuffer.size_bits=32768,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10 objective=energy" | accel-opt | FileCheck %s

// 10059776 J and 19398656 J are the optima that AccelForge (arXiv 2602.15166)
// finds for these two programs on this target.

// CHECK: dlti.target_system_spec = {{.*}}#accel.target<"simple"

// CHECK-LABEL: func @matmul
// CHECK: %[[G:.*]] = accel.group cost = <energy_j = 10059776.0, latency_s = 262144.0, ops = 262144.0> {
// CHECK-NEXT: %[[M:.*]] = linalg.matmul {accel.cost = #accel.cost<energy_j = 10059776.0, latency_s = 262144.0, ops = 262144.0>, accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", {{.*}} compute "MAC"], shared = 0>}
// CHECK-NEXT: accel.yield %[[M]]
// CHECK: return %[[G]]
func.func @matmul(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %r = linalg.matmul ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %r : tensor<64x64xi8>
}

// Two ops that exchange a tensor on chip stand in one group, and only what is
// read after it leaves it.
// CHECK-LABEL: func @chain
// CHECK: %[[G:.*]] = accel.group cost = <energy_j = 19398656.0, latency_s = 524288.0, ops = 524288.0> {
// CHECK-NEXT: %[[M0:.*]] = linalg.matmul {{.*}}#accel.mapping<[keep [0, 1] in "MainMemory", {{.*}}keep [2] in "GlobalBuffer"{{.*}}], shared = 0>, accel.name = "M0"}
// CHECK-NEXT: %[[M1:.*]] = linalg.matmul {{.*}}#accel.mapping<[keep [1, 2] in "MainMemory", {{.*}}keep [0] in "GlobalBuffer"{{.*}}], shared = 1>, accel.name = "M1"} ins(%[[M0]],
// CHECK-NEXT: accel.yield %[[M1]]
// CHECK-NEXT: } -> tensor<64x64xi8>
// CHECK: return %[[G]]
func.func @chain(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>, %c: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %r = linalg.matmul {accel.name = "M0"} ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  %s = linalg.matmul {accel.name = "M1"} ins(%r, %c : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %s : tensor<64x64xi8>
}

// A function without linalg ops is left alone.
// CHECK-LABEL: func @scalars
// CHECK-NEXT: return
func.func @scalars(%a: f32) -> f32 {
  return %a : f32
}
