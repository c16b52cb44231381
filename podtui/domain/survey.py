"""What a closer look at the machine behind a cluster tells: its clock, versions, quotas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Quota:
    """What one may fill on one file system, in its own words ("12G"); an empty limit is none.

    `over`: whether more is there than allowed.
    """

    place: str
    space: str
    space_limit: str
    files: str
    files_limit: str
    over: bool

    def __str__(self) -> str:
        """`/home: 12G of 20G, 4711 files of 100000`."""
        space = f"{self.space} of {self.space_limit}" if self.space_limit else self.space
        files = f"{self.files} files"
        files = f"{files} of {self.files_limit}" if self.files_limit else files
        return f"{self.place}: {space}, {files}"


@dataclass(frozen=True, slots=True)
class Survey:
    """`clock_ahead` is how far its clock is ahead of ours; `versions` go by command.

    `untold` says why there are no `quotas`.
    """

    clock_ahead: timedelta | None = None
    versions: tuple[tuple[str, str], ...] = ()
    quotas: tuple[Quota, ...] = ()
    untold: str = ""

    def version(self, command: str) -> str:
        """What a command said of its version, or the empty string."""
        return dict(self.versions).get(command, "")
