"""What the commands of TORQUE, OpenPBS and Slurm's wrappers say when something is wrong. Pure.

Exit statuses are the server's error number modulo 256 (15001 "Unknown Job Id" → 153). Releases
word the same error differently, so both the number and the words are looked at.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from podtui.backends.schedulers.base import Output
from podtui.domain.text import from_bytes, visible
from podtui.errors import (
    InputError,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

_UNKNOWN_JOB = 15001 % 256
_NO_COMMAND = 127
_SIGNALLED = frozenset((129, 130, 131, 134, 137, 139, 141, 143, 255))
_LIMIT = 300

_JOB_ID = re.compile(r"[0-9]+(\[[0-9]*\])?(\.[A-Za-z0-9][A-Za-z0-9_.-]*)?")
_FORGOTTEN = re.compile(
    r"unknown job ?id|invalid job id|illegally formed job id|unknown job identifier", re.IGNORECASE
)
_ENDED = re.compile(
    r"job has (?:already )?finished|invalid state for job - complete|- COMPLETE", re.IGNORECASE
)
_NO_SERVER = re.compile(
    r"cannot connect|can't connect|could not connect to server|connection refused|no default server"
    r"|server is down|unable to contact|name or service not known|unable to authenticate"
    r"|server host not found|unknown host",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"end of file|premature end|communication failure|error communicating|\btimed?[ -]?out\b"
    r"|protocol|connection reset|broken pipe|could not connect to mom",
    re.IGNORECASE,
)
_NO_OPTION = re.compile(
    r"invalid option|illegal option|unrecognized option|unknown option|^usage:", re.I | re.M
)
_NO_COMMAND_WORDS = re.compile(r"command not found", re.IGNORECASE)
_STATE = re.compile(r"request invalid for state|invalid state for job|job not in", re.IGNORECASE)
_ROOT = re.compile(r"run as root", re.IGNORECASE)
_OWN = re.compile(r"^\s*(?:/\S*/)?(?:qstat|pbsnodes|pbs_iff|munge): ", re.MULTILINE)


class _Rule(NamedTuple):
    """An error, known by its words or by its number."""

    words: re.Pattern[str]
    returncode: int | None
    error: type[PodError]
    title: str
    hint: str


_RULES = (
    _Rule(_FORGOTTEN, _UNKNOWN_JOB, NotFound, "Job not known", "It may have ended a while ago."),
    _Rule(_ENDED, None, Refused, "Job has ended", "There is nothing left to act on."),
    _Rule(_NO_SERVER, None, Unreachable, "The scheduler does not answer", ""),
    _Rule(_CUT, None, Unreachable, "The scheduler does not answer", ""),
    _Rule(_NO_COMMAND_WORDS, _NO_COMMAND, NotOffered, "", "The scheduler is not on the PATH."),
    _Rule(_NO_OPTION, None, NotOffered, "", "This release of the scheduler lacks that option."),
    _Rule(_STATE, None, Refused, "", "The job is in a state that does not allow it."),
    _Rule(_ROOT, None, Refused, "", "Log in as a user: the scheduler takes no jobs from root."),
)


def job_argument(job_id: str) -> str:
    """The id, safe as an argument: `qdel all` ends everything, `qstat batch` asks a queue."""
    if not _JOB_ID.fullmatch(job_id):
        raise InputError(f"{visible(job_id, 60)!r} is not a job id of this scheduler.")
    return job_id


def check_query(output: Output) -> None:
    """Raise when the answer to a question is no answer."""
    if output.returncode != 0:
        raise failure(output)


def check_silence(output: Output) -> None:
    """Raise what an answer with nothing in it complained of, though it ended with 0.

    qstat does so where it cannot connect, and where a server keeps no history (OpenPBS's qstat.c);
    a banner or a warning of the shell's is no complaint.
    """
    if _OWN.search(from_bytes(output.stderr)) or _known(said(output.stderr)):
        raise failure(output)


def check_change(job_id: str, output: Output) -> None:
    """Raise what an act on a job says went wrong, also when it exits 0 with an error."""
    words = said(output.stderr)
    if output.returncode == 0 and not _known(words):
        return
    lost = output.returncode in _SIGNALLED or _CUT.search(words)
    if lost and not _NO_SERVER.search(words):
        raise OutcomeUnknown(
            f"Job {job_id}: {words or f'the command ended with {output.returncode}'}",
            hint="Look at the job's state before you try again.",
        )
    raise failure(output)


def submitted_id(output: Output) -> str:
    """The id qsub printed; a site's own filter may have printed lines before it.

    Refused when the server said no; OutcomeUnknown when a job may be there all the same: the
    link to the server cut, an id beside an error, or success without an id.
    """
    lines = [line.strip() for line in from_bytes(output.stdout).splitlines()]
    ids = [line for line in lines if _JOB_ID.fullmatch(line)]
    words = said(output.stderr) or said(output.stdout)
    if output.returncode == 0:
        if ids:
            return ids[-1]
        raise OutcomeUnknown(f"qsub told no job id: {words or 'nothing at all'}")
    if ids or (output.returncode in _SIGNALLED and not _NO_SERVER.search(words)):
        raise OutcomeUnknown(f"qsub failed half-way: {words or output.returncode}")
    if _CUT.search(words) and not _NO_SERVER.search(words):
        raise OutcomeUnknown(f"qsub lost its server: {words}")
    raise failure(output)


def failure(output: Output) -> PodError:
    """The error an answer tells of."""
    words = said(output.stderr) or said(output.stdout)
    message = words or f"The command ended with {output.returncode} and said nothing."
    for rule in _RULES:
        if output.returncode == rule.returncode or rule.words.search(words):
            return rule.error(message, title=rule.title, hint=rule.hint)
    return Refused(message)


def said(text: bytes) -> str:
    """The lines without the command's own name, as one printable line."""
    lines = [line.strip() for line in from_bytes(text).splitlines()]
    shown = [re.sub(r"^(?:/\S*/)?(?:q[a-z]+|pbsnodes): ", "", line) for line in lines if line]
    return visible("; ".join(shown), _LIMIT)


def _known(words: str) -> bool:
    return any(rule.search(words) for rule in (_FORGOTTEN, _ENDED, _NO_SERVER, _CUT, _STATE))
