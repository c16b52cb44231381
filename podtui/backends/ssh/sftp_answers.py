"""What an SFTP server says, put together from pieces and handed to whoever asked for it."""

from __future__ import annotations

from typing import Any

from podtui.backends.ssh.block_file import Asked

_WINDOW_ADJUST = 93  # RFC 4254, section 9
_SFTP_DATA, _SFTP_STATUS = 103, 101  # draft-ietf-secsh-filexfer-02, section 3
_SFTP_HEAD = 13  # length, kind, request, and the first number of what is told
_LARGEST_STATUS = 64 * 1024


class SftpAnswers:
    """Puts the packets of one SFTP session together, and hands out what answers an `Asked`."""

    def __init__(self, handler: Any, channel: Any) -> None:
        self._handler = handler
        self._channel = channel
        self._head = bytearray()  # of the packet that comes
        self._left = 0  # bytes of it behind the head
        self._asked: Asked | None = None  # who gets them; asyncssh if nobody
        self._kind = 0
        self._room = memoryview(b"")  # where they are put
        self._at = 0

    def take(self, data: memoryview) -> None:
        """The next bytes of the session."""
        self._account(len(data))
        while data:
            if not self._left:
                count = self._begin(data)
            else:
                count = min(self._left, len(data))
                self._left -= count
                if self._asked is None:
                    self._pass_on(bytes(data[:count]))
                else:
                    self._fill(self._asked, data[:count])
            data = data[count:]

    def _begin(self, data: memoryview) -> int:
        """Add to the head of a packet; how many bytes of `data` were taken."""
        head, before = self._head, len(self._head)
        if before < 4:
            head += data[: 4 - before]
        if len(head) < 4:
            return len(head) - before
        whole = 4 + int.from_bytes(head[:4], "big")
        wanted = min(_SFTP_HEAD, whole)
        taken = len(head) - before
        head += data[taken : taken + wanted - len(head)]
        if len(head) >= wanted:
            self._head = bytearray()
            self._left = whole - len(head)
            self._choose(head)
        return len(head) - before

    def _choose(self, head: bytearray) -> None:
        """Who gets the packet that begins with `head`."""
        number = int.from_bytes(head[5:9], "big")
        asked = self._handler._requests.get(number)
        self._asked = None
        if self._left and isinstance(asked, Asked):
            self._kind, first = head[4], head[9:]
            if self._kind == _SFTP_DATA and asked.room is not None:
                if int.from_bytes(first, "big") == self._left <= len(asked.room):
                    self._asked, self._room, self._at = asked, asked.room, 0
            elif self._kind == _SFTP_STATUS and self._left <= _LARGEST_STATUS:
                self._asked, self._at = asked, len(first)
                self._room = memoryview(first + bytes(self._left))
        if self._asked is None:
            self._pass_on(bytes(head))
        else:
            del self._handler._requests[number]

    def _fill(self, asked: Asked, data: memoryview) -> None:
        if not asked.cancelled():
            self._room[self._at : self._at + len(data)] = data
        self._at += len(data)
        if self._left:
            return
        room, self._room, self._asked = self._room, memoryview(b""), None
        if self._kind == _SFTP_DATA:
            asked.arrived(self._at)
        else:
            asked.told(bytes(room))

    def _pass_on(self, data: bytes) -> None:
        self._channel._recv_window += len(data)  # asyncssh takes it off again
        self._channel._accept_data(data)

    def _account(self, count: int) -> None:
        """Tell the server how much more it may send, half a window at a time."""
        channel = self._channel
        channel._recv_window -= count
        if channel._recv_window < channel._init_recv_window // 2:
            adjust = channel._init_recv_window - channel._recv_window
            channel.send_packet(_WINDOW_ADJUST, adjust.to_bytes(4, "big"))
            channel._recv_window = channel._init_recv_window
