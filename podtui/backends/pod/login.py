"""Beoweb's three logins, chosen by `auth_type`: cloudauth, password, publickey.

Wire: PODTools' configuration options (`authtype`) and the calls of the public Beoweb client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx

from podtui.backends.base import Nodes
from podtui.backends.http import ask, read_json, told
from podtui.backends.pod.auth import TokenStore
from podtui.config.model import Secret
from podtui.domain.text import visible
from podtui.errors import BadAnswer, LoginRequired, Refused

_SCHEMES = {"1": "md5_crypt", "5": "sha256_crypt", "6": "sha512_crypt"}


class Login(Protocol):
    """One way to open a Beoweb session on `client`."""

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        """Log in; afterwards the client carries the session. LoginRequired when refused."""
        ...


class CloudAuthLogin:
    """By a Cloud Auth token: `cloud_auth/login`."""

    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        """Log in with a token, and once more with a new one if it is refused."""
        token = await self._tokens.get()
        response = await self._try(client, user, token.value)
        if response.status_code >= 500:
            raise BadAnswer(f"Beoweb failed to log {user} in{told(response)}.")
        if not _welcomed(response):
            token = await self._tokens.renew(token)
            response = await self._try(client, user, token.value)
        if not _welcomed(response):
            raise LoginRequired(
                f"Beoweb refused {user}{told(response)}.",
                hint="Is `user` your system name on this POD, and is there an account yet? "
                "`podtui nodes create` makes one.",
            )

    async def _try(self, client: httpx.AsyncClient, user: str, token: str) -> httpx.Response:
        form = {"beoweb_user": user, "auth_token": token}
        request = client.build_request("POST", "cloud_auth/login", data=form)
        return await ask(client, request, changes=False)


class AccountLogin:
    """Another login, whose refusal is no matter of credentials while there is no account yet."""

    def __init__(self, login: Login, nodes: Nodes | None) -> None:
        self._login = login
        self._nodes = nodes

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        """Log in; Refused when the controller says that there is no account to log in to."""
        try:
            await self._login.open(client, user)
        except LoginRequired:
            if self._nodes is None or await self._nodes.account() is not None:
                raise
            raise Refused(
                f"{user} has no account on this controller yet.",
                title="No account yet",
                hint="A first login node makes it: N in the Clusters pane, or "
                "`podtui nodes create --wait`.",
            ) from None


class PasswordLogin:
    """By a password that never travels: a salted hash of its hash."""

    def __init__(self, password: Callable[[], Awaitable[Secret]]) -> None:
        self._password = password

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        """Ask for the salts, answer the challenge."""
        request = client.build_request("GET", "auth/request_public_keys", params={"user": user})
        response = await ask(client, request, changes=False)
        data = read_json(response).get("data")
        if not _welcomed(response) or not isinstance(data, dict):
            raise LoginRequired(f"Beoweb offered {user} no password login{told(response)}.")
        mode, temp, perm = (str(data.get(name, "")) for name in ("mode", "tempSalt", "permSalt"))
        if mode not in _SCHEMES:
            raise BadAnswer(f"Beoweb asks for password scheme {visible(mode, 20)!r}: not known.")
        secret = await self._password()
        proof = await asyncio.to_thread(_challenge, secret, mode, temp, perm)
        request = client.build_request("POST", "auth/login", data={"user": user, "password": proof})
        response = await ask(client, request, changes=False)
        if not _welcomed(response):
            raise LoginRequired(f"Beoweb refused the password of {user}{told(response)}.")


class PublicKeyLogin:
    """By an SSH key: an SSH server hands out the session's id, which goes into every call."""

    def __init__(self, session_id: Callable[[str], Awaitable[str]]) -> None:
        self._session_id = session_id

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        """Fetch a session id over SSH."""
        client.params = client.params.set("session_id", await self._session_id(user))


def _welcomed(response: httpx.Response) -> bool:
    try:
        return response.is_success and read_json(response).get("success") in (True, "true")
    except BadAnswer:
        if response.is_success:
            raise
        return False


def _challenge(secret: Secret, mode: str, temp_salt: str, perm_salt: str) -> str:
    """C(C(password, permSalt), tempSalt), C the last field of Unix crypt."""
    from passlib import hash as schemes

    scheme = getattr(schemes, _SCHEMES[mode])

    def crypt(text: str, salt: str) -> str:
        settings = {"salt": salt} if mode == "1" else {"salt": salt, "rounds": 5000}
        try:
            return str(scheme.using(**settings).hash(text)).rpartition("$")[2]
        except ValueError:
            raise BadAnswer("Beoweb's password challenge has a salt that crypt refuses.") from None

    return crypt(crypt(secret.reveal(), perm_salt), temp_salt)
