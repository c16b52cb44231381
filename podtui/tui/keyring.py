"""What the Keys pane and its screens show, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.key_rotation import Rotation

if TYPE_CHECKING:
    from podtui.services.keys import Door


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of the last login with one key alone, on one cluster; `who` is empty if refused."""

    path: Path
    cluster: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class KeyInSight:
    """The key under the cursor, and what there is to say about it."""

    key: PublicKey
    about: str


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys here and on the cluster looked at; `there` is None until the cluster has told.

    `doors` are what the other connected clusters accept; `rotations` are those under way.
    `reading` says that an answer is under way; `title`, `error` and `hint` why there is none.
    Where `there` stands beside an `error`, it is what was told at `told`.
    `made` is the file of the key made last: the cursor goes there once.
    """

    local: tuple[LocalKey, ...] = ()
    there: tuple[PublicKey, ...] | None = None
    read: bool = False
    reading: bool = False
    title: str = ""
    error: str = ""
    hint: str = ""
    made: str = ""
    doors: tuple[Door, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    told: datetime | None = None

    def ours(self, key: PublicKey) -> LocalKey | None:
        """Which of our keys it is."""
        return next((one for one in self.local if one.public.same_as(key)), None)

    def is_on(self, key: LocalKey) -> bool:
        """Whether the cluster accepts it."""
        return any(key.public.same_as(there) for there in self.there or ())

    def elsewhere(self, key: LocalKey) -> tuple[str, ...]:
        """The other clusters that accept it, as far as they are connected."""
        return tuple(door.cluster for door in self.doors if door.takes(key.public))

    def rotation_of(self, key: LocalKey) -> Rotation | None:
        """The rotation this key is part of."""
        parts = ((one, (one.path, one.new_path, one.kept_as)) for one in self.rotations)
        return next((one for one, paths in parts if key.path in paths), None)


@dataclass(frozen=True, slots=True)
class Rotating:
    """A rotation on the screen: `busy` tells what is being done, `error` why it could not be."""

    name: str
    rotation: Rotation | None = None
    busy: str = ""
    title: str = ""
    error: str = ""
    hint: str = ""
