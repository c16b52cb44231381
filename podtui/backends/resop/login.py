"""Logging in to resop: a password for a token that is good until the next login.

Each login makes a new key pair on the service's side, which ends all earlier tokens of the user,
and adds a line to `~/.ssh/authorized_keys` on the cluster. So a token is kept (0600, for it opens
the account) and shared by all podtui of this user, and a login is made only when it is refused.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TextIO

import httpx

from podtui.backends.base import Prompter, Question
from podtui.backends.http import check_gate, read_json, send, told
from podtui.backends.kept_secret import kept
from podtui.backends.resop.answers import Reply, read_reply
from podtui.backends.resop.words import password_refusal, refusal
from podtui.config.model import ResopConfig, Secret
from podtui.domain.text import visible
from podtui.errors import BadAnswer, ConfigError, LoginRequired
from podtui.paths import Paths, private_folder, write_private

_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_LOGIN_SECONDS = 60.0  # the service logs in by SSH, makes a key and sends it, one after the other
_LOOK_EVERY = 0.1  # seconds between two looks whether another podtui has logged in
_LARGEST = 1 << 20  # bytes of an answer
_CREDENTIALS = "invalid credentials"
_HINT = "Check user and password of this cluster, then connect again."


class ResopLogin:
    """The one token of a cluster's user."""

    def __init__(self, config: ResopConfig, paths: Paths, prompter: Prompter) -> None:
        self._config = config
        self._prompter = prompter
        who = hashlib.sha256(f"resop\0{config.url}\0{config.user}".encode()).hexdigest()[:24]
        self._file: Path = paths.tokens / f"{who}.json"
        self._typed: Secret | None = None
        self._token = ""
        self._lock = asyncio.Lock()

    async def token(self, client: httpx.AsyncClient, refused: str = "") -> str:
        """A token other than `refused`: ours, another podtui's, or that of a new login."""
        async with self._lock:
            for known in (self._token, await asyncio.to_thread(self._read)):
                if known and known != refused:
                    self._token = known
                    return known
            async with self._alone():
                self._token = await asyncio.to_thread(self._read)
                if not self._token or self._token == refused:
                    self._token = await self._log_in(client)
                    with suppress(OSError):  # a full disk: then the next start logs in again
                        document = json.dumps({"token": self._token})
                        await asyncio.to_thread(write_private, self._file, document)
            return self._token

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """No other podtui of ours logs in meanwhile: each would end the other's login."""
        private_folder(self._file.parent)
        with self._file.with_suffix(".lock").open("w") as lock:
            while not _locked(lock):  # noqa: ASYNC110 - the event is another process's
                await asyncio.sleep(_LOOK_EVERY)
            yield

    def _read(self) -> str:
        try:
            token = json.loads(self._file.read_text("utf-8"))["token"]
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return token if isinstance(token, str) and _JWT.fullmatch(token) else ""

    async def _log_in(self, client: httpx.AsyncClient) -> str:
        user = self._config.user
        if not user or refusal(user):
            raise ConfigError(
                f"Cluster {self._config.name} names no user that can log in through resop.",
                hint="Set user to your name on the cluster.",
            )
        password = await asyncio.to_thread((await self._password()).reveal)
        if why := password_refusal(password):
            self._typed = None
            raise LoginRequired(
                f"This password cannot log in through resop: {why}.",
                title="Password not possible here",
                hint="Nothing was sent. Use another password on the cluster, or reach it by SSH.",
            )
        request = client.build_request(
            "POST",
            "/auth/opn/login",
            json={"username": user, "password": password},
            timeout=_LOGIN_SECONDS,
        )
        response = await send(client, request, changes=False, largest=_LARGEST)
        check_gate(response, changes=False)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise LoginRequired("What stands before resop wants a login of its own.", hint=_HINT)
        if not response.is_success:
            raise BadAnswer(f"resop gave no token{told(response)}.")
        reply = read_reply(read_json(response))
        if reply.succeeded and _JWT.fullmatch(reply.said):
            return reply.said
        self._typed = None
        if reply.succeeded:
            raise BadAnswer("resop's answer to the login holds no token.")
        raise _refused(self._config.name, reply)

    async def _password(self) -> Secret:
        """The configured or stored password, else what the person types; kept in memory only."""
        if (known := await kept(self._config.password)) is not None:
            return known
        if self._typed is None:
            question = Question(f"Password of {self._config.user}")
            (answer,) = await self._prompter.ask(self._config.name, "Password", [question])
            self._typed = Secret(answer)
        return self._typed


def _locked(lock: TextIO) -> bool:
    """Whether the lock is ours now; it goes with the file, or with the process."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a folder on a server without locks: then two logins may meet
        return True
    return True


def _refused(cluster: str, reply: Reply) -> LoginRequired:
    if reply.said.lower() == _CREDENTIALS:
        return LoginRequired(
            f"resop refuses the user or the password of {cluster}.",
            title="Wrong password",
            hint=f"{_HINT} resop says the same when the cluster behind it does not answer.",
        )
    return LoginRequired(f"resop refused the login: {visible(reply.said, 200)}", hint=_HINT)
