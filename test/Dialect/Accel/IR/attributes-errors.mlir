// RUN: accel-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{memory needs a name that is not empty}}
#a = #accel.memory<"">

// -----

// expected-error @below {{field 'size_bits' of "M" is 0.0 but must be greater than 0}}
#a = #accel.memory<"M", size_bits = 0>

// -----

// expected-error @below {{field 'size_values' of "M" is -1.0 but must be greater than 0}}
#a = #accel.memory<"M", size_values = -1>

// -----

// expected-error @below {{field 'read_j_per_bit' of "M" is -1.0e-12 but must be at least 0}}
#a = #accel.memory<"M", read_j_per_bit = -1.0e-12>

// -----

// expected-error @below {{field 'write_j_per_bit' of "M" is -1.0 but must be at least 0}}
#a = #accel.memory<"M", write_j_per_bit = -1.0>

// -----

// expected-error @below {{field 'read_bits_per_s' of "M" is 0.0 but must be greater than 0}}
#a = #accel.memory<"M", read_bits_per_s = 0.0>

// -----

// expected-error @below {{field 'write_bits_per_s' of "M" is -inf but must be greater than 0}}
#a = #accel.memory<"M", write_bits_per_s = -inf>

// -----

// expected-error @below {{field 'leak_w' of "M" is -0.5 but must be at least 0}}
#a = #accel.memory<"M", leak_w = -0.5>

// -----

// expected-error @below {{field 'bits_scale_input' of "M" is 0.0 but must be greater than 0}}
#a = #accel.memory<"M", bits_scale_input = 0.0>

// -----

// expected-error @below {{field 'bits_scale_weight' of "M" is 0.0 but must be greater than 0}}
#a = #accel.memory<"M", bits_scale_weight = 0.0>

// -----

// expected-error @below {{field 'bits_scale_output' of "M" is 0.0 but must be greater than 0}}
#a = #accel.memory<"M", bits_scale_output = 0.0>

// -----

// expected-error @below {{field 'bits_input' of "M" is -8.0 but must be at least 0}}
#a = #accel.memory<"M", bits_input = -8.0>

// -----

// expected-error @below {{field 'bits_weight' of "M" is -8.0 but must be at least 0}}
#a = #accel.memory<"M", bits_weight = -8.0>

// -----

// expected-error @below {{field 'bits_output' of "M" is -8.0 but must be at least 0}}
#a = #accel.memory<"M", bits_output = -8.0>

// -----

// expected-error @below {{field 'buffering' of "M" is 0 but must be at least 1}}
#a = #accel.memory<"M", buffering = 0>

// -----

// expected-error @below {{fan-out needs a name that is not empty}}
#a = #accel.fanout<"", n = 2>

// -----

// expected-error @below {{field 'n' of "f" is 0 but must be at least 1}}
#a = #accel.fanout<"f", n = 0>

// -----

// expected-error @below {{field 'may_reuse' of "f" has 'external' but takes 'input', 'weight', 'output' and 'all' only}}
#a = #accel.fanout<"f", n = 2, may_reuse = [input, external]>

// -----

// expected-error @below {{field 'reuse' of "f" has 'not_in' but takes 'input', 'weight', 'output' and 'all' only}}
#a = #accel.fanout<"f", n = 2, reuse = [not_in "M"]>

// -----

// expected-error @below {{field 'reuse' of "f" has 'input' but takes 'input', 'weight', 'output' and 'all' only}}
#a = #accel.fanout<"f", n = 2, reuse = [input for "MAC"]>

// -----

// expected-error @below {{field 'min_usage' of "f" is 1.5 but must be from 0 to 1}}
#a = #accel.fanout<"f", n = 2, min_usage = 1.5>

// -----

// expected-error @below {{compute unit needs a name that is not empty}}
#a = #accel.compute<"">

// -----

// expected-error @below {{field 'tensors' of "MAC" is -1 but must be at least 0}}
#a = #accel.compute<"MAC", tensors = -1>

// -----

// expected-error @below {{field 'j_per_op' of "MAC" is -1.0 but must be at least 0}}
#a = #accel.compute<"MAC", j_per_op = -1.0>

// -----

// expected-error @below {{field 'ops_per_s' of "MAC" is 0.0 but must be greater than 0}}
#a = #accel.compute<"MAC", ops_per_s = 0.0>

// -----

// expected-error @below {{field 'leak_w' of "MAC" is -1.0 but must be at least 0}}
#a = #accel.compute<"MAC", leak_w = -1.0>

// -----

// expected-error @below {{field 'matrix' of "MAC" is array<i64: 16, 16> but must be three positive numbers: BATCH, BLOCK_IN, BLOCK_OUT}}
#a = #accel.compute<"MAC", matrix = [16, 16]>

// -----

// expected-error @below {{field 'matrix' of "MAC" is array<i64: 1, 0, 16> but must be three positive numbers}}
#a = #accel.compute<"MAC", matrix = [1, 0, 16]>

