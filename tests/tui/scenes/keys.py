"""The Keys pane in its states, and the screens it leads to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from podtui.domain.key import Certificate, LocalKey, parse_public_key
from podtui.domain.key_rotation import Place, Rotation
from podtui.domain.known_host import KnownHost
from podtui.errors import HostKeyChange
from podtui.services.keys import Door
from podtui.services.known_hosts import HostLine
from podtui.tui.keyring import Keyring, Proof, Rotating
from podtui.tui.panes.keys import KeysPane
from podtui.tui.screens.host_key_changed import HostKeyChangedScreen
from podtui.tui.screens.key_dialogs import NewKeyScreen
from podtui.tui.screens.known_hosts import KnownHostsScreen
from podtui.tui.screens.passphrase import PassphraseScreen
from podtui.tui.screens.rotation import RotationScreen

from ..fake_session import HOME, NOW
from .stage import Scenes, Stage
from .world import HOUR, Say, key_of, ssh_folder

SCENES = Scenes()
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _short(say: Say) -> LocalKey:
    """A key with everything wrong."""
    line = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQ" + "D" * 86 + " old"
    public = replace(parse_public_key(line), comment=say("old@[here]"))
    return LocalKey(
        *(ssh_folder() / _file(say("id_rsa")), public, 512, False),
        exposed=say("others may use the file (mode 0644); ssh refuses such a key"),
        certificate=Certificate("ssh-rsa", NOW - 3 * HOUR, (say("alice"), "bob")),
        made=NOW - 9600 * HOUR,
    )


def _good(say: Say) -> LocalKey:
    public = key_of("A", "alice@here", say)
    return LocalKey(
        ssh_folder() / "id_ed25519", public, 256, encrypted=True, in_agent=True, made=NOW - HOUR
    )


def _file(name: str) -> str:
    return name.replace("/", "_").replace("\0", "_")


async def _keys(stage: Stage, keyring: Keyring) -> None:
    app = stage.app
    await stage.pane("keys")
    await stage.until(lambda: app.keyring.read, "the keys")
    await stage.rest()
    app.keyring = keyring


@SCENES.shows(KeysPane)
async def keys_pane(stage: Stage) -> None:
    """Keys of every kind, the worst under the cursor."""
    say = stage.say
    worst, good = _short(say), _good(say)
    there = (good.public, worst.public, key_of("C", "bob@lab", say))
    doors = (Door(say("lab"), (worst.public,)),)
    await _keys(stage, Keyring((worst, good), there, read=True, doors=doors))
    stage.app.proofs = (Proof(worst.path, "pod"),)


@SCENES.shows(NewKeyScreen)
async def new_key(stage: Stage) -> None:
    """A key pair to be made."""
    await stage.push(NewKeyScreen(ssh_folder() / "id_ed25519", Path(HOME), "alice@here"))


@SCENES.shows(PassphraseScreen)
async def passphrase(stage: Stage) -> None:
    """Another passphrase."""
    await stage.push(PassphraseScreen(f"Passphrase of {_file('id_rsa')}", ask_old=True))


@SCENES.shows(RotationScreen)
async def rotation(stage: Stage) -> None:
    """A rotation whose second login was refused."""
    say, folder = stage.say, ssh_folder()
    names = (folder / _file(say("id_rsa")), folder / "id_rsa_new", folder / "id_rsa_old")
    places = (
        Place(say("pod"), installed=True, proved=say("alice@login-16-1.pod")),
        Place("lab[0]", installed=True),
        Place("attic", left_out=True),
    )
    stage.app.rotating = Rotating(
        "id_rsa",
        Rotation(
            *(*names, key_of("A", "old", say), NOW),
            new=key_of("B", "new", say),
            places=places,
            unseen=("farm",),
        ),
        title="Key refused",
        error=say("alice@lab[0] does not take id_rsa_new."),
        hint="Put it on first. If it is on: ~/.ssh there must belong to you.",
    )
    await stage.push(RotationScreen())


@SCENES.shows(KnownHostsScreen)
async def hosts(stage: Stage) -> None:
    """Hosts by name, hashed, revoked."""
    await stage.pane("keys")
    await stage.rest()
    file, say = ssh_folder() / "known_hosts", stage.say
    lines = (
        ((say("lab[0].example.org"), "192.0.2.7"), _short(say).public, "", (say("lab"),)),
        (("|1|x|y",), key_of("A", "x", say), "", ("pod",)),
        (("[farm]:2222",), key_of("B", "x", say), "revoked", ()),
    )
    stage.app.known_hosts = tuple(
        HostLine(KnownHost(file, at, b"", names, key, marker), clusters)
        for at, (names, key, marker, clusters) in enumerate(lines, 1)
    )
    await stage.push(KnownHostsScreen())


@SCENES.shows(HostKeyChangedScreen)
async def changed(stage: Stage) -> None:
    """A host that shows another key."""
    prints = [key_of(letter, "x", stage.say).fingerprint for letter in "AB"]
    change = HostKeyChange(
        stage.say("[lab.example.org]:2222"),
        ("ssh-ed25519", prints[0]),
        ("ssh-ed25519", prints[1]),
        ssh_folder() / "known_hosts",
        7,
    )
    await stage.push(HostKeyChangedScreen(change))


@SCENES.shows(KeysPane, "loading")
async def keys_loading(stage: Stage) -> None:
    """The cluster has not told its keys yet."""
    await _keys(stage, Keyring((_good(stage.say),), None, read=True, reading=True))


@SCENES.shows(KeysPane, "error")
async def keys_error(stage: Stage) -> None:
    """The cluster does not tell its keys."""
    await _keys(
        stage,
        Keyring(
            (_good(stage.say),),
            None,
            read=True,
            title="Not told",
            error=stage.say("pod does not list its keys."),
            hint="Ask its administrator.",
        ),
    )


@SCENES.shows(KeysPane, "empty")
async def keys_empty(stage: Stage) -> None:
    """No key anywhere."""
    await _keys(stage, Keyring((), (), read=True))


@SCENES.shows(KeysPane, "stale")
async def keys_stale(stage: Stage) -> None:
    """The cluster went away after it had told its keys."""
    good = _good(stage.say)
    ring = Keyring((good,), (good.public,), read=True, told=NOW - HOUR)
    lost = replace(ring, title="No answer", error=stage.say("The network is unreachable."))
    await _keys(stage, lost)


@SCENES.shows(KeysPane, "many")
async def keys_many(stage: Stage) -> None:
    """More than fit, here and there."""
    good = _good(stage.say)
    ours = tuple(
        replace(good, path=ssh_folder() / f"key{n}", public=key_of(letter, f"key{n}", stage.say))
        for n, letter in enumerate(_LETTERS)
    )
    await _keys(stage, Keyring(ours, tuple(one.public for one in ours), read=True))
