"""The rotation on the screen: every step shown before it is done, left and taken up again."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from podtui.domain.key import PublicKey
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.dialogs import Confirm
from podtui.tui.screens.passphrase import PassphraseScreen
from podtui.tui.screens.rotation import RotationScreen

from .conftest import make_app, screen_text, until
from .fake_session import FakeBackend
from .test_tui_key_acts import _says, _screen
from .test_tui_keys_pane import make_key


@pytest.fixture
def lab() -> FakeBackend:
    return FakeBackend("lab")


@pytest.fixture
def app(paths: Paths, backend: FakeBackend, lab: FakeBackend) -> PodtuiApp:
    return make_app(paths, backend, lab)


async def _begin(pilot: Pilot[None], paths: Paths, *clusters: FakeBackend) -> PublicKey:
    """Our key, on these clusters, its rotation on the screen."""
    key = await make_key(pilot, paths.ssh / "id_ed25519")
    for cluster in clusters:
        cluster.keys.keys = [key]
    await pilot.press("R")
    await _screen(pilot, RotationScreen)
    await _says(pilot, "▸ next   make a new key")
    return key


async def _made(pilot: Pilot[None]) -> None:
    await pilot.press("enter")
    await _screen(pilot, PassphraseScreen)
    await pilot.press("enter", "enter")
    await _done(pilot, 1)


async def _done(pilot: Pilot[None], count: int) -> None:
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: screen_text(app).count("✓ done") == count, f"{count} steps")
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_key_is_replaced_step_by_step(
    app: PodtuiApp,
    backend: FakeBackend,
    lab: FakeBackend,
    paths: Paths,
    size: tuple[int, int],
) -> None:
    async with app.run_test(size=size) as pilot:
        old = await _begin(pilot, paths, backend, lab)
        await _made(pilot)
        for count in (2, 3, 4, 5):
            await pilot.press("enter")
            await _done(pilot, count)
        assert [one.name for one in backend.keys.tried + lab.keys.tried] == ["id_ed25519_new"] * 2
        for count, cluster in ((6, backend), (7, lab)):
            assert old in cluster.keys.keys
            await pilot.press("enter")
            await _screen(pilot, Confirm)
            await pilot.press("enter")  # the focus stands on "Keep it"
            await _screen(pilot, RotationScreen)
            assert old in cluster.keys.keys
            await pilot.press("enter")
            await _screen(pilot, Confirm)
            await pilot.press("y")
            await _done(pilot, count)
            assert old not in cluster.keys.keys
        await pilot.press("enter")
        await _says(pilot, "Done. The new key logs in everywhere")
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        names = sorted(path.name for path in paths.ssh.iterdir())
        assert names == ["id_ed25519", "id_ed25519.pub", "id_ed25519_old", "id_ed25519_old.pub"]
        (new,) = backend.keys.keys
        assert (await app.session.key_pairs.find("id_ed25519")).public.same_as(new)


async def test_it_is_left_and_taken_up_again_where_it_stood(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _begin(pilot, paths, backend)
        await _made(pilot)
        await pilot.press("enter")
        await _done(pilot, 2)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await _says(pilot, "being rotated: R goes on")
        await pilot.press("R")
        await _screen(pilot, RotationScreen)
        await _done(pilot, 2)
        await _says(pilot, "▸ next   log in to pod with the new key alone")


async def test_a_refused_login_stops_it_and_says_why(
    app: PodtuiApp, backend: FakeBackend, lab: FakeBackend, paths: Paths
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        old = await _begin(pilot, paths, backend, lab)
        await _made(pilot)
        for count in (2, 3, 4):
            await pilot.press("enter")
            await _done(pilot, count)
        lab.keys.works = False
        await pilot.press("enter")
        await _says(pilot, "Key refused: pod does not take id_ed25519_new.")
        assert old in lab.keys.keys
        assert old in backend.keys.keys
        await pilot.press("o")
        await _says(pilot, "lab keeps the old key", "▸ next   old key off pod")


async def test_it_can_be_given_up(app: PodtuiApp, backend: FakeBackend, paths: Paths) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        old = await _begin(pilot, paths, backend)
        await _made(pilot)
        await pilot.press("enter")
        await _done(pilot, 2)
        assert len(backend.keys.keys) == 2
        await pilot.press("u")
        await _screen(pilot, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert backend.keys.keys == [old]
        assert sorted(path.name for path in paths.ssh.iterdir()) == ["id_ed25519", "id_ed25519.pub"]


async def test_a_declined_passphrase_makes_nothing(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _begin(pilot, paths, backend)
        await pilot.press("enter")
        await _screen(pilot, PassphraseScreen)
        await pilot.press("escape")
        await _screen(pilot, RotationScreen)
        await _says(pilot, "▸ next   make a new key")
        assert not (paths.ssh / "id_ed25519_new").exists()
