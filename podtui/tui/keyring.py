"""What the Keys pane shows, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.key import LocalKey, PublicKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys here and on the cluster looked at; `there` is None until the cluster has told.

    `reading` says that an answer is under way; `title`, `error` and `hint` why there is none.
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

    def ours(self, key: PublicKey) -> LocalKey | None:
        """Which of our keys it is."""
        return next((one for one in self.local if one.public.same_as(key)), None)

    def is_on(self, key: LocalKey) -> bool:
        """Whether the cluster accepts it."""
        return any(key.public.same_as(there) for there in self.there or ())
