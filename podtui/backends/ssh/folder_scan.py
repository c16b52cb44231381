"""A folder's entries as an SFTP server tells them, a hundred at once and the next ones asked for.

asyncssh would make twenty calls and two objects of each name, and wait a round trip for every
hundred: that took longer than the files themselves.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from podtui.backends.ssh.listing import listed_entry
from podtui.domain.entry import Entry
from podtui.errors import BadAnswer

if TYPE_CHECKING:
    import asyncssh

# draft-ietf-secsh-filexfer-02, sections 3 (kinds), 5 (attributes), 6.7 (folders) and 7 (names)
_CLOSE, _OPENDIR, _READDIR, _STATUS, _HANDLE, _NAME = 4, 11, 12, 101, 102, 104
_SIZE, _OWNERS, _MODE, _TIMES, _MORE = 1, 2, 4, 8, 0x80000000
_USUAL = (_SIZE | _OWNERS | _MODE | _TIMES).to_bytes(4, "big")
_INNER = ("_send_request", "_process_status", "_writer")
_THEMSELVES = (b".", b"..")
_FLAGS = struct.Struct(">I")
_USUAL_FACTS = struct.Struct(">IQ8xI4xI")  # flags, size, permissions, time changed
_AHEAD = 8  # requests under way at most; most folders end with the second


def scan(client: asyncssh.SFTPClient, path: bytes) -> AsyncGenerator[Sequence[Entry], None]:
    """The entries of the folder in the server's order, without `.` and `..`.

    asyncssh's SFTPError for what the server refuses; BadAnswer for names that cannot be read.
    """
    handler: Any = getattr(client, "_handler", None)
    if all(hasattr(handler, name) for name in _INNER):
        return _scan_ahead(handler, client.compose_path(path))
    return _scan_plainly(client, path)


async def _scan_plainly(
    client: asyncssh.SFTPClient, path: bytes
) -> AsyncGenerator[Sequence[Entry], None]:
    """By what asyncssh offers, where its inner parts are not as we know them."""
    # asyncssh declares an iterator and gives a generator, which can be closed.
    listing = cast("AsyncGenerator[Any, None]", client.scandir(path))
    async with aclosing(listing) as names:
        async for one in names:
            told = one.attrs
            if one.filename not in _THEMSELVES:
                facts = told.size or 0, told.permissions or 0, told.mtime
                yield [listed_entry(one.filename, *facts)]


async def _scan_ahead(handler: Any, path: bytes) -> AsyncGenerator[Sequence[Entry], None]:
    import asyncssh

    handle = await _opened(handler, path)
    asked: deque[asyncio.Future[Any]] = deque()
    ahead, most = (2, _AHEAD) if _in_order(handler) else (1, 1)
    try:
        while True:
            while len(asked) < ahead:
                asked.append(_ask(handler, _READDIR, handle))
            kind, packet = await asked[0]
            asked.popleft()
            if kind == _STATUS:
                handler._process_status(packet)
            if kind != _NAME:
                raise BadAnswer("The server answers something else than was asked for.")
            yield entries_of(packet.get_remaining_payload())
            ahead = min(2 * ahead, most)
    except asyncssh.SFTPEOFError:
        return
    finally:
        for request in asked:
            _give_up(request)
        _close(handler, handle)


def _in_order(handler: Any) -> bool:
    """Whether the server is known to answer requests for one folder one after the other."""
    channel = getattr(handler._writer, "channel", None)
    return channel is not None and "OpenSSH" in channel.get_extra_info("server_version", "")


def _ask(handler: Any, kind: int, what: bytes) -> asyncio.Future[Any]:
    """A request on its way; its answer is the kind and the rest of a packet."""
    answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    handler._send_request(kind, (len(what).to_bytes(4, "big") + what,), answer)
    return answer


async def _opened(handler: Any, path: bytes) -> bytes:
    """The server's handle of the folder: closed again when nobody waits for it any more."""
    answer = _ask(handler, _OPENDIR, path)
    try:
        return _handle(handler, await asyncio.shield(answer))
    except asyncio.CancelledError:
        answer.add_done_callback(lambda _: _close_late(handler, answer))
        raise


def _handle(handler: Any, answer: tuple[int, Any]) -> bytes:
    kind, packet = answer
    if kind == _STATUS:
        handler._process_status(packet)
    if kind != _HANDLE:
        raise BadAnswer("The server answers something else than was asked for.")
    handle: bytes = packet.get_string()
    return handle


def _close_late(handler: Any, answer: asyncio.Future[Any]) -> None:
    if answer.cancelled() or answer.exception() is not None:
        return
    kind, packet = answer.result()
    if kind == _HANDLE:
        _close(handler, packet.get_string())


def _close(handler: Any, handle: bytes) -> None:
    """Tell the server; what it answers changes nothing."""
    import asyncssh

    try:
        _give_up(_ask(handler, _CLOSE, handle))
    except asyncssh.SFTPNoConnection:
        return  # the session has ended, and with it the handle


def _give_up(request: asyncio.Future[Any]) -> None:
    if not request.cancel() and not request.cancelled():
        request.exception()  # looked at, or it would be told of when it is thrown away


def entries_of(told: bytes) -> list[Entry]:
    """The entries in the body of an SSH_FXP_NAME; BadAnswer when it cannot be read."""
    found: list[Entry] = []
    try:
        count, at = _FLAGS.unpack_from(told)[0], 4
        for _ in range(count):
            end = at + 4 + _FLAGS.unpack_from(told, at)[0]
            name = told[at + 4 : end]
            at = end + 4 + _FLAGS.unpack_from(told, end)[0]  # behind a line for people
            if told[at : at + 4] == _USUAL:
                _, size, mode, changed = _USUAL_FACTS.unpack_from(told, at)
                at += _USUAL_FACTS.size
            else:
                at, size, mode, changed = _facts(told, at)
            if name not in _THEMSELVES:
                found.append(listed_entry(name, size, mode, changed))
    except struct.error:
        at = -1
    if at != len(told):
        raise BadAnswer("The server's listing of a folder cannot be read.")
    return found


def _facts(told: bytes, at: int) -> tuple[int, int, int, int | None]:
    """Size, permissions and time that stand at `at`, and where they end."""
    size, mode, changed = 0, 0, None
    flags = _FLAGS.unpack_from(told, at)[0]
    at += 4
    if flags & _SIZE:
        size = struct.unpack_from(">Q", told, at)[0]
        at += 8
    at += 8 if flags & _OWNERS else 0
    if flags & _MODE:
        mode = _FLAGS.unpack_from(told, at)[0]
        at += 4
    if flags & _TIMES:
        changed = _FLAGS.unpack_from(told, at + 4)[0]
        at += 8
    if flags & _MORE:
        pairs = _FLAGS.unpack_from(told, at)[0]
        at += 4
        for _ in range(2 * pairs):
            at += 4 + _FLAGS.unpack_from(told, at)[0]
    return at, size, mode, changed
