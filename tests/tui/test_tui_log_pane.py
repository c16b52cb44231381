"""A job's logs on the screen: followed, looked through, bounded, harmless."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.domain.job import JobState
from podtui.domain.log_view import MOST
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.job import JobScreen
from podtui.tui.widgets.line_view import cuts, word_cuts
from podtui.tui.widgets.log_pane import LogPane

from .conftest import screen_text, toasts, until
from .fake_session import HOME, NOW, FakeBackend

LOG = f"{HOME}/relax.o1"


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A job that has written a log of more than two windows, with trouble near both ends."""
    backend.jobs.add("1.pod", JobState.RUNNING, "relax", submitted=NOW, started=NOW, stdout=LOG)
    early = b"begin\nFATAL: early trouble\n"
    middle = b"".join(b"step %06d energy -12.5\n" % n for n in range(120_000))
    late = b"\x1b[31mlate\x1b[0m [/x] Error: no more\n10%\r100%\nlast line\n"
    backend.files.files[LOG] = early + middle + late
    return backend


async def _log(pilot: Pilot[None], app: PodtuiApp) -> LogPane:
    await until(pilot, lambda: any(row.job.id == "1.pod" for row in app.rows))
    (row,) = app.rows
    app.push_screen(JobScreen(row))
    await until(pilot, lambda: app.screen.query(LogPane) and app.screen.query("#job-facts"))
    await until(pilot, lambda: "relax" in screen_text(app))
    await pilot.press("3")
    await until(pilot, lambda: "last line" in screen_text(app))
    return app.screen.query(LogPane).first()


async def test_a_log_opens_at_its_end_and_is_followed(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _log(pilot, app)
        text = screen_text(app)
        assert "late [/x] Error: no more" in text
        assert "10%" not in text.replace("100%", "")
        assert f"{LOG}  2.9 MB  100 %  following" in text
        assert len(pane.log_view.window.data) < MOST
        backend.files.files[LOG] += b"one more\n"
        await until(pilot, lambda: "one more" in screen_text(app))
        await pilot.press("home")
        await until(pilot, lambda: "FATAL: early trouble" in screen_text(app))
        backend.files.files[LOG] += b"unseen\n"
        await until(pilot, lambda: pane.log_view.window.size == len(backend.files.files[LOG]))
        assert "unseen" not in screen_text(app)
        await pilot.press("end")
        await until(pilot, lambda: "unseen" in screen_text(app))


async def test_a_replaced_log_is_told(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _log(pilot, app)
        backend.files.files[LOG] = b"begun anew\n"
        await until(pilot, lambda: "begun anew" in screen_text(app))
        await until(pilot, lambda: "The file was replaced or cut" in screen_text(app))


async def test_a_log_not_followed_is_left_alone(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _log(pilot, app)
        await pilot.press("f")
        await until(pilot, lambda: "not following, f follows" in screen_text(app))
        assert not [one for one in app.workers if one.group == "follow" and one.is_running]
        backend.files.files[LOG] += b"asked for\n"
        await pilot.press("g")
        await until(pilot, lambda: "asked for" in screen_text(app))
        backend.files.files[LOG] += b"followed\n"
        await pilot.press("f")
        await until(pilot, lambda: "followed" in screen_text(app))
        assert pane.following


async def test_scrolling_reads_on_and_forgets_the_rest(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _log(pilot, app)
        view = pane.log_view
        for _ in range(6):
            before = view.window.offset
            view.scroll_to(None, 0, animate=False, immediate=True)
            seen = view.line_text(view.top[0]).plain
            await until(pilot, lambda before=before: view.window.offset < before)  # type: ignore[misc]
            assert view.line_text(view.top[0]).plain == seen
            assert len(view.window.data) <= MOST
        await pilot.press("pagedown")
        assert "step" in screen_text(app)


async def test_words_are_found_in_the_whole_file(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _log(pilot, app)
        await pilot.press("slash", *"step 000017", "enter")
        await until(pilot, lambda: "Nothing down to the end" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: "step 000017" in screen_text(app))
        assert "step 000016" in screen_text(app)  # what stands around it stays
        assert pane.log_view.marked is not None
        await pilot.press("slash", *"step 119999", "enter")
        await until(pilot, lambda: "step 119999" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: pane.log_view.pattern is None)
        assert isinstance(app.screen, JobScreen)


async def test_next_and_previous_trouble(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _log(pilot, app)
        await pilot.press("e")
        await until(pilot, lambda: pane.log_view.marked is not None)
        marked = pane.log_view.marked
        assert marked is not None
        assert pane.log_view.line_text(marked).plain.startswith("late")
        await pilot.press("E")
        await until(pilot, lambda: "FATAL: early trouble" in screen_text(app))
        await pilot.press("E")
        await until(pilot, lambda: "No trouble up to the beginning" in screen_text(app))
        assert not toasts(app)


async def test_codes_wrapping_and_copying(app: PodtuiApp, backend: FakeBackend) -> None:
    backend.files.files[LOG] = b"\x1b[31mred\x1b[0m\n" + b"Z" * 200 + b"\n\xff\x1b[2Jlast line\n"
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await _log(pilot, app)
        assert "\\xff␛[2Jlast line" in screen_text(app)
        assert screen_text(app).count("Z") == 200
        await pilot.press("w")
        await until(pilot, lambda: screen_text(app).count("Z") < 100)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: pane.log_view.scroll_offset.x > 0)
        await pilot.press("w", "a")
        await until(pilot, lambda: "␛[31mred␛[0m" in screen_text(app))
        await pilot.press("y")
        assert "last line" in app.clipboard


async def test_saving_asks_where_and_is_a_transfer(
    app: PodtuiApp, backend: FakeBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await _log(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: "Save this file" in screen_text(app))
        await pilot.press("enter")
        target = tmp_path / "relax.o1"
        await until(pilot, target.exists)
        assert target.read_bytes() == backend.files.files[LOG]


async def test_the_pager_gets_the_file(
    paths: Paths, app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[list[str], bytes]] = []

    async def run(app: object, command: list[str]) -> int:
        shown.append((command[:-1], Path(command[-1]).read_bytes()))
        return 0

    monkeypatch.setenv("PAGER", "mypager -S 'two words'")
    monkeypatch.setattr("podtui.tui.acts.shell.run_in_terminal", run)
    async with app.run_test(size=(80, 24)) as pilot:
        await _log(pilot, app)
        await pilot.press("p")
        await until(pilot, lambda: shown)
    assert shown == [(["mypager", "-S", "two words"], backend.files.files[LOG])]


async def test_a_job_without_a_shell_says_why(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _log(pilot, app)
        await pilot.press("S")
        await until(pilot, lambda: "pod opens no shells in jobs" in toasts(app))


def test_rows_of_cells() -> None:
    assert cuts("abcdef", 4) == [0, 4]
    assert cuts("", 4) == [0]
    assert cuts("日本語", 4) == [0, 2]
    assert cuts("日本", 1) == [0, 1]
    assert word_cuts("two words here", 9) == [0, 10]
    assert word_cuts("unbreakable", 4) == [0, 4, 8]
    assert word_cuts("  unbreakable", 4) == [0, 4, 8, 12]
    for width in range(1, 12):
        text = "some wörds 日本 of a text"
        begins = word_cuts(text, width)
        ends = [*begins[1:], len(text)]
        assert "".join(text[a:b] for a, b in zip(begins, ends, strict=True)) == text
