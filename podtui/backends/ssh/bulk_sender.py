"""Bulk data over asyncssh with less than half the work: the same on the wire, in fewer pieces.

asyncssh puts an empty IGNORE packet before every packet, against an attack on CBC ciphers, writes
each of the two to the socket by itself, and copies what it sends nine times. AES-GCM needs no such
packet (RFC 5647), one write can carry many, and a view of the bytes is as good as a copy. What is
used of asyncssh's inner parts is looked for first: where a later version has changed them, nothing
is done here and all goes its own way.
"""

from __future__ import annotations

import asyncio
import os
import struct
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    import asyncssh

_CHANNEL_DATA = 94  # RFC 4254, section 9
_LEAST_PADDING = 4  # RFC 4253, section 6
_ROOM = 1 << 18  # bytes kept for one write; a packet is smaller
_MOST = _ROOM - 1024  # bytes of data in one packet, also where the far side takes more
_TAG = 16  # bytes behind a packet of AES-GCM: RFC 5647
_AT = 2  # where the payload begins in a packet, its kind before it
_HEAD = struct.Struct(">II")  # channel, bytes of data
_INNER = (
    "_send",
    "_send_encryption",
    "_send_enchdrlen",
    "_send_blocksize",
    "_send_seq",
    "_compressor",
    "_auth_complete",
    "_kex_complete",
    "_rekey_bytes",
    "_rekey_bytes_sent",
    "_rekey_seconds",
    "_rekey_time",
    "_loop",
    "_transport",
)
_CHANNEL = (
    "_conn",
    "_send_chan",
    "_send_window",
    "_send_pktsize",
    "_send_state",
    "_send_buf",
    "_send_buf_len",
    "_encoding",
    "_flush_send_buf",
    "_pause_resume_writing",
)


def speed_up(connection: asyncssh.SSHClientConnection) -> bool:
    """Send the connection's bulk data in large pieces from now on; whether that was possible."""
    cipher = str(connection.get_extra_info("send_cipher") or "")
    inner: Any = connection
    if "gcm" not in cipher or not _has(connection, _INNER) or not hasattr(AESGCM, "encrypt_into"):
        return False
    if not _has(getattr(inner._send_encryption, "_cipher", None), ("_key", "_iv", "_update_iv")):
        return False
    _BulkSender(connection).take_over()
    return True


def speed_up_sftp(client: asyncssh.SFTPClient) -> bool:
    """The same for what one SFTP session sends; whether that was possible."""
    handler: Any = getattr(client, "_handler", None)
    channel: Any = getattr(getattr(handler, "_writer", None), "channel", None)
    if channel is None or not _has(channel, _CHANNEL) or channel._encoding:
        return False
    sender = getattr(channel._conn, "podtui_sender", None)
    if sender is None or not hasattr(handler, "send_packet"):
        return False
    _BulkChannel(handler, channel, sender).take_over()
    return True


def _has(thing: object, names: tuple[str, ...]) -> bool:
    return all(hasattr(thing, name) for name in names)


