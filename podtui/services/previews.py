"""Looking into a file without fetching it: a bounded part, at any end; a picture drawn small."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from podtui.backends.pictures import small_picture
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.picture import Frame
from podtui.domain.preview import PART, Preview, PreviewKind, preview
from podtui.domain.text import visible
from podtui.errors import InputError, NotFound, PodError
from podtui.services.files import FileService


class PreviewService:
    """Reads one part of a file after the other, as far as a person goes on."""

    def __init__(self, files: FileService) -> None:
        self._files = files
        self._kept: tuple[tuple[str, str, Entry], bytes] | None = None

    async def part(
        self, end: str, path: str, start: int = 0, frame: Frame | None = None, most: int = PART
    ) -> Preview:
        """The part of a file that begins at `start`; the last one where the file is shorter.

        With `frame` a picture is drawn for it. NotFound where nothing is, InputError for what is
        no file.
        """
        entry = await self._files.stat(end, path)
        if entry is None:
            raise NotFound(f"{visible(path, 200)!r} is not there.", title="File not found")
        if entry.kind is not EntryKind.FILE:
            raise InputError(f"{visible(path, 200)!r} is no file.", title="Nothing to view")
        start = start if start < entry.size else 0
        data = await self._files.read(end, path, start, most) if entry.size else b""
        name = path.rpartition("/")[2]
        size = max(entry.size, start + len(data))  # it may have grown meanwhile
        got = await asyncio.to_thread(preview, name, data, start, size)
        if frame is None or not (got.kind is PreviewKind.BYTES and " image" in got.what):
            return got
        return await self._drawn(got, (end, path, entry), data, frame)

    async def _drawn(
        self, got: Preview, at: tuple[str, str, Entry], begun: bytes, frame: Frame
    ) -> Preview:
        """`got` as a picture, or with the reason why it stays bytes."""
        if got.size > frame.most:
            note = f"pictures of more than {frame.most >> 20} MiB are not fetched to be drawn"
            return replace(got, note=note)
        try:
            whole = await self._whole(at, begun)
            picture = await small_picture(whole, frame.width, frame.height, frame.background)
        except PodError as error:
            return replace(got, note=error.message)
        note = "the file ends before the picture does" if picture.cut else ""
        return replace(
            got, kind=PreviewKind.PICTURE, picture=picture, note=note, end=got.size, start=0
        )

    async def _whole(self, at: tuple[str, str, Entry], begun: bytes) -> bytes:
        """The whole file, fetched once while it is looked at in different sizes."""
        if self._kept is None or self._kept[0] != at:
            end, path, entry = at
            rest = entry.size - len(begun)
            data = begun
            if rest > 0:
                data += await self._files.read(end, path, len(begun), rest)
            self._kept = (at, data)
        return self._kept[1]
