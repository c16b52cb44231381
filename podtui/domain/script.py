"""Job scripts: which scheduler they are for, and the token they carry.

Directives are `#PBS` (TORQUE, OpenPBS), `#$` (Grid Engine) and `#SBATCH` (Slurm). Grid Engine reads
them in the whole file, the others to the first executable line; `#PBS` may be indented (the manual
pages of qsub and sbatch).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from podtui.domain import script_sbatch
from podtui.domain.job import ScriptDialect
from podtui.domain.key import refuse_private_key
from podtui.domain.text import visible
from podtui.errors import InputError

TOKEN_VARIABLE = "PODTUI_TOKEN"  # noqa: S105 - the name of a variable, no secret
_PREFIX = {
    ScriptDialect.TORQUE: "#PBS",
    ScriptDialect.SGE: "#$",
    ScriptDialect.SLURM: script_sbatch.PREFIX,
    ScriptDialect.OPENPBS: "#PBS",
}
_NAME = {
    ScriptDialect.TORQUE: "TORQUE",
    ScriptDialect.SGE: "Grid Engine",
    ScriptDialect.SLURM: "Slurm",
    ScriptDialect.OPENPBS: "OpenPBS",
}
_PBS = (ScriptDialect.TORQUE, ScriptDialect.OPENPBS)
_OPENPBS_ONLY = re.compile(r"(?:^|\s)(?:-l\s*(?:select|place)=|-J\s*\d)")
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
        text = line.lstrip() if dialect in _PBS else line
        if text.startswith(prefix) and text[len(prefix) : len(prefix) + 1] in ("", " ", "\t"):
            found.append(Directive(number, text[len(prefix) :].strip()))
        elif dialect is not ScriptDialect.SGE and line.strip() and line.lstrip()[0] != "#":
            break
    return tuple(found)


def check_script(content: bytes, dialect: ScriptDialect, name: str = "script") -> str:
    """The script's text, or InputError: empty, not text, of Windows, or for another scheduler."""
    if not name.isprintable():
        raise InputError(
            f"{visible(name, 80)!r} cannot be a job script's name: schedulers print it.",
            title="Script's name",
            hint="Rename it to letters, digits, dots and dashes. Nothing was sent.",
        )
    if not content.strip():
        raise InputError(f"{name} is empty.", title="Empty script", hint="Nothing was sent.")
    refuse_private_key(content[:128], name)
    if len(content) > _MAX_BYTES or b"\x00" in content:
        raise InputError(
            f"{name} is not a job script: it is binary or larger than 16 MiB.",
            title="Not a script",
            hint="Send data with --stagein and give the script here.",
        )
    text = content.decode("utf-8", "surrogateescape")
    if content.partition(b"\n")[0].endswith(b"\r"):
        raise InputError(
            f"In {name} lines end with CR LF, as Windows writes them: no shell there can run it.",
            title="Line ends",
            hint=f"^l in the form mends it, or: sed -i 's/\\r$//' {shlex.quote(name)}",
        )
    if directives(text, dialect):
        return text
    for other in ScriptDialect:
        if directives(text, other):
            raise InputError(
                f"{name} has {_NAME[other]} directives ({_PREFIX[other]}) "
                f"and none for {_NAME[dialect]} ({_PREFIX[dialect]}).",
                title="Script of another dialect",
                hint=_other_way(other, dialect),
            )
    return text


def _other_way(written: ScriptDialect, wanted: ScriptDialect) -> str:
    translate = f"`podtui translate --to {wanted.name.lower()}` writes it for this scheduler"
    if written in (ScriptDialect.TORQUE, ScriptDialect.SGE):
        return f"Submit it with --sched={written.value} where that is offered, or {translate}."
    return f"{translate}."


def guess_dialect(content: bytes) -> ScriptDialect | None:
    """The only dialect whose directives the script has, else None.

    `#PBS` is TORQUE's unless the script asks for what only OpenPBS has: chunks, `-J` arrays.
    """
    text = content.decode("utf-8", "surrogateescape")
    found = [dialect for dialect in ScriptDialect if directives(text, dialect)]
    if found == list(_PBS):
        newer = any(_OPENPBS_ONLY.search(one.text) for one in directives(text, found[0]))
        return ScriptDialect.OPENPBS if newer else ScriptDialect.TORQUE
    return found[0] if len(found) == 1 else None


def job_name(text: str, dialect: ScriptDialect, filename: str) -> str:
    """What the scheduler will call the job: the last name asked for, else the script's own."""
    name = filename
    for directive in directives(text, dialect):
        if dialect is ScriptDialect.SLURM:
            option = script_sbatch.find_option(
                f"{script_sbatch.PREFIX} {directive.text}", "job-name", "J"
            )
            name = option.value if option else name
        else:
            match = re.search(r"(?:^|\s)-N\s*(\S+)", directive.text)
            name = match[1] if match else name
    return name


def with_token(text: str, dialect: ScriptDialect, token: str) -> bytes:
    """The script with `PODTUI_TOKEN=token` among what its scheduler keeps of a job and tells.

    So the job can be found again when the answer to its submission is lost. For PBS and Grid
    Engine it is a variable (`-v`); the script's own last `-v` line is extended, because TORQUE
    lets a later `-v` replace an earlier one. For Slurm it is a comment, before the script's own.
    """
    assignment = f"{TOKEN_VARIABLE}={token}"
    lines = text.splitlines(keepends=True)
    extended = _with_comment if dialect is ScriptDialect.SLURM else _with_variable
    if not extended(lines, directives(text, dialect), assignment):
        at = 1 if lines and lines[0].startswith("#!") else 0
        if at and not lines[0].endswith("\n"):
            lines[0] += "\n"
        option = "--comment=" if dialect is ScriptDialect.SLURM else "-v "
        lines.insert(at, f"{_PREFIX[dialect]} {option}{assignment}\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def _with_variable(lines: list[str], found: tuple[Directive, ...], assignment: str) -> bool:
    """Extend the last `-v` in place; whether there is one."""
    for directive in reversed(found):
        line = lines[directive.line - 1]
        match = _VARIABLES.match(line)
        if match:
            lines[directive.line - 1] = f"{match[1]}{assignment},{line[match.end() :]}"
            return True
    return False


def _with_comment(lines: list[str], found: tuple[Directive, ...], assignment: str) -> bool:
    """Extend the last `--comment` of a job's first part in place; whether there is one."""
    numbers = [directive.line - 1 for directive in found]
    ends = next((i for i in numbers if script_sbatch.begins_part(lines[i])), len(lines))
    for number in reversed([i for i in numbers if i < ends]):
        line = script_sbatch.with_comment(lines[number], assignment)
        if line is not None:
            lines[number] = line
            return True
    return False


def find_token(variables: str) -> str:
    """The token in a job's variables or comment, or the empty string."""
    match = _TOKEN.search(variables)
    return match[1] if match else ""
