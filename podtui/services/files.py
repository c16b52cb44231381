"""Looking around in folders at any end, and changing them. An end is a cluster, or this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from podtui.backends.base import Files
from podtui.backends.local import LocalFiles
from podtui.domain.entry import Entry, Space, from_home
from podtui.domain.text import visible
from podtui.errors import FileTrouble, NotFound
from podtui.services.clearing import remove_tree
from podtui.services.clusters import ClusterService

HERE = ""
"""This machine as an end; the others are called as their clusters."""


class FileService:
    """Lists, reads and changes folders; moving files between ends is the TransferService's.

    `end` is a cluster's name, or HERE. All paths may be relative or begin with `~`.
    """

    def __init__(self, clusters: ClusterService, home: Path) -> None:
        self._clusters = clusters
        self._home = home
        self._here = LocalFiles()

    async def resolve(self, end: str, path: str) -> str:
        """A path made absolute; `~` is the home there, a relative one begins there.

        On this machine a relative one begins where podtui was started.
        """
        if end == HERE:
            return await self._here.resolve(self._from_home(path))
        async with self._clusters.files(end) as backend:
            return await backend.files.resolve(path)

    def _from_home(self, path: str) -> str:
        if path.startswith("~"):
            return f"{self._home}/{from_home(path)}".rstrip("/") or "/"
        return os.path.normpath(path) if path else "."

    async def folder(self, end: str, path: str) -> tuple[Entry, ...]:
        """What is in a folder: folders first, by name."""
        resolved = await self.resolve(end, path)
        if end == HERE:
            async with aclosing(self._here.scan_folder(resolved)) as found:
                return _sorted([entry async for entry in found])
        async with self._clusters.files(end) as backend:
            return _sorted(list(await backend.files.list_folder(resolved)))

    async def stat(self, end: str, path: str) -> Entry | None:
        """What stands under a path, links followed, or None."""
        async with self._at(end, path) as (files, resolved):
            return await files.stat(resolved)

    async def space(self, end: str, path: str) -> Space | None:
        """Free space there, None when the server does not tell."""
        async with self._at(end, path) as (files, resolved):
            return await files.space(resolved)

    async def make_folder(self, end: str, path: str) -> None:
        """Make a folder and its parents; what is there already under the name is FileTrouble."""
        async with self._at(end, path) as (files, resolved):
            if await files.stat(resolved) is not None:
                raise FileTrouble(f"{visible(resolved, 200)!r} is there already.")
            await files.make_folder(resolved)

    async def remove(self, end: str, path: str, *, whole: bool = False) -> None:
        """Remove a file, a link or an empty folder; with `whole` a folder and all that is in it."""
        async with self._at(end, path) as (files, resolved):
            if whole:
                await remove_tree(files, resolved)
            else:
                await files.remove(resolved)

    async def rename(self, end: str, path: str, new: str) -> None:
        """Give what stands under `path` another name; one that is taken is FileTrouble."""
        async with self._at(end, path) as (files, resolved):
            target = await self.resolve(end, new)
            if await files.stat(target) is not None:
                raise FileTrouble(
                    f"{visible(target, 200)!r} is there already.", hint="Nothing was renamed."
                )
            await files.rename(resolved, target)

    async def read(self, end: str, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes of a file from `offset` on; a negative one counts from the end."""
        resolved = await self.resolve(end, path)
        if end == HERE:
            return await asyncio.to_thread(_read_here, resolved, offset, length)
        async with self._clusters.files(end) as backend:
            return await backend.files.read(resolved, offset, length)

    @asynccontextmanager
    async def _at(self, end: str, path: str) -> AsyncIterator[tuple[Files | LocalFiles, str]]:
        """The files of an end, and the path made absolute there."""
        if end == HERE:
            yield self._here, await self.resolve(HERE, path)
            return
        async with self._clusters.files(end) as backend:
            yield backend.files, await backend.files.resolve(path)


def _sorted(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda e: (not e.is_folder, e.name.casefold(), e.name)))


def _read_here(path: str, offset: int, length: int) -> bytes:
    """Read a plain file; a pipe would keep us waiting for ever."""
    try:
        if not Path(path).is_file():
            raise NotFound(f"{visible(path, 200)!r} is no file, or gone.", title="File not found")
        with Path(path).open("rb") as file:
            file.seek(*((offset, os.SEEK_SET) if offset >= 0 else (0, os.SEEK_END)))
            if offset < 0:
                file.seek(max(file.tell() + offset, 0))
            return file.read(length)
    except OSError as error:
        raise FileTrouble(f"{visible(path, 200)!r}: {error.strerror}.") from None
