//===- ArchitectureTest.cpp
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Architecture.h"
#include "ErrorMatchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace accel;

namespace {

/// DRAM, a scalar unit beside a row of four buffers with a MAC each.
Architecture twoUnits() {
  Architecture arch;
  arch.name = "two";
  arch.addMemory("DRAM").keep = TensorSet::ofClass(TensorClass::External);
  std::get<MemoryLevel>(arch.nodes[0]).mayKeep = TensorSet::all();
  MemoryLevel &shared = arch.addMemory("Shared");
  shared.keep = TensorSet::notHeldIn("DRAM").onUnit("MAC") |
                TensorSet::all().onUnit("Scalar");
  shared.leakW = 1;
  ComputeUnit &scalar = arch.addUnit("Scalar");
  scalar.takesNumTensors = {2};
  arch.addFanout("Row", 4);
  MemoryLevel &local = arch.addMemory("Local");
  local.keep = TensorSet::role(Role::Weight);
  local.leakW = 2;
  arch.addUnit("MAC").takesKinds = {EinsumKind::Contraction};
  return arch;
}

EinsumGraph matmulThenRelu() {
  EinsumGraphBuilder b;
  b.tensor("A", {8, 4}).tensor("B", {4, 6}).tensor("C", {8, 6});
  b.tensor("D", {8, 6});
  b.einsum("MM", {{"m", 8}, {"k", 4}, {"n", 6}})
      .input("A", "m, k")
      .input("B", "k, n")
      .output("C", "m, n");
  b.einsum("Relu", {{"i", 8}, {"j", 6}}).input("C", "i, j").output("D", "i, j");
  return llvm::cantFail(b.take());
}

TEST(Architecture, PathOfAUnitSkipsOtherUnits) {
  Architecture arch = twoUnits();
  EXPECT_EQ(messageOf(arch.verify()), "success");
  EXPECT_TRUE(llvm::equal(arch.pathTo(2).nodes, std::vector<unsigned>{0, 1}));
  EXPECT_TRUE(
      llvm::equal(arch.pathTo(5).nodes, std::vector<unsigned>{0, 1, 3, 4}));
}

TEST(Architecture, UnitsTakeEinsumsBySizeAndKind) {
  Architecture arch = twoUnits();
  EinsumGraph graph = matmulThenRelu();
  EXPECT_EQ(graph.einsums[0].kind, EinsumKind::Contraction);
  EXPECT_EQ(graph.einsums[1].kind, EinsumKind::Elementwise);
  EXPECT_TRUE(
      llvm::equal(arch.unitsFor(graph.einsums[0]), std::vector<unsigned>{5}));
  EXPECT_TRUE(
      llvm::equal(arch.unitsFor(graph.einsums[1]), std::vector<unsigned>{2}));
}

TEST(Architecture, LeakageCountsAllInstances) {
  EXPECT_EQ(twoUnits().totalLeakW(), 1 + 4 * 2);
}

TEST(Architecture, HoldingFollowsRoleClassAndUnit) {
  Architecture arch = twoUnits();
  EinsumGraph graph = matmulThenRelu();
  const Einsum &mm = graph.einsums[0], &relu = graph.einsums[1];
  using Kind = Holding::Kind;
  EXPECT_EQ(arch.holding(0, 5, graph, mm, 0).kind, Kind::Required);
  EXPECT_EQ(arch.holding(0, 5, graph, mm, 2).kind, Kind::Optional);
  EXPECT_EQ(arch.holding(4, 5, graph, mm, 1).kind, Kind::Required);
  EXPECT_EQ(arch.holding(4, 5, graph, mm, 0).kind, Kind::Forbidden);
  Holding shared = arch.holding(1, 5, graph, mm, 2);
  EXPECT_EQ(shared.kind, Kind::Optional);
  ASSERT_EQ(shared.requiredUnlessHeldIn.size(), 1u);
  EXPECT_EQ(shared.requiredUnlessHeldIn[0], 0u);
  EXPECT_EQ(arch.holding(1, 2, graph, relu, 1).kind, Kind::Required);
}

TEST(Architecture, WidthsOverrideTheTensors) {
  MemoryLevel level;
  level.widths[unsigned(Role::Output)].bitsScale = 3;
  level.widths[unsigned(Role::Weight)].bitsPerValue = 4;
  Tensor tensor;
  tensor.bitsPerValue = 8;
  EXPECT_EQ(level.bitsPerValue(tensor, Role::Input), 8);
  EXPECT_EQ(level.bitsPerValue(tensor, Role::Weight), 4);
  EXPECT_EQ(level.bitsPerValue(tensor, Role::Output), 24);
}

TEST(Architecture, SetsSurviveTheirTextForm) {
  for (llvm::StringRef text :
       {"none", "all", "inputs|weights", "externals", "!DRAM",
        "outputs@GEMM|all@ALU", "intermediates|!DRAM@MAC"}) {
    auto set = parseTensorSet(text);
    ASSERT_TRUE(bool(set)) << llvm::toString(set.takeError());
    EXPECT_EQ(stringifyTensorSet(*set), text);
  }
  EXPECT_EQ(messageOf(parseTensorSet("inputs|foo")),
            "tensor set has \"foo\", expected none, all, inputs, weights, "
            "outputs, intermediates, externals or !<level>");
}

TEST(Architecture, SetFieldChangesOneNumber) {
  Architecture arch = twoUnits();
  EXPECT_EQ(messageOf(arch.setField("Shared.size_bits", "32768")), "success");
  EXPECT_EQ(arch.memory(1)->sizeBits, 32768);
  EXPECT_EQ(messageOf(arch.setField("Shared.size_bits", "inf")), "success");
  EXPECT_EQ(arch.memory(1)->sizeBits, kInf);
  EXPECT_EQ(messageOf(arch.setField("Shared.ports", "separate")), "success");
  EXPECT_EQ(arch.memory(1)->ports, Ports::Separate);
  EXPECT_EQ(messageOf(arch.setField("Row.n", "16")), "success");
  EXPECT_EQ(arch.fanout(3)->n, 16);
  EXPECT_EQ(messageOf(arch.setField("MAC.j_per_op", "1e-12")), "success");
  EXPECT_EQ(arch.unit(5)->jPerOp, 1e-12);
}

TEST(Architecture, SetFieldSaysWhatIsAllowed) {
  Architecture arch = twoUnits();
  EXPECT_EQ(messageOf(arch.setField("L2.size_bits", "1")),
            "target field \"L2.size_bits\" names \"L2\" but target \"two\" has "
            "DRAM, Shared, Scalar, Row, Local, MAC");
  EXPECT_EQ(messageOf(arch.setField("Row.size", "1")),
            "target field \"Row.size\" names \"size\" but \"Row\" has n, "
            "min_usage, may_reuse, reuse");
  EXPECT_EQ(messageOf(arch.setField("Row.n", "many")),
            "target field \"Row.n\" is \"many\", expected a positive integer");
  EXPECT_EQ(messageOf(arch.setField("Shared.read_j_per_bit", "one")),
            "target field \"Shared.read_j_per_bit\" is \"one\", expected a "
            "number or inf");
  EXPECT_EQ(messageOf(arch.setField("Shared.ports", "three")),
            "target field \"Shared.ports\" is \"three\", expected shared or "
            "separate");
}

TEST(Architecture, SetFieldLeavesNothingBehindOnFailure) {
  Architecture arch = twoUnits();
  EXPECT_EQ(messageOf(arch.setField("Shared.size_bits", "-1")),
            "size_bits of \"Shared\" is -1, expected at least 1");
  EXPECT_EQ(arch.memory(1)->sizeBits, kInf);
  EXPECT_EQ(messageOf(arch.setField("Shared.keep", "!Local")),
            "keep of level \"Shared\" names level \"Local\", expected a memory "
            "level above it");
  EXPECT_EQ(stringifyTensorSet(arch.memory(1)->keep), "!DRAM@MAC|all@Scalar");
}

TEST(Architecture, ContradictionsAreRefused) {
  auto broken = [](auto edit) {
    Architecture arch = twoUnits();
    edit(arch);
    return messageOf(arch.verify());
  };
  auto level = [](Architecture &a, unsigned i) -> MemoryLevel & {
    return std::get<MemoryLevel>(a.nodes[i]);
  };
  auto row = [](Architecture &a) -> Fanout & {
    return std::get<Fanout>(a.nodes[3]);
  };
  EXPECT_EQ(broken([](Architecture &a) { a.nodes.clear(); }),
            "target \"two\" does not begin with a memory level");
  EXPECT_EQ(broken([](Architecture &a) {
              a.nodes.resize(2);
              std::get<MemoryLevel>(a.nodes[1]).keep = TensorSet::all();
            }),
            "target \"two\" has no compute unit");
  EXPECT_EQ(broken([&](Architecture &a) { level(a, 1).name = "DRAM"; }),
            "node name \"DRAM\" stands twice, expected unique names");
  EXPECT_EQ(broken([&](Architecture &a) { level(a, 1).name = "a b"; }),
            "node name \"a b\" is empty or contains a separator");
  EXPECT_EQ(broken([&](Architecture &a) { level(a, 1).readBitsPerS = 0; }),
            "read_bits_per_s of \"Shared\" is 0, expected a positive number");
  EXPECT_EQ(broken([&](Architecture &a) { level(a, 1).readJPerBit = kInf; }),
            "read_j_per_bit of \"Shared\" is inf, expected a finite number "
            "that is not negative");
  EXPECT_EQ(broken([&](Architecture &a) { level(a, 1).buffering = 0; }),
            "buffering of \"Shared\" is 0, expected at least 1");
  EXPECT_EQ(broken([&](Architecture &a) { row(a).n = 0; }),
            "n of \"Row\" is 0, expected at least 1");
  EXPECT_EQ(broken([&](Architecture &a) { row(a).minUsage = 2; }),
            "min_usage of \"Row\" is 2, expected a share from 0 to 1");
  EXPECT_EQ(broken([&](Architecture &a) {
              row(a).reuse = RoleSet::of(Role::Input);
              row(a).mayReuse = RoleSet::of(Role::Output);
            }),
            "fan-out \"Row\" must reuse input tensors but may_reuse does not "
            "allow it");
  EXPECT_EQ(broken([&](Architecture &a) {
              level(a, 1).keep = TensorSet::all().onUnit("GPU");
            }),
            "keep of level \"Shared\" names compute unit \"GPU\", which the "
            "target does not have: below it are Scalar, MAC");
}

TEST(Architecture, LevelsMustBeReachedAndHoldSomething) {
  auto broken = [](auto edit) {
    Architecture arch = twoUnits();
    edit(arch);
    return messageOf(arch.verify());
  };
  auto level = [](Architecture &a, unsigned i) -> MemoryLevel & {
    return std::get<MemoryLevel>(a.nodes[i]);
  };
  EXPECT_EQ(broken([&](Architecture &a) {
              level(a, 0).keep = TensorSet();
              level(a, 0).mayKeep =
                  TensorSet::role(Role::Input) | TensorSet::all().onUnit("MAC");
            }),
            "outermost level \"DRAM\" may not hold the output tensors of "
            "\"Scalar\": keep is none and may_keep is inputs|all@MAC, expected "
            "external tensors among them");
  EXPECT_EQ(broken([&](Architecture &a) {
              level(a, 4).mayKeep = TensorSet::all().onUnit("Scalar");
            }),
            "may_keep of level \"Local\" names compute unit \"Scalar\", which "
            "stands above it and does not reach it");
  EXPECT_EQ(broken([&](Architecture &a) {
              level(a, 1).keep = TensorSet::role(Role::Weight).onUnit("Scalar");
            }),
            "keep of level \"Shared\" names weight tensors, but what "
            "\"Scalar\" takes has only input and output tensors");
  EXPECT_EQ(broken([&](Architecture &a) { a.addMemory("Below"); }),
            "level \"Below\" stands below every compute unit, expected one "
            "below it");
  EXPECT_EQ(broken([&](Architecture &a) { a.addFanout("Below", 2); }),
            "fan-out \"Below\" stands below every compute unit, expected one "
            "below it");
  EXPECT_EQ(broken([&](Architecture &a) { level(a, 1).sizeBits = 0.5; }),
            "size_bits of \"Shared\" is 0.5, expected at least 1");
  EXPECT_EQ(broken([&](Architecture &a) {
              level(a, 4).sizeValues = 1;
              level(a, 4).buffering = 2;
            }),
            "size_values of \"Local\" is 1, expected at least 2");
  EXPECT_EQ(broken([&](Architecture &a) {
              level(a, 4).widths[unsigned(Role::Output)] = {32, 2};
            }),
            "level \"Local\" has both bits_output and bits_scale_output, "
            "expected one of them");
}

TEST(Architecture, UnitsMustTakeOpsThatExist) {
  auto broken = [](unsigned tensors, EinsumKind kind, bool matrix = false) {
    Architecture arch = twoUnits();
    ComputeUnit &mac = std::get<ComputeUnit>(arch.nodes[5]);
    std::get<MemoryLevel>(arch.nodes[4]).keep = TensorSet::role(Role::Output);
    mac.takesKinds = {kind};
    if (tensors)
      mac.takesNumTensors = {tensors};
    if (matrix)
      mac.matrixUnit = MatrixUnit{1, 16, 16};
    return messageOf(arch.verify());
  };
  EXPECT_EQ(broken(3, EinsumKind::Contraction), "success");
  EXPECT_EQ(broken(2, EinsumKind::Contraction),
            "compute unit \"MAC\" takes a contraction of 2 tensors, but it has "
            "at least 3");
  EXPECT_EQ(broken(3, EinsumKind::Reduction),
            "compute unit \"MAC\" takes a reduction of 3 tensors, but it has "
            "2");
  EXPECT_EQ(broken(1, EinsumKind::Elementwise),
            "compute unit \"MAC\" takes ops of 1 tensors, expected at least 2");
  EXPECT_EQ(broken(0, EinsumKind::Elementwise, true),
            "compute unit \"MAC\" has a matrix unit but takes elementwise, "
            "expected contraction");
}

} // namespace
