// NVDLA as AccelForge evaluates it (arXiv 2602.15166): 64 KiB convolution
// buffer with separate ports that all data passes, 32x192 weight-stationary
// multipliers at 1 GHz.
#nvdla = #accel.target<"nvdla", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 7.03e-12, write_j_per_bit = 7.03e-12,
                read_bits_per_s = 3.072e11, write_bits_per_s = 3.072e11>,
  #accel.memory<"GlobalBuffer", keep = [all], size_bits = 524288.0,
                read_j_per_bit = 2.49e-13, write_j_per_bit = 2.93e-13,
                read_bits_per_s = 4.096e12, write_bits_per_s = 1.024e12,
                ports = separate>,
  #accel.fanout<"reuse_input", n = 32, reuse = [input], min_usage = 1.0>,
  #accel.fanout<"reuse_output", n = 192, reuse = [output], min_usage = 1.0>,
  #accel.memory<"Register", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 8.4e-14, ops_per_s = 1.0e9>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #nvdla>>} {}
