"""What is done about a file that is there already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from podtui.domain.entry import Entry
from podtui.domain.text import visible
from podtui.domain.transfer import Conflict
from podtui.errors import FileTrouble, InputError
from podtui.services.moving import Road, all_done_pair
from podtui.services.walk import Item

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
        self._rule = rule
        self._ask = ask

    async def place(self, item: Item, source: str, target: str) -> str | None:
        """Where the file goes: `target`, another name beside it, or None to leave it out."""
        if self._rule is Conflict.OVERWRITE:
            return target
        old = await self._road.target.stat(target)
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
            here, there = await all_done_pair(
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


def _older(old: Entry, item: Item) -> bool:
    if old.modified is None or item.modified is None:
        return True
    return old.modified.timestamp() + _SAME_TIME <= item.modified


def _time_differs(old: Entry, item: Item) -> bool:
    if old.modified is None or item.modified is None:
        return True
    return abs(old.modified.timestamp() - item.modified) >= _SAME_TIME
