"""resop's HTTP calls: one at a time, with the shared token, each answer a Reply or a PodError.

The service works on one request at a time for all its users, so we never have two under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from podtui.backends.base import Prompter
from podtui.backends.http import build_client, check_gate, read_json, send, told
from podtui.backends.resop.answers import NOT_SENT, Reply, read_reply
from podtui.backends.resop.login import ResopLogin
from podtui.config.model import ResopConfig
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    LoginRequired,
    NotFound,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)
from podtui.paths import Paths

_WAIT_SECONDS = 60.0  # for the commands of others, which the service works on before ours
_READ_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_LONG = 64 * 1024  # bytes of JSON that are parsed in a thread
_LARGEST = 64 * 1024 * 1024  # bytes of an answer; the service gives up at 32 MB of output
_UNAUTHORIZED = 401


class ResopWire:
    """GET and POST below one resop's address."""

    def __init__(
        self,
        config: ResopConfig,
        paths: Paths,
        prompter: Prompter,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._config = config
        self._transport = transport
        self._login = ResopLogin(config, paths, prompter)
        self._client: httpx.AsyncClient | None = None
        self._turn = asyncio.Lock()

    async def get(self, path: str) -> Any:
        """The JSON behind `path`; NotFound where there is none, BadAnswer for the rest."""
        response, _ = await self._send("GET", path, None, changes=False, seconds=_READ_SECONDS)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotFound(f"resop has no {visible(path, 80)}{told(response)}.")
        if not response.is_success:
            raise BadAnswer(f"resop failed to tell {visible(path, 80)}{told(response)}.")
        try:
            return await asyncio.to_thread(response.json)
        except (ValueError, RecursionError):
            raise BadAnswer(f"resop answered {visible(path, 80)} without JSON.") from None

    async def post(
        self, path: str, fields: Mapping[str, str], *, changes: bool, seconds: float = 30.0
    ) -> Reply:
        """Run what is behind `path`, which ends within `seconds` there.

        Raises when nothing was run, when the answer is lost, or when it cannot be read; a Reply
        says whether what was run succeeded. After a later login elsewhere it is sent once more.
        """
        sent = dict(fields)
        response, token = await self._send("POST", path, sent, changes=changes, seconds=seconds)
        reply = await self._read(response, changes=changes)
        if reply.token_dead:
            response, _ = await self._send(
                "POST", path, sent, changes=changes, seconds=seconds, dead=token
            )
            reply = await self._read(response, changes=changes)
        if reply.token_dead:
            raise Unreachable(
                "resop gave our login to another one twice in a row.",
                hint="Somebody else logs in as the same user; podtui tries again by itself.",
            )
        if reply.away:
            raise Unreachable(
                f"The cluster behind resop does not answer it: {visible(reply.said, 160)}"
            )
        if reply.bad_input or reply.said == NOT_SENT:
            raise Refused(f"resop refused it: {visible(reply.said, 200)}.")
        return reply

    async def close(self) -> None:
        """Let go of the connections; the token stays good."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None,
        *,
        changes: bool,
        seconds: float,
        dead: str = "",
    ) -> tuple[httpx.Response, str]:
        """Send with a token other than `dead`; once more with another one where it is refused."""
        timeout = httpx.Timeout(seconds + _WAIT_SECONDS, connect=_CONNECT_SECONDS)
        async with self._turn:
            client = self._open()
            token = await self._login.token(client, dead)
            for last in (bool(dead), True):
                request = client.build_request(
                    method,
                    path,
                    json=fields,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=timeout,
                )
                response = await send(client, request, changes=changes, largest=_LARGEST)
                check_gate(response, changes=changes)
                if response.status_code != _UNAUTHORIZED:
                    return response, token
                if not last:
                    token = await self._login.token(client, token)
        raise LoginRequired(f"resop refuses the token it gave{told(response)}.")

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = build_client(
                self._config.url, ca_file=self._config.ca_file, transport=self._transport
            )
        return self._client

    async def _read(self, response: httpx.Response, *, changes: bool) -> Reply:
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotFound(f"resop has no such thing to run{told(response)}.")
        try:
            long = len(response.content) > _LONG
            answer = await asyncio.to_thread(read_json, response) if long else read_json(response)
            return read_reply(answer)
        except BadAnswer as error:
            raise _unread(response, error, changes=changes) from None


def place(*parts: str) -> str:
    """The path of these parts, each quoted."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _unread(response: httpx.Response, error: BadAnswer, *, changes: bool) -> PodError:
    """What an answer that is none means: HTML pages tell bad requests, and a crash."""
    if response.is_client_error or response.is_redirect:
        return Refused(f"resop refused the request (status {response.status_code}).")
    if changes:
        return OutcomeUnknown(error.message)
    return Unreachable(error.message) if response.is_server_error else error
