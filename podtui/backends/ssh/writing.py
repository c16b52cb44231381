"""A far file written by many requests at once, a batch of bytes at a time."""

from __future__ import annotations

from collections.abc import Callable

from podtui.backends.base import Progress
from podtui.backends.pace import FREE, Pace
from podtui.backends.ssh.block_file import BlockFile
from podtui.backends.ssh.local_file import is_hole
from podtui.backends.ssh.window import Window


class BatchWriter:
    """Writes from `offset` on, up to `size`; a batch whose bytes are all there is given to `free`.

    With `holes` zeros are left out, except at the end: what is not written is zero there.
    """

    def __init__(
        self,
        file: BlockFile,
        block: int,
        free: Callable[[memoryview], None],
        progress: Progress,
        offset: int,
        size: int,
        pace: Pace = FREE,
        *,
        holes: bool,
    ) -> None:
        self._file, self._block, self._free = file, block, free
        self._progress, self._pace = progress, pace
        self._at, self._size = offset, size
        self._holes = holes
        self._window = Window(block)

    async def write(self, batch: memoryview) -> None:
        """Write a batch behind those before it."""
        left = -(-len(batch) // self._block)

        def passed() -> None:
            nonlocal left
            left -= 1
            if not left:
                self._free(batch)

        for start in range(0, len(batch), self._block):
            data = batch[start : start + self._block]
            if self._holes and self._at + len(data) < self._size and is_hole(data):
                self._progress(len(data))
                passed()
            else:
                await self._pace.take(len(data))
                await self._window.room(self._progress)
                self._file.write(self._at, data, self._window.begin(passed))
            self._at += len(data)

    async def news(self) -> None:
        """Wait until a block is there."""
        await self._window.news()

    async def finish(self) -> None:
        """Wait until all of it is there."""
        await self._window.finish(self._progress)
