// RUN: %mlir-opt --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline='builtin.module(accel-map{target=simple})' %s | FileCheck %s --check-prefix=MAP
// RUN: %mlir-opt --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline='builtin.module(accel-attach-target{target=tpu_v4i target-set=GlobalBuffer.size_bits=65536},accel-search{objective=energy fuse=false},accel-annotate-cost,canonicalize)' %s | FileCheck %s --check-prefix=STAGES
// RUN: %mlir-opt --load-dialect-plugin=%plugin %targets/vta.mlir | FileCheck %s --check-prefix=DIALECT
// RUN: %mlir-opt --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline='builtin.module(accel-print-einsums)' %s -o %t.mlir 2>&1 | FileCheck %s --check-prefix=EINSUMS
// RUN: %mlir-opt --load-pass-plugin=%plugin --help | FileCheck %s --check-prefix=HELP

// The stock mlir-opt knows every pass and pipeline of the plugin.

// MAP: accel.group cost = <energy_j
// MAP: linalg.matmul {accel.cost = #accel.cost<{{.*}}accel.mapping = #accel.mapping<

// STAGES: #accel.target<"tpu_v4i"
// STAGES-COUNT-2: accel.group

// DIALECT: #accel.target<"vta", [#accel.memory<"MainMemory"

// EINSUMS: function chain: 2 Einsums, 5 tensors, 0 barriers

// HELP-DAG: --accel-annotate-cost
// HELP-DAG: --accel-apply-mapping
// HELP-DAG: --accel-attach-target
// HELP-DAG: --accel-print-einsums
// HELP-DAG: --accel-print-mapping
// HELP-DAG: --accel-print-summary
// HELP-DAG: --accel-compile
// HELP-DAG: --accel-map
// HELP-DAG: --convert-linalg-to-accel

func.func @chain(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>, %c: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %r = linalg.matmul ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  %s = linalg.matmul ins(%r, %c : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %s : tensor<64x64xi8>
}
