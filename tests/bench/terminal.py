"""A program in a pseudo-terminal, and how long it takes to show a text."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;:?<=>$ ]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|.)"
)
_PATIENCE = 60.0


class Terminal:
    """`with Terminal(argv) as terminal:` runs the program at 120 columns and 40 lines."""

    def __init__(self, argv: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> None:
        self._argv = argv
        self._cwd = cwd
        self._environ = {**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._seen = b""

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            self._argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self._cwd,
            env=self._environ,
            start_new_session=True,
        )
        os.close(slave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._master)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def press(self, keys: str) -> float:
        """Type `keys`; the moment they were sent, and everything shown before is forgotten."""
        self.read_what_is_there()
        self._seen = b""
        os.write(self._master, keys.encode())
        return time.perf_counter()

    def shows(self, text: str, patience: float = _PATIENCE) -> float:
        """Wait until `text` has been written since the last key; the moment it was."""
        deadline = time.perf_counter() + patience
        while text.encode() not in _ESCAPES.sub(b"", self._seen):
            left = deadline - time.perf_counter()
            if left < 0 or not self._read(left):
                shown = _ESCAPES.sub(b" ", self._seen)[-3000:].decode("utf-8", "replace")
                raise TimeoutError(f"never showed {text!r}; last:\n{shown}")
        return time.perf_counter()

    def read_what_is_there(self) -> None:
        """Take in what has been written, without waiting."""
        while self._read(0):
            pass

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False
        self._seen = (self._seen + data)[-(1 << 20) :]
        return bool(data)
