"""A login of its own with one key alone: the only proof that a key works."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import asyncssh

from podtui.backends.base import Prompter, Question
from podtui.backends.ssh.identities import Keyring, LockedKeyPair, Offer
from podtui.backends.ssh.keyfile import read_key_file
from podtui.backends.ssh.login import LoginClient, LoginSettings, log_in
from podtui.backends.ssh.patience import PatientPrompter
from podtui.backends.ssh.target import Hop, SshTarget, resolve_hops
from podtui.domain.text import visible
from podtui.errors import BadAnswer, FileTrouble, InputError, LoginRequired
from podtui.paths import Paths


class WatchedKeyPair(asyncssh.SSHKeyPair):
    """A key that tells when the server asks for its signature, which it does of keys it knows."""

    def __init__(self, inner: asyncssh.SSHKeyPair, signed: Callable[[], None]) -> None:
        super().__init__(
            inner.key_algorithm,
            inner.key_algorithm,
            inner.sig_algorithms,
            inner.host_key_algorithms,
            inner.key_public_data,
            None,
        )
        self._inner = inner
        self._signed = signed

    def set_sig_algorithm(self, sig_algorithm: bytes) -> None:
        """Hand the choice on."""
        super().set_sig_algorithm(sig_algorithm)
        self._inner.set_sig_algorithm(sig_algorithm)

    async def sign_async(self, data: bytes) -> bytes:
        """Sign by the file or the agent that holds the private half."""
        self._signed()
        if isinstance(self._inner, LockedKeyPair | asyncssh.SSHAgentKeyPair):
            return await self._inner.sign_async(data)
        return await asyncio.to_thread(self._inner.sign, data)


class OneKeyClient(LoginClient):
    """Offers one key and nothing else; a second factor is answered only when the key was taken."""

    def __init__(
        self, hop: Hop, settings: LoginSettings, offered: Sequence[Offer], data: bytes
    ) -> None:
        self.signed = False
        mine = [
            WatchedKeyPair(offer, self._note)
            for offer in offered
            if isinstance(offer, asyncssh.SSHKeyPair)
            and offer.key_public_data == data
            and not offer.has_cert
        ]
        super().__init__(hop, settings, mine[:1])

    def _note(self) -> None:
        self.signed = True

    async def password_auth_requested(self) -> str | None:
        """A password behind the key is a second factor; instead of it, no proof."""
        return await super().password_auth_requested() if self.signed else None

    def kbdint_auth_requested(self) -> str | None:
        """As with a password."""
        return super().kbdint_auth_requested() if self.signed else None


async def prove_login(
    target: SshTarget, path: Path, *, paths: Paths, prompter: Prompter, passphrase: str = ""
) -> str:
    """Log in to `target` with the key of `path` alone, and leave; the login as a person writes it.

    LoginRequired when the host does not take the key.
    """
    patient = PatientPrompter(_Knowing(prompter, path, passphrase))
    settings = LoginSettings(
        target.cluster,
        target.options.host_keys,
        paths,
        patient,
        Keyring(target.cluster, patient),
    )
    data = await asyncio.to_thread(_public_data, path)
    clients: list[OneKeyClient] = []

    def one_key(hop: Hop, its: LoginSettings, offered: Sequence[Offer]) -> LoginClient:
        clients.append(OneKeyClient(hop, its, offered, data))
        return clients[-1]

    hops = await resolve_hops(target, paths)
    async with AsyncExitStack() as stack:
        below: asyncssh.SSHClientConnection | None = None
        for hop in hops[:-1]:
            below = await log_in(hop, settings, None, below)
            stack.callback(below.abort)
        last = hops[-1]
        try:
            connection = await log_in(last, settings, path, below, one_key)
        except LoginRequired as error:
            raise _refused(last, path, clients, error) from None
        connection.abort()
    if not clients[-1].signed:
        raise BadAnswer(
            f"{last.label} let us in without asking for a key: that proves nothing about this one."
        )
    return last.label


class _Knowing:
    """A Prompter that has the passphrase of one key already."""

    def __init__(self, prompter: Prompter, path: Path, passphrase: str) -> None:
        self._prompter = prompter
        self._title = f"Passphrase of {path}"
        self._passphrase = passphrase
        self.trust_host = prompter.trust_host

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        """What is asked, but for that passphrase, which is known and given once."""
        known, self._passphrase = self._passphrase, ""
        if known and title == self._title:
            return [known]
        self._passphrase = known
        return await self._prompter.ask(cluster, title, questions)


def _refused(
    hop: Hop, path: Path, clients: list[OneKeyClient], error: LoginRequired
) -> LoginRequired:
    name = visible(path.name, 80)
    if clients and clients[-1].signed:
        return LoginRequired(
            f"{hop.label} knows {name} and still refuses the login: {error.message}",
            title="Key known, login refused",
            hint="A second factor, a lock on the account or the key's passphrase may be the cause.",
        )
    return LoginRequired(
        f"{hop.label} does not take {name}.",
        title="Key refused",
        hint="Put it on first. If it is on: ~/.ssh there must belong to you and be writable by "
        "nobody else, and the server may read its keys from another file.",
    )


def _public_data(path: Path) -> bytes:
    try:
        file = read_key_file(path)
    except OSError as error:
        raise FileTrouble(f"{visible(str(path), 120)}: {error.strerror}.") from error
    if file is None or file.public is None:
        raise InputError(f"{visible(str(path), 120)} is no private key with a public half.")
    return base64.b64decode(file.public.data)
