"""How Clusters, Files, Keys and their dialogs look, on a small and on a large terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from podtui.backends.base import Question
from podtui.domain.entry import Entry, EntryKind, Space
from podtui.domain.key import LocalKey, parse_public_key
from podtui.domain.node import LoginNode, NodeSpec, ProvisionPhase, ProvisionStep
from podtui.domain.poll_cost import PollCost
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.cloud import Provision, ProvisionState
from podtui.tui.folder import Folder
from podtui.tui.keyring import Keyring
from podtui.tui.prompter import ScreenPrompter
from podtui.tui.screens.new_node import NewNodeScreen

from .conftest import make_app, screen_text, until
from .fake_session import NOW, FakeBackend
from .test_tui_clusters_pane import TwoControllers, open_form

Look = Callable[[Pilot[None]], Awaitable[None]]
_SIZES = [(80, 24), (120, 40)]
_KEYS = tuple(
    parse_public_key(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{letter * 43} {comment}")
    for letter, comment in (("A", "alice@here"), ("B", "alice@laptop"), ("C", "bob@[lab]"))
)
_HOME = "/home/alice"
_HERE = Folder(
    f"{_HOME}/work",
    (
        Entry("data", EntryKind.FOLDER, 0, NOW - timedelta(days=2), 0o755),
        Entry("latest", EntryKind.LINK, 0, NOW, 0o777, EntryKind.FOLDER),
        Entry("a-very-long-file-name-from-a-simulation.h5", EntryKind.FILE, 7_400_000_000, NOW),
        Entry("job.sh", EntryKind.FILE, 412, NOW - timedelta(days=400)),
    ),
    Space(80 << 30, 100 << 30),
    home=_HOME,
)
_THERE = replace(
    _HERE,
    path=_HOME,
    end="pod",
    entries=(
        Entry("runs", EntryKind.FOLDER, 0, NOW, 0o755),
        Entry("bad\udcff[name]\n.dat", EntryKind.FILE, 3000, NOW),
    ),
)
_TRANSFERS = (
    Transfer(
        *("1", "pod", Direction.DOWNLOAD, f"{_HOME}/work/", f"{_HOME}/old.tar"),
        state=TransferState.FAILED,
        error="No space left: 9,000 bytes are to go to '/home/alice', and pod has 12 free there.",
        hint="Free some space; nothing half-written was left under its final name.",
    ),
    Transfer(
        *("2", "pod", Direction.UPLOAD, f"{_HOME}/work/data", f"{_HOME}/"),
        state=TransferState.RUNNING,
        bytes_done=45 << 20,
        bytes_total=100 << 20,
        files_done=3,
        files_total=12,
        rate=11.5 * (1 << 20),
        seconds_left=5.0,
        current=f"{_HOME}/data/in.txt",
    ),
)


@pytest.fixture
def app(paths: Paths) -> PodtuiApp:
    """A domain of three controllers, one cluster that is not connected, one login node."""
    pod, other = TwoControllers("pod"), FakeBackend("mt2")
    pod.nodes.the_nodes["n1"] = LoginNode(
        *("n1", "ACTIVE", "i1", "2", "login-16-1.pod", "192.0.2.7", 22, NOW - timedelta(hours=3))
    )
    return make_app(paths, pod, other)


@pytest.fixture(autouse=True)
def _steady_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """What polls have cost by now is another number in each run."""
    monkeypatch.setattr(PollCost, "words", "12 queries, the last in 0.1 s, 4.0 a minute")


async def clusters(pilot: Pilot[None]) -> None:
    """The Clusters pane, its cloud answered."""
    await pilot.press("1")
    await until(pilot, lambda: "login-16-1.pod" in screen_text(_app(pilot)))


async def files(pilot: Pilot[None]) -> None:
    """The Files pane with two entries marked, and two transfers."""
    app = _app(pilot)
    await _files_read(pilot)
    app.left, app.right, app.transfers = _HERE, _THERE, _TRANSFERS
    await pilot.press("down", "space", "space")


async def no_files(pilot: Pilot[None]) -> None:
    """The Files pane without a login node."""
    app = _app(pilot)
    await _files_read(pilot)
    app.left = _HERE
    app.right = Folder(
        end="pod",
        title="No login node",
        error="pod has no login node that is up.",
        hint="Make one: N in the Clusters pane.\n\nPress g to try again.",
    )
    await pilot.pause()


async def _files_read(pilot: Pilot[None]) -> None:
    """The Files pane, and nothing on its way that would replace what a look puts in."""
    app = _app(pilot)
    await pilot.press("3")
    await until(pilot, lambda: app.left.path and app.right.path)
    reading = ("folder here", "folder there")
    await until(pilot, lambda: not [w for w in app.workers if w.group in reading])
    await pilot.pause()


async def keys(pilot: Pilot[None]) -> None:
    """The Keys pane with two of ours, one of them on."""
    app = _app(pilot)
    await pilot.press("4")
    await until(pilot, lambda: app.keyring.read and not app.keyring.reading)
    await pilot.pause()
    ours = (
        LocalKey(Path(f"{_HOME}/.ssh/id_ed25519"), _KEYS[0], 256, encrypted=True, in_agent=True),
        LocalKey(Path(f"{_HOME}/.ssh/id_laptop"), _KEYS[1], 256, encrypted=False),
    )
    app.keyring = Keyring(ours, (_KEYS[0], _KEYS[2]), read=True)
    await pilot.pause()


async def form(pilot: Pilot[None]) -> None:
    """The guided screen, before anything is made."""
    await clusters(pilot)
    await open_form(pilot)


async def steps(pilot: Pilot[None]) -> None:
    """The guided screen, while the login node boots."""
    await clusters(pilot)
    told = (
        ProvisionStep(ProvisionPhase.ACCOUNT, "alice"),
        ProvisionStep(ProvisionPhase.VOLUME, "50 GB", made=True),
        ProvisionStep(ProvisionPhase.KEY, _KEYS[0].fingerprint, made=True),
        ProvisionStep(ProvisionPhase.SIZE, "login-rocky9 on small"),
        ProvisionStep(ProvisionPhase.INSTANCE, "n2", made=True),
        ProvisionStep(ProvisionPhase.BOOT, "BUILD"),
    )
    app = _app(pilot)
    app.provisions = (Provision("pod", NodeSpec(), None, ProvisionState.RUNNING, told),)
    await until(pilot, lambda: "is being made" in screen_text(app), "a further line of details")
    await pilot.press("N")
    await until(pilot, lambda: isinstance(app.screen, NewNodeScreen))
    await pilot.pause()


async def host_key(pilot: Pilot[None]) -> None:
    """A host key never seen before."""
    await clusters(pilot)
    _asking(pilot, ScreenPrompter(_app(pilot)).trust_host(
        "pod", "login-16-1.pod", "ssh-ed25519", _KEYS[0].fingerprint
    ))  # fmt: skip
    await until(pilot, lambda: len(_app(pilot).screen_stack) == 2)
    await pilot.pause()


async def login(pilot: Pilot[None]) -> None:
    """Two questions of a server."""
    await clusters(pilot)
    questions = [Question("Password for alice:"), Question("One-time code:", secret=False)]
    _asking(pilot, ScreenPrompter(_app(pilot)).ask("pod", "login-16-1.pod", questions))
    await until(pilot, lambda: len(_app(pilot).screen_stack) == 2)
    await pilot.press(*"hunter2")


async def new_key(pilot: Pilot[None]) -> None:
    """The dialog for a key pair."""
    from podtui.tui.screens.key_dialogs import NewKeyScreen

    await clusters(pilot)
    path = Path(f"{_HOME}/.ssh/id_ed25519")
    await pilot.app.push_screen(NewKeyScreen(path, Path(_HOME), "alice@here"))
    await pilot.pause()


def after_start(look: Look) -> Look:
    """`look` once the first frame stands: a snapshot's pilot begins before it does."""

    async def run(pilot: Pilot[None]) -> None:
        try:
            await until(pilot, lambda: _app(pilot).statuses and pilot.app.focused, "the start")
            await until(pilot, lambda: pilot.app.theme == "podtui-dark", "the theme")
            await look(pilot)
        except pytest.fail.Exception as failure:  # a BaseException would leave the app running
            raise AssertionError(str(failure)) from failure

    return run


