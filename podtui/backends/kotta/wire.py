"""Cloud Kotta's calls: form bodies, JSON answers, refusals with status 200.

Wire: the README and the calls of the reference client (yadudoc/kotta_client), and transcripts of
the service (tests/fixtures/kotta).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from podtui.backends.http import build_client, send
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    ConfigError,
    LoginRequired,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)

_MOST_BYTES = 32 << 20  # of one answer
_IN_THREAD = 64 << 10  # bytes of JSON from which on it is parsed in a thread
_NOT_KNOWN = ("'user_id'", "failed to authenticate", "access_token missing")
_HINT_500 = (
    "Cloud Kotta answers so when it is ill, and also when the login is good and the person is "
    "not registered there."
)
_NEW_LOGIN = "Tokens end after about an hour. Connect again to give a new login address."


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole."""

    what: str
    status: int
    body: bytes
    location: str
    cookie: str


class KottaWire:
    """The service's calls. It keeps no cookie: with one, a bad token acts as somebody before."""

    def __init__(
        self, url: str, ca_file: Path | None, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        if not url:
            raise ConfigError("url is not set.", hint="Set it to the address of the service.")
        self._client = build_client(url, ca_file=ca_file, transport=transport)
        self._client.cookies = no_cookies()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def list_tasks(self, token: str) -> dict[str, Any]:
        """The person's jobs by running number; the token goes in the body of a GET."""
        return (await self._list(token))[0]

    async def session(self, token: str) -> str:
        """A cookie of a fresh session, for the calls that take no token."""
        cookie = (await self._list(token))[1]
        if not cookie:
            raise BadAnswer("The service opened no session.")
        return cookie

    async def _list(self, token: str) -> tuple[dict[str, Any], str]:
        form = {"access_token": token}
        answer = await self._send("GET", "rest/v1/list_tasks", form, changes=False)
        told = await _success(answer)
        items = told.get("items") or {}  # null and [] are none, too
        if not isinstance(items, dict) or "items" not in told:
            raise BadAnswer(f"{answer.what} lists no items.")
        return items, answer.cookie

    async def status_task(self, job_id: str) -> dict[str, Any] | None:
        """What is told of a job, as it came; None for the error page (an id it does not know)."""
        path = f"rest/v1/status_task/{quote(job_id, safe='')}"
        answer = await self._send("GET", path, None, changes=False)
        if answer.status == httpx.codes.INTERNAL_SERVER_ERROR:
            return None
        return await _json(answer)

    async def submit_task(self, fields: Mapping[str, str], token: str) -> str:
        """Submit the job these fields describe; its id."""
        form = {**fields, "access_token": token}
        answer = await self._send("POST", "rest/v1/submit_task", form, changes=True)
        job_id = (await _success(answer, changes=True)).get("job_id")
        if not isinstance(job_id, str) or not job_id or not job_id.isprintable():
            raise OutcomeUnknown(f"{answer.what} succeeded and told no job id.")
        return job_id

    async def upload_url(self, filepath: str, token: str) -> str:
        """A signed address to PUT the file `filepath` to."""
        form = {"filepath": filepath, "access_token": token}
        answer = await self._send("POST", "rest/v1/upload_url", form, changes=False)
        url = (await _success(answer)).get("upload_url")
        if not isinstance(url, str):
            raise BadAnswer(f"{answer.what} told no address.")
        return url

    async def cancel(self, job_id: str, cookie: str) -> None:
        """End a job by the web page's route; the REST interface has none."""
        path = f"cancel/{quote(job_id, safe='')}"
        answer = await self._send("GET", path, None, changes=True, cookie=cookie)
        page = httpx.URL(answer.location).path.rstrip("/") if answer.location else ""
        if page.endswith("/login"):
            raise LoginRequired(f"{answer.what} wants a login.", hint=_NEW_LOGIN)
        if 300 <= answer.status < 400 and "/jobs/" in page:
            return
        if answer.status == httpx.codes.OK:  # a page of words: an id it does not know
            words = visible(answer.body.decode("utf-8", "replace").strip(), 160)
            raise NotFound(f"{answer.what} answered: {words}")
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknown(f"{answer.what} failed (status {answer.status}).")
        raise Refused(f"{answer.what} was refused (status {answer.status}).")

    async def _send(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None,
        *,
        changes: bool,
        cookie: str = "",
    ) -> Answer:
        headers = {"Cookie": cookie} if cookie else {}
        content = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(form).encode("ascii")
        request = self._client.build_request(method, path, content=content, headers=headers)
        response = await send(self._client, request, changes=changes, largest=_MOST_BYTES)
        what = f"{method} {request.url.path}"
        pairs = (f"{name}={value}" for name, value in response.cookies.items())
        location = response.headers.get("location", "")
        return Answer(what, response.status_code, response.content, location, "; ".join(pairs))


def no_cookies() -> CookieJar:
    """A jar that keeps nothing."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


async def _success(answer: Answer, *, changes: bool = False) -> dict[str, Any]:
    """The JSON of an answer that says Success; its reason as an error where it says Fail."""
    if changes and answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise OutcomeUnknown(f"{answer.what} failed (status {answer.status}).")
    try:
        told = await _json(answer)
    except BadAnswer as error:
        if changes and 200 <= answer.status < 300:
            raise OutcomeUnknown(error.message) from None
        raise
    if told.get("status") == "Success":
        return told
    if changes and told.get("status") != "Fail":
        raise OutcomeUnknown(f"{answer.what} was answered neither Success nor Fail.")
    reason = str(told.get("reason") or "no reason told")
    if reason.lower() in _NOT_KNOWN:
        raise LoginRequired(
            f"The service does not know our token (it says {visible(reason, 80)!r}).",
            title="Token refused",
            hint=_NEW_LOGIN,
        )
    raise Refused(f"{answer.what} was refused: {visible(reason, 300)}")


async def _json(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; a long one is parsed in a thread."""
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"{answer.what} failed (status {answer.status}).", hint=_HINT_500)
    if answer.status == httpx.codes.UNAUTHORIZED:
        raise LoginRequired(f"{answer.what} wants a login (status 401).", hint=_NEW_LOGIN)
    if answer.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise Refused(
            f"{answer.what} was refused: what was sent is too long for the service.",
            hint="It takes about 100 KB in all: shorten the script, or give part of it as an input "
            "file. Nothing was made of it.",
        )
    if 300 <= answer.status < 400:
        place = visible(answer.location, 120)
        raise Refused(
            f"{answer.what} sends us on to {place}.",
            title="Redirect refused",
            hint="If that is the service, set this cluster's url to it.",
        )
    try:
        if len(answer.body) > _IN_THREAD:
            told = await asyncio.to_thread(json.loads, answer.body)
        else:
            told = json.loads(answer.body)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, too large a number, too deep
        told = None
    if not 200 <= answer.status < 300 or not isinstance(told, dict):
        start = visible(answer.body[:400].decode("utf-8", "replace").strip(), 120)
        raise BadAnswer(f"{answer.what} answered {answer.status} without its JSON: {start!r}")
    return told
