#t = #accel.target<"t", [#accel.memory<"M", keep = [not_in "N"]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {}
