"""The Files pane: two sides, marks, copies, and what stands there when there is no list."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from podtui.domain.entry import Entry, EntryKind
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.errors import NotFound, Unreachable
from podtui.tui import requests
from podtui.tui.app import PodtuiApp
from podtui.tui.folder import Folder
from podtui.tui.panes.files import FilesPane
from podtui.tui.screens.choice import ChoiceScreen
from podtui.tui.screens.conflict import ConflictScreen
from podtui.tui.screens.dialogs import Ask, Confirm
from podtui.tui.screens.places import GoToScreen
from podtui.tui.widgets.file_list import FileList
from podtui.tui.widgets.transfer_list import TransferList, TransferStrip, pace, strip_text

from .conftest import screen_text, there, toasts, until
from .fake_session import HOME, NOW, FakeBackend


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder podtui is started in: two files and a folder."""
    folder = tmp_path / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "in.txt").write_bytes(b"inside")
    (folder / "a.txt").write_bytes(b"a" * 1500)
    (folder / "b.txt").write_bytes(b"b")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A home with a file and a folder."""
    backend.files.files[f"{HOME}/result.dat"] = b"r" * 3000
    backend.files.folders.add(f"{HOME}/runs")
    backend.files.files[f"{HOME}/runs/1.log"] = b"log"
    return backend


async def see_files(pilot: Pilot[None], *names: str) -> tuple[FileList, FileList]:
    """Go to the pane and wait until both sides show `names` between them."""
    await pilot.press("3")
    pane = await there(pilot, FilesPane)
    await until(pilot, lambda: pane.has_focus_within, "the focus in the pane")
    local, remote = pane.query_one("#left", FileList), pane.query_one("#right", FileList)
    for name in names:
        await until(pilot, lambda name=name: name in named(local) | named(remote), name)  # type: ignore[misc]
    return local, remote


def named(side: FileList) -> set[str]:
    """The names a side shows."""
    return {entry.name for entry in side.lines}


async def stand(pilot: Pilot[None], side: FileList, name: str) -> None:
    """Put focus and cursor on an entry."""
    side.focus()
    side.stand_on(name)
    await pilot.pause()


async def test_both_sides_stand_side_by_side_even_on_a_small_screen(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        text = screen_text(app)
        assert [e.name for e in local.lines] == ["..", "data", "a.txt", "b.txt"]
        assert [e.name for e in remote.lines] == ["..", "runs", "result.dat"]
        assert local.region.y == remote.region.y
        assert abs(local.region.width - remote.region.width) <= 1
    assert "1.5K" in text
    assert "runs/" in text
    assert "▾ Here: " in text
    assert "▾ pod: ~" in text
    assert "10.0T free" in text


async def test_enter_backspace_home_and_the_cursor_stays_on_the_folder_left(
    app: PodtuiApp,
) -> None:
    async with app.run_test() as pilot:
        _, remote = await see_files(pilot, "a.txt", "runs")
        await pilot.press("tab", "down", "enter")
        await until(pilot, lambda: "1.log" in named(remote))
        assert remote.folder.path == f"{HOME}/runs"
        await pilot.press("backspace")
        await until(pilot, lambda: remote.folder.path == HOME)
        assert remote.current is not None
        assert remote.current.name == "runs"
        await pilot.press("home", "enter")
        await until(pilot, lambda: remote.folder.path == "/home")
        await pilot.press("tilde")
        await until(pilot, lambda: remote.folder.path == HOME)


async def test_the_mouse_moves_the_cursor_and_opens_by_double_click(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        local, remote = await see_files(pilot, "a.txt", "runs")
        await pilot.click("#right", offset=(4, 3))
        assert remote.has_focus
        assert remote.current is not None
        assert remote.current.name == "runs"
        await pilot.click("#left", offset=(4, 3), times=2)
        await until(pilot, lambda: "in.txt" in named(local))


async def test_marked_entries_are_uploaded_and_the_other_side_shows_them(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test() as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, local, "data")
        await pilot.press("space", "space")
        assert local.chosen_names() == ("data", "a.txt")
        assert "2 marked" in screen_text(app)
        await pilot.press("c")
        await until(pilot, lambda: {"data", "a.txt"} <= named(remote))
        assert local.marked == frozenset()
        assert backend.files.files[f"{HOME}/data/in.txt"] == b"inside"
        assert "b.txt" not in named(remote)
        await until(pilot, lambda: screen_text(app).count("✓ done") == 2)


async def test_the_entry_under_the_cursor_is_downloaded(app: PodtuiApp, work: Path) -> None:
    async with app.run_test() as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, remote, "result.dat")
        await pilot.press("f5")
        await until(pilot, lambda: "result.dat" in named(local))
    assert (work / "result.dat").read_bytes() == b"r" * 3000


async def choose(pilot: Pilot[None], key: str) -> None:
    """Take an answer of the choice that is shown."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceScreen), "a choice")
    screen = pilot.app.screen
    await until(pilot, lambda: screen.query_one(OptionList).highlighted is not None, "its answers")
    options = screen.query_one(OptionList)
    options.highlighted = options.get_option_index(key)
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen is not screen, "the choice taken")


