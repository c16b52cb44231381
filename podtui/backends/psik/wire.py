"""psik_api over HTTP: one call each, its faults lived with.

The service answers 500 where a request meets a job that just changes its state: what only reads is
asked again, with a pause. Bodies are bounded, and long JSON is read in a thread.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from podtui.backends.http import check_gate, send
from podtui.backends.psik.refusal import refusal
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    LimitExceeded,
    LoginRequired,
    OutcomeUnknown,
    PodError,
    Unreachable,
)

MOST_BYTES = 64 << 20
"""The largest answer that is taken whole; files are streamed and have no limit."""
_LONG = 256 * 1024  # bytes of JSON that would hold up the screen
_AGAIN = (0.3, 1.0)  # seconds before a read that met a 500 is repeated
_CHUNK = 256 * 1024
Params = Mapping[str, str | int]


class Wire:
    """Calls below one address, such as `https://host:4433/v1`."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.version = ""
        self.date: datetime | None = None
        """What the service's clock said last, by its `Date` header."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def ask(self, *parts: str, params: Params | None = None) -> Any:
        """The JSON of a `GET`."""
        body, what = await self.text(*parts, params=params), _named("GET", parts)
        return await _json(body, what)

    async def text(self, *parts: str, params: Params | None = None) -> bytes:
        """The body of a `GET`, whole."""
        async with self.open(*parts, params=params) as response:
            return await _whole(response, _named("GET", parts))

    async def change(
        self,
        method: str,
        *parts: str,
        params: Params | None = None,
        content: Any = None,
        **body: Any,
    ) -> Any:
        """The JSON answer to a request that changes something; OutcomeUnknown when it is lost."""
        what = _named(method, parts)
        request = self._request(method, parts, params, content=content, **body)
        response = await send(self._client, request, changes=True, stream=True)
        try:
            async with _reading(response, what):
                check_gate(response, changes=True)
                answer = await _whole(response, what)
        except (Unreachable, BadAnswer, LimitExceeded) as error:
            if response.is_success or response.is_server_error:
                raise OutcomeUnknown(error.message) from None
            raise
        if not response.is_success:
            raise refusal(response.status_code, answer, what, changes=True)
        if not answer.strip():
            return None  # as `null`, which most changes are answered with
        try:
            return await _json(answer, what)
        except BadAnswer as error:
            raise OutcomeUnknown(error.message) from None

    @asynccontextmanager
    async def open(
        self, *parts: str, params: Params | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The answer to a `GET` while its body is read; refusals are raised."""
        what = _named("GET", parts)
        response = await self._steady(parts, params, headers, what)
        async with _reading(response, what):
            yield response

    async def _steady(
        self,
        parts: tuple[str, ...],
        params: Params | None,
        headers: Mapping[str, str] | None,
        what: str,
    ) -> httpx.Response:
        """A successful answer, its body still to be read."""
        for pause in (*_AGAIN, None):
            request = self._request("GET", parts, params, headers=headers)
            response = await send(self._client, request, changes=False, stream=True)
            self._note_date(response)
            if response.is_success:
                return response
            async with _reading(response, what):
                check_gate(response, changes=False)
                body = await _whole(response, what)
            if response.status_code != 500 or pause is None:
                raise refusal(response.status_code, body, what, changes=False)
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def knock(self, path: str) -> None:
        """LoginRequired where a TLS service drops us without a word.

        So does psik_api behind `certified` with a client certificate it does not trust, or none.
        """
        if self._client.base_url.scheme != "https":
            return
        request = self._client.build_request("GET", path)
        try:
            response = await self._client.send(request, stream=True)
            await response.aclose()
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
            raise _no_certificate(self._client.base_url.host, error) from None
        except httpx.ConnectError as error:
            if "alert" in str(error):  # the handshake itself was refused
                raise _no_certificate(self._client.base_url.host, error) from None
        except httpx.TransportError:
            return  # the next call says which

    def _request(
        self, method: str, parts: tuple[str, ...], params: Params | None, **rest: Any
    ) -> httpx.Request:
        path = "/".join(quote(part, safe="") for part in (self.version, *parts) if part)
        return self._client.build_request(method, path, params=params, **rest)

    def _note_date(self, response: httpx.Response) -> None:
        try:
            told = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return
        self.date = told if told.tzinfo else told.replace(tzinfo=UTC)


async def pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body in pieces."""
    async for piece in response.aiter_bytes(_CHUNK):
        yield piece


async def _whole(response: httpx.Response, what: str) -> bytes:
    found = bytearray()
    async for piece in pieces(response):
        found += piece
        if len(found) > MOST_BYTES:
            raise LimitExceeded(
                f"The answer to {what} is longer than {MOST_BYTES >> 20} MiB.",
                hint="psik_api gives a job's logs only all at once; write large output to files.",
            )
    return bytes(found)


@asynccontextmanager
async def _reading(response: httpx.Response, what: str) -> AsyncIterator[None]:
    """Close the answer at the end; what breaks off in between is said."""
    try:
        yield
    except httpx.DecodingError:
        raise BadAnswer(f"{what} was answered garbled.") from None
    except httpx.TransportError as error:
        told = visible(str(error), 120) or type(error).__name__
        raise Unreachable(f"The answer to {what} broke off ({told}).") from None
    finally:
        await response.aclose()


async def _json(body: bytes, what: str) -> Any:
    try:
        if len(body) > _LONG:
            return await asyncio.to_thread(json.loads, body)
        return json.loads(body)
    except (ValueError, RecursionError):
        shown = visible(body[:120].decode("utf-8", "replace"))
        raise BadAnswer(f"{what} was answered without JSON: {shown!r}.") from None


def _named(method: str, parts: tuple[str, ...]) -> str:
    return f"{method} {visible('/'.join(parts), 120)}"


def _no_certificate(host: str, error: httpx.TransportError) -> PodError:
    told = visible(str(error), 120) or type(error).__name__
    return LoginRequired(
        f"{host} dropped the connection without a word ({told}), as psik_api does with a client "
        "certificate it does not trust, and with none.",
        title="Certificate refused",
        hint="Set client_cert and client_key to what the service's owner signed for you.",
    )