class _BulkSender:
    """The connection's own `send_packet`, with a shorter way for channel data."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._send_packet = connection.send_packet
        self._send = connection._send
        self._plain = memoryview(bytearray(_ROOM))  # one packet
        self._sealed = memoryview(bytearray(_ROOM))  # those that wait for one write
        self._end = 0
        self._padding = b""  # random bytes not used yet
        self._key = b""
        self._aead: AESGCM | None = None

    def take_over(self) -> None:
        self._connection.send_packet = self._packet
        self._connection._send = self._flush_and_send
        self._connection.podtui_sender = self

    def _packet(self, kind: int, *args: bytes, **options: Any) -> None:
        if kind == _CHANNEL_DATA and self.plain() and sum(map(len, args)) <= _MOST:
            self.data(*args)
        else:
            self._send_packet(kind, *args, **options)

    def plain(self) -> bool:
        """Whether nothing but encryption has to happen to a packet now."""
        inner = self._connection
        due = inner._rekey_seconds and time.monotonic() >= inner._rekey_time
        return (
            inner._auth_complete
            and inner._kex_complete
            and not inner._compressor
            and inner._rekey_bytes_sent < inner._rekey_bytes
            and not due
        )

    def data(self, *args: bytes) -> None:
        """Send one packet of channel data, its payload in parts."""
        plain, at = self._plain, _AT
        for part in args:
            plain[at : at + len(part)] = part
            at += len(part)
        self._seal(at)

    def stream(
        self, number: int, pieces: deque[memoryview], room: int, largest: int
    ) -> tuple[int, bool]:
        """Send a channel what fits into its `room`, in packets of at most `largest` bytes.

        How many bytes, and whether it stopped because more has to happen to a packet.
        """
        plain, left = self._plain, room
        while pieces and left:
            if not self.plain():
                return room - left, True
            at, end = _AT + _HEAD.size, _AT + _HEAD.size + min(left, largest)
            while pieces and at < end:
                piece = pieces.popleft()
                if len(piece) > end - at:
                    pieces.appendleft(piece[end - at :])
                    piece = piece[: end - at]
                stop = at + len(piece)
                plain[at:stop] = piece
                at = stop
            size = at - _AT - _HEAD.size
            _HEAD.pack_into(plain, _AT, number, size)
            self._seal(at)
            left -= size
        return room - left, False

    def _seal(self, at: int) -> None:
        """Pad and encrypt the packet whose payload ends at `at`."""
        inner, begun = self._connection, self._end
        padding = -(inner._send_enchdrlen + at - 1) % inner._send_blocksize
        if padding < _LEAST_PADDING:
            padding += inner._send_blocksize
        size = at + padding
        if begun + 4 + size + _TAG > _ROOM:
            self._flush()
            begun = 0
        if not begun:
            inner._loop.call_soon(self._flush)
        if len(self._padding) < padding:
            self._padding = os.urandom(4096)
        plain = self._plain
        plain[0], plain[1] = padding, _CHANNEL_DATA
        plain[at:size] = self._padding[:padding]
        self._padding = self._padding[padding:]
        cipher = inner._send_encryption._cipher
        if self._aead is None or self._key != cipher._key:
            self._key, self._aead = cipher._key, AESGCM(cipher._key)
        header = size.to_bytes(4, "big")
        self._end = begun + 4 + size + _TAG
        self._sealed[begun : begun + 4] = header
        room = self._sealed[begun + 4 : self._end]
        self._aead.encrypt_into(cipher._iv, plain[:size], header, room)
        cipher._update_iv()
        inner._send_seq = (inner._send_seq + 1) & 0xFFFFFFFF
        inner._rekey_bytes_sent += size

    def _flush(self) -> None:
        if self._end:
            data, self._end = self._sealed[: self._end], 0
            transport = self._connection._transport
            if not isinstance(transport, asyncio.Transport):  # a channel of another connection
                self._send(bytes(data))
                return
            self._send(data)
            if transport.get_write_buffer_size():  # it may have kept our bytes, uncopied
                self._sealed = memoryview(bytearray(_ROOM))

    def _flush_and_send(self, data: bytes) -> None:
        self._flush()
        self._send(data)


class _BulkChannel:
    """One SFTP session's way out: packets are cut from views, not from copies."""

    def __init__(self, handler: Any, channel: Any, sender: _BulkSender) -> None:
        self._handler = handler
        self._channel = channel
        self._sender = sender
        self._flush_rest = channel._flush_send_buf
        self._pieces: deque[memoryview] = deque()

    def take_over(self) -> None:
        self._channel.write = self._write
        self._channel._flush_send_buf = self._flush
        self._handler.send_packet = self._send_packet

    def _send_packet(self, kind: int | bytes, _number: int | None, *args: bytes) -> None:
        """An SFTP packet: its length, its kind, and what it holds, uncopied."""
        first = kind.to_bytes(1, "big") if isinstance(kind, int) else kind
        size = len(first) + sum(map(len, args))
        self._put((size.to_bytes(4, "big") + first, *args))

    def _write(self, data: bytes, datatype: int | None = None) -> None:
        del datatype  # an SFTP client sends no extended data
        self._put((data,))

    def _put(self, parts: tuple[bytes, ...]) -> None:
        channel = self._channel
        if channel._send_state != "open":
            raise BrokenPipeError("Channel not open for sending")
        for part in parts:
            if part:
                self._pieces.append(memoryview(part))
                channel._send_buf_len += len(part)
        self._flush()

    def _flush(self) -> None:
        channel = self._channel
        if self._pieces and channel._send_chan is not None:
            self._fill_window()
        if self._pieces:
            channel._pause_resume_writing()
        else:
            self._flush_rest()  # what is due at the end of all data

    def _fill_window(self) -> None:
        channel, more = self._channel, True
        while more and self._pieces and channel._send_window:
            size, more = self._sender.stream(
                channel._send_chan, self._pieces, channel._send_window, self._largest()
            )
            self._count(size)
            if more:
                self._by_asyncssh()

    def _largest(self) -> int:
        return int(min(self._channel._send_pktsize, _MOST))

    def _count(self, size: int) -> None:
        self._channel._send_window -= size
        self._channel._send_buf_len -= size

    def _by_asyncssh(self) -> None:
        """Send one packet as asyncssh does: it renews the keys, or waits until they are."""
        channel = self._channel
        room = min(channel._send_window, self._largest())
        piece = self._pieces.popleft()
        if len(piece) > room:
            self._pieces.appendleft(piece[room:])
            piece = piece[:room]
        self._count(len(piece))
        payload = _HEAD.pack(channel._send_chan, len(piece)) + piece
        channel._conn.send_packet(_CHANNEL_DATA, payload, handler=channel)
