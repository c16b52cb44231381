"""Tokens renewed, languages changed, failures told: the wire before answers of every kind."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.backends.slurmrest.token import Claims, Headers, TokenKeeper, read_claims, token_of
from podtui.config.load import load_config
from podtui.config.model import Secret, SlurmRestConfig
from podtui.domain.job import JobState, Scope, ScriptDialect, Submission
from podtui.errors import (
    BadAnswer,
    ConfigError,
    InputError,
    LoginRequired,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from podtui.paths import Paths

from .recorded import GOOD, NOW, Handler, answers, backend, config, exchanges, jobs, token, wire

SCRIPT = Submission(
    "run.sh", b"#!/bin/sh\n#SBATCH --comment=PODTUI_TOKEN=abc\ntrue\n", ScriptDialect.SLURM, "abc"
)


def ok(**more: Any) -> httpx.Response:
    return httpx.Response(200, json={"errors": [], "warnings": [], **more})


def test_a_token_tells_who_and_until_when() -> None:
    claims = read_claims(GOOD)
    assert claims.user == "alice"
    assert claims.expires == NOW + timedelta(hours=1)
    for nonsense in ("", "a.b", "a.!!.c", "a.bnVsbA.c", token(exp=1e300, sun=7)):
        assert read_claims(nonsense) == Claims()
    assert token_of(b"a banner\nSLURM_JWT=abc.def.ghi\n") == "abc.def.ghi"
    with pytest.raises(LoginRequired):
        token_of(b"no token for you")


class Tokens:
    """Gives another token each time, and counts."""

    def __init__(self, *lives: int) -> None:
        self.lives = list(lives)
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        life = self.lives.pop(0)
        start = int(NOW.timestamp())
        return "SLURM_JWT=" + token(exp=start + life, iat=start - 100, sun="alice", n=self.given)


async def test_a_token_about_to_end_is_renewed_once_for_all_who_wait() -> None:
    tokens = Tokens(5, 3600)
    keeper = TokenKeeper(config(token=Secret(tokens)), lambda: NOW)
    await keeper.headers()
    found = await asyncio.gather(*(keeper.headers() for _ in range(20)))
    assert tokens.given == 2
    assert {told["X-SLURM-USER-NAME"] for told in found} == {"alice"}
    assert keeper.expires == NOW + timedelta(hours=1)


async def test_a_token_that_is_over_and_stays_so_is_a_login() -> None:
    seen: list[httpx.Request] = []
    made = wire(lambda request: seen.append(request) or ok(), token=Secret(Tokens(-9, -5)))
    with pytest.raises(LoginRequired, match="ended at 2026-11-22"):
        await made.read(made.slurm("ping/"))
    assert not seen


async def test_a_refused_token_is_renewed_and_the_request_repeated_once() -> None:
    tokens = Tokens(3600, 3600, 3600)
    refused = exchanges("v0.0.45")["auth-bad-signature"]
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["X-SLURM-USER-TOKEN"])
        return refused.response() if len(seen) == 1 else ok(job_id=7)

    made = jobs(handler := handle)
    made._wire = wire(handler, token=Secret(tokens))
    assert await made.submit(SCRIPT) == "7"
    assert len(set(seen)) == 2
    always = wire(lambda _: refused.response(), token=Secret(Tokens(3600, 3600)))
    with pytest.raises(LoginRequired):
        await always.read(always.slurm("jobs/"))


async def test_what_slurm_warns_of_as_it_takes_a_job_is_told() -> None:
    told: list[str] = []
    asked = replace(SCRIPT, warn=told.append)
    warned = {"description": "Requested 5 nodes, 3 are up", "source": "slurm_submit"}
    answer = ok(job_id=7, warnings=[warned, warned], job_submit_user_msg="debug ends at noon")
    assert await jobs(lambda _: answer).submit(asked) == "7"
    assert told == ["Requested 5 nodes, 3 are up", "debug ends at noon"]
    old = ok(result={"job_id": 6, "job_submit_user_msg": "of old"})
    assert await jobs(lambda _: old, "v0.0.39").submit(asked) == "6"
    assert told[2:] == ["of old"]
    assert await jobs(lambda _: exchanges("v0.0.45")["submit-ok"].response()).submit(asked)
    assert told[3:] == []


async def test_a_proxys_headers_go_along_and_its_login_page_is_a_login() -> None:
    seen: list[httpx.Headers] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return ok() if len(seen) == 1 else httpx.Response(302, headers={"Location": "/login"})

    settings = {"token": None, "user": "alice", "headers": (("Cookie", Secret("sid=1")),)}
    made = wire(handle, **settings)
    await made.read(made.slurm("ping/"))
    assert seen[0]["Cookie"] == "sid=1"
    assert seen[0]["X-SLURM-USER-NAME"] == "alice"
    assert "X-SLURM-USER-TOKEN" not in seen[0]
    with pytest.raises(LoginRequired, match="another login"):
        await made.read(made.slurm("ping/"))


async def test_a_site_that_refuses_json_is_spoken_to_in_yaml_from_then_on() -> None:
    recorded = exchanges("v0.0.45")
    media: list[tuple[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        media.append((request.headers["Accept"], request.headers.get("Content-Type", "")))
        if request.headers["Accept"] != "application/x-yaml":
            return httpx.Response(415, text="Accept content type is unknown")
        if request.method == "POST":
            json.loads(request.content)
            text = "!!str job_id: !!int 9\n!!str errors: !!seq []\n"
            return httpx.Response(200, headers={"Content-Type": "application/x-yaml"}, text=text)
        headers = {"Content-Type": "application/x-yaml"}
        return httpx.Response(200, headers=headers, content=recorded["accept-yaml"].body)

    made = jobs(handle)
    reply = await made._wire.read(made._wire.slurm("ping/"))
    assert reply.rest["pings"][0]["hostname"] == "localhost"
    assert await made.submit(SCRIPT) == "9"
    assert media == [
        ("application/json", ""),
        ("application/yaml", ""),
        ("application/x-yaml", ""),
        ("application/x-yaml", "application/x-yaml"),
    ]


@pytest.mark.parametrize(
    ("answer", "reading", "changing"),
    [
        (httpx.Response(502, text="<html>Bad Gateway</html>"), Unreachable, OutcomeUnknown),
        (httpx.Response(200, text='{"errors": [], "jobs": [{'), BadAnswer, OutcomeUnknown),
        (httpx.Response(200, text="[]"), BadAnswer, OutcomeUnknown),
        (httpx.Response(403, text="no"), Refused, Refused),
        (httpx.ReadError("cut"), Unreachable, OutcomeUnknown),
        (httpx.ConnectError("refused"), Unreachable, Unreachable),
    ],
)
async def test_answers_that_are_none(
    answer: httpx.Response | Exception, reading: type[Exception], changing: type[Exception]
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)

    made = jobs(handle)
    with pytest.raises(reading):
        await made.list_jobs(Scope())
    with pytest.raises(changing):
        await made.submit(SCRIPT)


async def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podtui.backends.slurmrest.wire._LARGEST", 1 << 20)
    made = jobs(lambda _: ok(jobs=["x" * 1000] * 1100))
    with pytest.raises(BadAnswer, match="more than 1 MiB"):
        await made.list_jobs(Scope())
    with pytest.raises(OutcomeUnknown):
        await made.submit(SCRIPT)


def test_no_traceback_shows_a_token() -> None:
    shown = repr(Headers({"X-SLURM-USER-TOKEN": GOOD, "Cookie": "sid=1"}))
    assert shown == "Headers(X-SLURM-USER-TOKEN, Cookie)"


async def test_success_without_a_job_is_a_refusal_with_the_services_words() -> None:
    made = jobs(lambda _: exchanges("v0.0.45")["submit-bad-type"].response())
    with pytest.raises(Refused, match="64 bit integer"):
        await made.submit(SCRIPT)
    held = jobs(lambda _: ok(job_id=5, errors=[{"error_code": 2042, "error": "held"}]))
    assert await held.submit(SCRIPT) == "5"


async def test_a_job_id_told_in_the_result_alone_is_a_job_too() -> None:
    result = {"job_id": {"set": True, "infinite": False, "number": 6}, "error_code": 0}
    assert await jobs(lambda _: ok(result=result), "v0.0.39").submit(SCRIPT) == "6"
    held = ok(result={"job_id": 7}, errors=[{"error_number": 2042, "error": "held"}])
    assert await jobs(lambda _: held, "v0.0.40").submit(SCRIPT) == "7"


async def test_blanks_around_a_proxys_header_do_not_go_along() -> None:
    seen: list[str] = []
    handle = lambda request: seen.append(request.headers["Cookie"]) or ok()  # noqa: E731
    made = wire(handle, headers=(("Cookie", Secret(" sid=1 ")),))
    await made.read(made.slurm("ping/"))
    assert seen == ["sid=1"]


async def test_a_list_that_has_not_changed_is_not_sent_again() -> None:
    recorded = exchanges("v0.0.45")
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.query.decode())
        return recorded["jobs-update-time-nochange" if asked[1:] else "jobs"].response()

    made = jobs(handle)
    first = await made.list_jobs(Scope(everybody=True))
    mine = await made.list_jobs(Scope())
    again = await made.list_jobs(Scope(everybody=True))
    assert asked[0] == ""
    assert asked[1].startswith("update_time=17953")
    assert again == first
    assert {job.user for job in mine.jobs} == {"alice"}
    assert {job.user for job in first.jobs} == {"alice", "bob"}
    bobs = await made.list_jobs(Scope(user="bob"))
    assert bobs == await made.list_jobs(Scope(group="bob"))


@pytest.mark.parametrize(
    ("version", "form"), [("v0.0.39", "uts"), ("v0.0.41", "uts"), ("v0.0.42", ""), ("v0.0.45", "")]
)
async def test_the_time_of_the_last_list_is_told_as_the_version_reads_it(
    version: str, form: str
) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.query.decode())
        if len(asked) == 2:
            return ok(errors=[{"error_number": 9000, "error": "cannot read the time"}])
        return ok(jobs=[], last_update={"set": True, "infinite": False, "number": 1700000000})

    made = jobs(handle, version)
    await made.list_jobs(Scope())
    await made.list_jobs(Scope())
    assert asked == ["", f"update_time={form}1700000000", ""]


async def test_a_login_node_away_matters_only_where_the_home_is_needed() -> None:
    async def away() -> str:
        raise Unreachable("the login node is away")

    made = jobs(lambda _: ok(job_id=3))
    made._who = replace(made._who, home=away)
    with pytest.raises(Unreachable, match="login node"):
        await made.submit(SCRIPT)
    script = SCRIPT.content.replace(b"\ntrue", b"\n#SBATCH -D /data\ntrue")
    assert await made.submit(replace(SCRIPT, content=script)) == "3"


async def test_one_bad_row_costs_that_row() -> None:
    rows = [{"job_id": 1, "job_state": ["RUNNING"]}, 7, {"job_state": "RUNNING"}, {"job_id": "x"}]
    listed = await jobs(lambda _: ok(jobs=rows)).list_jobs(Scope(everybody=True))
    assert [job.id for job in listed.jobs] == ["1"]
    assert listed.skipped == 3
    with pytest.raises(BadAnswer):
        await jobs(lambda _: ok(jobs={"1": {}})).list_jobs(Scope())


async def test_an_array_and_a_task_of_it_are_found_though_all_of_it_is_answered() -> None:
    made = jobs(answers("v0.0.45"))
    task = await made.job("9_3")
    assert (task.id, task.state) == ("9_3", JobState.RUNNING)
    whole = await made.job("9")
    assert whole.id == "9"
    assert whole.attribute("Parts").startswith("PENDING 3, RUNNING")
    part = await made.job("10+1")
    assert part.attribute("JobId") == "11"
    with pytest.raises(InputError):
        await made.job("9; rm")


async def test_an_ended_job_is_told_by_the_database() -> None:
    recorded = exchanges("v0.0.45")

    def handle(request: httpx.Request) -> httpx.Response:
        name = "db-job-failed" if request.url.path.startswith("/slurmdb") else "job-unknown"
        return recorded[name].response()

    found = await jobs(handle).job("3")
    assert (found.state, found.exit_status) == (JobState.FAILED, 3)
    with pytest.raises(NotFound):
        await jobs(lambda _: recorded["job-unknown"].response()).job("3")


async def test_a_signal_is_checked_before_it_is_sent() -> None:
    seen: list[str] = []
    made = jobs(lambda request: seen.append(str(request.url)) or ok())
    with pytest.raises(InputError, match="no signal"):
        await made.signal("5", "NOSUCH")
    assert not seen
    await made.signal("5", "sigusr1")
    assert seen[0].endswith("/slurm/v0.0.45/job/5?signal=USR1")


async def test_where_a_delete_is_silent_the_one_for_many_is_asked() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        name = "delete-many" if request.method == "DELETE" else "job-other-user"
        return exchanges("v0.0.41")[name].response()

    with pytest.raises(NotFound):
        await jobs(handle, "v0.0.41").cancel("8")
    assert seen[0].url.path == "/slurm/v0.0.41/jobs/"
    assert json.loads(seen[0].content) == {"jobs": ["8"]}


async def test_a_change_refused_that_was_done_is_fine() -> None:
    """Before v0.0.39 a change of an array is done and answered as failed."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return ok(errors=[{"description": "job array update failed"}])
        return ok(jobs=[{"job_id": 5, "job_state": "RUNNING"}])

    made = jobs(handle, "v0.0.38")
    await made.release("5")
    with pytest.raises(Refused, match="array update"):
        await made.hold("5")


