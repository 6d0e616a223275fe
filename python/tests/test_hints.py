"""Everything public has type hints and says what it does."""

import ast
import unittest

import cases

# Networks are generated, and the demo is run, from the command line.
PUBLIC = ("api", "diagnostics", "errors", "hostrun", "page", "program", "quantity", "report", "signature", "tables")


def sources():
    package = cases.ROOT / "python/accel"
    return [*(package / f"{name}.py" for name in PUBLIC), *package.glob("plots/*.py"), *package.glob("sweep/*.py")]


def functions(path):
    """Functions of a module and methods of its classes."""
    for node in ast.parse(path.read_text()).body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        yield from (member for member in members if isinstance(member, ast.FunctionDef))


class HintsTest(unittest.TestCase):
    def test_arguments_and_results_have_types(self):
        bare = [
            f"{path.name}: {function.name}" for path in sources() for function in functions(path)
            if any(a.annotation is None and a.arg not in ("self", "cls") for a in function.args.args)
            or function.returns is None and function.name != "__init__"
        ]
        self.assertEqual(bare, [])

    def test_public_functions_have_docstrings(self):
        silent = [
            f"{path.name}: {function.name}" for path in sources() for function in functions(path)
            if not function.name.startswith("_") and ast.get_docstring(function) is None
        ]
        self.assertEqual(silent, [])

    def test_type_checkers_are_told(self):
        self.assertTrue((cases.ROOT / "python/accel/py.typed").exists())


if __name__ == "__main__":
    unittest.main()
