"""This machine's own files, with the same questions and answers as a cluster's."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import stat
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from podtui.backends.ssh.hashing import new_hash
from podtui.domain.entry import Entry, EntryKind, Space
from podtui.domain.key import refuse_private_key
from podtui.domain.text import visible
from podtui.errors import FileTrouble, NoSpace, NotFound

_AT_ONCE = 1000  # entries a hop into the thread
_BLOCK = 1 << 20
_SETTLED = 2.0  # seconds; no file system tells times of change more coarsely
_KEY_BYTES = 32 * 1024  # no private key is larger
_T = TypeVar("_T")


class LocalFiles:
    """The part of `Files` (podtui.backends.base) that a transfer asks of its near end."""

    async def resolve(self, path: str) -> str:
        """`path` made absolute, `~` filled in."""
        return str(Path(path).expanduser().absolute())

    async def scan_folder(self, path: str) -> AsyncGenerator[Entry, None]:
        """The folder's entries in no order; links are looked behind, which costs nothing here."""
        found = await _do(path, lambda: os.scandir(path))
        try:
            entries = map(entry_of, found)
            while batch := await _do(path, lambda: list(islice(entries, _AT_ONCE))):
                for one in batch:
                    yield one
        finally:
            found.close()

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path`, links followed; a link to nowhere is a LINK without target."""
        return await _do(path, lambda: _stat(path))

    async def make_folder(self, path: str) -> None:
        """Make the folder and its parents; one that exists is fine."""
        await _do(path, lambda: Path(path).mkdir(parents=True, exist_ok=True))

    async def remove(self, path: str) -> None:
        """Remove a file, a link or an EMPTY folder."""

        def act() -> None:
            where = Path(path)
            if where.is_dir() and not where.is_symlink():
                where.rmdir()
            else:
                where.unlink()

        await _do(path, act)

    async def rename(self, old: str, new: str) -> None:
        """Give `old` the name `new`, replacing a file there in one step; the disk keeps it."""

        def act() -> None:
            os.replace(old, new)
            sync_folder(os.path.dirname(new))

        await _do(new, act)

    async def space(self, path: str) -> Space | None:
        """Free space where `path` lies, or will lie."""

        def act() -> Space | None:
            for folder in (Path(path), *Path(path).parents):
                with suppress(OSError):
                    usage = shutil.disk_usage(folder)
                    return Space(usage.free, usage.total)
            return None

        return await _do(path, act)

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        """The hash of the file, or of `length` bytes from `start` on, in hex."""

        def act() -> str:
            digest = new_hash(algo)
            left = length
            with open(path, "rb", buffering=0) as file:
                file.seek(start)
                while left is None or left > 0:
                    data = file.read(_BLOCK if left is None else min(_BLOCK, left))
                    if not data:
                        break
                    digest.update(data)
                    left = left if left is None else left - len(data)
            return digest.hexdigest()

        return await _do(path, act)

    async def state(self, path: str) -> str:
        """What is another one after any change of the file, also of one that keeps its time.

        Empty when it has just been changed: a change at the same moment would not show.
        """

        def act() -> str:
            told = os.stat(path)
            if time.time() - told.st_ctime < _SETTLED:
                return ""
            return f"{told.st_ino} {told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}"

        return await _do(path, act)

    async def set_facts(self, path: str, mode: int, modified: float) -> None:
        """Give a file or folder its permission bits (0: as they are) and time."""

        def act() -> None:
            if mode & 0o777:
                os.chmod(path, mode & 0o777)
            os.utime(path, (modified, modified))

        await _do(path, act)

    async def refuse_private_key(self, path: str) -> None:
        """InputError when the file is a private key: none ever leaves this machine."""

        def act() -> bytes:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO must not block us
            try:
                size = os.fstat(descriptor).st_size
                return os.read(descriptor, 128) if size <= _KEY_BYTES else b""
            finally:
                os.close(descriptor)

        refuse_private_key(await _do(path, act), path)

    async def leads_up(self, path: str) -> bool:
        """Whether the link `path` points at a folder it lies in."""

        def act() -> bool:
            pointed = os.path.realpath(path)
            here = os.path.realpath(os.path.dirname(path))
            return os.path.commonpath((pointed, here)) == pointed

        return await _do(path, act)

    async def read_link(self, path: str) -> str:
        """What the symbolic link says, unchanged."""
        return await _do(path, lambda: os.readlink(path))

    async def make_link(self, path: str, says: str) -> None:
        """Make the symbolic link, in one step in place of one that is there."""

        def act() -> None:
            part = f"{path}.podtui.part"
            with suppress(FileNotFoundError):
                os.unlink(part)
            os.symlink(says, part)
            os.replace(part, path)

        await _do(path, act)


def sync_folder(path: str) -> None:
    """Have the disk keep the names in a folder."""
    descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def entry_of(item: os.DirEntry[str]) -> Entry:
    """An entry with what it points at; one that vanished meanwhile is of kind OTHER."""
    try:
        facts = item.stat(follow_symlinks=False)
    except OSError:
        return Entry(item.name, EntryKind.OTHER)
    target: os.stat_result | None = None
    if stat.S_ISLNK(facts.st_mode):
        with suppress(OSError):
            target = item.stat()
    return _entry(item.name, facts, target)


def _stat(path: str) -> Entry | None:
    name = os.path.basename(path)
    try:
        return _entry(name, os.stat(path), None)
    except FileNotFoundError:
        pass
    try:
        return _entry(name, os.lstat(path), None)
    except FileNotFoundError:
        return None


def _entry(name: str, facts: os.stat_result, target: os.stat_result | None) -> Entry:
    told = target or facts
    return Entry(
        name=name,
        kind=_kind(facts.st_mode),
        size=told.st_size,
        modified=datetime.fromtimestamp(told.st_mtime, UTC),
        mode=stat.S_IMODE(told.st_mode),
        target_kind=_kind(target.st_mode) if target else None,
    )


def _kind(mode: int) -> EntryKind:
    if stat.S_ISREG(mode):
        return EntryKind.FILE
    if stat.S_ISDIR(mode):
        return EntryKind.FOLDER
    return EntryKind.LINK if stat.S_ISLNK(mode) else EntryKind.OTHER


async def _do(path: str, act: Callable[[], _T]) -> _T:
    """Do it in a thread; what the system says no to is a FileTrouble about `path`."""
    try:
        return await asyncio.to_thread(act)
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no {visible(str(error.filename or path), 200)!r} on this machine.",
            title="File not found",
        ) from None
    except OSError as error:
        kind = NoSpace if error.errno in _FULL else FileTrouble
        raise kind(f"{visible(path, 200)!r}: {error.strerror}.") from None


_FULL = (errno.ENOSPC, errno.EDQUOT)
