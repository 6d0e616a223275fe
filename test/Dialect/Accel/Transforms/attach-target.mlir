// RUN: accel-opt %s --accel-attach-target=target=simple | FileCheck %s --check-prefix=NAME
// RUN: accel-opt %s --accel-attach-target=target=%targets/simple.mlir | FileCheck %s --check-prefix=NAME
// RUN: accel-opt %s --accel-attach-target="target=simple target-set=GlobalBuffer.size_bits=32768" | FileCheck %s --check-prefix=ONE
// RUN: accel-opt %s --accel-attach-target="target=simple target-set=MainMemory.read_j_per_bit=2.5e-12,MainMemory.ports=separate,GlobalBuffer.size_bits=inf,GlobalBuffer.buffering=2,MAC.ops_per_s=1e9" | FileCheck %s --check-prefix=MANY
// RUN: accel-opt %s --accel-attach-target=target=simple --accel-attach-target=target=vta | FileCheck %s --check-prefix=LAST
// RUN: accel-opt %s --accel-attach-target=target=simple --accel-attach-target=target-set=MAC.leak_w=3 | FileCheck %s --check-prefix=KEPT

// A bare name and a path give the same target, as device "NPU".
// NAME: module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #accel.target<"simple", [#accel.memory<"MainMemory", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0>, #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0>, #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0>]>>>}

// An override changes what it names and nothing else.
// ONE: [#accel.memory<"MainMemory", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0>, #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"], may_keep = [all], size_bits = 32768.0, read_j_per_bit = 1.0, write_j_per_bit = 1.0>, #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0>]

// MANY: #accel.memory<"MainMemory", keep = [external], may_keep = [all], read_j_per_bit = 2.5e-12, write_j_per_bit = 1.0, ports = separate>
// MANY-SAME: #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, buffering = 2>
// MANY-SAME: #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0e+09>


// LAST: #accel.target<"vta"
// LAST-NOT: #accel.target<"simple"

// Without a name the module keeps its target; overrides still apply.
// KEPT: #accel.target<"simple"
// KEPT-SAME: #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0, leak_w = 3.0>

func.func private @nothing()
