"""Checks that the first page of `accel-opt --help` has every pass and pipeline of ours once, with a description."""

import re
import subprocess
import sys

text = subprocess.run(["accel-opt", "--help"], capture_output=True, text=True, check=True).stdout
overview, _, rest = text.partition("USAGE:")
offered = set(re.findall(r"^ +--(accel-[\w-]+|convert-[\w-]+-to-accel) ", rest, re.MULTILINE))
listed = re.findall(r"^  --([\w-]+) +(\S.*)?$", overview, re.MULTILINE)
names = [name for name, _ in listed]
missing, unknown = sorted(offered - set(names)), sorted(set(names) - offered - {"accel-map=\"target"})
bare = [name for name, description in listed if not description]
if missing or unknown or bare or len(names) != len(set(names)):
    sys.exit(f"help: missing {missing}, unknown {unknown}, without description {bare}, all {names}")