// -----

// expected-error @below {{target needs a name that is not empty}}
#a = #accel.target<"", [#accel.memory<"M">, #accel.compute<"MAC">]>

// -----

// expected-error @below {{target "t" must begin with an #accel.memory, the outermost}}
#a = #accel.target<"t", [#accel.compute<"MAC">]>

// -----

// expected-error @below {{target "t" has level "M" but takes #accel.memory, #accel.fanout and #accel.compute only}}
#a = #accel.target<"t", [#accel.memory<"M">, "M", #accel.compute<"MAC">]>

// -----

// expected-error @below {{target "t" has two levels named "M"}}
#a = #accel.target<"t", [#accel.memory<"M">, #accel.fanout<"M", n = 2>, #accel.compute<"MAC">]>

// -----

// expected-error @below {{target "t" must end with an #accel.compute, found "R"}}
#a = #accel.target<"t", [#accel.memory<"M">, #accel.compute<"MAC">, #accel.memory<"R">]>

// -----

// expected-error @below {{memory "R" refers to "L" which is no level of target "t"}}
#a = #accel.target<"t", [#accel.memory<"M">, #accel.memory<"R", keep = [not_in "L"]>, #accel.compute<"MAC">]>

// -----

// expected-error @below {{memory "R" refers to "ALU" which is no level of target "t"}}
#a = #accel.target<"t", [#accel.memory<"M">, #accel.memory<"R", may_keep = [all for "ALU"]>, #accel.compute<"MAC">]>

// -----

// expected-error @below {{memory space needs a name that is not empty}}
#a = #accel.mem<"">

// -----

// expected-error @below {{mapping must end with a compute unit}}
#a = #accel.mapping<[], shared = 0>

// -----

// expected-error @below {{mapping must end with a compute unit}}
#a = #accel.mapping<[for 0 by 1], shared = 0>

// -----

// expected-error @below {{mapping has compute unit "A" before its end}}
#a = #accel.mapping<[compute "A", compute "B"], shared = 0>

// -----

// expected-error @below {{keep in "M" names no operand}}
#a = #accel.mapping<[keep [] in "M", compute "A"], shared = 0>

// -----

// expected-error @below {{keep in "M" has operands array<i64: -1> but they must be different and not negative}}
#a = #accel.mapping<[keep [-1] in "M", compute "A"], shared = 0>

// -----

// expected-error @below {{keep in "M" has operands array<i64: 1, 0, 1> but they must be different and not negative}}
#a = #accel.mapping<[keep [1, 0, 1] in "M", compute "A"], shared = 0>

// -----

// expected-error @below {{loop over rank -1 by 4 needs a rank that is not negative and a positive tile}}
#a = #accel.mapping<[for -1 by 4, compute "A"], shared = 0>

// -----

// expected-error @below {{loop over rank 0 by 0 needs a rank that is not negative and a positive tile}}
#a = #accel.mapping<[par 0 by 0 over "f", compute "A"], shared = 0>

// -----

// expected-error @below {{mapping shares 2 loops with the op before but has 1}}
#a = #accel.mapping<[for 0 by 1, compute "A"], shared = 2>

// -----

// expected-error @below {{mapping shares -1 loops with the op before but has 1}}
#a = #accel.mapping<[for 0 by 1, compute "A"], shared = -1>

// -----

// expected-error @below {{field 'energy_j' of a cost is -1.0 but must be at least 0}}
#a = #accel.cost<energy_j = -1.0, latency_s = 0.0, ops = 0.0>

// -----

// expected-error @below {{field 'latency_s' of a cost is -1.0 but must be at least 0}}
#a = #accel.cost<energy_j = 0.0, latency_s = -1.0, ops = 0.0>

// -----

// expected-error @below {{field 'ops' of a cost is -inf but must be at least 0}}
#a = #accel.cost<energy_j = 0.0, latency_s = 0.0, ops = -inf>

// -----

// expected-error @below {{field 'read_start_s' of "M" is -1.0 but must be at least 0}}
#a = #accel.memory<"M", read_start_s = -1.0>

// -----

// expected-error @below {{field 'init_ops' of "MAC" is -1.0 but must be at least 0}}
#a = #accel.compute<"MAC", init_ops = -1.0>

// -----

// expected-error @below {{field 'start_s' of "MAC" is -1.0 but must be at least 0}}
#a = #accel.compute<"MAC", start_s = -1.0>

// -----

// expected-error @below {{field 'ops_per_constant_op' of "MAC" is -1.0 but must be at least 0}}
#a = #accel.compute<"MAC", ops_per_constant_op = -1.0>

// -----

// expected-error @below {{field 'ops_per_tensor_op' of "MAC" is -1.0 but must be at least 0}}
#a = #accel.compute<"MAC", ops_per_tensor_op = -1.0>
