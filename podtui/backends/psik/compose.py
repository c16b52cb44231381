"""A portable job as psik's JobSpec, and what of the script has no field there.

Wire: psik_api's OpenAPI descriptions 1.0.0 and 2.0.1 (`JobSpec`, `ResourceSpec`, `BackendConfig`).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from podtui.backends.psik.script_body import psik_script
from podtui.backends.psik.site import Site, System
from podtui.backends.psik.spec_file import read_spec_file
from podtui.domain.job import Submission
from podtui.domain.script import TOKEN_VARIABLE, find_token
from podtui.domain.text import visible
from podtui.domain.translate.canonical import shape
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.reading import Reading, read_script
from podtui.domain.translate.spec import Spec
from podtui.errors import InputError

DEFAULT_MINUTES = 10
"""psik's own walltime for a job that names none."""

_SECRET = ("cb_secret", "client_secret")
_NO_FIELD = {
    "parallel_environment": "psik knows no parallel environments",
    "memory": "psik has no field for memory: the system's own default holds",
    "stdout": "psik keeps a job's output in its logs",
    "stderr": "psik keeps a job's output in its logs",
    "join": "psik keeps output and errors apart",
    "mail": "psik sends no mail",
    "mail_to": "psik sends no mail",
    "group": "psik has no field for a unix group",
    "array": "psik knows no arrays: this becomes one job",
    "dependencies": "psik knows no dependencies: the job waits for no other",
    "rerun": "psik does not run a job again",
    "priority": "psik has no field for a priority",
    "begin": "psik has no field for a begin: it starts as soon as it can",
    "stage_in": "podtui brings files: stage them with the job",
    "stage_out": "podtui brings files: stage them with the job",
}


@dataclass(frozen=True, slots=True)
class Order:
    """One job ready to be sent to `system`; `spec` is the JobSpec as it goes over the wire."""

    system: System
    hold: bool
    spec: dict[str, Any]
    losses: tuple[str, ...]

    @property
    def text(self) -> str:
        """The JobSpec for people, without the secrets a file may hold."""
        shown = {key: "…" if key in _SECRET else value for key, value in self.spec.items()}
        return json.dumps(shown, indent=2, ensure_ascii=False)


def compose(submission: Submission, site: Site) -> Order:
    """What a script or a JobSpec file becomes there; InputError for what JSON cannot carry."""
    try:
        text = submission.content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{visible(submission.filename, 80)} is not UTF-8, and psik_api takes nothing else.",
            title="Script's encoding",
            hint="Save the script as UTF-8. Nothing was sent.",
        ) from None
    file = read_spec_file(text, submission.filename, submission.token, site)
    if file is not None:
        return Order(file.system, submission.hold, file.spec, file.losses)
    reading = read_script(text, submission.dialect)
    asked = reading.spec
    system = site.system(asked.queue) or site.usual
    name = asked.name or submission.filename
    script, unset = psik_script(text, submission.dialect, reading, system.kind, name)
    resources, unsaid = _resources(asked)
    spec: dict[str, Any] = {"name": name, "script": script, "resources": resources}
    if isinstance(asked.workdir, str) and asked.workdir.startswith("/"):
        spec["directory"] = asked.workdir
    if "export_all" in reading.origins and not asked.export_all:
        spec["inherit_environment"] = False
    if site.version == 1:
        spec["backend"] = _backend(asked, system)
    else:
        spec["backend"] = system.name
    losses = [*_notes(reading), *_losses(reading, site, system), *unsaid, *unset]
    hold = submission.hold or asked.hold
    return Order(system, hold, spec, tuple(dict.fromkeys(visible(one, 300) for one in losses)))


