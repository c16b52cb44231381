"""What a psik_api service says of itself: its API's version and its queueing systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podtui.domain.queue import Queue
from podtui.domain.text import visible
from podtui.errors import BadAnswer, NotFound


@dataclass(frozen=True, slots=True)
class System:
    """One queueing system the service submits to; `kind` is psik's: local, slurm, at, lsf."""

    name: str
    kind: str
    status: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A service: `version` of its API (1 or 2), and the systems we use, the usual one first."""

    version: int
    systems: tuple[System, ...]

    @property
    def usual(self) -> System:
        """Where jobs go that name none."""
        return self.systems[0]

    def system(self, name: str) -> System | None:
        """The system of that name, if it is one of ours."""
        return next((one for one in self.systems if one.name == name), None)

    def queues(self) -> tuple[Queue, ...]:
        """Each system as a queue; psik tells no cores and no loads."""
        return tuple(
            Queue(
                one.name,
                open=one.status in ("", "active", "degraded"),
                state=one.status,
                default=one is self.usual,
            )
            for one in self.systems
        )


def read_systems(answer: Any) -> tuple[System, ...]:
    """The answer to `GET /backends`: an object of objects by name; BadAnswer when it is none."""
    if not isinstance(answer, Mapping):
        raise BadAnswer("The service's list of backends is not an object.")
    found = [
        System(
            name,
            visible(str(one.get("system_type") or ""), 40),
            visible(str(one.get("status") or ""), 40),
            visible(str(one.get("description") or ""), 200),
        )
        for name, one in answer.items()
        if isinstance(one, Mapping) and name and name.isprintable()
    ]
    if not found:
        raise BadAnswer("The service names no backend it could submit to.")
    return tuple(found)


def chosen(systems: tuple[System, ...], wanted: str) -> tuple[System, ...]:
    """All systems, or the one that is configured; NotFound when it is not there."""
    if not wanted:
        return systems
    found = tuple(one for one in systems if one.name == wanted)
    if not found:
        known = visible(", ".join(one.name for one in systems), 200)
        raise NotFound(
            f"The service has no backend {wanted!r} (there: {known}).",
            title="No such backend",
            hint="Set this cluster's backend to one of these, or leave it out for the first.",
        )
    return found
