// `simple` with four buffers side by side: for questions about spatial fused
// loops. Only the main memory costs energy (architecture `at_glb` of
// AccelForge, arXiv 2602.15166).
#simple_fanout = #accel.target<"simple_fanout", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.fanout<"X", n = 4>,
  #accel.memory<"GlobalBuffer", keep = [all]>,
  #accel.compute<"MAC", ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #simple_fanout>>} {}
