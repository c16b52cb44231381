"""Cloud Kotta's files as a tree: `/inputs/…` goes in, `/jobs/ID/NAME` comes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from podtui.domain.entry import safe_name
from podtui.domain.text import visible
from podtui.errors import InputError

_DEEPEST_INPUT = 2  # names below /inputs: a folder of one job's, and the file


class Kind(Enum):
    """What a path means."""

    ROOT = "root"
    JOBS = "jobs"
    JOB = "job"
    OUTPUT = "output"
    INPUTS = "inputs"
    INPUT = "input"
    OTHER = "other"


_JOBS = (Kind.JOBS, Kind.JOB, Kind.OUTPUT)


@dataclass(frozen=True, slots=True)
class KottaPath:
    """One path taken apart; `job_id` and `name` for a job and its output."""

    kind: Kind
    text: str
    job_id: str = ""
    name: str = ""


def take_apart(path: str) -> KottaPath:
    """What `path` means; Refused when a name in it would leave its folder.

    `~` and relative paths mean the root: there is no home.
    """
    names = [name for name in path.removeprefix("~").split("/") if name not in ("", ".")]
    for name in names:
        safe_name(name)
    text = "/" + "/".join(names)
    kind = Kind.OTHER
    if not names:
        kind = Kind.ROOT
    elif names[0] == "jobs" and len(names) <= len(_JOBS):
        kind = _JOBS[len(names) - 1]
    elif names[0] == "inputs":
        kind = Kind.INPUT if names[1:] else Kind.INPUTS
    job_id, name = (*names[1:3], "", "")[:2] if kind in _JOBS else ("", "")
    return KottaPath(kind, text, job_id, name)


def input_name(path: KottaPath) -> str:
    """What upload_url calls the file; InputError where it could not be an input."""
    names = path.text.split("/")[2:]
    if path.kind is not Kind.INPUT:
        raise InputError(
            f"{visible(path.text, 120)} cannot be written: files go to /inputs there.",
            hint="Nothing was sent.",
        )
    if len(names) > _DEEPEST_INPUT:
        raise InputError(
            f"{visible(path.text, 120)} is too deep: a job's inputs are files, not folders.",
            hint="Pack the folder into one file, such as a .tar.gz. Nothing was sent.",
        )
    if any("," in name or not name.isprintable() for name in names):
        raise InputError(
            f"{visible(path.text, 120)} cannot be an input: its name is part of a comma list.",
            hint="Rename it without commas and control characters. Nothing was sent.",
        )
    return "/".join(names)
