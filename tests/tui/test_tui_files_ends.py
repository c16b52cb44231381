"""The Files pane: any end on either side, how folders look, bookmarks, and the queue by keys."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes.files import FilesPane
from podtui.tui.screens.conflict import ClashScreen
from podtui.tui.screens.places import BookmarksScreen, GoToScreen
from podtui.tui.widgets.file_list import FileList
from podtui.tui.widgets.transfer_list import TransferList

from .conftest import make_app, screen_text, toasts, until
from .fake_session import HOME, FakeBackend
from .test_tui_files_pane import choose, named, see_files, stand


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder podtui is started in."""
    folder = tmp_path / "work"
    (folder / "runs").mkdir(parents=True)
    (folder / ".hidden").write_bytes(b"h")
    (folder / "big.dat").write_bytes(b"b" * 5000)
    (folder / "a.log").write_bytes(b"a")
    (folder / "z.log").write_bytes(b"z" * 10)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A home with a folder and a file."""
    backend.files.files[f"{HOME}/result.dat"] = b"r" * 3000
    backend.files.folders |= {f"{HOME}/runs", f"{HOME}/runs/deep", f"{HOME}/rubbish"}
    backend.files.files[f"{HOME}/runs/1.log"] = b"log"
    return backend


@pytest.fixture
def other() -> FakeBackend:
    """A second cluster."""
    backend = FakeBackend("mt2")
    backend.files.files[f"{HOME}/there.dat"] = b"t" * 400
    return backend


@pytest.fixture
def app(paths: Paths, backend: FakeBackend, other: FakeBackend) -> PodtuiApp:
    """The app over two clusters."""
    return make_app(paths, backend, other)


async def have_end(pilot: Pilot[None], side: FileList, key: str) -> None:
    """Show another end on a side; 0 is this machine, 1 and 2 the clusters."""
    side.focus()
    await pilot.press("p")
    await choose(pilot, key)


async def test_files_go_from_one_cluster_to_the_other(
    app: PodtuiApp, backend: FakeBackend, other: FakeBackend
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        left, right = await see_files(pilot, "a.log", "result.dat")
        await have_end(pilot, left, "2")
        await until(pilot, lambda: "there.dat" in named(left))
        assert "▾ mt2: ~" in screen_text(app)
        await stand(pilot, left, "there.dat")
        await pilot.press("c")
        await until(pilot, lambda: "there.dat" in named(right))
        assert backend.files.files[f"{HOME}/there.dat"] == b"t" * 400
        assert "→ there.dat (mt2→pod)" in screen_text(app)
        await stand(pilot, right, "result.dat")
        await pilot.press("c")
        await until(pilot, lambda: "result.dat" in named(left))
        assert other.files.files[f"{HOME}/result.dat"] == b"r" * 3000


async def test_both_sides_may_be_this_machine_and_then_the_copy_key_says_why_not(
    app: PodtuiApp,
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        left, right = await see_files(pilot, "a.log", "result.dat")
        await have_end(pilot, right, "0")
        await until(pilot, lambda: "a.log" in named(left) & named(right))
        await stand(pilot, right, "a.log")
        await pilot.press("c")
        await until(pilot, lambda: "Both sides are this machine." in toasts(app))
        assert app.session.transfers.transfers == ()


async def test_a_click_on_the_title_chooses_the_end(app: PodtuiApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        left, _ = await see_files(pilot, "a.log", "result.dat")
        await pilot.click("#left", offset=(6, 0))
        await choose(pilot, "1")
        await until(pilot, lambda: "result.dat" in named(left))


async def test_the_side_of_the_cluster_that_was_looked_at_follows(app: PodtuiApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        left, right = await see_files(pilot, "a.log", "result.dat")
        app.cluster = "mt2"
        await until(pilot, lambda: right.folder.end == "mt2")
        assert left.folder.end == ""


async def test_hidden_files_filter_order_and_columns(app: PodtuiApp, paths: Paths) -> None:
    async with app.run_test(size=(120, 30)) as pilot:
        left, _ = await see_files(pilot, "a.log", "result.dat")
        assert ".hidden" not in named(left)
        assert "1 hidden" in screen_text(app)
        await pilot.press("full_stop")
        await until(pilot, lambda: ".hidden" in named(left))
        await pilot.press("slash", *"*.log", "enter")
        await until(pilot, lambda: named(left) == {"..", "a.log", "z.log"})
        assert left.has_focus
        assert left.current is not None
        assert left.current.name == "a.log", "whoever filters means what was found"
        await pilot.press("o")
        await until(pilot, lambda: [e.name for e in left.lines] == ["..", "z.log", "a.log"])
        await pilot.press("O")
        await until(pilot, lambda: [e.name for e in left.lines] == ["..", "a.log", "z.log"])
        await pilot.press("escape")
        await until(pilot, lambda: "big.dat" in named(left))
        await pilot.click("#left", offset=(10, 1))
        await until(pilot, lambda: left.look.sort == "name")
        await pilot.press("w", "down", "down", "down", "space", "enter")
        await until(pilot, lambda: "-rw-r--r--" in screen_text(app))
    assert "mode" in (paths.state / "files.json").read_text()


async def test_marks_out_of_sight_are_left_alone(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(120, 30)) as pilot:
        left, right = await see_files(pilot, "a.log", "result.dat")
        await stand(pilot, left, "a.log")
        await pilot.press("space", "slash", *"big", "enter")
        await until(pilot, lambda: named(left) == {"..", "big.dat"})
        assert "0 marked, 0B (+1 not shown)" in screen_text(app)
        await stand(pilot, left, "big.dat")
        await pilot.press("c")
        await until(pilot, lambda: "big.dat" in named(right))
        assert "a.log" not in named(right)


async def test_bookmarks_are_an_ends_own_and_survive(app: PodtuiApp, paths: Paths) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        left, right = await see_files(pilot, "a.log", "runs")
        await stand(pilot, right, "runs")
        await pilot.press("enter")
        await until(pilot, lambda: right.folder.path == f"{HOME}/runs")
        await pilot.press("B", "tilde")
        await until(pilot, lambda: right.folder.path == HOME)
        left.focus()
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, BookmarksScreen))
        assert "None yet" in screen_text(app)
        await pilot.press("escape")
    again = make_app(paths, FakeBackend("pod"), FakeBackend("mt2"))
    async with again.run_test(size=(100, 30)) as pilot:
        await pilot.press("3")
        right = again.query_one(FilesPane).query_one("#right", FileList)
        await until(pilot, lambda: again.right.path == HOME)
        right.focus()
        await pilot.press("b")
        await until(pilot, lambda: f"{HOME}/runs" in screen_text(again))
        await pilot.press("d")
        await until(pilot, lambda: "None yet" in screen_text(again))


async def test_a_typed_path_is_completed(app: PodtuiApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        _, right = await see_files(pilot, "a.log", "runs")
        right.focus()
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToScreen))
        offered = app.screen.query_one(OptionList)
        await until(pilot, lambda: offered.option_count == 2)
        await pilot.press("r", "tab")
        field = app.screen.query_one(Input)
        await until(pilot, lambda: field.value == "~/ru")
        await pilot.press("n", "tab")
        await until(pilot, lambda: field.value == "~/runs/")
        await until(pilot, lambda: "deep/" in screen_text(app))
        await pilot.press("down", "enter", "enter")
        await until(pilot, lambda: right.folder.path == f"{HOME}/runs/deep")


async def test_in_step_both_go_in_and_out_until_one_cannot(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 30)) as pilot:
        left, right = await see_files(pilot, "a.log", "result.dat")
        start = left.folder.path
        await pilot.press("y")
        await until(pilot, lambda: screen_text(app).count("in step") == 2)
        await stand(pilot, left, "runs")
        await pilot.press("enter")
        await until(pilot, lambda: right.folder.path == f"{HOME}/runs")
        await until(pilot, lambda: left.folder.path == f"{start}/runs")
        await pilot.press("backspace")
        await until(pilot, lambda: (left.folder.path, right.folder.path) == (start, HOME))
        await stand(pilot, right, "rubbish")
        await pilot.press("enter")
        await until(pilot, lambda: "no longer walk in step" in toasts(app))
        await until(pilot, lambda: right.folder.path == f"{HOME}/rubbish")
        assert left.folder.path == start


async def test_renaming_takes_no_name_that_is_there(app: PodtuiApp, work: Path) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        left, _ = await see_files(pilot, "a.log", "result.dat")
        for name, outcome in (("z.log", "is there already"), ("new.log", "")):
            await stand(pilot, left, "a.log")
            await pilot.press("R")
            await until(pilot, lambda: "Rename a.log" in screen_text(app))
            app.screen.query_one(Input).value = name
            await pilot.press("enter")
            if outcome:
                await until(pilot, lambda: "is there already" in toasts(app))
        await until(pilot, lambda: "new.log" in named(left))
    assert (work / "z.log").read_bytes() == b"z" * 10


async def test_a_clash_in_the_middle_is_asked_about_once_for_all(
    app: PodtuiApp, backend: FakeBackend, work: Path
) -> None:
    for name in ("1.log", "2.log", "3.log"):
        (work / "runs" / name).write_bytes(name.encode())
        backend.files.files[f"{HOME}/runs/{name}"] = b"old"
    async with app.run_test(size=(100, 30)) as pilot:
        left, _ = await see_files(pilot, "a.log", "result.dat")
        await stand(pilot, left, "runs")
        await pilot.press("c")
        await choose(pilot, "ask")
        await until(pilot, lambda: isinstance(app.screen, ClashScreen))
        await pilot.pause()
        assert f"{HOME}/runs/1.log" in screen_text(app)
        await choose(pilot, "skip")
        await until(pilot, lambda: "runs/2.log" in screen_text(app))
        await pilot.press("t")
        await choose(pilot, "overwrite")
        await until(pilot, lambda: "✓ done" in screen_text(app))
        assert backend.files.files[f"{HOME}/runs/1.log"] == b"old"
        assert backend.files.files[f"{HOME}/runs/2.log"] == b"2.log"
        assert backend.files.files[f"{HOME}/runs/3.log"] == b"3.log"


async def test_the_queue_is_paused_moved_and_survives_a_restart(
    app: PodtuiApp, backend: FakeBackend, paths: Paths, work: Path
) -> None:
    backend.files.gate = asyncio.Event()
    (work / "m.log").write_bytes(b"m")
    async with app.run_test(size=(120, 40)) as pilot:
        left, _ = await see_files(pilot, "a.log", "result.dat")
        for name in ("a.log", "big.dat", "m.log", "z.log"):
            await stand(pilot, left, name)
            await pilot.press("c")
        moving = app.query_one(TransferList)
        await until(pilot, lambda: "2 running, 2 waiting" in screen_text(app))
        moving.focus()
        await pilot.press("end", "K")
        await until(pilot, lambda: [t.source[-5:] for t in app.transfers][2:] == ["z.log", "m.log"])
        assert moving.current is not None
        assert moving.current.source.endswith("z.log")
        await pilot.press("home", "space")
        await until(pilot, lambda: "‖ paused" in screen_text(app))
        assert "1 paused" in screen_text(app)
        await until(pilot, lambda: "2 running" in screen_text(app))
    assert not backend.files.files.get(f"{HOME}/a.log")
    backend.files.gate.set()
    again = make_app(paths, backend, FakeBackend("mt2"))
    async with again.run_test(size=(120, 40)) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: screen_text(again).count("✓ done") == 3)
        assert backend.files.files[f"{HOME}/big.dat"] == b"b" * 5000
        again.query_one(TransferList).focus()
        await pilot.press("home", "r")
        await until(pilot, lambda: backend.files.files.get(f"{HOME}/a.log") == b"a")
        await until(pilot, lambda: screen_text(again).count("✓ done") == 4)
        await pilot.press("x")
        await until(pilot, lambda: "It has ended (done)." in toasts(again))


async def test_a_staged_jobs_transfer_is_the_jobs_to_cancel(app: PodtuiApp) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await see_files(pilot, "a.log", "result.dat")
        await until(pilot, lambda: app.session is not None)
        app.session.transfers.show(
            Transfer(
                *("9", "pod", Direction.UPLOAD, "/x/in.dat", "/home/"),
                state=TransferState.RUNNING,
                job="token",
            )
        )
        await until(pilot, lambda: "in.dat (job, pod)" in screen_text(app))
        app.query_one(TransferList).focus()
        for key in ("x", "space"):
            app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: "It serves a staged job" in toasts(app))
        assert app.session.transfers.transfers[0].state is TransferState.RUNNING
