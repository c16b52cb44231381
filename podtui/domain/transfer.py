"""Transfers: what moves where, how far it is, how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Direction(Enum):
    """Which way the bytes go."""

    UPLOAD = "upload"
    DOWNLOAD = "download"


class TransferState(Enum):
    """How far one transfer is."""

    QUEUED = "queued"
    RUNNING = "running"
    VERIFYING = "verifying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (TransferState.DONE, TransferState.FAILED, TransferState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file or folder on its way; bytes, files, and bytes a second.

    `local` and `remote` are paths as typed, `~` of the remote one already resolved.
    `job` is the staged job it serves, when it serves one.
    """

    id: str
    cluster: str
    direction: Direction
    local: str
    remote: str
    state: TransferState = TransferState.QUEUED
    bytes_done: int = 0
    bytes_total: int = 0
    files_done: int = 0
    files_total: int = 0
    current: str = ""
    rate: float = 0.0
    seconds_left: float | None = None
    error: str = ""
    hint: str = ""
    job: str = ""

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1; an empty transfer is whole when it is done."""
        if self.bytes_total:
            return min(self.bytes_done / self.bytes_total, 1.0)
        return 1.0 if self.state is TransferState.DONE else 0.0


@dataclass(slots=True)
class Meter:
    """A smoothed rate from byte counts and a clock handed in (seconds).

    `add` says whether it is time to tell: at most ten times a second, so that a fast link does
    not drown the screen. The rate forgets with a half-life of about two seconds.
    """

    total: int
    interval: float = 0.1
    done: int = 0
    rate: float = 0.0
    _told: float | None = field(default=None, repr=False)
    _told_bytes: int = field(default=0, repr=False)

    def add(self, count: int, now: float) -> bool:
        """Count `count` more bytes; True when a report is due."""
        self.done += count
        if self._told is None:
            self._told, self._told_bytes = now, self.done  # when these began is not known
            return True
        elapsed = now - self._told
        if elapsed < self.interval:
            return False
        current = (self.done - self._told_bytes) / elapsed
        weight = 1.0 if not self.rate else 1 - 0.5 ** (elapsed / 2.0)
        self.rate += weight * (current - self.rate)
        self._told, self._told_bytes = now, self.done
        return True

    @property
    def seconds_left(self) -> float | None:
        """Time left at this rate, None while it cannot be known."""
        return max(self.total - self.done, 0) / self.rate if self.rate > 0 else None
