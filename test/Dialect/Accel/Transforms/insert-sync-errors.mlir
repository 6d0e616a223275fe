// RUN: accel-opt %s --accel-insert-sync --split-input-file --verify-diagnostics

!dram = memref<16x1x16xi8>
func.func @no_way(%x: !dram) {
  %inp = memref.alloc() : memref<16x1x16xi8, #accel.mem<"INP">>
  %acc = memref.alloc() : memref<16x1x16xi32, #accel.mem<"ACC">>
  %s = accel.store async %acc to %x base = 0 : memref<16x1x16xi32, #accel.mem<"ACC">> to !dram
  // expected-error @below {{waits for the store queue, which has no tokens for the load queue: an accel.wait has to be between them}}
  %l = accel.load async [%s] %x to %inp base = 0 : !dram to memref<16x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @unknown_token(%t: !accel.token) {
  %acc = memref.alloc() : memref<16x1x16xi32, #accel.mem<"ACC">>
  // expected-error @below {{waits for a token that no instruction before it in straight-line code gives}}
  %u = accel.alu async [%t] max outs(%acc) imm = 0 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [0] : memref<16x1x16xi32, #accel.mem<"ACC">>
  return
}
