"""What the screen knows of a cluster's cloud, and of the login nodes being made there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeVar

from podtui.domain.entry import Space
from podtui.domain.key import LocalKey
from podtui.domain.node import NodeSpec, ProvisionPhase, ProvisionStep
from podtui.domain.queue import Queue
from podtui.domain.survey import Quota

if TYPE_CHECKING:
    from podtui.services.nodes import NodeOverview


@dataclass(frozen=True, slots=True)
class Cloud:
    """A controller's last answer; it stays when the next question fails, with the reason beside."""

    cluster: str
    overview: NodeOverview | None = None
    answered: datetime | None = None
    asking: bool = False
    title: str = ""
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """How much room one's home on a cluster had when it was last asked, and the quotas there."""

    cluster: str
    answered: datetime
    space: Space | None = None
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueList:
    """A cluster's queues as it last told them."""

    cluster: str
    queues: tuple[Queue, ...]


class ProvisionState(Enum):
    """How a provisioning stands."""

    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "no longer waited for"


@dataclass(frozen=True, slots=True)
class Provision:
    """A login node being made: the steps so far, and the reason when one failed."""

    cluster: str
    spec: NodeSpec
    key: LocalKey | None = None
    state: ProvisionState = ProvisionState.RUNNING
    steps: tuple[ProvisionStep, ...] = ()
    title: str = ""
    error: str = ""
    hint: str = ""

    @property
    def node_id(self) -> str:
        """The node it is about, empty before there is one."""
        return next((step.node.id for step in reversed(self.steps) if step.node), "")


class _OfCluster(Protocol):
    @property
    def cluster(self) -> str: ...


T = TypeVar("T", bound=_OfCluster)


def of_cluster(items: Iterable[T], cluster: str) -> T | None:
    """The one item of a cluster."""
    return next((item for item in items if item.cluster == cluster), None)


def with_item(items: tuple[T, ...], item: T) -> tuple[T, ...]:
    """`items` with `item` in place of its cluster's old one."""
    return (*(old for old in items if old.cluster != item.cluster), item)


def link_group(cluster: str) -> str:
    """The workers that end when the cluster is let go of."""
    return f"link {cluster}"


class Outcome(Enum):
    """How one step of a provisioning came out."""

    MADE = "made"
    REUSED = "there already"
    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"
    STOPPED = "not waited for"
    TO_DO = ""


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the checklist."""

    phase: ProvisionPhase
    outcome: Outcome
    detail: str = ""


_CREATES = (
    ProvisionPhase.ACCOUNT,
    ProvisionPhase.VOLUME,
    ProvisionPhase.KEY,
    ProvisionPhase.INSTANCE,
)
_UNDER_WAY = {
    ProvisionState.RUNNING: Outcome.WAITING,
    ProvisionState.FAILED: Outcome.FAILED,
    ProvisionState.STOPPED: Outcome.STOPPED,
    ProvisionState.READY: Outcome.DONE,
}


def checklist(provision: Provision) -> tuple[ChecklistItem, ...]:
    """Every step from nothing to a login node that answers, with its outcome.

    BOOT is told at each change of the node's status and SSH when its waiting begins, so these two
    are done when the next step is there; the others are done when they are told.
    """
    told = {step.phase: step for step in provision.steps}
    phases = tuple(ProvisionPhase)
    items: list[ChecklistItem] = []
    reached = True  # whether everything above is done
    for phase, after in zip(phases, (*phases[1:], None), strict=True):
        step = told.get(phase)
        waits = phase in (ProvisionPhase.BOOT, ProvisionPhase.SSH)
        done = step is not None and (not waits or after in told)
        if done and step is not None:
            made = Outcome.MADE if step.made else Outcome.REUSED
            outcome = made if phase in _CREATES else Outcome.DONE
        else:
            outcome = _UNDER_WAY[provision.state] if reached else Outcome.TO_DO
        reached = reached and done
        items.append(ChecklistItem(phase, outcome, step.detail if step else ""))
    return tuple(items)
