"""Taking away what podtui itself has left half-made."""

from __future__ import annotations

from contextlib import aclosing, suppress

from podtui.domain.entry import EntryKind, unsafe_name
from podtui.errors import FileTrouble, NotFound, PodError
from podtui.services.lanes import Lanes
from podtui.services.walk import End

_AT_ONCE = 32
_DEEPEST = 80


async def remove_tree(end: End, path: str, depth: int = 0) -> None:
    """Remove what stands under `path`, a folder with all in it; nothing there is fine.

    A link is removed, never gone through: what is no folder, or an empty one, goes at the first
    try.
    """
    with suppress(NotFound):
        try:
            await end.remove(path)
        except NotFound:
            raise
        except PodError:
            if depth > _DEEPEST:
                raise
            await _empty(end, path, depth)
            await end.remove(path)


async def _empty(end: End, path: str, depth: int) -> None:
    async with aclosing(end.scan_folder(path)) as found:
        entries = [entry async for entry in found]
    async with Lanes(_AT_ONCE) as lanes:
        for entry in entries:
            if entry.unsafe:
                raise unsafe_name(entry.name)
            inside = f"{path}/{entry.name}"
            if entry.kind is EntryKind.FOLDER:
                await lanes.finish()
                await remove_tree(end, inside, depth + 1)
            else:
                await lanes.start(end.remove(inside))


async def remove_scratch(end: End, folder: str, prefix: str) -> None:
    """Remove the scratch folders in `folder` whose names begin with `prefix`."""
    with suppress(NotFound):
        async with aclosing(end.scan_folder(folder)) as found:
            names = [one.name async for one in found if one.name.startswith(prefix)]
        for name in names:
            with suppress(FileTrouble):
                await remove_tree(end, f"{folder}/{name}")
