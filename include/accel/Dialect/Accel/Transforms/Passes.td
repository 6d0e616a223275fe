//===- Passes.td - Passes on linalg and the accel dialect ---*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_TRANSFORMS_PASSES_TD
#define ACCEL_DIALECT_ACCEL_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def AccelAttachTarget : Pass<"accel-attach-target", "::mlir::ModuleOp"> {
  let summary = "Sets the target of the module";
  let description = [{
    Reads an `#accel.target` from a shipped description or from a file, applies
    overrides of single numbers, checks that the target does not contradict
    itself, and sets it as `"accel.target"` of device `"NPU"` in the module's
    `dlti.target_system_spec`. A module that already has a target keeps it if
    `target` is empty; overrides still apply.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"",
           "Name of a shipped target, or path of an .mlir file that has one">,
    Option<"targetSet", "target-set", "std::string", "\"\"",
           "Overrides, <level>.<field>=<value> separated by commas">
  ];
  let dependentDialects = ["::mlir::accel::AccelDialect", "::mlir::DLTIDialect"];
}

def AccelDecomposeAggregates
    : Pass<"accel-decompose-aggregates", "::mlir::ModuleOp"> {
  let summary = "Splits aggregates such as softmax into linalg ops";
  let description = [{
    Replaces every op on static tensors that upstream's `AggregatedOpInterface`
    knows how to take apart (`linalg.softmax`) by the linalg ops that it stands
    for, so that each of them is an Einsum. The last one keeps the name of the
    op, `accel.name`; those before it are `<name>.0`, `<name>.1`, and so on.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def AccelSearch : Pass<"accel-search", "::mlir::ModuleOp"> {
  let summary = "Finds the best mapping of every function, and groups its ops";
  let description = [{
    Views every function's static linalg ops as Einsums, searches the mapping
    that is best for the objective on the module's target, sets `accel.mapping`
    and `accel.cost` on every op, and puts ops that exchange tensors on chip
    into one `accel.group`. An op that already carries `accel.mapping` is fixed.
    Fails without changing anything if no mapping fits, and names the tightest
    constraint. The report is written as the last step, and not at all if the
    pass fails for another reason than infeasibility.

    The optimal engine follows Gilbert et al., "Fast and Fusiest" (FFM): partial
    mappings per Einsum, pruned, joined in program order. `engine=gradient`
    descends on a relaxation instead, in the manner of FADiff (arXiv 2511.22348),
    and polishes what it decodes: every mapping it returns is valid, none is
    proven, and mappings fixed by the user are refused.

    `search=hardware` (experimental, with `engine=gradient`) chooses sizes of
    levels and fan-outs together with the mapping, under limits of area and
    power, as DOSA does (Hong et al., MICRO 2023); the module's target becomes
    the one that was found.
  }];
  let options = [
    Option<"engine", "engine", "std::string", "\"ffm\"",
           "ffm (optimal) or gradient (heuristic)">,
    Option<"objective", "objective", "std::string", "\"edp\"",
           "edp, energy, latency, pareto or pareto-usage">,
    Option<"fuse", "fuse", "bool", "true",
           "Exchange intermediates on chip where that is better">,
    Option<"maxFusedLoops", "max-fused-loops", "int64_t", "-1",
           "Most fused loops of an op, -1: unlimited">,
    Option<"maxFusedLoopsPerRank", "max-fused-loops-per-rank", "int64_t", "1",
           "Most fused loops over one rank">,
    Option<"imperfect", "imperfect", "bool", "false",
           "Tiles need not divide">,
    Option<"recompute", "recompute", "bool", "false",
           "Producers may compute a value more than once">,
    Option<"referenceSlots", "reference-slots", "bool", "false",
           "Restrict the mapspace as AccelForge does">,
    Option<"compareUnfused", "compare-unfused", "bool", "false",
           "Also search with fuse=false and report both">,
    Option<"compare", "compare", "std::string", "\"\"",
           "ffm: also search with that engine and report the gap to it">,
    Option<"maxIterations", "max-iterations", "int64_t", "0",
           "gradient: restarts after which to stop, 0: no limit">,
    Option<"searchFor", "search", "std::string", "\"mapping\"",
           "mapping, or hardware: sizes of the target as well (experimental)">,
    Option<"hardware", "hardware", "std::string", "\"\"",
           "What may vary and what it takes, <node>.<key>=<value>,...">,
    Option<"areaLimitMm2", "area-limit-mm2", "double", "0.0",
           "Most area of the hardware searched, 0: none">,
    Option<"powerLimitW", "power-limit-w", "double", "0.0",
           "Most energy over latency of the hardware searched, 0: none">,
    Option<"shareIdentical", "share-identical", "bool", "true",
           "Search ops of the same shape once">,
    Option<"timeLimitS", "time-limit-s", "double", "0.0",
           "Seconds after which the best so far is taken, 0: none">,
    Option<"threads", "threads", "int64_t", "0", "Threads, 0: all cores">,
    Option<"seed", "seed", "int64_t", "0", "Seed of random choices">,
    Option<"report", "report", "std::string", "\"\"",
           "File for the report, JSON">,
    Option<"progress", "progress", "std::string", "\"auto\"",
           "auto (on a terminal), on or off">
  ];
  let statistics = [
    Statistic<"numEinsums", "einsums", "Einsums seen">,
    Statistic<"numDistinct", "distinct-einsums", "Einsums of different shape">,
    Statistic<"numPartial", "partial-mappings", "Partial mappings kept">,
    Statistic<"numPruned", "pruned", "Partial mappings pruned">,
    Statistic<"numJoins", "joins", "Joins tried">
  ];
  let dependentDialects = ["::mlir::accel::AccelDialect"];
}

def AccelAnnotateCost : Pass<"accel-annotate-cost", "::mlir::ModuleOp"> {
  let summary = "Attaches the predicted cost to every op";
  let description = [{
    Sets `accel.cost` on every op that has an `accel.mapping`, evaluated afresh.
    An op without one gets bounds: the latency of its operations and of its
    compulsory traffic to the outermost memory, and their energy. A mapping that
    contradicts the op, the target or its neighbours fails the pass, with an
    error at the op. The report has what that of `accel-map` says of a mapping;
    a function with unmapped ops has status `unmapped` and the bounds.
  }];
  let options = [
    Option<"referenceSlots", "reference-slots", "bool", "false",
           "Reserve sliding windows as AccelForge does">,
    Option<"report", "report", "std::string", "\"\"",
           "File for the report, JSON">
  ];
  let dependentDialects = ["::mlir::accel::AccelDialect"];
}

def AccelPrintMapping : Pass<"accel-print-mapping", "::mlir::ModuleOp"> {
  let summary = "Prints the LoopTree of every function";
  let options = [
    Option<"output", "output", "std::string", "\"-\"",
           "File, - for standard error">,
    Option<"referenceSlots", "reference-slots", "bool", "false",
           "Reserve sliding windows as AccelForge does">
  ];
}

def AccelPrintSummary : Pass<"accel-print-summary", "::mlir::ModuleOp"> {
  let summary = "Prints a table of ops, levels, energy and time";
  let options = [
    Option<"referenceSlots", "reference-slots", "bool", "false",
           "Reserve sliding windows as AccelForge does">
  ];
}

def AccelPrintEinsums : Pass<"accel-print-einsums", "::mlir::ModuleOp"> {
  let summary = "Prints the Einsums of every function as understood";
}

def AccelDumpConstraints : Pass<"accel-dump-constraints", "::mlir::ModuleOp"> {
  let summary = "Prints the embedding problem of every contraction";
  let description = [{
    For every op that multiplies two tensors, prints the constraint satisfaction
    problem of its embedding into the target's matrix instruction, with all
    liberties: variables with their domains, constraints, objective, and with
    `solve` the best solution. The module stays as it is.

    `format=smt` writes a module of one `smt.solver` an op instead, which asks
    whether the constraints can be satisfied (with `max-micro-ops`, by at most
    so many invocations). `mlir-translate --export-smtlib` makes SMT-LIB of it.
  }];
  let options = [
    Option<"output", "output", "std::string", "\"-\"",
           "File, - for standard error (text) or standard output (smt)">,
    Option<"format", "format", "std::string", "\"text\"", "text or smt">,
    Option<"solve", "solve", "bool", "false",
           "With format=text, also print the best solution">,
    Option<"maxMicroOps", "max-micro-ops", "int64_t", "0",
           "With format=smt, most invocations, 0: any number">
  ];
}

def AccelPrepareLinalg : Pass<"accel-prepare-linalg", "::mlir::ModuleOp"> {
  let summary = "Brings linalg into the form that embedding wants";
  let description = [{
    Generalises named ops, moves reshapes out of the way of contractions (a
    matmul on a flattened image becomes a contraction over its dimensions), and
    fuses chains of elementwise ops into one op each. Names stay; a fused op has
    the name of the last of its chain. No number changes.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AccelPackOperands : Pass<"accel-pack-operands", "::mlir::ModuleOp"> {
  let summary = "Embeds ops into the matrix unit by packing their operands";
  let description = [{
    For every op that the target's matrix unit can run, solves the embedding of
    its ranks onto the instruction's lanes (Rieber et al., ACM TACO 2022) and
    rewrites the op on packed operands, whose innermost dimensions are the
    instruction's elements. Elementwise integer ops follow the layout of what
    they read. `linalg.pack` and `linalg.unpack` stand where layouts change; a
    pack of an unpack with the same layout disappears.

    An op that no instruction can run gets `accel.host`, and a remark why.
  }];
  let options = [
    Option<"embedding", "embedding", "std::string", "\"best\"",
           "best, or fixed: batch, output channels, input channels on the lanes">
  ];
  let dependentDialects = [
    "::mlir::accel::AccelDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def AccelOutlineDevice : Pass<"accel-outline-device", "::mlir::ModuleOp"> {
  let summary = "Moves packed ops into device functions of their own";
  let description = [{
    What the accelerator runs becomes functions `<name>_device`, called by what
    stays on the host. Their arguments and results are packed tensors, described
    by `accel.layout` (an affine map from the logical to the packed index),
    `accel.shape` (the logical shape) and `accel.name`. Packed constants move
    into the device function, as data. The host function gets `accel.host`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def AccelLowerPacks : Pass<"accel-lower-packs", "::mlir::ModuleOp"> {
  let summary = "Turns pack and unpack into pads, reshapes and transposes";
  let description = [{
    What is left of layout changes runs on the host, which knows neither op once
    tensors become buffers.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def AccelApplyMapping : Pass<"accel-apply-mapping", "::mlir::ModuleOp"> {
  let summary = "Turns mapped groups into loops, buffers and copies";
  let description = [{
    Replaces every `accel.group` by the loops of its LoopTree. Tensors that a
    keep holds in an inner level become `memref.alloc` in that `#accel.mem`
    memory space, filled by a copy at the keep and, if they are outputs, written
    back after the loops below it; compute becomes the op itself on the
    innermost tiles. Where a window slides, its buffer holds one step and keeps
    what two steps have in common.

    Spatial loops become `scf.forall` with mapping `#accel.over<"fan-out">`.
    Where their iterations add to the same results the order counts, so that
    they become an `scf.for` with the attribute `accel.over`: the sum passes
    from instance to instance.
  }];
  let options = [
    Option<"nameTiles", "name-tiles", "bool", "false",
           "Say on buffers and copies which tensor of which op they are for">
  ];
  let dependentDialects = [
    "::mlir::accel::AccelDialect", "::mlir::affine::AffineDialect",
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def AccelEmitTransformScript : Pass<"accel-emit-transform-script", "::mlir::ModuleOp"> {
  let summary = "Writes the mapping as a script of the transform dialect";
  let description = [{
    The script tiles and fuses as the mapping says: run by
    `transform-interpreter` on the module as it was before mapping, it makes the
    loops that `accel-apply-mapping` makes, on tensors. It finds ops by
    `accel.name`, which every mapped op needs. Buffers and copies are no matter
    of the transform dialect's tiling and are left out, and so are loops below
    the innermost keep.

    Some schedules cannot be said so: reductions spread over a fan-out, and
    shared loops around an op that is read outside of them, or not read in them.
    The pass fails and names the op.
  }];
  let options = [Option<"output", "output", "std::string", "\"-\"",
                        "File, - for standard error">];
}

def AccelCountTransfers : Pass<"accel-count-transfers", "::mlir::ModuleOp"> {
  let summary = "Makes applied functions count what they move and hold";
  let description = [{
    Adds counters to every buffer and copy that carries `accel.tile` (see
    `accel-apply-mapping="name-tiles=true"`), and a function
    `@accel_counts() -> tensor<Nxi64>` that returns them. Its attribute
    `accel.counters` names them, fields separated by `|`:

    - `function|op|tensor|level|child level|what`, with `what` one of `fills`
      (values written into the child level), `reads` (from the level above it),
      `evictions` (from the child level), `updates` (into the one above),
      `copied` (fills without padding), `started` (initial values that are copied
      within a level) and `shifted` (values of a window that stay);
    - `function|level|held_bits` and `function|level|peak_bits`: what live
      buffers take, now and at most, in the level's own widths.

    What several instances of a fan-out read or reduce together counts once at
    the level above: where the fan-out has the tensor's role in `may_reuse` and
    the place that is read or written does not depend on the instance. Counting
    assumes that loops run one iteration after the other
    (`scf-forall-to-for`).
  }];
  let dependentDialects = [
    "::mlir::accel::AccelDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def AccelStripMemorySpaces : Pass<"accel-strip-memory-spaces", "::mlir::ModuleOp"> {
  let summary = "Removes #accel.mem memory spaces, so that the host can run it";
}

#endif // ACCEL_DIALECT_ACCEL_TRANSFORMS_PASSES_TD
