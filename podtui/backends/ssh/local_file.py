"""The near end of a transfer: read, write and hash, all in one thread, in order."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from podtui.backends.ssh.errors import local_file_errors
from podtui.backends.ssh.hashing import new_hash
from podtui.backends.ssh.remote_file import settle
from podtui.domain.text import visible
from podtui.errors import FileTrouble, SourceChanged

BATCH = 1024 * 1024
"""Bytes handed to the thread at a time: few hand-overs, and the wire never waits long."""

T = TypeVar("T")


class Worker:
    """One thread of one transfer; what it is given is done in order."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="podtui-transfer")

    def run(self, step: Callable[[], T]) -> asyncio.Future[T]:
        """Do `step` after all steps before it."""
        return asyncio.get_running_loop().run_in_executor(self._pool, step)

    def end(self) -> None:
        """Take no more steps; the thread ends after the last."""
        self._pool.shutdown(wait=False)


class Source:
    """A file being read; it must stay as it is from the first byte to the last."""

    def __init__(self, path: Path, algo: str) -> None:
        self.path = path
        self.hash = new_hash(algo)
        self._fd = -1
        self._read = 0
        self._before: os.stat_result

    def open(self) -> os.stat_result:
        """Open it and tell size and mode; FileTrouble when it is not a plain file."""
        with local_file_errors(self.path):
            self._fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO must not block us
            self._before = os.fstat(self._fd)
        if not stat.S_ISREG(self._before.st_mode):
            raise FileTrouble(f"{visible(str(self.path), 120)} is not a plain file.")
        return self._before

    def blocks(self, block: int) -> list[bytes]:
        """The next blocks, about a batch of them, hashed; none at the end."""
        found: list[bytes] = []
        with local_file_errors(self.path):
            for _ in range(max(1, BATCH // block)):
                length = min(block, self._before.st_size - self._read)
                if length == 0:
                    break
                data = os.read(self._fd, length)
                if not data:
                    raise self._changed("became shorter")
                self.hash.update(data)
                self._read += len(data)
                found.append(data)
        return found

    def check(self) -> None:
        """SourceChanged unless the file is what it was when it was opened."""
        with local_file_errors(self.path):
            after = os.fstat(self._fd)
        if _state(after) != _state(self._before):
            raise self._changed("changed")
        try:
            named = self.path.stat()
        except OSError:
            raise self._changed("vanished") from None
        if (named.st_dev, named.st_ino) != (after.st_dev, after.st_ino):
            raise self._changed("was replaced")

    def close(self) -> None:
        """Close it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _changed(self, how: str) -> SourceChanged:
        return SourceChanged(f"{visible(str(self.path), 120)} {how} while it was sent.")


class Sink:
    """A file being written, mode 0600 when it is new."""

    def __init__(self, path: Path, algo: str) -> None:
        self.path = path
        self.hash = new_hash(algo)
        self._fd = -1

    def open(self) -> None:
        """Create or empty it."""
        with local_file_errors(self.path):
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def write(self, blocks: Sequence[bytes]) -> None:
        """Append `blocks`, hashed."""
        with local_file_errors(self.path):
            for block in blocks:
                self.hash.update(block)
                rest = memoryview(block)
                while rest:
                    rest = rest[os.write(self._fd, rest) :]

    def sync(self) -> None:
        """Have the disk keep it."""
        with local_file_errors(self.path):
            os.fsync(self._fd)

    def close(self) -> None:
        """Close it."""
        if self._fd >= 0:
            with local_file_errors(self.path):
                os.close(self._fd)
            self._fd = -1


def _state(told: os.stat_result) -> tuple[int, int]:
    return told.st_size, told.st_mtime_ns


@asynccontextmanager
async def worker_for(file: Source | Sink) -> AsyncIterator[Worker]:
    """A worker for `file`, which is closed after its last step however the use ends."""
    worker = Worker()
    try:
        yield worker
    finally:
        closing = worker.run(file.close)
        worker.end()
        await settle(asyncio.shield(closing))
