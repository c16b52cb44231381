"""The object store: GET and PUT by signed addresses, whole objects, MD5 as ETag, ranges."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from starlette.requests import Request
from starlette.responses import Response

_KEY = b"AKIDTEST-secret"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def _error(status: int, code: str, message: str) -> Response:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Response(body, status, media_type="application/xml")


@dataclass
class Store:
    """`url` is where it answers; `headers` go with every answer, as a site's own would."""

    url: str
    kept: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    moved_to: str = ""  # where GETs are sent on to, empty for nowhere
    ranges: bool = True
    spoil: bool = False  # keep other bytes than were sent

    def sign(self, method: str, path: str, seconds: int) -> str:
        expires = str(int(time.time()) + seconds)
        name = f"Signature={quote_plus(self._signature(method, path, expires))}"
        tail = "&x-amz-meta-owner=Yadu" if method == "GET" else ""
        tail += "&x-amz-security-token=tok"
        address = f"{self.url}/{quote(path)}"
        return f"{address}?{name}&Expires={expires}&AWSAccessKeyId=AKIDTEST{tail}"

    def _signature(self, method: str, path: str, expires: str) -> str:
        text = f"{method}\n\n\n{expires}\n/{path}".encode()
        return base64.b64encode(hmac.new(_KEY, text, hashlib.sha1).digest()).decode()

    async def answer(self, request: Request) -> Response:
        path = f"{request.path_params['bucket']}/{request.path_params['key']}"
        told = request.query_params
        wanted = self._signature(request.method, path, told.get("Expires", ""))
        if told.get("Signature") != wanted or "content-type" in request.headers:
            return _error(403, "SignatureDoesNotMatch", "The request signature does not match.")
        if int(told["Expires"]) < time.time():
            return _error(403, "AccessDenied", "Request has expired")
        if request.method == "PUT":
            return await self._put(path, request)
        if self.moved_to:
            return Response(status_code=307, headers={"Location": self.moved_to})
        return self._get(path, request)

    async def _put(self, path: str, request: Request) -> Response:
        if "content-length" not in request.headers:
            return _error(411, "MissingContentLength", "You must provide the Content-Length.")
        body = await request.body()
        self.kept[path] = body + b"!" if self.spoil else body
        etag = hashlib.md5(self.kept[path]).hexdigest()
        return Response(headers={"ETag": f'"{etag}"', **self.headers})

    def _get(self, path: str, request: Request) -> Response:
        if path not in self.kept:
            return _error(404, "NoSuchKey", "The specified key does not exist.")
        whole = self.kept[path]
        headers = {"ETag": f'"{hashlib.md5(whole).hexdigest()}"', **self.headers}
        match = _RANGE.fullmatch(request.headers.get("range", ""))
        if match is None or not self.ranges:
            return Response(whole, headers=headers)
        if match[1]:
            first = int(match[1])
            last = min(int(match[2]) if match[2] else len(whole), len(whole) - 1)
        else:
            first, last = max(0, len(whole) - int(match[2])), len(whole) - 1
        if first >= len(whole):
            return _error(416, "InvalidRange", "The requested range is not satisfiable")
        headers["Content-Range"] = f"bytes {first}-{last}/{len(whole)}"
        return Response(whole[first : last + 1], 206, headers)
