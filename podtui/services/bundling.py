"""Small files of a transfer in bundles, and each under its own name in the end."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from podtui.backends.base import Bundles, Files
from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.errors import FileTrouble, HashMismatch, PodError, Unreachable
from podtui.services.clearing import remove_tree
from podtui.services.lanes import Lanes
from podtui.services.moving import Moved, Road
from podtui.services.walk import Item

_FILES = 1008
_BYTES = 16 << 20  # of one bundle: it is put together in memory
_RENAMES = 32  # under way at once

Batch = list[tuple[Item, str]]
"""Items, each with its final place."""


class Bundler:
    """Carries batches of small files to below `root`.

    With `scratch` they are unpacked in a folder of that name in `root` and renamed from it; without
    one `root` is a folder that gets its own name when all is whole.
    """

    def __init__(
        self,
        bundles: Bundles,
        road: Road,
        source: str,
        root: str,
        scratch: str,
        small: int,
        *,
        upload: bool,
    ) -> None:
        self._bundles = bundles
        self._road = road
        self._source = source
        self._root = root
        self._scratch = scratch
        self._small = small
        self._upload = upload
        self._count = 0
        self._made: set[str] = set()

    def takes(self, item: Item) -> bool:
        """Whether the item travels in a bundle."""
        small = item.kind is EntryKind.FILE and item.size < self._small
        return small or item.kind is EntryKind.FOLDER

    def full(self, batch: Batch) -> bool:
        """Whether it is time to send the batch."""
        if len(batch) % 16:
            return False  # the last few of them cannot make much of a difference
        return len(batch) >= _FILES or sum(item.bytes for item, _ in batch) >= _BYTES

    async def carry(self, batch: Batch, moved: Moved) -> None:
        """Move one batch, verified, each file to its place."""
        files = [one for one in batch if one[0].kind is EntryKind.FILE]
        folders = [one for one in batch if one[0].kind is EntryKind.FOLDER]
        paths = [item.path for item, _ in files]
        place = self._root
        if self._scratch:
            place = f"{self._root}/{self._scratch}{self._count}"
            self._count += 1
        algo = self._road.algo
        if self._upload and not self._scratch:
            paths += [f"{item.path}/" for item, _ in folders]
        else:
            for _, folder in folders:
                await self._ensure(folder)
        if not paths:
            return
        share = _Share(moved, sum(item.bytes for item, _ in batch))
        keep = self._road.keep
        if self._upload:
            move = partial(self._bundles.send, Path(self._source), paths, place)
        else:
            move = partial(self._bundles.fetch, self._source, paths, Path(place))
        try:
            try:
                await move(algo, share.add, keep=keep)
            except HashMismatch:  # an earlier try that was killed here may have been writing there
                await move(algo, share.add, keep=keep)
        except Unreachable:
            raise
        except PodError:
            if self._scratch:
                with suppress(PodError):
                    await remove_tree(self._road.target, place)
            raise
        share.finish()
        if self._scratch:
            await self._settle(place, files)

    async def _ensure(self, folder: str) -> None:
        if folder not in self._made:
            await self._road.target.make_folder(folder)
            self._made.add(folder)

    async def _settle(self, scratch: str, batch: Batch) -> None:
        """Give each file its name, and take the scratch folder away."""
        target = self._road.target
        if isinstance(target, LocalFiles):
            await asyncio.to_thread(_settle_here, scratch, batch)
            return
        for folder in sorted({place.rpartition("/")[0] for _, place in batch}):
            await self._ensure(folder)
        async with Lanes(_RENAMES) as lanes:
            for item, place in batch:
                await lanes.start(target.rename(f"{scratch}/{item.path}", place))
        await _remove_folders(target, scratch, batch)


class _Share:
    """The files' own bytes among those that pass: what an archive adds is no progress."""

    def __init__(self, moved: Moved, total: int) -> None:
        self._moved = moved
        self._left = total

    def add(self, count: int) -> None:
        """So many bytes have passed."""
        count = min(count, self._left)
        self._left -= count
        self._moved(count)

    def finish(self) -> None:
        """All have."""
        self.add(self._left)


async def _remove_folders(target: Files, scratch: str, batch: Batch) -> None:
    for folder in _folders(batch):
        with suppress(PodError):
            await target.remove(f"{scratch}/{folder}" if folder else scratch)


def _folders(batch: Batch) -> list[str]:
    """The folders the batch lies in, innermost first, the scratch folder itself last."""
    found = {""}
    for item, _ in batch:
        folder = item.path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(found, key=lambda folder: (-folder.count("/") if folder else 1, folder))


def _settle_here(scratch: str, batch: Batch) -> None:
    made: set[str] = set()
    for item, place in batch:
        folder = place.rpartition("/")[0]
        try:
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            os.replace(f"{scratch}/{item.path}", place)
        except OSError as error:
            raise FileTrouble(f"{place!r} cannot be written: {error.strerror}.") from None
    for folder in _folders(batch):
        with suppress(OSError):
            os.rmdir(f"{scratch}/{folder}" if folder else scratch)
