"""Checks that every example of the dialect's documentation is in a test.

usage: check-examples.py TEST TABLEGEN...

Compares without regard to white space, so that the test may indent.
"""

import pathlib
import re
import sys


def squeeze(text):
    return "".join(text.split())


test = squeeze(pathlib.Path(sys.argv[1]).read_text())
missing = count = 0
for source in sys.argv[2:]:
    for example in re.findall(r"```mlir\n(.*?)```", pathlib.Path(source).read_text(), re.S):
        count += 1
        if squeeze(example) not in test:
            missing += 1
            print(f"{source}: example is in no test:\n{example}")
print(f"{count} examples, {missing} untested")
sys.exit(missing > 0 or count == 0)
