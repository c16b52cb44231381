"""One command on one SSH channel, its output bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncssh

from podtui.backends.pace import FREE, Pace
from podtui.backends.together import all_done

_CHUNK = 256 * 1024

Watch = Callable[[int], None]
Hear = Callable[[bytes], None]


class TooMuch(Exception):
    """The command printed more than was allowed."""


async def gather_output(
    process: asyncssh.SSHClientProcess[bytes],
    data: bytes,
    largest: int,
    watch: Watch | None = None,
    pace: Pace = FREE,
    hear: Hear | None = None,
) -> tuple[int | None, bytes, bytes]:
    """What `process` does with `data` on its stdin: exit code, stdout, stderr.

    The exit code is None when the connection ended before the command did, and negative for a
    signal. TooMuch when it prints more than `largest`. `watch` is told the bytes that have passed,
    in or out, `hear` is given stdout as it comes. However this ends, the channel is closed.
    """
    try:
        stdout = asyncio.ensure_future(_read(process.stdout, largest, watch, pace, hear))
        stderr = asyncio.ensure_future(_read(process.stderr, largest))
        feeding = asyncio.ensure_future(_feed(process.stdin, data, watch, pace))
        await all_done(stdout, stderr, feeding)
        await process.wait_closed()
        return process.returncode, stdout.result(), stderr.result()
    finally:
        if not process.is_closing():
            with suppress(OSError, asyncssh.Error):
                process.terminate()
            process.close()


async def _read(
    reader: Any,
    largest: int,
    watch: Watch | None = None,
    pace: Pace = FREE,
    hear: Hear | None = None,
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := await reader.read(_CHUNK):
        size += len(part)
        if size > largest:
            raise TooMuch
        parts.append(part)
        await pace.take(len(part))
        if watch:
            watch(len(part))
        if hear:
            hear(part)
    return b"".join(parts)


async def _feed(writer: Any, data: bytes, watch: Watch | None, pace: Pace) -> None:
    with suppress(OSError, asyncssh.Error):  # a command need not read its stdin
        for start in range(0, len(data), _CHUNK):
            await pace.take(min(_CHUNK, len(data) - start))
            writer.write(data[start : start + _CHUNK])
            await writer.drain()
            if watch:
                watch(len(data[start : start + _CHUNK]))
        writer.write_eof()
