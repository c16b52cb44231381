"""The real app in a pseudo-terminal that vanishes, or is told to end."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_DEADLINE = 30.0  # seconds
_LEAVES_ALT_SCREEN = b"\x1b[?1049l"


class _Run:
    """podtui without a cluster, in a terminal of its own."""

    def __init__(self, home: Path, *, deaf: bool) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        state = {f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "STATE", "DATA")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, "deaf" if deaf else "hears"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=home,
            env={**os.environ, **state, "HOME": str(home), "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def shows(self, text: bytes) -> None:
        deadline = time.monotonic() + _DEADLINE
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen[-500:]
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 1 << 16)
                except OSError:  # EIO: nobody has it open any more
                    assert text in self.seen, self.seen[-500:]

    def vanish(self) -> None:
        os.close(self.master)
        self.master = -1


# The terminal becomes the controlling one, so that the system sends SIGHUP when it goes.
_START = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv.pop() == "deaf":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
from podtui.__main__ import main
sys.exit(main([]))
"""


@pytest.fixture(params=[False, True], ids=["hears", "deaf"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Run]:
    """podtui, started; `deaf` to SIGHUP as under nohup."""
    one = _Run(tmp_path, deaf=request.param)
    yield one
    if one.process.poll() is None:
        one.process.kill()
    one.process.wait()
    if one.master >= 0:
        os.close(one.master)


def test_it_ends_when_its_terminal_vanishes(run: _Run) -> None:
    run.shows(b"Welcome")
    run.vanish()
    assert run.process.wait(_DEADLINE) == 128 + signal.SIGHUP


def test_sigterm_ends_it_and_gives_the_terminal_back(run: _Run) -> None:
    run.shows(b"Welcome")
    run.process.send_signal(signal.SIGTERM)
    run.shows(_LEAVES_ALT_SCREEN)
    assert run.process.wait(_DEADLINE) == 128 + signal.SIGTERM
