"""How a wide terminal looks with what stands beside each pane, and a picture looked into."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from textual.pilot import Pilot

from podtui.domain.entry import Entry, EntryKind, Space
from podtui.domain.job import JobState
from podtui.domain.key import LocalKey, parse_public_key
from podtui.domain.poll_cost import PollCost
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.asides.cluster import ClusterCard
from podtui.tui.cloud import Home
from podtui.tui.folder import Folder
from podtui.tui.keyring import Keyring
from podtui.tui.screens.preview import PreviewScreen
from podtui.tui.widgets.picture_view import PictureView

from .conftest import make_app, screen_text, see_jobs, until
from .fake_session import HOME, NOW, FakeBackend
from .test_tui_asides import stand_on
from .test_tui_files_pane import see_files, stand
from .test_tui_keys_pane import see_keys

Look = Callable[[Pilot[None]], Awaitable[None]]
_KEY = parse_public_key(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43} alice@[here]")


def _plot() -> bytes:
    """A picture with two colours and a clear corner."""
    picture = Image.new("RGBA", (120, 60), (240, 240, 240, 255))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 20, 20), fill=(0, 0, 0, 0))
    draw.line((0, 59, 119, 0), fill=(200, 30, 30, 255), width=4)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """Jobs, one of which writes, and files of each kind."""
    backend.jobs.add("1.pod", JobState.RUNNING, "relax[/b]", stdout=f"{HOME}/relax.o1")
    backend.jobs.add("2.pod", JobState.QUEUED, "later", reason="Not enough nodes.")
    lines = "".join(f"step {number}: converging\n" for number in range(300))
    backend.files.files[f"{HOME}/relax.o1"] = lines.encode()
    backend.files.files[f"{HOME}/runs.csv"] = b"name,cores\nrelax [1],12\nother,4\n"
    backend.files.files[f"{HOME}/plot.png"] = _plot()
    return backend


@pytest.fixture
def app(paths: Paths, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch) -> PodtuiApp:
    """Two clusters, one of them not connected; what polls cost is another number in each run."""
    monkeypatch.setattr(PollCost, "words", "12 queries, the last in 0.1 s, 4.0 a minute")
    return make_app(paths, backend, FakeBackend("mt2[0]"))


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """podtui is started in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)


async def jobs(pilot: Pilot[None]) -> None:
    """A running job with its output."""
    await stand_on(pilot, "1.pod")
    await until(pilot, lambda: "step 299: converging" in screen_text(_app(pilot)))


async def files(pilot: Pilot[None]) -> None:
    """A table."""
    app = _app(pilot)
    _, remote = await see_files(pilot, "runs.csv")
    await until(pilot, lambda: app.left.path)
    entries = (Entry("job.sh", EntryKind.FILE, 412, NOW),)
    app.left = Folder("/home/alice/work", entries, home="/home/alice")
    await stand(pilot, remote, "runs.csv")
    await until(pilot, lambda: "2 rows, 2 columns" in screen_text(app))


async def keys(pilot: Pilot[None]) -> None:
    """A key and its picture."""
    app = _app(pilot)
    await see_keys(pilot)
    ours = LocalKey(Path("/home/alice/.ssh/id_ed25519"), _KEY, 256, encrypted=True)
    app.keyring = Keyring((ours,), (_KEY,), read=True)
    await until(pilot, lambda: "[ED25519 256]" in screen_text(app))


async def clusters(pilot: Pilot[None]) -> None:
    """A card for each cluster."""
    app = _app(pilot)
    await pilot.press("1")
    app.homes = (Home("pod", NOW, Space(80 << 30, 100 << 30)),)
    await until(pilot, lambda: len(app.query(ClusterCard)) == 2)
    await until(pilot, lambda: app.query(ClusterCard).last().size.height)


async def picture(pilot: Pilot[None]) -> None:
    """A picture, over the Files pane."""
    app = _app(pilot)
    _, remote = await see_files(pilot, "plot.png")
    await until(pilot, lambda: app.left.path)
    app.left = Folder("/home/alice/work", home="/home/alice")
    await stand(pilot, remote, "plot.png")
    await pilot.press("v")
    await until(pilot, lambda: isinstance(app.screen, PreviewScreen))
    await until(pilot, lambda: app.screen.query_one(PictureView).has_class("shown"))
    await until(pilot, lambda: app.screen.query_one(PictureView).size.height > 3)


def _app(pilot: Pilot[None]) -> PodtuiApp:
    assert isinstance(pilot.app, PodtuiApp)
    return pilot.app


def _run(look: Look, theme: str) -> Look:
    """`look` in a theme, once the jobs are there; a snapshot's pilot begins before they are."""

    async def run(pilot: Pilot[None]) -> None:
        try:
            await see_jobs(pilot, "1.pod", "2.pod")
            pilot.app.theme = theme
            await look(pilot)
            await pilot.pause()
        except pytest.fail.Exception as failure:  # a BaseException would leave the app running
            raise AssertionError(str(failure)) from failure

    return run


@pytest.mark.parametrize("theme", ["podtui-dark", "podtui-light"])
@pytest.mark.parametrize("look", [clusters, jobs, files, keys])
def test_wide_panes_look_right(snap_compare: Any, app: PodtuiApp, look: Look, theme: str) -> None:
    assert snap_compare(app, terminal_size=(200, 60), run_before=_run(look, theme))


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "podtui-dark"), ((120, 40), "podtui-light")]
)
def test_a_picture_looks_right(
    snap_compare: Any, app: PodtuiApp, size: tuple[int, int], theme: str
) -> None:
    assert snap_compare(app, terminal_size=size, run_before=_run(picture, theme))
