"""What Grid Engine's answers mean when they are no data: refusals, silence, doubt.

Return codes say little: `qstat -j` gives 0 for an unreachable qmaster, `qmod -rj` 0 for a refusal
and `qmod -cj` 1 for a success (SGE 8.1.9). So the words decide.
"""

from __future__ import annotations

import re

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.sge_xml import decode, plain
from podtui.domain.text import visible
from podtui.errors import BadAnswer, NotFound, OutcomeUnknown, PodError, Refused, Unreachable

_SILENT = re.compile(
    r"unable to (?:send message to|contact) qmaster|comunication_error|sge_gethostbyname failed"
    r"|can't connect to service|unable to initialize environment",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"Error reading answer list|unable to receive message|failed receiving|got read error"
    r"|got no response|timeout",
    re.IGNORECASE,
)
_UNKNOWN_JOB = re.compile(r"does not exist|invalid queue or job", re.IGNORECASE)
_REFUSED = re.compile(
    r"\bdenied\b|privileges|no permission|must be at least|can ?not be|not re(?:runn?|start)able"
    r"|not allowed|\brejected\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"has registered the (?:job|job-array)|has deleted job|already in deletion|modified hold of job"
    r"|Pushed rescheduling of|has deleted array",
)
_SUBMITTED = re.compile(
    r"^(?:Your job(?:-array)? (\d{1,10})\b|(\d{1,10})(?:\.\d+-\d+:\d+)?\s*$)", re.MULTILINE
)
_NOISE = re.compile(r"^(?:Exiting\.|error: commlib error.*|\s*)$")


def words(output: Output) -> str:
    """All that a command said, in one line safe to show."""
    text = decode(output.stderr) + "\n" + plain(re.sub("<[^<>]*>", "\n", decode(output.stdout)))
    lines = dict.fromkeys(line.strip() for line in text.splitlines() if not _NOISE.match(line))
    shown = " ".join(line.removeprefix("Unable to run job: ") for line in lines)
    return visible(shown, 400)


def check_query(output: Output) -> None:
    """Raise Unreachable when a query met no qmaster, whatever its return code."""
    silent = _SILENT.search(decode(output.stderr[:4000]))
    if silent or b"<comunication_error" in output.stdout:  # spelled so by qstat
        raise Unreachable(f"Grid Engine's qmaster does not answer: {words(output)}")


def unreadable(output: Output) -> PodError:
    """What to raise for a query whose answer has not the promised shape."""
    said = words(Output(output.returncode, output.stdout[:2000], output.stderr[:2000]))
    if _REFUSED.search(said):
        return Refused(said)
    return BadAnswer(
        f"Grid Engine answered {said!r} with return code {output.returncode}."
        if said
        else f"Grid Engine answered nothing, with return code {output.returncode}."
    )


def submitted_id(output: Output) -> str:
    """The number of the job `qsub -terse` made: `4` also for the array it names `4.1-10:1`."""
    submitted = _SUBMITTED.search(decode(output.stdout))
    if submitted:
        return str(submitted[1] or submitted[2])
    said = words(output)
    if _LOST.search(said):
        raise OutcomeUnknown(
            f"Grid Engine took the job and did not answer: {said}",
            hint="podtui looks it up before anything is repeated. SGE 8.1.9 also answers so to "
            "a job whose name (-N, or the script's) has a space, a control or an accented letter.",
        )
    if _SILENT.search(said):
        raise Unreachable(f"Nothing was submitted: {said}")
    if output.returncode == 0:
        raise OutcomeUnknown(f"qsub told no job: {said or 'it said nothing'}")
    raise Refused(said or f"qsub ended with {output.returncode} and said nothing.")


def check_change(job_id: str, output: Output) -> None:
    """Raise what the answer to qdel, qhold, qrls or `qmod -rj` says went wrong.

    One task done is done, though others are gone; silence with return code 0 means that it was so
    already (`qrls` of a job without a hold).
    """
    text = decode(output.stdout) + "\n" + decode(output.stderr)
    if _DONE.search(text):
        return
    said = words(output)
    if _LOST.search(text):
        raise OutcomeUnknown(f"Job {job_id}: {said}")
    if _SILENT.search(text):
        raise Unreachable(f"Nothing was changed: {said}")
    if _UNKNOWN_JOB.search(text):
        raise NotFound(f"Grid Engine has no job {job_id}: {said}")
    if output.returncode or _REFUSED.search(text):
        raise Refused(said or f"Grid Engine refused with {output.returncode} and said nothing.")
