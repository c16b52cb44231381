"""A folder with all that is in it: in order, several at once, taken up again where it stopped."""

from __future__ import annotations

import time
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.domain.text import visible
from podtui.domain.transfer import Transport
from podtui.errors import FileTrouble, NotOffered, PodError, Unreachable
from podtui.services.bundling import Bundler
from podtui.services.clearing import remove_scratch, remove_tree
from podtui.services.failures import OF_ONE_FILE, Failures
from podtui.services.lanes import Lanes, Milestones, Step
from podtui.services.ledger import Mark
from podtui.services.moving import part_name
from podtui.services.plan import Total, items_after, order, trail
from podtui.services.walk import Item

if TYPE_CHECKING:
    from podtui.services.carrying import Carrying

_AT_ONCE = 4  # large files, or bundles, of one transfer
_SMALL_AT_ONCE = 16  # small files one by one: a far server answers each request late
_SMALL = 1 << 20  # bytes; larger files travel by themselves
_MARK_SECONDS = 0.2  # between two writes of the mark for small files: each waits for the disk
_FOLDERS_AT_ONCE = 32
_OWNER_ENTERS = 0o100


class FolderCarrying:
    """The way of one folder.

    A target that is not there is put together beside its name, and gets it when all is whole; else
    each file gets its own name as soon as it is.
    """

    def __init__(self, carrying: Carrying, source: str, target: str, total: Total) -> None:
        self._carrying = carrying
        self._road = carrying.road
        self._source = source
        self._target = target
        self._total = total
        self._fresh = False
        self._root = target
        self._sent_before: list[bytes] = []  # what comes up to here was sent, and has changed
        self._milestones = Milestones(Mark())
        self._lanes = Lanes(_AT_ONCE)
        self._small_lanes = Lanes(_SMALL_AT_ONCE)
        self._bundler: Bundler | None = None
        self._batch: list[tuple[Item, str]] = []
        self._batch_bytes = 0
        self._batch_trail = ""
        self._saved = 0.0
        self._failures = Failures()

    async def carry(self, mark: Mark) -> None:
        """Move it, from `mark` on."""
        mark = await self._take_up(mark)
        told = self._carrying.told
        told.resumed(mark.bytes)
        told.files(mark.files)
        if mark.whole and not await self._is_there(part_name(self._target)):
            return  # it has got its name, and only nobody was told
        self._fresh = mark.fresh
        self._root = part_name(self._target) if mark.fresh else self._target
        self._milestones = Milestones(mark)
        await self._carrying.save(mark)
        await self._carrying.ensure(self._root)
        try:
            self._bundler = None if mark.singly else await self._bundles(mark.scratch)
            if self._bundler is None:
                self._milestones.mark = replace(mark, singly=True)
                await self._save()
            await self._contents(mark)
            if self._failures:
                raise self._failures.told("All others are there.")
            await self._folder_facts()
            if self._fresh:
                await self._carrying.save(replace(self._milestones.mark, whole=True))
                await self._road.target.rename(self._root, self._target)
        except Unreachable:
            raise
        except PodError as error:
            if self._fresh:
                kept = f"What is whole is kept in {visible(self._root, 200)}: a retry goes on."
                error.hint = f"{error.hint} {kept}".strip()
            raise

    async def _take_up(self, mark: Mark) -> Mark:
        """The mark, once it is sure that what it tells of is still there and still the same."""
        end, part = self._road.target, part_name(self._target)
        if mark.fresh and not await self._is_there(part):
            if mark.whole and await self._is_there(self._target):
                return mark
            mark = Mark()  # somebody has taken away what was there
        elif mark.after and (mark.gaps or mark.trail != self._total.trail):
            self._sent_before = order(mark.after)
            mark = replace(mark, after="", files=0, bytes=0, trail="", whole=False, gaps=False)
        if mark.scratch:
            far = None if isinstance(end, LocalFiles) else end.bundles
            if far is not None:
                await far.settled(part if mark.fresh else self._target)
            if not mark.fresh:
                await remove_scratch(end, self._target, f".podtui-{mark.scratch}.part")
            return mark
        fresh = self._road.parts and not await self._is_there(self._target)
        if fresh and await self._is_there(part):
            await remove_tree(end, part)  # of another transfer, long given up
        return Mark(fresh=fresh, target=self._target, scratch=self._carrying.name)

    async def _is_there(self, path: str) -> bool:
        return await self._road.target.stat(path) is not None

    async def _bundles(self, scratch: str) -> Bundler | None:
        """What carries small files; None where they go one by one."""
        way, road = self._carrying.way, self._road
        demanded = self._carrying.rules.transport is Transport.TAR
        inside = "" if self._fresh else f".podtui-{scratch}.part"
        if way is None:
            return None
        upload = isinstance(road.source, LocalFiles)
        here, there = (self._source, self._root) if upload else (self._root, self._source)
        try:
            await way.open(Path(here), there)
        except NotOffered:
            if demanded:
                raise
            return None
        return Bundler(way, road.target, self._root, inside, _SMALL, self._carrying.ensure)

    async def _contents(self, mark: Mark) -> None:
        carrying = self._carrying
        last, so_far = mark.after, mark.trail
        rest = items_after(self._road.source, self._source, carrying.rules, self._total, last)
        try:
            async with self._lanes, self._small_lanes, aclosing(rest) as items:
                async for item in items:
                    so_far = trail(so_far, item)
                    place = await self._place(item)
                    if place is not None:
                        await self._begin(item, place, so_far)
                    last = item.path
                await self._send_batch()
            self._milestones.mark = replace(self._milestones.mark, after=last, trail=so_far)
        finally:
            with suppress(PodError):
                await self._save()

    async def _save(self) -> None:
        mark = self._milestones.mark
        await self._carrying.save(replace(mark, gaps=bool(self._failures)))

    async def _place(self, item: Item) -> str | None:
        """Where the item goes; None for what is left out."""
        if item.left_out:
            self._carrying.told.left_out(item.left_out)
            return None
        place = item.below(self._root)
        if _is_folder(item):
            return place
        again = bool(self._sent_before) and order(item.path) <= self._sent_before
        if self._fresh and not again:
            return place
        try:
            return await self._carrying.place(item, item.below(self._source), place, again=again)
        except OF_ONE_FILE as error:
            self._failures.add(item.path, error)
            return None

    async def _begin(self, item: Item, place: str, so_far: str) -> None:
        if self._bundler and self._bundler.takes(item):
            self._batch.append((item, place))
            self._batch_bytes += item.bytes
            self._batch_trail = so_far
            if self._bundler.full(self._batch, self._batch_bytes):
                await self._send_batch()
            return
        await self._send_batch()  # the mark goes by the walk's order
        step = Step(item.path, int(not _is_folder(item)), item.bytes, so_far)
        self._milestones.begin(step)
        try:
            await self._carrying.ensure(place if _is_folder(item) else place.rpartition("/")[0])
        except OF_ONE_FILE as error:
            self._failures.add(item.path, error)
            self._milestones.end(step)
            return
        if _is_folder(item):
            self._milestones.end(step)
        else:
            lanes = self._small_lanes if item.bytes < _SMALL else self._lanes
            await lanes.start(self._one(item, place, step))

    async def _send_batch(self) -> None:
        batch, self._batch = self._batch, []
        size, self._batch_bytes = self._batch_bytes, 0
        if not batch:
            return
        files = sum(not _is_folder(item) for item, _ in batch)
        step = Step(batch[-1][0].path, files, size, self._batch_trail)
        self._milestones.begin(step)
        await self._lanes.start(self._bundle(batch, step))

    async def _bundle(self, batch: list[tuple[Item, str]], step: Step) -> None:
        assert self._bundler is not None, "only a bundler makes batches"
        self._carrying.told.current(batch[0][1])
        failed = await self._bundler.carry(batch, self._carrying.told.moved)
        for path, error in failed.items():
            self._failures.add(path, error)
        self._carrying.told.files(step.files - len(failed))
        await self._passed(step, at_once=True)  # a bundle written down late would be sent again

    async def _one(self, item: Item, place: str, step: Step) -> None:
        try:
            await self._carrying.file(item, item.below(self._source), place)
        except OF_ONE_FILE as error:
            self._failures.add(item.path, error)
        await self._passed(step, at_once=step.bytes >= _SMALL)

    async def _passed(self, step: Step, *, at_once: bool) -> None:
        now = time.monotonic()
        due = at_once or now - self._saved >= _MARK_SECONDS
        if self._milestones.end(step) and due:
            self._saved = now
            await self._save()

    async def _folder_facts(self) -> None:
        """Give the folders their permissions and times: last, for what came in changed them.

        A folder that was there and was chosen as the target stays as it is.
        """
        if not self._road.keep:
            return
        rules, total = self._carrying.rules, self._total
        found = items_after(self._road.source, self._source, rules, total)
        around = [total.top] if self._fresh and total.top is not None else []
        async with Lanes(_FOLDERS_AT_ONCE) as lanes, aclosing(found) as items:
            async for item in items:
                if not _is_folder(item) or item.left_out:
                    continue
                while around and not _holds(around[-1], item):
                    await self._close(lanes, around.pop())
                around.append(item)
            while around:
                await self._close(lanes, around.pop())

    async def _close(self, lanes: Lanes, folder: Item) -> None:
        """Give a folder its facts: those in it have begun to get theirs."""
        if not folder.mode & _OWNER_ENTERS:
            await lanes.finish()
        await lanes.start(self._give_facts(folder))

    async def _give_facts(self, folder: Item) -> None:
        if folder.modified is None:
            return
        with suppress(NotOffered, FileTrouble):  # another's folder we may only write into
            place = folder.below(self._root)
            await self._road.target.set_facts(place, folder.mode, folder.modified)


def _is_folder(item: Item) -> bool:
    return item.kind is EntryKind.FOLDER


def _holds(folder: Item, item: Item) -> bool:
    return not folder.path or item.path.startswith(f"{folder.path}/")
