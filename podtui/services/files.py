"""Looking around in folders, near and far."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

from podtui.domain.entry import Entry, EntryKind, Space
from podtui.errors import FileTrouble
from podtui.services.clusters import ClusterService


class FileService:
    """Lists and changes folders; moving bytes is the TransferService's."""

    def __init__(self, clusters: ClusterService) -> None:
        self._clusters = clusters

    async def resolve(self, cluster: str, path: str) -> str:
        """A remote path made absolute; `~` and relative ones mean the home there."""
        async with self._clusters.files(cluster) as backend:
            return await backend.files.resolve(path)

    async def remote(self, cluster: str, path: str) -> tuple[Entry, ...]:
        """A folder on a cluster, folders first, by name."""
        async with self._clusters.files(cluster) as backend:
            resolved = await backend.files.resolve(path)
            return _sorted(await backend.files.list_folder(resolved))

    async def local(self, path: Path) -> tuple[Entry, ...]:
        """A folder on this machine, folders first, by name."""
        return _sorted(await asyncio.to_thread(_list_local, path))

    async def stat(self, cluster: str, path: str) -> Entry | None:
        """What stands under a remote path, or None."""
        async with self._clusters.files(cluster) as backend:
            return await backend.files.stat(await backend.files.resolve(path))

    async def remote_space(self, cluster: str, path: str) -> Space | None:
        """Free space there, None when the server does not tell."""
        async with self._clusters.files(cluster) as backend:
            return await backend.files.space(await backend.files.resolve(path))

    async def local_space(self, path: Path) -> Space:
        """Free space here."""
        usage = await asyncio.to_thread(shutil.disk_usage, path)
        return Space(usage.free, usage.total)

    async def make_folder(self, cluster: str, path: str) -> None:
        """Make a remote folder and its parents."""
        async with self._clusters.files(cluster) as backend:
            await backend.files.make_folder(await backend.files.resolve(path))

    async def remove(self, cluster: str, path: str) -> None:
        """Remove a remote file or empty folder."""
        async with self._clusters.files(cluster) as backend:
            await backend.files.remove(await backend.files.resolve(path))

    async def make_local_folder(self, path: Path) -> None:
        """Make a folder on this machine."""
        await asyncio.to_thread(_changing, path, path.mkdir)

    async def remove_local(self, path: Path) -> None:
        """Remove a file or empty folder on this machine."""
        is_folder = path.is_dir() and not path.is_symlink()
        await asyncio.to_thread(_changing, path, path.rmdir if is_folder else path.unlink)


def _sorted(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda e: (not e.is_folder, e.name.casefold(), e.name)))


def _changing(path: Path, act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except OSError as error:
        raise FileTrouble(f"{str(path)!r}: {error.strerror}.") from None


def _list_local(path: Path) -> tuple[Entry, ...]:
    entries = []
    try:
        with os.scandir(path) as found:
            entries = [_local_entry(item) for item in found]
    except OSError as error:
        raise FileTrouble(f"{str(path)!r} cannot be read: {error.strerror}.") from None
    return tuple(entries)


def _local_entry(item: os.DirEntry[str]) -> Entry:
    try:
        facts = item.stat(follow_symlinks=False)
        target = item.stat() if item.is_symlink() else None
    except OSError:  # vanished meanwhile, or a link to nowhere
        return Entry(item.name, EntryKind.LINK if item.is_symlink() else EntryKind.OTHER)
    return Entry(
        name=item.name,
        kind=_kind(facts.st_mode),
        size=(target or facts).st_size,
        modified=datetime.fromtimestamp((target or facts).st_mtime, UTC),
        mode=stat.S_IMODE(facts.st_mode),
        target_kind=_kind(target.st_mode) if target else None,
    )


def _kind(mode: int) -> EntryKind:
    if stat.S_ISREG(mode):
        return EntryKind.FILE
    if stat.S_ISDIR(mode):
        return EntryKind.FOLDER
    return EntryKind.LINK if stat.S_ISLNK(mode) else EntryKind.OTHER
