"""A cluster as a person sees it: reachable or not, and what it offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podtui.domain.node import Controller


class LinkState(Enum):
    """How we stand with a cluster."""

    IDLE = "not connected"
    CONNECTING = "connecting"
    ONLINE = "online"
    STALE = "no answer"
    LOGIN = "login needed"
    FAILED = "failed"


class Facet(Enum):
    """What a cluster may offer."""

    JOBS = "jobs"
    FILES = "files"
    NODES = "nodes"
    KEYS = "keys"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a facet is offered, and if not, why."""

    facet: Facet
    offered: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """One cluster now. `error`, `hint` tell the last failure; `answered` when it last spoke.

    `about` says what answers there, such as the scheduler and its version; `facts` are what was
    found out at the login, by name, an empty value for what is lacking there. `clock_ahead` is how
    far its clock is ahead of ours. `detached`: it stays connected and is not asked for its jobs.
    `shell` is the machine a shell opens on, where that is no login node of one's own; `files_open`
    tells that its login is that of its files too.
    """

    name: str
    kind: str
    link: LinkState = LinkState.IDLE
    user: str = ""
    about: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    clock_ahead: timedelta | None = None
    controller: Controller | None = None
    controllers: tuple[Controller, ...] = ()
    token_expires: datetime | None = None
    offers: tuple[Offer, ...] = ()
    answered: datetime | None = None
    detached: bool = False
    shell: str = ""
    files_open: bool = False
    title: str = ""
    error: str = ""
    hint: str = ""

    def offer(self, facet: Facet) -> Offer:
        """What is known of one facet."""
        for offer in self.offers:
            if offer.facet is facet:
                return offer
        return Offer(facet, offered=False, reason="Not connected yet.")
