"""One form for what can be said in several ways, so that equal jobs are equal Specs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from podtui.domain.translate.spec import (
    Array,
    Basis,
    Chunk,
    Dependency,
    Memory,
    PathToken,
    Placement,
    Range,
    Spec,
    Stream,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A layout of equal chunks in numbers; `nodes` is None where the scheduler chooses them."""

    nodes: int | None
    cores: int
    tasks: int

    @property
    def threads(self) -> int:
        """Cores a task, 0 where they do not come out even."""
        return 0 if self.cores % self.tasks else self.cores // self.tasks


def shape(spec: Spec) -> Shape | None:
    """The whole job in numbers (cores and tasks in all); None where its chunks differ."""
    if not spec.chunks:
        return Shape(1, 1, 1)
    if len(spec.chunks) > 1:
        return None
    chunk = spec.chunks[0]
    nodes = chunk.count if spec.placement is Placement.SCATTER else None
    return Shape(nodes, chunk.count * chunk.cores, chunk.count * chunk.tasks)


def canonical(spec: Spec) -> Spec:
    """The same job in the one form all readers give."""
    spec = _chunks(spec)
    memory = tuple(dict.fromkeys(_memory(one, shape(spec)) for one in spec.memory))
    stdout = _stream(spec.stdout, "o", spec)
    stderr = _stream(spec.stderr, "e", spec)
    join = spec.join or (stdout is not None and stdout == stderr)
    return replace(
        spec,
        memory=tuple(sorted(memory, key=lambda one: (one.virtual, one.basis.value, one.size))),
        stdout=stdout,
        stderr=None if join else stderr,
        join=join,
        mail=frozenset() if spec.mail is None and spec.mail_to else spec.mail,
        mail_to=tuple(dict.fromkeys(spec.mail_to)),
        variables=tuple(dict(spec.variables).items()),
        dependencies=_dependencies(spec.dependencies),
    )


def _chunks(spec: Spec) -> Spec:
    merged: list[Chunk] = []
    for chunk in spec.chunks:
        one = replace(chunk, features=tuple(sorted(set(chunk.features))))
        if merged and replace(merged[-1], count=one.count) == one:
            merged[-1] = replace(one, count=one.count + merged[-1].count)
        else:
            merged.append(one)
    memory, placement = spec.memory, spec.placement
    if len(merged) == 1 and merged[0].count == 1:
        placement = Placement.SCATTER
    if len(merged) == 1 and merged[0].memory:
        memory = (*memory, _chunk_memory(merged[0], placement))
        merged = [replace(merged[0], memory=0)]
    if not merged:
        placement = Placement.SCATTER
    return replace(spec, chunks=tuple(merged), memory=memory, placement=placement)


def _chunk_memory(chunk: Chunk, placement: Placement) -> Memory:
    """A chunk's memory by the basis that says the same of the job."""
    if placement is Placement.SCATTER:
        return Memory(chunk.memory, Basis.NODE)
    if chunk.tasks == 1:
        return Memory(chunk.memory, Basis.PROCESS)
    return Memory(chunk.memory * chunk.count, Basis.JOB)


def _memory(memory: Memory, whole: Shape | None) -> Memory:
    if whole is None:
        return memory
    size, basis = memory.size, memory.basis
    if basis is Basis.PROCESS and whole.threads and size % whole.threads == 0:
        size, basis = size // whole.threads, Basis.SLOT
    if basis is Basis.JOB and whole.nodes == 1:
        basis = Basis.NODE
    if basis is Basis.SLOT and whole.cores == 1:
        basis = Basis.NODE
    return replace(memory, size=size, basis=basis)


def _dependencies(told: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """One dependency a word: all of them have to hold, in whatever order they are told."""
    jobs: dict[str, dict[str, None]] = {}
    for one in told:
        jobs.setdefault(one.word, {}).update(dict.fromkeys(one.jobs))
    return tuple(Dependency(word, tuple(jobs[word])) for word in sorted(jobs))


def default_stream(letter: str, spec: Spec, between: str = "-") -> tuple[str | PathToken, ...]:
    """The name PBS and Grid Engine give an output: `letter` is o or e."""
    if spec.array is None:
        return (PathToken.JOB_NAME, f".{letter}", PathToken.JOB_ID)
    return (PathToken.JOB_NAME, f".{letter}", PathToken.ARRAY_ID, between, PathToken.TASK_ID)


def _stream(stream: Stream | None, letter: str, spec: Spec) -> Stream | None:
    """None for the default, `folder/` for the default in a folder."""
    if stream is None:
        return None
    parts = joined(stream.parts)
    if spec.array is None:
        parts = tuple(PathToken.JOB_ID if p is PathToken.ARRAY_ID else p for p in parts)
    for default in (default_stream(letter, spec, between) for between in "-."):
        if _is_default(parts, default):
            parts = parts[: -len(default)]
    while parts and isinstance(parts[0], str) and parts[0].startswith("./"):
        parts = joined((parts[0][2:].lstrip("/"), *parts[1:]))
    return Stream(parts, stream.host) if parts else None


def _is_default(parts: tuple[str | PathToken, ...], default: tuple[str | PathToken, ...]) -> bool:
    if parts[-len(default) :] != default:
        return False
    folder = parts[: -len(default)]
    return not folder or (isinstance(folder[-1], str) and folder[-1].endswith("/"))


def joined(parts: Iterable[str | PathToken]) -> tuple[str | PathToken, ...]:
    """Neighbouring texts made one, empty ones left out."""
    done: list[str | PathToken] = []
    for part in parts:
        if isinstance(part, str) and done and isinstance(done[-1], str):
            done[-1] += part
        elif part:
            done.append(part)
    return tuple(done)


def array_of(indexes: Iterable[int], limit: int = 0) -> Array:
    """The array of these indexes, in its shortest form."""
    found = sorted(set(indexes))
    steps = {after - before for before, after in pairwise(found)}
    if len(steps) <= 1:
        return Array((Range(found[0], found[-1], steps.pop() if steps else 1),), limit)
    ranges: list[Range] = []
    for index in found:
        if ranges and index == ranges[-1].last + 1:
            ranges[-1] = Range(ranges[-1].first, index)
        else:
            ranges.append(Range(index, index))
    return Array(tuple(ranges), limit)