async def test_limits_are_updated_in_minutes() -> None:
    seen: list[Any] = []
    made = jobs(lambda request: seen.append(json.loads(request.content)) or ok())
    await made.update("5", walltime=timedelta(seconds=61), comment="x")
    assert seen == [{"time_limit": 2, "comment": "x"}]
    for nothing in ({}, {"walltime": timedelta()}):
        with pytest.raises(InputError):
            await made.update("5", **nothing)


async def test_v0_0_36_is_told_the_name_a_changed_job_keeps() -> None:
    seen: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            seen.append(json.loads(request.content))
        return ok(jobs=[{"job_id": 5, "job_state": "PENDING", "name": "mine"}])

    await jobs(handle, "v0.0.36").release("5")
    await jobs(handle, "v0.0.37").release("5")
    assert seen == [{"hold": False, "name": "mine"}, {"hold": False}]


async def test_requeue_where_it_is_not_offered() -> None:
    with pytest.raises(NotOffered, match=r"v0\.0\.41 cannot requeue"):
        await jobs(answers("v0.0.41"), "v0.0.41").requeue("5")


@pytest.mark.parametrize("version", ["v0.0.41", "v0.0.43", "v0.0.45"])
async def test_the_newest_version_both_know_is_spoken(version: str, tmp_path: Path) -> None:
    made = backend(answers(version), tmp_path)
    await made.connect()
    status = made.status()
    assert status.about.endswith(f"through slurmrestd {version}")
    assert status.about.startswith("Slurm 2")
    assert status.user == "alice"
    assert status.token_expires == NOW + timedelta(hours=1)
    await made.close()
    with pytest.raises(NotOffered):
        _ = made.jobs


