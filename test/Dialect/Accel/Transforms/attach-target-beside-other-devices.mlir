// RUN: accel-opt %s --accel-attach-target=target=simple | FileCheck %s

// Other devices, and other entries of the device, stay.
// CHECK: "CPU" = #dlti.target_device_spec<"L1_cache_size" = 4096 : i32>
// CHECK-SAME: "NPU" = #dlti.target_device_spec<"clock" = 100 : i32, "accel.target" = #accel.target<"simple"
// CHECK-NOT: #accel.target<"old"
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "CPU" = #dlti.target_device_spec<"L1_cache_size" = 4096 : i32>,
  "NPU" = #dlti.target_device_spec<"clock" = 100 : i32,
    "accel.target" = #accel.target<"old", [#accel.memory<"M">, #accel.compute<"C">]>>>} {}
