"""A submission as the form fields of submit_task: from a script, or a description file.

Fields: the README of the reference client (yadudoc/kotta_client), "Submit", and transcripts.
"""

from __future__ import annotations

import json
import math
import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath

from podtui.backends.kotta.description_file import read_description
from podtui.backends.kotta.record import STDERR, STDOUT
from podtui.domain.entry import safe_name
from podtui.domain.job import Preview, Submission
from podtui.domain.script import TOKEN_VARIABLE
from podtui.domain.text import visible
from podtui.domain.translate.canonical import Shape, shape
from podtui.domain.translate.lines import Option
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.reading import Reading, read_script
from podtui.domain.translate.spec import Spec
from podtui.errors import InputError, NotOffered, Refused

_MAPPED = {"name", "queue", "walltime", "shell", "variables"}
_CHANGES_THE_JOB = ("array", "dependencies", "hold", "begin")
_MACHINE = "the machines of the queue decide"
_WHY = {
    "chunks": _MACHINE,
    "placement": _MACHINE,
    "exclusive": _MACHINE,
    "memory": _MACHINE,
    "parallel_environment": _MACHINE,
    "stdout": f"outputs are always {STDOUT} and {STDERR}",
    "stderr": f"outputs are always {STDOUT} and {STDERR}",
    "join": f"outputs are always {STDOUT} and {STDERR}",
    "workdir": "each job runs in a folder of its own",
    "mail": "the service mails the address registered there by its own rules",
    "mail_to": "the service mails the address registered there by its own rules",
    "export_all": "nothing of the environment here travels",
}
_NOTHING_LIKE = "Cloud Kotta has nothing like it"
_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")
_ODD = re.compile(r"[^A-Za-z0-9._+-]")
_OUR_MARK = re.compile(rf"{TOKEN_VARIABLE}=\w+[, ]?")
_NO_COMMENT = re.compile(r"--comment[= ]?[\"']*")


@dataclass(frozen=True, slots=True)
class Description:
    """The fields to send, without the login; `refusal` says why it cannot be sent as it is."""

    fields: dict[str, str]
    losses: tuple[str, ...] = ()
    refusal: str = ""


def preview(submission: Submission, queue: str) -> Preview:
    """The form that would be sent, the login left out."""
    made = describe(submission, queue)
    return Preview(json.dumps(made.fields, indent=2, ensure_ascii=False), made.losses)


def describe(submission: Submission, queue: str) -> Description:
    """The fields for a submission; InputError where something the service needs is lacking."""
    given = read_description(submission.content, submission.filename)
    if given is None:
        made = _of_script(submission, queue)
    else:
        name = given.get("jobname") or PurePosixPath(submission.filename).stem
        marked = _marked(name, submission)
        made = Description({"queue": queue, **given, "jobname": marked})
    fields = made.fields
    fields["outputs"] = _listed(fields.get("outputs", ""), _outputs(submission, fields))
    fields["inputs"] = _listed(fields.get("inputs", ""), submission.inputs)
    kept = {name: value for name, value in fields.items() if value or name == "script"}
    refusal = made.refusal or ("Cloud Kotta cannot hold a job." if submission.hold else "")
    return Description(kept, made.losses, refusal)


def _marked(name: str, submission: Submission) -> str:
    """The job's name with the token: of all that is sent, the list of facts tells it back."""
    return f"{_OUR_MARK.sub('', name).strip()} {TOKEN_VARIABLE}={submission.token}"


def check(description: Description) -> None:
    """NotOffered for a job that would be another one at this service."""
    if description.refusal:
        raise NotOffered(description.refusal, hint="Nothing was sent.")


def _listed(given: str, more: tuple[str, ...]) -> str:
    """A comma list with `more` in it, each once."""
    names = [name.strip() for name in given.split(",")]
    return ",".join(dict.fromkeys(name for name in (*names, *more) if name))


