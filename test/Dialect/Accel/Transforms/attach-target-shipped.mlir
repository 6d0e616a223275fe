// RUN: accel-opt %targets/eyeriss.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=eyeriss | FileCheck %s --check-prefixes=CHECK,EYERISS
// RUN: accel-opt %targets/gemmini.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=gemmini | FileCheck %s --check-prefixes=CHECK,GEMMINI
// RUN: accel-opt %targets/nvdla.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=nvdla | FileCheck %s --check-prefixes=CHECK,NVDLA
// RUN: accel-opt %targets/simba.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=simba | FileCheck %s --check-prefixes=CHECK,SIMBA
// RUN: accel-opt %targets/simple.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=simple | FileCheck %s --check-prefixes=CHECK,SIMPLE
// RUN: accel-opt %targets/simple_fanout.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=simple_fanout | FileCheck %s --check-prefixes=CHECK,FANOUT
// RUN: accel-opt %targets/snowcat.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=snowcat | FileCheck %s --check-prefixes=CHECK,SNOWCAT
// RUN: accel-opt %targets/tpu_v4i.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=tpu_v4i | FileCheck %s --check-prefixes=CHECK,TPU
// RUN: accel-opt %targets/vta.mlir -o %t.mlir && accel-opt %s --accel-attach-target=target=vta | FileCheck %s --check-prefixes=CHECK,VTA

// Every file of targets/ is valid, and its base name is the target's: in this
// list, in the error for unknown names, and in the attribute.
// RUN: ls %targets | FileCheck %s --check-prefix=FILES
// FILES: eyeriss.mlir
// FILES-NEXT: gemmini.mlir
// FILES-NEXT: nvdla.mlir
// FILES-NEXT: simba.mlir
// FILES-NEXT: simple.mlir
// FILES-NEXT: simple_fanout.mlir
// FILES-NEXT: snowcat.mlir
// FILES-NEXT: tpu_v4i.mlir
// FILES-NEXT: vta.mlir
// FILES-NOT: .mlir

// CHECK: "NPU" = #dlti.target_device_spec<"accel.target" =
// EYERISS-SAME: #accel.target<"eyeriss", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// GEMMINI-SAME: #accel.target<"gemmini",
// NVDLA-SAME: #accel.target<"nvdla", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// SIMBA-SAME: #accel.target<"simba", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// SIMPLE-SAME: #accel.target<"simple", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// FANOUT-SAME: #accel.target<"simple_fanout", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// SNOWCAT-SAME: #accel.target<"snowcat", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// TPU-SAME: #accel.target<"tpu_v4i", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]
// VTA-SAME: #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [input, weight, all for "ALU"]
func.func private @nothing()
