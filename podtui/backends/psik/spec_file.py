"""A JobSpec file, as psik's own users write them: sent as it is, for the service's own version.

Wire: psik_api's OpenAPI descriptions 1.0.0 and 2.0.1 (`JobSpec`): `/v1` has an object in `backend`,
`/v2` a backend's name, its attributes beside it.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any

from podtui.backends.psik.site import Site, System
from podtui.domain.script import TOKEN_VARIABLE
from podtui.domain.text import visible
from podtui.domain.translate.lines import BLOCK_BEGINS, BLOCK_ENDS
from podtui.domain.translate.variables import kind_of_shell
from podtui.errors import InputError

_OBJECTS = ("resources", "environment")
_BEGINS = re.compile(r'\{\s*"\w+"\s*:')
_NAMES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_V1_ALONE = ("queue_name", "project_name", "reservation_id")


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A JobSpec as it goes over the wire to `system`, and what of the file does not."""

    system: System
    spec: dict[str, Any]
    losses: tuple[str, ...]


def read_spec_file(text: str, filename: str, token: str, site: Site) -> SpecFile | None:
    """The JobSpec of a file; None for a script, InputError for what is neither.

    Comment lines at its top are passed over: podtui itself puts one there. Its token goes into the
    script, which is all of a job that psik tells back.
    """
    told = _told(text, filename)
    if told is None:
        return None
    lost: list[str] = []
    spec = {key: value for key, value in told.items() if value is not None}
    system = _backend(spec, site, lost)
    spec.setdefault("name", filename)
    _set_variables(spec, lost)
    spec["script"] = _with_line(spec["script"], f"# {TOKEN_VARIABLE}={token}\n")
    if not spec["script"].startswith("#!"):
        lost.append("its script names no interpreter: psik runs it under rc")
    return SpecFile(system, spec, tuple(lost))


def _told(text: str, filename: str) -> dict[str, Any] | None:
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    while lines and lines[0].startswith("#") and not lines[0].startswith("#!"):
        del lines[0]
    body = "".join(lines).strip()
    if not body.startswith("{"):
        return None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        if not _BEGINS.match(body):
            return None  # a script may begin with a brace
        told = {}
    wrong = [f"{key} is no object" for key in _OBJECTS if not isinstance(told.get(key) or {}, dict)]
    if not isinstance(told.get("script"), str) or not told["script"].strip():
        wrong.append("script is missing: it holds the text of the job's script")
    if not told:
        wrong = ["it is not JSON"]
    if wrong:
        raise InputError(
            f"{visible(filename, 80)} is no JobSpec of psik's: {'; '.join(wrong)}.",
            title="JobSpec",
            hint="A JobSpec is a JSON object with at least a script. Nothing was sent.",
        )
    return dict(told)


def _backend(spec: dict[str, Any], site: Site, lost: list[str]) -> System:
    """Say the backend as the service's version does; which of its systems that is."""
    given = spec.pop("backend", None)
    facts = given if isinstance(given, dict) else {}
    name = given if isinstance(given, str) else str(facts.get("type") or "")
    of_kind = next((one for one in site.systems if one.kind == name), None)
    system = site.system(name) or of_kind or site.usual
    if name and name not in (system.name, system.kind):
        lost.append(f"the service has no backend {visible(name, 60)}: {system.name} is taken")
    attributes = spec.pop("attributes", None) or facts.get("attributes")
    if site.version == 1:
        told = {key: facts[key] for key in _V1_ALONE if facts.get(key) is not None}
        spec["backend"] = {"type": system.kind or "local", **told}
        if attributes:
            spec["backend"]["attributes"] = attributes
        return system
    spec["backend"] = system.name
    if attributes:
        spec["attributes"] = attributes
    lost += [
        f"backend.{key}: psik_api 2 has no field for it" for key in _V1_ALONE if facts.get(key)
    ]
    return system


def _set_variables(spec: dict[str, Any], lost: list[str]) -> None:
    """Set `environment` in the script: psik's backends ignore the field, or fail on it."""
    variables = spec.pop("environment", None) or {}
    first = spec["script"].partition("\n")[0]
    style = kind_of_shell(first[2:].strip()) if first.startswith("#!") else ""
    form = {"sh": "export {}={}", "csh": "setenv {} {}"}.get(style)
    lines = []
    for name, value in variables.items():
        if form is None or not set(name) <= _NAMES or name[:1].isdigit() or not name:
            lost.append(f"environment: {visible(name, 60)} cannot be set in this script")
        else:
            lines.append(form.format(name, shlex.quote(str(value))))
    if lines:
        block = "\n".join((BLOCK_BEGINS, *lines, BLOCK_ENDS, ""))
        spec["script"] = _with_line(spec["script"], block)


def _with_line(script: str, line: str) -> str:
    """The script with `line` behind its first one, where that names the interpreter."""
    if not script.startswith("#!"):
        return line + script
    first, _, rest = script.partition("\n")
    return f"{first}\n{line}{rest}"
