"""`qstat -r -xml` → jobs: one row a job, a running task, or an array's tasks not yet started."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

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
_KEPT = frozenset({"tasks", "JAT_prio", "requested_pe", "hard_request", "soft_request"})


@dataclass(slots=True)
class Row:
    """One row's leaves: the last text of each tag, and those that may stand several times."""

    texts: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    predecessors: list[str] = field(default_factory=list)

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
    row = Row()
    for tag, attributes, text in leaves(body):
        if tag == "hard_request":
            row.requests[attribute(attributes, "name")] = text
        elif tag == "predecessor_jobs":
            row.predecessors.append(text)
        elif tag == "requested_pe":
            row.texts[tag] = f"{attribute(attributes, 'name')} {text}"
        else:
            row.texts[tag] = text
    return row


def jobs(cluster: str, bodies: Iterable[str], offset: timedelta) -> tuple[list[Job], int]:
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
        found.append(_job(JobKey(cluster, job_id), row, offset))
    return found, skipped


def _row_id(number: str, tasks: str, seen: set[str]) -> str:
    if not tasks:
        return number
    if tasks.isdigit() or number in seen:
        return f"{number}.{tasks}"
    return number


def _job(key: JobKey, row: Row, offset: timedelta) -> Job:
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
        walltime=duration(row.requests.get("h_rt", "")),
        submitted=iso_local(texts.get("JB_submission_time", ""), offset),
        started=iso_local(texts.get("JAT_start_time", ""), offset),
        reason=waiting_reason(word, row.predecessors) if state.pending else "",
        hosts=host,
        attributes=_attributes(row),
    )


def waiting_reason(word: str, predecessors: Iterable[str]) -> str:
    """Why a job with these letters waits, as far as its row tells."""
    if "E" in word:
        return "in error: it starts only when the error is cleared; its details tell which"
    if "h" not in word:
        return ""
    waited_for = ", ".join(predecessors)
    return f"waits for job {waited_for} to end" if waited_for else "held"


def _attributes(row: Row) -> tuple[tuple[str, str], ...]:
    kept = [(tag, text) for tag, text in row.texts.items() if tag in _KEPT]
    kept += [(f"hard_request.{name}", text) for name, text in row.requests.items()]
    if row.predecessors:
        kept.append(("predecessor_jobs", ",".join(row.predecessors)))
    return tuple(kept)


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


def renamed(job: Job, job_id: str) -> Job:
    """The job under another id."""
    return replace(job, key=JobKey(job.cluster, job_id))
