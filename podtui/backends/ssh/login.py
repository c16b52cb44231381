"""One login on the way to a cluster: its host key, then its keys, passwords and questions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from podtui.backends.base import Question
from podtui.backends.ssh.bulk_receiver import receive_fast
from podtui.backends.ssh.bulk_sender import speed_up
from podtui.backends.ssh.errors import ssh_errors
from podtui.backends.ssh.hostkeys import HostKeyJudge, HostKeys, Known, preferred_algorithms
from podtui.backends.ssh.identities import HiddenKey, Keyring, Offer, agent_keys, offers
from podtui.backends.ssh.patience import PatientPrompter
from podtui.backends.ssh.target import Hop
from podtui.domain.text import visible, visible_lines
from podtui.errors import HostKeyChanged, LoginRequired
from podtui.paths import Paths

_TRIES = 3
_LONGEST = 400  # characters of a line a server says
_KEEPALIVE_SECONDS = 15
# Measured against OpenSSH 9.2: packets of 128 KiB give downloads a third more than the usual 32.
_PACKET = 128 * 1024
_WINDOW = 8 * 1024 * 1024
_FASTEST_CIPHER = "^aes128-gcm@openssh.com"


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """What all hops of one link share."""

    cluster: str
    host_keys: str
    paths: Paths
    prompter: PatientPrompter
    keyring: Keyring


class LoginClient(asyncssh.SSHClient):
    """Answers one server: refuses unknown keys, offers ours, passes its questions on.

    A PodError raised here ends the login and comes out of `asyncssh.connect`.
    """

    def __init__(self, hop: Hop, settings: LoginSettings, offered: Sequence[Offer]) -> None:
        self.presented: asyncssh.SSHKey | None = None
        self._hop = hop
        self._settings = settings
        self._offered = list(offered)
        self._passwords = 0
        self._dialogs = 0
        self._told = ""
        self._said = ""
        self._answered = False

    def validate_host_public_key(self, *presented: Any) -> bool:
        """Note a key no file vouches for and refuse it: who may trust it is asked afterwards."""
        *_, self.presented = presented  # host, address, port, key
        return False

    async def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """The next key to offer."""
        while self._offered:
            offer = self._offered.pop(0)
            if not isinstance(offer, HiddenKey):
                return offer
            key = await self._settings.keyring.unlock(offer.file)
            if key is not None:
                return asyncssh.load_keypairs(key)[0]
        return None

    async def password_auth_requested(self) -> str | None:
        """The password, asked for at most three times."""
        self._passwords += 1
        if self._passwords > _TRIES:
            return None
        again = "" if self._passwords == 1 else f" (try {self._passwords} of {_TRIES})"
        [answer] = await self._ask(
            f"Password for {self._hop.label}", [Question(f"Password{again}")]
        )
        return answer

    def password_change_requested(self, prompt: str, _lang: str) -> Any:
        """Refuse: a new password is set where its rules are shown."""
        raise LoginRequired(
            f"{self._hop.host} wants a new password: {visible(prompt, 200)}",
            hint="Log in once with ssh, set the new password, then connect again.",
        )

    def kbdint_auth_requested(self) -> str | None:
        """Let the server choose its questions, at most three times."""
        self._dialogs += 1
        return "" if self._dialogs <= _TRIES else None

    async def kbdint_challenge_received(
        self, name: str, instructions: str, _lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str]:
        """The person's answers. Text without a question is shown above the next one."""
        told = [
            part
            for part in (
                self._told,
                visible_lines(name, _LONGEST),
                visible_lines(instructions, _LONGEST),
            )
            if part
        ]
        if not prompts:
            self._told = "\n".join(told)
            return []
        self._told = ""
        self._said = told[-1] if told else self._said
        again = [f"Asked again: try {self._dialogs} of {_TRIES}."] if self._dialogs > 1 else []
        title = "\n".join([*told, *again]) or f"Login to {self._hop.label}"
        return await self._ask(
            title,
            [Question(visible_lines(text, _LONGEST), secret=not echo) for text, echo in prompts],
        )

    async def _ask(self, title: str, questions: Sequence[Question]) -> list[str]:
        answers = await self._settings.prompter.ask(self._settings.cluster, title, questions)
        self._answered = True
        return answers

    def not_let_in(self) -> LoginRequired | None:
        """Why a person who answered everything is still outside; None when nothing was asked."""
        if not self._answered:
            return None
        said = f" It said: {self._said}" if self._said else ""
        return LoginRequired(
            f"{self._hop.host} did not take the answers, after {_TRIES} tries at most.{said}",
            hint="Connect again to try once more, a one-time code with a new one. Some hosts lock "
            "an account after a few wrong answers.",
        )


