"""A JobSpec, psik's portable job in JSON, as a script for a scheduler.

Wire: psik_api's OpenAPI descriptions 1.0.0 and 2.0.1 (`JobSpec`, `ResourceSpec`), their defaults
included.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from podtui.domain.job import ScriptDialect
from podtui.domain.text import visible
from podtui.domain.translate.canonical import canonical
from podtui.domain.translate.dialect import GRAMMARS
from podtui.domain.translate.lines import BLOCK_BEGINS, BLOCK_ENDS
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.script import note_line, write_script
from podtui.domain.translate.spec import Chunk, Place, Placement, Spec
from podtui.domain.translate.variables import kind_of_shell
from podtui.errors import InputError

_MINUTES = 10  # of a JobSpec that names no duration
_SHELL = "/bin/bash"
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SETTING = {"sh": "export {}={}", "csh": "setenv {} {}"}
_KOTTAS = "jobtype"  # each of Cloud Kotta's descriptions has it
_LOST = {
    "attributes": "they are for one of psik's own queueing systems",
    "callback": "only psik calls back",
    "reservation_id": "a reservation is known at one site only",
}


def read_job_spec(content: bytes) -> dict[str, Any] | None:
    """The JobSpec in `content`; None for what is none, as Cloud Kotta's description of a job."""
    if not content.lstrip().startswith(b"{"):
        return None
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or _KOTTAS in told:
        return None
    script = told.get("script")
    return told if isinstance(script, str) and script.strip() else None


def job_spec_script(told: Mapping[str, Any], dialect: ScriptDialect) -> tuple[str, tuple[str, ...]]:
    """The script for `dialect`, and a line for each thing that is lost or means something else.

    InputError for resources that are no counts, and for names that would break a line.
    """
    words = [told.get(key) for key in ("name", "directory")]
    backend = told.get("backend")
    words += backend.values() if isinstance(backend, dict) else ()
    if not all(word.isprintable() for word in words if isinstance(word, str)):
        raise _wrong("its names hold what breaks a line")
    if any(0xD800 <= ord(one) < 0xE000 for one in json.dumps(told, ensure_ascii=False)):
        raise _wrong("it holds half a character")
    first, _, rest = told["script"].partition("\n")
    lost = [*_left_out(told)]
    if first.startswith("#!"):
        shell, body = " ".join(first[2:].split()), rest
    else:
        shell, body = _SHELL, told["script"]
        lost.append(f"its script names no interpreter: {_SHELL} runs it")
    spec = _spec(told, shell)
    setting = _SETTING.get(kind_of_shell(shell))
    body = _silenced(body, dialect)
    if setting and spec.variables:
        lines = [setting.format(one, shlex.quote(value or "")) for one, value in spec.variables]
        body = "\n".join((BLOCK_BEGINS, *lines, BLOCK_ENDS, body))
        spec = replace(spec, variables=())
    script, notes = write_script(spec, dialect, body)
    lost += [note_line(note) for note in notes if note.kind is not NoteKind.TOLD]
    return script, tuple(dict.fromkeys(lost))


def _spec(told: Mapping[str, Any], shell: str) -> Spec:
    backend = told.get("backend")
    facts = backend if isinstance(backend, dict) else {}
    resources = _object(told, "resources")
    chunk, placement = _layout(resources)
    directory = told.get("directory")
    variables = _object(told, "environment").items()
    return canonical(
        Spec(
            name=str(told.get("name") or ""),
            queue=str(facts.get("queue_name") or ""),
            account=str(facts.get("project_name") or ""),
            chunks=(chunk,),
            placement=placement,
            exclusive=resources.get("exclusive_node_use") is not False,
            walltime=60 * (_count(resources, "duration") or _MINUTES),
            workdir=str(directory) if directory else Place.SUBMIT,
            export_all=told.get("inherit_environment") is not False,
            variables=tuple((n, str(value)) for n, value in variables if _NAME.fullmatch(n)),
            shell=shell,
        )
    )


def _layout(resources: Mapping[str, Any]) -> tuple[Chunk, Placement]:
    nodes, each = _count(resources, "node_count"), _count(resources, "processes_per_node")
    tasks = _count(resources, "process_count")
    cores = _count(resources, "cpu_cores_per_process") or 1
    gpus = _count(resources, "gpu_cores_per_process")
    if not nodes and not each:
        return Chunk(tasks or 1, cores, 1, gpus), Placement.FREE
    each = each or -(-(tasks or nodes) // nodes)
    nodes = nodes or -(-(tasks or each) // each)
    return Chunk(nodes, each * cores, each, each * gpus), Placement.SCATTER


def _count(resources: Mapping[str, Any], key: str) -> int:
    """A count, 0 where none is told."""
    value = resources.get(key)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise _wrong(f"resources.{key} is {visible(repr(value), 40)}")
    return value


def _object(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = told.get(key) or {}
    if not isinstance(value, dict):
        raise _wrong(f"{key} is no object")
    return value


def _wrong(what: str) -> InputError:
    return InputError(
        f"This JobSpec cannot become a script: {what}.",
        title="JobSpec",
        hint="Mend it in the file. Nothing was sent.",
    )


def _left_out(told: Mapping[str, Any]) -> Iterator[str]:
    backend = told.get("backend")
    facts = {**told, **(backend if isinstance(backend, dict) else {})}
    yield from (f"{key}: {why}" for key, why in _LOST.items() if facts.get(key))
    for variable in _object(told, "environment"):
        if not _NAME.fullmatch(variable):
            yield f"environment: {visible(variable, 60)!r} is no variable's name"
    name = facts.get("type") or backend
    if isinstance(name, str):
        yield f"backend {visible(name, 40)}: which system it is for is told by where it is sent"


def _silenced(body: str, dialect: ScriptDialect) -> str:
    """The body; what would be a directive now was a comment to psik, and stays one."""
    grammar = GRAMMARS[dialect]
    lines = body.splitlines(keepends=True)
    return "".join(
        f"#{line}" if grammar.line.match(line.rstrip("\r\n")) else line for line in lines
    )
