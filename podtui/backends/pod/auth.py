"""Scyld Cloud Auth: OAuth 1.0 (two-legged, HMAC-SHA1) → a token, kept and renewed.

Wire: Scyld Cloud Manager guide, "Authentication Token" and "Get a List of Available PODs".
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from oauthlib.oauth1 import Client

from podtui.backends.clock import Clock, utc_now
from podtui.backends.http import ask, build_client, read_json, told
from podtui.backends.pod import answer
from podtui.config.model import PodConfig
from podtui.domain.node import Controller
from podtui.errors import BadAnswer, ConfigError, LoginRequired, Refused
from podtui.paths import Paths, write_private

_CLOCK_WINDOW = timedelta(minutes=5)
_SENDABLE = re.compile(r"[!-~]{1,4096}")  # what a header can carry


@dataclass(frozen=True, slots=True)
class Token:
    """A Cloud Auth token; never shown."""

    value: str
    obtained: datetime
    expires: datetime

    def fresh(self, now: datetime) -> bool:
        """Whether it lasts beyond a margin: a minute, or a tenth of a short life."""
        margin = min(timedelta(minutes=1), (self.expires - self.obtained) / 10)
        return now < self.expires - margin

    def __repr__(self) -> str:
        return f"Token(expires={self.expires:%Y-%m-%d %H:%M:%S})"


class OAuth1(httpx.Auth):
    """Signs one request in its Authorization header, dated by `clock`."""

    def __init__(self, key: str, secret: str, clock: Clock = utc_now) -> None:
        self._key = key
        self._secret = secret
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Any:
        """Sign method, URL, time and a fresh nonce."""
        now = str(int(self._clock().timestamp()))
        client = Client(self._key, client_secret=self._secret, timestamp=now)
        _, headers, _ = client.sign(str(request.url), http_method=request.method)
        request.headers["Authorization"] = headers["Authorization"]
        yield request


class TokenStore:
    """The token of one API key: cached in a 0600 file, renewed by one caller while others wait."""

    def __init__(
        self,
        config: PodConfig,
        paths: Paths,
        *,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._config = config
        self._paths = paths
        self._clock = clock
        self._transport = transport
        self._lock = asyncio.Lock()
        self._token: Token | None = None

    @property
    def token(self) -> Token | None:
        """What is held now, without asking."""
        return self._token

    async def get(self) -> Token:
        """A token that is good now."""
        return await self._get(refused=None)

    async def renew(self, refused: Token) -> Token:
        """Another token than `refused`, which the service no longer takes."""
        return await self._get(refused=refused)

    async def _get(self, refused: Token | None) -> Token:
        async with self._lock:
            now = self._clock()
            for token in (self._token, await asyncio.to_thread(self._read_cache)):
                if token and token.fresh(now) and (not refused or token.value != refused.value):
                    self._token = token
                    return token
            self._token = await self._request()
            return self._token

    async def _request(self) -> Token:
        key, secret = self._config.api_key, self._config.api_secret
        if not key or secret is None:
            raise ConfigError(
                f"Cluster {self._config.name} has no API key and secret.",
                title="API key missing",
                hint="Set api_key and api_secret (or api_secret_command); "
                "the POD portal's settings page shows them.",
            )
        plain = await asyncio.to_thread(secret.reveal)
        async with build_client(
            self._config.auth_url, ca_file=self._config.ca_file, transport=self._transport
        ) as client:
            request = client.build_request("GET", "/v1/auth/request_token")
            client.auth = OAuth1(key, plain, self._clock)
            response = await ask(client, request, changes=False)
        if response.status_code in (400, 401, 403):
            raise self._refusal(response)
        if not response.is_success:
            raise BadAnswer(f"Cloud Auth gave no token{told(response)}.")
        return await self._keep(read_json(response), self._refusal(response))

    async def _keep(self, reply: dict[str, Any], refusal: LoginRequired) -> Token:
        if not reply.get("success"):
            raise refusal
        value, expires = (
            reply.get("authentication_token"),
            answer.moment(reply.get("expires_at_utc")),
        )
        if not isinstance(value, str) or not _SENDABLE.fullmatch(value) or expires is None:
            raise BadAnswer("Cloud Auth's answer lacks the token or its expiry.")
        token = Token(value, self._clock(), expires)
        document = {
            "token": value,
            "obtained": token.obtained.isoformat(),
            "expires": expires.isoformat(),
        }
        with suppress(OSError):  # a full disk: then it is asked for again at the next start
            await asyncio.to_thread(write_private, self._cache_file(), json.dumps(document))
        return token

    def _refusal(self, response: httpx.Response) -> LoginRequired:
        drift = self._drift(response)
        if abs(drift) > _CLOCK_WINDOW:
            minutes = round(abs(drift).total_seconds() / 60)
            side = "ahead of" if drift > timedelta() else "behind"
            return LoginRequired(
                f"This machine's clock is {minutes} minutes {side} the service's.",
                title="Clock is off",
                hint="Set the clock (for example with NTP): a signature is good for five minutes.",
            )
        return LoginRequired(
            f"Cloud Auth refused the API key or secret of {self._config.name}{told(response)}.",
            title="Wrong API key or secret",
            hint="Compare api_key and api_secret with the POD portal's settings page.",
        )

    def _drift(self, response: httpx.Response) -> timedelta:
        """How far our clock is ahead of the server's, by its Date header."""
        try:
            return self._clock() - parsedate_to_datetime(response.headers["Date"])
        except (KeyError, ValueError, TypeError):
            return timedelta()

    def _cache_file(self) -> Any:
        secret = self._config.api_secret.reveal() if self._config.api_secret else ""
        who = "\0".join((self._config.auth_url, self._config.api_key, secret))
        return self._paths.tokens / f"{hashlib.sha256(who.encode()).hexdigest()[:24]}.json"

    def _read_cache(self) -> Token | None:
        try:
            document = json.loads(self._cache_file().read_text("utf-8"))
            return Token(
                str(document["token"]),
                datetime.fromisoformat(document["obtained"]),
                datetime.fromisoformat(document["expires"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


class TokenAuth(httpx.Auth):
    """Puts the token on every request; a 401 renews it and repeats the request once."""

    requires_request_body = True

    def __init__(self, tokens: TokenStore, headers: dict[str, str] | None = None) -> None:
        self._tokens = tokens
        self._headers = headers or {}

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send with the token, and once more with a new one if it is refused."""
        token = await self._tokens.get()
        request.headers.update({"X-Auth-Token": token.value, **self._headers})
        response = yield request
        if response.status_code == 401:
            token = await self._tokens.renew(token)
            request.headers["X-Auth-Token"] = token.value
            yield request


async def discover(
    config: PodConfig, tokens: TokenStore, transport: httpx.AsyncBaseTransport | None = None
) -> tuple[Controller, ...]:
    """All controllers of the domain, inactive ones too (`GET /cloud_controller/list`)."""
    async with build_client(
        config.auth_url, auth=TokenAuth(tokens), ca_file=config.ca_file, transport=transport
    ) as client:
        request = client.build_request("GET", "/v1/cloud_controller/list")
        response = await ask(client, request, changes=False)
    if response.status_code == 401:
        raise LoginRequired(f"Cloud Auth refused the token of {config.name}{told(response)}.")
    if response.status_code >= 500:
        raise BadAnswer(f"Cloud Auth failed to list the controllers{told(response)}.")
    reply = read_json(response)
    if not response.is_success or not reply.get("success"):
        raise Refused(f"Cloud Auth refused to list the controllers{told(response)}.")
    data = reply.get("data")
    listed = data.get("cloud_controllers") if isinstance(data, dict) else None
    return tuple(_controller(item) for item in answer.objects(listed, "cloud_controllers"))


def _controller(item: Any) -> Controller:
    def url(what: str) -> str:
        endpoint = answer.text(item, f"{what}_endpoint", default="")
        scheme = "https" if item.get(f"{what}_ssl", True) else "http"
        return f"{scheme}://{endpoint}" if endpoint else ""

    return Controller(
        id=answer.text(item, "id"),
        name=answer.text(item, "name"),
        active=item.get("active") is True,
        api_url=url("api"),
        beoweb_url=url("beoweb"),
        timezone=answer.text(item, "timezone", default=""),
    )
