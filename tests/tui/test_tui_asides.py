"""On a wide terminal more stands beside each pane; it asks when the cursor rests, and no sooner."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from textual.pilot import Pilot

from podtui.domain.cluster import LinkState
from podtui.domain.job import JobState
from podtui.errors import Unreachable
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.asides import base
from podtui.tui.asides.base import Aside
from podtui.tui.asides.file import FileAside
from podtui.tui.asides.job import JobAside
from podtui.tui.asides.key import KeyAside
from podtui.tui.widgets.picture_view import PictureView

from .conftest import job_table, screen_text, see_jobs, toasts, until
from .fake_session import HOME, FakeBackend
from .test_tui_files_pane import see_files, stand
from .test_tui_keys_pane import make_key

BROAD = (200, 60)


def picture() -> bytes:
    """A red square."""
    out = BytesIO()
    Image.new("RGB", (16, 16), (255, 0, 0)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A job that writes, one that waits, and some files."""
    backend.jobs.add("1.pod", JobState.RUNNING, "relax[/b]", stdout=f"{HOME}/relax.o1")
    backend.jobs.add("2.pod", JobState.QUEUED, "later", reason="Not enough nodes.")
    lines = "".join(f"step {number}\n" for number in range(500))
    backend.files.files[f"{HOME}/relax.o1"] = lines.encode() + b"\x1b[31m[last]\x1b[0m\n"
    backend.files.files[f"{HOME}/table.csv"] = b"name,cores\nrelax [1],12\n"
    backend.files.files[f"{HOME}/plot.png"] = picture()
    return backend


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """podtui is started in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)


async def stand_on(pilot: Pilot[None], job: str) -> None:
    """Put the cursor on a job."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    table = await see_jobs(pilot, job)
    table.stand_on(next(key for key in table.keys if key.id == job))
    await until(pilot, lambda: app.standing_job is not None and app.standing_job.id == job)


async def test_a_job_is_told_with_its_last_lines(app: PodtuiApp) -> None:
    async with app.run_test(size=BROAD) as pilot:
        await stand_on(pilot, "1.pod")
        await until(pilot, lambda: "[last]" in screen_text(app), "the end of the output")
        text = screen_text(app)
        assert "step 499" in text
        assert "step 1\n" not in text
        assert f"Output, its last lines: {HOME}/relax.o1" in text
        assert "\x1b" not in text
        await stand_on(pilot, "2.pod")
        await until(pilot, lambda: "Not enough nodes." in screen_text(app))
        assert "[last]" not in screen_text(app)


async def test_it_asks_only_where_the_cursor_rests(
    app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    job = backend.jobs.job

    async def counted(job_id: str) -> object:
        asked.append(job_id)
        return await job(job_id)

    monkeypatch.setattr(backend.jobs, "job", counted)
    for number in range(10, 40):
        backend.jobs.add(f"{number}.pod", JobState.QUEUED, "many")
    monkeypatch.setattr(base, "REST", 3600.0)
    async with app.run_test(size=BROAD) as pilot:
        await see_jobs(pilot, "39.pod")
        table = job_table(app)
        await pilot.press("home", *["down"] * 12)
        passed, stood = table.keys[11], table.keys[12]
        await until(pilot, lambda: app.standing_job == stood)
        await until(pilot, lambda: stood.id in screen_text(app).partition("▏ Id")[2])
        assert not asked  # what is known is shown at once
        monkeypatch.setattr(base, "REST", 0.01)
        await pilot.press("up")
        await until(pilot, lambda: asked == [passed.id], "one question")


async def test_a_smaller_terminal_has_none_and_asks_nothing(
    app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    job = backend.jobs.job

    async def counted(job_id: str) -> object:
        asked.append(job_id)
        return await job(job_id)

    monkeypatch.setattr(base, "REST", 0.01)
    monkeypatch.setattr(backend.jobs, "job", counted)
    async with app.run_test(size=(120, 40)) as pilot:
        await stand_on(pilot, "1.pod")
        assert not app.query(Aside)
        assert not asked
        await pilot.resize_terminal(*BROAD)
        await until(pilot, lambda: "[last]" in screen_text(app))
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: not app.query_one(JobAside).size.width)
        assert "[last]" not in screen_text(app)


async def test_the_panel_can_be_put_away_by_key(app: PodtuiApp) -> None:
    async with app.run_test(size=BROAD) as pilot:
        await stand_on(pilot, "1.pod")
        await until(pilot, lambda: "[last]" in screen_text(app))
        await pilot.press("vertical_line")
        await until(pilot, lambda: "[last]" not in screen_text(app))
        assert job_table(app).size.width > 190
        await pilot.press("vertical_line")
        await until(pilot, lambda: "[last]" in screen_text(app))


async def test_a_file_is_told_with_its_beginning(app: PodtuiApp) -> None:
    async with app.run_test(size=BROAD) as pilot:
        _, remote = await see_files(pilot, "table.csv")
        await stand(pilot, remote, "relax.o1")
        await until(pilot, lambda: "step 3" in screen_text(app))
        assert f"{HOME}/relax.o1" in screen_text(app)
        await stand(pilot, remote, "table.csv")
        await until(pilot, lambda: "1 rows, 2 columns" in screen_text(app))
        await stand(pilot, remote, "plot.png")
        aside = app.query_one(FileAside)
        await until(pilot, lambda: aside.query_one(PictureView).has_class("shown"))
        await until(pilot, lambda: "▀▀▀▀" in screen_text(app))


async def test_a_key_is_told_with_its_picture(app: PodtuiApp, paths: Paths) -> None:
    async with app.run_test(size=BROAD) as pilot:
        key = await make_key(pilot, paths.ssh / "id_ed25519")
        await until(pilot, lambda: "[ED25519 256]" in screen_text(app))
        met = app.query_one(KeyAside).standing_key
        assert met is not None
        assert met.key == key


async def test_what_cannot_be_told_is_said_beside_and_interrupts_nobody(
    app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(job_id: str) -> object:
        raise Unreachable(f"No answer about [{job_id}].")

    async with app.run_test(size=BROAD) as pilot:
        await see_jobs(pilot, "1.pod")
        monkeypatch.setattr(backend.jobs, "job", fails)
        await stand_on(pilot, "2.pod")
        await until(pilot, lambda: "No answer about [2.pod]." in screen_text(app))
        assert not app._notifications


async def test_a_cluster_that_is_away_is_not_logged_in_to_for_it(
    app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "REST", 3600.0)
    async with app.run_test(size=BROAD) as pilot:
        await stand_on(pilot, "1.pod")
        await pilot.press("1", "d")
        await until(pilot, lambda: app.statuses[0].link is not LinkState.ONLINE)
        monkeypatch.setattr(backend.jobs, "job", lambda _: pytest.fail("it was asked"))
        monkeypatch.setattr(backend.files, "read", lambda *_: pytest.fail("it was read"))
        await pilot.press("2")
        await until(pilot, lambda: job_table(app).has_focus)
        aside = app.query_one(JobAside)
        assert aside._row is not None
        aside.ask()
        aside.ask()  # the second would be for the end of the output
        await pilot.pause()
        await until(pilot, lambda: not {w.name for w in app.workers} & {"job facts", "tail"})
        assert app.statuses[0].link is not LinkState.ONLINE


async def test_the_key_says_where_there_is_room(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await see_jobs(pilot, "1.pod")
        await pilot.press("vertical_line")
        await until(pilot, lambda: "160 columns" in toasts(app))
