"""The near end of a transfer: read, write and hash, in a thread, one step at a time."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

from podtui.backends.ssh.errors import local_file_errors
from podtui.backends.ssh.hashing import new_hash
from podtui.backends.ssh.remote_file import settle
from podtui.domain.piece import Piece
from podtui.domain.text import visible
from podtui.errors import FileTrouble, SourceChanged

BATCH = 1024 * 1024
"""Bytes handed to the thread at a time: few hand-overs, and the wire never waits long."""

_KEEP_AT_ONCE = 16 * 1024 * 1024  # bytes the disk is told to begin with
_ZEROS = bytes(BATCH)  # no block is larger
_PIECE = 64 * 1024  # zeros in a row that are worth a hole
_HOLE = bytes(_PIECE)

T = TypeVar("T")


def batch_of(block: int) -> int:
    """The bytes of a batch of blocks of so many."""
    return block * max(1, BATCH // block)


class LocalFile:
    """A file that is worked on in threads, one step at a time, and closed for good."""

    def __init__(self, path: Path, algo: str) -> None:
        self.path = path
        self.hash = new_hash(algo)
        self._fd = -1
        self._closed = False
        self._step = threading.Lock()

    def run(self, step: Callable[[], T]) -> asyncio.Future[T]:
        """Do `step` in a thread, never beside another step of this file."""

        def locked() -> T:
            with self._step, local_file_errors(self.path):
                if self._closed:  # we were cancelled before this step had begun
                    raise FileTrouble(f"{visible(str(self.path), 120)} was closed.")
                return step()

        return asyncio.get_running_loop().run_in_executor(None, locked)

    def close(self) -> None:
        """Close it; called in a thread, or at the end of the last step."""
        self._closed = True
        if self._fd >= 0:
            descriptor, self._fd = self._fd, -1
            os.close(descriptor)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it after the step under way, unless its last step has closed it."""
        if not self._closed:
            await settle(asyncio.shield(asyncio.to_thread(self._close_after_step)))

    def _close_after_step(self) -> None:
        with self._step:
            self.close()


def is_hole(data: bytes | memoryview) -> bool:
    """Whether there are only zeros in it."""
    return not data or (data[0] == 0 == data[-1] and _ZEROS.startswith(bytes(data)))


class Source(LocalFile):
    """A file being read; it must stay as it is from the first byte to the last.

    With `cut`, which tells where the piece ends that begins at a byte of a file of a size, each
    piece is hashed by itself, and told as it ends; else all is hashed as one.
    """

    def __init__(
        self, path: Path, algo: str, offset: int = 0, cut: Callable[[int, int], int] | None = None
    ) -> None:
        super().__init__(path, algo)
        self._algo = algo
        self._read = self._begun = offset
        self._before: os.stat_result
        self._cut = cut
        self.pieces: list[Piece] = []

    @property
    def whole(self) -> bool:
        """Whether all bytes were read."""
        return self._read == self._before.st_size

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._before.st_size

    @property
    def sparse(self) -> bool:
        """Whether it has holes."""
        return self._before.st_blocks * 512 < self._before.st_size

    def open(self) -> os.stat_result:
        """Open it: what it is; FileTrouble unless a plain file."""
        self._fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO must not block us
        self._before = os.fstat(self._fd)
        if not stat.S_ISREG(self._before.st_mode):
            raise FileTrouble(f"{visible(str(self.path), 120)} is not a plain file.")
        if self._read > self._before.st_size:
            raise self._changed("became shorter")
        os.lseek(self._fd, self._read, os.SEEK_SET)
        return self._before

    def start(self, block: int) -> tuple[os.stat_result, list[bytes]]:
        """Open it: what it is, and the first blocks to send."""
        return self.open(), self.blocks(block)

    def blocks(self, block: int) -> list[bytes]:
        """The next blocks, about a batch of them, hashed; none at the end."""
        data = bytes(self.fill(memoryview(bytearray(batch_of(block)))))
        return [data[at : at + block] for at in range(0, len(data), block)]

    def fill(self, room: memoryview) -> memoryview:
        """The next bytes, as many as fit into `room` and the piece, hashed; none at the end."""
        at, end = 0, min(len(room), self._piece_end() - self._read)
        while at < end:
            count = os.readv(self._fd, [room[at:end]])
            if not count:
                raise self._changed("became shorter")
            at += count
        self.hash.update(room[:end])
        self._read += end
        if self._cut and end and self._read == self._piece_end():
            self.pieces.append(Piece(self._begun, self._read, self.hash.hexdigest()))
            self.hash, self._begun = new_hash(self._algo), self._read
        return room[:end]

    def _piece_end(self) -> int:
        size = self._before.st_size
        return size if self._cut is None else self._cut(self._begun, size)

    def finish(self) -> None:
        """Close it; SourceChanged unless it is what it was when it was opened."""
        after = os.fstat(self._fd)
        self.close()
        if _state(after) != _state(self._before):
            raise self._changed("changed")
        try:
            named = self.path.stat()
        except OSError:
            raise self._changed("vanished") from None
        if (named.st_dev, named.st_ino) != (after.st_dev, after.st_ino):
            raise self._changed("was replaced")

    def _changed(self, how: str) -> SourceChanged:
        return SourceChanged(f"{visible(str(self.path), 120)} {how} while it was sent.")


