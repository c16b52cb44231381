"""What Cloud Kotta tells of a job, as our job: pure, from its JSON.

Wire: `GET /rest/v1/status_task/ID` and `GET /rest/v1/list_tasks`, transcripts in
tests/fixtures/kotta. Times are the service's local time without a zone, taken as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.script import TOKEN_VARIABLE, find_token
from podtui.errors import BadAnswer

STDOUT, STDERR = "STDOUT.txt", "STDERR.txt"
"""What the worker calls the outputs of every job."""

_STATES = {
    "pending": JobState.QUEUED,
    "staging_inputs": JobState.RUNNING,
    "processing": JobState.RUNNING,
    "active": JobState.RUNNING,  # older services
    "staging_outputs": JobState.RUNNING,
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}
_OVER_TIME, _KILLED = 1001, 1002  # ERROR_CODE: of the worker, not of the job
_BY_USER = "user request cancel"
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)  # a UUID; never a path
_LINK = re.compile(r'<a href="([^"]*)">(.*)</a>', re.DOTALL)
_NOT_THERE = re.compile(r"<i>(.*)</i>", re.DOTALL)
_OUR_MARK = re.compile(rf"\s*\b{TOKEN_VARIABLE}=[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a job; `address` is signed and secret, empty where the file is not there."""

    name: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """What the service tells of one job, by name; `outputs` only of one that has ended."""

    word: str
    facts: tuple[tuple[str, str], ...]
    outputs: tuple[Output, ...]

    def fact(self, name: str) -> str:
        """A fact, or the empty string."""
        return next((value for key, value in self.facts if key == name), "")

    @property
    def token(self) -> str:
        """Our token in the job's name, or the empty string."""
        return find_token(self.fact("jobname"))

    @property
    def settled(self) -> bool:
        """Whether all is told that will be: the worker writes the state first, then the rest."""
        state = state_of(self.word)
        if state is JobState.FAILED:
            return bool(self.fact("ERROR_CODE") or self.fact("ERROR"))
        return state is not JobState.COMPLETED or bool(self.fact("complete_time"))

    @property
    def missing(self) -> tuple[str, ...]:
        """The outputs the job was to make and did not."""
        return tuple(output.name for output in self.outputs if not output.address)


def read_record(told: Mapping[str, Any]) -> Record:
    """A job as status_task tells it; BadAnswer without items or a status."""
    items = told.get("items")
    if not isinstance(items, dict) or not items:
        raise BadAnswer("The service told a job without its items.")
    facts: list[tuple[str, str]] = []
    outputs: list[Output] = []
    for item in items.values():
        for name, value in item.items() if isinstance(item, dict) else ():
            if name == "outputs":
                outputs.append(_output(str(value)))
            elif name == "inputs":
                facts.append((name, _address(str(value))))
            elif value is not None:
                facts.append((str(name), str(value)))
    word = told.get("status") or dict(facts).get("status")
    if not isinstance(word, str):
        raise BadAnswer("The service told a job without its status.")
    outputs.sort(key=lambda output: output.name)
    return Record(word, tuple(sorted(facts)), tuple(outputs))


def _output(text: str) -> Output:
    if match := _LINK.fullmatch(text):
        return Output(match[2], match[1].replace("&amp;", "&"))
    match = _NOT_THERE.fullmatch(text)
    return Output(match[1] if match else text, "")


def _address(text: str) -> str:
    match = _LINK.fullmatch(text)
    return match[1] if match else text


def is_id(text: str) -> bool:
    """Whether it can be the id of a job; anything else has no place in an address."""
    return bool(_ID.fullmatch(text))


def read_row(cluster: str, row: object) -> Job:
    """A job as list_tasks tells it: its state and when it was submitted, no more."""
    told = row if isinstance(row, dict) else {}
    job_id, word, kind = (told.get(name) for name in ("job_id", "status", "jobtype"))
    if not isinstance(job_id, str) or not is_id(job_id):
        raise BadAnswer("A job without an id.")
    if not isinstance(word, str):
        raise BadAnswer("A job without a status.")
    return Job(
        JobKey(cluster, job_id),
        state_of(word),
        native_state=word,
        submitted=_time(str(told.get("submit_stamp") or "")),
        attributes=(("jobtype", kind),) if isinstance(kind, str) else (),
    )


def state_of(word: str) -> JobState:
    """podtui's state for the service's word."""
    return _STATES.get(word.lower(), JobState.UNKNOWN)


def job_of(cluster: str, job_id: str, record: Record) -> Job:
    """The job a record tells of."""
    state, code = _verdict(record)
    ended = _time(record.fact("complete_time")) or _time(record.fact("cancel_time"))
    name = _OUR_MARK.sub("", record.fact("jobname")).strip()
    return Job(
        JobKey(cluster, job_id),
        state,
        native_state=record.word,
        name="" if name == job_id else name,
        user=record.fact("username"),
        queue=record.fact("queue"),
        walltime=_seconds(record.fact("walltime")),
        submitted=_time(record.fact("submit_stamp")) or _time(record.fact("submit_time")),
        started=_time(record.fact("start_time")),
        ended=ended if state.ended else None,
        exit_status=code,
        stdout=_stream(job_id, STDOUT, record, state),
        stderr=_stream(job_id, STDERR, record, state),
        workdir=f"/jobs/{job_id}",
        reason=_reason(record, state),
        attributes=_attributes(record),
    )


def _verdict(record: Record) -> tuple[JobState, int | None]:
    """The state, and the exit status where the code is the job's own.

    The worker writes `failed` over `cancelled` when it has killed the job, and leaves the reason.
    """
    state = state_of(record.word)
    text = record.fact("ERROR_CODE")
    code = int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else None
    if state is JobState.COMPLETED:
        return state, 0 if code is None else code
    if state is not JobState.FAILED:
        return state, None
    if code == _KILLED or (code is None and record.fact("reason").lower() == _BY_USER):
        return JobState.CANCELLED, None
    if code == _OVER_TIME:
        return JobState.TIMEOUT, None
    return state, code


def _stream(job_id: str, name: str, record: Record, state: JobState) -> str:
    """Where an output can be read; what an ended job does not have is nowhere."""
    there = not state.ended or any(o.name == name and o.address for o in record.outputs)
    return f"/jobs/{job_id}/{name}" if there else ""


def _reason(record: Record, state: JobState) -> str:
    told = [record.fact("reason"), record.fact("ERROR")]
    if state in (JobState.COMPLETED, JobState.FAILED) and record.missing:
        told.append(f"not available: {', '.join(record.missing)}")
    return "; ".join(text for text in told if text)


def _attributes(record: Record) -> tuple[tuple[str, str], ...]:
    there = ", ".join(output.name for output in record.outputs if output.address)
    told = (("outputs", there), ("outputs not available", ", ".join(record.missing)))
    return (*record.facts, *((name, value) for name, value in told if value))


def _time(text: str) -> datetime | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _seconds(text: str) -> timedelta | None:
    return timedelta(seconds=int(text)) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None
