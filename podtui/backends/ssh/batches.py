"""A far file read by many requests at once, its bytes handed on in order, a batch at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial

from podtui.backends.pace import Pace
from podtui.backends.ssh.block_file import BlockFile
from podtui.backends.ssh.local_file import batch_of
from podtui.backends.ssh.rooms import Rooms
from podtui.backends.ssh.window import UNDER_WAY, Window
from podtui.errors import SourceChanged

_IN_HAND = 4  # batches that were handed on and are not free again


@dataclass(slots=True, eq=False)
class _Batch:
    data: memoryview
    missing: int  # bytes that have not come yet


class Batches:
    """The bytes of a far file from `offset` to `size`.

    SourceChanged when it has fewer; with `spare` also when it has more, as far as one byte asked
    for behind the end shows.
    """

    def __init__(
        self, file: BlockFile, offset: int, size: int, block: int, pace: Pace, *, spare: bool = True
    ) -> None:
        self._file = file
        self._asked, self._size = offset, size
        self._block, self._whole = block, batch_of(block)
        self._pace = pace
        self._spare = spare
        self._window = Window(block)
        self._line: deque[_Batch] = deque()
        self._filled = 0  # bytes of the last in line that are asked for
        self._rooms = Rooms(UNDER_WAY // self._whole + _IN_HAND)

    async def all(self) -> AsyncGenerator[memoryview, None]:
        """One batch after the other; each stays as it is until it is given to `free`."""
        await self._ask()
        while self._asked < self._size or self._line:
            await self._ask()
            self._window.check()
            if self._line and not self._line[0].missing:
                yield self._line.popleft().data
            else:
                await self._window.news()
        while not self._window.empty:
            await self._window.news()
        self._window.check()

    def free(self, data: memoryview) -> None:
        """The batch is used no more: others may be put into its place."""
        self._rooms.free(data)
        self._window.tell()

    async def _ask(self) -> None:
        while self._asked < self._size and not self._window.full:
            if not self._line or self._filled == len(self._line[-1].data):
                room = self._rooms.take(min(self._whole, self._size - self._asked))
                if room is None:
                    return
                self._line.append(_Batch(room, len(room)))
                self._filled = 0
            length = min(self._block, len(self._line[-1].data) - self._filled)
            await self._pace.take(length)
            batch = self._line[-1]
            room = batch.data[self._filled : self._filled + length]
            self._filled += length
            self._read(batch, self._asked, room)
            self._asked += length
        if self._asked == self._size and self._spare:
            self._spare = False
            self._look_behind()

    def _read(self, batch: _Batch, offset: int, room: memoryview) -> None:
        self._window.begin()
        self._file.read(offset, room, partial(self._arrived, batch, offset, room))

    def _arrived(self, batch: _Batch, offset: int, room: memoryview, how: int | Exception) -> None:
        if isinstance(how, Exception):
            self._window.end(how)
        elif how == 0:
            self._window.end(_changed("shorter"))
        else:
            batch.missing -= how
            if how < len(room):  # a server may answer with fewer than were asked for
                self._read(batch, offset + how, room[how:])
            self._window.end()

    def _look_behind(self) -> None:
        def found(how: int | Exception) -> None:
            error = how if isinstance(how, Exception) else None
            self._window.end(_changed("longer") if how and error is None else error)

        self._window.begin()
        self._file.read(self._size, memoryview(bytearray(1)), found)


def _changed(how: str) -> SourceChanged:
    return SourceChanged(f"The file became {how} while it was read.")
