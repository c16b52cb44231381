"""What a backend may do ahead of being asked."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class ListsAhead(Protocol):
    """A backend that asks for the jobs while it still finds out what the cluster is.

    Only where `list_follows`: a command that wants no list costs the scheduler none.
    """

    list_follows: bool


@runtime_checkable
class LogsInAhead(Protocol):
    """A backend that logs in before anybody asks it for anything."""

    def begin(self, *, files: bool) -> None:
        """Begin the login, with `files` then the file service; a failure is told to who asks."""
        ...
