"""What stands before slurmrestd and answers in its place: never taken for Slurm's own word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.domain.job import Scope, ScriptDialect, Submission
from podtui.errors import (
    BadAnswer,
    LoginRequired,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)

from .recorded import URL, answers, backend, jobs

SCRIPT = Submission("run.sh", b"#!/bin/sh\n#SBATCH -D /tmp\ntrue\n", ScriptDialect.SLURM, "abc")
ROW = {"job_id": 7, "job_state": ["RUNNING"], "user_id": 1001}


def ok(**more: Any) -> httpx.Response:
    return httpx.Response(200, json={"errors": [], "warnings": [], **more})


def away(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": location})


@pytest.mark.parametrize(
    ("answer", "reading", "changing"),
    [
        (httpx.Response(200, json={}), BadAnswer, OutcomeUnknown),
        (httpx.Response(200, json={"status": "up", "jobs": {}}), BadAnswer, OutcomeUnknown),
        (httpx.Response(404, text="default backend - 404"), Unreachable, Unreachable),
        (httpx.Response(404, json={"message": "no Route matched"}), Unreachable, Unreachable),
        (httpx.Response(429, headers={"Retry-After": "9"}), Unreachable, Unreachable),
        (away("https://sso.test/login?back=/slurm"), LoginRequired, LoginRequired),
        (ok(errors="out of order"), Refused, Refused),
        (ok(errors=[{"error_number": -1, "error": "Unspecified error"}]), Refused, Refused),
        (
            httpx.Response(500, json={"errors": [{"error_number": -1, "error": "Unspecified"}]}),
            LoginRequired,  # before v0.0.39 a refused token looks the same
            OutcomeUnknown,
        ),
    ],
)
async def test_no_job_is_lost_by_what_a_gate_answers(
    answer: httpx.Response, reading: type[Exception], changing: type[Exception]
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    made = jobs(handle)
    with pytest.raises(reading):
        await made.list_jobs(Scope())
    with pytest.raises(reading):
        await made.job("7")
    with pytest.raises(reading):
        await made.cancel("7")
    with pytest.raises(changing):
        await made.submit(SCRIPT)


async def test_the_same_place_elsewhere_is_named_for_the_url() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return away(str(request.url.copy_with(scheme="https")), 301)

    with pytest.raises(Refused, match=r"https://slurm\.test/slurm/v0\.0\.45/jobs") as failed:
        await jobs(handle).list_jobs(Scope())
    assert "url" in failed.value.hint


async def test_an_answer_without_the_list_is_no_empty_list() -> None:
    made = jobs(lambda _: ok())
    with pytest.raises(BadAnswer, match="no list of jobs"):
        await made.list_jobs(Scope())
    with pytest.raises(BadAnswer, match="no list of partitions"):
        await made.queues()
    assert (await jobs(lambda _: ok(jobs=None)).list_jobs(Scope())).jobs == ()


async def test_an_empty_list_in_place_of_no_changes_is_asked_for_whole() -> None:
    """A release may say in other words that nothing changed: the jobs must not vanish by it."""
    there = [ROW]

    def handle(request: httpx.Request) -> httpx.Response:
        since = request.url.params.get("update_time")
        return ok(jobs=[] if since else there, last_update=1_800_000_000)

    made = jobs(handle)
    for _ in range(3):
        assert [job.id for job in (await made.list_jobs(Scope())).jobs] == ["7"]
    there.clear()
    assert (await made.list_jobs(Scope())).jobs == ()


async def test_where_no_name_of_a_user_is_told_ones_own_jobs_are_not_hidden() -> None:
    nameless = jobs(lambda _: ok(jobs=[ROW]))
    assert [job.user for job in (await nameless.list_jobs(Scope())).jobs] == ["1001"]
    others = jobs(lambda _: ok(jobs=[ROW, {**ROW, "job_id": 8, "user_name": "bob"}]))
    assert (await others.list_jobs(Scope())).jobs == ()


@pytest.mark.parametrize("status", [403, 405])
async def test_a_proxy_may_let_one_version_through_alone(status: int, tmp_path: Path) -> None:
    served = answers("v0.0.41")

    def handle(request: httpx.Request) -> httpx.Response:
        if "/v0.0.41/" in request.url.path:
            return served(request)
        return httpx.Response(status, text="<html>not here</html>")

    made = backend(handle, tmp_path)
    await made.connect()
    assert "v0.0.41" in made.status().about
    await made.close()


async def test_a_proxy_that_refuses_all_versions_is_told(tmp_path: Path) -> None:
    made = backend(lambda _: httpx.Response(403, text="no entry"), tmp_path)
    with pytest.raises(Refused, match="403: no entry") as failed:
        await made.connect()
    assert not isinstance(failed.value, NotFound)
    assert URL not in failed.value.message
    await made.close()
