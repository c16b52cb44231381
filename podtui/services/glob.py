"""Patterns such as `~/run*/out.txt`, filled in on a cluster."""

from __future__ import annotations

from fnmatch import fnmatchcase

from podtui.backends.base import Files
from podtui.domain.text import visible
from podtui.errors import NotFound

_MAGIC = frozenset("*?[")
_MOST = 10_000  # paths one pattern may mean


async def expand(files: Files, pattern: str) -> tuple[str, ...]:
    """The paths `pattern` means, in order; a name that exists as it stands means itself.

    As in a shell `*`, `?` and `[…]` match within a name, and no leading dot. NotFound when nothing
    matches.
    """
    if not _MAGIC.intersection(pattern) or await files.stat(await files.resolve(pattern)):
        return (pattern,)
    whole = await files.resolve(pattern)
    found = ["/"]
    for part in whole.strip("/").split("/"):
        if not _MAGIC.intersection(part):
            found = [f"{folder.rstrip('/')}/{part}" for folder in found]
            continue
        matched: list[str] = []
        for folder in found:
            there = await files.stat(folder)
            if there is None or not there.is_folder:
                continue
            names = [entry.name for entry in await files.list_folder(folder) if not entry.unsafe]
            matched += [
                f"{folder.rstrip('/')}/{name}"
                for name in sorted(names)
                if fnmatchcase(name, part) and (part.startswith(".") or not name.startswith("."))
            ]
        found = matched[:_MOST]
    existing = [path for path in found if await files.stat(path)]
    if not existing:
        raise NotFound(f"Nothing matches {visible(pattern, 120)!r}.", title="File not found")
    return tuple(existing)
