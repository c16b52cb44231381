"""The web server: form bodies, sessions in a cookie, Fail with status 200, error pages."""

from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.emulators.kotta.cloud import Cloud, Crash, Job, Person

_WORDS = {404: "Not Found", 405: "Method Not Allowed", 500: "Internal Server Error"}
_ENDED = ("completed", "failed", "cancelled")
_COOKIE = "beaker.session.id"
_PAGE = """
    <!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
    <html>
        <head>
            <title>Error: {status}</title>
            <style type="text/css">
              html {{background-color: #eee; font-family: sans;}}
              body {{background-color: #fff; border: 1px solid #ddd;
                    padding: 15px; margin: 15px;}}
              pre {{background-color: #eee; border: 1px solid #ddd; padding: 5px;}}
            </style>
        </head>
        <body>
            <h1>Error: {status}</h1>
            <p>Sorry, the requested URL <tt>{url}</tt>
               caused an error:</p>
            <pre>{reason}</pre>
        </body>
    </html>
"""


def _error_page(request: Request, status: int, reason: str) -> Response:
    url = _escaped(repr(str(request.url)))
    page = _PAGE.format(status=f"{status} {_WORDS[status]}", url=url, reason=_escaped(reason))
    return Response(page, status, media_type="text/html; charset=UTF-8")


def _escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#039;")


class Service:
    """The ASGI application. `sessions` are what the cookies stand for."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.sessions: dict[str, Person] = {}
        self.asked: list[str] = []
        self._app = Starlette(
            routes=[
                Route("/rest/v1/submit_task", self.submit, methods=["POST"]),
                Route("/rest/v1/status_task/{job_id}", self.status, methods=["GET"]),
                Route("/rest/v1/list_tasks", self.list, methods=["GET"]),
                Route("/rest/v1/upload_url", self.upload_url, methods=["POST"]),
                Route("/cancel/{job_id}", self.cancel, methods=["GET"]),
                Route("/klab-{bucket}/{key:path}", self.stored, methods=["GET", "PUT"]),
            ],
            exception_handlers={
                404: lambda request, _: _error_page(
                    request, 404, f"Not found: {request.url.path!r}"
                ),
                405: self._no_method,
                Crash: lambda request, _: _error_page(request, 500, "Internal Server Error"),
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked.append(f"{scope['method']} {scope['path']}")
        await self._app(scope, receive, send)

    def _no_method(self, request: Request, _: Exception) -> Response:
        answer = _error_page(request, 405, "Method not allowed.")
        answer.headers["Allow"] = request.method  # as the real one has it
        return answer

    async def stored(self, request: Request) -> Response:
        request.path_params["bucket"] = f"klab-{request.path_params['bucket']}"
        return await self.cloud.store.answer(request)

    async def submit(self, request: Request) -> Response:
        form = await _form(request)
        session = self._session(request)
        refusal = self._log_in(form, session, refreshes=True)
        if refusal is not None:
            return refusal
        try:
            job_id = self.cloud.submit(session.person(), form)
        except (KeyError, ValueError) as error:
            return session.kept(_fail(str(error)))
        return session.kept(_told({"status": "Success", "job_id": job_id}))

    async def upload_url(self, request: Request) -> Response:
        form = await _form(request)
        session = self._session(request)
        refusal = self._log_in(form, session)
        if refusal is not None:
            return refusal
        try:
            path = self.cloud.upload_path(session.person(), form.get("filepath", "None"))
        except KeyError as error:
            return session.kept(_fail(str(error)))
        url = self.cloud.store.sign("PUT", path, 3600)
        return session.kept(_told({"status": "Success", "upload_url": url}))

    async def list(self, request: Request) -> Response:
        form = await _form(request)
        session = self._session(request)
        if not form.get("access_token"):
            return _fail("access_token missing")
        if form["access_token"] not in (*self.cloud.people, *self.cloud.strangers):
            return _fail("Failed to authenticate")
        self._log_in(form, session)
        mine = [job for job in self.cloud.jobs.values() if job.owner == session.person().id]
        keys = ("status", "submit_stamp", "job_id", "jobtype")
        items = {str(n): {key: job.facts[key] for key in keys} for n, job in enumerate(mine)}
        return session.kept(_told({"status": "Success", "items": items}))

    async def status(self, request: Request) -> Response:
        job = self.cloud.jobs.get(request.path_params["job_id"])
        if job is None:
            raise Crash
        pairs = [*_pairs(self.cloud, job)]
        items = {str(n): {key: value} for n, (key, value) in enumerate(pairs)}
        return _told({"status": job.facts["status"], "items": items})

    async def cancel(self, request: Request) -> Response:
        session = self._session(request)
        if not session.known:
            return session.kept(_see_other(request, "/login"))
        job_id = request.path_params["job_id"]
        if job_id not in self.cloud.jobs:
            return Response("The requested job_id was not found in the jobs database")
        self.cloud.cancel(job_id)
        return session.kept(_see_other(request, f"/jobs/{job_id}"))

    def _session(self, request: Request) -> _Session:
        return _Session(self.sessions, request.cookies.get(_COOKIE, ""))

    def _log_in(
        self, form: dict[str, str], session: _Session, *, refreshes: bool = False
    ) -> Response | None:
        """Put the person into the session; a token nobody has leaves it as it was."""
        token, refresh = form.get("access_token", ""), form.get("refresh_token", "")
        if not token and refreshes and refresh:
            if refresh not in self.cloud.refresh:
                why = {"error": "invalid_grant", "error_description": "bad refresh token"}
                return _fail(json.dumps(why))
            token = self.cloud.refresh[refresh]
        if not token:
            return _fail("access_token missing")
        if token in self.cloud.strangers:
            raise Crash
        if token in self.cloud.people:
            session.log_in(self.cloud.people[token])
        return None


class _Session:
    """What a cookie stands for; the answer sets the cookie anew."""

    def __init__(self, kept: dict[str, Person], name: str) -> None:
        self._kept = kept
        self._name = name if name in kept else uuid4().hex

    @property
    def known(self) -> bool:
        return self._name in self._kept

    def person(self) -> Person:
        if not self.known:
            raise KeyError("user_id")
        return self._kept[self._name]

    def log_in(self, person: Person) -> None:
        self._kept[self._name] = person

    def kept(self, answer: Response) -> Response:
        answer.headers["Set-Cookie"] = f"{_COOKIE}={self._name}; Path=/"
        return answer


def _pairs(cloud: Cloud, job: Job) -> list[tuple[str, Any]]:
    pairs = list(job.facts.items())
    if job.inputs:
        src = job.inputs[0]
        pairs.append(("inputs", f'<a href="{src}">{src.rpartition("/")[2]}</a>'))
    if job.facts["status"] in _ENDED:
        for name in job.outputs:
            path = cloud.output_path(job, name)
            link = f'<a href="{cloud.store.sign("GET", path, 1500)}">{name}</a>'
            pairs.append(("outputs", link if path in cloud.store.kept else f"<i>{name}</i>"))
    return sorted(pairs, key=lambda pair: hash((pair[0], job.id)))


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def _told(answer: dict[str, Any]) -> Response:
    return Response(json.dumps(answer), media_type="application/json")


def _fail(reason: str) -> Response:
    return _told({"status": "Fail", "reason": reason})


def _see_other(request: Request, path: str) -> Response:
    headers = {"Location": f"{str(request.base_url).rstrip('/')}{path}"}
    return Response(status_code=303, headers=headers, media_type="text/html; charset=UTF-8")
