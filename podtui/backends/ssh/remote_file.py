"""An open file at the far side that is closed however its use ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from podtui.backends.ssh.listing import kind_of
from podtui.domain.entry import EntryKind
from podtui.domain.text import from_bytes, visible
from podtui.errors import FileTrouble, PodError

if TYPE_CHECKING:
    import asyncssh

_CLOSE_SECONDS = 5.0

T = TypeVar("T")


class RemoteFile(Protocol):
    """What is used of asyncssh's SFTPClientFile, opened for bytes; each call is one request."""

    async def read(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes, none at the end."""
        ...

    async def write(self, data: bytes, offset: int) -> int:
        """Write all of `data` and return its length."""
        ...

    async def stat(self) -> asyncssh.SFTPAttrs:
        """Its attributes now."""
        ...

    async def truncate(self, size: int) -> None:
        """Cut it, or fill it up with zeros."""
        ...

    async def fsync(self) -> None:
        """Have the far disk keep it."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


@asynccontextmanager
async def remote_file(
    client: asyncssh.SFTPClient, path: bytes, mode: str, permissions: int | None = None
) -> AsyncIterator[RemoteFile]:
    """Open `path` and close it at the end, also when we are cancelled while it is being opened.

    An answer to "open" that nobody waits for would leave a handle at the server. After a failure
    closing may take five seconds; after a success an error while closing is raised.
    """
    import asyncssh

    attrs = asyncssh.SFTPAttrs(permissions=permissions)
    opening = asyncio.ensure_future(_open(client, path, mode, attrs))
    try:
        file = await asyncio.shield(opening)
    except BaseException:
        await _close_when_open(opening)
        raise
    try:
        yield file
    except BaseException:
        await settle(file.close())
        raise
    await file.close()


@asynccontextmanager
async def file_to_read(
    client: asyncssh.SFTPClient, path: bytes
) -> AsyncIterator[tuple[RemoteFile, int, asyncssh.SFTPAttrs]]:
    """Open `path` to read: the file, its size and its attributes.

    FileTrouble for what is no plain file, before it is opened: opening a FIFO would keep the server
    waiting for a writer, and all its other answers with it.
    """
    told = await client.stat(path)
    if told.size is None or kind_of(told) is not EntryKind.FILE:
        raise FileTrouble(f"{visible(from_bytes(path), 120)} is not a plain file.")
    async with remote_file(client, path, "rb") as file:
        yield file, told.size, told


async def _open(
    client: asyncssh.SFTPClient, path: bytes, mode: str, attrs: asyncssh.SFTPAttrs
) -> RemoteFile:
    # A block size of 0 makes every read and write one request, which copying.py counts on.
    return cast(RemoteFile, await client.open(path, mode, attrs, encoding=None, block_size=0))


async def _close_when_open(opening: asyncio.Future[RemoteFile]) -> None:
    file = await settle(opening)
    if file is not None:
        await settle(file.close())


async def settle(awaitable: Awaitable[T]) -> T | None:
    """The end of a clean-up step, awaited for five seconds; None when it failed or took longer."""
    import asyncssh

    with suppress(asyncssh.Error, OSError, PodError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            return await awaitable
    return None
