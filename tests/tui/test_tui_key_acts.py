"""What the Keys pane does to a pair: agent, passphrase, comment, access, test, its end."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.dialogs import Ask, Confirm, Show
from podtui.tui.screens.passphrase import PassphraseScreen, PassphraseWish

from .conftest import make_app, screen_text, toasts, until
from .fake_session import FakeBackend
from .test_tui_keys_pane import _OTHER, make_key, see_keys


async def _screen(pilot: Pilot[None], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), kind.__name__)
    await pilot.pause()


async def _says(pilot: Pilot[None], *texts: str) -> None:
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    for text in texts:
        await until(pilot, lambda text=text: text in screen_text(app), text)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if shutil.which("ssh-agent") is None:
        pytest.skip("no ssh-agent on this machine")
    at = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", at], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(at))
        yield
        process.terminate()


async def test_a_key_goes_into_the_agent_for_a_while_and_out_again(
    app: PodtuiApp, paths: Paths, agent: None
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await make_key(pilot, paths.ssh / "id_ed25519")
        await pilot.press("a")
        await _screen(pilot, Ask)
        app.screen.query_one(Input).value = "soon"
        await pilot.press("enter")
        await _says(pilot, "is no time an agent can count")
        app.screen.query_one(Input).value = "2h"
        await pilot.press("enter")
        await _says(pilot, "in the agent")
        await until(pilot, lambda: "for 2h" in toasts(app))
        await pilot.press("a")
        await until(pilot, lambda: "not in the agent any more" in toasts(app))
        await until(pilot, lambda: ", in the agent" not in screen_text(app))


async def test_without_an_agent_it_says_so(
    app: PodtuiApp, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await make_key(pilot, paths.ssh / "id_ed25519")
        await pilot.press("a")
        await _screen(pilot, Ask)
        await pilot.press("enter")
        await until(pilot, lambda: "No SSH agent answers" in toasts(app))


async def test_a_passphrase_is_set_and_a_wrong_one_changes_nothing(
    app: PodtuiApp, paths: Paths
) -> None:
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(120, 40)) as pilot:
        await make_key(pilot, path)
        await pilot.press("P")
        await _screen(pilot, PassphraseScreen)
        await pilot.press(*"one", "enter", *"two", "enter")
        await _says(pilot, "The two passphrases differ.")
        for field in app.screen.query(Input):
            field.value = "one"
        await pilot.click("#ok")
        await _says(pilot, "with a passphrase")
        assert asyncssh.read_private_key(path, "one")
        await pilot.press("P")
        await _screen(pilot, PassphraseScreen)
        await pilot.press(*"wrong", "enter", *"new", "enter", *"new", "enter")
        await until(pilot, lambda: "Passphrase refused" in toasts(app))
        assert asyncssh.read_private_key(path, "one")


async def test_a_comment_is_changed_in_both_halves(app: PodtuiApp, paths: Paths) -> None:
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(120, 40)) as pilot:
        await make_key(pilot, path)
        await pilot.press("c")
        await _screen(pilot, Ask)
        app.screen.query_one(Input).value = "on [this] host"
        await pilot.press("enter")
        await _says(pilot, "· on [this] host")
    assert path.with_suffix(".pub").read_text().endswith(" on [this] host\n")
    assert asyncssh.read_private_key(path).get_comment() == "on [this] host"


async def test_a_file_open_to_others_is_marked_and_closed(app: PodtuiApp, paths: Paths) -> None:
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(80, 24)) as pilot:
        await make_key(pilot, path)
        await pilot.press("m")
        await until(pilot, lambda: "Nobody else may use it already." in toasts(app))
        path.chmod(0o640)
        await pilot.press("g")
        await _says(pilot, "▲ open", "(mode 0640)")
        await pilot.press("m")
        await _says(pilot, "✓ good")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_weak_key_is_marked_with_what_to_do(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    paths.ssh.mkdir(mode=0o700)
    words = ["-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", str(paths.ssh / "id_rsa")]
    subprocess.run(["ssh-keygen", *words], check=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await see_keys(pilot, "▲ weak", "RSA of 1024 bits can be broken", "R does it.")


async def test_a_pair_is_deleted_after_two_questions_that_name_what_stops(
    paths: Paths,
) -> None:
    backend, lab = FakeBackend("pod"), FakeBackend("lab")
    app = make_app(paths, backend, lab)
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(120, 40)) as pilot:
        key = await make_key(pilot, path)
        backend.keys.keys = [key, _OTHER]
        lab.keys.keys = [key]
        await app.session.clusters.connect("lab")
        await pilot.press("g")
        await _says(pilot, "On pod, lab")
        await pilot.press("D")
        await _screen(pilot, Confirm)
        await _says(pilot, "pod lets it in", "lab lets it in", key.fingerprint)
        await pilot.press("y")
        await _screen(pilot, Ask)
        await pilot.press(*"id", "enter")
        await _says(pilot, "That is not its name.")
        assert path.exists()
        app.screen.query_one(Input).value = "id_ed25519"
        await pilot.press("enter")
        await _says(pilot, "No key pair yet")
        assert list(paths.ssh.iterdir()) == []
        assert key in backend.keys.keys, "what is on a cluster is another matter"


async def test_a_declined_deletion_keeps_the_pair(app: PodtuiApp, paths: Paths) -> None:
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(120, 40)) as pilot:
        await make_key(pilot, path)
        for answers in (("escape",), ("y", "escape")):
            await pilot.press("D")
            await _screen(pilot, Confirm)
            for answer in answers:
                await pilot.press(answer)
                await pilot.pause()
            await until(pilot, lambda: len(app.screen_stack) == 1)
    assert path.exists()


async def test_a_login_is_tried_and_the_pane_keeps_what_came_of_it(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(120, 40)) as pilot:
        await make_key(pilot, path)
        await pilot.press("t")
        await _says(pilot, "✓ logs in as alice@pod")
        assert backend.keys.tried == [path]
        backend.keys.works = False
        await pilot.press("t")
        await _says(pilot, "✗ pod refused it")
        await until(pilot, lambda: "pod does not take id_ed25519." in toasts(app))
        assert app.statuses[0].link.value == "online", "a test says nothing about the link"


async def test_the_last_key_that_lets_us_in_is_named_as_that(
    app: PodtuiApp, backend: FakeBackend, paths: Paths
) -> None:
    backend.keys.by_login = True
    async with app.run_test(size=(120, 40)) as pilot:
        key = await make_key(pilot, paths.ssh / "id_ed25519")
        backend.keys.keys = [key, _OTHER]
        await pilot.press("g")
        await _says(pilot, "On pod")
        await pilot.press("x")
        await _screen(pilot, Confirm)
        await _says(pilot, "the LAST of your keys there")
        await pilot.press("y")
        await until(pilot, lambda: backend.keys.keys == [_OTHER])


async def test_the_picture_of_a_fingerprint(app: PodtuiApp, paths: Paths) -> None:
    path = paths.ssh / "id_ed25519"
    async with app.run_test(size=(80, 24)) as pilot:
        await make_key(pilot, path)
        await pilot.press("f")
        await _screen(pilot, Show)
        drawn = subprocess.run(
            ["ssh-keygen", "-lv", "-f", path], check=True, capture_output=True, text=True
        )
        for line in drawn.stdout.splitlines()[1:]:
            assert line in screen_text(app)


def test_no_passphrase_shows_in_a_traceback() -> None:
    assert "hunter2" not in repr(PassphraseWish("hunter2", "hunter2"))