async def test_what_is_there_already_is_named_and_asked_about_once(
    app: PodtuiApp, work: Path
) -> None:
    (work / "result.dat").write_bytes(b"mine")
    async with app.run_test(size=(100, 30)) as pilot:
        _, remote = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, remote, "result.dat")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ConflictScreen))
        await pilot.pause()
        assert "result.dat" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.session.transfers.transfers == ()
        await pilot.press("c")
        await choose(pilot, "rename")
        await until(pilot, (work / "result (1).dat").exists, "the renamed copy")
        assert (work / "result.dat").read_bytes() == b"mine"
        await pilot.press("c")
        await choose(pilot, "overwrite")
        await until(pilot, lambda: (work / "result.dat").read_bytes() == b"r" * 3000)


async def test_progress_stands_in_the_list_and_in_the_strip_of_every_pane(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.files.gate = asyncio.Event()
    async with app.run_test(size=(120, 30)) as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, local, "a.txt")
        await pilot.press("c")
        await until(pilot, lambda: "750B/1.5K" in screen_text(app))
        assert "50%" in screen_text(app)
        strip = app.query_one(TransferStrip)
        assert not strip.display  # the list beside it tells the same
        await pilot.press("1")
        await until(pilot, lambda: strip.display and "a.txt" in screen_text(app))
        backend.files.gate.set()
        await until(pilot, lambda: not strip.display)
        await see_files(pilot, "a.txt")
        await until(pilot, lambda: "a.txt" in named(remote))


async def test_a_transfer_is_cancelled_retried_and_cleared(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.files.gate = asyncio.Event()
    async with app.run_test(size=(120, 30)) as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, local, "a.txt")
        await pilot.press("c")
        await until(pilot, lambda: "50%" in screen_text(app))
        await pilot.press("tab", "tab")
        assert app.query_one(TransferList).has_focus
        assert "Cancel transfer" in screen_text(app)
        assert "New folder" not in screen_text(app)
        await pilot.press("x")
        await until(pilot, lambda: "cancelled" in screen_text(app))
        backend.files.gate.set()
        await pilot.press("r")
        await until(pilot, lambda: "✓ done" in screen_text(app))
        await pilot.press("C")
        await until(pilot, lambda: app.transfers == ())
        await until(pilot, lambda: remote.has_focus)  # where the focus came from


async def test_a_failed_transfer_keeps_its_reason_and_its_hint(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.files.free = 100
    async with app.run_test(size=(120, 30)) as pilot:
        local, _ = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, local, "a.txt")
        await pilot.press("c")
        await until(pilot, lambda: "✗ failed" in screen_text(app))
        text = screen_text(app)
    assert "No space left" in text
    assert "Free some space" in text


async def test_a_folder_is_made_on_the_side_that_has_the_focus(
    app: PodtuiApp, backend: FakeBackend, work: Path
) -> None:
    async with app.run_test() as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        for side, there in ((local, work / "new[1]"), (remote, None)):
            side.focus()
            await pilot.press("m")
            await until(pilot, lambda: isinstance(app.screen, Ask))
            await pilot.press(*"a/b", "enter")
            await until(pilot, lambda: "A name has no /" in screen_text(app))
            app.screen.query_one(Input).value = "new[1]"
            await pilot.press("enter")
            await until(pilot, lambda side=side: "new[1]" in named(side))  # type: ignore[misc]
            assert side.current is not None
            assert side.current.name == "new[1]"
            assert there is None or there.is_dir()
        assert f"{HOME}/new[1]" in backend.files.folders


