"""Round trips through `accel.hostrun`, and what it refuses."""

import unittest

import numpy as np

from accel import hostrun, toolchain
from accel.signature import SignatureError, Tensor, function_signature


def doubling(shape, element, add="arith.addi"):
    tensor = str(Tensor(shape, element))
    dims = ", ".join(f"d{i}" for i in range(len(shape)))
    iterators = ", ".join(['"parallel"'] * len(shape))
    return f"""func.func @double(%x: {tensor}) -> {tensor} {{
  %e = tensor.empty() : {tensor}
  %y = linalg.generic {{indexing_maps = [affine_map<({dims}) -> ({dims})>, affine_map<({dims}) -> ({dims})>],
                       iterator_types = [{iterators}]}} ins(%x : {tensor}) outs(%e : {tensor}) {{
  ^bb0(%a: {element}, %b: {element}):
    %s = {add} %a, %a : {element}
    linalg.yield %s : {element}
  }} -> {tensor}
  return %y : {tensor}
}}
"""


class RoundTripTest(unittest.TestCase):
    def setUp(self):
        self.random = np.random.RandomState(2)

    def test_integers_of_every_width(self):
        for element, dtype in (("i8", np.int8), ("i16", np.int16), ("i32", np.int32), ("i64", np.int64)):
            info = np.iinfo(dtype)
            x = self.random.randint(info.min, info.max, (3, 5), dtype=dtype)
            y, = hostrun.run(doubling((3, 5), element), "double", [x])
            self.assertEqual(y.dtype, dtype)
            np.testing.assert_array_equal(y, x + x)

    def test_floats_are_exact_to_the_bit(self):
        for element, dtype in (("f16", np.float16), ("f32", np.float32), ("f64", np.float64)):
            x = self.random.standard_normal((4, 3)).astype(dtype)
            x[0] = [np.inf, -0.0, np.nan]
            y, = hostrun.run(doubling((4, 3), element, "arith.addf"), "double", [x])
            np.testing.assert_array_equal(y.view(np.uint8), (x + x).view(np.uint8))

    def test_scalar_tensors(self):
        y, = hostrun.run(doubling((), "i32"), "double", [np.int32(21)])
        self.assertEqual(y.shape, ())
        self.assertEqual(y, 42)

    def test_batch_runs_once_per_slice(self):
        x = self.random.randint(-9, 9, (7, 2, 3)).astype(np.int16)
        y, = hostrun.run(doubling((2, 3), "i16"), "double", [x])
        np.testing.assert_array_equal(y, 2 * x)

    def test_leading_dimension_of_one_takes_a_batch(self):
        x = self.random.randint(-9, 9, (4, 3)).astype(np.int8)
        y, = hostrun.run(doubling((1, 3), "i8"), "double", [x])
        np.testing.assert_array_equal(y, (2 * x)[:, None])

    def test_batch_of_one_keeps_its_dimension(self):
        x = np.ones((1, 2, 3), np.int16)
        y, = hostrun.run(doubling((2, 3), "i16"), "double", [x])
        self.assertEqual(y.shape, (1, 2, 3))

    def test_argument_overwritten_by_the_function_is_whole_in_every_slice(self):
        text = """func.func @f(%w: tensor<4xi32>, %i: tensor<1xi32>) -> (tensor<4xi32>, tensor<1xi32>) {
  %y = tensor.insert_slice %i into %w[2] [1] [1] : tensor<1xi32> into tensor<4xi32>
  %s = tensor.extract_slice %w[2] [1] [1] : tensor<4xi32> to tensor<1xi32>
  return %y, %s : tensor<4xi32>, tensor<1xi32>
}
"""
        w = np.array([1, 2, 3, 4], np.int32)
        i = np.array([[10], [20]], np.int32)
        y, s = hostrun.run(text, "f", [w, i])
        np.testing.assert_array_equal(y, [[1, 2, 10, 4], [1, 2, 20, 4]])
        np.testing.assert_array_equal(s, [[3], [3]])

    def test_several_arguments_and_results_in_a_module_with_attributes(self):
        text = """// A comment with { and "
#map = affine_map<(d0) -> (d0)>
module @m attributes {some.note = "a } in a string"} {
  func.func private @other(%a: tensor<3xf32>) -> tensor<3xf32> { return %a : tensor<3xf32> }
  func.func @f(%a: tensor<3xf32> {accel.persistent}, %b: tensor<2x2xi8>, %c: tensor<3xf32>)
      -> (tensor<3xf32>, tensor<4xi8>) attributes {test.mark} {
    %r = linalg.sub ins(%a, %c : tensor<3xf32>, tensor<3xf32>) outs(%a : tensor<3xf32>) -> tensor<3xf32>
    %v = tensor.collapse_shape %b [[0, 1]] : tensor<2x2xi8> into tensor<4xi8>
    %o = func.call @other(%r) : (tensor<3xf32>) -> tensor<3xf32>
    return %o, %v : tensor<3xf32>, tensor<4xi8>
  }
}
"""
        a, c = np.float32([1, 2, 3]), np.float32([[0.5, 0.25, 0], [3, 2, 1]])
        b = np.arange(4, dtype=np.int8).reshape(2, 2)
        r, v = hostrun.run(text, "f", [a, b, c])
        np.testing.assert_array_equal(r, a - c)
        np.testing.assert_array_equal(v, [[0, 1, 2, 3]] * 2)

    def test_attributes_of_unknown_dialects_are_ignored(self):
        function = doubling((2,), "i8")
        plain = "outs(%e : tensor<2xi8>)"
        function = function.replace(plain, plain + " attrs = {npu.map = #npu.map<[a by 2]>}")
        text = f"""#npu = #npu.target<levels = ["a" : 8], n = 2>
module attributes {{npu.device = #npu, dlti.target_system_spec = #dlti.target_system_spec<
    "NPU" = #dlti.target_device_spec<"npu.target" = #npu>>}} {{
{function}}}
"""
        y, = hostrun.run(text, "double", [np.int8([3, 4])])
        np.testing.assert_array_equal(y, [6, 8])

    def test_no_arguments(self):
        text = """func.func @f() -> tensor<2xi64> {
  %c = arith.constant dense<[7, -7]> : tensor<2xi64>
  return %c : tensor<2xi64>
}
"""
        np.testing.assert_array_equal(hostrun.run(text, "f", [])[0], [7, -7])

    def test_padding_and_mathematics(self):
        text = """func.func @f(%x: tensor<2xf32>) -> tensor<4xf32> {
  %z = arith.constant 4.0 : f32
  %p = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %z : f32
  } : tensor<2xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.rsqrt ins(%p : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %t = linalg.tanh ins(%r : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %t : tensor<4xf32>
}
"""
        x = np.float32([1.0, 16.0])
        y, = hostrun.run(text, "f", [x])
        np.testing.assert_allclose(y, np.tanh([0.5, 1.0, 0.25, 0.5]), rtol=1e-6)


