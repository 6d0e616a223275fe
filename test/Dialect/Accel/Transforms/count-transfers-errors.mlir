// RUN: accel-opt %s --accel-count-transfers --split-input-file --verify-diagnostics

// expected-error @below {{has no target}}
module {
func.func @f() {
  return
}
}

// -----

#target = #accel.target<"test", [#accel.memory<"Main", keep = [external], may_keep = [all]>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @f() {
  // expected-error @below {{is in level "Other" which target "test" does not have}}
  %a = memref.alloc() {accel.tile = #accel.tile<hold "A" for "T" as input>} : memref<4xi32, #accel.mem<"Other">>
  return
}
}

// -----

#target = #accel.target<"test", [#accel.memory<"Main", keep = [external], may_keep = [all]>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @f(%a: memref<4xi32>) {
  // expected-error @below {{has accel.tile and 1 buffers, but only copies from one buffer to another have it}}
  memref.dealloc %a {accel.tile = #accel.tile<fill "A" for "T" as input>} : memref<4xi32>
  return
}
}

// -----

#target = #accel.target<"test", [#accel.memory<"Main", keep = [external], may_keep = [all]>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
// expected-error @below {{symbol "accel_counts" is taken but the counters need it}}
func.func @accel_counts() {
  return
}
}
