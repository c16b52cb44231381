"""All transfers together, and the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from podtui.domain.transfer import Transfer, TransferState


@dataclass(frozen=True, slots=True)
class TransferTotal:
    """Those that have not ended: bytes, files, bytes a second.

    A transfer that waits has not been counted yet: what it will move is in no figure here.
    """

    running: int = 0
    waiting: int = 0
    paused: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    files_done: int = 0
    files_total: int = 0
    rate: float = 0.0

    @property
    def open(self) -> int:
        """How many have not ended."""
        return self.running + self.waiting + self.paused

    @property
    def seconds_left(self) -> float | None:
        """Time left for what is running, at this rate; None while it cannot be known."""
        left = max(self.bytes_total - self.bytes_done, 0)
        return left / self.rate if self.rate > 0 else None


def together(transfers: Iterable[Transfer]) -> TransferTotal:
    """The total of those that have not ended."""
    found = [one for one in transfers if not one.state.ended]
    running = [one for one in found if one.state is TransferState.RUNNING]
    return TransferTotal(
        running=len(running),
        waiting=sum(one.state is TransferState.QUEUED for one in found),
        paused=sum(one.state is TransferState.PAUSED for one in found),
        bytes_done=sum(one.bytes_done for one in running),
        bytes_total=sum(one.bytes_total for one in running),
        files_done=sum(one.files_done for one in running),
        files_total=sum(one.files_total for one in running),
        rate=sum(one.rate for one in running),
    )


def in_queue_order(transfers: tuple[Transfer, ...]) -> tuple[Transfer, ...]:
    """Those that have not ended as the queue has them, then the ended ones, the latest first."""
    waiting = [one for one in transfers if not one.state.ended]
    ended = [one for one in transfers if one.state.ended]
    return (*waiting, *reversed(ended))
