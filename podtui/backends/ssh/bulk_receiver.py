"""Bulk data from asyncssh with less than half the work: bytes are copied twice, not nine times.

The socket fills one buffer, and a packet of channel data is decrypted straight out of it. What an
SFTP server answers to our own reads and writes goes to whoever asked; every other packet, and all
else an SFTP session says, is handed to asyncssh as it came. What is used of its inner parts is
looked for first: where a later version has changed them, nothing is done here.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from podtui.backends.ssh.sftp_answers import SftpAnswers

if TYPE_CHECKING:
    import asyncssh

_CHANNEL_DATA = 94  # RFC 4254, section 9
_WINDOW_ADJUST = 93
_TAG = 16  # bytes behind a packet of AES-GCM: RFC 5647
_ROOM = 1 << 20  # bytes of the buffer; a packet is smaller
_SIZE = struct.Struct(">I")
_HEAD = struct.Struct(">BBII")  # padding, kind, channel, bytes of data or of room
_HEARD_SECONDS = 1.0  # between two resets of asyncssh's timer, which is many times as long
_INNER = (
    "_recv_encryption",
    "_recv_handler",
    "_recv_pkthdr",
    "_recv_packet",
    "_recv_seq",
    "_max_recv_pktlen",
    "_decompressor",
    "_auth_complete",
    "_auth_final",
    "_inpbuf",
    "_packet",
    "_channels",
    "_transport",
    "_reset_keepalive_timer",
    "_loop",
    "internal_error",
)
_CHANNEL = (
    "_conn",
    "_accept_data",
    "_recv_window",
    "_init_recv_window",
    "_recv_state",
    "_send_state",
    "_recv_paused",
    "_recv_buf",
    "_session",
    "_send_chan",
    "_send_window",
    "_flush_send_buf",
)


def receive_fast(connection: asyncssh.SSHClientConnection) -> bool:
    """Take the connection's bytes from its socket from now on; whether that was possible."""
    inner: Any = connection
    if not _has(connection, _INNER):
        return False
    transport = inner._transport
    if not isinstance(transport, asyncio.Transport) or not hasattr(AESGCM, "decrypt_into"):
        return False  # a connection through another has no socket of its own
    if transport.get_extra_info("socket") is None:
        return False
    receiver = _BulkReceiver(connection)
    connection.podtui_receiver = receiver  # type: ignore[attr-defined]
    transport.set_protocol(receiver)
    return True


def receive_fast_sftp(client: asyncssh.SFTPClient) -> bool:
    """The same for the answers of one SFTP session; whether that was possible."""
    handler: Any = getattr(client, "_handler", None)
    channel: Any = getattr(getattr(handler, "_writer", None), "channel", None)
    if not _has(channel, _CHANNEL) or channel._recv_buf:
        return False
    receiver = getattr(channel._conn, "podtui_receiver", None)
    if receiver is None or not hasattr(handler, "_requests") or handler.version != 3:
        return False
    if not hasattr(channel._session, "_recv_buf_len") or channel._session._recv_buf_len:
        return False
    receiver.sessions[channel] = SftpAnswers(handler, channel)
    return True


def _has(thing: object, names: tuple[str, ...]) -> bool:
    return all(hasattr(thing, name) for name in names)


