"""Transfers: what moves where, how far it is, how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Direction(Enum):
    """Which way the bytes go; a COPY goes from one cluster to another."""

    UPLOAD = "upload"
    DOWNLOAD = "download"
    COPY = "copy"


class Conflict(Enum):
    """What to do about a file that is there already."""

    OVERWRITE = "overwrite"
    SKIP = "skip"
    NEWER = "newer"
    CHANGED = "changed"
    DIFFERS = "differs"
    RENAME = "rename"
    ASK = "ask"

    @property
    def meaning(self) -> str:
        """What is done, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    Conflict.OVERWRITE: "replace what is there",
    Conflict.SKIP: "keep what is there",
    Conflict.NEWER: "replace what is older",
    Conflict.CHANGED: "replace what has another size or time",
    Conflict.DIFFERS: "replace what has another hash",
    Conflict.RENAME: "keep both, the new one under a name with a number",
    Conflict.ASK: "be asked for each file",
}


class Links(Enum):
    """What to do with symbolic links: send what they point at, send them, or leave them out."""

    FOLLOW = "follow"
    KEEP = "keep"
    SKIP = "skip"


class Transport(Enum):
    """How small files travel: one by one (SFTP), or many as one stream where tar is there."""

    AUTO = "auto"
    SFTP = "sftp"
    TAR = "tar"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a transfer is done. `keep` gives files the permissions and times of their sources."""

    conflict: Conflict = Conflict.OVERWRITE
    links: Links = Links.FOLLOW
    transport: Transport = Transport.AUTO
    keep: bool = True


PLAIN = Rules()
"""Replace what is there, follow links, keep times."""


class TransferState(Enum):
    """How far one transfer is."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
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

    `local` and `remote` are paths as typed; of a COPY, `remote` is where it comes from and `local`
    its place on the cluster `other`. `exact`: the target is meant as it stands, also when a folder
    is there. `job` is the staged job it serves, when it serves one.
    `bytes_done` counts what is at its place, `resumed` how much of that was there before.
    `note` says what it waits for.
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
    other: str = ""
    exact: bool = False
    rules: Rules = PLAIN
    skipped: int = 0
    resumed: int = 0
    note: str = ""

    @property
    def errand(self) -> tuple[str, ...]:
        """What it is to do: two with the same are the same transfer, tried again."""
        return (
            self.cluster,
            self.direction.value,
            self.local,
            self.remote,
            self.other,
            str(self.exact),
            self.job,
        )

    def anew(self) -> Transfer:
        """The transfer as it was before it began."""
        return Transfer(
            self.id,
            self.cluster,
            self.direction,
            self.local,
            self.remote,
            job=self.job,
            other=self.other,
            exact=self.exact,
            rules=self.rules,
        )

    @property
    def source(self) -> str:
        """Where it comes from."""
        return self.local if self.direction is Direction.UPLOAD else self.remote

    @property
    def target(self) -> str:
        """Where it goes, as typed."""
        return self.remote if self.direction is Direction.UPLOAD else self.local

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

    def skip(self, count: int) -> None:
        """Count `count` bytes that need not move: they say nothing about the rate."""
        self.done += count
        self._told_bytes += count

    @property
    def seconds_left(self) -> float | None:
        """Time left at this rate, None while it cannot be known."""
        return max(self.total - self.done, 0) / self.rate if self.rate > 0 else None
