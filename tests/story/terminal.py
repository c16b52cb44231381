"""A terminal of a test's own with a program in it: what it shows, and what somebody types."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

PATIENCE = 40.0  # seconds until something that does not come is a fault
LINES, COLUMNS = 40, 130
_CHUNK = 1 << 16
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Terminal:
    """A program on a pseudo-terminal; `seen` is all it has written since `forget`."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self._process = process
        self._master = master
        self._news = asyncio.Event()
        self.seen = b""

    def read(self) -> None:
        """Take what is there; a terminal nobody has open any more is at its end."""
        try:
            data = os.read(self._master, _CHUNK)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._master)
        self.seen += data
        self._news.set()

    async def shows(self, text: str) -> None:
        """Wait until `text` has been written, colours and movements left out, or as it stands."""
        try:
            async with asyncio.timeout(PATIENCE):
                while text.encode() not in self.seen and text not in self.plain:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {text!r} in {self.plain[-6000:]}") from None

    @property
    def plain(self) -> str:
        """What has been written, without control sequences (ECMA-48's CSI)."""
        return _SEQUENCE.sub("", self.seen.decode("utf-8", "replace"))

    def types(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def forget(self) -> None:
        """What has been written counts no more."""
        self.seen = b""

    async def ends(self) -> int:
        """The program's exit status."""
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()


@asynccontextmanager
async def podtui_in_a_terminal(*arguments: str, env: Mapping[str, str]) -> AsyncIterator[Terminal]:
    """`podtui` as somebody runs it; it is ended at the end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "podtui", *arguments),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**env, "TERM": "xterm-256color"},
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, terminal.read)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
        loop.remove_reader(master)
        os.close(master)


def _own_terminal() -> None:
    """Make it the controlling one: ssh asks and reads by /dev/tty."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
