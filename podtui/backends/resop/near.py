"""The near end of a transfer through resop: read, write and hash, each step in a thread."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Callable
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Self, TypeVar

from podtui.domain.text import visible
from podtui.errors import FileTrouble, NoSpace, SourceChanged

_T = TypeVar("_T")


class Near:
    """The file on this machine, worked on in threads, what is read or written hashed."""

    def __init__(self, path: Path, algo: str, flags: int) -> None:
        self._path = path
        self._flags = flags
        self._fd = -1
        self._before: os.stat_result | None = None
        self.hash = hashlib.new(algo, usedforsecurity=False)

    async def __aenter__(self) -> Self:
        await self._do(self._open)
        return self

    def _open(self) -> None:
        self._fd = os.open(self._path, self._flags | os.O_NONBLOCK, 0o600)  # no FIFO may block
        self._before = os.fstat(self._fd)
        if not stat.S_ISREG(self._before.st_mode):
            os.close(self._fd)
            raise FileTrouble(f"{visible(str(self._path), 120)} is not a plain file.")

    async def __aexit__(self, *_: object) -> None:
        os.close(self._fd)

    @property
    def mode(self) -> int:
        """Its permission bits."""
        assert self._before is not None
        return stat.S_IMODE(self._before.st_mode)

    async def read(self, length: int) -> bytes:
        """The next bytes, hashed; fewer at the end alone."""
        return await self._do(lambda: self._read(length))

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length and (more := os.read(self._fd, length - len(data))):
            data += more
        self.hash.update(data)
        return data

    async def skip(self, length: int, *, cut: bool = False) -> None:
        """Go on behind the first `length` bytes; with `cut` what stands there is taken away."""
        await self._do(lambda: self._skip(length, cut))

    def _skip(self, length: int, cut: bool) -> None:
        if os.fstat(self._fd).st_size < length:
            raise SourceChanged(f"{visible(str(self._path), 120)} is shorter than before.")
        os.lseek(self._fd, length, os.SEEK_SET)
        if cut:
            os.ftruncate(self._fd, length)

    async def write(self, data: bytes) -> None:
        """Append `data`, hashed."""
        await self._do(lambda: self._write(data))

    def _write(self, data: bytes) -> None:
        self.hash.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]

    async def settle(self) -> None:
        """Have the disk keep it all."""
        await self._do(lambda: os.fsync(self._fd))

    async def check_unchanged(self) -> None:
        """SourceChanged unless it is what it was when it was opened."""
        assert self._before is not None
        now, before = await self._do(lambda: os.fstat(self._fd)), self._before
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise SourceChanged(f"{visible(str(self._path), 120)} changed while it was sent.")

    async def _do(self, step: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(step)
        except OSError as error:
            raise _local(self._path, error) from None


def _local(path: Path, error: OSError) -> FileTrouble | NoSpace:
    kind = NoSpace if error.errno in (ENOSPC, EDQUOT) else FileTrouble
    return kind(f"{visible(str(path), 120)} on this machine: {error.strerror or error}.")