class Sink(LocalFile):
    """A file being written, mode 0600 when it is new; its first `offset` bytes are kept.

    Zeros in a row become a hole, as they may have been one.
    """

    def __init__(self, path: Path, algo: str, offset: int = 0) -> None:
        super().__init__(path, algo)
        self._kept = self._begun = offset

    def write(self, blocks: Sequence[bytes | memoryview]) -> None:
        """Append `blocks`, hashed; the first time the file is made, or cut to what is kept."""
        if self._fd < 0:
            self._start()
        for block in blocks:
            self.hash.update(block)
            for piece, hole in _pieces(block):
                self._append(piece, hole=hole)
        self._begin_to_keep()

    def _append(self, piece: memoryview, *, hole: bool) -> None:
        if hole:
            os.lseek(self._fd, len(piece), os.SEEK_CUR)
            return
        while piece:
            piece = piece[os.write(self._fd, piece) :]

    def _begin_to_keep(self) -> None:
        """Have the disk begin with what came: else all of it is waited for at the end."""
        if hasattr(os, "posix_fadvise"):
            end = os.lseek(self._fd, 0, os.SEEK_CUR)
            if end - self._begun >= _KEEP_AT_ONCE:
                with suppress(OSError):  # it is nothing but advice
                    size = end - self._begun
                    os.posix_fadvise(self._fd, self._begun, size, os.POSIX_FADV_DONTNEED)
                self._begun = end

    def _start(self) -> None:
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        if os.fstat(self._fd).st_size < self._kept:
            raise SourceChanged(f"{visible(str(self.path), 120)} is shorter than it was.")
        os.ftruncate(self._fd, self._kept)
        os.lseek(self._fd, self._kept, os.SEEK_SET)

    def finish(self, blocks: Sequence[bytes | memoryview]) -> None:
        """Append the last `blocks`, have the disk keep it all, and close it."""
        self.write(blocks)
        os.ftruncate(self._fd, os.lseek(self._fd, 0, os.SEEK_CUR))  # it may end with a hole
        os.fsync(self._fd)
        self.close()


def _pieces(block: bytes | memoryview) -> Iterator[tuple[memoryview, bool]]:
    """The block as runs of data and of zeros, and which it is; mostly it is one run."""
    view, begun, at = memoryview(block), 0, 0
    if len(block) >= _PIECE and is_hole(block):
        yield view, True
        return
    while at + _PIECE <= len(block):
        if not block[at] and bytes(view[at : at + _PIECE]) == _HOLE:
            if begun < at:
                yield view[begun:at], False
            yield view[at : at + _PIECE], True
            begun = at + _PIECE
        at += _PIECE
    if begun < len(block):
        yield view[begun:], False


def _state(told: os.stat_result) -> tuple[int, int]:
    return told.st_size, told.st_mtime_ns
