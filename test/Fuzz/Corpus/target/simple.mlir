#simple = #accel.target<"simple", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"], may_keep = [all],
                read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #simple>>} {}
