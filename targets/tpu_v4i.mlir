// Google TPU v4i (Jouppi et al., ISCA 2021) as AccelForge evaluates it
// (arXiv 2602.15166): 128 MiB of CMEM as GlobalBuffer with separate read and
// write ports, four cores with 4 MiB each, a scalar unit for ops of two tensors
// and a 128x128 weight-stationary array of 1.05 GHz for ops of three.
#tpu_v4i = #accel.target<"tpu_v4i", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 7.03e-12, write_j_per_bit = 7.03e-12,
                read_bits_per_s = 4.912e12, write_bits_per_s = 4.912e12>,
  #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"], may_keep = [all],
                size_bits = 1073741824.0,
                read_j_per_bit = 1.88e-12, write_j_per_bit = 2.36e-12,
                read_bits_per_s = 1.6384e13, write_bits_per_s = 8.192e12,
                ports = separate>,
  #accel.fanout<"Z", n = 4, may_reuse = [], min_usage = 1.0>,
  #accel.memory<"LocalBuffer", keep = [input, output], size_bits = 33554432.0,
                read_j_per_bit = 2.49e-13, write_j_per_bit = 2.93e-13>,
  #accel.compute<"ScalarUnit", tensors = 2, ops_per_s = 1.344e11>,
  #accel.fanout<"reuse_input", n = 128, reuse = [input], min_usage = 1.0>,
  #accel.fanout<"reuse_output", n = 128, reuse = [output], min_usage = 1.0>,
  #accel.memory<"Register", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", tensors = 3, j_per_op = 8.4e-14, ops_per_s = 1.05e9>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #tpu_v4i>>} {}