def _outputs(submission: Submission, fields: dict[str, str]) -> tuple[str, ...]:
    """The wanted outputs' names, without those the service keeps anyway."""
    known = {fields.get("script_name", "")}
    known |= {value for name, value in fields.items() if name.startswith("output_")}
    names = []
    for remote in submission.outputs:
        name = remote.removeprefix("~").lstrip("/")
        try:
            safe_name(name)
        except Refused:
            name = ","
        if remote.startswith("/") or "," in name or not name.isprintable():
            raise InputError(
                f"{visible(remote, 120)!r} cannot be an output of a Cloud Kotta job.",
                hint="Outputs are files, named without a folder or a comma. Nothing was sent.",
            )
        names.append(name)
    return tuple(name for name in names if name not in known)


def _of_script(submission: Submission, queue: str) -> Description:
    try:
        script = submission.content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{submission.filename} is not UTF-8 text.", hint="Nothing was sent."
        ) from None
    reading = read_script(script, submission.dialect)
    spec = reading.spec
    if spec.walltime is None:
        raise InputError(
            f"{submission.filename} asks for no walltime, and Cloud Kotta starts no job without.",
            title="No walltime",
            hint="Add one, such as `#SBATCH --time=30` (minutes). Nothing was sent.",
        )
    file = _ODD.sub("_", PurePosixPath(submission.filename).name)
    shell = spec.shell or "/bin/bash"
    exports, left_out = _exports(spec, shell)
    name = spec.name or PurePosixPath(submission.filename).stem
    fields = {
        "jobtype": "script",
        "jobname": _marked(name, submission),
        "queue": spec.queue or queue,
        "walltime": str(max(1, math.ceil(spec.walltime / 60))),
        "executable": f"{shell} {file}",
        "script_name": file,
        "script": _with_lines(script, exports),
        "output_file_stdout": STDOUT,
        "output_file_stderr": STDERR,
    }
    return Description(fields, (*_losses(reading), *left_out), _refusal(reading))


def _refusal(reading: Reading) -> str:
    """Why the job would be another one: it would run once, or at once."""
    told = [one.text for field in _CHANGES_THE_JOB for one in reading.origins.get(field, ())]
    if not told:
        return ""
    return f"Cloud Kotta has nothing like {', '.join(dict.fromkeys(told))}."


def _exports(spec: Spec, shell: str) -> tuple[list[str], list[str]]:
    """Lines that set the script's variables, and what cannot be set."""
    lines, losses = [], []
    reads = PurePosixPath(shell.split(maxsplit=1)[0]).name in _SHELLS
    for name, value in spec.variables:
        if name == TOKEN_VARIABLE:
            continue
        if value is None:
            losses.append(f"variable {name}: nothing of the environment here travels")
        elif not reads:
            losses.append(f"variable {name}: {shell} is no shell it could be set in")
        else:
            lines.append(f"export {name}={shlex.quote(value)}\n")
    return lines, losses


def _with_lines(script: str, lines: list[str]) -> str:
    if not lines:
        return script
    first, newline, rest = script.partition("\n")
    if not first.startswith("#!"):
        return "".join(lines) + script
    return f"{first}{newline or chr(10)}{''.join(lines)}{rest}"


def _losses(reading: Reading) -> list[str]:
    found: dict[tuple[int, str], str] = {}
    for note in reading.notes:
        bare = _OUR_MARK.sub("", note.directive)
        ours = bare != note.directive and _NO_COMMENT.fullmatch(bare)
        if note.kind in (NoteKind.LOST, NoteKind.CHANGED) and not ours:
            found[note.line, bare] = note.message
    plain = shape(reading.spec) == Shape(1, 1, 1) and not any(
        chunk.gpus or chunk.features for chunk in reading.spec.chunks
    )
    for field, options in reading.origins.items():
        if field in _MAPPED or (field in ("chunks", "placement") and plain):
            continue
        for option in options:
            found.setdefault(_place(option), _WHY.get(field, _NOTHING_LIKE))
    ordered = sorted(found.items(), key=lambda one: one[0][0])
    return [f"line {line}: {text}: {why}" for (line, text), why in ordered]


def _place(option: Option) -> tuple[int, str]:
    return option.line, option.text
