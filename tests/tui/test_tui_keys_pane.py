"""The Keys pane: what is listed, made, put on and taken off; a private key never leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podtui.domain.key import LocalKey, PublicKey, parse_public_key
from podtui.errors import Refused, Unreachable
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.keyring import Keyring
from podtui.tui.panes.key_text import shown_name
from podtui.tui.panes.keys import KeysPane
from podtui.tui.screens.dialogs import Ask, Confirm
from podtui.tui.screens.key_dialogs import KeyWish, NewKeyScreen
from podtui.tui.widgets.keyed_table import KeyedTable

from .conftest import screen_text, there, toasts, until
from .fake_session import FakeBackend

_OTHER = parse_public_key(
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5eCLwvCAcdnW1kzqCxgJj8E8xQ2cZmy7Fj1cXm0xUu bob@[home]"
)
_THIRD = parse_public_key(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'B' * 43} carol@[there]")


async def see_keys(pilot: Pilot[None], *texts: str) -> KeysPane:
    """Go to the pane and wait until both halves were read."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await pilot.press("4")
    pane = await there(pilot, KeysPane)
    await until(pilot, lambda: pane.has_focus_within, "the focus in the pane")
    await until(pilot, lambda: pane.keyring.read and not pane.keyring.reading, "the keys")
    for text in texts:
        await until(pilot, lambda text=text: text in screen_text(app), text)
    return pane


