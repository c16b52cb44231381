"""An answer that is no success, as a failure with the service's own words.

Wire: FastAPI's `{"detail": words}` or `{"detail": [{loc, msg}, …]}`; a crash of the service is a
500 with the plain text `Internal Server Error`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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

_CRASH = b"Internal Server Error"  # the whole body, when psik_api itself fails
_REFUSED = {404: NotFound, **dict.fromkeys((400, 403, 409, 413, 422, 501), Refused)}
_AWAY = (502, 503, 504)
_NO_ROUTE = "Not Found"  # FastAPI's own words: of a job it does not know psik says something else


class NotServed(Unreachable):
    """A 404 that is not psik's word of a job or a file: a gate before it, or another version."""


class ReadCrashed(BadAnswer):
    """The service itself, no gateway before it, failed on a request that reads."""


class ChangeCrashed(OutcomeUnknown):
    """The service itself failed on a request that changes: it has ended, and starts nothing."""


def refusal(status: int, body: bytes, what: str, *, changes: bool) -> PodError:
    """The failure an answer means; `what` is the request, as `POST jobs`."""
    said = f"{what} was answered {status}{words(body).removesuffix('.')}."
    if status == 401:
        return LoginRequired(
            f"The service does not know us: {said}",
            hint="Set this cluster's token, or client_cert and client_key; without either, "
            "psik_api answers loopback and its UNIX socket alone.",
        )
    if status == 404 and _detail(body) in (None, _NO_ROUTE):
        return NotServed(
            said,
            hint="Nothing there serves that now; podtui tries again by itself. If the service was "
            "upgraded, connect again.",
        )
    if status in _REFUSED:
        return _REFUSED[status](said)
    if status == 500 and body.strip() == _CRASH:
        return ChangeCrashed(said) if changes else ReadCrashed(said)
    if changes and status >= 500:
        return OutcomeUnknown(said)
    return Unreachable(said) if status in _AWAY else BadAnswer(said)


def words(body: bytes) -> str:
    """The service's words for the end of a sentence, made harmless; empty where it has none."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        text = body[:200].decode("utf-8", "replace").strip()
        return f": {visible(text, 200)}" if text and not text.startswith("<") else ""
    detail = _detail(body)
    if isinstance(detail, list):
        detail = "; ".join(_fault(one) for one in detail[:5])
    return f": {visible(str(detail), 300)}" if detail else ""


def _detail(body: bytes) -> Any:
    """What psik says of a failure; None where the answer is another's."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer.get("detail") if isinstance(answer, Mapping) else None


def _fault(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    place = one.get("loc")
    where = ".".join(str(part) for part in place[1:]) if isinstance(place, list) else ""
    return f"{where}: {one.get('msg', '')}" if where else str(one.get("msg", ""))