def newer(served: int) -> Handler:
    """A server of the future: its own version alone, and the answers of today."""
    today = answers("v0.0.45")

    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/openapi/v3":
            paths = {f"/slurm/v0.0.{number}/jobs/": {} for number in (served, served + 1)}
            return httpx.Response(200, json={"paths": paths})
        if f"/v0.0.{served}/" not in path:
            return httpx.Response(404, text="Unable to find requested URL endpoint.")
        url = str(request.url).replace(f"v0.0.{served}", "v0.0.45")
        return today(httpx.Request(request.method, url, headers=request.headers))

    return handle


async def test_a_version_never_seen_is_taken_as_the_newest_known_and_said_so(
    tmp_path: Path,
) -> None:
    made = backend(newer(52), tmp_path)
    await made.connect()
    assert dict(made.status().facts)["API"] == "v0.0.52 (unknown here, taken as v0.0.45)"
    assert (await made.jobs.list_jobs(Scope())).jobs
    wanted = backend(newer(52), tmp_path, api="v0.0.52")
    await wanted.connect()
    for api, kind in (("v0.0.44", NotFound), ("v0.0.12", ConfigError), ("new", ConfigError)):
        with pytest.raises(kind):
            await backend(newer(52), tmp_path, api=api).connect()


async def test_what_is_no_slurmrestd(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="serves no Slurm REST API"):
        await backend(lambda _: httpx.Response(404, text="nothing"), tmp_path).connect()
    with pytest.raises(Unreachable):
        await backend(lambda _: httpx.Response(503, text="later"), tmp_path).connect()
    with pytest.raises(ConfigError, match="url"):
        await backend(lambda _: ok(), tmp_path, url="").connect()


