"""Checks that escape sequences go to a terminal only.

usage: terminal.py MODULE
"""

import os
import pty
import subprocess
import sys

COMMAND = ["accel-opt", sys.argv[1], "--accel-map=target=simple", "--accel-print-summary", "-o", os.devnull]


def on_terminal():
    master, slave = pty.openpty()
    process = subprocess.Popen(COMMAND, stderr=slave, env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    said = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        said += part
    if process.wait():
        sys.exit(f"accel-opt failed: {said!r}")
    return said


piped = subprocess.run(COMMAND, stderr=subprocess.PIPE, check=True).stderr
shown = on_terminal()
if b"function" not in piped or b"\033" in piped:
    sys.exit(f"in a pipe: {piped!r}")
if b"\033[1m" not in shown or b"function" not in shown:
    sys.exit(f"on a terminal: {shown!r}")
