/* The C API from C: map a module, read the report and the attributes, compile,
 * simulate. Prints nothing and exits with 0 if all is as it must be. */

#include "accel-c/Dialect.h"
#include "accel-c/Passes.h"
#include "accel-c/Report.h"
#include "accel-c/VTA.h"
#include "mlir-c/Diagnostics.h"
#include "mlir-c/Pass.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);  \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

/* y = low 8 bits of x * w. */
static const char *const kLayer =
    "#id = affine_map<(m, n) -> (m, n)>\n"
    "func.func @layer(%x: tensor<2x16xi8> {accel.name = \"x\"},\n"
    "                 %w: tensor<16x16xi8> {accel.name = \"w\"}) -> "
    "tensor<2x16xi8> {\n"
    "  %c = arith.constant 0 : i32\n"
    "  %e = tensor.empty() : tensor<2x16xi32>\n"
    "  %z = linalg.fill ins(%c : i32) outs(%e : tensor<2x16xi32>) -> "
    "tensor<2x16xi32>\n"
    "  %r = linalg.matmul ins(%x, %w : tensor<2x16xi8>, tensor<16x16xi8>)\n"
    "    outs(%z : tensor<2x16xi32>) -> tensor<2x16xi32>\n"
    "  %e8 = tensor.empty() : tensor<2x16xi8>\n"
    "  %q = linalg.generic {accel.name = \"y\", indexing_maps = [#id, #id],\n"
    "    iterator_types = [\"parallel\", \"parallel\"]}\n"
    "    ins(%r : tensor<2x16xi32>) outs(%e8 : tensor<2x16xi8>) {\n"
    "  ^bb0(%i: i32, %o: i8):\n"
    "    %u = arith.trunci %i : i32 to i8\n"
    "    linalg.yield %u : i8\n"
    "  } -> tensor<2x16xi8>\n"
    "  return %q : tensor<2x16xi8>\n"
    "}\n";

typedef struct {
  char text[1 << 20];
  size_t length;
  int calls;
} Text;

static void append(MlirStringRef part, void *data) {
  Text *text = data;
  REQUIRE(text->length + part.length < sizeof text->text);
  memcpy(text->text + text->length, part.data, part.length);
  text->length += part.length;
  text->text[text->length] = 0;
  ++text->calls;
}

static MlirStringRef ref(const char *text) {
  return mlirStringRefCreateFromCString(text);
}

static Text said, report, manifest;

static MlirLogicalResult hear(MlirDiagnostic diagnostic, void *data) {
  mlirDiagnosticPrint(diagnostic, append, data);
  return mlirLogicalResultSuccess();
}

static MlirWalkResult countCosts(MlirOperation op, void *count) {
  MlirAttribute cost =
      mlirOperationGetDiscardableAttributeByName(op, ref("accel.cost"));
  if (mlirAttributeIsNull(cost))
    return MlirWalkResultAdvance;
  MlirAttribute mapping =
      mlirOperationGetDiscardableAttributeByName(op, ref("accel.mapping"));
  REQUIRE(accelAttributeIsACost(cost) && !accelAttributeIsATarget(cost));
  REQUIRE(accelAttributeIsAMapping(mapping));
  REQUIRE(accelCostGetEnergyJ(cost) > 0 && accelCostGetLatencyS(cost) > 0);
  /* 2 x 16 x 16 products, or 2 x 16 values cut to 8 bits. */
  double ops = accelCostGetOps(cost);
  REQUIRE(ops == 512 || ops == 32);
  ++*(int *)count;
  return MlirWalkResultAdvance;
}

static void testMap(MlirContext context) {
  MlirModule module = accelModuleParse(context, ref(kLayer), ref("layer.mlir"));
  REQUIRE(!mlirModuleIsNull(module));
  REQUIRE(mlirLogicalResultIsSuccess(accelMapModule(
      module, ref("target=simple objective=energy"), append, &report)));
  REQUIRE(report.calls == 1 && report.text[0] == '{');
  REQUIRE(strstr(report.text, "\"status\": \"optimal\""));
  REQUIRE(strstr(report.text, "\"target\": \"simple\""));
  int count = 0;
  mlirOperationWalk(mlirModuleGetOperation(module), countCosts, &count,
                    MlirWalkPreOrder);
  REQUIRE(count == 2);
  mlirModuleDestroy(module);
}