async def make_key(pilot: Pilot[None], path: Path) -> PublicKey:
    """A key pair on this machine, read by the pane."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await see_keys(pilot)
    key = await app.session.keys.generate(path, "alice@[here]")
    await pilot.press("g")
    await until(pilot, lambda: path.name in screen_text(app))
    await see_keys(pilot)
    return key.public


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_keys_are_listed_by_their_whole_fingerprint(
    app: PodtuiApp, backend: FakeBackend, paths: Paths, size: tuple[int, int]
) -> None:
    backend.keys.keys = [_OTHER]
    async with app.run_test(size=size) as pilot:
        key = await make_key(pilot, paths.ssh / "id_ed25519")
        text = screen_text(app)
    assert key.fingerprint in text
    assert _OTHER.fingerprint in text
    assert "alice@[here]" in text
    assert "without a passphrase" in text


async def test_a_key_is_put_on_and_taken_off_again(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    backend.keys.keys = [_OTHER]
    async with app.run_test(size=(100, 30)) as pilot:
        key = await make_key(pilot, paths.ssh / "id_ed25519")
        await pilot.press("x")
        await until(pilot, lambda: "This key is not on the cluster." in toasts(app))
        await pilot.press("p")
        await until(pilot, lambda: "✓ id_ed25519" in screen_text(app))
        assert backend.keys.keys == [_OTHER, key]
        assert "PRIVATE" not in "".join(one.line for one in backend.keys.keys)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        assert key.fingerprint in screen_text(app)
        assert "It is one of yours" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert len(backend.keys.keys) == 2
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: backend.keys.keys == [_OTHER])
        await until(pilot, lambda: "✓ id_ed25519" not in screen_text(app))


async def test_a_key_of_somebody_else_can_be_taken_off(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.keys.keys = [_OTHER]
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await see_keys(pilot, _OTHER.fingerprint)
        pane.query_one("#there-keys", KeyedTable).focus()
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        assert "bob@[home]" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: "No key is on" in screen_text(app))
        assert backend.keys.keys == []


async def test_a_key_pair_is_made_and_stood_on(app: PodtuiApp, paths: Paths) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await make_key(pilot, paths.ssh / "id_a")
        pane = app.query_one(KeysPane)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, NewKeyScreen))
        await pilot.pause()
        app.screen.query_one("#comment", Input).value = "for pod"
        app.screen.query_one("#passphrase", Input).focus()
        await pilot.press(*"secret", "enter", *"other", "enter")
        await until(pilot, lambda: "The two passphrases differ." in screen_text(app))
        assert "secret" not in screen_text(app)
        for name in ("passphrase", "again"):
            app.screen.query_one(f"#{name}", Input).value = "secret"
        await pilot.click("#ok")
        path = paths.ssh / "id_ed25519"
        await until(pilot, lambda: pane.key is not None and pane.key.comment == "for pod")
        assert path.stat().st_mode & 0o777 == 0o600
        assert "with a passphrase" in screen_text(app)
        await until(pilot, lambda: "Key pair made" in toasts(app))


async def test_a_taken_name_is_not_proposed_and_never_overwritten(
    app: PodtuiApp, paths: Paths
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        key = await make_key(pilot, paths.ssh / "id_ed25519")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, NewKeyScreen))
        assert app.screen.query_one("#path", Input).value == str(paths.ssh / "id_ed25519_2")
        app.screen.query_one("#path", Input).value = "~/.ssh/id_ed25519"
        await pilot.click("#ok")
        await until(pilot, lambda: "Already there" in toasts(app))
        assert (await app.session.keys.local())[0].public == key


@pytest.mark.parametrize("how", ["pasted", "file"])
async def test_a_private_key_is_refused(
    app: PodtuiApp, backend: FakeBackend, paths: Paths, how: str
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await make_key(pilot, paths.ssh / "id_ed25519")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        private = (paths.ssh / "id_ed25519").read_text().splitlines()[0]
        field = app.screen.query_one(Input)
        field.value = private if how == "pasted" else "~/.ssh/id_ed25519"
        await pilot.press("enter")
        told = (lambda: screen_text(app)) if how == "pasted" else (lambda: toasts(app))
        await until(pilot, lambda: "It never leaves this machine." in told())
        assert backend.keys.keys == []


@pytest.mark.parametrize("how", ["line", "file"])
async def test_a_public_key_from_elsewhere_is_put_on(
    app: PodtuiApp, backend: FakeBackend, tmp_path: Path, how: str
) -> None:
    file = tmp_path / "other.pub"
    file.write_text(f"{_OTHER.line}\n")
    async with app.run_test(size=(100, 30)) as pilot:
        await see_keys(pilot)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        app.screen.query_one(Input).value = _OTHER.line if how == "line" else str(file)
        await pilot.press("enter")
        await until(pilot, lambda: _OTHER.fingerprint in screen_text(app))
        assert backend.keys.keys == [_OTHER]


async def test_line_and_fingerprint_are_copied(app: PodtuiApp, backend: FakeBackend) -> None:
    backend.keys.keys = [_OTHER]
    async with app.run_test(size=(100, 30)) as pilot:
        pane = await see_keys(pilot, _OTHER.fingerprint)
        pane.query_one("#there-keys", KeyedTable).focus()
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == _OTHER.line)
        await pilot.press("Y")
        await until(pilot, lambda: app.clipboard == _OTHER.fingerprint)


async def test_a_cluster_that_does_not_tell_its_keys_says_why(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    def refuse() -> None:
        raise Refused("Keys need a [volume] first.", hint="Press 1, then N.")

    backend.keys.trouble = refuse
    async with app.run_test(size=(100, 30)) as pilot:
        await make_key(pilot, paths.ssh / "id_ed25519")
        assert "Keys need a [volume] first." in screen_text(app)
        assert "Press 1, then N." in screen_text(app)
        await pilot.press("p")
        await until(pilot, lambda: "Keys need a [volume] first." in toasts(app))
        backend.keys.trouble = lambda: None
        await pilot.press("g")
        await until(pilot, lambda: "No key is on" in screen_text(app))


def test_a_passphrase_never_shows() -> None:
    assert "hunter2" not in repr(KeyWish(Path("/k"), "c", "hunter2"))
    assert Keyring().ours(_OTHER) is None


async def test_keys_of_the_same_name_are_told_apart_by_their_folders(app: PodtuiApp) -> None:
    private = LocalKey(Path("/home/alice/.ssh/id_ed25519"), _OTHER, 256, encrypted=False)
    other = replace(private, path=Path("/home/alice/work/id_ed25519"), public=_THIRD)
    alone = replace(private, path=Path("/home/alice/.ssh/id_rsa"))
    ring = Keyring((private, other, alone), (_THIRD,), read=True)
    assert [shown_name(one, ring) for one in ring.local] == [
        ".ssh/id_ed25519",
        "work/id_ed25519",
        "id_rsa",
    ]
    async with app.run_test(size=(80, 24)) as pilot:
        await see_keys(pilot)
        app.keyring = ring
        await until(pilot, lambda: "✓ work/id" in screen_text(app))
        assert {".ssh/id_", "work/id_"} <= {word[:8] for word in screen_text(app).split()}


async def test_the_keys_a_cluster_told_stay_dated_when_it_goes_away(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.keys.keys = [_OTHER]
    async with app.run_test(size=(100, 30)) as pilot:
        await see_keys(pilot, _OTHER.fingerprint)
        backend.error = Unreachable("The network is unreachable.")
        await pilot.press("g")
        await until(pilot, lambda: "These are of 12:00:00; g asks again." in screen_text(app))
        assert _OTHER.fingerprint in screen_text(app)
        backend.error = None
        await pilot.press("g")
        await until(pilot, lambda: "These are of" not in screen_text(app))
