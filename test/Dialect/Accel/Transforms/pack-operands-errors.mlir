// RUN: accel-opt %s --accel-pack-operands -split-input-file -verify-diagnostics

// expected-error @below {{module has no target: attach one with accel-attach-target or the option target=}}
module {}

// -----

#t = #accel.target<"plain", [#accel.memory<"Main", keep = [external], may_keep = [all]>, #accel.compute<"MAC">]>
// expected-error @below {{target "plain" has no compute unit with a matrix shape to embed into}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {}

// -----

#t = #accel.target<"lanes", [#accel.memory<"Main", keep = [external], may_keep = [all]>, #accel.fanout<"out", n = 16, reuse = [input]>, #accel.fanout<"in", n = 8, reuse = [output]>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
// expected-error @below {{target "lanes" has a matrix unit with 16 lanes k but no fan-out of n = 16 with reuse = [output]}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {}
