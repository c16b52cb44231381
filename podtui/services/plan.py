"""What a transfer will move, counted before the first byte, and what of it is left to move."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from podtui.backends.local import LocalFiles
from podtui.domain.entry import EntryKind
from podtui.domain.transfer import Rules
from podtui.errors import FileTrouble, LimitExceeded, NotFound
from podtui.services.walk import End, Item, walk

_KEPT = 20_000  # items remembered from the count, so that a far folder is listed once
_AT_ONCE = 1_000  # items without letting others run


@dataclass(slots=True)
class Total:
    """What a transfer will move: files and bytes, and the items as long as they are few.

    `top` is the source itself; `trail` is that of the items up to where an earlier try stopped.
    """

    files: int = 0
    bytes: int = 0
    top: Item | None = None
    items: list[Item] | None = field(default_factory=list)
    trail: str = ""

    def add(self, item: Item) -> None:
        """Count one more; the first is the source itself."""
        self.top = self.top or item
        if not item.left_out and item.kind is not EntryKind.FOLDER:
            self.files += 1
            self.bytes += item.bytes
        if self.items is not None:
            self.items.append(item)
            if len(self.items) > _KEPT:
                self.items = None


async def count(end: End, source: str, rules: Rules, after: str = "") -> Total:
    """All that is below `source`; a private key of this machine is refused here already."""
    total = Total()
    last = order(after)
    async with aclosing(walk(end, source, rules.links)) as items:
        async for item in items:
            total.add(item)
            if after and item.path and order(item.path) <= last:
                total.trail = trail(total.trail, item)
            if isinstance(end, LocalFiles) and _may_be_key(item):
                with suppress(FileTrouble, NotFound):  # it fails by itself, when its turn comes
                    await end.refuse_private_key(item.below(source))
    return total


async def items_after(
    end: End, source: str, rules: Rules, total: Total, after: str = ""
) -> AsyncGenerator[Item, None]:
    """The items below the source that come behind the path `after`, in the walk's order."""
    last = order(after)
    if total.items is not None:
        for number, item in enumerate(total.items):
            if item.path and (not last or order(item.path) > last):
                yield item
            if not number % _AT_ONCE:
                await asyncio.sleep(0)
        return
    async with aclosing(walk(end, source, rules.links)) as items:
        async for item in items:
            if item.path and (not last or order(item.path) > last):
                yield item


def order(path: str) -> list[bytes]:
    """The walk's order: a folder, then what is in it, names by their bytes."""
    return [os.fsencode(name) for name in path.split("/")] if path else []


def trail(before: str, item: Item) -> str:
    """The hash of an item's facts and of all `before` it: the same again, nothing has changed."""
    facts = f"{before}\0{item.path}\0{item.kind.value}"
    if item.kind is not EntryKind.FOLDER:
        facts += f"\0{item.size}\0{item.modified}"
    return hashlib.blake2b(os.fsencode(facts), digest_size=16).hexdigest()


def _may_be_key(item: Item) -> bool:
    """Whether it is worth a look inside: every file is looked at again when it is sent."""
    name = item.path.rpartition("/")[2]
    named = not name or name.startswith("id_") or name.endswith((".pem", ".key", ".ppk"))
    return item.kind is EntryKind.FILE and (named or not item.mode & 0o077)


def check_limit(name: str, totals: tuple[Total, ...], limit: int) -> None:
    """LimitExceeded when the totals together are over `limit` bytes (0 = unlimited)."""
    size = sum(total.bytes for total in totals)
    if limit and size > limit:
        raise LimitExceeded(
            f"{size:,} bytes are over {name} = {limit:,}.",
            hint=f"Raise {name} in the configuration, or move less. Nothing was transferred.",
        )
