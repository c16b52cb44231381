"""Bulk data over asyncssh with less than half the work: the same on the wire, in fewer pieces.

asyncssh puts an empty IGNORE packet before every packet, against an attack on CBC ciphers, writes
each of the two to the socket by itself, and copies what it sends nine times. AES-GCM needs no such
packet (RFC 5647), one write can carry many, and a view of the bytes is as good as a copy. What is
used of asyncssh's inner parts is looked for first: where a later version has changed them, nothing
is done here and all goes its own way.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    import asyncssh

_CHANNEL_DATA = 94  # RFC 4254, section 9
_LEAST_PADDING = 4  # RFC 4253, section 6
_MOST_WAITING = 1 << 20  # bytes kept for one write
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
    if "gcm" not in cipher or not _has(connection, _INNER):
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
        self._waiting: list[bytes] = []
        self._size = 0
        self._key = b""
        self._seal: AESGCM | None = None

    def take_over(self) -> None:
        self._connection.send_packet = self._packet
        self._connection._send = self._flush_and_send
        self._connection.podtui_sender = self

    def _packet(self, kind: int, *args: bytes, **options: Any) -> None:
        if kind == _CHANNEL_DATA and self.plain():
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

    def data(self, *args: bytes | memoryview) -> None:
        """Send one packet of channel data, its payload in parts."""
        inner = self._connection
        size = 1 + sum(map(len, args))
        padding = -(inner._send_enchdrlen + size) % inner._send_blocksize
        if padding < _LEAST_PADDING:
            padding += inner._send_blocksize
        packet = b"".join((bytes((padding, _CHANNEL_DATA)), *args, os.urandom(padding)))
        header = len(packet).to_bytes(4, "big")
        cipher = inner._send_encryption._cipher
        if self._seal is None or self._key != cipher._key:
            self._key, self._seal = cipher._key, AESGCM(cipher._key)
        sealed = self._seal.encrypt(cipher._iv, packet, header)
        cipher._update_iv()
        inner._send_seq = (inner._send_seq + 1) & 0xFFFFFFFF
        inner._rekey_bytes_sent += len(packet)
        if not self._waiting:
            inner._loop.call_soon(self._flush)
        self._waiting += (header, sealed)
        self._size += len(sealed)
        if self._size >= _MOST_WAITING:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._send(data)

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
        while self._pieces and channel._send_window and channel._send_chan is not None:
            self._next_packet()
        if self._pieces:
            channel._pause_resume_writing()
        else:
            self._flush_rest()  # what is due at the end of all data

    def _next_packet(self) -> None:
        channel = self._channel
        parts: list[memoryview] = []
        room = size = min(channel._send_window, channel._send_pktsize)
        while self._pieces and room:
            piece = self._pieces.popleft()
            if len(piece) > room:
                self._pieces.appendleft(piece[room:])
                piece = piece[:room]
            parts.append(piece)
            room -= len(piece)
        size -= room
        channel._send_window -= size
        channel._send_buf_len -= size
        head = channel._send_chan.to_bytes(4, "big") + size.to_bytes(4, "big")
        if self._sender.plain():
            self._sender.data(head, *parts)
        else:
            payload = b"".join((head, *parts))
            channel._conn.send_packet(_CHANNEL_DATA, payload, handler=channel)
