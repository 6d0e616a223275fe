// Gemmini (Genc et al., DAC 2021) as DOSA models it (Hong et al., MICRO 2023):
// a 16x16 weight-stationary array, 128 KiB scratchpad for inputs and weights, 16
// accumulators of 512 words of 32 bits. Energies per word: DRAM 100 pJ,
// scratchpad 0.49 + 0.02513 pJ per KiB, accumulator 1.94 + 0.1005 pJ per KiB of
// one column, register 0.48746 pJ, multiply-accumulate 0.5608 pJ. One cycle is
// 1 ns: DRAM moves 8 words a cycle, the scratchpad 32, an accumulator 2. Reading
// a tile in order to write it back is not charged, as Timeloop counts.
#gemmini = #accel.target<"gemmini", [
  #accel.memory<"DRAM", keep = [external], may_keep = [all],
                read_j_per_bit = 1.25e-11, write_j_per_bit = 1.25e-11,
                read_bits_per_s = 6.4e10, write_bits_per_s = 6.4e10,
                charges_evictions = false>,
  #accel.memory<"Scratchpad", keep = [input, weight], size_bits = 1048576.0,
                read_j_per_bit = 4.6333e-13, write_j_per_bit = 4.6333e-13,
                read_bits_per_s = 2.56e11, write_bits_per_s = 2.56e11,
                charges_evictions = false>,
  #accel.fanout<"columns", n = 16, reuse = [input]>,
  #accel.memory<"Accumulator", keep = [output], size_bits = 16384.0,
                bits_output = 32.0,
                read_j_per_bit = 6.690625e-14, write_j_per_bit = 6.690625e-14,
                read_bits_per_s = 6.4e10, write_bits_per_s = 6.4e10,
                accumulates = false, charges_evictions = false>,
  #accel.fanout<"rows", n = 16, reuse = [output]>,
  #accel.memory<"Register", keep = [weight], size_values = 1.0,
                read_j_per_bit = 6.0932715e-14, write_j_per_bit = 6.0932715e-14,
                charges_evictions = false>,
  #accel.compute<"MAC", j_per_op = 5.608e-13, ops_per_s = 1.0e9>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #gemmini>>} {}