async def test_a_wrong_token_is_told_at_the_login_though_the_ping_answers(tmp_path: Path) -> None:
    recorded = exchanges("v0.0.45")

    def handle(request: httpx.Request) -> httpx.Response:
        ping = request.url.path.endswith("/ping/")
        return recorded["auth-expired-ping" if ping else "auth-expired-jobs"].response()

    made = backend(handle, tmp_path)
    with pytest.raises(LoginRequired, match="Protocol authentication error"):
        await made.connect()


async def test_a_lost_submission_is_looked_for_in_the_queue_and_then_in_the_database() -> None:
    mine = {"job_id": 9, "array_job_id": 9, "array_task_id": 1, "job_state": "RUNNING"}
    mine["comment"] = "PODTUI_TOKEN=abc and more"
    ended = {"job_id": 4, "state": {"current": "FAILED"}, "comment": {"job": "PODTUI_TOKEN=abc"}}
    for queue, history, found in (
        ([mine, {**mine, "array_task_id": 2}], [], ("9",)),
        ([], [ended, {"job_id": 5, "state": {"current": "FAILED"}}], ("4",)),
        ([], [], ()),
    ):

        def handle(
            request: httpx.Request, queue: list[Any] = queue, history: list[Any] = history
        ) -> httpx.Response:
            return ok(jobs=history if request.url.path.startswith("/slurmdb") else queue)

        assert await jobs(handle).find_submitted("abc") == found

    def away(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/slurmdb"):
            return exchanges("v0.0.45")["dbd-down-db-jobs"].response()
        return ok(jobs=[])

    with pytest.raises(Unreachable):  # what nobody could look up is not submitted again
        await jobs(away).find_submitted("abc")


async def test_a_token_kept_nowhere_is_asked_for_on_the_login_node(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "config.toml", tmp_path / "state", tmp_path)
    text = '[clusters.rest]\nkind = "slurmrest"\nurl = "http://127.0.0.1:1"\nssh_host = "login"\n'
    paths.config_file.write_text(text)
    told = load_config(paths, environ={"LOGNAME": "alice"}).cluster("rest")
    assert isinstance(told, SlurmRestConfig)

    async def ask() -> str:
        return GOOD

    headers = await TokenKeeper(told, lambda: NOW, ask).headers()
    assert headers["X-SLURM-USER-TOKEN"] == GOOD
    with pytest.raises(LoginRequired):
        await TokenKeeper(told, lambda: NOW).headers()
