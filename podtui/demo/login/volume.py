"""A storage volume's quota, kept by counting, not by walking at every write."""

import asyncio
import errno
import os
import time

_FRESH = 60.0  # seconds for which a survey is believed while there is room
_AGAIN = 1.0  # seconds before a volume found full is surveyed again


class Volume:
    """How much of a user's home may still be written: `quota` bytes in all, by apparent size.

    What SFTP writes is counted as it comes. What shells and jobs write is found by a survey in a
    thread: at the beginning, when the last one is old, and before a write is refused. They
    themselves are not stopped: that takes a file system with quotas.
    """

    def __init__(self, home: bytes, quota: int) -> None:
        self._home = os.path.realpath(home)
        self.quota = quota
        self._used = 0
        self._grown = 0
        self._surveyed = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def free(self) -> int:
        """Bytes left."""
        return max(0, self.quota - self._used)

    def holds(self, path: bytes) -> bool:
        """Tell whether a path, its links followed, lies on this volume."""
        real = os.path.realpath(path)
        return real == self._home or real.startswith(self._home + b"/")

    def has_room(self, growth: int) -> bool:
        """Tell whether `growth` more bytes fit, as far as is known now."""
        return growth <= 0 or self._used + growth <= self.quota

    def count(self, growth: int) -> None:
        """Note that the volume grew, or shrank, by so many bytes."""
        self._used = max(0, self._used + growth)
        self._grown += growth

    async def make_room(self, growth: int) -> None:
        """Look again whether `growth` more bytes fit; OSError(EDQUOT) when they do not."""
        if time.monotonic() - self._surveyed > _AGAIN:
            await self.survey(_AGAIN)
        if not self.has_room(growth):
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    async def survey(self, fresh: float = _FRESH) -> None:
        """Count what is there, unless that was done within `fresh` seconds."""
        async with self._lock:
            if time.monotonic() - self._surveyed <= fresh:
                return
            before = self._grown
            found = await asyncio.to_thread(_size_of, self._home)
            self._used = found + max(0, self._grown - before)
            self._surveyed = time.monotonic()


def _size_of(folder: bytes) -> int:
    """Add up the sizes of all files below, a hard-linked one once, links not followed."""
    total = 0
    linked: set[tuple[int, int]] = set()
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    total += _entry_size(entry, folders, linked)
        except OSError:
            continue  # gone, or not ours to read
    return total


def _entry_size(
    entry: "os.DirEntry[bytes]", folders: list[bytes], linked: set[tuple[int, int]]
) -> int:
    try:
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
            return 0
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    if found.st_nlink > 1:
        if (found.st_dev, found.st_ino) in linked:
            return 0
        linked.add((found.st_dev, found.st_ino))
    return found.st_size
