"""What the Keys pane asks for. Only public halves ever leave this machine."""

from __future__ import annotations

import asyncio
import getpass
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import var

from podtui.config.model import ssh_options
from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.text import visible
from podtui.errors import LoginRequired, PodError, Unreachable
from podtui.tui import requests
from podtui.tui.acts.key_logins import KeyLoginActs
from podtui.tui.acts.key_pairs import KeyPairActs
from podtui.tui.acts.known_hosts import KnownHostActs
from podtui.tui.keyring import Keyring
from podtui.tui.screens.dialogs import Ask, Confirm

_GROUP = "keys"
_LINES = ("ssh-", "ecdsa-", "sk-", "-----", "PuTTY-")

if TYPE_CHECKING:
    from podtui.tui.screens.key_dialogs import KeyWish


class KeyActs(KeyPairActs, KeyLoginActs, KnownHostActs):
    """The keys here and on the cluster looked at, and everything that changes them."""

    keyring: var[Keyring] = var(Keyring())

    def on_frame_drawn(self) -> None:
        """Another cluster has other keys."""
        self.watch(self, "cluster", self._forget_there, init=False)

    def _forget_there(self) -> None:
        self.workers.cancel_group(self, _GROUP)
        ring = self.keyring
        self.keyring = Keyring(ring.local, rotations=ring.rotations)

    @on(requests.KeysRequested)
    def read_keys(self) -> None:
        """Read the keys here and there anew."""
        self.workers.cancel_group(self, _GROUP)
        self.keyring = replace(self.keyring, reading=True, made="")
        self.run_act(self._read_keys(), "keys", _GROUP)

    async def _read_keys(self) -> None:
        """Ours at once, the cluster's when they come; its failure stands in their place."""
        try:
            local = await self.session.keys.local()
            rotations = await self.session.rotations.under_way()
            self.keyring = replace(self.keyring, local=local, rotations=rotations)
            there = await self.session.keys.on_cluster(self.cluster)
        except PodError as error:
            ring = self.keyring
            kept = Keyring(ring.local, None, True, rotations=ring.rotations)
            if isinstance(error, Unreachable | LoginRequired):  # what it told last says something
                kept = replace(ring, read=True, reading=False)
            self.keyring = replace(kept, title=error.title, error=error.message, hint=error.hint)
        except asyncio.CancelledError:
            self.keyring = replace(self.keyring, reading=False)
            raise
        else:
            self.keyring = Keyring(local, there, read=True, rotations=rotations, told=self.now())
            others = [name for name in self.session.keys.connected if name != self.cluster]
            doors = await self.session.keys.doors(others)
            self.keyring = replace(self.keyring, doors=doors)

    @on(requests.KeyGenerationRequested)
    def ask_new_key(self) -> None:
        """Ask where, and make the pair."""
        self.run_act(self._ask_new_key(), "new key")

    async def _ask_new_key(self) -> None:
        paths = self.session.paths
        identity = None
        if self.cluster:
            identity = ssh_options(self.session.clusters.config(self.cluster)).identity_file
        path = await asyncio.to_thread(_free_path, identity, paths.ssh / "id_ed25519")
        comment = f"{getpass.getuser()}@{socket.gethostname()}"
        from podtui.tui.screens.key_dialogs import NewKeyScreen

        wish = await self.push_screen_wait(NewKeyScreen(path, paths.home, comment))
        if wish is not None:
            await self._generate(wish)

    async def _generate(self, wish: KeyWish) -> None:
        key = await self.session.keys.generate(wish.path, wish.comment, wish.passphrase)
        local = await self.session.keys.local()
        listed = any(one.path == key.path for one in local)
        self.keyring = replace(self.keyring, local=local, made=str(key.path))
        how = "p puts it on." if listed else "o puts it on; only keys in ~/.ssh are listed here."
        told = f"{visible(str(key.path), 100)}\n{key.public.fingerprint}\n{how}"
        self.tell(told, "Key pair made")

    @on(requests.KeyAdditionRequested)
    def add_key(self, event: requests.KeyAdditionRequested) -> None:
        """Let a key log in."""
        self.run_act(self._add(self.cluster, event.key), "put key on")

    @on(requests.OtherKeyRequested)
    def ask_other_key(self) -> None:
        """Ask for a public key or its file; a private key is refused, with the reason."""

        def add(text: str | None) -> None:
            if text is not None:
                self.run_act(self._add_other(self.cluster, text.strip()), "put other key on")

        self.push_screen(
            Ask(
                f"Put a key on {visible(self.cluster, 40)}",
                "A public key line, or the file it is in (.pub)",
                "",
                _other_problem,
            ),
            add,
        )

    async def _add_other(self, cluster: str, text: str) -> None:
        from podtui.services.keys import read_public_key

        if text.startswith("~/"):
            text = str(self.session.paths.home / text[2:])
        await self._add(cluster, await read_public_key(text))

    async def _add(self, cluster: str, key: PublicKey) -> None:
        await self.session.keys.add(cluster, key)
        self.tell(f"{key.fingerprint}\nmay log in on {visible(cluster)}.", "Key put on")
        self.read_keys()

    @on(requests.KeyRemovalRequested)
    def ask_key_removal(self, event: requests.KeyRemovalRequested) -> None:
        """Name the key and take it off if that is wanted."""
        self.run_act(self._ask_removal(self.cluster, event.key, event.path), "take key off")

    async def _ask_removal(self, cluster: str, key: PublicKey, path: Path | None) -> None:
        last = await self.session.keys.is_last(cluster, key)
        name = visible(str(path), 100) if path else visible(key.comment, 100)
        ours = "\n\nIt is one of yours: logins with it end to work." if path else ""
        if last:
            ours = (
                "\n\n▲ It is the LAST of your keys there: without it you can neither log in "
                "nor put a key back."
            )
        limits = f"\nRestricted to: {visible(key.options, 100)}" if key.options else ""
        body = f"{name or 'A key without a comment'}\n{key.fingerprint}{limits}{ours}"
        title = f"Take this key off {visible(cluster, 40)}?"
        if await self.push_screen_wait(Confirm(title, body, "Take it off", "Keep it")):
            await self.session.keys.remove(cluster, key, last_too=last)
            told = f"{key.fingerprint}\nmay log in on {visible(cluster)} no more."
            self.tell(told, "Key taken off")
            self.read_keys()

    @on(requests.CopyRequested)
    def copy_text(self, event: requests.CopyRequested) -> None:
        """Put a text on the clipboard, by the terminal (OSC 52).

        Its control characters become visible ones: pasted into a shell they must do nothing.
        """
        self.copy_to_clipboard("\n".join(map(visible, event.text.split("\n"))))
        self.tell(f"{event.what} is on the clipboard, if this terminal allows it.")


def _free_path(identity: Path | None, usual: Path) -> Path:
    """The configured file if it is free, else the usual one or, where that is taken, beside it."""
    count = 1
    path = identity or usual
    while path.exists() or path.with_name(f"{path.name}.pub").exists():
        path = usual if count == 1 else usual.with_name(f"{usual.name}_{count}")
        count += 1
    return path


def _other_problem(text: str) -> str:
    """Why `text` cannot be a public key; a file is looked at later. Raises InputError too."""
    if not text.strip():
        return "Paste a line, or type the path of a file."
    if text.lstrip().startswith(_LINES):
        parse_public_key(text)
    return ""
