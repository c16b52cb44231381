"""Looking into a file without fetching it: a bounded part, at any end."""

from __future__ import annotations

import asyncio

from podtui.domain.entry import EntryKind
from podtui.domain.preview import PART, Preview, preview
from podtui.domain.text import visible
from podtui.errors import InputError, NotFound
from podtui.services.files import FileService


class PreviewService:
    """Reads one part of a file after the other, as far as a person goes on."""

    def __init__(self, files: FileService) -> None:
        self._files = files

    async def part(self, end: str, path: str, start: int = 0) -> Preview:
        """The part of a file that begins at `start`; the last one where the file is shorter.

        NotFound where nothing is, InputError for what is no file.
        """
        entry = await self._files.stat(end, path)
        if entry is None:
            raise NotFound(f"{visible(path, 200)!r} is not there.", title="File not found")
        if entry.kind is not EntryKind.FILE:
            raise InputError(f"{visible(path, 200)!r} is no file.", title="Nothing to view")
        start = start if start < entry.size else 0
        data = await self._files.read(end, path, start, PART) if entry.size else b""
        name = path.rpartition("/")[2]
        size = max(entry.size, start + len(data))  # it may have grown meanwhile
        return await asyncio.to_thread(preview, name, data, start, size)