def _app(pilot: Pilot[None]) -> PodtuiApp:
    assert isinstance(pilot.app, PodtuiApp)
    return pilot.app


def _asking(pilot: Pilot[None], question: Any) -> asyncio.Task[Any]:
    return _app(pilot).run_act(question, "asked")._task  # type: ignore[return-value]


@pytest.mark.parametrize("size", _SIZES, ids=["small", "large"])
@pytest.mark.parametrize("look", [clusters, files, no_files, keys, form, steps])
def test_panes_look_right(
    snap_compare: Any,
    app: PodtuiApp,
    look: Look,
    size: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert snap_compare(app, terminal_size=size, run_before=after_start(look))


@pytest.mark.parametrize("look", [login, host_key, new_key])
def test_dialogs_look_right(snap_compare: Any, app: PodtuiApp, look: Look) -> None:
    assert snap_compare(app, terminal_size=(80, 24), run_before=after_start(look))


@pytest.mark.parametrize("look", [clusters, files, keys, form])
def test_panes_look_right_in_light_colours(
    snap_compare: Any,
    paths: Paths,
    look: Look,
    app: PodtuiApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    async def in_light(pilot: Pilot[None]) -> None:
        pilot.app.theme = "podtui-light"
        await look(pilot)

    assert snap_compare(app, terminal_size=(100, 30), run_before=after_start(in_light))
