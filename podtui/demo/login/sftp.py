"""SFTP on a login node: the paths of the shell, the quota of the volume."""

# Names here are any bytes, and pathlib takes only text:
# ruff: noqa: PTH105, PTH107, PTH116, PTH118, PTH120

import asyncio
import contextlib
import io
import os
from collections.abc import AsyncIterator, Awaitable

import asyncssh
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_EXCL, FXF_READ, FXF_TRUNC, FXF_WRITE

from podtui.demo.batch.owner import Owner
from podtui.demo.login.volume import Volume


class _OpenFile(io.FileIO):
    """An open file: whether it counts against the quota, how large it is, where writes go."""

    counted = False
    size = 0
    appends = False


class HomeFiles(asyncssh.SFTPServer):
    """One SFTP session; relative paths start at the owner's home, names are any bytes."""

    def __init__(
        self, channel: "asyncssh.SSHServerChannel[bytes]", owner: Owner, volume: Volume
    ) -> None:
        super().__init__(channel)
        self._owner = owner
        self._home = os.fsencode(owner.home)
        self._volume = volume

    def map_path(self, path: bytes) -> bytes:
        """Read a relative path from the home."""
        return os.path.join(self._home, path) if path not in {b"", b"."} else self._home

    def realpath(self, path: bytes) -> bytes:
        """Follow links; the home itself is told as the shell tells it."""
        return self._home if path in {b"", b"."} else os.path.realpath(self.map_path(path))

    def format_user(self, uid: int | None) -> str:
        """Name the one unix user behind everything as the pod does."""
        return self._owner.user if uid == os.getuid() else str(uid)

    def format_group(self, gid: int | None) -> str:
        """Name the one unix group behind everything as the pod does."""
        return self._owner.group if gid == os.getgid() else str(gid)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List a folder; what goes while it is listed is left out."""
        mapped = self.map_path(path)
        for name in (b".", b".."):
            attrs = asyncssh.SFTPAttrs.from_local(os.stat(os.path.join(mapped, name)))
            yield asyncssh.SFTPName(name, attrs=attrs)
        with os.scandir(mapped) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat(follow_symlinks=False)
                    yield asyncssh.SFTPName(entry.name, attrs=asyncssh.SFTPAttrs.from_local(found))

    def open(
        self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs
    ) -> object | Awaitable[object]:
        """Open a file as the flags say; what truncation frees is free at once."""
        mapped = self.map_path(path)
        writes = bool(pflags & FXF_WRITE)
        counted = writes and self._volume.holds(mapped)
        before = _size(mapped) if counted else 0
        permissions = 0o666 if attrs.permissions is None else attrs.permissions & 0o7777
        descriptor = os.open(mapped, _flags(pflags), permissions)
        mode = ("r+b" if pflags & FXF_READ else "wb") if writes else "rb"
        try:
            opened = _OpenFile(descriptor, mode)
        except OSError:  # a folder
            os.close(descriptor)
            raise
        opened.counted = counted
        opened.appends = bool(pflags & FXF_APPEND)
        opened.size = os.fstat(descriptor).st_size
        if counted:
            self._volume.count(opened.size - before)
        return opened

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read, wherever the last read ended."""
        assert isinstance(file_obj, _OpenFile)
        return os.pread(file_obj.fileno(), size, offset)

    def write(self, file_obj: object, offset: int, data: bytes) -> int | Awaitable[int]:
        """Write all of the data; over the quota it fails and nothing of it is written."""
        assert isinstance(file_obj, _OpenFile)
        start = file_obj.size if file_obj.appends else offset
        growth = start + len(data) - file_obj.size
        if file_obj.counted and not self._volume.has_room(growth):
            return self._write_if_room(file_obj, start, data)
        self._put(file_obj, start, data)
        return len(data)

    async def _write_if_room(self, file_obj: _OpenFile, offset: int, data: bytes) -> int:
        await self._volume.make_room(offset + len(data) - file_obj.size)
        self._put(file_obj, offset, data)
        return len(data)

    def _put(self, file_obj: _OpenFile, offset: int, data: bytes) -> None:
        descriptor = file_obj.fileno()
        written = os.pwrite(descriptor, data, offset)
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], offset + written)
        growth = offset + len(data) - file_obj.size
        if growth > 0:
            file_obj.size += growth
            if file_obj.counted:
                self._volume.count(growth)

    async def fsync(self, file_obj: object) -> None:
        """Wait for the disk, in a thread: others go on meanwhile."""
        assert isinstance(file_obj, _OpenFile)
        await asyncio.to_thread(os.fsync, file_obj.fileno())

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change attributes by path; a new size counts."""
        mapped = self.map_path(path)
        if attrs.size is not None and self._volume.holds(mapped):
            await self._resize(attrs.size - os.stat(mapped).st_size)
        super().setstat(path, attrs)

    async def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change attributes of a link itself, which has no size to set."""
        if attrs.size is not None:
            raise asyncssh.SFTPOpUnsupported("the size of a link cannot be set")
        super().lsetstat(path, attrs)

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Change attributes of an open file; a new size counts."""
        assert isinstance(file_obj, _OpenFile)
        if attrs.size is not None and file_obj.counted:
            await self._resize(attrs.size - file_obj.size)
        super().fsetstat(file_obj, attrs)
        file_obj.size = os.fstat(file_obj.fileno()).st_size

    async def _resize(self, growth: int) -> None:
        if not self._volume.has_room(growth):
            await self._volume.make_room(growth)
        self._volume.count(growth)

    def remove(self, path: bytes) -> None:
        """Remove a file; its room is free at once when this was its last name."""
        mapped = self.map_path(path)
        found = os.lstat(mapped)
        counted = found.st_nlink == 1 and self._volume.holds(os.path.dirname(mapped))
        os.remove(mapped)
        if counted:
            self._volume.count(-found.st_size)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename over whatever is there; the room of what was there is free at once."""
        target = self.map_path(newpath)
        freed = _size(target) if self._volume.holds(os.path.dirname(target)) else 0
        os.replace(self.map_path(oldpath), target)
        self._volume.count(-freed)

    def exit(self) -> None:
        """Say that all went well: OpenSSH's scp fails without an exit status."""
        self.channel.exit(0)

    async def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        """Tell the volume's size and room, or the file system's where that is less."""
        return await self._room(self.map_path(path))

    async def fstatvfs(self, file_obj: object) -> asyncssh.SFTPVFSAttrs:
        """Tell the same for an open file."""
        assert isinstance(file_obj, _OpenFile)
        return await self._room(file_obj.fileno())

    async def _room(self, where: bytes | int) -> asyncssh.SFTPVFSAttrs:
        found = asyncssh.SFTPVFSAttrs.from_local(os.statvfs(where))
        if isinstance(where, int) or self._volume.holds(where):
            await self._volume.survey()
            unit = found.frsize or found.bsize
            found.blocks = min(found.blocks, self._volume.quota // unit)
            found.bfree = min(found.bfree, self._volume.free // unit)
            found.bavail = min(found.bavail, found.bfree)
        return found


def _flags(pflags: int) -> int:
    flags = os.O_RDWR if pflags & FXF_READ else os.O_WRONLY
    if not pflags & FXF_WRITE:
        flags = os.O_RDONLY
    for asked, flag in (
        (FXF_APPEND, os.O_APPEND),
        (FXF_CREAT, os.O_CREAT),
        (FXF_TRUNC, os.O_TRUNC),
        (FXF_EXCL, os.O_EXCL),
    ):
        flags |= flag if pflags & asked else 0
    return flags | os.O_NONBLOCK | os.O_NOCTTY  # a named pipe must not stop the whole pod


def _size(path: bytes) -> int:
    """Give the size of a file, 0 when there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
