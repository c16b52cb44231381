"""The access token: read out of a login address, shown when it ends, asked for anew.

Source: the README of the reference client (yadudoc/kotta_client), "Auth": a file holds the whole
address of the page after the login, and what is in it is good for about an hour.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from podtui.backends.base import Prompter, Question
from podtui.config.model import Secret
from podtui.errors import LoginRequired

_LASTS = timedelta(hours=1)
_LONGEST = 365 * 24 * 3600  # seconds; what tells more is no lifetime
_SENDABLE = re.compile(r"[!-~]{1,8192}")
_HINT = (
    "Log in on the service's web page, copy the whole address of the page after the login into "
    "token_file, or connect again and paste it."
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; never shown. It ends at `expires` at the latest."""

    value: str
    expires: datetime

    def __repr__(self) -> str:
        return f"Token(expires={self.expires:%Y-%m-%d %H:%M:%S})"


def read_token(text: str, now: datetime) -> Token:
    """The token in a login address (`…?access_token=…&expires_in=…`), or the text itself.

    LoginRequired when there is none in it.
    """
    text = text.strip()
    fields: dict[str, str] = {}
    if "://" in text or "access_token=" in text:
        for pair in _query(text).split("&"):
            name, _, value = pair.partition("=")
            fields.setdefault(name, unquote(value))  # a token holds no space: + is a plus
        text = fields.get("access_token", "")
    if not _SENDABLE.fullmatch(text):
        raise LoginRequired(
            "What is given is neither an access token nor the address of the page after the login.",
            hint=_HINT,
        )
    told = fields.get("expires_in", "")
    seconds = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
    lasts = timedelta(seconds=seconds) if 0 < seconds <= _LONGEST else _LASTS
    return Token(text, now + lasts)


def _query(text: str) -> str:
    """What stands behind the address's `?` and `#`; empty where it is no address."""
    try:
        parts = urlsplit(text if "://" in text else f"?{text.lstrip('?#')}")
    except ValueError:  # brackets that hold no IPv6 address
        return ""
    return f"{parts.query}&{parts.fragment}"


class TokenKeeper:
    """The token of one cluster: the configured one, its successor, or what a person gave."""

    def __init__(
        self,
        cluster: str,
        secret: Secret | None,
        prompter: Prompter,
        clock: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._secret = secret
        self._prompter = prompter
        self._clock = clock
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    @property
    def token(self) -> Token | None:
        """The token in use, None before the first."""
        return self._token

    async def call(self, ask: Callable[[str], Awaitable[_T]]) -> _T:
        """What `ask` answers with the token; refused, its source is read anew, once.

        LoginRequired when that has no other: nobody is asked here, for polls come here too.
        """
        used = await self._current()
        try:
            return await ask(used.value)
        except LoginRequired:
            newer = await self._renewed(used)
            if newer is None:
                raise
        return await ask(newer.value)

    async def log_in(self, ask: Callable[[str], Awaitable[_T]]) -> _T:
        """As `call`, but where every token is refused a person is asked for a new one."""
        try:
            return await self.call(ask)
        except LoginRequired as error:
            why = error.message
        question = Question(f"{why} Address of the page after the login, or an access token")
        (answer,) = await self._prompter.ask(self._cluster, "New login", [question])
        token = read_token(answer, self._clock())
        told = await ask(token.value)
        self._token = token
        return told

    async def _current(self) -> Token:
        async with self._lock:
            if self._token is None:
                if self._secret is None:
                    raise LoginRequired("This cluster has no token.", hint=_HINT)
                text = await asyncio.to_thread(self._secret.reveal)
                self._token = read_token(text, self._clock())
            return self._token

    async def _renewed(self, refused: Token) -> Token | None:
        """Another token than the refused one, where there is one by now."""
        async with self._lock:
            if self._token is not refused:
                return self._token  # somebody else has got it meanwhile
            if self._secret is None:
                return None
            token = read_token(await asyncio.to_thread(self._secret.renew), self._clock())
            if token.value == refused.value:
                return None
            self._token = token
            return token
