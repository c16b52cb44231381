"""Logs on a cluster, read by seeking: a file of any length costs no more than what is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from podtui.backends.base import Files
from podtui.domain.log_view import BLOCK, MARK, MOST, LogWindow, Wanted
from podtui.errors import FileTrouble, NotFound, PodError
from podtui.paths import private_folder
from podtui.services.clusters import ClusterService

_FIRST_PAUSE = 1.0  # seconds between two looks at a file that grows
_LAST_PAUSE = 15.0  # … at one that has not grown for long
_SLOWER = 1.5
COPY_LIMIT = 64 << 20
"""Bytes handed to a pager: of a longer file its end."""


@dataclass(frozen=True, slots=True)
class LogNews:
    """What a look at a followed file found.

    `window` is new: the file's end as it is seen first, or after the file was replaced or cut
    (`replaced`) or grew by more than a window holds. `added` comes right behind offset `after`.
    """

    size: int
    window: LogWindow | None = None
    after: int = 0
    added: bytes = b""
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class LogSearch:
    """How far a search through the file is; `window` and `line` when it has found something."""

    offset: int
    window: LogWindow | None = None
    line: int = 0


class LogService:
    """Windows on the files of clusters. One read of a file is under way at a time."""

    def __init__(self, clusters: ClusterService) -> None:
        self._clusters = clusters
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def end(self, cluster: str, path: str) -> LogWindow:
        """The end of the file; NotFound where there is none."""
        async with self._clusters.call(cluster) as backend, self._turn(cluster, path):
            resolved, size = await _size(backend.files, path)
            return await _ending(backend.files, resolved, size)

    async def at(self, cluster: str, path: str, offset: int) -> LogWindow:
        """A window in whose middle `offset` stands; it begins with a line."""
        async with self._clusters.call(cluster) as backend, self._turn(cluster, path):
            resolved, size = await _size(backend.files, path)
            begin = max(0, min(offset, size) - BLOCK)
            data = await backend.files.read(resolved, begin, 2 * BLOCK)
            return LogWindow.of(begin, data, size).from_line()

    async def earlier(self, cluster: str, path: str, window: LogWindow) -> LogWindow:
        """`window` with what comes before it; it begins with a line."""
        async with self._clusters.call(cluster) as backend, self._turn(cluster, path):
            resolved = await backend.files.resolve(path)
            begin = max(0, window.offset - BLOCK)
            data = await backend.files.read(resolved, begin, window.offset - begin)
            if len(data) < window.offset - begin:
                raise _changed(path)
            return window.prepended(data).from_line()

    async def later(self, cluster: str, path: str, window: LogWindow) -> LogWindow:
        """`window` with what comes after it."""
        async with self._clusters.call(cluster) as backend, self._turn(cluster, path):
            resolved, size = await _size(backend.files, path)
            data = await backend.files.read(resolved, window.end, BLOCK)
            grown = window.appended(data)
            return LogWindow(grown.offset, grown.data, max(size, grown.end), grown.starts)

    async def follow(
        self, cluster: str, path: str, known: LogWindow | None = None
    ) -> AsyncGenerator[LogNews | PodError, None]:
        """The file's end, then what is added to it, until closed; failures are told and outlived.

        The pauses grow while nothing is added. `known` is what is shown already.
        """
        end, mark = (known.end, known.mark) if known and known.at_end else (-1, b"")
        pause = _FIRST_PAUSE
        while True:
            try:
                news = await self._look(cluster, path, end, mark)
            except PodError as error:
                yield error
                pause = min(pause * _SLOWER, _LAST_PAUSE)
            else:
                if news is not None:
                    yield news
                    if news.window is not None:
                        end, mark = news.window.end, news.window.mark
                    else:
                        end = news.after + len(news.added)
                        mark = (mark + news.added)[-MARK:]
                pause = _FIRST_PAUSE if news else min(pause * _SLOWER, _LAST_PAUSE)
            await asyncio.sleep(pause)

    async def _look(self, cluster: str, path: str, end: int, mark: bytes) -> LogNews | None:
        """What is new behind `end`, where the file shows `mark`; None when nothing is."""
        async with self._clusters.call(cluster) as backend, self._turn(cluster, path):
            files = backend.files
            resolved, size = await _size(files, path)
            if size == end and not mark:
                return None
            if 0 <= end <= size and size - end <= BLOCK:
                begin = end - len(mark)
                data = await files.read(resolved, begin, BLOCK + len(mark))
                added = data[len(mark) :]
                if data.startswith(mark):
                    return LogNews(end + len(added), None, end, added) if added else None
            window = await _ending(files, resolved, size)
            return LogNews(size, window, replaced=end >= 0 and size - end <= BLOCK)

    async def search(
        self, cluster: str, path: str, wanted: Wanted, offset: int, *, back: bool
    ) -> AsyncGenerator[LogSearch, None]:
        """Look for something from `offset` on, or before it with `back`, a block at a time.

        Tells after each block how far it is; the last one told has a window when it was found.
        """
        size = await self._file_size(cluster, path)
        low, high = (max(0, offset - MOST), offset) if back else (offset, offset + MOST)
        while (high > 0) if back else (low < size):
            window = await self._block(cluster, path, low, high - low, size)
            if not window.data:
                return
            line = window.found(wanted, len(window) if back else -1, back=back)
            if line is not None:
                around = await self.at(cluster, path, window.offset_of(line))
                yield LogSearch(low, around, around.line_at(window.offset_of(line)))
                return
            yield LogSearch(low if back else high)
            # The blocks overlap by a line, for what stands across their border.
            if back:
                high = low + (window.starts[1] if len(window) > 1 and low else 0)
                low = max(0, low - MOST)
            else:
                low = window.offset_of(-1) if len(window) > 1 and not window.at_end else window.end
                high = low + MOST

    async def _file_size(self, cluster: str, path: str) -> int:
        async with self._clusters.call(cluster) as backend:
            return (await _size(backend.files, path))[1]

    async def _block(
        self, cluster: str, path: str, offset: int, length: int, size: int
    ) -> LogWindow:
        async with self._clusters.call(cluster) as backend, self._turn(cluster, path):
            resolved = await backend.files.resolve(path)
            data = await backend.files.read(resolved, offset, length)
            return await asyncio.to_thread(LogWindow.of, offset, data, size)

    async def copy_end(self, cluster: str, path: str, target: Path) -> tuple[int, int]:
        """Write the file (0600), or the last COPY_LIMIT bytes of it, to `target`.

        Returns how many bytes were written and how many there are.
        """
        private_folder(target.parent)
        size = await self._file_size(cluster, path)
        begin = at = max(0, size - COPY_LIMIT)
        try:
            target.touch(mode=0o600)
            with target.open("wb") as out:
                while at < size:
                    window = await self._block(cluster, path, at, min(MOST, size - at), size)
                    if not window.data:
                        break
                    await asyncio.to_thread(out.write, window.data)
                    at = window.end
        except OSError as error:
            raise FileTrouble(f"{str(target)!r}: {error.strerror}.") from None
        return at - begin, size

    def _turn(self, cluster: str, path: str) -> asyncio.Lock:
        """Reads of one file take turns."""
        return self._locks.setdefault((cluster, path), asyncio.Lock())


async def _size(files: Files, path: str) -> tuple[str, int]:
    """The absolute path, and how long the file is now."""
    resolved = await files.resolve(path)
    entry = await files.stat(resolved)
    if entry is None:
        raise NotFound(f"{path} is not there.")
    return resolved, entry.size


async def _ending(files: Files, resolved: str, size: int) -> LogWindow:
    """The last block: its lines from the first whole one on."""
    begin = max(0, size - BLOCK)
    data = await files.read(resolved, begin, BLOCK)
    return LogWindow.of(begin, data, size).from_line()


def _changed(path: str) -> PodError:
    return NotFound(f"{path} is shorter than it was.", title="The file has changed")
