"""Pictures unpacked by Pillow, in a process of their own (see picture_reader.py)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from podtui.domain.picture import MOST_PIXELS, WIDEST, Picture
from podtui.domain.text import visible
from podtui.errors import BadAnswer, FileTrouble

_SECONDS = 20.0  # by the clock; the reader's own limit is on processor time
_LONGEST_HEAD = 2000  # bytes
_READER = Path(__file__).with_name("picture_reader.py")
_PASSED = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG")
_TITLE = "Picture"


async def small_picture(
    data: bytes, width: int, height: int, background: str = "000000"
) -> Picture:
    """`data` as a picture of at most `width` × `height` pixels, clear parts over `background`.

    FileTrouble where it is broken, too large, or takes too long.
    """
    size = (max(1, min(width, WIDEST)), max(1, min(height, WIDEST)))
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # a PIL folder where podtui was started is not Pillow
        str(_READER),
        str(size[0]),
        str(size[1]),
        str(MOST_PIXELS),
        background,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _PASSED if name in os.environ},
        limit=_LONGEST_HEAD,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            return await _answer(reader, data, size)
    except TimeoutError:
        raise FileTrouble("It takes too long to unpack.", title=_TITLE) from None
    finally:
        await _end(reader)


async def _end(reader: asyncio.subprocess.Process) -> None:
    """Nothing of it stays; what it still has to say is dropped, else nobody hears of its end."""
    with suppress(ProcessLookupError):
        os.killpg(reader.pid, signal.SIGKILL)
    assert reader.stdout is not None
    while await reader.stdout.read(1 << 16):
        pass
    await reader.wait()


async def _answer(
    reader: asyncio.subprocess.Process, data: bytes, size: tuple[int, int]
) -> Picture:
    assert reader.stdin is not None
    assert reader.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended early: its answer tells why
        reader.stdin.write(data)
        await reader.stdin.drain()
        reader.stdin.close()
    try:
        head = json.loads(await reader.stdout.readline())
        if "error" in head:
            raise FileTrouble(f"It cannot be drawn: {visible(str(head['error']))}.", title=_TITLE)
        width, height = int(head["width"]), int(head["height"])
        if not (0 < width <= size[0] and 0 < height <= size[1]):
            raise BadAnswer("The picture came out in another size.", title=_TITLE)
        pixels = await reader.stdout.readexactly(3 * width * height)
    except (ValueError, KeyError, TypeError, asyncio.IncompleteReadError):
        raise FileTrouble(
            "It cannot be drawn: it needs too much memory or time, or breaks what reads it.",
            title=_TITLE,
        ) from None
    return Picture(width, height, pixels, cut=head.get("cut") is True)