async def test_removing_asks_and_tells_that_a_folder_goes_with_all_in_it(
    app: PodtuiApp, backend: FakeBackend, work: Path
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        local, remote = await see_files(pilot, "a.txt", "result.dat")
        await stand(pilot, local, "a.txt")
        await pilot.press("space", "space", "x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        assert "a.txt, b.txt" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert (work / "a.txt").exists()
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: named(local) == {"..", "data"})
        await stand(pilot, remote, "runs")
        await pilot.press("x")
        await until(pilot, lambda: "runs: with ALL that is in it" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "runs" not in named(remote))
        assert f"{HOME}/runs/1.log" not in backend.files.files
        assert f"{HOME}/result.dat" in backend.files.files


async def test_a_path_can_be_typed_and_a_wrong_one_keeps_the_list(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        _, remote = await see_files(pilot, "a.txt", "result.dat")
        await pilot.press("tab", "ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToScreen))
        app.screen.query_one(Input).value = "runs"
        await pilot.press("enter")
        await until(pilot, lambda: remote.folder.path == f"{HOME}/runs")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(app.screen, GoToScreen))
        app.screen.query_one(Input).value = "/nowhere"
        await pilot.press("enter")
        await until(pilot, lambda: "'/nowhere' is not there." in toasts(app))
        assert named(remote) == {"..", "1.log"}
        assert remote.folder.wanted == ""


async def test_without_a_login_node_the_reason_stands_in_place_of_the_list(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    def no_node() -> None:
        raise NotFound(
            "pod has no login node that is up.",
            title="No login node",
            hint="Make one: N in the Clusters pane.",
        )

    backend.files.trouble = no_node
    async with app.run_test() as pilot:
        local, remote = await see_files(pilot, "a.txt")
        await until(pilot, lambda: "No login node" in screen_text(app))
        assert "Press g to try again." in screen_text(app)
        await pilot.press("c")
        await until(pilot, lambda: "pod has no login node that is up." in toasts(app))
        backend.files.trouble = lambda: None
        app.post_message(requests.LoginNodesChanged("pod"))
        await until(pilot, lambda: "result.dat" in named(remote))
        assert local.has_focus


async def test_a_lost_link_keeps_the_last_list(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test() as pilot:
        _, remote = await see_files(pilot, "a.txt", "result.dat")

        def lost() -> None:
            raise Unreachable("The link is gone.")

        backend.files.trouble = lost
        await pilot.press("g")
        await until(pilot, lambda: "The link is gone." in toasts(app))
        assert "result.dat" in named(remote)
        await until(pilot, lambda: "◐ No answer, of 12:00:00" in screen_text(app))
        backend.files.trouble = lambda: None
        await pilot.press("g")
        await until(pilot, lambda: "◐ No answer, of" not in screen_text(app))


async def test_another_cluster_has_other_files(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        _, remote = await see_files(pilot, "a.txt", "result.dat")
        app.cluster = "elsewhere"
        await until(pilot, lambda: remote.lines == ())
        assert "elsewhere:" in screen_text(app)


async def test_names_of_any_bytes_are_shown_harmless(app: PodtuiApp, work: Path) -> None:
    (work / "bad\udcff[x]\n\x1b[2J").write_bytes(b"")
    async with app.run_test(size=(140, 30)) as pilot:
        await see_files(pilot, "a.txt")
        await until(pilot, lambda: "bad\\xff[x]␊␛[2J" in screen_text(app))


async def test_a_folder_of_a_hundred_thousand_entries_scrolls_at_once(app: PodtuiApp) -> None:
    entries = tuple(Entry(f"{i:06}", EntryKind.FILE, i, NOW) for i in range(100_000))
    async with app.run_test() as pilot:
        local, _ = await see_files(pilot, "a.txt")
        began = time.perf_counter()
        app.left = Folder("/many", entries)
        await pilot.press("end", "pageup", "up")
        took = time.perf_counter() - began
        assert local.current is not None
        assert int(local.current.name) > 99_900
        assert f"{int(local.current.name):06}" in screen_text(app)
    assert took < 5.0  # a DataTable takes over half a minute for it


async def test_the_cursor_stays_on_its_name_when_the_folder_changes(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        local, _ = await see_files(pilot, "a.txt")
        await stand(pilot, local, "b.txt")
        app.left = Folder(app.left.path, (Entry("0", EntryKind.FILE), *app.left.entries))
        await pilot.pause()
        assert local.current is not None
        assert local.current.name == "b.txt"


def test_pace_and_strip_say_rate_time_left_and_how_many_more() -> None:
    running = Transfer(
        *("1", "pod", Direction.UPLOAD, "/x/big[1].dat", "/home/"),
        state=TransferState.RUNNING,
        bytes_done=50,
        bytes_total=100,
        rate=2048.0,
        seconds_left=timedelta(hours=1, minutes=2, seconds=3).total_seconds(),
    )
    queued = Transfer("2", "pod", Direction.DOWNLOAD, "/x/", "/home/y")
    assert pace(running) == "2.0K/s 1:02:03 left"
    assert strip_text([queued, running]) == (
        "↑ big[1].dat  ━━━━━╌╌╌╌╌ 50% 2.0K/s 1:02:03 left  1 more"
    )
    assert strip_text([]) == ""
