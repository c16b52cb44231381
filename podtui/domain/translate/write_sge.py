"""A Spec as #$ directives (Grid Engine). Source: submit(1), sge_types(1), complex(5)."""

from __future__ import annotations

import re

from podtui.domain.translate.canonical import shape
from podtui.domain.translate.dialect import SGE
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.quantity import colon_time
from podtui.domain.translate.read_sge import GUESSED
from podtui.domain.translate.sheet import Sheet, Written
from podtui.domain.translate.spec import Array, Basis, Memory, Place, Spec
from podtui.domain.translate.write_common import (
    slots_of,
    stream_text,
    write_mail,
    write_queue,
    write_rest,
    write_shell,
    write_staging,
    write_variables,
)

_UNITS = "KMGT"


def write_sge(spec: Spec, *, at_submit: bool = False) -> Written:
    """The directives of `spec`, and what has to be told about them."""
    sheet = Sheet(spec, SGE, at_submit=at_submit)
    _name(sheet)
    write_queue(sheet, "-q")
    _layout(sheet)
    if spec.walltime is not None:
        sheet.option("-l", f"h_rt={colon_time(spec.walltime)}")
    _memory(sheet)
    _streams(sheet)
    if spec.workdir is not Place.HOME:
        submit = spec.workdir is Place.SUBMIT
        sheet.option("-cwd" if submit else "-wd", "" if submit else str(spec.workdir))
    write_mail(sheet)
    write_variables(sheet)
    write_shell(sheet)
    if spec.account:
        sheet.option("-A", spec.account)
    if spec.project:
        sheet.option("-P", spec.project)
    if spec.group:
        sheet.lost("group", "Grid Engine runs a job in the group that submits it")
    if spec.array is not None:
        _array(sheet, spec.array)
    _depend(sheet)
    write_rest(sheet)
    write_staging(sheet)
    return sheet.written()


def _name(sheet: Sheet) -> None:
    name = sheet.spec.name
    if not name:
        return
    good = re.sub(r"[\s/:@\\*?,]", "_", name)
    if good[0].isdigit():
        good = f"j{good}"
    if good != name:
        sheet.changed("name", f"{good}: no digit first, none of / : @ \\ * ? in a name")
    sheet.option("-N", good)


def needs_environment(spec: Spec) -> bool:
    """Whether only a parallel environment of the site's could hold the job's cores."""
    several = len(spec.chunks) > 1 or any(chunk.count > 1 for chunk in spec.chunks)
    return several and not spec.parallel_environment


def _layout(sheet: Sheet) -> None:
    spec = sheet.spec
    slots = slots_of(sheet)
    one_node = len(spec.chunks) == 1 and spec.chunks[0].count == 1
    if spec.exclusive:
        sheet.option("-l", "exclusive=true")
        sheet.tell(NoteKind.CHECK, "exclusive", "is there a complex called exclusive there?")
    if not spec.chunks:
        return
    if not needs_environment(spec):
        sheet.options.append(f"-pe {spec.parallel_environment or GUESSED} {slots}")
        if not spec.parallel_environment:
            told = "smp is a guess: `qconf -spl` lists the parallel environments there"
            sheet.tell(NoteKind.CHECK, "chunks", told)
    else:
        told = f"{slots} cores on several nodes need a parallel environment: `-pe NAME {slots}`"
        sheet.lost("chunks", f"{told}; `qconf -spl` lists them")
        return
    if any(chunk.tasks != chunk.cores for chunk in spec.chunks) and not spec.parallel_environment:
        sheet.changed("chunks", "Grid Engine counts cores (slots), not processes and their threads")
    if any(chunk.features for chunk in spec.chunks):
        sheet.changed("chunks", "properties of nodes are left out")
    _gpus(sheet, one_node=one_node)


