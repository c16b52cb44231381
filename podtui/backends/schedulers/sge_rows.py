"""`qstat -r -xml` → jobs: one row a job, a running task, or an array's tasks not yet started."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import tzinfo

from podtui.backends.schedulers.sge_times import duration, iso_local
from podtui.backends.schedulers.sge_xml import attribute, leaves
from podtui.domain.job import Job, JobKey, JobState

# A state is several letters, one a fact (qstat's manual page): the first line that has one of
# them decides. `d` (being deleted) and `R` (restarted) say nothing by themselves, `z` is an ended
# job without its outcome. A job in error (`Eqw`) is not at its end: cleared, it runs.
STATES = (
    ("z", JobState.UNKNOWN),
    ("sSTP", JobState.SUSPENDED),
    ("rt", JobState.RUNNING),
    ("hE", JobState.HELD),
    ("qw", JobState.QUEUED),
)
_LETTERS = frozenset("zsSTPrthEqwdR")
_KNOWN: dict[str, JobState] = {}


@dataclass(slots=True)
class Row:
    """One row's leaves by tag; those that a Job has no field for are `kept` as its attributes."""

    texts: dict[str, str]
    limit: str = ""
    predecessors: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)

    @property
    def tasks(self) -> str:
        """The task or tasks the row is about, or the empty string."""
        return self.texts.get("tasks", "")


def state_of(word: str) -> JobState:
    """podtui's state for Grid Engine's letters; UNKNOWN for letters never heard of."""
    state = _KNOWN.get(word)
    if state is None:
        state = JobState.UNKNOWN
        if _LETTERS.issuperset(word):
            state = next((s for some, s in STATES if any(c in word for c in some)), state)
        if len(_KNOWN) < 1000:
            _KNOWN[word] = state
    return state


def split(text: str) -> tuple[list[str], int]:
    """The rows' own text, and how many could not be read: cut off, or without number or state."""
    rows = []
    skipped = 0
    for chunk in text.split("<job_list")[1:]:
        body, closed, _ = chunk.partition("</job_list>")
        if closed and "<JB_job_number>" in body and "<state>" in body:
            rows.append(body)
        else:
            skipped += 1
    return rows, skipped


def read(body: str) -> Row:
    """A row's leaves."""
    row = Row({})
    texts = row.texts
    for tag, attributes, text in leaves(body):
        texts[tag] = text
        if tag == "hard_request":
            name = attribute(attributes, "name")
            row.limit = text if name == "h_rt" else row.limit
            row.kept.append((f"{tag}.{name}", text))
        elif tag == "predecessor_jobs":
            row.predecessors.append(text)
        elif tag == "requested_pe":
            row.kept.append((tag, f"{attribute(attributes, 'name')} {text}"))
        elif tag == "tasks":
            row.kept.append((tag, text))
    if row.predecessors:
        row.kept.append(("predecessor_jobs", ",".join(row.predecessors)))
    return row


def jobs(cluster: str, bodies: Iterable[str], zone: tzinfo) -> tuple[list[Job], int]:
    """The jobs of all rows, each with an id of its own, and how many rows were unreadable.

    What waits of an array is called by the array's number; when parts of it wait for different
    reasons each further part is called by its tasks, and so is the last task to wait.
    """
    found: list[Job] = []
    seen: set[str] = set()
    skipped = 0
    for body in bodies:
        row = read(body)
        number = row.texts.get("JB_job_number", "")
        if not number.isascii() or not number.isdigit() or not row.texts.get("state"):
            skipped += 1
            continue
        job_id = _row_id(number, row.tasks, seen)
        seen.add(job_id)
        found.append(_job(JobKey(cluster, job_id), row, zone))
    return found, skipped


def _row_id(number: str, tasks: str, seen: set[str]) -> str:
    if not tasks:
        return number
    if tasks.isdigit() or number in seen:
        return f"{number}.{tasks}"
    return number


def _job(key: JobKey, row: Row, zone: tzinfo) -> Job:
    texts = row.texts
    word = texts["state"]
    state = state_of(word)
    queue, _, host = texts.get("queue_name", "").partition("@")
    slots = texts.get("slots", "")
    return Job(
        key=key,
        state=state,
        native_state=word,
        name=texts.get("full_job_name") or texts.get("JB_name", ""),
        user=texts.get("JB_owner", ""),
        queue=queue or texts.get("hard_req_queue", ""),
        cores=int(slots) if slots.isascii() and slots.isdigit() and len(slots) < 10 else None,
        walltime=duration(row.limit),
        submitted=iso_local(texts.get("JB_submission_time", ""), zone),
        started=iso_local(texts.get("JAT_start_time", ""), zone),
        reason=waiting_reason(word, row.predecessors) if state.pending else "",
        hosts=host,
        attributes=tuple(row.kept),
    )


def waiting_reason(word: str, predecessors: Iterable[str]) -> str:
    """Why a job with these letters waits, as far as its row tells."""
    if "E" in word:
        return "in error: it starts only when the error is cleared; its details tell which"
    if "h" not in word:
        return ""
    waited_for = ", ".join(predecessors)
    return f"waits for job {waited_for} to end" if waited_for else "held"


_GROUPS = re.compile(r"<JB_job_number>(\d+)<|<JB_group>([^<]*)<")


def groups(text: str) -> dict[str, str]:
    """The unix group of each job number in the answer of `qstat -j '*' -xml`."""
    found: dict[str, str] = {}
    number = ""
    for one, group in _GROUPS.findall(text):
        number = one or number
        if group:
            found[number] = group
    return found
