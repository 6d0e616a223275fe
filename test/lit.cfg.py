"""Configuration of the lit tests: tools come from the build, checkers from LLVM."""

import os
import shutil

import lit.formats

config.name = "Accel"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "Fuzz", "lit.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.accel_build_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [config.accel_bin_dir, config.llvm_bin_dir, os.environ.get("PATH", "")]
)
config.environment["PYTHONPATH"] = os.path.join(config.accel_source_dir, "python")
# Sanitizer builds say where their reports belong by these.
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE", "LLVM_CONFIG"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%targets", os.path.join(config.accel_source_dir, "targets")))
config.substitutions.append(("%source", config.accel_source_dir))
config.substitutions.append(("%plugin", os.path.join(config.accel_lib_dir, "AccelPlugin.so")))
config.substitutions.append(("%mlir-opt", os.path.join(config.llvm_bin_dir, "mlir-opt")))

if config.accel_sanitize:
    config.available_features.add("sanitized")
if shutil.which("z3"):
    config.available_features.add("z3")
