// RUN: accel-opt %s --accel-print-einsums -split-input-file -verify-diagnostics

func.func @name_twice(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  // expected-note @below {{first op of that name}}
  %m = linalg.exp {accel.name = "exp"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  // expected-error @below {{accel.name "exp" stands twice, but names must be unique in a function}}
  %n = linalg.exp {accel.name = "exp"} ins(%m : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %n : tensor<8xf32>
}

// -----

// A default name may not be taken either.
func.func @default_name(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  // expected-note @below {{first op of that name}}
  %m = linalg.exp {accel.name = "default_name#1"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  // expected-error @below {{accel.name "default_name#1" stands twice}}
  %n = linalg.exp ins(%m : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %n : tensor<8xf32>
}

// -----

// The same name in another function is another name.
func.func @f(%a: tensor<8xf32>) -> tensor<8xf32> {
  %m = linalg.exp {accel.name = "exp"} ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %m : tensor<8xf32>
}
func.func @g(%a: tensor<8xf32>) -> tensor<8xf32> {
  %m = linalg.exp {accel.name = "exp"} ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %m : tensor<8xf32>
}
