"""The script as psik runs it: with an interpreter, and with the variables its body reads.

psik runs a script without `#!` under the rc shell. Its `environment` cannot be used: psik 1.3 hands
it to no local job and fails on it for Slurm and LSF, so variables are set in the script.
"""

from __future__ import annotations

import shlex

from podtui.domain.job import ScriptDialect
from podtui.domain.script import TOKEN_VARIABLE
from podtui.domain.translate.canonical import shape
from podtui.domain.translate.dialect import SLURM
from podtui.domain.translate.lines import BLOCK_BEGINS, BLOCK_ENDS, split_lines
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.reading import Reading
from podtui.domain.translate.variables import definitions, kind_of_shell, used_names

_SHELL = "/bin/bash"
_FOLDER = ("PBS_O_WORKDIR", "SGE_O_WORKDIR", "SLURM_SUBMIT_DIR")
_NUMBER = ("PBS_JOBID", "JOB_ID", "SLURM_JOB_ID", "SLURM_JOBID")
_NAME = ("PBS_JOBNAME", "JOB_NAME", "SLURM_JOB_NAME")
_CORES = ("PBS_NP", "NSLOTS")
_TASKS = ("SLURM_NTASKS", "SLURM_NPROCS")


def psik_script(
    text: str, dialect: ScriptDialect, reading: Reading, kind: str, name: str
) -> tuple[str, list[str]]:
    """The script for a system of `kind`, and what its body reads that nobody there tells."""
    lines = split_lines(text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    shell = reading.spec.shell or _SHELL
    if not lines or not lines[0].startswith("#!"):
        lines.insert(0, f"#!{shell}{end}")
    elif " ".join(lines[0][2:].split()) != shell:
        lines[0] = f"#!{shell}{end}"
    commands, lost = _settings(reading, dialect, shell, kind, name)
    if commands:
        at = _first_command(lines)
        if not lines[at - 1].endswith("\n"):
            lines[at - 1] += end
        block = (BLOCK_BEGINS, *commands, BLOCK_ENDS)
        lines[at:at] = [line + end for line in block]
    return "".join(lines), lost


def _settings(
    reading: Reading, dialect: ScriptDialect, shell: str, kind: str, name: str
) -> tuple[list[str], list[str]]:
    style, spec = kind_of_shell(shell), reading.spec
    wanted = [(one, shlex.quote(value)) for one, value in spec.variables if value is not None]
    wanted = [(one, value) for one, value in wanted if one != TOKEN_VARIABLE]
    lost = [
        f"{one}: the service has no environment of yours to take it from"
        for one, value in spec.variables
        if value is None
    ]
    commands: list[str] = []
    used = used_names(reading.taken.body, dialect)
    if kind == "slurm":
        found = definitions(used, SLURM, shell, {})
        commands += found.commands
        lost += [one.message for one in found.notes if one.kind is NoteKind.LOST]
    else:
        known = _told_by_psik(reading, name)
        wanted += [(one, known[one]) for one in used if one in known]
        set_here = {one for one, _ in wanted}
        lost += [
            f"the script reads {one}, which psik does not set"
            for one in used
            if one not in set_here
        ]
    if wanted and not style:
        lost += [f"{one}: {shell} is no shell to set it in" for one, _ in wanted]
        return commands, lost
    form = "export {}={}" if style == "sh" else "setenv {} {}"
    return [*(form.format(*pair) for pair in wanted), *commands], lost


def _told_by_psik(reading: Reading, name: str) -> dict[str, str]:
    """Values for the schedulers' variables: from psik's wrapper, which exports `jobid`."""
    known = dict.fromkeys(_FOLDER, '"$PWD"') | dict.fromkeys(_NUMBER, '"$jobid"')
    known |= dict.fromkeys(_NAME, shlex.quote(name))
    whole = shape(reading.spec)
    if whole is not None:
        known |= dict.fromkeys(_CORES, str(whole.cores)) | dict.fromkeys(_TASKS, str(whole.tasks))
        if whole.threads:
            known["SLURM_CPUS_PER_TASK"] = str(whole.threads)
    return known


def _first_command(lines: list[str]) -> int:
    """Behind the first line and the comments that follow it."""
    for place in range(1, len(lines)):
        if lines[place].strip() and not lines[place].lstrip().startswith("#"):
            return place
    return len(lines)