def _gpus(sheet: Sheet, *, one_node: bool) -> None:
    gpus = sum(chunk.count * chunk.gpus for chunk in sheet.spec.chunks)
    if gpus and one_node:
        sheet.option("-l", f"gpu={gpus}")
        told = "is there a complex called gpu there, counted a job and not a slot?"
        sheet.tell(NoteKind.CHECK, "chunks", told)
        if sheet.spec.chunks[0].gpu_type:
            sheet.changed("chunks", "GPUs of any type are taken")
    elif gpus:
        sheet.changed("chunks", f"{gpus} GPUs are left out: how to ask for them is the site's own")


def _memory(sheet: Sheet) -> None:
    used: set[bool] = set()
    for memory in sheet.spec.memory:
        size = _per_slot(sheet, memory)
        if memory.virtual in used:
            sheet.lost(
                "memory",
                f"memory of {memory.basis.value}: another amount is told already",
                memory.told_by,
            )
        elif size:
            used.add(memory.virtual)
            name = "h_vmem" if memory.virtual else "mem_free"
            sheet.option("-l", f"{name}={_size(size)}")
            if not memory.virtual:
                told = "mem_free asks for memory and limits nothing; some sites want h_vmem"
                sheet.tell(NoteKind.CHECK, "memory", told, memory.told_by)


def _per_slot(sheet: Sheet, memory: Memory) -> int:
    """Bytes a slot, 0 when it cannot be said."""
    whole = shape(sheet.spec)
    if needs_environment(sheet.spec):
        sheet.lost(
            "memory", "memory is told a slot, and how many there are was not told", memory.told_by
        )
        return 0
    if memory.basis is Basis.SLOT or (whole is not None and whole.cores == 1):
        return memory.size
    if whole is None:
        sheet.lost("memory", "the pieces of the job differ", memory.told_by)
        return 0
    if memory.basis is Basis.NODE and whole.nodes is None:
        sheet.lost(
            "memory", "memory a node, and how many nodes there will be is not told", memory.told_by
        )
        return 0
    times = {Basis.JOB: 1, Basis.NODE: whole.nodes or 1, Basis.PROCESS: whole.tasks}[memory.basis]
    sheet.changed(
        "memory", f"memory of {memory.basis.value} is parted evenly among the slots", memory.told_by
    )
    return -(-memory.size * times // whole.cores)


def _size(size: int) -> str:
    for power in range(len(_UNITS), 0, -1):
        if size % (1 << 10 * power) == 0:
            return f"{size >> 10 * power}{_UNITS[power - 1]}"
    return str(size)


def _streams(sheet: Sheet) -> None:
    spec = sheet.spec
    for flag, field in (("-o", "stdout"), ("-e", "stderr")):
        stream = getattr(spec, field)
        text = stream_text(sheet, field, stream) if stream is not None else ""
        if text:
            sheet.option(flag, text)
    if spec.join:
        sheet.option("-j", "y")


def _array(sheet: Sheet, array: Array) -> None:
    only = array.ranges[0]
    if len(array.ranges) > 1 or only.first < 1:
        sheet.lost("array", "Grid Engine takes one range, and its tasks begin with 1")
        return
    step = f":{only.step}" if only.step != 1 else ""
    sheet.option("-t", f"{only.first}-{only.last}{step}")
    if array.limit:
        sheet.option("-tc", str(array.limit))


def _depend(sheet: Sheet) -> None:
    found = sheet.spec.dependencies
    plain = [job for one in found if one.word in ("afterany", "afterok") for job in one.jobs]
    twins = [job for one in found if one.word == "aftercorr" for job in one.jobs]
    for one in found:
        if one.word == "afterok":
            told = "-hold_jid waits for the end only; a job that fails must exit with 100 to block"
            sheet.changed("dependencies", told)
        elif one.word not in ("afterany", "aftercorr"):
            sheet.lost("dependencies", f"Grid Engine knows no {one.word}")
    for flag, jobs in (("-hold_jid", plain), ("-hold_jid_ad", twins)):
        if jobs:
            sheet.option(flag, ",".join(jobs))
            told = "the jobs' ids are those of the scheduler the script was written for"
            sheet.tell(NoteKind.CHECK, "dependencies", told)