MakeClient = Callable[[Hop, LoginSettings, Sequence[Offer]], LoginClient]


async def log_in(
    hop: Hop,
    settings: LoginSettings,
    chosen: Path | None,
    tunnel: asyncssh.SSHClientConnection | None,
    make_client: MakeClient = LoginClient,
) -> asyncssh.SSHClientConnection:
    """Log in to one hop, through `tunnel` if there is one.

    A host key nobody vouches for ends the first attempt before anything secret is sent. When it is
    accepted the host is connected again, and only that very key is taken.
    """
    hostkeys = HostKeys(hop.known_hosts)
    judge = HostKeyJudge(settings.cluster, settings.host_keys, hostkeys, settings.prompter)
    name, port = hop.key_name, hop.key_port
    known = await asyncio.to_thread(hostkeys.find, name, port)
    accepted: tuple[asyncssh.SSHKey, ...] = ()
    with ssh_errors(hop.host):
        async with agent_keys(hop.agent) as held:
            while True:
                offered = await offers(hop, chosen, held, settings.paths, settings.keyring)
                client = make_client(hop, settings, offered)
                try:
                    return await _connect(hop, settings, client, known, accepted, tunnel)
                except asyncssh.PermissionDenied:
                    if (outside := client.not_let_in()) is not None:
                        raise outside from None
                    raise
                except asyncssh.HostKeyNotVerifiable:
                    pass  # who may trust it is asked now
                key = client.presented
                if key is None or accepted:
                    break
                await judge.judge(name, port, known, key)
                accepted = (key,)
    raise _refused_key(hop, client)


async def _connect(
    hop: Hop,
    settings: LoginSettings,
    client: LoginClient,
    known: Known,
    accepted: tuple[asyncssh.SSHKey, ...],
    tunnel: asyncssh.SSHClientConnection | None,
) -> asyncssh.SSHClientConnection:
    trusted = [*(old.key for old in known.keys), *known.portless, *accepted]
    own = hop.own_algorithms
    async with settings.prompter.deadline(hop.host):
        connection = await asyncssh.connect(
            **hop.arguments,
            tunnel=tunnel,
            known_hosts=(trusted, list(known.authorities), list(known.revoked)),
            server_host_key_algs=() if "HostKeyAlgorithms" in own else preferred_algorithms(known),
            encryption_algs=() if "Ciphers" in own else _FASTEST_CIPHER,
            compression_algs=["none"],
            canonicalize_hostname=False,
            client_factory=lambda: client,
            client_keys=None,
            connect_timeout=None,
            login_timeout=0,
            keepalive_interval=_KEEPALIVE_SECONDS,
            agent_forwarding=False,
            x11_forwarding=False,
            request_pty=False,
            command=None,
            max_pktsize=_PACKET,
            window=_WINDOW,
        )
    speed_up(connection)
    receive_fast(connection)
    return connection


def _refused_key(hop: Hop, client: LoginClient) -> HostKeyChanged:
    key = client.presented
    if key is not None:
        return HostKeyChanged(
            f"{hop.host} showed another key, {key.get_fingerprint()}, than the one just accepted."
        )
    return HostKeyChanged(
        f"The key or certificate of {hop.host} is revoked, expired or made for another host.",
        title="HOST KEY REFUSED",
        hint="Ask those who run the host; its line in known_hosts or its certificate says why.",
    )