static void testErrors(MlirContext context) {
  MlirDiagnosticHandlerID id =
      mlirContextAttachDiagnosticHandler(context, hear, &said, NULL);
  REQUIRE(mlirModuleIsNull(
      accelModuleParse(context, ref("func.func @f("), ref("broken.mlir"))));
  MlirModule module = accelModuleParse(context, ref(kLayer), ref("layer.mlir"));
  REQUIRE(mlirLogicalResultIsFailure(
      accelMapModule(module, ref("target=nowhere"), NULL, NULL)));
  REQUIRE(strstr(said.text, "unknown target \"nowhere\""));
  REQUIRE(mlirLogicalResultIsFailure(
      accelMapModule(module, ref("target=simple speed=1"), NULL, NULL)));
  REQUIRE(strstr(said.text, "no option \"speed\""));
  mlirModuleDestroy(module);
  mlirContextDetachDiagnosticHandler(context, id);

  AccelTexts texts = {append, NULL, NULL, &said};
  REQUIRE(!accelProgramRead(ref("/nowhere"), texts).ptr);
  REQUIRE(strstr(said.text, "/nowhere"));
}

static void testPasses(MlirContext context) {
  MlirModule module = accelModuleParse(context, ref(kLayer), ref("layer.mlir"));
  MlirPassManager manager = mlirPassManagerCreate(context);
  REQUIRE(mlirLogicalResultIsSuccess(mlirParsePassPipeline(
      mlirPassManagerGetAsOpPassManager(manager),
      ref("builtin.module(accel-map{target=simple},canonicalize)"), append,
      &said)));
  REQUIRE(mlirLogicalResultIsSuccess(
      mlirPassManagerRunOnOp(manager, mlirModuleGetOperation(module))));
  mlirPassManagerDestroy(manager);
  mlirModuleDestroy(module);
}

static void testProgram(MlirContext context) {
  MlirModule module = accelModuleParse(context, ref(kLayer), ref("layer.mlir"));
  REQUIRE(mlirLogicalResultIsSuccess(
      accelCompileModule(module, ref("target=vta"), NULL, NULL)));
  AccelProgram program = accelProgramFromModule(module, ref(""));
  mlirModuleDestroy(module);
  REQUIRE(program.ptr);
  accelProgramManifest(program, append, &manifest);
  REQUIRE(strstr(manifest.text, "\"name\": \"y\""));

  int8_t x[2][16], w[16][16], y[2][16];
  for (int i = 0; i < 2 * 16; ++i)
    x[i / 16][i % 16] = (int8_t)(7 * i - 100);
  for (int i = 0; i < 16 * 16; ++i)
    w[i / 16][i % 16] = (int8_t)(5 * i + 3);
  AccelBuffer inputs[] = {{ref("x"), x, sizeof x}, {ref("w"), w, sizeof w}};
  AccelBuffer output = {ref("y"), y, sizeof y};
  Text *figures = calloc(1, sizeof(Text));
  AccelTexts texts = {append, append, NULL, figures};
  REQUIRE(mlirLogicalResultIsSuccess(accelProgramRun(
      program, ref("pipelined"), inputs, 2, &output, 1, texts)));
  REQUIRE(strstr(figures->text, "\"cycles\""));
  for (int m = 0; m < 2; ++m)
    for (int n = 0; n < 16; ++n) {
      int32_t sum = 0;
      for (int k = 0; k < 16; ++k)
        sum += x[m][k] * w[k][n];
      REQUIRE(y[m][n] == (int8_t)sum);
    }

  /* A buffer of the wrong size, an input that is missing, a wrong preset. */
  figures->length = 0;
  AccelBuffer small = {ref("y"), y, 3};
  REQUIRE(mlirLogicalResultIsFailure(
      accelProgramRun(program, ref("pipelined"), inputs, 2, &small, 1, texts)));
  REQUIRE(strstr(figures->text, "32 bytes but the buffer has 3"));
  REQUIRE(mlirLogicalResultIsFailure(accelProgramRun(
      program, ref("pipelined"), inputs, 1, &output, 1, texts)));
  REQUIRE(mlirLogicalResultIsFailure(
      accelProgramRun(program, ref("warp"), inputs, 2, &output, 1, texts)));
  free(figures);
  accelProgramDestroy(program);
}

int main(void) {
  accelRegisterAllPasses();
  accelRegisterAllPasses();
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  accelRegisterAllDialects(registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, true);
  mlirDialectRegistryDestroy(registry);
  testMap(context);
  testErrors(context);
  testPasses(context);
  testProgram(context);
  mlirContextDestroy(context);
  return 0;
}
