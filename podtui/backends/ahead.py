"""What a backend may do ahead of being asked."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class ListsAhead(Protocol):
    """A backend that asks for the jobs while it still finds out what the cluster is.

    Only where `list_follows`: a command that wants no list costs the scheduler none.
    """

    list_follows: bool
