"""Portable jobs of all kinds, for hypothesis."""

from __future__ import annotations

from datetime import datetime, time

from hypothesis import strategies as st

from podtui.domain.translate.canonical import array_of, canonical
from podtui.domain.translate.spec import (
    Basis,
    Chunk,
    Dependency,
    MailEvent,
    Memory,
    PathToken,
    Place,
    Placement,
    Spec,
    Stream,
)

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,19}", fullmatch=True)
VALUES = st.text("abcXYZ019 _.:/=@%+-$é\udcff", min_size=0, max_size=12).map(str.strip)
PLAIN = st.text("abXY01 _.-/é%", min_size=1, max_size=10).map(
    lambda text: text.strip(" -").replace("//", "/") or "x"
)
JOBS = st.integers(1, 99999).map(str)


def _stream(parts: list[str | PathToken], folder: str) -> Stream:
    return Stream((folder, *parts) if folder else tuple(parts))


STREAMS = st.builds(
    _stream,
    st.lists(
        st.one_of(st.from_regex(r"[a-z][a-z_.-]{0,5}", fullmatch=True), st.sampled_from(PathToken)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "logs/", "/scratch/", "a b/"]),
)
CHUNKS = st.builds(
    lambda count, threads, tasks, gpus, kind, features: Chunk(
        count, threads * tasks, tasks, gpus, 0, kind if gpus else "", features
    ),
    st.integers(1, 9),
    st.sampled_from([1, 1, 1, 2, 3]),
    st.integers(1, 30),
    st.sampled_from([0, 0, 1, 4]),
    st.sampled_from(["", "", "a100"]),
    st.sampled_from([(), (), ("ib",), ("ib", "ssd")]),
)
MEMORY = st.builds(
    Memory,
    st.integers(1, 1 << 24).map(lambda kibibytes: kibibytes << 10),
    st.sampled_from(Basis),
    st.booleans(),
)
ARRAYS = st.builds(array_of, st.sets(st.integers(0, 60), min_size=1, max_size=9), st.integers(0, 9))
DEPENDENCIES = st.builds(
    Dependency,
    st.sampled_from(["afterok", "afterany", "afternotok", "after", "aftercorr"]),
    st.lists(JOBS, min_size=1, max_size=3).map(tuple),
)
BEGINS = st.one_of(
    st.datetimes(datetime(1990, 1, 1), datetime(2068, 1, 1)).map(  # noqa: DTZ001 - local time
        lambda when: when.replace(microsecond=0)
    ),
    st.times().map(lambda when: time(when.hour, when.minute, when.second)),
)


def maybe(strategy: st.SearchStrategy[object], otherwise: object) -> st.SearchStrategy[object]:
    """Mostly nothing, so that several fields seldom spoil each other."""
    return st.one_of(st.just(otherwise), st.just(otherwise), strategy)


SPECS = st.builds(
    Spec,
    name=maybe(NAMES, ""),
    queue=maybe(NAMES, ""),
    chunks=maybe(st.lists(CHUNKS, min_size=1, max_size=2).map(tuple), ()),
    placement=st.sampled_from(Placement),
    exclusive=st.booleans(),
    walltime=maybe(st.integers(1, 10**6), None),
    memory=maybe(st.lists(MEMORY, min_size=1, max_size=2).map(tuple), ()),
    stdout=maybe(STREAMS, None),
    stderr=maybe(STREAMS, None),
    join=st.booleans(),
    workdir=st.sampled_from([Place.HOME, Place.SUBMIT, "/scratch/a b"]),
    mail=maybe(st.frozensets(st.sampled_from(MailEvent)), None),
    mail_to=maybe(st.just(("me@example.org",)), ()),
    export_all=st.booleans(),
    variables=maybe(
        st.lists(st.tuples(NAMES.filter(str.isidentifier), st.none() | VALUES), max_size=3).map(
            tuple
        ),
        (),
    ),
    shell=st.sampled_from(["", "/bin/bash", "/usr/bin/env python3"]),
    account=maybe(NAMES, ""),
    project=maybe(NAMES, ""),
    group=maybe(NAMES, ""),
    array=maybe(ARRAYS, None),
    dependencies=maybe(st.lists(DEPENDENCIES, max_size=2).map(tuple), ()),
    hold=st.booleans(),
    rerun=st.sampled_from([None, True, False]),
    priority=maybe(st.integers(-2000, 2000), None),
    begin=maybe(BEGINS, None),
    stage_in=maybe(st.just(("a@host:/b", "c@host:d")), ()),
    stage_out=maybe(st.just(("a@host:/b",)), ()),
).map(canonical)


def common(*, grid_engine: bool) -> st.SearchStrategy[Spec]:
    """Jobs that all four dialects can say, or all but Grid Engine."""
    counts = st.just(1) if grid_engine else st.integers(1, 9)
    sizes = st.integers(1, 1 << 24).map(lambda kibibytes: kibibytes << 10)
    words = ["afterany"] if grid_engine else ["afterok", "afterany", "afternotok", "after"]
    plain = st.from_regex(r"(/scratch/|logs/)?[a-z]{1,6}\.out", fullmatch=True)
    streams = st.builds(lambda path: Stream((path,)), plain)
    cores = st.integers(1, 64)

    def memory(chunks: tuple[Chunk, ...], size: int) -> tuple[Memory, ...]:
        one_node = bool(chunks) and chunks[0].count == 1 and not grid_engine
        return (Memory(size, Basis.NODE if one_node else Basis.SLOT),)

    return st.builds(
        lambda chunks, size, **told: canonical(
            Spec(chunks=chunks, memory=memory(chunks, size) if size else (), **told)
        ),
        chunks=maybe(
            st.builds(lambda n, c, g: (Chunk(n, c, c, g),), counts, cores, st.integers(0, 4)), ()
        ),
        size=maybe(sizes, 0),
        name=maybe(st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,14}", fullmatch=True), ""),
        queue=maybe(NAMES, ""),
        exclusive=st.booleans(),
        walltime=maybe(st.integers(1, 10**6), None),
        stdout=maybe(streams, None),
        stderr=maybe(streams, None),
        join=st.booleans(),
        workdir=st.just(Place.SUBMIT) if grid_engine else st.sampled_from(Place),
        mail=maybe(st.frozensets(st.sampled_from(MailEvent)), None),
        mail_to=maybe(st.just(("me@example.org",)), ()),
        export_all=st.booleans(),
        variables=maybe(
            st.lists(st.tuples(NAMES.filter(str.isidentifier), st.none() | VALUES), max_size=3).map(
                tuple
            ),
            (),
        ),
        shell=st.just("/bin/bash"),
        account=maybe(NAMES, ""),
        array=maybe(
            st.builds(
                lambda first, count, step, limit: array_of(
                    range(first, first + count * step, step), limit
                ),
                st.integers(1, 9),
                st.integers(2, 9),
                st.integers(1, 3),
                st.integers(0, 4),
            ),
            None,
        ),
        dependencies=maybe(
            st.lists(
                st.builds(
                    Dependency,
                    st.sampled_from(words),
                    st.lists(JOBS, min_size=1, max_size=3).map(tuple),
                ),
                max_size=2,
            ).map(tuple),
            (),
        ),
        hold=st.booleans(),
        rerun=st.sampled_from([None, True, False]),
        priority=maybe(st.integers(-1023, 1023), None),
        begin=maybe(BEGINS.filter(lambda when: isinstance(when, datetime)), None)
        if grid_engine
        else maybe(BEGINS, None),
    )
