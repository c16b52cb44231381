"""Looking into files, editing them in an editor, and taking them into a new job."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.domain.staging import StagePair
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.conflict import EditConflictScreen
from podtui.tui.screens.preview import PreviewScreen
from podtui.tui.screens.submit import SubmitScreen
from podtui.tui.widgets.file_list import FileList
from podtui.tui.widgets.pair_list import PairList

from .conftest import screen_text, toasts, until
from .fake_session import HOME, FakeBackend
from .test_tui_files_pane import choose, named, see_files, stand

SCRIPT = f"{HOME}/job.sh"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder podtui is started in."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "in.dat").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR\0\0\2\x80\0\0\1\xe0")
    (folder / "notes.txt").write_text("mine\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A home with a script, a table and a long text."""
    backend.files.files[SCRIPT] = b"#!/bin/sh\necho \x1b[31m[red]\n"
    backend.files.files[f"{HOME}/runs.csv"] = b"name,cores\nrelax [1],12\n"
    lines = b"".join(b"line %06d\n" % number for number in range(60_000))
    backend.files.files[f"{HOME}/long.txt"] = lines
    return backend


async def look(pilot: Pilot[None], side: FileList, name: str) -> PreviewScreen:
    """Look into a file, and wait until something of it is there."""
    await stand(pilot, side, name)
    await pilot.press("v")
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: isinstance(app.screen, PreviewScreen))
    await until(pilot, lambda: " bytes" in screen_text(app))
    screen = app.screen
    assert isinstance(screen, PreviewScreen)
    return screen


