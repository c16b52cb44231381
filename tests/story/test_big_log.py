"""A log of five gigabytes over a real SFTP connection: its end at once, never all of it."""

from __future__ import annotations

import os
import resource
from contextlib import aclosing

from podtui.domain.log_view import BLOCK, ERRORS
from podtui.services.logs import LogNews
from tests.story.pod import Pod, session

SIZE = 5 << 30


async def test_five_gigabytes(pod: Pod) -> None:
    log = pod.home() / "huge.log"
    log.touch()
    with log.open("r+b") as out:
        out.write(b"begin\nfatal: at the very beginning\n")
        out.seek(SIZE)
        out.write(b"\n" + b"".join(b"line %05d\n" % n for n in range(20_000)) + b"the end\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with session(pod.config) as podtui:
        logs = podtui.logs
        async with aclosing(logs.follow("pod", "~/huge.log")) as follow:
            first = await anext(follow)
            assert isinstance(first, LogNews)
            window = first.window
            assert window is not None
            assert window.raw(len(window) - 1) == b"the end"
            assert len(window.data) <= BLOCK
            assert window.size == log.stat().st_size > SIZE
            with log.open("ab") as out:
                out.write(b"one more\n")
            more = await anext(follow)
        assert isinstance(more, LogNews)
        assert (more.after, more.added) == (window.end, b"one more\n")
        start = await logs.at("pod", "~/huge.log", 0)
        assert start.raw(0) == b"begin"
        assert start.found(ERRORS, -1) == 1
        middle = await logs.at("pod", "~/huge.log", SIZE // 2)
        assert set(middle.data) == {0}
        earlier = await logs.earlier("pod", "~/huge.log", middle)
        assert earlier.offset < middle.offset
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 << 10  # kilobytes
    os.truncate(log, 0)
