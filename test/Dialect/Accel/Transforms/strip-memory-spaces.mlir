// RUN: accel-opt %s --accel-strip-memory-spaces | FileCheck %s

// CHECK-LABEL: func @strip
// CHECK-SAME: (%{{.*}}: memref<4xi8>, %{{.*}}: memref<4xi8, 3>)
// CHECK-NEXT: memref.alloc() : memref<4xi8>
// CHECK-NEXT: memref.copy {{.*}} : memref<4xi8> to memref<4xi8>
// CHECK-NOT: #accel.mem
func.func @strip(%a: memref<4xi8, #accel.mem<"INP">>, %other: memref<4xi8, 3>) {
  %b = memref.alloc() : memref<4xi8, #accel.mem<"ACC">>
  memref.copy %a, %b : memref<4xi8, #accel.mem<"INP">> to memref<4xi8, #accel.mem<"ACC">>
  return
}
