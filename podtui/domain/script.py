"""Job scripts: which scheduler they are for, and the token they carry.

Directives are `#PBS` (TORQUE) and `#$` (Grid Engine). TORQUE reads them to the first executable
line, Grid Engine in the whole file (qsub's manual pages).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.text import visible
from podtui.errors import InputError

TOKEN_VARIABLE = "PODTUI_TOKEN"  # noqa: S105 - the name of a variable, no secret
_PREFIX = {ScriptDialect.TORQUE: "#PBS", ScriptDialect.SGE: "#$"}
_VARIABLES = re.compile(r"^(\s*#(?:PBS|\$)\s+(?:.*\s)?-v\s*)(?=[^\s-])")
_TOKEN = re.compile(rf"\b{TOKEN_VARIABLE}=([0-9A-Za-z]+)")
_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive line: its number from 1, and what stands behind the prefix."""

    line: int
    text: str


def directives(script: str, dialect: ScriptDialect) -> tuple[Directive, ...]:
    """The directives `dialect`'s scheduler would read, in order."""
    found = []
    prefix = _PREFIX[dialect]
    for number, line in enumerate(script.splitlines(), 1):
        text = line.lstrip() if dialect is ScriptDialect.TORQUE else line
        if text.startswith(prefix) and text[len(prefix) : len(prefix) + 1] in ("", " ", "\t"):
            found.append(Directive(number, text[len(prefix) :].strip()))
        elif dialect is ScriptDialect.TORQUE and text and not text.startswith("#"):
            break
    return tuple(found)


def check_script(content: bytes, dialect: ScriptDialect, name: str = "script") -> str:
    """The script's text, or InputError: empty, not text, or written for another scheduler."""
    if not name.isprintable():
        raise InputError(
            f"{visible(name, 80)!r} cannot be a job script's name: schedulers print it.",
            title="Script's name",
            hint="Rename it to letters, digits, dots and dashes. Nothing was sent.",
        )
    if not content.strip():
        raise InputError(f"{name} is empty.", title="Empty script", hint="Nothing was sent.")
    if len(content) > _MAX_BYTES or b"\x00" in content:
        raise InputError(
            f"{name} is not a job script: it is binary or larger than 16 MiB.",
            title="Not a script",
            hint="Send data with --stagein and give the script here.",
        )
    text = content.decode("utf-8", "surrogateescape")
    if directives(text, dialect):
        return text
    for other, label in ((o, f"{o.name} ({_PREFIX[o]})") for o in ScriptDialect if o != dialect):
        if directives(text, other):
            raise InputError(
                f"{name} has {label} directives and none for {dialect.name} ({_PREFIX[dialect]}).",
                title="Script of another dialect",
                hint=f"Submit it with --sched={other.value}, or rewrite its directives.",
            )
    if re.search(r"^#SBATCH\s", text, re.MULTILINE):
        raise InputError(
            f"{name} has Slurm directives (#SBATCH) and none for {dialect.name}.",
            title="Script of another dialect",
            hint=f"Rewrite them as {_PREFIX[dialect]} lines.",
        )
    return text


def guess_dialect(content: bytes) -> ScriptDialect | None:
    """The only dialect whose directives the script has, else None."""
    text = content.decode("utf-8", "surrogateescape")
    found = [dialect for dialect in ScriptDialect if directives(text, dialect)]
    return found[0] if len(found) == 1 else None


def job_name(text: str, dialect: ScriptDialect, filename: str) -> str:
    """What the scheduler will call the job: the last `-N`, else the script's own name."""
    name = filename
    for directive in directives(text, dialect):
        match = re.search(r"(?:^|\s)-N\s*(\S+)", directive.text)
        name = match[1] if match else name
    return name


def with_token(text: str, dialect: ScriptDialect, token: str) -> bytes:
    """The script with `-v PODTUI_TOKEN=token` among its directives.

    The scheduler keeps a job's variables and tells them in its status, so the job can be found
    again when the answer to its submission is lost. A script's own last `-v` line is extended,
    because TORQUE lets a later `-v` replace an earlier one.
    """
    assignment = f"{TOKEN_VARIABLE}={token}"
    lines = text.splitlines(keepends=True)
    for directive in reversed(directives(text, dialect)):
        line = lines[directive.line - 1]
        match = _VARIABLES.match(line)
        if match:
            lines[directive.line - 1] = f"{match[1]}{assignment},{line[match.end() :]}"
            return "".join(lines).encode("utf-8", "surrogateescape")
    at = 1 if lines and lines[0].startswith("#!") else 0
    if at and not lines[0].endswith("\n"):
        lines[0] += "\n"
    lines.insert(at, f"{_PREFIX[dialect]} -v {assignment}\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def find_token(variables: str) -> str:
    """The token in a scheduler's list of variables, or the empty string."""
    match = _TOKEN.search(variables)
    return match[1] if match else ""
