"""One file as a multipart/form-data body, read and hashed in a thread while it is sent."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

from podtui.backends.base import Progress
from podtui.backends.ssh.local_file import Source

_BLOCK = 64 * 1024


class MultipartFile:
    """The field `files` with one file of exactly `size` bytes (RFC 7578)."""

    def __init__(self, name: str, size: int, blocks: list[bytes], source: Source) -> None:
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self._head = head.encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._first = blocks
        self._source = source
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + size + len(self._tail)),
        }

    async def body(self, progress: Progress) -> AsyncIterator[bytes]:
        """The body; SourceChanged when the file is not what it was while it was read."""
        yield self._head
        blocks = self._first
        while blocks:
            for block in blocks:
                yield block
                progress(len(block))
            blocks = await self._source.run(lambda: self._source.blocks(_BLOCK))
        await self._source.run(self._source.finish)
        yield self._tail