class _BulkReceiver(asyncio.BufferedProtocol):
    """Stands between a connection's socket and asyncssh."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._buffer = memoryview(bytearray(_ROOM))
        self._begun = self._end = 0  # of what has come and was not taken
        self._plain = memoryview(bytearray(_ROOM))
        self._key = b""
        self._open: AESGCM | None = None
        self._fit = False  # whether channels are made as we know them
        self._given: set[Any] = set()  # channels that were given room to send
        self._heard = 0.0
        self.sessions: dict[Any, SftpAnswers] = {}

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return self._buffer[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        inner = self._connection
        now = inner._loop.time()
        if now - self._heard > _HEARD_SECONDS:
            self._heard = now
            inner._reset_keepalive_timer()
        try:
            self._take_packets()
            self._send_more()
        except Exception:  # as asyncssh does: whatever it is, the connection ends with it
            inner.internal_error()

    def eof_received(self) -> None:
        self._connection.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.sessions.clear()
        self._connection.connection_lost(exc)

    def _take_packets(self) -> None:
        self._take_back()
        ours = self._is_ours()
        while self._end - self._begun >= 4:
            (size,) = _SIZE.unpack_from(self._buffer, self._begun)
            whole = 4 + size + _TAG
            if not ours or size > self._connection._max_recv_pktlen or whole > _ROOM:
                self._pass_on(self._end - self._begun)
                break
            if self._end - self._begun < whole:
                break
            if self._take(self._buffer[self._begun : self._begun + whole], size):
                self._begun += whole
            else:
                self._pass_on(whole)
                ours = self._is_ours()
        self._make_room()

    def _send_more(self) -> None:
        """Use the room that channels were given, all of it at once."""
        given, self._given = self._given, set()
        for channel in given:
            if channel._send_chan is not None:  # it may have been closed since
                channel._flush_send_buf()

    def _take_back(self) -> None:
        """What asyncssh holds of a packet that is not whole yet is ours again."""
        inner = self._connection
        if not inner._inpbuf or not self._in_gcm():
            return
        held = inner._inpbuf
        if inner._recv_handler == inner._recv_packet:
            held = inner._packet + held
        elif inner._recv_handler != inner._recv_pkthdr:
            return
        rest = bytes(self._buffer[self._begun : self._end])
        if len(held) + len(rest) > _ROOM:
            return
        inner._inpbuf, inner._packet, inner._recv_handler = b"", b"", inner._recv_pkthdr
        self._begun, self._end = 0, len(held) + len(rest)
        self._buffer[: self._end] = held + rest

    def _is_ours(self) -> bool:
        """Whether asyncssh has no bytes of its own to look at first, and we know the cipher."""
        inner = self._connection
        return not inner._inpbuf and inner._recv_handler == inner._recv_pkthdr and self._in_gcm()

    def _in_gcm(self) -> bool:
        inner = self._connection
        cipher = getattr(inner._recv_encryption, "_cipher", None)
        return (
            inner._auth_complete
            and not inner._decompressor
            and type(cipher).__name__ == "GCMCipher"
            and hasattr(cipher, "_update_iv")
        )

    def _pass_on(self, count: int) -> None:
        data = bytes(self._buffer[self._begun : self._begun + count])
        self._begun += count
        self._connection.data_received(data)

    def _make_room(self) -> None:
        rest = self._end - self._begun
        if not rest or self._begun > _ROOM // 2:
            self._buffer[:rest] = self._buffer[self._begun : self._end]
            self._begun, self._end = 0, rest

    def _take(self, packet: memoryview, size: int) -> bool:
        """Whether the packet was channel data, and is where it belongs."""
        inner = self._connection
        cipher = inner._recv_encryption._cipher
        if self._open is None or self._key != cipher._key:
            self._key, self._open = cipher._key, AESGCM(cipher._key)
        plain = self._plain[:size]
        try:
            self._open.decrypt_into(cipher._iv, packet[4:], packet[:4], plain)
        except InvalidTag:
            return False  # asyncssh finds the same, and says so
        if size < _HEAD.size:
            return False
        padding, kind, number, told = _HEAD.unpack_from(plain)
        channel = inner._channels.get(number)
        if channel is None or not (self._fit or self._find_fit(channel)):
            return False
        if kind == _CHANNEL_DATA:
            taken = self._deliver(channel, plain[_HEAD.size : size - padding], told)
        else:
            whole = kind == _WINDOW_ADJUST and size - padding == _HEAD.size
            taken = whole and self._give_room(channel, told)
        if not taken:
            return False
        cipher._update_iv()
        inner._recv_seq = (inner._recv_seq + 1) & 0xFFFFFFFF
        inner._auth_final = True
        return True

    def _find_fit(self, channel: Any) -> bool:
        """Whether channels are made as we know them."""
        self._fit = _has(channel, _CHANNEL)
        return self._fit

    def _give_room(self, channel: Any, count: int) -> bool:
        """Note that a channel may send more; False when asyncssh should look at it."""
        if channel._recv_state not in ("open", "eof_pending", "eof"):
            return False
        channel._send_window += count
        self._given.add(channel)
        return True

    def _deliver(self, channel: Any, data: memoryview, length: int) -> bool:
        """Give a channel its data; False when asyncssh should look at it."""
        if len(data) != length or not _is_open(channel, length):
            return False
        answers = self.sessions.get(channel)
        if answers is None:
            channel._accept_data(bytes(data))
        else:
            answers.take(data)
        return True


def _is_open(channel: Any, length: int) -> bool:
    return (
        channel._recv_state == "open"
        and channel._send_state not in ("close_pending", "closed")
        and length <= channel._recv_window
    )
