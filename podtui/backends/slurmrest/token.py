"""The token of a cluster and the other headers: read, shown when they end, renewed in time.

A Slurm token is a JWT (`scontrol token`): its claims are read here and not verified, which is the
server's business. Without a `token` setting, `scontrol token` on the login node gives one.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from podtui.backends.slurmrest.trouble import RENEW_HINT
from podtui.config.model import SlurmRestConfig
from podtui.config.resolve import local_user
from podtui.domain.text import visible
from podtui.errors import ConfigError, LoginRequired

Clock = Callable[[], datetime]
AskForToken = Callable[[], Awaitable[str]]
_TOKEN = re.compile(r"[!-~]{1,16384}")
_USER_CLAIMS = ("sun", "username", "preferred_username")  # auth/jwt's names for the user
UNIX = "unix:"
"""Before the path of a UNIX socket, in place of an address's scheme."""
_MARGIN = timedelta(seconds=60)
_SHARE = 10  # a token is renewed in the last tenth of its life


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token tells of itself; all empty where it is no JWT."""

    user: str = ""
    issued: datetime | None = None
    expires: datetime | None = None

    def ended(self, now: datetime) -> bool:
        """Whether it is over."""
        return self.expires is not None and self.expires <= now

    def ending(self, now: datetime) -> bool:
        """Whether it had better be renewed."""
        if self.expires is None:
            return False
        life = self.expires - self.issued if self.issued else _MARGIN * _SHARE
        return self.expires - min(_MARGIN, life / _SHARE) <= now


def read_claims(token: str) -> Claims:
    """The claims of a JWT: the middle part, JSON in base64url (RFC 7519)."""
    parts = token.split(".")
    if len(parts) != 3:
        return Claims()
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return Claims()
    if not isinstance(claims, dict):
        return Claims()
    names = (claims.get(name) for name in _USER_CLAIMS)
    user = next((name for name in names if isinstance(name, str) and name), "")
    return Claims(visible(user, 64), _moment(claims.get("iat")), _moment(claims.get("exp")))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


class Headers(dict[str, str]):
    """A request's headers, which show their names alone: a traceback may show locals."""

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


class TokenKeeper:
    """Gives the headers of each request; twenty callers wait for one renewal."""

    def __init__(
        self, config: SlurmRestConfig, clock: Clock, ask: AskForToken | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._ask = None if config.headers else ask
        self._lock = asyncio.Lock()
        self._token = ""
        self._claims = Claims()
        self._others: Headers | None = None
        self._without = False  # a proxy or a socket knows us, and no token is kept

    @property
    def user(self) -> str:
        """Who we are there: as configured, as the token says, on a UNIX socket who runs us."""
        return self._named or (local_user(os.environ) if self._local else "")

    @property
    def at_odds(self) -> str:
        """That the token is another's than the configured user's, which Slurm lets few do."""
        there, ours = self._claims.user, self._config.user
        if not there or not ours or there == ours:
            return ""
        return f"The token is {there}'s, and user is set to {visible(ours, 64)}: leave user out."

    @property
    def _named(self) -> str:
        return self._config.user or self._claims.user

    @property
    def _local(self) -> bool:
        return self._config.url.startswith(UNIX)

    @property
    def expires(self) -> datetime | None:
        """When the token ends, as far as it tells."""
        return self._claims.expires

    @property
    def renewable(self) -> bool:
        """Whether there is anything to ask for a token."""
        return self._config.token is not None or self._ask is not None

    async def headers(self) -> Headers:
        """The headers that say who we are; LoginRequired when the token is over for good."""
        async with self._lock:
            lacking = not self._token and not self._without
            if self.renewable and (lacking or self._claims.ending(self._clock())):
                await self._take(fresh=bool(self._token))
                if self._claims.ended(self._clock()):
                    raise self._over()
            if self._others is None:
                self._others = await asyncio.to_thread(self._reveal)
        found = Headers(self._others)
        if self._named:
            found.setdefault("X-SLURM-USER-NAME", self._named)
        if self._token:
            found["X-SLURM-USER-TOKEN"] = self._token
        return found

    async def renew(self, refused: Headers) -> bool:
        """After `refused` headers were: whether there are others now."""
        async with self._lock:
            sent = refused.get("X-SLURM-USER-TOKEN", "")
            if self.renewable and sent == self._token:
                await self._take(fresh=True)
            return self._token != sent

    async def _take(self, *, fresh: bool) -> None:
        told = await self._kept(fresh=fresh)
        if not told and self._ask is not None:
            told = await self._ask()
        if not told:
            return
        token = _bare(told)
        if not _TOKEN.fullmatch(token):
            raise ConfigError("The token of this cluster is none: blanks, or other than ASCII.")
        self._token, self._claims = token, read_claims(token)

    async def _kept(self, *, fresh: bool) -> str:
        """The token that is set or kept; nothing where there is none and the login node has one."""
        secret = self._config.token
        if secret is None:
            return ""
        try:
            return await asyncio.to_thread(secret.renew if fresh else secret.reveal)
        except LoginRequired:
            if self._ask is None:
                self._without = bool(self._config.headers) or self._local
                if not self._without:
                    raise
            return ""

    def _reveal(self) -> Headers:
        found = Headers()
        for name, secret in self._config.headers:
            value = secret.reveal().strip(" ")
            if not (name.isascii() and value.isprintable() and value.isascii()):
                raise ConfigError(f"The header {visible(name, 60)!r} has a value no header takes.")
            found[name] = value
        return found

    def _over(self) -> LoginRequired:
        when = self._claims.expires
        told = f"{when:%Y-%m-%d %H:%M} UTC" if when else ""
        return LoginRequired(
            f"The token of {self._config.name} ended at {told}.",
            title="Token over",
            hint=RENEW_HINT,
        )


def _bare(told: str) -> str:
    """`SLURM_JWT=…` is what scontrol prints, and what people put into files."""
    return told.strip().removeprefix("export ").removeprefix("SLURM_JWT=").strip()


def token_of(answer: bytes) -> str:
    """The token in what `scontrol token` printed; LoginRequired when there is none."""
    for line in answer.decode("utf-8", "replace").splitlines():
        if line.startswith("SLURM_JWT="):
            return _bare(line)
    raise LoginRequired("`scontrol token` on the login node printed no token.", hint=RENEW_HINT)
