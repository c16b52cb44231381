"""Answers of a Cloud Kotta in every allowed form, and of what stands before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.backends.kotta.record import read_row
from podtui.domain.job import Scope, ScriptDialect, Submission
from podtui.errors import BadAnswer, LoginRequired, OutcomeUnknown, Refused, Unreachable
from tests.backends.kotta.conftest import Person, backend_of

SCRIPT = Submission("a.sh", b"#!/bin/bash\n#SBATCH -t 5\ntrue\n", ScriptDialect.SLURM, "0f1e2d3c")
Answer = Callable[[], httpx.Response]


def told(body: Any, status: int = 200) -> Answer:
    return lambda: httpx.Response(status, json=body)


def page(status: int, **headers: str) -> Answer:
    return lambda: httpx.Response(status, html=f"<html>{status}</html>", headers=headers)


class Service(httpx.AsyncBaseTransport):
    """Lists nothing, and answers submit_task with `answer`."""

    def __init__(self, answer: Answer, listed: Answer) -> None:
        self.answer = answer
        self.listed = listed
        self.submitted = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("submit_task"):
            self.submitted += 1
            return self.answer()
        return self.listed()


@pytest.mark.parametrize("items", [{}, [], None])
async def test_no_jobs_in_any_form(items: Any, tmp_path: Path) -> None:
    service = Service(page(500), told({"status": "Success", "items": items}))
    backend = backend_of(service, Person(), tmp_path)
    await backend.connect()
    assert (await backend.jobs.list_jobs(Scope())).jobs == ()
    service.listed = told({"status": "Success"})
    with pytest.raises(BadAnswer, match="lists no items"):
        await backend.jobs.list_jobs(Scope())
    await backend.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (page(200), OutcomeUnknown),
        (page(202), OutcomeUnknown),
        (lambda: httpx.Response(204), OutcomeUnknown),
        (told({"status": "Success"}), OutcomeUnknown),
        (told({"status": "Success", "job_id": None}), OutcomeUnknown),
        (told({"status": None}), OutcomeUnknown),
        (told([]), OutcomeUnknown),
        (page(500), OutcomeUnknown),
        (page(502), OutcomeUnknown),
        (told({"status": "Fail", "reason": None}), Refused),
        (page(302, Location="https://sso.test/"), Refused),
        (page(413), Refused),
        (page(401), LoginRequired),
        (page(429), Unreachable),
        (page(404), BadAnswer),
    ],
)
async def test_what_may_have_been_submitted_is_never_called_refused(
    answer: Answer, error: type[Exception], tmp_path: Path
) -> None:
    service = Service(answer, told({"status": "Success", "items": {}}))
    backend = backend_of(service, Person(), tmp_path)
    await backend.connect()
    with pytest.raises(error):
        await backend.jobs.submit(SCRIPT)
    assert service.submitted == 1
    await backend.close()


async def test_a_success_with_another_status_is_one(tmp_path: Path) -> None:
    service = Service(
        told({"status": "Success", "job_id": "j-1"}, 201),
        told({"status": "Success", "items": {}}),
    )
    backend = backend_of(service, Person(), tmp_path)
    await backend.connect()
    assert await backend.jobs.submit(SCRIPT) == "j-1"
    await backend.close()


@pytest.mark.parametrize(
    "stamp", ["2016-05-01 10:20:30", "2016-05-01 10:20:30.123", "2016-05-01T10:20:30Z"]
)
def test_times_with_fractions_and_zones_are_times_too(stamp: str) -> None:
    job = read_row("cloud", {"job_id": "a", "status": "pending", "submit_stamp": stamp})
    assert job.submitted is not None
    assert job.submitted.isoformat().startswith("2016-05-01T10:20:30")
    assert job.submitted.utcoffset() is not None
