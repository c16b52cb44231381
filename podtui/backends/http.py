"""The one place that builds an HTTP client and turns its failures into PodErrors."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from podtui import __version__
from podtui.backends.steady import Steady, steady_headers
from podtui.backends.trace import TRACE
from podtui.domain.text import visible
from podtui.errors import BadAnswer, ConfigError, OutcomeUnknown, Refused, Unreachable

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4.0)
"""Node and uvicorn close what is idle for five seconds: a change must not meet them at it."""
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
_AWAY = (502, 503, 504)
_SOCKET = "podtui.socket"
_OF_TLS = {
    "CERTIFICATE_VERIFY_FAILED": (
        "Certificate not trusted",
        "If this is the service, set this cluster's ca_file to the PEM file of the authority that "
        "signed for it, and url to the name in its certificate. If not, who answers there?",
    ),
    "WRONG_VERSION_NUMBER": (
        "No TLS there",
        "If the network between is safe, set this cluster's url to http://. Else ask the site for "
        "the port that speaks TLS.",
    ),
}
"""By OpenSSL's word for it, what a failed handshake is, and the next step."""
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def build_client(
    base_url: str,
    *,
    auth: httpx.Auth | None = None,
    headers: Mapping[str, str] | None = None,
    ca_file: Path | None = None,
    client_cert: Path | None = None,
    client_key: Path | None = None,
    uds: Path | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for one service; TLS is checked against `ca_file` or the system's authorities.

    `client_cert` with `client_key` (PEM) proves who we are; `uds` is the path of a UNIX socket to
    go through. Redirects are not followed, but for a slash at the end (`send`): a token must not
    travel to another host.
    """
    verify: ssl.SSLContext | bool = True
    if base_url.startswith("http://"):
        verify = False  # no TLS here: reading the authorities would cost 20 ms for nothing
    elif ca_file is not None or client_cert is not None:
        verify = _tls(ca_file, client_cert, client_key)
    if uds is not None and transport is None:
        transport = httpx.AsyncHTTPTransport(uds=str(uds), verify=verify, limits=_LIMITS)
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, UnicodeError):
        raise BadAnswer(f"{visible(base_url, 120)!r} is no address of a service.") from None
    return httpx.AsyncClient(
        base_url=url,
        auth=auth,
        headers={"User-Agent": f"podtui/{__version__}", **(headers or {})},
        timeout=_TIMEOUT,
        limits=_LIMITS,
        verify=verify,
        transport=transport,
        trust_env=True,
        event_hooks={"request": [partial(_note_socket, visible(str(uds), 200))]} if uds else None,
    )


async def _note_socket(path: str, request: httpx.Request) -> None:
    """Keep which socket a request goes through: its address tells nobody."""
    request.extensions[_SOCKET] = path


def _tls(ca_file: Path | None, client_cert: Path | None, client_key: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise ConfigError(
            f"The CA file {ca_file} cannot be used: {error.strerror or error}.",
            hint="Set ca_file to a PEM file of certificate authorities.",
        ) from None
    if client_cert is not None:
        try:  # without a password of ours, OpenSSL would ask on the terminal
            context.load_cert_chain(client_cert, client_key, password=lambda: b"")
        except OSError as error:  # an SSLError is one
            raise ConfigError(
                f"The certificate {client_cert} cannot be used: {error.strerror or error}.",
                hint="Set client_cert and client_key to the PEM files of a certificate and its "
                "unencrypted private key.",
            ) from None
    return context


async def send(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    changes: bool,
    stream: bool = False,
    largest: int | None = None,
) -> httpx.Response:
    """Send `request`; Unreachable, or OutcomeUnknown where it `changes` and may have arrived.

    A request that only reads is repeated once when a kept connection turns out to be dead. With
    `stream` the body is still to be read, and the caller closes the response. With `largest` an
    answer of more bytes is given up while it comes: BadAnswer, or OutcomeUnknown.
    """
    if client.is_closed:
        raise Unreachable(f"The connection to {_place(request)} was given up.")
    for last in (False, True):
        try:
            if largest is not None:
                return await _bounded(client, request, largest, changes=changes)
            with TRACE.doing(_host(request), _asked(request)) as entry:
                response = await _answer(client, request, stream=stream)
                entry.outcome = str(response.status_code)
            return await _taken_up(request, response)
        except _NOT_SENT as error:
            raise _unreachable(request, error) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            if isinstance(error, httpx.LocalProtocolError) and "Illegal header" in str(error):
                raise _unsendable(request) from None  # its words hold the value: a secret
            if changes:
                raise OutcomeUnknown(
                    f"{request.method} {_place(request)} was sent, and its answer was lost "
                    f"({_reason(error)})."
                ) from None
            if isinstance(error, httpx.DecodingError):
                raise BadAnswer(f"{_place(request)} answered garbled ({_reason(error)}).") from None
            if last or isinstance(error, httpx.TimeoutException):
                raise _unreachable(request, error) from None
    raise AssertionError("unreachable")


async def _bounded(
    client: httpx.AsyncClient, request: httpx.Request, largest: int, *, changes: bool
) -> httpx.Response:
    """The answer, read piece by piece and never more than `largest` bytes of it."""
    with TRACE.doing(_host(request), _asked(request)) as entry:
        response = await _answer(client, request, stream=True)
        entry.outcome = str(response.status_code)
    await _taken_up(request, response)
    body = bytearray()
    try:
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > largest:
                kind = OutcomeUnknown if changes else BadAnswer
                raise kind(f"{_place(request)} answered with more than {largest >> 20} MiB.")
    finally:
        await response.aclose()
    told = [pair for pair in response.headers.multi_items() if pair[0] not in _OF_THE_WIRE]
    return httpx.Response(response.status_code, headers=told, content=bytes(body), request=request)


async def _answer(
    client: httpx.AsyncClient, request: httpx.Request, *, stream: bool
) -> httpx.Response:
    """The answer; one that asks for a slash at the end, or for none, is followed there."""
    response = await _begun(client, request)
    there = response.next_request
    if there is not None and _same_but_slash(request, there):
        await response.aclose()
        response = await _begun(client, there)
    if not stream:
        try:
            await response.aread()
        finally:
            await response.aclose()
    return response


async def _begun(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The answer, its body still to be read; neither its headers nor its body may trickle."""
    async with steady_headers(request):
        response = await client.send(request, stream=True)
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = Steady(response.stream)
    return response


def _same_but_slash(request: httpx.Request, there: httpx.Request) -> bool:
    """Whether `there` is the same request, body and all, to the same server (FastAPI's way)."""
    here = request.url
    moved = here.copy_with(path=f"{here.path.rstrip('/')}/", fragment=None)
    bare = here.copy_with(path=here.path.rstrip("/"), fragment=None)
    whole = isinstance(request.stream, httpx.ByteStream) and there.method == request.method
    return whole and there.url != here and there.url in (moved, bare)


async def _taken_up(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """The answer; Unreachable where a gate before the service turned the request away for now."""
    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
        return response
    await response.aclose()
    wait = visible(response.headers.get("retry-after", ""), 40)
    until = f" (it says: again after {wait})" if wait else ""
    raise Unreachable(
        f"{_place(request)} is asked too often and did nothing{until}.",
        title="Asked too often",
        hint="podtui tries again by itself, less often each time.",
    )


async def ask(
    client: httpx.AsyncClient, request: httpx.Request, *, changes: bool
) -> httpx.Response:
    """As `send`, the answer checked by `check_gate`."""
    response = await send(client, request, changes=changes)
    check_gate(response, changes=changes)
    return response


def check_gate(response: httpx.Response, *, changes: bool) -> None:
    """Raise what a gate before the service says: that it stands elsewhere, or is away for now.

    Of a change that met a gate whose service is away nobody knows whether it was done: no word.
    """
    if response.status_code in _AWAY and not changes:
        status = response.status_code
        raise Unreachable(f"What stands before {_place(response.request)} answers {status}: away.")
    if not response.has_redirect_location:
        return
    there = response.request.url.join(response.headers["location"])
    shown = visible(str(there.copy_with(query=None, fragment=None, userinfo=b"")), 200)
    raise Refused(
        f"{_place(response.request)} sends us on to {shown}.",
        title="Redirect refused",
        hint="No login travels to another address. If that is the service, set this cluster's url "
        "to it.",
    )


def read_json(response: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object, or BadAnswer."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):  # no JSON, no UTF-8, too large a number, too deep
        answer = None
    if not isinstance(answer, dict):
        raise BadAnswer(
            f"{response.request.method} {_place(response.request)} answered "
            f"{response.status_code} without a JSON object: {beginning(response, 120)!r}"
        )
    return answer


def beginning(response: httpx.Response, length: int) -> str:
    """The first `length` characters of an answer as UTF-8, made harmless.

    Not `response.text`: a charset named by the other side can be one that Python cannot read.
    """
    return visible(response.content[: 4 * length].decode("utf-8", "replace"), length)


def read_outcome(response: httpx.Response) -> dict[str, Any]:
    """As `read_json`, for the answer to a change: OutcomeUnknown where it may have been done.

    A gateway's error page or half an answer says nothing about what the service did.
    """
    may_be_done = response.is_success or response.is_server_error
    try:
        reply = read_json(response)
    except BadAnswer as error:
        if may_be_done:
            raise OutcomeUnknown(error.message) from None
        raise
    if response.is_server_error:
        raise OutcomeUnknown(
            f"{response.request.method} {_place(response.request)} failed{told(response)}."
        )
    return reply


def told(response: httpx.Response) -> str:
    """The service's own words for a refusal, made harmless, for the end of a sentence."""
    try:
        reply = read_json(response)
    except BadAnswer:
        return f" (status {response.status_code})"
    words = reply.get("error") or reply.get("msg") or reply.get("message")
    return f": {visible(str(words), 200)}" if words else f" (status {response.status_code})"


def _unsendable(request: httpx.Request) -> ConfigError:
    """Of a request that was never sent: HTTP forbids a line break in a header, or blanks around."""
    return ConfigError(
        f"{request.method} {_place(request)} cannot be sent: a header holds what no header may.",
        hint="Look at this cluster's token and headers: no line breaks, no blanks at the ends.",
    )


def _unreachable(request: httpx.Request, error: httpx.TransportError) -> Unreachable:
    told = f"{_place(request)} does not answer ({_reason(error)})."
    for sign, (title, hint) in _OF_TLS.items():
        if sign in str(error):
            return Unreachable(told, title=title, hint=hint)
    return Unreachable(told)


def _host(request: httpx.Request) -> str:
    return request.url.host


def _asked(request: httpx.Request) -> str:
    return f"{request.method} {request.url.copy_with(query=None, userinfo=b'', fragment=None)}"


def _place(request: httpx.Request) -> str:
    # Without the query: it can hold a session id.
    socket = request.extensions.get(_SOCKET)
    return f"{socket} ({request.url.path})" if socket else str(request.url.copy_with(query=None))


def _reason(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "connecting took too long"
    if isinstance(error, httpx.TimeoutException):
        return "the answer took too long"
    if not str(error) and isinstance(error, httpx.NetworkError):
        return "the connection was cut"
    return visible(str(error), 160) or type(error).__name__