async def test_a_text_is_shown_harmless_and_a_long_one_in_parts(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        _, right = await see_files(pilot, "in.dat", "job.sh")
        await look(pilot, right, "job.sh")
        await until(pilot, lambda: "echo ␛[31m[red]" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await look(pilot, right, "long.txt")
        await until(pilot, lambda: "line 000000" in screen_text(app))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "line 000000" not in screen_text(app))
        first = next(x for x in screen_text(app).splitlines() if "line 0" in x)
        assert len(first.strip(" │")) >= len("line 000000"), "a part begins with a whole line"
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "line 000000" in screen_text(app))
        await pilot.press("slash", *"line 000777", "enter")
        await until(pilot, lambda: "line 000777" in screen_text(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_a_table_is_a_table_or_its_text(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        _, right = await see_files(pilot, "in.dat", "runs.csv")
        await look(pilot, right, "runs.csv")
        await until(pilot, lambda: "1 rows, 2 columns" in screen_text(app))
        assert "relax [1]    12" in screen_text(app)
        await pilot.press("t")
        await until(pilot, lambda: "relax [1],12" in screen_text(app))


async def test_an_image_tells_its_format_and_size(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        left, _ = await see_files(pilot, "in.dat", "runs.csv")
        await look(pilot, left, "in.dat")
        await until(pilot, lambda: "PNG image, 640 × 480 pixels" in screen_text(app))
        await until(pilot, lambda: "89 50 4e 47" in screen_text(app))  # it holds no picture


async def test_a_file_that_has_gone_says_so_in_its_place(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        _, right = await see_files(pilot, "in.dat", "job.sh")
        await stand(pilot, right, "job.sh")
        del backend.files.files[SCRIPT]
        await pilot.press("enter")
        await until(pilot, lambda: "File not found" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


Editor = Callable[[Path], None]


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Editor], list[list[str]]]:
    """Have an editor do something to the file; the commands that were run."""

    def have(editor: Editor) -> list[list[str]]:
        ran: list[list[str]] = []

        async def run(_: object, command: list[str]) -> int:
            ran.append(command)
            editor(Path(command[-1]))
            return 0

        monkeypatch.setenv("EDITOR", "nano -w")
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setattr("podtui.tui.acts.shell.run_in_terminal", run)
        return ran

    return have


def writes(text: bytes) -> Editor:
    """An editor in which somebody types `text`."""

    def editor(path: Path) -> None:
        assert stat.S_IMODE(os.stat(path.parent).st_mode) == 0o700  # noqa: PTH116
        path.write_bytes(text)

    return editor


async def test_an_edited_file_goes_back_whole(
    app: PodtuiApp, backend: FakeBackend, edit: Callable[[Editor], list[list[str]]]
) -> None:
    ran = edit(writes(b"#!/bin/sh\necho new\n"))
    async with app.run_test(size=(100, 30)) as pilot:
        _, right = await see_files(pilot, "in.dat", "job.sh")
        await stand(pilot, right, "job.sh")
        await pilot.press("e")
        await until(pilot, lambda: "job.sh is written to pod." in toasts(app))
    assert backend.files.files[SCRIPT] == b"#!/bin/sh\necho new\n"
    assert ran[0][:2] == ["nano", "-w"]
    assert ran[0][2].endswith("/job.sh")
    assert not Path(ran[0][2]).exists()
    assert [name for name in backend.files.files if ".part" in name] == []


async def test_an_untouched_file_is_not_written(
    app: PodtuiApp, backend: FakeBackend, edit: Callable[[Editor], list[list[str]]]
) -> None:
    edit(lambda _: None)
    async with app.run_test(size=(100, 30)) as pilot:
        left, right = await see_files(pilot, "notes.txt", "job.sh")
        await stand(pilot, right, "job.sh")
        await pilot.press("e")
        await until(pilot, lambda: "job.sh was not changed." in toasts(app))
        await stand(pilot, left, "in.dat")


@pytest.mark.parametrize(
    ("answer", "there", "beside"),
    [
        ("overwrite", b"mine", None),
        ("beside", b"theirs", b"mine"),
        ("drop", b"theirs", None),
        ("keep", b"theirs", None),
    ],
)
async def test_a_file_somebody_else_changed_meanwhile_is_asked_about(
    app: PodtuiApp,
    backend: FakeBackend,
    edit: Callable[[Editor], list[list[str]]],
    answer: str,
    there: bytes,
    beside: bytes | None,
) -> None:
    def both(path: Path) -> None:
        backend.files.files[SCRIPT] = b"theirs"
        path.write_bytes(b"mine")

    ran = edit(both)
    async with app.run_test(size=(100, 30)) as pilot:
        _, right = await see_files(pilot, "in.dat", "job.sh")
        await stand(pilot, right, "job.sh")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, EditConflictScreen))
        assert "was changed by somebody else" in screen_text(app)
        await choose(pilot, answer)
        await until(pilot, lambda: not [w for w in app.workers if w.name == "edit"])
        if beside:
            await until(pilot, lambda: "job.sh.mine" in named(right))
    assert backend.files.files[SCRIPT] == there
    assert backend.files.files.get(f"{SCRIPT}.mine") == beside
    assert Path(ran[0][-1]).exists() == (answer == "keep")


async def test_when_it_cannot_be_written_the_text_is_kept_and_where_is_told(
    app: PodtuiApp, backend: FakeBackend, edit: Callable[[Editor], list[list[str]]]
) -> None:
    ran = edit(writes(b"mine"))

    async def full(*_: object) -> str:
        from podtui.errors import NoSpace

        raise NoSpace("The disk there is full.")

    backend.files.upload = full  # type: ignore[method-assign,assignment]
    async with app.run_test(size=(100, 30)) as pilot:
        _, right = await see_files(pilot, "in.dat", "job.sh")
        await stand(pilot, right, "job.sh")
        await pilot.press("e")
        await until(pilot, lambda: "Your text is kept here:" in toasts(app))
    assert Path(ran[0][-1]).read_bytes() == b"mine"
    assert backend.files.files[SCRIPT].startswith(b"#!/bin/sh")


async def test_a_file_of_this_machine_is_edited_in_its_place(
    app: PodtuiApp, work: Path, edit: Callable[[Editor], list[list[str]]]
) -> None:
    ran = edit(lambda path: None)
    async with app.run_test(size=(100, 30)) as pilot:
        left, _ = await see_files(pilot, "notes.txt", "job.sh")
        await stand(pilot, left, "notes.txt")
        await pilot.press("e")
        await until(pilot, lambda: bool(ran))
    assert ran == [["nano", "-w", str(work / "notes.txt")]]


async def pairs_of(pilot: Pilot[None], kind: str) -> tuple[StagePair, ...]:
    """What the form for a new job has."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, SubmitScreen))
    found = app.screen.query_one(f"#{kind}", PairList)
    await until(pilot, lambda: found.pairs, "pairs")
    return found.pairs


async def test_what_is_marked_travels_with_a_new_job(app: PodtuiApp, work: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        left, right = await see_files(pilot, "notes.txt", "job.sh")
        await stand(pilot, left, "in.dat")
        await pilot.press("space", "space", "s")
        assert await pairs_of(pilot, "stage-in") == (
            StagePair(str(work / "in.dat"), f"{HOME}/in.dat"),
            StagePair(str(work / "notes.txt"), f"{HOME}/notes.txt"),
        )
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await stand(pilot, right, "runs.csv")
        await pilot.press("s")
        assert await pairs_of(pilot, "stage-out") == (
            StagePair(str(work / "runs.csv"), f"{HOME}/runs.csv"),
        )
