"""Uploads and downloads: many blocks on the wire, the disk and the hash in one thread beside it.

Neither the event loop nor the link waits for the disk or the hash. Measured on two cores against
OpenSSH 9.2 over loopback this is as fast as scp.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING

from podtui.backends.base import Progress
from podtui.backends.ssh.listing import kind_of
from podtui.backends.ssh.local_file import BATCH, Sink, Source, Worker, worker_for
from podtui.backends.ssh.remote_file import RemoteFile, remote_file
from podtui.backends.ssh.window import Window
from podtui.domain.entry import EntryKind
from podtui.domain.text import from_bytes, visible
from podtui.errors import BadAnswer, FileTrouble, NoSpace, SourceChanged

if TYPE_CHECKING:
    import asyncssh

_SAFE_BLOCK = 32 * 1024  # draft-ietf-secsh-filexfer-02, section 3: all servers take 34,000 bytes
_LARGEST_BLOCK = 1024 * 1024


async def upload(
    client: asyncssh.SFTPClient, source: Source, target: bytes, progress: Progress
) -> str:
    """Write `source` to exactly `target` and return the hash of the bytes sent, in hex.

    It is on the far disk when this returns, where the server can promise that (fsync@openssh.com).
    """
    async with worker_for(source) as worker:
        told = await worker.run(source.open)
        try:
            async with remote_file(client, target, "wb", stat.S_IMODE(told.st_mode)) as file:
                await _send(file, source, worker, _block(client.limits.max_write_len), progress)
                await worker.run(source.check)
                await _sync(file)
        except _failure() as error:
            if await _is_full(client, target, told.st_size):
                raise NoSpace(f"No space is left for {visible(from_bytes(target), 120)}.") from (
                    error
                )
            raise
        return source.hash.hexdigest()


async def _send(
    file: RemoteFile,
    source: Source,
    worker: Worker,
    block: int,
    progress: Progress,
) -> None:
    offset = 0
    next_blocks = partial(source.blocks, block)
    coming = worker.run(next_blocks)
    try:
        async with Window[int](block) as window:
            while blocks := await coming:
                coming = worker.run(next_blocks)
                for data in blocks:
                    if window.full:
                        progress(await window.take())
                    window.add(file.write(data, offset))
                    offset += len(data)
            while window:
                progress(await window.take())
    finally:
        coming.cancel()


async def download(
    client: asyncssh.SFTPClient, source: bytes, sink: Sink, progress: Progress
) -> str:
    """Write `source` to the sink and return the hash of the bytes received, in hex.

    Exactly as many bytes as the server told at the start: SourceChanged when it has fewer or more.
    """
    name = visible(from_bytes(source), 120)
    async with remote_file(client, source, "rb") as file, worker_for(sink) as worker:
        before = await file.stat()
        if before.size is None or kind_of(before) not in (EntryKind.FILE, EntryKind.OTHER):
            raise FileTrouble(f"{name} is not a plain file.")
        await worker.run(sink.open)
        await _receive(client, file, before.size, _Writer(worker, sink), progress)
        after = await file.stat()
        if await file.read(1, before.size) or _state(after) != _state(before):
            raise SourceChanged(f"{name} changed while it was read.")
        await worker.run(sink.sync)
        await worker.run(sink.close)
        return sink.hash.hexdigest()


async def read_whole(
    client: asyncssh.SFTPClient, file: RemoteFile, size: int
) -> AsyncGenerator[bytes, None]:
    """The first `size` bytes of `file`, block by block, many under way at once."""
    block = _block(client.limits.max_read_len)
    asked = 0
    async with Window[bytes](block) as window:
        while asked < size or window:
            while asked < size and not window.full:
                length = min(block, size - asked)
                window.add(read_block(file, asked, length))
                asked += length
            yield await window.take()


async def _receive(
    client: asyncssh.SFTPClient,
    file: RemoteFile,
    size: int,
    writer: _Writer,
    progress: Progress,
) -> None:
    try:
        async with aclosing(read_whole(client, file, size)) as blocks:
            async for data in blocks:
                await writer.add(data)
                progress(len(data))
        await writer.flush()
    finally:
        writer.abandon()


class _Writer:
    """Hands blocks to the thread, a batch at a time, one batch being written at most."""

    def __init__(self, worker: Worker, sink: Sink) -> None:
        self._worker = worker
        self._sink = sink
        self._batch: list[bytes] = []
        self._size = 0
        self._writing: asyncio.Future[None] | None = None

    async def add(self, data: bytes) -> None:
        self._batch.append(data)
        self._size += len(data)
        if self._size >= BATCH:
            await self._hand_over()

    async def flush(self) -> None:
        await self._hand_over()
        await self._hand_over()

    async def _hand_over(self) -> None:
        if self._writing is not None:
            await self._writing
        self._writing = self._worker.run(partial(self._sink.write, self._batch))
        self._batch, self._size = [], 0

    def abandon(self) -> None:
        if self._writing is not None:
            self._writing.cancel()


async def read_block(file: RemoteFile, offset: int, length: int) -> bytes:
    """Exactly `length` bytes; a server may answer with fewer, which is asked for again."""
    data = await file.read(length, offset)
    while 0 < len(data) < length:
        more = await file.read(length - len(data), offset + len(data))
        if not more:
            break
        data += more
    if len(data) > length:
        raise BadAnswer("The server sent more bytes than were asked for.")
    if len(data) < length:
        raise SourceChanged("The file became shorter while it was read.")
    return data


async def _sync(file: RemoteFile) -> None:
    import asyncssh

    with suppress(asyncssh.SFTPOpUnsupported):
        await file.fsync()


async def _is_full(client: asyncssh.SFTPClient, target: bytes, size: int) -> bool:
    """OpenSSH says only "Failure" for a full disk, so ask how much is free."""
    import asyncssh

    folder = target.rpartition(b"/")[0] or b"/"
    try:
        there = await client.statvfs(folder)
        written = (await client.stat(target)).size or 0
    except (asyncssh.Error, OSError):
        return False
    return (there.bavail or 0) * (there.frsize or 0) < max(size - written, 1)


def _failure() -> type[Exception]:
    import asyncssh

    return asyncssh.SFTPFailure


def _state(told: asyncssh.SFTPAttrs) -> tuple[int | None, int | None]:
    return told.size, told.mtime


def _block(limit: int) -> int:
    return min(max(limit, _SAFE_BLOCK), _LARGEST_BLOCK)
