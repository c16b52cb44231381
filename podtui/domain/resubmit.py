"""A job once more: its script without the token of the first time, and more of what ran out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podtui.domain.job import Job, ScriptDialect
from podtui.domain.ran_out import RanOut, ran_out_of
from podtui.domain.script import TOKEN_VARIABLE, directives
from podtui.domain.script_fields import Field
from podtui.domain.script_form import read_form, set_field
from podtui.domain.translate.dialect import GRAMMARS, SGE, SLURM
from podtui.domain.translate.quantity import (
    colon_seconds,
    colon_time,
    pbs_bytes,
    sge_bytes,
    slurm_bytes,
    slurm_seconds,
    slurm_time,
)
from podtui.errors import InputError

_ASSIGNMENT = rf"{TOKEN_VARIABLE}=[0-9A-Za-z]+"


@dataclass(frozen=True, slots=True)
class Again:
    """A script to be submitted once more: as it was, with more where that is known, and why."""

    before: str
    script: str
    why: str


def again(script: str, dialect: ScriptDialect, job: Job) -> Again:
    """The job's script once more, with twice as much of what ran out."""
    before = without_token(script, dialect)
    lack = ran_out_of(job)
    if lack is None:
        return Again(before, before, "")
    field = Field.TIME if lack is RanOut.TIME else Field.MEMORY
    told = next((one for one in read_form(before, dialect) if one.field is field), None)
    if told is None or not told.value:
        return Again(before, before, f"it ran out of {lack.value}, and asks for none: tell some")
    try:
        more = _twice(told.value, field, dialect)
        script = set_field(before, dialect, field, more)
    except (InputError, ValueError):
        return Again(before, before, f"it ran out of {lack.value}")
    return Again(before, script, f"it ran out of {lack.value}: {told.value} became {more}")


def without_token(script: str, dialect: ScriptDialect) -> str:
    """The script as it was before `with_token` wrote into it."""
    lines = script.splitlines(keepends=True)
    prefix, option = GRAMMARS[dialect].prefix, "--comment=" if dialect is SLURM else "-v "
    for one in directives(script, dialect):
        line = lines[one.line - 1]
        if re.fullmatch(rf"{re.escape(prefix)} {option}{_ASSIGNMENT}\n", line):
            lines[one.line - 1] = ""
        else:
            lines[one.line - 1] = re.sub(rf"{_ASSIGNMENT}[, ]", "", line)
    return "".join(lines)


def _twice(value: str, field: Field, dialect: ScriptDialect) -> str:
    """Twice an amount, in the dialect's notation; ValueError for one that has no end."""
    if field is Field.TIME:
        if dialect is SLURM:
            return slurm_time(2 * slurm_seconds(value))
        return colon_time(2 * colon_seconds(value))
    read = slurm_bytes if dialect is SLURM else sge_bytes if dialect is SGE else pbs_bytes
    size = 2 * read(value)
    number = re.match(r"\d+", value)
    if number is not None:
        more = f"{2 * int(number[0])}{value[number.end() :]}"
        if read(more) == size:
            return more
    raise ValueError(value)
