"""The service: its routes, and a server on loopback that can go away and come back."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from podtui.demo.loopback import LoopbackServer
from tests.emulators.psik2.job import PsikJob

_FIELDS = {
    *("name", "directory", "script", "environment", "inherit_environment", "resources"),
    *("backend", "attributes", "callback", "cb_secret", "client_secret"),
}


class Psik2:
    """The jobs of two backends; with `token` nobody is known without it."""

    def __init__(self, root: Path, token: str = "") -> None:
        self.root = root
        self.token = token
        self.backends = ("default", "second")
        self.jobs: dict[str, PsikJob] = {}
        self.posts: list[str] = []  # every change that was asked for, by its path
        self.crashes = 0  # how many of the next submissions the service fails on, after making them
        self._group: asyncio.TaskGroup | None = None
        self._server: LoopbackServer | None = None
        self._serving: asyncio.Task[None] | None = None
        self._port = 0
        self.app = Starlette(
            routes=[Mount("/v2", routes=self._routes())],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=self._authorize)],
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Psik2]:
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await self.come_back()
                yield self
            finally:
                await self.go_away()
                for job in self.jobs.values():
                    if job.process is not None and job.process.returncode is None:
                        job.process.kill()

    async def come_back(self) -> None:
        assert self._group is not None
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self._port))
        self._port = bound.getsockname()[1]
        self._server = LoopbackServer(self.app, bound)
        self._serving = self._group.create_task(self._server.run_until_stopped())
        await self._server.listening.wait()

    async def go_away(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.stop()
            await self._serving
        self._server = self._serving = None

    def _routes(self) -> list[Route]:
        job = "/jobs/{jobid}"
        return [
            Route("/backends", self._list_backends),
            Route("/jobs", self._list, methods=["GET"]),
            Route("/jobs", self._submit, methods=["POST"]),
            Route("/jobs/new", self._submit, methods=["POST"]),
            Route(job, self._history, methods=["GET"]),
            Route(job, self._cancel, methods=["DELETE"]),
            Route(f"{job}/start", self._start, methods=["POST"]),
            Route(f"{job}/state", self._state),
            Route(f"{job}/logs", self._texts),
            Route(f"{job}/scripts", self._texts),
            Route(f"{job}/files", self._upload, methods=["POST"]),
            Route(f"{job}/files", self._file, methods=["GET"]),
            Route(f"{job}/files/{{name:path}}", self._file, methods=["GET"]),
            Route("/token", self._show_token, methods=["POST"]),
        ]

    async def _authorize(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.method != "GET":
            self.posts.append(request.url.path.removeprefix("/v2"))
        if self.token and request.url.path.startswith("/v2/jobs"):
            given = request.headers.get("authorization", "")
            if given != f"bearer {self.token}":
                how = "invalid format" if given else "not found"
                return _detail(401, f'Required header "Biscuit: urlsafe-b64-encoded-value" {how}.')
        try:
            return await call_next(request)
        except _Refusal as error:
            return _detail(error.status, error.detail)

    async def _list_backends(self, request: Request) -> Response:
        return JSONResponse(
            {
                name: {
                    "name": name,
                    "full_name": name,
                    "description": f"psik:local job manager at /srv/psik/{name}",
                    "system_type": "local",
                    "notes": [],
                    "status": "active",
                    "updated_at": "2026-11-21T23:31:24.394551",
                }
                for name in self.backends
            }
        )

    async def _list(self, request: Request) -> Response:
        wanted = request.query_params
        jobs = sorted(self.jobs.values(), key=lambda job: -float(job.id))
        rows = [
            job.history[-1]
            for job in jobs
            if wanted.get("backend") in (None, job.backend)
            and wanted.get("state") in (None, job.state)
        ]
        first = int(wanted.get("index", 0))
        return JSONResponse(rows[first:][: int(wanted.get("limit", len(rows) + 1))])

    async def _submit(self, request: Request) -> Response:
        spec = await request.json()
        if set(spec) - _FIELDS or not isinstance(spec.get("script"), str):
            return _detail(422, [{"loc": ["body", "script"], "msg": "Field required"}])
        backend = spec.get("backend", "default")
        if not isinstance(backend, str):
            fault = {"loc": ["body", "backend"], "msg": "Input should be a valid string"}
            return _detail(422, [fault])
        if backend not in self.backends:
            return PlainTextResponse("Internal Server Error", 500)
        job = self._new(spec, backend)
        if self.crashes:
            self.crashes -= 1
            return PlainTextResponse("Internal Server Error", 500)
        held = request.url.path.endswith("/new") or request.query_params.get("submit") == "false"
        if not held:
            self._run(job)
        return JSONResponse(job.id)

    def _new(self, spec: dict[str, Any], backend: str) -> PsikJob:
        stamp = time.time()
        while f"{stamp:.3f}" in self.jobs:
            stamp += 0.001
        job = PsikJob(f"{stamp:.3f}", backend, spec, self.root / f"{stamp:.3f}")
        job.make()
        self.jobs[job.id] = job
        return job

    def _run(self, job: PsikJob) -> None:
        assert self._group is not None
        self._group.create_task(job.run())

    async def _history(self, request: Request) -> Response:
        return JSONResponse(self._job(request).history)

    async def _cancel(self, request: Request) -> Response:
        self._job(request).cancel()
        return JSONResponse(None)

    async def _start(self, request: Request) -> Response:
        self._run(self._job(request))
        return JSONResponse(None)

    async def _state(self, request: Request) -> Response:
        return JSONResponse(self._job(request).state)

    async def _texts(self, request: Request) -> Response:
        folder = {"logs": "log", "scripts": "scripts"}[request.url.path.rpartition("/")[2]]
        found = (self._job(request).folder / folder).iterdir()
        return JSONResponse({path.name: path.read_text() for path in found})

    async def _upload(self, request: Request) -> Response:
        job = self._job(request)
        async with request.form() as form:
            for file in form.getlist("files"):
                assert not isinstance(file, str)
                (job.work / str(file.filename)).write_bytes(await file.read())
        return JSONResponse(None)

    async def _file(self, request: Request) -> Response:
        name = request.path_params.get("name", "")
        path = self._job(request).work / name
        if not path.exists():
            raise _Refusal(404, f"file {name} not found")
        if path.is_dir():
            return JSONResponse({one.name: _stat(one) for one in path.iterdir()})
        return FileResponse(path, media_type="application/octet-stream", filename=name)

    async def _show_token(self, request: Request) -> Response:
        fact = 'user("cn:Client One");\ncheck if time($time), $time < 2026-11-22T23:50:48Z;\n'
        return JSONResponse({"blocks": [fact]})

    def _job(self, request: Request) -> PsikJob:
        job_id = request.path_params["jobid"]
        if not job_id.replace(".", "", 1).isdecimal():
            raise _Refusal(400, "Invalid jobid")
        if job_id not in self.jobs:
            raise _Refusal(404, "Job not found")
        return self.jobs[job_id]


class _Refusal(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def _detail(status: int, detail: Any) -> Response:
    return JSONResponse({"detail": detail}, status)


def _stat(path: Path) -> dict[str, Any]:
    facts = path.stat()
    times = {"atime": int(facts.st_atime), "mtime": int(facts.st_mtime)}
    return {"size": facts.st_size, **times, "children": path.is_dir()}
