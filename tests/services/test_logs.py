"""Logs by seeking: the end first, then what is added; the whole is looked through."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from podtui.domain.log_view import BLOCK, ERRORS, MOST, LogWindow, wanted_words
from podtui.errors import NotFound, PodError, Unreachable
from podtui.services import logs
from podtui.services.logs import LogNews, LogService
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend

PATH = "~/job.log"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as short as can be."""
    monkeypatch.setattr(logs, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(logs, "_LAST_PAUSE", 0.01)


@pytest.fixture
def log(backend: FakeBackend) -> Path:
    """The file there."""
    return backend.files.root / "job.log"


@pytest.fixture
def service(session: Session) -> LogService:
    return session.logs


async def test_the_end_is_read_and_no_more(service: LogService, log: Path) -> None:
    log.write_bytes(b"".join(b"line %06d\n" % n for n in range(200_000)))
    window = await service.end("pod", PATH)
    assert len(window.data) <= BLOCK
    assert (window.raw(len(window) - 1), window.at_end) == (b"line 199999", True)
    start = await service.at("pod", PATH, 0)
    assert (start.raw(0), start.at_start, start.size) == (b"line 000000", True, log.stat().st_size)


async def test_every_line_is_met_once_on_the_way_up_and_down(
    service: LogService, log: Path
) -> None:
    log.write_bytes(b"".join(b"line %06d\n" % n for n in range(200_000)))
    window = await service.end("pod", PATH)
    while not window.at_start:
        top = window.raw(0)
        window = await service.earlier("pod", PATH, window)
        assert window.raw(0).startswith(b"line ")
        assert top in window.data
        assert len(window.data) <= MOST
    while not window.at_end:
        last = int(window.raw(len(window) - 2)[5:])
        window = await service.later("pod", PATH, window)
        assert b"line %06d\nline %06d\n" % (last, last + 1) in window.data
    assert window.raw(len(window) - 1) == b"line 199999"


async def test_what_is_added_comes_once(service: LogService, log: Path) -> None:
    log.write_bytes(b"one\n")
    seen = b""
    async with aclosing(service.follow("pod", PATH)) as follow:
        async for news in follow:
            assert isinstance(news, LogNews)
            seen += news.window.data if news.window else news.added
            with log.open("ab") as out:
                out.write({4: b"two\nthr", 11: b"ee\n", 14: b""}[len(seen)])
            if len(seen) == 14:
                break
    assert seen == b"one\ntwo\nthree\n"


@pytest.mark.parametrize("fresh", [b"new\n", b"another log, longer than it was\n"])
async def test_a_file_cut_or_replaced_is_told(service: LogService, log: Path, fresh: bytes) -> None:
    log.write_bytes(b"the log as it was\n")
    async with aclosing(service.follow("pod", PATH)) as follow:
        first = await anext(follow)
        assert isinstance(first, LogNews)
        assert not first.replaced
        log.write_bytes(fresh)
        second = await anext(follow)
    assert isinstance(second, LogNews)
    assert second.replaced
    assert second.window is not None
    assert second.window.data == fresh


async def test_growth_beyond_a_block_shows_the_end(service: LogService, log: Path) -> None:
    log.write_bytes(b"begin\n")
    async with aclosing(service.follow("pod", PATH)) as follow:
        await anext(follow)
        log.write_bytes(b"begin\n" + b"x" * 99 * BLOCK + b"\nend\n")
        news = await anext(follow)
    assert isinstance(news, LogNews)
    assert not news.replaced
    assert news.window is not None
    assert news.window.raw(len(news.window) - 1) == b"end"


async def test_failures_are_told_and_outlived(
    service: LogService, log: Path, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backend.files.read
    troubles: list[PodError] = [Unreachable("the link is cut")]

    async def read(path: str, offset: int, length: int) -> bytes:
        if troubles:
            raise troubles.pop()
        return await real(path, offset, length)

    monkeypatch.setattr(backend.files, "read", read)
    async with aclosing(service.follow("pod", PATH)) as follow:
        assert isinstance(await anext(follow), NotFound)
        log.write_bytes(b"late\n")
        while isinstance(got := await anext(follow), NotFound):
            pass
        assert isinstance(got, Unreachable)
        news = await anext(follow)
    assert isinstance(news, LogNews)
    assert news.window == LogWindow.of(0, b"late\n", 5)


async def test_the_whole_file_is_looked_through(service: LogService, log: Path) -> None:
    lines = [b"step %06d" % n for n in range(300_000)]
    lines[7], lines[150_000] = b"ERROR: early", b"\x1b[1;31mError\x1b[0m in the middle"
    log.write_bytes(b"\n".join(lines) + b"\n")
    size = log.stat().st_size
    found = []
    for offset, back in ((0, False), (size, True), (size // 2, True), (size - 20_000, False)):
        steps = [step async for step in service.search("pod", PATH, ERRORS, offset, back=back)]
        last = steps[-1]
        found.append(last.window.raw(last.line) if last.window else None)
        assert all(step.window is None for step in steps[:-1])
    assert found == [lines[7], lines[150_000], lines[7], None]
    wanted = wanted_words("error in the middle")
    steps = [step async for step in service.search("pod", PATH, wanted, 0, back=False)]
    assert steps[-1].window is not None


async def test_a_find_across_two_blocks_is_one(service: LogService, log: Path) -> None:
    log.write_bytes(b"x\n" * (MOST // 2 - 3) + b"the needle here\n" + b"y\n" * MOST)
    wanted = wanted_words("the needle here")
    for offset, back in ((0, False), (log.stat().st_size, True)):
        steps = [step async for step in service.search("pod", PATH, wanted, offset, back=back)]
        window = steps[-1].window
        assert window is not None
        assert window.raw(steps[-1].line) == b"the needle here"


async def test_a_pager_gets_the_end_of_what_is_too_long(
    service: LogService, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "COPY_LIMIT", 3 * MOST)
    log.write_bytes(b"a" * 3 * MOST + b"the end")
    target = tmp_path / "mine" / "job.log"
    assert await service.copy_end("pod", PATH, target) == (3 * MOST, 3 * MOST + 7)
    assert target.read_bytes().endswith(b"athe end")
    assert target.stat().st_mode & 0o777 == 0o600