def _resources(asked: Spec) -> tuple[dict[str, Any], list[str]]:
    """psik's ResourceSpec; each number is sent, for its defaults are another site's choice."""
    lost: list[str] = []
    minutes = DEFAULT_MINUTES
    if asked.walltime is not None:
        minutes = max(1, math.ceil(asked.walltime / 60))
    else:
        lost.append(f"the script names no walltime: psik's own {minutes} minutes are asked for")
    told: dict[str, Any] = {"duration": minutes, "exclusive_node_use": asked.exclusive}
    whole = shape(asked)
    if whole is None:
        tasks = sum(chunk.count * chunk.tasks for chunk in asked.chunks)
        cores = max(math.ceil(chunk.cores / chunk.tasks) for chunk in asked.chunks)
        lost.append(f"nodes of different kinds: {tasks} processes of {cores} cores are asked for")
        return told | {"process_count": tasks, "cpu_cores_per_process": cores}, lost
    told["cpu_cores_per_process"] = math.ceil(whole.cores / whole.tasks)
    if not whole.threads:
        lost.append(f"{whole.cores} cores do not part into {whole.tasks} processes: more are asked")
    if whole.nodes is None or not asked.chunks:
        told["process_count"] = whole.tasks
    else:
        told["node_count"] = whole.nodes
        told["processes_per_node"] = whole.tasks // whole.nodes
    chunk = asked.chunks[0] if asked.chunks else None
    if chunk is not None and chunk.gpus:
        told["gpu_cores_per_process"] = math.ceil(chunk.gpus / chunk.tasks)
        if chunk.gpus % chunk.tasks:
            lost.append(f"{chunk.gpus} GPUs do not part into {chunk.tasks} processes: one each")
    return told, lost


def _backend(asked: Spec, system: System) -> dict[str, Any]:
    """`/v1`'s BackendConfig; a queue that is no system of the service's is the system's own."""
    told = {"type": system.kind or "local"}
    if asked.queue and asked.queue != system.name:
        told["queue_name"] = asked.queue
    if asked.account or asked.project:
        told["project_name"] = asked.account or asked.project
    return told


def _losses(reading: Reading, site: Site, system: System) -> list[str]:
    """A line for each directive whose field psik lacks."""
    asked = reading.spec
    lost = {field: why for field, why in _NO_FIELD.items() if field in reading.origins}
    if site.version > 1 and asked.queue and asked.queue != system.name:
        lost["queue"] = f"psik_api 2 names no queues of {system.name}"
    if site.version > 1:
        lost |= dict.fromkeys(("account", "project"), "psik_api 2 has no field for it")
    elif asked.account and asked.project:
        lost["project"] = "psik has one field for account and project"
    if any(chunk.features or chunk.gpu_type for chunk in asked.chunks):
        lost["chunks"] = "psik has no field for a node's features or a GPU's type"
    if any(chunk.memory for chunk in asked.chunks):
        lost["chunks"] = _NO_FIELD["memory"]
    if isinstance(asked.workdir, str) and not asked.workdir.startswith("/"):
        lost["workdir"] = "psik's jobs begin in a folder of their own"
    told = [
        (option.line, f"line {option.line}: {option.text}: {why}")
        for field, why in lost.items()
        for option in reading.origins.get(field, ())
    ]
    return [text for _, text in sorted(told)]


def _notes(reading: Reading) -> list[str]:
    """What the reading could not carry over, or of a layout read otherwise; no token of ours."""
    found = []
    layout = {(one.line, one.text) for one in reading.origins.get("chunks", ())}
    for note in reading.notes:
        if note.kind is NoteKind.CHANGED and (note.line, note.directive) in layout:
            found.append(f"line {note.line}: {note.directive}: {note.message}")
        if note.kind is not NoteKind.LOST:
            continue
        one = _without_token(note.directive)
        if one:
            found.append(f"line {note.line}: {one}: psik has no field for it")
    return found


def _without_token(directive: str) -> str:
    token = find_token(directive)
    if not token:
        return directive
    mark = f"{TOKEN_VARIABLE}={token}"
    rest = directive.replace(mark, "").replace("''", "").replace('""', "").strip(" ,\"'")
    return "" if rest in ("--comment=", "--comment") else directive.replace(f"{mark} ", "")
