// VTA (Moreau et al., IEEE Micro 2019), default geometry 1x16x16 at 100 MHz:
// 32 KiB of inputs, 256 KiB of weights, 128 KiB of 32-bit accumulators, 8 bytes a
// cycle from memory and 8 to it, where each element of 16 bytes costs a cycle more
// (so 128 bits in 3 cycles). Each buffer holds two tiles, one in use while the
// other is filled or stored. The matrix unit multiplies a 1x16 input by a
// 16x16 weight block each cycle (256 lanes); the vector unit works on 16
// accumulators each cycle. What leaves the accumulators goes to memory, so
// intermediates are exchanged on chip only along chains of the vector unit.
// A result of the vector unit that leaves the chip is computed in place.
// Accumulators cannot be stored in full width, so the matrix unit's results stay on
// chip. Loads fill whole tiles, so windows do not slide.
//
// Energies after Horowitz, "Computing's energy problem", ISSCC 2014 (45 nm):
// DRAM 1.3 nJ per 64 bits; SRAM of 32 KiB 20 pJ and of 1 MiB 100 pJ per 64 bits,
// between them by the power law through both (38 pJ at 128 KiB, 52.5 pJ at
// 256 KiB); 8-bit multiply 0.2 pJ, 32-bit add 0.1 pJ.
#vta = #accel.target<"vta", [
  #accel.memory<"MainMemory", keep = [external],
                may_keep = [input, weight, all for "ALU"],
                read_j_per_bit = 2.03e-11, write_j_per_bit = 2.03e-11,
                read_bits_per_s = 6.4e9, write_bits_per_s = 4.267e9,
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
