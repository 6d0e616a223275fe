// Simba (Shao et al., MICRO 2019), one chiplet, as AccelForge evaluates it
// (arXiv 2602.15166): 16 elements, each with its own input, weight and
// accumulation buffers and 8x8 multipliers; sums are three times as wide as
// results.
#simba = #accel.target<"simba", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 8.0e-12, write_j_per_bit = 8.0e-12,
                read_bits_per_s = 3355443200.0,
                write_bits_per_s = 3355443200.0>,
  #accel.memory<"GlobalBuffer", keep = [input, output], size_bits = 524288.0,
                read_j_per_bit = 8.294876234356374e-14,
                write_j_per_bit = 9.034393027274906e-14,
                read_bits_per_s = 1812499999999.9998,
                write_bits_per_s = 1812499999999.9998,
                leak_w = 9.50865964351506e-06>,
  #accel.fanout<"reuse_all", n = 16, min_usage = 1.0>,
  #accel.memory<"InputBuffer", keep = [input], size_bits = 65536.0,
                read_j_per_bit = 9.645592307867024e-15,
                write_j_per_bit = 2.0688423349341654e-14,
                read_bits_per_s = 639999999999.9999,
                write_bits_per_s = 639999999999.9999,
                leak_w = 1.2069544874830208e-06>,
  #accel.memory<"WeightBuffer", keep = [weight], size_bits = 262144.0,
                read_j_per_bit = 6.681971929354662e-14,
                write_j_per_bit = 6.873086384000309e-14,
                read_bits_per_s = 1279999999999.9998,
                write_bits_per_s = 1279999999999.9998,
                leak_w = 1.2611510646849734e-05>,
  #accel.memory<"AccumulationBuffer", keep = [output], size_bits = 24576.0,
                bits_scale_output = 3.0,
                read_j_per_bit = 7.074774077633321e-15,
                write_j_per_bit = 1.3827004365611064e-14,
                read_bits_per_s = 392499999999.9999,
                write_bits_per_s = 392499999999.9999,
                leak_w = 6.034779422382222e-07>,
  #accel.fanout<"reuse_output", n = 8, reuse = [output], min_usage = 1.0>,
  #accel.fanout<"reuse_input", n = 8, reuse = [input], min_usage = 1.0>,
  #accel.memory<"Register", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 1.7924412301183831e-13,
                 ops_per_s = 2499999999.9999995,
                 leak_w = 1.2382323818087997e-06>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #simba>>} {}
