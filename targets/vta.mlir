// VTA (Moreau et al., IEEE Micro 2019), default geometry 1x16x16 at 100 MHz:
// 32 KiB of inputs, 256 KiB of weights, 128 KiB of 32-bit accumulators, 8 bytes a
// cycle from memory and 8 to it. Each buffer holds two tiles, one in use while the
// other is filled or stored. The matrix unit multiplies a 1x16 input by a
// 16x16 weight block each cycle (256 lanes); the vector unit works on 16
// accumulators each cycle.
//
// Timing of the hardware sources since 2021 (accel-sim's preset `pipelined`): 24
// cycles before the first data of a load; a cycle lost per element of 16 bytes
// that is stored, so 16 bytes in 3 cycles; 8 cycles to start an instruction; a
// cycle to clear an accumulator; 2 cycles for an ALU operation on two
// accumulators, 1 with a constant. Addresses have 32 bits.
//
// What leaves the accumulators goes to memory, so
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
                size_bits = 3.4359738368e10,
                read_j_per_bit = 2.03e-11, write_j_per_bit = 2.03e-11,
                read_bits_per_s = 6.4e9, write_bits_per_s = 4.266666666666667e9,
                ports = separate, exposes_ends = true, read_start_s = 2.4e-7>,
  #accel.memory<"ACC", keep = [output for "GEMM", input for "ALU", weight for "ALU"],
                may_keep = [output for "ALU"],
                size_bits = 1048576.0, slides = false, accumulates = false,
                buffering = 2,
                bits_input = 32.0, bits_weight = 32.0, bits_output = 32.0,
                read_j_per_bit = 5.94e-13, write_j_per_bit = 5.94e-13>,
  #accel.compute<"ALU", takes = vector, j_per_op = 1.0e-13,
                 ops_per_s = 1.6e9, start_s = 8.0e-8,
                 ops_per_constant_op = 1.0, ops_per_tensor_op = 2.0>,
  #accel.memory<"INP", keep = [input], size_bits = 262144.0, slides = false,
                pads = true, buffering = 2,
                read_j_per_bit = 3.125e-13, write_j_per_bit = 3.125e-13>,
  #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0, slides = false,
                buffering = 2,
                read_j_per_bit = 8.2e-13, write_j_per_bit = 8.2e-13>,
  #accel.fanout<"lane_batch", n = 1, reuse = [weight]>,
  #accel.fanout<"lane_out", n = 16, reuse = [input]>,
  #accel.fanout<"lane_in", n = 16, reuse = [output]>,
  #accel.compute<"GEMM", takes = contraction, j_per_op = 3.0e-13,
                 ops_per_s = 1.0e8, start_s = 8.0e-8, init_ops = 1.0,
                 matrix = [1, 16, 16]>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {}
