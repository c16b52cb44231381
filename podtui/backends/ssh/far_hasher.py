"""One command at the far side that hashes stretches of a file as it is told to."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from podtui.backends.ssh.hashing import hash_attempts, new_hash, parse_hash
from podtui.backends.ssh.remote_file import settle
from podtui.backends.trace import TRACE, command_words
from podtui.domain.text import to_bytes
from podtui.errors import PodError

if TYPE_CHECKING:
    import asyncssh

    from podtui.backends.ssh.connection import SshLink

_PATIENCE = 30.0  # seconds a login shell may take to start
_SLOWEST = 5e6  # bytes a second of a disk and a hash
# Python reads the very stretch; the other tools read stdin to its end and need a pipe to cut it,
# which costs as much as the hash. What it hashed it has the disk keep while the rest is on its way,
# else all is waited for at the end. One line, no backslash: see tar_bundles on csh and fish.
_PYTHON = (
    "import hashlib, os, sys; path, name = sys.argv[1:]; hashlib.new(name);"
    " room = memoryview(bytearray(1048576));"
    " told = lambda at, size, last, digest, file: (file.seek(at),"
    " [digest.update(room[: file.readinto(room[: min(1048576, size - i)])])"
    " for i in range(0, size, 1048576)],"
    " print(digest.hexdigest(), flush=True),"
    " last or os.fdatasync(file.fileno()), file.close());"
    ' [told(int(at), os.path.getsize(path) - int(at) if size == "all" else int(size),'
    ' size == "all", hashlib.new(name),'
    ' open(path if os.path.isfile(path) else os.devnull, "rb", 0))'
    ' for at, size in map(str.split, iter(sys.stdin.readline, ""))]'
)
_SCRIPT = (
    'python3 -I -S -c "$3" "$1" "$2" 2>/dev/null && exit 0; LC_ALL=C; export LC_ALL; CHOOSE;'
    ' while read -r start length; do [ -f "$1" ] || exit 126;'
    ' { dd bs=1 skip="$start" count=0 2>/dev/null || exit 125;'
    ' if [ "$length" = all ]; then hashed; else head -c "$length" | hashed; fi; } <"$1"'
    " || exit 124; done"
)


def hasher_command(algo: str, path: str) -> Sequence[str]:
    """A command that answers lines of `START LENGTH`, or `START all`, with a line of the hash."""
    choose = " el".join(
        f"if command -v {line.split()[0]} >/dev/null 2>&1 && {line} </dev/null >/dev/null 2>&1;"
        f" then hashed() {{ {line} 2>/dev/null; }};"
        for line in hash_attempts(algo)
    )
    script = _SCRIPT.replace("CHOOSE", f"{choose} else exit 127; fi")
    return ["sh", "-c", script, "sh", path, new_hash(algo).name, _PYTHON]


class FarHasher:
    """The command, from its first stretch to the end of the `async with`.

    It is begun at once and not waited for: a login shell may take its time to start.
    """

    def __init__(self, link: SshLink, path: str, algo: str) -> None:
        self._link = link
        self._algo = algo
        self._argv = hasher_command(algo, path)
        self._asked: asyncio.Queue[bytes] = asyncio.Queue()
        self._told: asyncio.Queue[str | None] = asyncio.Queue()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def hash(self, start: int, length: int, *, to_end: bool) -> str | None:
        """The hash in hex of `length` bytes from `start` on, or of so many and all behind them.

        None where the command cannot tell, or takes longer than any disk.
        """
        if self._running is None or self._running.done():
            return None
        self._asked.put_nowait(f"{start} {'all' if to_end else length}\n".encode())
        try:
            async with asyncio.timeout(_PATIENCE + length / _SLOWEST):
                return await self._told.get()
        except TimeoutError:
            self._running.cancel()
            return None

    async def _run(self) -> None:
        import asyncssh

        try:
            with (
                suppress(asyncssh.Error, OSError, asyncio.IncompleteReadError, PodError),
                TRACE.doing(self._link.host, command_words(self._argv)),
            ):
                async with self._link.process(to_bytes(shlex.join(self._argv))) as process:
                    await self._converse(process)
        finally:
            self._told.put_nowait(None)  # for who waits; who asks later sees that it has ended

    async def _converse(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        try:
            while True:
                process.stdin.write(await self._asked.get())
                line = await process.stdout.readuntil(b"\n")
                told = parse_hash(self._algo, line)
                if told is None:
                    return
                self._told.put_nowait(told)
        finally:
            process.close()
            await settle(process.wait_closed())
