"""Objects behind signed addresses: the service gives the address, another server the bytes.

The addresses are foreign text: nothing of ours goes with them, and a redirect that leaves their
server is refused. An ETag of 32 hex digits is the MD5 of what was PUT, unless the store encrypts
with keys of its own (Amazon S3 API, "Common Response Headers").
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx

from podtui.backends.http import build_client, send
from podtui.backends.kotta.wire import no_cookies
from podtui.domain.text import visible
from podtui.errors import BadAnswer, NotFound, OutcomeUnknown, Refused, Unreachable

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 3
_WORDS = 4096  # bytes of an error page that are looked at
_MESSAGE = re.compile(r"<Message>(.{1,400}?)</Message>", re.DOTALL)
_MD5 = re.compile(r"[0-9a-f]{32}")
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})")
_BUCKET_HOST = re.compile(r"(.+)\.s3[.-](?:[\w.-]+\.)?amazonaws\.com(?:\.cn)?")


class SignedStore:
    """GETs and PUTs by signed addresses; one client a server."""

    def __init__(
        self, service: str, ca_file: Path | None, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self._service = httpx.URL(service)
        self._ca_file = ca_file
        self._transport = transport
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def close(self) -> None:
        """Let go of the connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    @asynccontextmanager
    async def open(self, address: str, span: str = "") -> AsyncIterator[httpx.Response]:
        """The object as it streams in; `span` is a range such as `100-` or `-100`, in bytes.

        A server may answer with the whole all the same (status 200), or with 416 for no bytes.
        """
        response = await self._get(_url(address), span)
        try:
            if response.status_code not in (200, 206, 416):
                raise await _refusal(response)
            yield response
        except httpx.TransportError as error:
            raise Unreachable(
                f"{response.url.host} broke off ({visible(str(error), 120)})."
            ) from None
        finally:
            await response.aclose()

    async def size(self, address: str) -> int:
        """The object's size in bytes; the address is signed for GET, so HEAD would be refused."""
        async with self.open(address, "0-0") as response:
            if response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return whole_size(response)
        async with self.open(address) as response:  # an empty object has no first byte
            return whole_size(response)

    async def put(self, address: str, blocks: AsyncGenerator[bytes, None], size: int) -> str:
        """Write the object, whole or not at all; the MD5 the store made of it, or the empty string.

        Unreachable when the connection is cut: what was there before is still there, or all is new.
        """
        url = _url(address)
        client = self._client(url)
        headers = {"Content-Length": str(size)}
        request = client.build_request("PUT", url, content=blocks, headers=headers)
        try:
            response = await send(client, request, changes=True, stream=True)
        except OutcomeUnknown as error:
            raise Unreachable(f"The upload was cut: {error.message}") from None
        try:
            if not response.is_success:
                raise await _refusal(response)
            return md5_of(response)
        finally:
            await response.aclose()

    async def _get(self, url: httpx.URL, span: str) -> httpx.Response:
        headers = {"Accept-Encoding": "identity"}
        if span:
            headers["Range"] = f"bytes={span}"
        for _ in range(_MOST_HOPS):
            client = self._client(url)
            request = client.build_request("GET", url, headers=headers)
            response = await send(client, request, changes=False, stream=True)
            if response.status_code not in _REDIRECTS:
                return response
            await response.aclose()
            there = url.join(_url(response.headers.get("location", ""), relative=True))
            if _origin(there) != _origin(url):
                raise Refused(
                    f"{url.host} sends us on to {visible(_origin(there), 120)}.",
                    title="Redirect refused",
                    hint="Nothing was fetched. A signed address is good for one server alone.",
                )
            url = there
        raise Refused(f"{url.host} sends us in a circle.", title="Redirect refused")

    def _client(self, url: httpx.URL) -> httpx.AsyncClient:
        if url.scheme not in ("http", "https") or not url.host:
            raise Refused(f"{visible(_origin(url), 120)} is no address of a file.")
        if self._service.scheme == "https" and url.scheme != "https":
            raise Refused(
                f"The service is asked over TLS and sends us to {visible(_origin(url), 120)}.",
                title="Unsafe address",
            )
        origin = _origin(url)
        if origin not in self._clients:
            own = self._ca_file if url.host == self._service.host else None
            client = build_client(origin, ca_file=own, transport=self._transport)
            client.cookies = no_cookies()
            self._clients[origin] = client
        return self._clients[origin]


def s3_name(address: str) -> str:
    """The name a job gives as its input for what was PUT to `address`.

    The service's worker strips the letters of `s3://` from both ends of such a name; where that
    would hurt, the long form is given, which it takes apart in another way.
    """
    url = _url(address)
    path = unquote(url.raw_path.partition(b"?")[0].decode("ascii")).lstrip("/")
    match = _BUCKET_HOST.fullmatch(url.host)
    if match:
        path = f"{match[1]}/{path}"
    bucket, slash, key = path.partition("/")
    if not (bucket and slash and key) or "," in path or not path.isprintable():
        raise BadAnswer(f"The service gave {visible(url.host, 80)} without a file to upload to.")
    if path.strip("s3:/") != path:
        return f"https://s3.amazonaws.com/{path}"
    return f"s3://{path}"


def md5_of(response: httpx.Response) -> str:
    """The MD5 the store tells of the whole object, in hex; empty where it tells none."""
    own_keys = response.headers.get("x-amz-server-side-encryption", "").startswith("aws:")
    customer = "x-amz-server-side-encryption-customer-algorithm" in response.headers
    etag = str(response.headers.get("etag", "")).strip().strip('"').lower()
    return etag if _MD5.fullmatch(etag) and not (own_keys or customer) else ""


def whole_size(response: httpx.Response) -> int:
    """The size of the whole object, of which the answer may be a part."""
    match = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        if match is None:
            raise BadAnswer(f"{response.url.host} answered a part without telling which.")
        return int(match[2])
    text = response.headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        raise BadAnswer(f"{response.url.host} does not tell the size of a file.")
    return int(text)


def first_byte(response: httpx.Response) -> int:
    """Where in the whole object the answer's body begins."""
    match = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
    if response.status_code == httpx.codes.PARTIAL_CONTENT and match:
        return int(match[1])
    return 0


async def _refusal(response: httpx.Response) -> Exception:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= _WORDS:
            break
    match = _MESSAGE.search(body[:_WORDS].decode("utf-8", "replace"))
    words = f": {visible(match[1], 200)}" if match else ""
    told = f"{response.url.host} answered {response.status_code}{words}."
    if response.status_code == httpx.codes.NOT_FOUND:
        return NotFound(told)
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Unreachable(told)
    return Refused(told, hint="Signed addresses end after a while; the next try asks for new ones.")


def _url(address: str, *, relative: bool = False) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        raise BadAnswer("The service gave an address of a file that is none.") from None
    if not relative and not url.is_absolute_url:
        raise BadAnswer("The service gave an address of a file that is none.")
    return url


def _origin(url: httpx.URL) -> str:
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}"
