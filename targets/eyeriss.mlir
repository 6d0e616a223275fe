// Eyeriss (Chen et al., ISCA 2016) as AccelForge evaluates it
// (arXiv 2602.15166): 128 KiB global buffer that moves 32 words of 64 bits per
// cycle of 200 MHz, and 14x12 processing elements with a scratchpad for each
// operand. The buffer's energies are 90.56 pJ to read and 91.22 pJ to write
// 64 bits.
#eyeriss = #accel.target<"eyeriss", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 8.0e-12, write_j_per_bit = 8.0e-12,
                read_bits_per_s = 3355443200.0,
                write_bits_per_s = 3355443200.0>,
  #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"], may_keep = [all],
                size_bits = 1048576.0,
                read_j_per_bit = 1.4150672342178537e-12,
                write_j_per_bit = 1.4253667094380413e-12,
                read_bits_per_s = 4.096e11, write_bits_per_s = 4.096e11,
                leak_w = 0.00025508039081958506>,
  #accel.fanout<"reuse_weight", n = 14, reuse = [weight], min_usage = 1.0>,
  #accel.fanout<"reuse_output", n = 12, reuse = [output], min_usage = 1.0>,
  #accel.memory<"InputScratchpad", keep = [input], size_bits = 192.0,
                read_j_per_bit = 2.2733893884485344e-14,
                write_j_per_bit = 3.1554801000964905e-14,
                read_bits_per_s = 9846153846.153845,
                write_bits_per_s = 9846153846.153845,
                leak_w = 4.3815839033400895e-07>,
  #accel.memory<"WeightScratchpad", keep = [weight], size_bits = 3072.0,
                read_j_per_bit = 4.0152965248454046e-14,
                write_j_per_bit = 6.235570339922515e-14,
                read_bits_per_s = 34461538461.53846,
                write_bits_per_s = 34461538461.53846,
                leak_w = 7.663684917510134e-07>,
  #accel.memory<"OutputScratchpad", keep = [output], size_bits = 256.0,
                read_j_per_bit = 2.6247402328781873e-14,
                write_j_per_bit = 3.728731056542402e-14,
                read_bits_per_s = 9846153846.153845,
                write_bits_per_s = 9846153846.153845,
                leak_w = 4.4143907783400897e-07>,
  #accel.compute<"MAC", j_per_op = 1.2813796807700769e-12, ops_per_s = 2.0e8,
                 leak_w = 8.851870775236185e-06>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #eyeriss>>} {}
