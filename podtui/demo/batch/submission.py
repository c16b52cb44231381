"""A submission: one script, submitted once; an array's tasks share it."""

from dataclasses import dataclass
from pathlib import Path

from podtui.demo.batch.directives import Dialect
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.request import Request


@dataclass(frozen=True)
class Submission:
    """What was submitted, by whom and from where.

    `variables` have their values; `qtime` is an epoch; `slots` is what it takes of the engine's.
    """

    sequence: int
    server: str
    dialect: Dialect
    owner: Owner
    host: str
    workdir: Path
    request: Request
    queue: str
    name: str
    submit_args: str
    variables: tuple[tuple[str, str], ...]
    qtime: float
    slots: int

    @property
    def start_directory(self) -> Path:
        """Where the script starts: `-d`, `-wd`, `-cwd`, else the home."""
        if self.request.in_workdir:
            return self.workdir
        if self.request.directory is None:
            return self.owner.home
        return expanded(self.request.directory, self.workdir, self.owner.home)


def expanded(text: str, base: Path, home: Path) -> Path:
    """Make a path a user wrote absolute: `~` is the home, a relative one lies under `base`."""
    if text == "~" or text.startswith("~/"):
        return home / text[2:]
    return base / text
