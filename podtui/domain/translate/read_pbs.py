"""#PBS directives (TORQUE and OpenPBS) into a Spec. Sources: their qsub manual pages."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import OPENPBS, TORQUE
from podtui.domain.translate.draft import Draft, Read, split_list, variables
from podtui.domain.translate.lines import Option
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.paths import read_stream
from podtui.domain.translate.quantity import (
    Unreadable,
    colon_seconds,
    pbs_begin,
    pbs_bytes,
    read_array,
)
from podtui.domain.translate.read_layout import read_nodes, read_place, read_select, settle_select
from podtui.domain.translate.spec import (
    Basis,
    Chunk,
    Dependency,
    MailEvent,
    Memory,
    Place,
    Placement,
)

MAIL_LETTERS = {"b": MailEvent.BEGIN, "e": MailEvent.END, "a": MailEvent.ABORT}
_MEMORY = {
    "mem": (Basis.JOB, False),
    "pmem": (Basis.PROCESS, False),
    "vmem": (Basis.JOB, True),
    "pvmem": (Basis.PROCESS, True),
}
_ATTRIBUTE = re.compile(r",(?=[A-Za-z_]\w*=)")


def text_field(name: str) -> Read:
    """A reader of options whose value is a field as it stands."""

    def read(draft: Draft, option: Option) -> None:
        if not option.value:
            raise Unreadable("no value")
        draft.put(option, **{name: option.value})

    return read


def flag_field(name: str, value: object) -> Read:
    """A reader of options that set a field by being there."""
    return lambda draft, option: draft.put(option, **{name: value})


def priority(draft: Draft, option: Option) -> None:
    """`-p`: higher runs earlier (PBS, Grid Engine)."""
    if not re.fullmatch(r"[+-]?\d{1,9}", option.value, re.ASCII):
        raise Unreadable("not a number")
    draft.put(option, priority=int(option.value))


def rerun(draft: Draft, option: Option) -> None:
    """`-r y` or `-r n`."""
    if option.value not in ("y", "n", "yes", "no"):
        raise Unreadable("neither y nor n")
    draft.put(option, rerun=option.value.startswith("y"))


def mail_to(draft: Draft, option: Option) -> None:
    """`-M` with a comma list."""
    draft.put(option, mail_to=tuple(split_list(option.value)))


def begin(draft: Draft, option: Option) -> None:
    """`-a` with a date."""
    draft.put(option, begin=pbs_begin(option.value))


def more_variables(draft: Draft, option: Option) -> None:
    """`-v` in Grid Engine, where several add up."""
    found = variables(option.value, draft, option)
    draft.add(option, variables=draft.spec.variables + found)


def _variables(draft: Draft, option: Option) -> None:
    draft.put(option, variables=variables(option.value, draft, option))


def _mail(draft: Draft, option: Option) -> None:
    letters = set(option.value)
    events = frozenset(MAIL_LETTERS[one] for one in letters if one in MAIL_LETTERS)
    odd = letters - {*MAIL_LETTERS, "n", "p"}
    if odd:
        draft.lost(option, f"mail on {', '.join(sorted(odd))} is told by PBS alone")
    draft.put(option, mail=events)


def _join(draft: Draft, option: Option) -> None:
    if option.value not in ("oe", "eo", "n"):
        raise Unreadable("neither oe, eo nor n")
    draft.put(option, join=option.value != "n")


def _stream(dialect: ScriptDialect, name: str) -> Read:
    return lambda draft, option: draft.put(option, **{name: read_stream(option.value, dialect)})


def _array(draft: Draft, option: Option) -> None:
    draft.put(option, array=read_array(option.value))


def _workdir(draft: Draft, option: Option) -> None:
    if not option.value:
        raise Unreadable("no path")
    draft.put(option, workdir=Place.SUBMIT if option.value in (".", "./") else option.value)


def _resources(dialect: ScriptDialect, draft: Draft, option: Option) -> None:
    for part in option.value.split(","):
        one = Option("-l", part, option.line)
        name, _, value = part.partition("=")
        try:
            _resource(dialect, draft, one, name, value)
        except Unreadable as error:
            draft.lost(one, str(error))


def _resource(dialect: ScriptDialect, draft: Draft, option: Option, name: str, value: str) -> None:
    if name == "walltime":
        draft.put(option, walltime=colon_seconds(value))
    elif name in _MEMORY:
        basis, virtual = _MEMORY[name]
        draft.add_memory(option, Memory(pbs_bytes(value), basis, virtual))
    elif name == "nodes":
        draft.put(option, chunks=read_nodes(draft, option, value), placement=Placement.SCATTER)
    elif name == "select" and dialect is OPENPBS:
        draft.put(option, chunks=read_select(draft, option, value))
    elif name == "place" and dialect is OPENPBS:
        read_place(draft, option, value)
    elif name == "procs" and dialect is TORQUE and value.isdecimal() and int(value):
        chunk = Chunk(int(value), 1, 1)
        draft.put(option, chunks=(chunk,), placement=Placement.FREE)
    elif name == "ncpus" and value.isdecimal() and int(value):
        tasks = 1 if dialect is OPENPBS else int(value)
        draft.put(option, chunks=(Chunk(1, int(value), tasks),))
    else:
        raise Unreadable("a resource only this site or this scheduler knows")


def _attributes(draft: Draft, option: Option) -> None:
    for part in _ATTRIBUTE.split(option.value):
        one = Option("-W", part, option.line)
        name, _, value = part.partition("=")
        if name == "depend":
            _depend(draft, one, value)
        elif name in ("stagein", "stageout"):
            field = "stage_in" if name == "stagein" else "stage_out"
            draft.put(one, **{field: tuple(split_list(value))})
        elif name == "group_list":
            draft.put(one, group=value)
        else:
            draft.lost(one, "an attribute only PBS knows")


def _depend(draft: Draft, option: Option, value: str) -> None:
    for part in value.split(","):
        word, *jobs = part.split(":")
        if not word or not all(jobs) or not jobs:
            draft.lost(option, f"{part!r} is no dependency")
            continue
        found = Dependency(word, tuple(jobs))
        draft.add(option, dependencies=(*draft.spec.dependencies, found))


def readers(dialect: ScriptDialect) -> dict[str, Read]:
    """What reads each option of the dialect; others have no equivalent elsewhere."""
    table: dict[str, Read] = {
        "-N": text_field("name"),
        "-q": text_field("queue"),
        "-A": text_field("account"),
        "-S": text_field("shell"),
        "-h": flag_field("hold", True),
        "-V": flag_field("export_all", True),
        "-v": _variables,
        "-l": partial(_resources, dialect),
        "-o": _stream(dialect, "stdout"),
        "-e": _stream(dialect, "stderr"),
        "-j": _join,
        "-m": _mail,
        "-M": mail_to,
        "-r": rerun,
        "-p": priority,
        "-a": begin,
        "-W": _attributes,
    }
    if dialect is TORQUE:
        return {**table, "-t": _array, "-d": _workdir, "-n": flag_field("exclusive", True)}
    return {**table, "-J": _array, "-P": text_field("project")}


def settle(draft: Draft, dialect: ScriptDialect) -> None:
    """What PBS does where several directives meet, and its defaults."""
    _settle_join(draft)
    spec = draft.spec
    if spec.mail is None and spec.mail_to:
        draft.spec = replace(draft.spec, mail=frozenset({MailEvent.ABORT}))
        why = "PBS mails when the job is aborted, where nothing else is said"
        draft.note(NoteKind.TOLD, draft.origins["mail_to"][-1], why)
    layout = draft.origins.get("chunks", [])
    if dialect is OPENPBS and layout and layout[-1].value.startswith("select="):
        settle_select(draft)


def _settle_join(draft: Draft) -> None:
    """`-j eo` is `-j oe` into the file of `-e`."""
    spec, joins = draft.spec, draft.origins.get("join", [])
    if not spec.join or joins[-1].value == "oe":
        if spec.join and spec.stderr is not None:
            _ignored(draft, "stderr", "is not used: -j oe sends both outputs to the other file")
        return
    if spec.stdout is not None:
        _ignored(draft, "stdout", "is not used: -j eo sends both outputs to the other file")
    if spec.stderr is None:
        why = "both outputs go to the file with .o in its default name, not .e"
        draft.note(NoteKind.CHANGED, joins[-1], why)
    draft.spec = replace(spec, stdout=spec.stderr, stderr=None)
    draft.origins["stdout"] = draft.origins.get("stderr", joins)


def _ignored(draft: Draft, field: str, why: str) -> None:
    for option in draft.origins.get(field, []):
        draft.note(NoteKind.TOLD, option, why)