class RefusalTest(unittest.TestCase):
    text = doubling((2, 3), "i16")

    def refuses(self, error, pattern, *arguments):
        with self.assertRaisesRegex(error, pattern):
            hostrun.run(*arguments)

    def test_wrong_number_of_inputs(self):
        inputs = [np.zeros((2, 3), np.int16)] * 2
        self.refuses(hostrun.HostRunError, "takes 1 inputs but 2", self.text, "double", inputs)

    def test_wrong_element_type(self):
        inputs = [np.zeros((2, 3), np.int32)]
        self.refuses(hostrun.HostRunError, "holds int32 .* tensor<2x3xi16>", self.text, "double", inputs)

    def test_wrong_shape(self):
        self.refuses(hostrun.HostRunError, r"shape \(3, 2\)", self.text, "double", [np.zeros((3, 2), np.int16)])

    def test_unknown_function(self):
        self.refuses(SignatureError, '"triple" is not in the module; it has double', self.text, "triple", [])

    def test_dynamic_shape(self):
        text = "func.func @f(%x: tensor<?xi8>) -> tensor<?xi8> {\n return %x : tensor<?xi8>\n}\n"
        self.refuses(SignatureError, "not a static ranked tensor", text, "f", [np.zeros(1, np.int8)])

    def test_invalid_module_shows_what_the_tool_says(self):
        text = "func.func @f(%x: tensor<1xi8>) -> tensor<1xi8> {\n return %y : tensor<1xi8>\n}\n"
        message = "mlir-opt failed with exit code 1\n.*undeclared"
        self.refuses(toolchain.ToolError, message, text, "f", [np.zeros(1, np.int8)])

    def test_missing_tool(self):
        with self.assertRaisesRegex(toolchain.ToolError, "no-such-opt is not installed"):
            hostrun.run(self.text, "double", [np.zeros((2, 3), np.int16)], mlir_opt="no-such-opt")


class SignatureTest(unittest.TestCase):
    def test_aliases_and_result_attributes(self):
        text = """!t = tensor<2x3xf16>
func.func public @f(%a: !t, %b: tensor<i1>) -> (!t {some.attr = "->"}, tensor<4xi8>) {
"""
        arguments, results = function_signature(text, "f")
        self.assertEqual(arguments, [Tensor((2, 3), "f16"), Tensor((), "i1")])
        self.assertEqual(results, [Tensor((2, 3), "f16"), Tensor((4,), "i8")])

    def test_names_in_comments_are_not_functions(self):
        text = "// func.func @f(%x: tensor<1xi8>)\nfunc.func @g() {\n return\n}\n"
        with self.assertRaisesRegex(SignatureError, "it has g"):
            function_signature(text, "f")


if __name__ == "__main__":
    unittest.main()
