// RUN: accel-opt %s | FileCheck %s
// RUN: accel-opt %s | accel-opt | FileCheck %s
// RUN: accel-opt %s -emit-bytecode | accel-opt | FileCheck %s

// Real numbers print with the fewest digits that read back to the same f64.

// CHECK-LABEL: @fewest_digits
// CHECK-SAME: a = #accel.cost<energy_j = 0.1, latency_s = 0.30000000000000004, ops = 1.0>
func.func private @fewest_digits() attributes {
  a = #accel.cost<energy_j = 0.1000000000000000055511151231257827,
                  latency_s = 0.3000000000000000444, ops = 1.0>}

// Neighbouring f64: 1, the next one above, and the largest integer step.
// CHECK-LABEL: @neighbours
// CHECK-SAME: a = #accel.cost<energy_j = 1.0000000000000002, latency_s = 9007199254740991.0, ops = 9007199254740992.0>
func.func private @neighbours() attributes {
  a = #accel.cost<energy_j = 1.0000000000000002, latency_s = 9007199254740991.0,
                  ops = 9007199254740992.0>}

// CHECK-LABEL: @extremes
// CHECK-SAME: a = #accel.cost<energy_j = 1.7976931348623157e+308, latency_s = 2.2250738585072014e-308, ops = 5.0e-324>
func.func private @extremes() attributes {
  a = #accel.cost<energy_j = 1.7976931348623157e+308,
                  latency_s = 2.2250738585072014e-308, ops = 4.9406564584124654e-324>}

// CHECK-LABEL: @infinity
// CHECK-SAME: a = #accel.cost<energy_j = inf, latency_s = 0.0, ops = 1.0e+22>
func.func private @infinity() attributes {
  a = #accel.cost<energy_j = inf, latency_s = 0.0, ops = 1.0e22>}

// CHECK-LABEL: @integers_are_reals
// CHECK-SAME: a = #accel.memory<"M", size_bits = 32768.0>
func.func private @integers_are_reals() attributes {
  a = #accel.memory<"M", size_bits = 32768>}
