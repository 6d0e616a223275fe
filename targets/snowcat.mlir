// Only traffic to the main memory costs energy, nothing takes time: bounds on
// data movement with a large buffer, as in the architecture `snowcat` of
// AccelForge (after Orojenesis, ISCA 2024). Use objective=energy.
#snowcat = #accel.target<"snowcat", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.memory<"GlobalBuffer", keep = [all], size_bits = 1.0e15>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #snowcat>>} {}
