"""Staged jobs: what travels with a job, and the steps it takes.

    NEW → SUBMITTING → STAGING_IN → RELEASING → WATCHING → STAGING_OUT → DONE
              │
           UNKNOWN   the answer to the submit was lost; looked up before anything is repeated

Each phase is written before its work is begun, so that the next start knows where it stood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Self

from podtui.domain.job import JobKey, JobState, ScriptDialect, StageState
from podtui.errors import InputError


@dataclass(frozen=True, slots=True)
class StagePair:
    """One file or folder that travels with a job; the remote part may begin with `~`.

    `target` is the exact name it will have where it goes, fixed before the first byte: a folder
    that exists takes it inside, and after a crash the folder may be our own half-made one.
    """

    local: str
    remote: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a cluster takes files and jobs, where it differs from a login node's way.

    `inputs_first`: inputs are sent before the job, which names them. `job_folder`: where relative
    stage paths lie, `{id}` standing for the job's id; the home without. `input_folder`: where they
    lie as long as there is no job, `{token}` standing for the staged job's token. `parts`: whether
    a file is written under another name and renamed; else an upload appears whole or not at all.
    `files_alone`: whether files are reached without asking for anything else. `settles`: whether
    a lost submit that is not found has ended there and never becomes a job. `job_specs`: whether
    psik's JobSpec files are taken as they are; elsewhere they become scripts.
    """

    inputs_first: bool = False
    job_folder: str = ""
    input_folder: str = ""
    parts: bool = True
    files_alone: bool = False
    settles: bool = False
    job_specs: bool = False

    def place(self, job_id: str, remote: str, token: str = "") -> str:
        """The remote half of a stage pair, in the job's own folder where it has one."""
        folder = self.job_folder if job_id or not self.input_folder else self.input_folder
        if not folder or remote.startswith("/"):
            return remote
        inside = remote.removeprefix("~").lstrip("/")
        return f"{folder.format(id=job_id, token=token)}/{inside}"


class StagedPhase(Enum):
    """Where a staged job stands."""

    NEW = "new"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    STAGING_IN = "staging in"
    RELEASING = "releasing"
    WATCHING = "watching"
    STAGING_OUT = "staging out"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will be done for it unless a person asks."""
        return self in (StagedPhase.DONE, StagedPhase.FAILED, StagedPhase.CANCELLED)


@dataclass(frozen=True, slots=True)
class StagedJob:
    """One row of the journal: a job on a cluster and everything that must happen around it.

    `token` is in the script the scheduler keeps. `job_id` is empty until the scheduler has told it.
    `staged_in` and `staged_out` count the pairs that are done, in order.
    `failed_in` keeps the phase to take up again when a person retries. `warning` is what the
    scheduler said beside the id, `ending` why the job ended as it did, where that is told.
    """

    token: str
    cluster: str
    filename: str
    content: bytes
    dialect: ScriptDialect
    created: datetime
    name: str = ""
    stage_in: tuple[StagePair, ...] = ()
    stage_out: tuple[StagePair, ...] = ()
    hash_algo: str = "sha256"
    overwrite: bool = True
    hold: bool = False
    phase: StagedPhase = StagedPhase.NEW
    failed_in: StagedPhase | None = None
    job_id: str = ""
    job_state: JobState = JobState.UNKNOWN
    exit_status: int | None = None
    staged_in: int = 0
    staged_out: int = 0
    title: str = ""
    error: str = ""
    hint: str = ""
    warning: str = ""
    ending: str = ""

    @property
    def key(self) -> JobKey | None:
        """The job it became, once known."""
        return JobKey(self.cluster, self.job_id) if self.job_id else None

    @property
    def submit_held(self) -> bool:
        """Whether the scheduler must wait: for the files, or because the user said so."""
        return self.hold or bool(self.stage_in)

    @property
    def in_state(self) -> StageState:
        """The stage-in column."""
        return _column(
            bool(self.stage_in),
            self.at,
            before=(StagedPhase.NEW, StagedPhase.SUBMITTING, StagedPhase.UNKNOWN),
            during=(StagedPhase.STAGING_IN,),
            ended=self.phase,
        )

    @property
    def out_state(self) -> StageState:
        """The stage-out column."""
        return _column(
            bool(self.stage_out),
            self.at,
            before=tuple(p for p in StagedPhase if p not in (*_AFTER_JOB, *_ENDS)),
            during=(StagedPhase.STAGING_OUT,),
            ended=self.phase,
        )

    @property
    def at(self) -> StagedPhase:
        """The phase it is in, or was in when it failed or was cancelled."""
        return self.failed_in or self.phase

    @property
    def succeeded(self) -> bool:
        """Whether the job ended well and everything is back."""
        return self.phase is StagedPhase.DONE and self.job_state is JobState.COMPLETED

    def moved(self, phase: StagedPhase) -> Self:
        """The same job in another phase, old failures forgotten."""
        return replace(self, phase=phase, failed_in=None, title="", error="", hint="")

    def failed(self, title: str, error: str, hint: str) -> Self:
        """The same job, stopped where it stands with a reason."""
        return replace(
            self,
            phase=StagedPhase.FAILED,
            failed_in=self.at,
            title=title,
            error=error,
            hint=hint,
        )


_AFTER_JOB = (StagedPhase.STAGING_OUT, StagedPhase.DONE)
_ENDS = (StagedPhase.FAILED, StagedPhase.CANCELLED)


def _column(
    wanted: bool,
    at: StagedPhase,
    *,
    before: tuple[StagedPhase, ...],
    during: tuple[StagedPhase, ...],
    ended: StagedPhase,
) -> StageState:
    if not wanted:
        return StageState.NONE
    if at in during:
        return StageState.FAILED if ended in _ENDS else StageState.ACTIVE
    if at in before or at in _ENDS:
        return StageState.NONE if ended is StagedPhase.CANCELLED else StageState.WAITING
    return StageState.FINISHED


def parse_stage_in(text: str) -> StagePair:
    """`LOCAL[:REMOTE]` as podsh takes it; without REMOTE it lands in the remote home.

    A colon in a name is written `\\:`.
    """
    local, remote = _halves(text, "stage-in", "LOCAL[:REMOTE]")
    name = local.rstrip("/").rpartition("/")[2]
    return StagePair(local, remote or f"~/{name}")


def parse_stage_out(text: str) -> StagePair:
    """`REMOTE[:LOCAL]` as podsh takes it; without LOCAL it lands in the current folder."""
    remote, local = _halves(text, "stage-out", "REMOTE[:LOCAL]")
    return StagePair(local or remote.rstrip("/").rpartition("/")[2], remote)


def _halves(text: str, what: str, form: str) -> tuple[str, str]:
    parts = re.split(r"(?<!\\):", text, maxsplit=1)
    first, second = (part.replace("\\:", ":") for part in (*parts, "")[:2])
    name = first.rstrip("/").rpartition("/")[2]
    if name in ("", "..") or (not second and name in (".", "~")):
        raise InputError(f"{text!r} is not a {what} pair.", hint=f"Write {form}.")
    return first, second
