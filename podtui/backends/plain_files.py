"""What a file service without links, times or statfs says to questions about them."""

# ruff: noqa: ARG002 - the arguments are the protocol's

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, cast

from podtui.backends.spool import by_way_of_here
from podtui.domain.entry import Entry, Space
from podtui.errors import NotOffered

if TYPE_CHECKING:
    from podtui.backends.base import Bundles, Files, Progress
    from podtui.backends.pace import Pace

_NO_FACTS = "This service keeps neither permissions nor times."
_NO_LINKS = "This service knows no symbolic links."


class PlainFiles:
    """The part of `Files` (podtui.backends.base) that is the same for all plain services."""

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        """The folder's entries; each service says how."""
        raise NotImplementedError

    async def scan_folder(self, path: str) -> AsyncGenerator[Entry, None]:
        """The folder's entries, which such a service tells all at once."""
        for entry in await self.list_folder(path):
            yield entry

    async def space(self, path: str) -> Space | None:
        """Not told."""
        return None

    async def set_facts(self, path: str, mode: int, modified: float) -> None:
        """NotOffered."""
        raise NotOffered(_NO_FACTS)

    async def pass_on(
        self, source: str, to: Files, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Copy a file to another cluster, by way of a file here."""
        here = cast("Files", self)
        return await by_way_of_here(here, source, to, target, algo, progress, offset)

    @property
    def pace(self) -> Pace | None:
        """None."""
        return None

    @property
    def bundles(self) -> Bundles | None:
        """None."""
        return None

    async def read_link(self, path: str) -> str:
        """NotOffered."""
        raise NotOffered(_NO_LINKS)

    async def make_link(self, path: str, says: str) -> None:
        """NotOffered."""
        raise NotOffered(_NO_LINKS)
