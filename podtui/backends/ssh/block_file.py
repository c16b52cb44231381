"""Reads and writes of an open file by callback: no task and no future for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from podtui.backends.ssh.remote_file import RemoteFile
from podtui.errors import BadAnswer, PodError

_READ, _WRITE, _DATA, _STATUS = 5, 6, 103, 101  # draft-ietf-secsh-filexfer-02, section 3
_OK = bytes(4)
_INNER = ("_requests", "_send_request", "_process_status", "_process_data", "send_packet")

Done = Callable[[int | Exception], None]
"""Told how many bytes were read or written, or why none could be."""


class Asked:
    """One request under way; asyncssh keeps it where it keeps a future of its own."""

    __slots__ = ("_done", "_handler", "_size", "room")

    def __init__(self, handler: Any, done: Done, size: int, room: memoryview | None = None) -> None:
        self._handler = handler
        self._done: Done | None = done
        self._size = size
        self.room = room

    def cancel(self) -> None:
        """Nobody wants the answer any more."""
        self._done = self.room = None

    def cancelled(self) -> bool:
        """Whether nobody wants it."""
        return self._done is None

    def arrived(self, count: int) -> None:
        """So many bytes are in `room`."""
        self._end(count)

    def told(self, status: bytes) -> None:
        """How the server says it ended."""
        if self.room is None and status.startswith(_OK):
            self._end(self._size)
            return
        from asyncssh.packet import SSHPacket

        self.set_result((_STATUS, SSHPacket(status)))

    def set_result(self, answer: tuple[int, Any]) -> None:
        """The kind of an answer and what it holds."""
        import asyncssh

        try:
            self._end(self._count(*answer))
        except asyncssh.SFTPEOFError:
            self._end(0)
        except (asyncssh.Error, ValueError, PodError) as error:
            self.set_exception(error)

    def set_exception(self, error: Exception) -> None:
        """No answer will come."""
        self._end(error)

    def _count(self, kind: int, packet: Any) -> int:
        if kind == _STATUS:
            self._handler._process_status(packet)
            if self.room is None:
                return self._size
        elif kind == _DATA and self.room is not None:
            data, _ = self._handler._process_data(packet)
            if len(data) > len(self.room):
                raise _too_many()
            self.room[: len(data)] = data
            return len(data)
        raise BadAnswer("The server answers something else than was asked for.")

    def _end(self, how: int | Exception) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(how)


class BlockFile:
    """An open file; what is under way at the end of the `with` is given up."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        handler: Any = getattr(file, "_handler", None)
        fit = all(hasattr(handler, name) for name in _INNER) and handler.version == 3
        self._handler = handler if fit else None
        self._under_way: set[Asked | asyncio.Future[int]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._under_way:
            one.cancel()
        self._under_way.clear()

    def read(self, offset: int, room: memoryview, done: Done) -> None:
        """Ask for as many bytes as fit into `room`; there may come fewer, and none at the end."""
        if self._handler is None:
            self._task(self._read_into(offset, room), done)
        else:
            where = offset.to_bytes(8, "big") + len(room).to_bytes(4, "big")
            self._ask(_READ, (where,), done, len(room), room)

    def write(self, offset: int, data: memoryview, done: Done) -> None:
        """Send all of `data`, which has to stay as it is until the answer."""
        if self._handler is None:
            self._task(self._file.write(bytes(data), offset), done)
        else:
            where = offset.to_bytes(8, "big") + len(data).to_bytes(4, "big")
            self._ask(_WRITE, (where, data), done, len(data), None)

    def _ask(
        self,
        kind: int,
        parts: tuple[bytes | memoryview, ...],
        done: Done,
        size: int,
        room: memoryview | None,
    ) -> None:
        handle: bytes = self._file.handle  # type: ignore[attr-defined]

        def ended(how: int | Exception) -> None:
            self._under_way.discard(asked)
            done(how)

        asked = Asked(self._handler, ended, size, room)
        self._under_way.add(asked)
        named = len(handle).to_bytes(4, "big") + handle
        self._handler._send_request(kind, (named + parts[0], *parts[1:]), asked)  # type: ignore[union-attr]

    async def _read_into(self, offset: int, room: memoryview) -> int:
        data = await self._file.read(len(room), offset)
        if len(data) > len(room):
            raise _too_many()
        room[: len(data)] = data
        return len(data)

    def _task(self, work: Awaitable[int], done: Done) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)

        def ended(task: asyncio.Future[int]) -> None:
            self._under_way.discard(task)
            if not task.cancelled():
                error = task.exception()
                done(task.result() if error is None else error)  # type: ignore[arg-type]

        task.add_done_callback(ended)


def _too_many() -> BadAnswer:
    return BadAnswer("The server sent more bytes than were asked for.")
