"""`qstat -j ID -xml` and the job's rows of `qstat -r -xml` → one job with all attributes.

The first has the paths, the variables and why it waits, but no state; the second has the state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from podtui.backends.schedulers.sge_ids import Target
from podtui.backends.schedulers.sge_times import duration, epoch
from podtui.backends.schedulers.sge_xml import Element
from podtui.domain.job import Job, JobKey, JobState

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_STAMP = re.compile(r"^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \[[^\]]*\]: *(?:error: *)?")
_TOLD = 4  # reasons; a large cluster gives one for each queue of each machine
_LIVELIEST = (JobState.RUNNING, JobState.SUSPENDED, JobState.QUEUED, JobState.HELD)
# Lists told as pairs: the list, what names an entry, its value, and what the attribute is called.
_PAIRS = (
    ("JB_env_list", "VA_variable", "VA_value", "env"),
    ("JB_context", "VA_variable", "VA_value", "context"),
    ("JB_hard_resource_list", "CE_name", "CE_stringval", "hard_request"),
    ("JB_soft_resource_list", "CE_name", "CE_stringval", "soft_request"),
)


def merged(job_id: str, target: Target, rows: Sequence[Job], told: Element, answer: Element) -> Job:
    """One job of its rows (at least one) and its element; `answer` has the scheduler's messages."""
    base = min(rows, key=lambda row: _rank(row.state))
    row = replace(base, key=JobKey(base.cluster, job_id))
    tasks = [one for one in told.all("ulong_sublist") if _is_task_of(one, target)]
    requests = _pairs(told, "JB_hard_resource_list", "CE_name", "CE_stringval")
    stdout, stderr, workdir = _paths(told, row, target)
    return replace(
        row,
        name=told.value("JB_job_name") or row.name,
        user=told.value("JB_owner") or row.user,
        walltime=row.walltime or duration(requests.get("h_rt", "")),
        submitted=epoch(told.value("JB_submission_time")) or row.submitted,
        started=_started(tasks, rows),
        stdout=stdout,
        stderr=stderr,
        workdir=workdir,
        reason=_reason(row, tasks, told, answer) if row.state.pending else "",
        hosts=",".join(dict.fromkeys(one.hosts for one in rows if one.hosts)),
        attributes=(*row.attributes, *_attributes(told)),
    )


def _rank(state: JobState) -> int:
    return _LIVELIEST.index(state) if state in _LIVELIEST else len(_LIVELIEST)


def _is_task_of(element: Element, target: Target) -> bool:
    own = [child.text for child in element.children if child.tag == "JAT_task_number"]
    return bool(own) and target.meets(own[0])


def _started(tasks: Sequence[Element], rows: Sequence[Job]) -> datetime | None:
    times = [epoch(task.value("JAT_start_time")) for task in tasks]
    times += [row.started for row in rows]
    return min((time for time in times if time), default=None)


def _pairs(told: Element, tag: str, name: str, value: str) -> dict[str, str]:
    listed = told.find(tag)
    entries = listed.children if listed else []
    return {entry.value(name): entry.value(value) for entry in entries}


def _paths(told: Element, row: Job, target: Target) -> tuple[str, str, str]:
    """Where stdout, stderr and the working directory are (submit(1): -o, -e, -j, -cwd)."""
    variables = _pairs(told, "JB_env_list", "VA_variable", "VA_value")
    home = variables.get("__SGE_PREFIX__O_HOME", "")
    workdir = told.value("JB_cwd") or home
    number = told.value("JB_job_number")
    known = {"HOME": home, "USER": row.user, "JOB_ID": number, "JOB_NAME": row.name}
    is_array = bool(row.attribute("tasks") or target.tasks)
    if not is_array:
        known["TASK_ID"] = "0"
    elif target.tasks.isdigit():
        known["TASK_ID"] = target.tasks
    if row.hosts:
        known["HOSTNAME"] = row.hosts
    suffix = f"{number}.$TASK_ID" if is_array else number

    def path(tag: str, letter: str) -> str:
        listed = told.find(tag)
        asked = listed.value("PN_path") if listed else ""
        default = f"{row.name}.{letter}{suffix}"
        asked = f"{asked}{default}" if asked.endswith("/") else asked or default
        asked = _expanded(asked, known)
        return asked if asked.startswith(("/", "$")) or not workdir else f"{workdir}/{asked}"

    stdout = path("JB_stdout_path_list", "o")
    merges = told.value("JB_merge_stderr") == "true"
    return stdout, stdout if merges else path("JB_stderr_path_list", "e"), workdir


def _expanded(path: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: known.get(match[1] or match[2], match[0]), path)


def _reason(row: Job, tasks: Sequence[Element], told: Element, answer: Element) -> str:
    """Why it waits, in the scheduler's own sentences: its error, its start time, its messages."""
    errors = [_STAMP.sub("", one.text) for task in tasks for one in task.all("QIM_message")]
    if "E" in row.native_state:
        return "in error: " + "; ".join(dict.fromkeys(errors)) if errors else row.reason
    parts = [row.reason] if row.reason else []
    not_before = epoch(told.value("JB_execution_time"))
    if not_before:
        parts.append(f"not before {not_before:%Y-%m-%d %H:%M} UTC")
    if row.state is JobState.QUEUED and not not_before:
        parts += _messages(answer, told.value("JB_job_number"))
    parts = list(dict.fromkeys(parts))
    more = len(parts) - _TOLD
    return "; ".join(parts[:_TOLD]) + (f"; and {more} reasons more" if more > 0 else "")


def _messages(answer: Element, number: str) -> list[str]:
    """The scheduler's messages: the job's own, those for all, and last those of single queues."""
    found = [*_own_messages(answer, number)]
    for listed in answer.all("SME_global_message_list"):
        found += [one.text for one in listed.all("MES_message")]
    return sorted(found, key=lambda text: text.startswith("queue instance"))


def _own_messages(answer: Element, number: str) -> Iterator[str]:
    for listed in answer.all("SME_message_list"):
        for element in listed.children:
            if any(one.text == number for one in element.all("ULNG_value")):
                yield element.value("MES_message")


def _attributes(told: Element) -> Iterator[tuple[str, str]]:
    """Everything told, one value a name: `env.X`, `hard_request.h_rt`, others by their tag."""
    paired = {tag for tag, _, _, _ in _PAIRS}
    for tag, name, value, label in _PAIRS:
        for key, text in _pairs(told, tag, name, value).items():
            yield f"{label}.{key.removeprefix('__SGE_PREFIX__')}", text
    for child in told.children:
        if child.tag in paired:
            continue
        texts = [leaf.text for leaf in _leaves(child) if leaf.text]
        yield child.tag, ",".join(texts)


def _leaves(element: Element) -> Iterator[Element]:
    if not element.children:
        yield element
    for child in element.children:
        yield from _leaves(child)
