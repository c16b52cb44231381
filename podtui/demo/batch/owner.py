"""Whose job it is."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A user of this pod, as jobs and shells see it.

    Every job runs as the unix user who runs the pod; name, group and home are the pod's own.
    """

    user: str
    group: str
    home: Path
