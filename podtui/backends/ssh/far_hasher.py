"""One command at the far side that hashes stretches of a file as it is told to."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
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
# Python reads the very stretch, and several side by side; the other tools read stdin to its end and
# need a pipe to cut it, which costs more than the hash. What it is told to keep it has the disk
# begin with while the rest is on its way, else all is waited for at the end. A stretch it cannot
# read ends it: whoever waits for one is told so. The system's own Python comes first: others may be
# wrapped in scripts that take longer to start than it takes.
_PYTHON = """
import hashlib, os, sys, threading
path, name = sys.argv[1:3]
hashlib.new(name)
def tell(number, start, length, keep=""):
    try:
        if not os.path.isfile(path):
            os._exit(9)
        with open(path, "rb", 0) as file:
            all = os.fstat(file.fileno()).st_size - int(start)
            left = all if length == "all" else int(length)
            file.seek(int(start))
            digest, room, got = hashlib.new(name), memoryview(bytearray(1 << 20)), 1
            while left > 0 and got:
                got = file.readinto(room[: min(len(room), left)])
                digest.update(room[:got])
                left -= got
            os.write(1, b"%s %s%c" % (number.encode(), digest.hexdigest().encode(), 10))
            if keep:
                os.fdatasync(file.fileno())
    except BaseException:
        os._exit(9)
for line in iter(sys.stdin.readline, ""):
    threading.Thread(target=tell, args=line.split()).start()
"""
# One line, no backslash: see tar_bundles on csh and fish.
_ON_ONE_LINE = 'import sys; exec(sys.argv[3].replace("|", chr(10)))'
_SCRIPT = (
    'PATH="/usr/bin:$PATH" python3 -I -S -c "$3" "$1" "$2" "$4" 2>/dev/null;'
    " case $? in 0|9) exit 0;; esac;"
    " LC_ALL=C; export LC_ALL; CHOOSE;"
    ' while read -r number start length keep; do [ -f "$1" ] || exit 126; printf "%s " "$number";'
    ' { dd bs=1 skip="$start" count=0 2>/dev/null || exit 125;'
    ' if [ "$length" = all ]; then hashed; else head -c "$length" | hashed; fi; } <"$1"'
    " || exit 124; done"
)


def hasher_command(algo: str, path: str) -> Sequence[str]:
    """A command that answers lines of `NUMBER START LENGTH` or `NUMBER START all`: `NUMBER HASH`.

    In any order. With `keep` behind it the disk is to keep what is there by then.
    """
    choose = " el".join(
        f"if command -v {line.split()[0]} >/dev/null 2>&1 && {line} </dev/null >/dev/null 2>&1;"
        f" then hashed() {{ {line} 2>/dev/null; }};"
        for line in hash_attempts(algo)
    )
    script = _SCRIPT.replace("CHOOSE", f"{choose} else exit 127; fi")
    python = _PYTHON.strip().replace("\n", "|")
    return ["sh", "-c", script, "sh", path, new_hash(algo).name, _ON_ONE_LINE, python]


class FarHasher:
    """The command, from the first `async with` of those that share it to the end of the last.

    It is begun as soon as the file service is, and not waited for: a login shell may take its time
    to start.
    """

    def __init__(self, link: SshLink, path: str, algo: str) -> None:
        self._link = link
        self._algo = algo
        self._argv = hasher_command(algo, path)
        self._users = 0
        self._numbers = count()
        self._asked: asyncio.Queue[bytes] = asyncio.Queue()
        self._waiting: dict[int, asyncio.Future[str | None]] = {}
        self._running: asyncio.Task[None] | None = None

    @property
    def in_use(self) -> bool:
        """Whether it may be shared: some `async with` has not ended."""
        return self._users > 0

    async def __aenter__(self) -> Self:
        self._users += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if self._running is not None and not self._users:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def hash(
        self, start: int, length: int, *, to_end: bool = False, keep: bool = False
    ) -> str | None:
        """The hash in hex of `length` bytes from `start` on, or of so many and all behind them.

        Several may be asked for at once. None where the command cannot tell, or takes longer than
        any disk. With `keep` the disk there is to keep what came so far.
        """
        if self._running is None or self._running.done():
            return None
        told: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        number = next(self._numbers)
        self._waiting[number] = told
        how_long = "all" if to_end else length
        self._asked.put_nowait(f"{number} {start} {how_long}{' keep' * keep}\n".encode())
        try:
            async with asyncio.timeout(_PATIENCE + length / _SLOWEST):
                return await told
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
                await self._link.sftp_asked()  # first: a server may allow one session and no more
                async with self._link.process(to_bytes(shlex.join(self._argv))) as process:
                    await self._converse(process)
        finally:
            for one in self._waiting.values():  # who asks later sees that it has ended
                if not one.done():
                    one.set_result(None)

    async def _converse(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        asking = asyncio.create_task(self._ask(process))
        try:
            while True:
                number, _, line = (await process.stdout.readuntil(b"\n")).partition(b" ")
                told = parse_hash(self._algo, line)
                one = self._waiting.pop(int(number), None) if number.isdigit() else None
                if told is None or one is None:
                    return
                if not one.done():
                    one.set_result(told)
        finally:
            asking.cancel()
            process.close()
            await settle(process.wait_closed())

    async def _ask(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        while True:
            process.stdin.write(await self._asked.get())
