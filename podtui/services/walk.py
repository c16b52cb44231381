"""What a transfer will move: every file below its source, in one fixed order, none kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from podtui.backends.base import Files
from podtui.backends.local import LocalFiles
from podtui.domain.entry import Entry, EntryKind, safe_name, unsafe_name
from podtui.domain.text import visible
from podtui.domain.transfer import Links
from podtui.errors import InputError, NotFound, Refused
from podtui.services.sorted_entries import in_order

End = Files | LocalFiles
"""One end of a transfer: a cluster, or this machine."""

_DEEPEST = 64  # folders in folders; deeper means links in a circle


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to move. `path` is below the source, empty for the source itself.

    Size in bytes, time in seconds since 1970 (None where the server does not tell). `left_out`
    says why it cannot be moved, such as a device.
    """

    path: str
    kind: EntryKind
    size: int = 0
    modified: float | None = None
    mode: int = 0
    left_out: str = ""

    @property
    def bytes(self) -> int:
        """Those that move: a folder and a link have none."""
        return self.size if self.kind is EntryKind.FILE else 0

    def below(self, root: str) -> str:
        """Its place when the source lies at `root`."""
        return f"{root.rstrip('/')}/{self.path}" if self.path else root


async def walk(end: End, source: str, links: Links) -> AsyncGenerator[Item, None]:
    """The source and all below it: a folder before what is in it, names in order of their bytes.

    NotFound, and InputError for a source that is neither file nor folder; what is neither below it
    is told by `left_out`. Refused for a name that leaves its folder, or folders without end.
    """
    yield (top := await _top(end, source))
    stack = [_Folder(end, source, "")] if top.kind is EntryKind.FOLDER else []
    try:
        while stack:
            folder = stack[-1]
            async for entry in folder.entries:
                path = _path(folder.path, entry)
                if entry.kind is not EntryKind.LINK or links is Links.KEEP:
                    item = _item(path, entry)
                elif links is Links.FOLLOW:
                    item = await _behind(end, source, path)
                else:
                    continue
                yield item
                if item.kind is EntryKind.FOLDER:
                    stack.append(_Folder(end, source, path))
                    break
            else:
                await stack.pop().close()
            if len(stack) > _DEEPEST + 1:
                raise Refused(
                    f"{visible(stack[-1].path, 200)!r} is nested too deep.", title="Endless folder"
                )
    finally:
        for folder in reversed(stack):
            await folder.close()


async def _top(end: End, source: str) -> Item:
    """The source itself."""
    top = await end.stat(source)
    if top is None or top.kind is EntryKind.LINK:
        raise NotFound(
            f"{visible(source, 200)!r} is not there{', its link points nowhere' if top else ''}.",
            title="File not found",
        )
    if top.kind is EntryKind.OTHER:
        raise InputError(
            f"{visible(source, 200)!r} is neither a file nor a folder.",
            title="Not a file",
            hint="Devices, sockets and pipes are not transferred.",
        )
    return _item("", top)


class _Folder:
    """A folder being gone through."""

    def __init__(self, end: End, source: str, path: str) -> None:
        self.path = path
        self._found = end.scan_folder(f"{source.rstrip('/')}/{path}" if path else source)
        self.entries = in_order(self._found)

    async def close(self) -> None:
        await self.entries.aclose()
        await self._found.aclose()


def leads_out(path: str, says: str) -> bool:
    """Whether a link at `path`, below a folder, that says `says` may lead out of that folder.

    `..` is only read at the beginning: behind a name that is itself a link it could mean anything.
    """
    steps = [step for step in says.split("/") if step not in ("", ".")]
    up = 0
    while up < len(steps) and steps[up] == "..":
        up += 1
    return says.startswith("/") or up > path.count("/") or ".." in steps[up:]


def _path(folder: str, entry: Entry) -> str:
    """Where the entry stands below the source; Refused for a name that leaves its folder."""
    if entry.unsafe:
        raise unsafe_name(entry.name)
    name = safe_name(entry.name)
    return f"{folder}/{name}" if folder else name


async def _behind(end: End, source: str, path: str) -> Item:
    """What a link points at."""
    where = f"{source.rstrip('/')}/{path}"
    pointed = await end.stat(where)
    if pointed is None or pointed.kind is EntryKind.LINK:
        return Item(path, EntryKind.OTHER, left_out="a link that points nowhere")
    if pointed.kind is EntryKind.FOLDER and isinstance(end, LocalFiles):
        above = await end.leads_up(where)
        if above:
            raise InputError(
                f"{visible(where, 200)!r} is a link to a folder above it.", title="Endless folder"
            )
    return _item(path, pointed)


def _item(path: str, entry: Entry) -> Item:
    why = "neither a file nor a folder" if entry.kind is EntryKind.OTHER else ""
    modified = entry.modified.timestamp() if entry.modified else None
    return Item(path, entry.kind, entry.size, modified, entry.mode, why)
