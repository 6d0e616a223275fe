"""Checks that a compile that is killed leaves no half of an output, and that two at once do not meet.

usage: killed.py MODULE FOLDER
"""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

module, folder = Path(sys.argv[1]), Path(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
output, report, program = folder / "out.mlir", folder / "out.json", folder / "out.prog"
COMPILE = ["accel-opt", module, f"--accel-compile=target=vta report={report}", "-o", output]
TRANSLATE = ["accel-translate", "--accel-to-vta", folder / "whole.mlir", "-o", program]


def whole():
    """What is there must be complete: the report parses, the module reads, the folder runs."""
    if report.exists():
        json.loads(report.read_text())
    if output.exists() and output.read_bytes() != expected:
        sys.exit(f"output has {output.stat().st_size} bytes but the whole one {len(expected)}")
    if program.exists():
        subprocess.run(["accel-sim", program, "--timing-only"], check=True, stdout=subprocess.DEVNULL)


def duration(command):
    start = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - start


compile_s = duration(COMPILE)
expected = output.read_bytes()
shutil.copy(output, folder / "whole.mlir")
translate_s = duration(TRANSLATE)
chance = random.Random(1)
killed = 0
for _ in range(12):
    for command, seconds, made in ((COMPILE, compile_s, (output, report)), (TRANSLATE, translate_s, (program,))):
        for path in made:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        process = subprocess.Popen(command)
        time.sleep(chance.uniform(0, 1.1) * seconds)
        process.kill()
        killed += process.wait() != 0
        whole()
if killed < 4:
    sys.exit(f"only {killed} of 24 were killed in time to show anything")

# Two processes write the same files, and each leaves the whole of one.
pair = [subprocess.Popen(COMPILE) for _ in range(2)] + [subprocess.Popen(TRANSLATE) for _ in range(2)]
codes = [process.wait() for process in pair]
if codes[:2] != [0, 0] or output.read_bytes() != expected:
    sys.exit(f"two at once: exit codes {codes}, output as alone: {output.read_bytes() == expected}")
whole()
left = sorted(p.name for p in folder.iterdir())
print("left:", *left)
