"""One transfer from its plan to its end: files and folders, one by one or in bundles."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from podtui.backends.base import Bundles
from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.domain.text import visible
from podtui.domain.transfer import Rules, Transport
from podtui.errors import NoSpace, NotOffered, PodError
from podtui.services.bundling import Bundler
from podtui.services.conflicts import Asker, Conflicts
from podtui.services.lanes import Lanes, Milestones
from podtui.services.ledger import Mark
from podtui.services.moving import Moved, Road, part_name
from podtui.services.walk import End, Item, walk

_AT_ONCE = 4  # files, or bundles, of one transfer
_SMALL = 1 << 20  # bytes; larger files travel by themselves
_KEPT = 20_000  # items remembered from the count, so that a far folder is listed once

SaveMark = Callable[[Mark], Awaitable[None]]


@dataclass(slots=True)
class Total:
    """What a transfer will move, counted before the first byte."""

    files: int = 0
    bytes: int = 0
    left_out: list[Item] = field(default_factory=list)
    items: list[Item] | None = field(default_factory=list)

    def add(self, item: Item) -> None:
        """Count one more."""
        if item.left_out:
            self.left_out.append(item)
        elif item.kind is not EntryKind.FOLDER:
            self.files += 1
            self.bytes += item.size
        if self.items is not None:
            self.items.append(item)
            if len(self.items) > _KEPT:
                self.items = None


async def count(end: End, source: str, rules: Rules) -> Total:
    """All that is below `source`; a private key of this machine is refused here already."""
    total = Total()
    async with aclosing(walk(end, source, rules.links)) as items:
        async for item in items:
            total.add(item)
            if isinstance(end, LocalFiles) and _may_be_key(item):
                await end.refuse_private_key(item.below(source))
    return total


def _may_be_key(item: Item) -> bool:
    """Whether it is worth a look inside: every file is looked at again when it is sent."""
    name = item.path.rpartition("/")[2]
    named = not name or name.startswith("id_") or name.endswith((".pem", ".key", ".ppk"))
    return item.kind is EntryKind.FILE and (named or not item.mode & 0o077)


@dataclass(slots=True)
class Told:
    """How a transfer tells of itself: bytes moved, bytes found there, files done, names, notes."""

    moved: Moved
    resumed: Moved
    files: Callable[[int], None]
    current: Callable[[str], None]
    skipped: Callable[[int], None]


class Carrying:
    """One transfer under way."""

    def __init__(
        self,
        road: Road,
        rules: Rules,
        told: Told,
        save: SaveMark,
        ask: Asker | None,
        name: str,
    ) -> None:
        self._road = road
        self._rules = rules
        self._told = told
        self._save = save
        self._conflicts = Conflicts(road, rules.conflict, ask)
        self._name = name
        self._made: set[str] = set()

    async def carry(self, source: str, target: str, total: Total, mark: Mark) -> None:
        """Move all there is to exactly `target`; `mark` tells where an earlier try stopped."""
        await self._check_space(target, total, mark)
        first = total.items[0] if total.items else None
        if first is not None and first.kind is not EntryKind.FOLDER:
            await self._ensure(target.rpartition("/")[0] or "/")
            await self._file(first, source, target)
            return
        await self._folder(source, target, total, mark)

    async def _check_space(self, target: str, total: Total, mark: Mark) -> None:
        end = self._road.target
        space = await end.space(
            target if isinstance(end, LocalFiles) else await _there(end, target)
        )
        if space is None:
            return
        needed, free = total.bytes - mark.bytes, space.free
        if needed > free:
            part = await end.stat(part_name(target))
            free += part.size if part and not part.is_folder else 0
        if needed > free:
            raise NoSpace(
                f"{needed:,} bytes are to go to {visible(target, 200)!r}, "
                f"and {self._road.at} has {free:,} free there."
            )

    async def _folder(self, source: str, target: str, total: Total, mark: Mark) -> None:
        road = self._road
        if mark.fresh and await road.target.stat(part_name(target)) is None:
            mark = Mark()  # somebody has taken away what was there
        if not mark.after:
            fresh = road.parts and await road.target.stat(target) is None
            mark = replace(mark, fresh=fresh, target=target)
        root = part_name(target) if mark.fresh else target
        await self._ensure(root)
        milestones, lanes = Milestones(mark), Lanes(_AT_ONCE)
        bundler = await self._bundler(source, root, fresh=mark.fresh)

        async def bundle(batch: list[tuple[Item, str]]) -> None:
            size = sum(item.size for item, _ in batch)
            step = milestones.begin(batch[-1][0].path, len(batch), size)
            assert bundler is not None
            await lanes.start(self._bundle(bundler, batch, milestones, step))

        batch: list[tuple[Item, str]] = []
        try:
            async with aclosing(_rest(road.source, source, self._rules, total, mark)) as items:
                async for item in items:
                    place = await self._place(item, source, root, fresh=mark.fresh)
                    if place is None:
                        continue
                    if bundler and bundler.takes(item):
                        batch.append((item, place))
                        if bundler.full(batch):
                            await bundle(batch)
                            batch = []
                        continue
                    if batch:  # the mark goes by the walk's order
                        await bundle(batch)
                        batch = []
                    step = milestones.begin(item.path, int(not _is_folder(item)), item.size)
                    if _is_folder(item):
                        await self._ensure(place)
                        milestones.end(step)
                    else:
                        await self._ensure(place.rpartition("/")[0])
                        work = self._one(item, source, place, milestones, step)
                        await lanes.start(work)
            if batch:
                await bundle(batch)
            await lanes.finish()
        finally:
            await lanes.stop()
            with suppress(PodError):
                await self._save(milestones.mark)
        if mark.fresh:
            await road.target.rename(root, target)

    async def _bundler(self, source: str, root: str, *, fresh: bool) -> Bundler | None:
        road = self._road
        near = isinstance(road.source, LocalFiles)
        far = road.target if near else road.source
        if self._rules.transport is Transport.SFTP or isinstance(far, LocalFiles):
            return None
        if not near and not isinstance(road.target, LocalFiles):
            return None  # from cluster to cluster
        bundles: Bundles | None = far.bundles
        if bundles is None or not await bundles.usable():
            if self._rules.transport is Transport.TAR:
                raise NotOffered("The cluster lacks GNU tar and coreutils, which bundles need.")
            return None
        scratch = "" if fresh else f".podtui-{self._name}.part"
        return Bundler(bundles, road, source, root, scratch, _SMALL, upload=near)

    async def _place(self, item: Item, source: str, root: str, *, fresh: bool) -> str | None:
        """Where the item goes; None for what is left out."""
        if item.left_out:
            self._told.skipped(1)
            return None
        place = item.below(root)
        if fresh or _is_folder(item):
            return place
        found = await self._conflicts.place(item, item.below(source), place)
        if found is None:
            self._told.skipped(1)
            self._told.resumed(item.size)
        return found

    async def _bundle(
        self, bundler: Bundler, batch: list[tuple[Item, str]], milestones: Milestones, step: object
    ) -> None:
        self._told.current(batch[0][1])
        await bundler.carry(batch, self._told.moved)
        self._told.files(sum(not _is_folder(item) for item, _ in batch))
        if milestones.end(step):  # type: ignore[arg-type]
            await self._save(milestones.mark)

    async def _one(
        self, item: Item, source: str, place: str, milestones: Milestones, step: object
    ) -> None:
        await self._file(item, item.below(source), place, decided=True)
        if milestones.end(step):  # type: ignore[arg-type]
            await self._save(milestones.mark)

    async def _file(self, item: Item, source: str, target: str, *, decided: bool = False) -> None:
        if not decided:
            place = await self._conflicts.place(item, source, target)
            if place is None:
                self._told.skipped(1)
                self._told.resumed(item.size)
                return
            target = place
        self._told.current(target)
        if item.kind is EntryKind.LINK:
            await self._road.target.make_link(target, await self._road.source.read_link(source))
        else:
            if isinstance(self._road.source, LocalFiles):
                await self._road.source.refuse_private_key(source)
            await self._road.move(item, source, target, self._told.moved, self._told.resumed)
        self._told.files(1)

    async def _ensure(self, folder: str) -> None:
        """Make the folder, once."""
        if folder not in self._made:
            await self._road.target.make_folder(folder)
            self._made.add(folder)


def _is_folder(item: Item) -> bool:
    return item.kind is EntryKind.FOLDER


async def _rest(
    end: End, source: str, rules: Rules, total: Total, mark: Mark
) -> AsyncGenerator[Item, None]:
    """The items behind the mark; the source itself apart."""
    after = _order(mark.after)
    if total.items is not None:
        for item in total.items:
            if item.path and _order(item.path) > after:
                yield item
        return
    async with aclosing(walk(end, source, rules.links)) as items:
        async for item in items:
            if item.path and _order(item.path) > after:
                yield item


def _order(path: str) -> list[bytes]:
    """The walk's order: a folder, then what is in it, names by their bytes."""
    return [os.fsencode(name) for name in path.split("/")] if path else []


async def _there(end: End, path: str) -> str:
    """The innermost folder above `path` that exists on the cluster."""
    folder = path.rpartition("/")[0]
    while folder and await end.stat(folder) is None:
        folder = folder.rpartition("/")[0]
    return folder or "/"
