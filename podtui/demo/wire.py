"""What the three HTTP services share: reading a path with a version, a JSON body, a form."""

import re
from typing import Any, cast
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from podtui.demo.refusal import Refusal

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_FORM = "application/x-www-form-urlencoded"


def one_endpoint_app(answer: Any) -> Starlette:
    """Make an application whose every path and method goes to `answer(request)`."""

    async def odd_method(request: Request, _: Exception) -> Response:
        return cast(Response, await answer(request))

    routes = [Route("/{path:path}", answer, methods=METHODS)]
    return Starlette(routes=routes, exception_handlers={405: odd_method})


def segments(path: str, version: re.Pattern[str]) -> list[str]:
    """Split a path at its slashes, without a leading version; a trailing slash changes nothing."""
    parts = [part for part in path.split("/") if part]
    return parts[1:] if parts and version.fullmatch(parts[0]) else parts


async def form_text(request: Request) -> str:
    """Give the url-encoded body of a request; a body of another kind is empty."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return ""
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError:
        raise Refusal("the form is not UTF-8", 400) from None


async def form_fields(request: Request) -> dict[str, str]:
    """Read a url-encoded body; where a name repeats, the last counts."""
    return dict(parse_qsl(await form_text(request), keep_blank_values=True))


async def json_object(request: Request) -> dict[str, Any]:
    """Read a JSON body, whatever content type it claims; anything but an object is refused."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise Refusal("the body is not JSON", 400) from None
    if not isinstance(body, dict):
        raise Refusal("the body must be a JSON object", 400)
    return body


def plain(response: Response) -> Response:
    """Mark an answer that carries somebody's data as not to be kept by anybody."""
    response.headers["cache-control"] = "no-store"
    return response
