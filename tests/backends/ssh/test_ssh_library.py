"""asyncssh is there without a compiler run, and nothing else of Python is changed by that."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import ctypes.util, subprocess, sys
from podtui.backends.ssh.library import load_asyncssh
run = []
popen = subprocess.Popen
class Told(popen):
    def __init__(self, argv, *rest, **options):
        run.append(argv if isinstance(argv, str) else str(argv[0]))
        super().__init__(argv, *rest, **options)
subprocess.Popen = Told
find = ctypes.util.find_library
load_asyncssh()
assert "asyncssh" in sys.modules
assert ctypes.util.find_library is find
load_asyncssh()
print(*run)
"""


def test_no_compiler_is_run_to_import_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CODE], check=True, capture_output=True, text=True, timeout=60
    )
    assert not done.stdout.split()
