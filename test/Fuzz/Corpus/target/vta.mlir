#vta = #accel.target<"vta", [
  #accel.memory<"MainMemory", keep = [external],
                may_keep = [input, weight, all for "ALU"],
                read_j_per_bit = 2.03e-11, write_j_per_bit = 2.03e-11,
                read_bits_per_s = 6.4e9, write_bits_per_s = 6.4e9,
                ports = separate>,
  #accel.memory<"ACC", keep = [output for "GEMM", input for "ALU", weight for "ALU"],
                may_keep = [output for "ALU"], buffering = 2,
                size_bits = 1048576.0, slides = false, accumulates = false,
                bits_input = 32.0, bits_weight = 32.0, bits_output = 32.0,
                read_j_per_bit = 5.94e-13, write_j_per_bit = 5.94e-13>,
  #accel.compute<"ALU", takes = elementwise, j_per_op = 1.0e-13,
                 ops_per_s = 1.6e9>,
  #accel.memory<"INP", keep = [input], buffering = 2, size_bits = 262144.0, slides = false,
                read_j_per_bit = 3.125e-13, write_j_per_bit = 3.125e-13>,
  #accel.memory<"WGT", keep = [weight], buffering = 2, size_bits = 2097152.0, slides = false,
                read_j_per_bit = 8.2e-13, write_j_per_bit = 8.2e-13>,
  #accel.fanout<"lane_batch", n = 1, reuse = [weight]>,
  #accel.fanout<"lane_out", n = 16, reuse = [input]>,
  #accel.fanout<"lane_in", n = 16, reuse = [output]>,
  #accel.compute<"GEMM", takes = contraction, j_per_op = 3.0e-13,
                 ops_per_s = 1.0e8, matrix = [1, 16, 16]>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {}
