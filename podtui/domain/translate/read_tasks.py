"""Slurm's language of nodes: `-N`, `-n`, `--ntasks-per-node`, `-c`, and GPUs (sbatch(1))."""

from __future__ import annotations

import re
from dataclasses import replace

from podtui.domain.translate.draft import Draft, Read
from podtui.domain.translate.lines import Option
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.quantity import Unreadable
from podtui.domain.translate.spec import Chunk, Placement

_GPUS = re.compile(r"(?:([A-Za-z_][\w.-]*):)?(\d{1,9})", re.ASCII)
_FEATURE = re.compile(r"[\w.-]+(?:&[\w.-]+)*")
_MOST = "most nodes"  # the end of a range of nodes, among the counts


def _number(draft: Draft, option: Option) -> None:
    if not re.fullmatch(r"\d{1,9}", option.value, re.ASCII) or not int(option.value):
        raise Unreadable("not a count")
    _set(draft, option, int(option.value))


def _set(draft: Draft, option: Option, count: int) -> None:
    if option.flag in draft.counts:
        draft.note(NoteKind.TOLD, option, "replaces another one of before")
    draft.counts[option.flag] = count


def _nodes(draft: Draft, option: Option) -> None:
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", option.value, re.ASCII)
    least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 0 < least <= most:
        raise Unreadable("not a count of nodes")
    _set(draft, option, least)
    draft.counts[_MOST] = most


def _gpus(draft: Draft, option: Option) -> None:
    match = _GPUS.fullmatch(option.value)
    if match is None or not int(match[2]):
        raise Unreadable("several kinds of GPUs, or none")
    draft.origins["gpu type"] = [Option(option.flag, match[1] or "", option.line)]
    _set(draft, option, int(match[2]))


COUNTS: dict[str, Read] = {
    "--nodes": _nodes,
    "--ntasks": _number,
    "--ntasks-per-node": _number,
    "--cpus-per-task": _number,
    "--gpus-per-node": _gpus,
    "--gpus-per-task": _gpus,
    "--gpus": _gpus,
}
"""What reads each number of a layout."""


def read_gres(draft: Draft, option: Option) -> None:
    """`--gres=gpu[:type]:N` counts a node; other generic resources are the site's."""
    kind, _, rest = option.value.partition(":")
    if kind != "gpu":
        raise Unreadable("a resource only this site knows")
    _gpus(draft, Option("--gpus-per-node", rest or "1", option.line))
    draft.add(option, chunks=())


def read_constraint(draft: Draft, option: Option) -> None:
    """`-C a&b`: features all nodes have; other operators are Slurm's own."""
    if not _FEATURE.fullmatch(option.value):
        raise Unreadable("only features joined by & can be carried over")
    draft.origins["features"] = [option]
    draft.add(option, chunks=())


def settle_layout(draft: Draft) -> None:
    """The chunks that the numbers mean together."""
    features = [option.value.split("&") for option in draft.origins.get("features", [])]
    if not draft.counts and not features:
        return
    chunks, placement = _layout(draft)
    if features:
        chunks = tuple(replace(chunk, features=tuple(features[0])) for chunk in chunks)
    draft.spec = replace(draft.spec, chunks=chunks, placement=placement)
    _settle_gpus(draft)


def _layout(draft: Draft) -> tuple[tuple[Chunk, ...], Placement]:
    counts = draft.counts
    nodes, tasks = counts.get("--nodes"), counts.get("--ntasks")
    each, cores = counts.get("--ntasks-per-node"), counts.get("--cpus-per-task", 1)
    if nodes is None and each is None:
        return (Chunk(tasks or 1, cores, 1),), Placement.FREE
    needed = -(-(tasks or each or 1) // each) if each else 1
    if nodes is None:
        nodes = needed
    elif nodes < counts[_MOST]:
        nodes = min(max(nodes, needed), counts[_MOST])
        _tell(draft, "--nodes", f"exactly {nodes} nodes are asked for, not a range")
    if tasks is None:
        tasks = nodes * (each or 1)
    elif each and tasks > nodes * each:
        told = f"{nodes} nodes hold {tasks} tasks only with more on each"
        _tell(draft, "--ntasks-per-node", told)
    elif each and tasks != nodes * each:
        _tell(draft, "--ntasks-per-node", "is only an upper bound beside --ntasks")
    least, more = divmod(tasks, nodes)
    if more:
        _tell(draft, "--ntasks", f"{tasks} tasks on {nodes} nodes: the first ones take one more")
    parts = ((more, least + 1), (nodes - more, least))
    chunks = [Chunk(count, each * cores, each) for count, each in parts if count and each]
    return tuple(chunks), Placement.SCATTER


def _tell(draft: Draft, flag: str, why: str) -> None:
    option = next(one for one in draft.origins["chunks"] if one.flag == flag)
    draft.note(NoteKind.CHANGED, option, why)


def _settle_gpus(draft: Draft) -> None:
    flags = [
        flag for flag in ("--gpus-per-node", "--gpus-per-task", "--gpus") if flag in draft.counts
    ]
    if not flags:
        return
    flag, chunks = flags[0], draft.spec.chunks
    option = next(one for one in draft.origins["chunks"] if one.flag in (flag, "--gres"))
    for other in flags[1:]:
        odd = next(one for one in draft.origins["chunks"] if one.flag == other)
        draft.lost(odd, f"{flag} already tells how many GPUs there are")
    if draft.spec.placement is Placement.FREE and flag != "--gpus-per-task":
        total = sum(chunk.count for chunk in chunks)
        if total > 1:
            draft.note(NoteKind.CHANGED, option, "all tasks are taken to be on one node")
        one = chunks[0]
        chunks = (replace(one, count=1, cores=one.cores * total, tasks=total),)
        draft.spec = replace(draft.spec, placement=Placement.SCATTER)
    draft.spec = replace(draft.spec, chunks=_with_gpus(draft, option, flag, chunks))


def _with_gpus(
    draft: Draft, option: Option, flag: str, chunks: tuple[Chunk, ...]
) -> tuple[Chunk, ...]:
    count, kind = draft.counts[flag], draft.origins["gpu type"][0].value
    if flag == "--gpus":
        nodes = sum(chunk.count for chunk in chunks)
        if count % nodes:
            draft.lost(option, f"{count} GPUs do not come out even on {nodes} nodes")
            return chunks
        count //= nodes
    per_task = flag == "--gpus-per-task"
    return tuple(
        replace(chunk, gpus=count * (chunk.tasks if per_task else 1), gpu_type=kind)
        for chunk in chunks
    )
