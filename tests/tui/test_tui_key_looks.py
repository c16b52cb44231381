"""How the screens about keys look, at the smallest and at a common size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.domain.key import Certificate, LocalKey, parse_public_key
from podtui.domain.key_rotation import Place, Rotation
from podtui.domain.known_host import KnownHost
from podtui.errors import HostKeyChange
from podtui.paths import Paths
from podtui.services.keys import Door
from podtui.services.known_hosts import HostLine
from podtui.tui.app import PodtuiApp
from podtui.tui.keyring import Keyring, Proof, Rotating
from podtui.tui.screens.host_key_changed import HostKeyChangedScreen
from podtui.tui.screens.known_hosts import KnownHostsScreen
from podtui.tui.screens.rotation import RotationScreen

from .conftest import make_app, until
from .fake_session import NOW, FakeBackend

_SSH = Path("/home/alice/.ssh")
_ONE, _TWO = (
    parse_public_key(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{letter * 43} alice@[{letter}]")
    for letter in "AB"
)
_SHORT = parse_public_key("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQ" + "D" * 86 + " old")
_ROTATION = Rotation(
    *(_SSH / "id_rsa", _SSH / "id_rsa_new", _SSH / "id_rsa_old", _ONE, NOW),
    new=_TWO,
    places=(
        Place("pod", installed=True, proved="alice@login-16-1.pod"),
        Place("lab[0]", installed=True),
        Place("attic", left_out=True),
    ),
    unseen=("farm",),
)
Look = Callable[[Pilot[None]], Awaitable[None]]


def _app(pilot: Pilot[None]) -> PodtuiApp:
    assert isinstance(pilot.app, PodtuiApp)
    return pilot.app


async def keys(pilot: Pilot[None]) -> None:
    """Keys of every kind; the cursor on the one with most to tell."""
    app = _app(pilot)
    await pilot.press("4")
    await until(pilot, lambda: app.keyring.read and not app.keyring.reading)
    await pilot.pause()
    ago = {"made": NOW - timedelta(days=400)}
    worst = LocalKey(
        *(_SSH / "id_rsa", _SHORT, 512, False),
        exposed="others may use the file (mode 0644); ssh refuses such a key",
        certificate=Certificate("ssh-rsa", NOW - timedelta(hours=3), ("alice", "bob")),
        **ago,
    )
    good = LocalKey(_SSH / "id_ed25519", _ONE, 256, encrypted=True, in_agent=True, **ago)
    app.keyring = Keyring((worst, good), (_ONE, _SHORT), read=True, doors=(Door("lab", (_SHORT,)),))
    app.proofs = (Proof(worst.path, "pod"),)
    await pilot.pause()


async def rotation(pilot: Pilot[None]) -> None:
    """A rotation whose second login was refused."""
    app = _app(pilot)
    app.rotating = Rotating(
        "id_rsa",
        _ROTATION,
        title="Key refused",
        error="alice@lab[0] does not take id_rsa_new.",
        hint="Put it on first. If it is on: ~/.ssh there must belong to you and be writable by "
        "nobody else, and the server may read its keys from another file.",
    )
    await app.push_screen(RotationScreen())
    await pilot.pause()


async def hosts(pilot: Pilot[None]) -> None:
    """Hosts by name, hashed, revoked, and one with a weak key."""
    app = _app(pilot)
    file = _SSH / "known_hosts"
    app.known_hosts = tuple(
        HostLine(KnownHost(file, at, b"", names, key, marker), clusters)
        for at, (names, key, marker, clusters) in enumerate(
            (
                (("lab[0].example.org", "192.0.2.7"), _SHORT, "", ("lab",)),
                (("|1|x|y",), _ONE, "", ("pod",)),
                (("[farm]:2222",), _TWO, "revoked", ()),
            ),
            1,
        )
    )
    await app.push_screen(KnownHostsScreen())
    await pilot.pause()


async def changed(pilot: Pilot[None]) -> None:
    """A host that shows another key."""
    shown = ("ssh-ed25519", _TWO.fingerprint)
    change = HostKeyChange(
        "[lab.example.org]:2222", ("ssh-ed25519", _ONE.fingerprint), shown, _SSH / "known_hosts", 7
    )
    await _app(pilot).push_screen(HostKeyChangedScreen(change))
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("look", [keys, rotation, hosts, changed])
def test_key_screens_look_right(
    snap_compare: Callable[..., bool],
    paths: Paths,
    backend: FakeBackend,
    look: Look,
    size: tuple[int, int],
) -> None:
    async def ready(pilot: Pilot[None]) -> None:
        app = _app(pilot)
        await until(pilot, lambda: app._session is not None and app.rows == ())
        await until(pilot, lambda: app.statuses[0].link.value == "online")
        await look(pilot)

    assert snap_compare(make_app(paths, backend), terminal_size=size, run_before=ready)
