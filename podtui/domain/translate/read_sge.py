"""#$ directives (Grid Engine) into a Spec. Source: submit(1), sge_types(1), complex(5)."""

from __future__ import annotations

import re
from dataclasses import replace

from podtui.domain.translate.dialect import SGE
from podtui.domain.translate.draft import Draft, Read, split_list
from podtui.domain.translate.lines import Option
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.paths import read_stream
from podtui.domain.translate.quantity import Unreadable, colon_seconds, read_array, sge_bytes
from podtui.domain.translate.read_pbs import (
    MAIL_LETTERS,
    begin,
    flag_field,
    mail_to,
    more_variables,
    priority,
    rerun,
    text_field,
)
from podtui.domain.translate.spec import (
    Basis,
    Chunk,
    Dependency,
    Memory,
    Place,
    Placement,
)
from podtui.domain.translate.streams import ignore_stderr, resolve_streams

ONE_NODE = re.compile(r"(smp|shm|shared|openmp|omp|threads?|threaded|multi_?thread(ed)?)", re.I)
"""Names that sites give to parallel environments of one host; the site alone knows."""

GUESSED = "smp"
"""What cores of one node are written as, where no name is told."""

_MEMORY = {"h_vmem": True, "mem_free": False, "virtual_free": True, "mf": False, "vf": True}
_GPUS = ("gpu", "gpus", "ngpus")
_EXCLUSIVE = ("exclusive", "excl")
_JOB_ID = re.compile(r"\d+(\.\d+)?", re.ASCII)


def _resources(draft: Draft, option: Option) -> None:
    for part in option.value.split(","):
        one = Option("-l", part, option.line)
        name, _, value = part.partition("=")
        try:
            _resource(draft, one, name, value)
        except Unreadable as error:
            draft.lost(one, str(error))


def _resource(draft: Draft, option: Option, name: str, value: str) -> None:
    if name == "h_rt":
        draft.put(option, walltime=colon_seconds(value))
    elif name in _MEMORY:
        draft.add_memory(option, Memory(sge_bytes(value), Basis.SLOT, _MEMORY[name]))
    elif name in _GPUS and value.isdecimal() and int(value):
        draft.counts["gpus"] = int(value)
        draft.add(option, chunks=draft.spec.chunks)
    elif name in _EXCLUSIVE and value.lower() in ("", "1", "true", "t"):
        draft.put(option, exclusive=True)
    else:
        raise Unreadable("a resource only this site or this scheduler knows")


def _parallel(draft: Draft, option: Option) -> None:
    name, _, slots = option.value.rpartition(" ")
    match = re.fullmatch(r"(\d{1,9})(-\d*)?", slots, re.ASCII)
    if not name or match is None or not int(match[1]):
        raise Unreadable("not NAME N")
    if match[2]:
        draft.note(NoteKind.CHANGED, option, f"exactly {match[1]} slots are asked for, not a range")
    count = int(match[1])
    if ONE_NODE.fullmatch(name):
        what = f"{count} cores of one node" if count > 1 else "one core"
        draft.note(NoteKind.CHECK, option, f"{name} is taken for {what}, as its name suggests")
        chunk, placement = Chunk(1, count, count), Placement.SCATTER
    else:
        what = f"{count} cores wherever they are free"
        draft.note(NoteKind.CHECK, option, f"{name} is taken for {what}; qconf -sp {name} tells")
        chunk, placement = Chunk(count, 1, 1), Placement.FREE
    told = "" if name == GUESSED else name
    draft.put(option, chunks=(chunk,), placement=placement, parallel_environment=told)


def _join(draft: Draft, option: Option) -> None:
    if option.value not in ("y", "yes", "n", "no"):
        raise Unreadable("neither y nor n")
    draft.put(option, join=option.value.startswith("y"))


def _mail(draft: Draft, option: Option) -> None:
    letters = set(option.value.replace(",", ""))
    odd = letters - {*MAIL_LETTERS, "n"}
    if odd:
        why = f"mail on {', '.join(sorted(odd))} is told by Grid Engine alone"
        draft.lost(option, why)
    events = frozenset(MAIL_LETTERS[one] for one in letters if one in MAIL_LETTERS)
    draft.put(option, mail=events)


def _stdout(draft: Draft, option: Option) -> None:
    draft.put(option, stdout=read_stream(option.value, SGE))


def _stderr(draft: Draft, option: Option) -> None:
    draft.put(option, stderr=read_stream(option.value, SGE))


def _array(draft: Draft, option: Option) -> None:
    draft.put(option, array=read_array(option.value))


def _limit(draft: Draft, option: Option) -> None:
    if not option.value.isdecimal():
        raise Unreadable("not a number")
    draft.counts["limit"] = int(option.value)
    draft.add(option, array=draft.spec.array)


def _workdir(draft: Draft, option: Option) -> None:
    if not option.value:
        raise Unreadable("no path")
    draft.put(option, workdir=Place.SUBMIT if option.value in (".", "./") else option.value)


def _hold_for(word: str) -> Read:
    def read(draft: Draft, option: Option) -> None:
        jobs = tuple(split_list(option.value))
        if not jobs:
            raise Unreadable("no jobs")
        if not all(_JOB_ID.fullmatch(job) for job in jobs):
            raise Unreadable("jobs known by name or pattern: other schedulers want ids")
        found = Dependency(word, jobs)
        draft.add(option, dependencies=(*draft.spec.dependencies, found))

    return read


READERS: dict[str, Read] = {
    "-N": text_field("name"),
    "-q": text_field("queue"),
    "-A": text_field("account"),
    "-P": text_field("project"),
    "-S": text_field("shell"),
    "-h": flag_field("hold", True),
    "-V": flag_field("export_all", True),
    "-v": more_variables,
    "-cwd": flag_field("workdir", Place.SUBMIT),
    "-wd": _workdir,
    "-l": _resources,
    "-pe": _parallel,
    "-o": _stdout,
    "-e": _stderr,
    "-j": _join,
    "-m": _mail,
    "-M": mail_to,
    "-r": rerun,
    "-p": priority,
    "-a": begin,
    "-t": _array,
    "-tc": _limit,
    "-hold_jid": _hold_for("afterany"),
    "-hold_jid_ad": _hold_for("aftercorr"),
}
"""What reads each option; others have no equivalent elsewhere."""


def settle(draft: Draft) -> None:
    """What Grid Engine does where several directives meet, and its defaults."""
    limit, array = draft.counts.get("limit"), draft.spec.array
    if limit is not None and array is not None:
        draft.spec = replace(draft.spec, array=replace(array, limit=limit))
    elif limit is not None:
        draft.note(NoteKind.TOLD, draft.origins["array"][-1], "a job that is no array needs none")
    if draft.spec.mail is None and draft.spec.mail_to:
        draft.spec = replace(draft.spec, mail=frozenset())
    _settle_gpus(draft)
    ignore_stderr(draft, "-j y sends both outputs to the other file")
    resolve_streams(draft)


def _settle_gpus(draft: Draft) -> None:
    """`-l gpu=G` is counted a slot at some sites and a job at others."""
    gpus, chunks = draft.counts.get("gpus"), draft.spec.chunks or (Chunk(1, 1, 1),)
    if gpus is None:
        return
    option = next(one for one in draft.origins["chunks"] if one.flag == "-l")
    if chunks[0].count > 1:
        draft.lost(option, "how many a node these are is the site's own rule")
        return
    if chunks[0].cores > 1:
        draft.note(NoteKind.CHECK, option, f"{gpus} in all; some sites count them a slot")
    draft.spec = replace(draft.spec, chunks=(replace(chunks[0], gpus=gpus),))
