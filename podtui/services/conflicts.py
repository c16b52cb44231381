"""What is done about a file that is there already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from podtui.backends.together import both
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.text import visible
from podtui.domain.transfer import Conflict
from podtui.errors import FileTrouble, InputError, NotFound
from podtui.services.moving import Road
from podtui.services.walk import End, Item

_MOST = 20_000  # entries of a folder kept in memory
_SAME_TIME = 1.0  # seconds: SFTP 3 tells whole ones


@dataclass(frozen=True, slots=True)
class Clash:
    """A file to go where one is: what a person is asked about. `new` and `old` are its facts."""

    target: str
    new: Item
    old: Entry


Asker = Callable[[Clash], Awaitable[Conflict]]
"""Asks a person; any answer but ASK."""


class Conflicts:
    """The rule for files that are there already, for one transfer."""

    def __init__(self, road: Road, rule: Conflict, ask: Asker | None) -> None:
        self._road = road
        self._there = _There(road.target)
        self._rule = rule
        self._ask = ask

    async def place(self, item: Item, source: str, target: str) -> str | None:
        """Where the file goes: `target`, another name beside it, or None to leave it out."""
        if self._rule is Conflict.OVERWRITE:
            return target
        old = await self._there.look(target)
        if old is None:
            return target
        if old.is_folder:
            raise FileTrouble(f"{visible(target, 200)!r} is a folder, and a file is to go there.")
        rule: Conflict = self._rule
        if rule is Conflict.ASK:
            if self._ask is None:
                raise InputError(
                    f"{visible(target, 200)!r} is there already, and nobody can be asked.",
                    hint="Say what to do with --conflict.",
                )
            rule = await self._ask(Clash(target, item, old))
        return await self._apply(rule, item, source, target, old)

    async def _apply(
        self, rule: Conflict, item: Item, source: str, target: str, old: Entry
    ) -> str | None:
        if rule is Conflict.RENAME:
            return await self._free_name(target)
        replace = {
            Conflict.OVERWRITE: True,
            Conflict.NEWER: _older(old, item),
            Conflict.CHANGED: old.size != item.size or _time_differs(old, item),
            Conflict.DIFFERS: old.size != item.size,
        }.get(rule, False)
        if rule is Conflict.DIFFERS and not replace:
            here, there = await both(
                self._road.source.hash(source, self._road.algo),
                self._road.target.hash(target, self._road.algo),
            )
            replace = here != there
        return target if replace else None

    async def _free_name(self, target: str) -> str:
        folder, slash, name = target.rpartition("/")
        stem, dot, suffix = name.rpartition(".")
        if not stem:
            stem, dot, suffix = name, "", ""
        for number in range(1, 10_000):
            other = f"{folder}{slash}{stem} ({number}){dot}{suffix}"
            if await self._road.target.stat(other) is None:
                return other
        raise FileTrouble(f"{visible(target, 200)!r}: 9,999 files of that name are there.")


class _There:
    """What the target's folders hold: each is listed once, not asked for name by name."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._folders: dict[str, dict[str, Entry] | None] = {}

    async def look(self, path: str) -> Entry | None:
        """What stands under `path`, links followed."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            # of the folders gone through, only those above this one are come back to
            self._folders = {
                above: held
                for above, held in self._folders.items()
                if folder.startswith(f"{above}/")
            }
            self._folders[folder] = await self._list(folder or "/")
        held = self._folders[folder]
        found = held.get(name) if held is not None else None
        if held is None or (found and found.kind is EntryKind.LINK):
            return await self._end.stat(path)
        return found

    async def _list(self, folder: str) -> dict[str, Entry] | None:
        """The folder's entries by name; None for a folder of too many."""
        held: dict[str, Entry] = {}
        try:
            async with aclosing(self._end.scan_folder(folder)) as entries:
                async for entry in entries:
                    held[entry.name] = entry
                    if len(held) > _MOST:
                        return None
        except NotFound:
            pass
        return held


def _older(old: Entry, item: Item) -> bool:
    if old.modified is None or item.modified is None:
        return True
    return old.modified.timestamp() + _SAME_TIME <= item.modified


def _time_differs(old: Entry, item: Item) -> bool:
    if old.modified is None or item.modified is None:
        return True
    return abs(old.modified.timestamp() - item.modified) >= _SAME_TIME
