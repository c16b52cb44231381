"""The known hosts and a changed host key on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.errors import HostKeyChange, HostKeyChanged
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.dialogs import Confirm, Show
from podtui.tui.screens.host_key_changed import HostKeyChangedScreen
from podtui.tui.screens.known_hosts import KnownHostsScreen

from .conftest import toasts, until
from .test_tui_key_acts import _says, _screen
from .test_tui_keys_pane import _OTHER, see_keys

_LINE = f"{_OTHER.algorithm} {_OTHER.data}"


@pytest.fixture
def known(paths: Paths) -> Path:
    paths.ssh.mkdir(mode=0o700)
    file = paths.ssh / "known_hosts"
    file.write_text(f"# mine\nlab[0],192.0.2.7 {_LINE}\n[farm]:2222 {_LINE} x\n@revoked * {_LINE}")
    return file


async def _open(pilot: Pilot[None]) -> None:
    await see_keys(pilot)
    await pilot.press("k")
    await _screen(pilot, KnownHostsScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_known_host_is_shown_whole_and_forgotten(
    app: PodtuiApp, known: Path, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await _open(pilot)
        await _says(pilot, "3 host keys", _OTHER.fingerprint, "lab[0], 192.0.2.7", "line 2")
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == _OTHER.fingerprint)
        await pilot.press("f")
        await _screen(pilot, Show)
        await pilot.press("escape")
        await pilot.press("down")
        await _says(pilot, "line 3")
        await pilot.press("x")
        await _screen(pilot, Confirm)
        await _says(pilot, "Forget [farm]:2222?")
        await pilot.press("enter")
        await _screen(pilot, KnownHostsScreen)
        assert "farm" in known.read_text()
        await pilot.press("x")
        await _screen(pilot, Confirm)
        await pilot.press("y")
        await _says(pilot, "2 host keys")
    assert known.read_text() == f"# mine\nlab[0],192.0.2.7 {_LINE}\n@revoked * {_LINE}"


def _changed(file: Path) -> HostKeyChanged:
    error = HostKeyChanged("[farm]:2222 shows another key.", hint="Ask.")
    shown = ("ecdsa-sha2-nistp256", "SHA256:otherotherother")
    known = ("ssh-ed25519", _OTHER.fingerprint)
    error.change = HostKeyChange("[farm]:2222", known, shown, file, 3)
    return error


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_changed_key_is_explained_on_a_screen_of_its_own(
    app: PodtuiApp, known: Path, size: tuple[int, int]
) -> None:
    before = known.read_text()
    async with app.run_test(size=size) as pilot:
        await see_keys(pilot)
        app.run_act(_raise(known), "connect")
        await _screen(pilot, HostKeyChangedScreen)
        await _says(pilot, _OTHER.fingerprint, "SHA256:otherotherother", "Forget the old key [^f]")
        app.run_act(_raise(known), "connect")  # the same once more is no second screen
        await pilot.press("enter")  # the focus stands on "Leave it"
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert known.read_text() == before
        assert "another key" in app.errors.last[0].reason
        app.run_act(_raise(known), "connect")
        await _screen(pilot, HostKeyChangedScreen)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "1 key of [farm]:2222 forgotten" in toasts(app))
        assert len(app.screen_stack) == 1
    assert known.read_text() == before.replace(f"[farm]:2222 {_LINE} x\n", "")


async def _raise(file: Path) -> None:
    raise _changed(file)
