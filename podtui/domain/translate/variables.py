"""What a script finds in its environment: the old names, set from the new ones at its top.

The body is not rewritten: a name may stand in quotes, in a here-document, in a program the script
calls; a definition at the top reaches all of them and changes no byte. Sources: the manual pages
of qsub (TORQUE, OpenPBS, Grid Engine) and sbatch.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import GRAMMARS, OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.note import Note, NoteKind
from podtui.domain.translate.spec import Place, Workdir

# One row a meaning: TORQUE, OpenPBS, Grid Engine, Slurm; the first name is the one read.
_ROWS = (
    ("PBS_JOBID", "PBS_JOBID", "JOB_ID", "SLURM_JOB_ID SLURM_JOBID"),
    ("PBS_JOBNAME", "PBS_JOBNAME", "JOB_NAME REQUEST", "SLURM_JOB_NAME"),
    ("PBS_O_WORKDIR", "PBS_O_WORKDIR", "SGE_O_WORKDIR", "SLURM_SUBMIT_DIR"),
    ("PBS_O_HOST", "PBS_O_HOST", "SGE_O_HOST", "SLURM_SUBMIT_HOST"),
    ("PBS_ARRAYID", "PBS_ARRAY_INDEX", "SGE_TASK_ID", "SLURM_ARRAY_TASK_ID"),
    ("", "PBS_ARRAY_ID", "", "SLURM_ARRAY_JOB_ID"),
    ("PBS_QUEUE", "PBS_QUEUE", "QUEUE", "SLURM_JOB_PARTITION"),
    ("PBS_NP", "", "NSLOTS", "SLURM_NTASKS SLURM_NPROCS"),
    ("PBS_NUM_NODES", "", "NHOSTS", "SLURM_JOB_NUM_NODES SLURM_NNODES"),
    ("PBS_NUM_PPN", "NCPUS", "", "SLURM_CPUS_ON_NODE SLURM_JOB_CPUS_PER_NODE"),
    ("", "", "SGE_TASK_FIRST", "SLURM_ARRAY_TASK_MIN"),
    ("", "", "SGE_TASK_LAST", "SLURM_ARRAY_TASK_MAX"),
    ("", "", "SGE_TASK_STEPSIZE", "SLURM_ARRAY_TASK_STEP"),
)
_COLUMN = {TORQUE: 0, OPENPBS: 1, SGE: 2, SLURM: 3}
_FROM_LOGIN = ("HOME", "LOGNAME", "PATH", "SHELL")
_PBS_OWN = (
    *("PBS_NODEFILE", "PBS_ENVIRONMENT", "PBS_NODENUM", "PBS_TASKNUM", "PBS_MOMPORT"),
    *("PBS_SERVER", "PBS_O_HOME", "PBS_O_LOGNAME", "PBS_O_PATH", "PBS_O_SHELL", "PBS_O_LANG"),
    *("PBS_O_MAIL", "PBS_O_QUEUE", "PBS_O_SERVER", "PBS_O_SYSTEM"),
)
_OWN = {
    TORQUE: (*_PBS_OWN, "PBS_WALLTIME", "PBS_GPUFILE", "PBS_VNODENUM", "PBS_VERSION"),
    OPENPBS: (*_PBS_OWN, "PBS_JOBDIR", "PBS_TMPDIR"),
    SGE: ("PE_HOSTFILE", "SGE_O_HOME", "SGE_O_LOGNAME", "SGE_O_PATH", "SGE_O_SHELL"),
    SLURM: ("SLURM_JOB_NODELIST", "SLURM_NODELIST", "SLURM_CPUS_PER_TASK"),
}
_PBS_NODES = '$(sort -u "$PBS_NODEFILE" | paste -s -d , -)'
_PBS_TASKS = '$(wc -l < "$PBS_NODEFILE")'
_PBS_HOSTS = '$(sort -u "$PBS_NODEFILE" | wc -l)'
_SGE_NODES = "$(awk '{ print $1 }' \"$PE_HOSTFILE\" | paste -s -d , -)"
_NODES = {TORQUE: _PBS_NODES, OPENPBS: _PBS_NODES, SGE: _SGE_NODES}
_MADE = {
    "PBS_NODEFILE": {
        SGE: "$(awk '{ for (i = 0; i < $2; i++) print $1 }' \"$PE_HOSTFILE\")",
        SLURM: "$(srun hostname -s | sort)",
    },
    "SLURM_JOB_NODELIST": _NODES,
    "SLURM_NODELIST": _NODES,
    **{name: {OPENPBS: _PBS_TASKS} for name in ("PBS_NP", "NSLOTS", "SLURM_NTASKS")},
    **{name: {OPENPBS: _PBS_HOSTS} for name in ("PBS_NUM_NODES", "NHOSTS", "SLURM_JOB_NUM_NODES")},
}
_FAMILY = {
    TORQUE: re.compile(r"\bPBS_\w+"),
    OPENPBS: re.compile(r"\bPBS_\w+|\$\{?NCPUS\b"),
    SGE: re.compile(
        r"\bSGE_\w+|\$\{?(?:JOB_ID|JOB_NAME|REQUEST|QUEUE|NSLOTS|NHOSTS|PE_HOSTFILE)\b"
    ),
    SLURM: re.compile(r"\bSLURM_\w+"),
}
_FIRST_CD = re.compile(
    r"""cd\s+(?:--\s+)?"?\$\{?(?:PBS_O_WORKDIR|SGE_O_WORKDIR|SLURM_SUBMIT_DIR)\}?/?"?\s*(?:$|;|\|\||&&|\#)"""
)
_C_SHELLS = ("csh", "tcsh")
_SHELLS = ("", "sh", "bash", "ksh", "mksh", "zsh", "dash", "ash")
_DEFINED = re.compile(r"(?:export|setenv) (\w+)[ =]")
_NODEFILE = "PBS_NODEFILE"
_FILE = '"${TMPDIR:-/tmp}/podtui-nodes.$$"'


