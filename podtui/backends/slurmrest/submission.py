"""A job script as the JSON that submits it, with everything that cannot be said told as a loss.

slurmrestd reads no `#SBATCH` lines: sbatch does, and sends fields. So does this, by the table of
`options.py`. Scripts of the other schedulers are made Slurm's first, by podtui.domain.translate.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from podtui.backends.slurmrest.option_values import as_moment, as_text, is_relative, warning
from podtui.backends.slurmrest.options import SILENT, TIMES, WAYS
from podtui.backends.slurmrest.versions import Api, Feature
from podtui.domain.job import Preview, ScriptDialect, Submission
from podtui.domain.script import TOKEN_VARIABLE, find_token
from podtui.domain.text import visible
from podtui.domain.translate.draft import split_list
from podtui.domain.translate.lines import Option, options_of, take_apart, words_of
from podtui.domain.translate.quantity import Unreadable
from podtui.domain.translate.script import note_line, translate
from podtui.errors import InputError

_PATH = "/usr/local/bin:/usr/bin:/bin"
_PARTS = ("hetjob", "packjob")
_UNKNOWN_HOME = "~"
_STREAMS = {"--input": "standard_in", "--output": "standard_out"}  # v0.0.36


@dataclass(frozen=True, slots=True)
class Sender:
    """Who submits, in which version, from where: `home` is empty where nobody told it.

    `now` carries the time zone in which a script's dates are read.
    """

    api: Api
    user: str
    home: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """The body of POST /job/submit, and a line for each directive it cannot carry."""

    body: dict[str, Any]
    losses: tuple[str, ...]

    def preview(self) -> Preview:
        """For a person to read before it is sent."""
        return Preview(json.dumps(self.body, indent=2, ensure_ascii=False), self.losses)


def build_request(submission: Submission, sender: Sender) -> Request:
    """The request for a script of any dialect; InputError where Slurm could never run it."""
    script, losses = _slurm_script(submission)
    if not script.startswith("#!"):
        raise InputError(
            f"{visible(submission.filename, 80)} names no interpreter.",
            title="Script without #!",
            hint="Slurm runs what the first line names: write #!/bin/bash there.",
        )
    parts = _parts(script)
    jobs = []
    for number, options in enumerate(parts):
        fields, lost = _fields(options, sender)
        losses += lost
        fields.setdefault("name", submission.filename)
        if number == 0:
            _mark(fields, submission.token)
        if submission.hold:
            fields["hold"] = True
        jobs.append(fields)
    key, value = ("job", jobs[0]) if len(jobs) == 1 else ("jobs", jobs)
    return Request({"script": script, key: value}, tuple(dict.fromkeys(losses)))


def _slurm_script(submission: Submission) -> tuple[str, list[str]]:
    try:
        script = submission.content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{visible(submission.filename, 80)} is not UTF-8, and JSON carries nothing else.",
            title="Script's encoding",
            hint="Convert it, for instance with iconv -t UTF-8.",
        ) from None
    if submission.dialect is ScriptDialect.SLURM:
        return script, []
    done = translate(script, submission.dialect, ScriptDialect.SLURM)
    return done.script, [note_line(note) for note in done.lost]


def _parts(script: str) -> list[list[Option]]:
    """The options of a job, or of each part of a heterogeneous one."""
    parts: list[list[Option]] = [[]]
    for directive in take_apart(script, ScriptDialect.SLURM).directives:
        if directive.text in _PARTS:
            parts.append([])
            continue
        try:
            words, _ = words_of(directive.text)
        except ValueError:
            parts[-1].append(Option(directive.text, "", directive.line))
            continue
        known, strange = options_of(words, directive.line, ScriptDialect.SLURM)
        parts[-1] += [*known, *strange]
    return parts


def _fields(options: Sequence[Option], sender: Sender) -> tuple[dict[str, Any], list[str]]:
    """The fields of one job and what is lost; of an option given twice the last one holds."""
    fields: dict[str, Any] = {}
    lost: list[str] = []
    last = {option.flag: option for option in options}
    for option in options:
        if option is not last[option.flag] or option.flag in (*SILENT, "--export"):
            continue
        try:
            found = _said(option, sender, lost)
        except (Unreadable, OverflowError) as error:
            lost.append(_loss(option, str(error)))
            continue
        for name, value in found.items():
            before = fields.get(name)
            several = name.startswith("tres_per_") and before
            fields[name] = f"{before},{value}" if several else value
    exported = last.get("--export")
    environment = _environment(exported, sender, lost)
    folder = fields.setdefault("current_working_directory", sender.home or _UNKNOWN_HOME)
    environment.setdefault("SLURM_SUBMIT_DIR", folder)
    typed = sender.api.has(Feature.TYPED)
    fields["environment"] = (
        [f"{name}={value}" for name, value in environment.items()] if typed else environment
    )
    if typed:
        _count_cores(fields)
    return fields, lost


def _said(option: Option, sender: Sender, lost: list[str]) -> dict[str, Any]:
    """The fields one option becomes; most stand in the table."""
    api, value = sender.api, option.value
    if option.flag in TIMES:
        return _time(option, sender, lost)
    if option.flag == "--signal" and api.has(Feature.TYPED):
        return warning(value)
    if option.flag == "--chdir":
        folder = posixpath.join(sender.home or _UNKNOWN_HOME, as_text(value))
        return {"current_working_directory": posixpath.normpath(folder)}
    if option.flag in _STREAMS and not api.has(Feature.STANDARD_NAMES):
        return {_STREAMS[option.flag]: as_text(value)}
    way = WAYS.get(option.flag)
    if way is None:
        raise Unreadable("slurmrestd has no field for it")
    return way.fields(value, api)


def _time(option: Option, sender: Sender, lost: list[str]) -> dict[str, Any]:
    """Text of old, which the server reads; of new seconds, so the time zone is ours."""
    if not sender.api.has(Feature.TYPED):
        return {TIMES[option.flag]: as_text(option.value)}
    if not is_relative(option.value):
        lost.append(_loss(option, f"read in this computer's time zone ({sender.now:%Z})"))
    return {TIMES[option.flag]: as_moment(option.value, sender.now)}


def _environment(option: Option | None, sender: Sender, lost: list[str]) -> dict[str, str]:
    """A login's few variables and what --export names: nothing of this computer's own goes along.

    slurmd sets none of them for a job that comes over REST.
    """
    found = {"PATH": _PATH}
    for name, value in (("HOME", sender.home), ("USER", sender.user), ("LOGNAME", sender.user)):
        if value:
            found[name] = value
    for part in split_list(option.value) if option else ():
        name, given, value = part.partition("=")
        if given:
            found[name] = value
        elif name.upper() not in ("ALL", "NONE", "NIL") and option:
            lost.append(_loss(option, f"{name} has no value, and nothing of this computer goes"))
        elif name.upper() == "ALL" and option:
            lost.append(_loss(option, "no variable of this computer goes along"))
    return found


def _count_cores(fields: dict[str, Any]) -> None:
    """sbatch counts tasks and cores of a job itself; from v0.0.39 on nobody does it for us."""
    tasks, each = fields.get("tasks"), fields.get("tasks_per_node")
    threads = fields.get("cpus_per_task")
    if tasks is None and each is None and threads is None:
        return
    nodes = str(fields.get("nodes", "1")).partition("-")[0]
    least = int(nodes) if nodes.isdecimal() and nodes.isascii() else 1
    count = tasks if tasks is not None else least * (each or 1)
    if each is not None:
        fields["tasks"] = count
    fields["minimum_cpus"] = max(1, count * (threads or 1))


def _mark(fields: dict[str, Any], token: str) -> None:
    """The comment keeps the token, by which a job is found whose answer was lost."""
    comment = str(fields.get("comment", ""))
    if token and find_token(comment) != token:
        fields["comment"] = f"{TOKEN_VARIABLE}={token} {comment}".rstrip()


def _loss(option: Option, why: str) -> str:
    return visible(f"line {option.line}: {option.text}: {why}", 300)


def check_folder(body: dict[str, Any]) -> None:
    """InputError where a job has no absolute working directory: Slurm would run it anywhere."""
    jobs = body.get("jobs") or [body["job"]]
    for job in jobs:
        if not str(job.get("current_working_directory", "")).startswith("/"):
            raise InputError(
                "The script names no absolute working directory, and nobody told the home there.",
                title="Where shall it run?",
                hint="Write #SBATCH --chdir=/ABSOLUTE/PATH, or set ssh_host for this cluster.",
            )
