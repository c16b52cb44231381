"""One transfer from its plan to its end: a file, or a folder with all that is in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from podtui.backends.base import BundleWay
from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.domain.text import visible
from podtui.domain.transfer import Conflict, Rules
from podtui.errors import NoSpace
from podtui.services.conflicts import Asker, Conflicts
from podtui.services.folders import FolderCarrying
from podtui.services.ledger import Mark
from podtui.services.moving import Moved, Road, part_name
from podtui.services.plan import Total
from podtui.services.walk import End, Item, leads_out, walk

_MOST_MADE = 10_000

SaveMark = Callable[[Mark], Awaitable[None]]


@dataclass(slots=True)
class Told:
    """How a transfer tells of itself.

    Bytes moved, bytes found there, files done, the file under way, files kept as they were, and
    why a thing is left out.
    """

    moved: Moved
    resumed: Moved
    files: Callable[[int], None]
    current: Callable[[str], None]
    skipped: Callable[[int], None]
    left_out: Callable[[str], None]


class Carrying:
    """One transfer under way; `name` is its id, `way` what carries its small files."""

    def __init__(
        self,
        road: Road,
        rules: Rules,
        told: Told,
        save: SaveMark,
        ask: Asker | None,
        name: str,
        way: BundleWay | None = None,
    ) -> None:
        self.road = road
        self.rules = rules
        self.told = told
        self.save = save
        self.name = name
        self.way = way
        self._conflicts = Conflicts(road, rules.conflict, ask)
        self._changed = Conflicts(road, Conflict.CHANGED, None)
        self._made: set[str] = set()

    async def carry(self, source: str, target: str, total: Total, mark: Mark) -> None:
        """Move all there is to exactly `target`; `mark` tells where an earlier try stopped."""
        await self._check_space(target, total, mark)
        first = total.top
        if first is None or first.kind is EntryKind.FOLDER:
            await FolderCarrying(self, source, target, total).carry(mark)
            return
        await self.ensure(target.rpartition("/")[0] or "/")
        place = await self.place(first, source, target)
        if place is not None:
            await self.file(first, source, place)

    async def _check_space(self, target: str, total: Total, mark: Mark) -> None:
        """NoSpace when it cannot fit, what is to be replaced counted as free."""
        end = self.road.target
        space = await end.space(
            target if isinstance(end, LocalFiles) else await _there(end, target)
        )
        if space is None or total.bytes - mark.bytes <= space.free:
            return
        free = space.free
        for path in (part_name(target), *([] if self._adds else [target])):
            free += await _size_below(end, path, self.rules)
        if total.bytes > free:
            raise NoSpace(
                f"{total.bytes - mark.bytes:,} bytes are to go to {visible(target, 200)!r}, "
                f"and {self.road.at} has {space.free:,} free there."
            )

    @property
    def _adds(self) -> bool:
        """Whether nothing there is replaced."""
        return self.rules.conflict is Conflict.RENAME

    async def place(
        self, item: Item, source: str, target: str, *, again: bool = False
    ) -> str | None:
        """Where the file goes by the rule for conflicts; None for what is left as it is there.

        `again`: it was there once already, and is only sent if it has changed since.
        """
        conflicts = self._changed if again else self._conflicts
        found = await conflicts.place(item, source, target)
        if found is None:
            self.told.resumed(item.bytes)
            if again:
                self.told.files(1)
            else:
                self.told.skipped(1)
        return found

    async def file(self, item: Item, source: str, target: str) -> None:
        """Move a file, or make a link."""
        self.told.current(target)
        if item.kind is EntryKind.LINK:
            says = await self.road.source.read_link(source)
            if not isinstance(self.road.source, LocalFiles) and leads_out(item.path, says):
                self.told.left_out("a link that leads out of the folder")
                return
            await self.road.target.make_link(target, says)
        else:
            if isinstance(self.road.source, LocalFiles):
                await self.road.source.refuse_private_key(source)
            await self.road.move(item, source, target, self.told.moved, self.told.resumed)
        self.told.files(1)

    async def ensure(self, folder: str) -> None:
        """Make the folder, once."""
        if folder not in self._made:
            await self.road.target.make_folder(folder)
            if len(self._made) >= _MOST_MADE:
                self._made.clear()  # to make one again costs little, to know a million much
            self._made.add(folder)


async def _there(end: End, path: str) -> str:
    """The innermost folder above `path` that exists on the cluster."""
    folder = path.rpartition("/")[0]
    while folder and await end.stat(folder) is None:
        folder = folder.rpartition("/")[0]
    return folder or "/"


async def _size_below(end: End, path: str, rules: Rules) -> int:
    """The bytes of all files at and below `path`; 0 when nothing is there."""
    found = await end.stat(path)
    if found is None or found.kind not in (EntryKind.FILE, EntryKind.FOLDER):
        return 0
    size = 0
    async with aclosing(walk(end, path, rules.links)) as items:
        async for item in items:
            size += item.bytes
    return size
