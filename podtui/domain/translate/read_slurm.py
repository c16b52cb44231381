"""#SBATCH directives (Slurm) into a Spec. Source: sbatch(1)."""

from __future__ import annotations

import re
from dataclasses import replace

from podtui.domain.translate.dialect import SLURM
from podtui.domain.translate.draft import Draft, Read, split_list, variables
from podtui.domain.translate.lines import Option
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.paths import read_stream
from podtui.domain.translate.quantity import (
    Unreadable,
    read_array,
    slurm_begin,
    slurm_bytes,
    slurm_seconds,
)
from podtui.domain.translate.read_pbs import flag_field, mail_to, text_field
from podtui.domain.translate.read_tasks import COUNTS, read_constraint, read_gres, settle_layout
from podtui.domain.translate.spec import Basis, Dependency, MailEvent, Memory, Place
from podtui.domain.translate.streams import resolve_streams

MAIL_WORDS = {
    MailEvent.BEGIN: "BEGIN",
    MailEvent.END: "END",
    MailEvent.ABORT: "FAIL",
}
_DEFAULT_NICE = 100
_DEPENDENCY = re.compile(r"([a-z]+):([\w.:\[\]-]+)")


def _time(draft: Draft, option: Option) -> None:
    draft.put(option, walltime=slurm_seconds(option.value))


def _memory(basis: Basis) -> Read:
    return lambda draft, option: draft.add_memory(option, Memory(slurm_bytes(option.value), basis))


def _stdout(draft: Draft, option: Option) -> None:
    draft.put(option, stdout=read_stream(option.value, SLURM))


def _stderr(draft: Draft, option: Option) -> None:
    draft.put(option, stderr=read_stream(option.value, SLURM))


def _workdir(draft: Draft, option: Option) -> None:
    if not option.value:
        raise Unreadable("no path")
    draft.put(option, workdir=Place.SUBMIT if option.value in (".", "./") else option.value)


def _mail(draft: Draft, option: Option) -> None:
    events = {word: event for event, word in MAIL_WORDS.items()}
    found: set[MailEvent] = set()
    for word in (part.upper() for part in split_list(option.value)):
        if word == "ALL":
            found |= {*MailEvent}
            why = "mail on requeue, stage-out and impossible dependencies is left out of ALL"
            draft.note(NoteKind.CHANGED, option, why)
        elif word in events:
            found.add(events[word])
        elif word == "ARRAY_TASKS":
            draft.note(NoteKind.TOLD, option, "ARRAY_TASKS is what the other schedulers do anyway")
        elif word != "NONE":
            draft.lost(option, f"mail on {word} is told by Slurm alone")
    draft.put(option, mail=frozenset(found))


def _export(draft: Draft, option: Option) -> None:
    parts = split_list(option.value)
    words = [part.upper() for part in parts]
    if words in (["NONE"], ["NIL"]):
        draft.put(option, export_all=False, variables=())
        return
    rest = ",".join(f"'{part}'" for part, word in zip(parts, words, strict=True) if word != "ALL")
    draft.put(option, export_all="ALL" in words, variables=variables(rest, draft, option))


def _nice(draft: Draft, option: Option) -> None:
    if option.value and not re.fullmatch(r"[+-]?\d{1,9}", option.value, re.ASCII):
        raise Unreadable("not a number")
    draft.put(option, priority=-int(option.value or _DEFAULT_NICE))


def _exclusive(draft: Draft, option: Option) -> None:
    if option.value:
        raise Unreadable("exclusive in this sense is known to Slurm alone")
    draft.put(option, exclusive=True)


def _array(draft: Draft, option: Option) -> None:
    draft.put(option, array=read_array(option.value))


def _begin(draft: Draft, option: Option) -> None:
    draft.put(option, begin=slurm_begin(option.value))


def _depend(draft: Draft, option: Option) -> None:
    if "?" in option.value:
        raise Unreadable("any one of several conditions: others want all of them")
    found: list[Dependency] = []
    for part in option.value.split(","):
        match = _DEPENDENCY.fullmatch(part)
        if part == "singleton":
            found.append(Dependency(part, ()))
        elif match is None:
            raise Unreadable(f"{part!r} is no dependency others know")
        else:
            found.append(Dependency(match[1], tuple(match[2].split(":"))))
    draft.put(option, dependencies=tuple(found))


def _count(draft: Draft, option: Option) -> None:
    COUNTS[option.flag](draft, option)
    draft.add(option, chunks=())


READERS: dict[str, Read] = {
    "--job-name": text_field("name"),
    "--partition": text_field("queue"),
    "--account": text_field("account"),
    "--gid": text_field("group"),
    "--hold": flag_field("hold", True),
    "--requeue": flag_field("rerun", True),
    "--no-requeue": flag_field("rerun", False),
    "--exclusive": _exclusive,
    "--time": _time,
    "--mem": _memory(Basis.NODE),
    "--mem-per-cpu": _memory(Basis.SLOT),
    "--output": _stdout,
    "--error": _stderr,
    "--chdir": _workdir,
    "--mail-type": _mail,
    "--mail-user": mail_to,
    "--export": _export,
    "--nice": _nice,
    "--array": _array,
    "--begin": _begin,
    "--dependency": _depend,
    "--constraint": read_constraint,
    "--gres": read_gres,
    **dict.fromkeys(COUNTS, _count),
}
"""What reads each option; others have no equivalent elsewhere."""


def settle(draft: Draft) -> None:
    """What Slurm does where several directives meet, and its defaults."""
    settle_layout(draft)
    spec = draft.spec
    if spec.mail is None and spec.mail_to:
        draft.spec = replace(draft.spec, mail=frozenset())
    together = spec.stderr is None or spec.stderr == spec.stdout
    draft.spec = replace(draft.spec, join=together, stderr=None if together else spec.stderr)
    if together and "stderr" in draft.origins:
        draft.origins["join"] = draft.origins["stderr"]
    resolve_streams(draft)
