"""PBS's two languages of nodes: `nodes=2:ppn=4+1:ppn=8` and `select=2:ncpus=4`, `place=`."""

from __future__ import annotations

import re
from dataclasses import replace

from podtui.domain.translate.draft import Draft
from podtui.domain.translate.lines import Option
from podtui.domain.translate.quantity import Unreadable, pbs_bytes
from podtui.domain.translate.spec import Chunk, Placement

_GPU_MODES = ("shared", "exclusive", "exclusive_thread", "exclusive_process", "reseterr", "default")
_HOST = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_COUNTS = ("ncpus", "mpiprocs", "ngpus", "ompthreads")


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not int(text):
        raise Unreadable(f"{text!r} is no count")
    return int(text)


def read_nodes(draft: Draft, option: Option, value: str) -> tuple[Chunk, ...]:
    """`N[:ppn=P][:gpus=G[:mode]][:property]…`, joined by +; every core is a task (PBS_NODEFILE)."""
    return tuple(_nodes(draft, option, part) for part in value.split("+"))


def _nodes(draft: Draft, option: Option, text: str) -> Chunk:
    first, *rest = text.split(":")
    if _HOST.fullmatch(first):
        draft.lost(option, f"the host {first} has to be asked for by the site's own names")
        first = "1"
    chunk = Chunk(_number(first), 1, 1)
    for part in rest:
        name, mark, value = part.partition("=")
        if name == "ppn":
            chunk = replace(chunk, cores=_number(value), tasks=_number(value))
        elif name == "gpus":
            chunk = replace(chunk, gpus=_number(value))
        elif mark or (chunk.gpus and part in _GPU_MODES):
            draft.lost(option, f"{part} is known to PBS alone")
        else:
            chunk = replace(chunk, features=(*chunk.features, part))
    return chunk


def read_select(draft: Draft, option: Option, value: str) -> tuple[Chunk, ...]:
    """`[N:]ncpus=P[:mpiprocs=T][:ngpus=G][:mem=M]…`, joined by + (pbs_resources(7B))."""
    return tuple(_select(draft, option, part) for part in value.split("+"))


def _select(draft: Draft, option: Option, text: str) -> Chunk:
    parts = text.split(":")
    count = _number(parts.pop(0)) if parts[0].isdecimal() else 1
    numbers = dict.fromkeys(_COUNTS, 0)
    memory = 0
    for part in parts:
        name, _, value = part.partition("=")
        if name in _COUNTS:
            numbers[name] = 0 if value == "0" else _number(value)
        elif name == "mem":
            memory = pbs_bytes(value)
        else:
            draft.lost(option, f"{part} in a chunk is known to this site or to OpenPBS alone")
    cores = numbers["ncpus"] or 1
    tasks = numbers["mpiprocs"] or 1
    if numbers["ompthreads"] and numbers["ompthreads"] * tasks != cores:
        draft.lost(option, f"ompthreads={numbers['ompthreads']}: set OMP_NUM_THREADS in the script")
    if tasks > cores:
        draft.lost(option, f"mpiprocs={tasks}: more processes than cores; one a core is asked for")
        tasks = cores
    return Chunk(count, cores, tasks, numbers["ngpus"], memory)


def read_place(draft: Draft, option: Option, value: str) -> None:
    """`free`, `scatter` (a host a chunk), `pack` (one host for all), `excl`."""
    for word in value.split(":"):
        if word in ("scatter", "vscatter", "free"):
            free = word == "free"
            draft.add(option, placement=Placement.FREE if free else Placement.SCATTER)
        elif word == "pack":
            draft.origins["pack"] = [option]
        elif word in ("excl", "exclhost"):
            draft.add(option, exclusive=True)
        elif word != "shared":
            draft.lost(option, f"{word} is known to OpenPBS alone")


def settle_select(draft: Draft) -> None:
    """Chunks share hosts unless `place=` says else; `pack` makes one piece of all of them."""
    chunks = draft.spec.chunks
    if "pack" in draft.origins:
        one = Chunk(
            1,
            sum(chunk.count * chunk.cores for chunk in chunks),
            sum(chunk.count * chunk.tasks for chunk in chunks),
            sum(chunk.count * chunk.gpus for chunk in chunks),
            sum(chunk.count * chunk.memory for chunk in chunks),
        )
        draft.spec = replace(draft.spec, chunks=(one,), placement=Placement.SCATTER)
    elif "placement" not in draft.origins:
        draft.spec = replace(draft.spec, placement=Placement.FREE)
