"""Beoweb on the wire: log in, submit, look, release, delete. What PODShell talked to.

Source of the wire: the calls of python-beoweb-client and the PODTools guide.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from podtui.demo.batch.engine import Engine, Rejected
from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.beoweb_login import BeowebLogin, Visitor
from podtui.demo.job_scripts import FOLDER, check_script, store_script, withdraw_script
from podtui.demo.refusal import Refusal
from podtui.demo.wire import form_fields, one_endpoint_app, plain, segments

_STATE_WORDS = {"Q": "QUEUED", "R": "RUNNING", "E": "RUNNING", "H": "HELD", "C": "COMPLETE"}
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_NO_VERSION = re.compile(r"(?!)")


class Beoweb:
    """Answers one controller's Beoweb calls.

    `owner_of` gives the jobs' owner for a Unix user, or None for one who has no home yet;
    `members_of` gives the users of a group, or None for an unknown one.
    """

    def __init__(
        self,
        *,
        login: BeowebLogin,
        engine: Engine,
        cookie: str,
        owner_of: Callable[[str], Owner | None],
        members_of: Callable[[str], tuple[str, ...] | None],
    ) -> None:
        self._login = login
        self._engine = engine
        self._cookie = cookie
        self._owner_of = owner_of
        self._members_of = members_of

    def app(self) -> Starlette:
        """Give the service as an ASGI application."""
        return one_endpoint_app(self._answer)

    async def _answer(self, request: Request) -> Response:
        call = (request.method, *segments(request.url.path, _NO_VERSION))
        try:
            return plain(await self._log_in(call, request) or await self._work(call, request))
        except Refusal as refusal:
            failure: dict[str, Any] = {"success": False, "error": str(refusal)}
            if "pod" in call:
                failure = {"success": False, "msg": str(refusal)}
            elif "delete_job" in call:
                failure["success"] = "false"
            return JSONResponse(failure, refusal.status)

    async def _log_in(self, call: tuple[str, ...], request: Request) -> Response | None:
        match call:
            case ("POST", "cloud_auth", "login"):
                form = await form_fields(request)
                name, token = form.get("beoweb_user", ""), form.get("auth_token", "")
                return self._welcome(self._login.by_token(name, token))
            case ("GET", "auth", "request_public_keys"):
                data = self._login.challenge(request.query_params.get("user", ""))
                return JSONResponse({"success": True, "data": data})
            case ("POST", "auth", "login"):
                form = await form_fields(request)
                name, answer = form.get("user", ""), form.get("password", "")
                return self._welcome(self._login.by_password(name, answer))
            case ("GET", "auth", "logout"):
                self._login.end(self._session(request))
                return JSONResponse({"success": True})
        return None

    async def _work(self, call: tuple[str, ...], request: Request) -> Response:
        match call:
            case ("POST", "pod", "submit"):
                answer = await self._submit(self._visitor(request), request)
            case ("POST", "pod", "status"):
                answer = self._status(self._visitor(request), await form_fields(request))
            case ("POST", "pod", "release"):
                answer = await self._release(self._visitor(request), await form_fields(request))
            case ("POST", "scheduler", "delete_job"):
                answer = await self._delete(self._visitor(request), await form_fields(request))
            case _:
                raise Refusal("there is no such call", 404)
        return JSONResponse(answer)

    def _welcome(self, session: str) -> Response:
        response = JSONResponse({"success": True, "data": {"sessionID": session}})
        response.set_cookie(self._cookie, session, httponly=True, samesite="strict")
        return response

    def _session(self, request: Request) -> str:
        return request.query_params.get("session_id") or request.cookies.get(self._cookie, "")

    def _visitor(self, request: Request) -> Visitor:
        return self._login.visitor(self._session(request))

    def _user(self, visitor: Visitor, pod_user: str | None) -> str:
        if visitor.kind != "user":
            raise Refusal("this session may only look at its group's jobs")
        if pod_user not in (None, visitor.name):
            raise Refusal("this session is another user's")
        return visitor.name

    async def _submit(self, visitor: Visitor, request: Request) -> dict[str, Any]:
        try:
            async with request.form() as form:
                return await self._run(visitor, form)
        except HTTPException as error:
            raise Refusal(error.detail, error.status_code) from None

    async def _run(self, visitor: Visitor, form: FormData) -> dict[str, Any]:
        upload = form.get("jobscript")
        if not isinstance(upload, UploadFile):
            raise Refusal("jobscript is missing")
        owner = self._owner_of(self._user(visitor, _text(form, "pod_user")))
        if owner is None:
            raise Refusal("this user has no storage volume yet")
        if (_text(form, "hash_algo") or "md5") not in _HASHES:
            raise Refusal("hash_algo must be one of " + ", ".join(_HASHES))
        dialect = _dialect(_text(form, "scheduler"))
        name, content = upload.filename or "", await upload.read()
        check_script(name, content, dialect)
        overwrite = "overwrite" in form
        path, new = store_script(owner.home, name, content, overwrite=overwrite)
        try:
            job_id = await self._engine.submit(
                owner,
                path,
                dialect=dialect,
                workdir=owner.home / FOLDER,
                arguments=["-h"] if "hold" in form else [],
            )
        except Rejected as rejected:
            if new:
                withdraw_script(path)
            raise Refusal(str(rejected)) from None
        return {"success": True, "jobid": job_id}

    def _status(self, visitor: Visitor, form: Mapping[str, str]) -> dict[str, Any]:
        if group := form.get("group"):
            names = self._members(visitor, group)
        else:
            names = (self._user(visitor, form.get("pod_user")),)
        wanted = form.get("jobid", "ALL")
        if wanted == "ALL":
            jobs = [job for job in self._engine.jobs() if job.owner.user in names]
        else:
            jobs = [self._job(wanted, names)]
        return {"success": True, "data": {job.id: _told(job) for job in jobs}}

    def _members(self, visitor: Visitor, group: str) -> tuple[str, ...]:
        members = self._members_of(group)
        if members is None or visitor.name not in (
            (group,) if visitor.kind == "group" else members
        ):
            raise Refusal(f"you are no member of group {group}")
        return members

    def _job(self, job_id: str, names: tuple[str, ...]) -> BatchJob:
        job = self._engine.job(job_id)
        if job is None or job.owner.user not in names:
            raise Refusal(f"Unknown Job Id {job_id}")
        return job

    async def _release(self, visitor: Visitor, form: Mapping[str, str]) -> dict[str, Any]:
        user = self._user(visitor, form.get("pod_user"))
        job = self._job(form.get("jobid", ""), (user,))
        try:
            await self._engine.release(job.id)
        except Rejected as rejected:
            raise Refusal(str(rejected)) from None
        return {"success": True, "msg": ""}

    async def _delete(self, visitor: Visitor, form: Mapping[str, str]) -> dict[str, Any]:
        user = self._user(visitor, form.get("pod_user"))
        wanted = [word.strip() for word in form.get("job_ids", "").split(",") if word.strip()]
        if not wanted:
            raise Refusal("job_ids is missing")
        jobs = [self._job(job_id, (user,)) for job_id in wanted]
        try:
            for job in jobs:
                await self._engine.delete(job.id)
        except Rejected as rejected:
            raise Refusal(str(rejected)) from None
        return {"success": "true"}


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) else None


def _dialect(scheduler: str | None) -> Literal["TRQ", "SGE"]:
    match scheduler:
        case None | "TRQ":
            return "TRQ"
        case "SGE":
            return "SGE"
    raise Refusal("scheduler must be TRQ or SGE")


def _told(job: BatchJob) -> dict[str, Any]:
    return {
        "job_state": _STATE_WORDS[job.state],
        "uploadstat": "NONE",
        "stageoutstat": "NONE",
        "sched_status": job.attributes(),
    }
