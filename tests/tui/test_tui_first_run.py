"""The first run, and a further cluster: asked for, tried, kept, and used at once."""

from __future__ import annotations

import tomllib

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from podtui.config.adding import ESSENTIAL, form_keys
from podtui.config.keys import KINDS
from podtui.config.model import ClusterConfig, Config, PodConfig, SshConfig
from podtui.errors import Unreachable
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.tui.app import PodtuiApp
from podtui.tui.frame import POD_WANTED
from podtui.tui.screens.new_cluster import KIND_WORDS, NewClusterScreen
from podtui.tui.screens.welcome import WelcomeScreen

from .conftest import screen_text, toasts, until
from .fake_session import FakeBackend, fixed_clock


class Opened:
    """Makes a backend for whatever cluster is asked for, and remembers the configurations."""

    def __init__(self) -> None:
        self.configs: list[ClusterConfig] = []
        self.backends: list[FakeBackend] = []
        self.error: Unreachable | None = None

    def __call__(self, config: ClusterConfig) -> FakeBackend:
        backend = FakeBackend(config.name)
        backend.error = self.error
        self.configs.append(config)
        self.backends.append(backend)
        return backend


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def app(paths: Paths, opened: Opened) -> PodtuiApp:
    """The app without a configuration."""
    config = Config()
    return PodtuiApp(
        lambda prompter: Session(config, paths, prompter, clock=fixed_clock, opener=opened),
        config,
        paths,
    )


async def _form(pilot: Pilot[None], app: PodtuiApp, kind: str, **typed: str) -> NewClusterScreen:
    """The form for `kind`, filled in."""
    await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
    await pilot.press("down", "enter")
    await until(pilot, lambda: isinstance(app.screen, NewClusterScreen) and _fields(app))
    screen = app.screen
    assert isinstance(screen, NewClusterScreen)
    screen.query_one("#kind", Select).value = kind
    await until(pilot, lambda: _fields(app) == list(ESSENTIAL[kind]))
    screen.query_one("#name", Input).value = typed.pop("name")
    for field in screen.query("#keys Input").results(Input):
        field.value = typed.pop(field.name or "", "")
    assert not typed
    return screen


def _fields(app: PodtuiApp) -> list[str | None]:
    return [field.name for field in app.screen.query("#keys Input, #keys Select")]


async def test_without_a_cluster_the_ways_to_one_are_offered(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Try the embedded pod" in screen_text(app))
        assert "Take over PODTools' settings" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: app._exit)
    assert app.return_code == POD_WANTED


async def test_podtools_settings_that_are_not_there_are_told(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "There is nothing to import" in toasts(app))


async def test_podtools_settings_are_taken_over_and_used_at_once(
    app: PodtuiApp, paths: Paths, opened: Opened
) -> None:
    file = paths.podtools[-1]
    file.parent.mkdir(parents=True)
    file.write_text("[podtools]\nuser = alice\naddress = pod.example.org\n")
    file.chmod(0o600)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: opened.backends and opened.backends[0].connected)
        await until(pilot, lambda: "● pod online" in screen_text(app))


def test_every_kind_has_words_and_essential_keys() -> None:
    assert set(KIND_WORDS) == set(ESSENTIAL) == set(KINDS)
    for kind in KINDS:
        assert [key.name for key in form_keys(kind)] == list(ESSENTIAL[kind])
        every = {key.name for key in form_keys(kind, every=True)}
        assert {key.name for key in KINDS[kind]} - every <= {"env", "headers"}


@pytest.mark.parametrize(
    ("kind", "typed", "secret"),
    [
        ("pod", {"auth_url": "https://auth.example.org", "api_key": "k", "api_secret": "s3"}, "s3"),
        ("ssh", {"host": "login.example.org", "user": "alice"}, ""),
        ("slurmrest", {"url": "https://slurm.example.org:6820", "token": "t0k"}, "t0k"),
        ("psik", {"url": "https://psik.example.org", "token": "b1s"}, "b1s"),
        ("kotta", {"url": "https://kotta.example.org", "token": "a1b"}, "a1b"),
        ("resop", {"url": "https://resop.example.org", "password": "p4s"}, "p4s"),
    ],
)
async def test_a_cluster_of_each_kind_is_tried_kept_and_used(
    app: PodtuiApp,
    paths: Paths,
    opened: Opened,
    kind: str,
    typed: dict[str, str],
    secret: str,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _form(pilot, app, kind, name="mine", **typed)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "✓ It answers" in screen_text(app))
        assert not paths.config_file.exists()  # a test keeps nothing
        assert opened.backends[0].closed
        await pilot.press("ctrl+s")
        await until(pilot, lambda: opened.backends[-1].connected and len(app.screen_stack) == 1)
        await until(pilot, lambda: "● mine online" in screen_text(app))
    written = paths.config_file.read_text()
    table = tomllib.loads(written)["clusters"]["mine"]
    assert table["kind"] == kind
    if secret:
        assert secret not in written
        kept = [f.read_text() for f in paths.secrets.rglob("*") if f.is_file()]
        assert [text.strip() for text in kept] == [secret]


async def test_a_cluster_that_does_not_answer_is_kept_only_when_asked_twice(
    app: PodtuiApp, paths: Paths, opened: Opened
) -> None:
    opened.error = Unreachable("login.example.org does not answer.")
    async with app.run_test(size=(80, 24)) as pilot:
        await _form(pilot, app, "ssh", name="far", host="login.example.org")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "does not answer" in screen_text(app))
        assert not paths.config_file.exists()
        await pilot.press("ctrl+s")
        await until(pilot, paths.config_file.exists)
        await until(pilot, lambda: "far" in {status.name for status in app.statuses})


async def test_what_cannot_be_is_told_and_all_stays_as_typed(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await _form(pilot, app, "kotta", name="k", url="not an address")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "url must be an address" in screen_text(app))
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "poll_seconds" in _fields(app))
        assert screen._typed() == {"kind": "kotta", "url": "not an address"}


async def test_an_added_cluster_is_polled(paths: Paths, opened: Opened) -> None:
    first = PodConfig("pod", "alice", poll_seconds=0.05)
    config = Config(clusters=(first,), default_cluster="pod")
    app = PodtuiApp(
        lambda prompter: Session(config, paths, prompter, clock=fixed_clock, opener=opened),
        config,
        paths,
    )
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._session)
        app.session.add_cluster(SshConfig("late", poll_seconds=0.05))
        await app.session.clusters.connect("late")
        await until(pilot, lambda: any(a.cluster == "late" and a.answered for a in app.answers))
