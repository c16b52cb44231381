"""The biscuit token: put on each request, asked for anew once it is refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from podtui.config.model import Secret
from podtui.domain.text import visible
from podtui.errors import ConfigError, LoginRequired

_SENDABLE = re.compile(r"[!-~]{1,65536}")
_USER = re.compile(r'\buser\("([^"]{1,200})"\)')
_BEFORE = re.compile(r"\$time\s*<=?\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


class BiscuitAuth(httpx.Auth):
    """`Authorization: bearer …`; after a 401 the token is renewed and the request repeated ONCE.

    A token that is kept nowhere is none: most services want none. A body that is read from a file
    cannot be sent twice: such a request is not repeated.
    """

    def __init__(self, token: Secret) -> None:
        self._secret = token
        self._value: str | None = None

    @property
    def has_token(self) -> bool:
        """Whether a token was found and put on."""
        return bool(self._value)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Put the token on; a failure of its command or file goes to the caller."""
        if self._value is None:
            self._value = await _asked(self._secret.reveal)
        _put_on(request, self._value)
        response = yield request
        if response.status_code != 401 or not isinstance(request.stream, httpx.ByteStream):
            return
        renewed = await _asked(self._secret.renew)
        if renewed and renewed != self._value:
            self._value = renewed
            _put_on(request, renewed)
            yield request


async def _asked(ask: Callable[[], str]) -> str:
    """The token, empty where it is kept nowhere; ConfigError for what fits into no header."""
    try:
        token = (await asyncio.to_thread(ask)).strip()
    except LoginRequired:
        return ""
    if token and not _SENDABLE.fullmatch(token):
        raise ConfigError(
            "The token of this cluster is none: it holds blanks, line breaks, or other than ASCII.",
            hint="A biscuit is one long word: its place should hold that alone.",
        )
    return token


def _put_on(request: httpx.Request, token: str) -> None:
    if token:
        request.headers["Authorization"] = f"bearer {token}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a token says in its blocks: whose it is, and its earliest end."""

    user: str = ""
    expires: datetime | None = None


def read_blocks(answer: Any) -> Facts:
    """The answer to `POST /token`: the token's blocks in Datalog; nothing where it tells none."""
    blocks = answer.get("blocks") if isinstance(answer, Mapping) else None
    if not isinstance(blocks, list):
        return Facts()
    text = "\n".join(str(block) for block in blocks)
    user = _USER.search(text)
    ends = [end for found in _BEFORE.findall(text) if (end := _moment(found)) is not None]
    return Facts(visible(user[1], 80) if user else "", min(ends, default=None))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
