"""Our ends of a process's pipes and terminal, read and written without blocking."""

import asyncio
import errno
import os
from collections.abc import Callable

_BLOCK = 262144


class Stream:
    """One descriptor of ours; it is closed by `close`, once."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._open = True

    async def read(self) -> bytes:
        """Read what is there; empty at the end (a terminal's end is EIO)."""
        loop = asyncio.get_running_loop()
        while self._open:
            try:
                return os.read(self.descriptor, _BLOCK)
            except BlockingIOError:
                await self._ready(loop.add_reader, loop.remove_reader)
            except OSError as error:
                if error.errno == errno.EIO:
                    return b""
                raise
        return b""

    async def write(self, data: bytes) -> None:
        """Write all; BrokenPipeError when nobody reads any more."""
        loop = asyncio.get_running_loop()
        rest = memoryview(data)
        while rest and self._open:
            try:
                rest = rest[os.write(self.descriptor, rest) :]
            except BlockingIOError:
                await self._ready(loop.add_writer, loop.remove_writer)

    async def _ready(
        self,
        watch: Callable[..., None],
        forget: Callable[[int], bool],
    ) -> None:
        arrived = asyncio.Event()
        watch(self.descriptor, arrived.set)
        try:
            await arrived.wait()
        finally:
            if self._open:
                forget(self.descriptor)

    def close(self) -> None:
        """Close our end."""
        if self._open:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self.descriptor)
            loop.remove_writer(self.descriptor)
            self._open = False
            os.close(self.descriptor)
