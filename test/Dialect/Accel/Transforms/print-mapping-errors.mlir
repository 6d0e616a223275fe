// RUN: accel-opt %s --accel-print-mapping -split-input-file -verify-diagnostics

// expected-error @below {{module has no target: attach one with accel-attach-target or the option target=}}
func.func @no_target(%a: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.exp ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

#t = #accel.target<"toy", [#accel.memory<"Main", keep = [external], may_keep = [all]>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
// expected-error @below {{has ops without accel.mapping: run accel-map before accel-print-mapping}}
func.func @not_mapped(%a: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.exp ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}
}
