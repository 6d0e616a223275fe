// RUN: %python %S/run-equal.py %s

// One head of attention after the other: scores, softmax and weighted sum of
// some rows at a time, with everything between them on chip. The row maxima and
// sums live as long as the rows; the scores are read three times.

#target = #accel.target<"test", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all]>,
  #accel.memory<"GlobalBuffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"LocalBuffer", may_keep = [all]>,
  #accel.fanout<"columns", n = 16>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>

#qk_q = affine_map<(h, m, n, d) -> (h, m, d)>
#qk_k = affine_map<(h, m, n, d) -> (h, n, d)>
#qk_s = affine_map<(h, m, n, d) -> (h, m, n)>
#full = affine_map<(h, m, n) -> (h, m, n)>
#row = affine_map<(h, m, n) -> (h, m)>

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {

func.func @attention(%q: tensor<2x8x4xf32>, %k: tensor<2x8x4xf32>, %v: tensor<2x8x4xf32>) -> tensor<2x8x4xf32> {
  %zero = arith.constant 0.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %e3 = tensor.empty() : tensor<2x8x8xf32>
  %e2 = tensor.empty() : tensor<2x8xf32>
  %eo = tensor.empty() : tensor<2x8x4xf32>
  %i3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
  %imax = linalg.fill ins(%least : f32) outs(%e2 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %isum = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %io = linalg.fill ins(%zero : f32) outs(%eo : tensor<2x8x4xf32>) -> tensor<2x8x4xf32>
  %0 = accel.group {
    %s = linalg.generic {indexing_maps = [#qk_q, #qk_k, #qk_s], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
        ins(%q, %k : tensor<2x8x4xf32>, tensor<2x8x4xf32>) outs(%i3 : tensor<2x8x8xf32>)
        attrs = {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", for 0 by 1, keep [1] in "GlobalBuffer",
          for 1 by 2, keep [2] in "GlobalBuffer", keep [0] in "LocalBuffer", for 3 by 2, keep [2] in "LocalBuffer",
          par 2 by 1 over "columns", keep [1] in "Register", compute "MAC"], shared = 0>} {
    ^bb0(%x: f32, %y: f32, %o: f32):
      %1 = arith.mulf %x, %y : f32
      %2 = arith.addf %o, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<2x8x8xf32>
    %m = linalg.generic {indexing_maps = [#full, #row], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%s : tensor<2x8x8xf32>) outs(%imax : tensor<2x8xf32>)
        attrs = {accel.mapping = #accel.mapping<[for 0 by 1, for 1 by 2, keep [0, 1] in "GlobalBuffer", for 2 by 4,
          keep [0] in "LocalBuffer", compute "MAC"], shared = 2>} {
    ^bb0(%x: f32, %o: f32):
      %1 = arith.maximumf %x, %o : f32
      linalg.yield %1 : f32
    } -> tensor<2x8xf32>
    %p = linalg.generic {indexing_maps = [#full, #row, #full], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%s, %m : tensor<2x8x8xf32>, tensor<2x8xf32>) outs(%e3 : tensor<2x8x8xf32>)
        attrs = {accel.mapping = #accel.mapping<[for 0 by 1, for 1 by 2, keep [0, 1, 2] in "GlobalBuffer", for 1 by 1,
          keep [2] in "LocalBuffer", compute "MAC"], shared = 2>} {
    ^bb0(%x: f32, %y: f32, %o: f32):
      %1 = arith.subf %x, %y : f32
      %2 = math.exp %1 : f32
      linalg.yield %2 : f32
    } -> tensor<2x8x8xf32>
    %n = linalg.generic {indexing_maps = [#full, #row], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%p : tensor<2x8x8xf32>) outs(%isum : tensor<2x8xf32>)
        attrs = {accel.mapping = #accel.mapping<[for 0 by 1, for 1 by 2, keep [0, 1] in "GlobalBuffer", compute "MAC"], shared = 2>} {
    ^bb0(%x: f32, %o: f32):
      %1 = arith.addf %x, %o : f32
      linalg.yield %1 : f32
    } -> tensor<2x8xf32>
    %a = linalg.generic {indexing_maps = [#full, #row, #full], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%p, %n : tensor<2x8x8xf32>, tensor<2x8xf32>) outs(%e3 : tensor<2x8x8xf32>)
        attrs = {accel.mapping = #accel.mapping<[for 0 by 1, for 1 by 2, keep [0, 1, 2] in "GlobalBuffer", compute "MAC"], shared = 2>} {
    ^bb0(%x: f32, %y: f32, %o: f32):
      %1 = arith.divf %x, %y : f32
      linalg.yield %1 : f32
    } -> tensor<2x8x8xf32>
    %r = linalg.batch_matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", for 0 by 1, keep [1] in "GlobalBuffer",
          for 1 by 2, keep [0] in "GlobalBuffer", keep [2] in "GlobalBuffer", for 3 by 4, compute "MAC"], shared = 2>}
        ins(%a, %v : tensor<2x8x8xf32>, tensor<2x8x4xf32>) outs(%io : tensor<2x8x4xf32>) -> tensor<2x8x4xf32>
    accel.yield %r : tensor<2x8x4xf32>
  } -> tensor<2x8x4xf32>
  return %0 : tensor<2x8x4xf32>
}
}
