"""A key replaced by a new one, as a value: what was done where, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from podtui.domain.key import PublicKey


class Act(Enum):
    """The steps of a rotation, in their order."""

    MAKE = "make the new key"
    INSTALL = "put it on"
    PROVE = "log in with it alone"
    REMOVE = "take the old key off"
    SWAP = "give it the old key's name"


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster the old key may log in to; `left_out` keeps the old one there."""

    cluster: str
    installed: bool = False
    proved: str = ""
    removed: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, at one place or on this machine."""

    act: Act
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation under way. `unseen` are clusters that could not tell whether the old key is on.

    The new pair is made at `new_path` and takes over `path` at the end; the old pair then stands
    beside it as `kept_as`, in no cluster any more.
    """

    path: Path
    new_path: Path
    kept_as: Path
    old: PublicKey
    begun: datetime
    comment: str = ""
    new: PublicKey | None = None
    places: tuple[Place, ...] = ()
    unseen: tuple[str, ...] = ()
    swapped: bool = False

    @property
    def steps(self) -> tuple[tuple[Step, bool], ...]:
        """Every step and whether it is done; no old key goes before every login is proved."""
        here = [place for place in self.places if not place.left_out]
        return (
            (Step(Act.MAKE), self.new is not None),
            *((Step(Act.INSTALL, place.cluster), place.installed) for place in here),
            *((Step(Act.PROVE, place.cluster), bool(place.proved)) for place in here),
            *((Step(Act.REMOVE, place.cluster), place.removed) for place in here),
            (Step(Act.SWAP), self.swapped),
        )

    @property
    def next_step(self) -> Step | None:
        """What is to be done next; None when all is done."""
        return next((step for step, done in self.steps if not done), None)

    @property
    def begun_anywhere(self) -> bool:
        """Whether anything was changed on a cluster."""
        return any(place.installed for place in self.places)

    @property
    def old_still_needed(self) -> bool:
        """Whether the old key may be on somewhere when all is done."""
        return bool(self.unseen) or any(place.left_out for place in self.places)

    def with_place(self, cluster: str, **facts: object) -> Rotation:
        """The rotation with one place changed."""
        return replace(
            self,
            places=tuple(
                replace(place, **facts) if place.cluster == cluster else place  # type: ignore[arg-type]
                for place in self.places
            ),
        )

    def without(self, cluster: str) -> Rotation:
        """The rotation with a place left as it is: the old key stays there."""
        return self.with_place(cluster, left_out=True)
