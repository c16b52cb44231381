"""Small files of a transfer in bundles, and each under its own name in the end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from podtui.backends.base import Bundles, BundleWay, Files
from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.domain.text import visible
from podtui.domain.transfer import Rules, Transport
from podtui.errors import FileTrouble, HashMismatch, PodError, Unreachable
from podtui.services.clearing import remove_tree
from podtui.services.lanes import Lanes
from podtui.services.moving import Moved, Road
from podtui.services.walk import End, Item

_FILES = 1000
_BYTES = 8 << 20  # of one bundle: it is put together in memory, and several are under way
_RENAMES = 64  # under way at once

Ensure = Callable[[str], Awaitable[None]]
Batch = list[tuple[Item, str]]
"""Items, each with its final place."""


@asynccontextmanager
async def begun_way(
    road: Road, rules: Rules, source: str
) -> AsyncIterator[tuple[str, BundleWay | None]]:
    """The source's whole path, and what will carry the small files below it.

    That is begun before anybody knows what they are, while the folder is listed: the login shell's
    start-up files may take a second. None for a single file, which need not share the far side's
    processors with a shell for nothing, from cluster to cluster, and where there are no bundles.
    """
    bundles = None if rules.transport is Transport.SFTP else _bundles(road)
    path = await road.source.resolve(source)
    if bundles is None or not await _is_folder(road.source, path):
        yield path, None
        return
    begin = bundles.sending if isinstance(road.source, LocalFiles) else bundles.fetching
    async with begin(road.algo, keep=road.keep) as way:
        yield path, way


def _bundles(road: Road) -> Bundles | None:
    """What takes bundles at the far end; None where there are two of those."""
    far = road.target if isinstance(road.source, LocalFiles) else road.source
    near = road.source if isinstance(road.source, LocalFiles) else road.target
    return None if isinstance(far, LocalFiles) or not isinstance(near, LocalFiles) else far.bundles


async def _is_folder(end: End, path: str) -> bool:
    top = await end.stat(path)
    return top is not None and top.kind is EntryKind.FOLDER


class Bundler:
    """Carries batches of small files to below `root`.

    With `scratch` they are unpacked in folders whose names begin so, in `root`, and renamed from
    there; without one `root` is a folder that gets its own name when all is whole. `ensure` makes
    a folder.
    """

    def __init__(
        self, way: BundleWay, target: End, root: str, scratch: str, small: int, ensure: Ensure
    ) -> None:
        self._way = way
        self._target = target
        self._root = root
        self._scratch = scratch
        self._small = small
        self._ensure = ensure
        self._count = 0

    def takes(self, item: Item) -> bool:
        """Whether the item travels in a bundle."""
        small = item.kind is EntryKind.FILE and item.size < self._small
        return small or item.kind is EntryKind.FOLDER

    def full(self, batch: Batch, size: int) -> bool:
        """Whether it is time to send the batch of so many bytes."""
        return len(batch) >= _FILES or size >= _BYTES

    async def carry(self, batch: Batch, moved: Moved) -> dict[str, PodError]:
        """Move one batch, verified, each file to its place; those that failed, and why."""
        files = [one for one in batch if one[0].kind is EntryKind.FILE]
        folders = [one for one in batch if one[0].kind is EntryKind.FOLDER]
        paths = [item.path for item, _ in files]
        into = ""
        if self._scratch:
            into = f"{self._scratch}{self._count}"
            self._count += 1
        failed: dict[str, PodError] = {}
        if self._scratch or isinstance(self._target, LocalFiles):
            for item, folder in folders:
                try:
                    await self._ensure(folder)
                except FileTrouble as error:
                    failed[item.path] = error
        else:
            paths += [f"{item.path}/" for item, _ in folders]
        if not paths:
            return failed
        share = _Share(moved, sum(item.bytes for item, _ in files))
        try:
            failed |= await self._carry(paths, into, share)
        except Unreachable:
            raise
        except PodError:
            if into:
                with suppress(PodError):
                    await remove_tree(self._target, f"{self._root}/{into}")
            raise
        whole = [one for one in files if one[0].path not in failed]
        if into:
            failed |= await self._settle(f"{self._root}/{into}", whole)
        share.finish(sum(item.bytes for item, _ in files if item.path in failed))
        return failed

    async def _carry(self, paths: Sequence[str], into: str, share: _Share) -> dict[str, PodError]:
        failed = dict(await self._way.carry(paths, into, share.add))
        spoilt = [path for path, why in failed.items() if isinstance(why, HashMismatch)]
        if spoilt:  # an earlier try that was killed here may have been writing there
            for path in spoilt:
                del failed[path]
            failed |= await self._way.carry(spoilt, into, lambda _: None)
        for path in failed:
            with suppress(PodError):  # half a file, or another one's
                await self._target.remove("/".join(filter(None, (self._root, into, path))))
        return failed

    async def _settle(self, scratch: str, batch: Batch) -> dict[str, PodError]:
        """Give each file its name, and take the scratch folder away."""
        target = self._target
        if isinstance(target, LocalFiles):
            return await asyncio.to_thread(_settle_here, scratch, batch)
        failed: dict[str, PodError] = {}

        async def name(item: Item, place: str) -> None:
            try:
                await target.rename(f"{scratch}/{item.path}", place)
            except FileTrouble as error:
                failed[item.path] = error

        for folder in sorted({place.rpartition("/")[0] for _, place in batch}):
            with suppress(FileTrouble):  # then the names in it are refused, one by one
                await self._ensure(folder)
        async with Lanes(_RENAMES) as lanes:
            for item, place in batch:
                await lanes.start(name(item, place))
        if failed:
            with suppress(PodError):
                await remove_tree(target, scratch)
        else:
            await _remove_folders(target, scratch, batch)
        return failed


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

    def finish(self, but: int) -> None:
        """All have `but` so many, which did not arrive."""
        self.add(self._left - min(but, self._left))


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


def _settle_here(scratch: str, batch: Batch) -> dict[str, PodError]:
    made: set[str] = set()
    failed: dict[str, PodError] = {}
    for item, place in batch:
        folder = place.rpartition("/")[0]
        try:
            if folder not in made:
                os.makedirs(folder, exist_ok=True)
                made.add(folder)
            os.replace(f"{scratch}/{item.path}", place)
        except OSError as error:
            failed[item.path] = FileTrouble(
                f"{visible(place, 200)!r} cannot be written: {error.strerror}."
            )
            with suppress(OSError):
                os.unlink(f"{scratch}/{item.path}")
    for folder in _folders(batch):
        with suppress(OSError):
            os.rmdir(f"{scratch}/{folder}" if folder else scratch)
    return failed