@dataclass(frozen=True, slots=True)
class Definitions:
    """Commands for the top of the body, and what to tell."""

    commands: tuple[str, ...]
    notes: tuple[Note, ...]


def go_to(workdir: Workdir, dialect: ScriptDialect) -> str:
    """The command that makes `workdir` the working directory."""
    if isinstance(workdir, Place):
        submit = _ROWS[2][_COLUMN[dialect]]
        return f'cd "${submit if workdir is Place.SUBMIT else "HOME"}" || exit 1'
    return f"cd {shlex.quote(workdir)} || exit 1"


def gone_to(block: tuple[str, ...]) -> Workdir | None:
    """Where an earlier translation's commands go, if they go anywhere."""
    for line in block:
        if line.startswith("cd ") and line.endswith(" || exit 1"):
            target = shlex.split(line)[1]
            return Place.HOME if target == "$HOME" else Place.SUBMIT if target[0] == "$" else target
    return None


def defined(block: tuple[str, ...]) -> frozenset[str]:
    """The names an earlier translation's commands set."""
    return frozenset(match[1] for line in block for match in _DEFINED.finditer(line))


def goes_to_submit(body: str) -> bool:
    """Whether the body's first command goes to where the job was submitted."""
    for line in body.splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            return bool(_FIRST_CD.match(text))
    return False


def kind_of_shell(shell: str) -> str:
    """`sh`, `csh`, or the empty string for what is no shell we can write for."""
    words = [word for word in shell.split() if not word.startswith("-")]
    names = [word.rpartition("/")[2] for word in words] or [""]
    name = names[1] if names[0] == "env" and len(names) > 1 else names[0]
    return "csh" if name in _C_SHELLS else "sh" if name in _SHELLS else ""


def used_names(body: str, source: ScriptDialect) -> tuple[str, ...]:
    """The source's variables that the body names, in order."""
    code = "\n".join(line for line in body.split("\n") if not line.lstrip().startswith("#"))
    found = (match[0].lstrip("${") for match in _FAMILY[source].finditer(code))
    return tuple(dict.fromkeys(found))


def definitions(
    names: tuple[str, ...], target: ScriptDialect, shell: str, numbers: Mapping[str, str]
) -> Definitions:
    """Commands that set `names` from `numbers`, or from what the target's scheduler tells."""
    kind = kind_of_shell(shell)
    commands: list[str] = []
    notes: list[Note] = []
    there = GRAMMARS[target].label
    for name in names:
        value = numbers.get(name) or _value(name, target)
        if value == name:
            continue
        if not value:
            notes.append(Note(NoteKind.LOST, f"{there} tells no such thing as {name}", 0, name))
        elif not kind:
            told = f"{name} has to be read from {value}: {shell} is no shell to set it in"
            notes.append(Note(NoteKind.LOST, told, 0, name))
        else:
            commands += _set(name, value, kind)
            notes.append(Note(*_told(name, value), 0, name))
    return Definitions(tuple(commands), tuple(notes))


def _value(name: str, target: ScriptDialect) -> str:
    """The target's own name for `name`; `$(…)` for a command; empty where there is none."""
    if name in _OWN[target]:
        return name
    for row in _ROWS:
        known = [other for cell in row for other in cell.split()]
        there = row[_COLUMN[target]].split()
        if name in known and there:
            return name if name in there else there[0]
        if name in known:
            return next((_MADE[one][target] for one in known if target in _MADE.get(one, {})), "")
    if target in _MADE.get(name, {}):
        return _MADE[name][target]
    _, mark, rest = name.partition("_O_")
    return rest if mark and rest in _FROM_LOGIN else ""


def _set(name: str, value: str, kind: str) -> list[str]:
    command = value.removeprefix("$(").removesuffix(")") if value.startswith("$(") else ""
    if name == _NODEFILE:
        fill = f"{command} > {_FILE}" if kind == "sh" else f'{command} > "/tmp/podtui-nodes.$$"'
        file = _FILE if kind == "sh" else '"/tmp/podtui-nodes.$$"'
        return [fill, f"export {name}={file}" if kind == "sh" else f"setenv {name} {file}"]
    if value.isdecimal():
        return [f"export {name}={value}" if kind == "sh" else f"setenv {name} {value}"]
    if kind == "sh":
        return [f'export {name}="{value if command else f"${{{value}-}}"}"']
    if command:
        return [f'setenv {name} "`{command}`"']
    return [f'if ($?{value}) setenv {name} "${value}"']


def _told(name: str, value: str) -> tuple[NoteKind, str]:
    if value.startswith("$("):
        command = value.removeprefix("$(").removesuffix(")")
        return NoteKind.CHECK, f"{name} is made at the top of the script by: {command}"
    if value.isdecimal():
        return NoteKind.TOLD, f"{name} is set to {value}, which the directives asked for"
    return NoteKind.TOLD, f"{name} is set from {value} at the top of the script"
