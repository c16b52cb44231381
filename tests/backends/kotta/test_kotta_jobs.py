"""Jobs at a Cloud Kotta: submitted once, listed with their details, ended."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.backends.kotta.backend import KottaBackend
from podtui.domain.cluster import Facet
from podtui.domain.job import Job, JobState, Scope, ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.errors import (
    BadAnswer,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)
from tests.backends.kotta.conftest import Person, Wire, backend_of
from tests.emulators.kotta.cloud import Cloud
from tests.emulators.kotta.service import Service
from tests.emulators.kotta.transcripts import names, transcript

TOKEN = "0123456789abcdef"


def submission(body: str = "echo hello", *, token: str = TOKEN, **more: object) -> Submission:
    queue = more.pop("queue", "Test")
    script = f"#!/bin/bash\n#SBATCH -t 5 -J relax -p {queue}\n{body}\n"
    content = with_token(script, ScriptDialect.SLURM, token)
    return Submission("relax.sh", content, ScriptDialect.SLURM, token, **more)  # type: ignore[arg-type]


async def only(backend: KottaBackend) -> Job:
    (job,) = (await backend.jobs.list_jobs(Scope())).jobs
    return job


async def test_a_job_from_submit_to_its_end(backend: KottaBackend, cloud: Cloud) -> None:
    job_id = await backend.jobs.submit(submission("echo hello; echo err >&2; exit 3"))
    waiting = await only(backend)
    assert (waiting.id, waiting.state, waiting.name) == (job_id, JobState.QUEUED, "relax")
    assert waiting.queue == "Test"
    await cloud.run_next()
    ended = await only(backend)
    assert (ended.state, ended.exit_status) == (JobState.FAILED, 3)
    assert ended == await backend.jobs.job(job_id)
    assert await backend.files.read(ended.stdout, 0, 100) == b"hello\n"
    assert await backend.files.read(ended.stderr, 0, 100) == b"err\n"


async def test_what_is_sent_is_what_was_shown(
    backend: KottaBackend, wire: Wire, cloud: Cloud
) -> None:
    asked = submission()
    shown = json.loads(backend.jobs.preview(asked).text)
    await backend.jobs.submit(asked)
    (request,) = [one for one in wire.requests if one.url.path.endswith("submit_task")]
    sent = dict(httpx.QueryParams(request.content.decode()))
    assert sent.pop("access_token") == "Atza|good1"
    assert sent == shown
    (job,) = cloud.jobs.values()
    assert job.hidden["script"] == asked.content.decode()


@pytest.mark.parametrize("lost", ["submit_task"])
async def test_a_lost_answer_is_looked_up(backend: KottaBackend, wire: Wire, lost: str) -> None:
    assert await backend.jobs.find_submitted(TOKEN) == ()
    wire.lose = lost
    with pytest.raises(OutcomeUnknown):
        await backend.jobs.submit(submission())
    (found,) = await backend.jobs.find_submitted(TOKEN)
    assert found == (await only(backend)).id
    assert await backend.jobs.find_submitted("fedcba9876543210") == ()


async def test_one_among_many_is_found(backend: KottaBackend, cloud: Cloud) -> None:
    for number in range(40):
        await backend.jobs.submit(submission(token=f"{number:016x}"))
    (found,) = await backend.jobs.find_submitted(f"{7:016x}")
    assert cloud.jobs[found].facts["jobname"].endswith(f"{7:016x}")


async def test_nothing_is_known_of_a_job_the_service_fails_to_tell_of(
    wire: Wire, person: Person, tmp_path: Path
) -> None:
    """It may be the lost one: to say that there is none would send it twice."""

    class Ill(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if "status_task" in request.url.path:
                return httpx.Response(500, text="<html>Internal Server Error</html>")
            return await wire.handle_async_request(request)

    backend = backend_of(Ill(), person, tmp_path)
    await backend.connect()
    await backend.jobs.submit(submission())
    with pytest.raises(Unreachable, match="may be the one"):
        await backend.jobs.find_submitted(TOKEN)
    await backend.close()


async def test_a_bad_queue_is_refused_and_leaves_nothing_waiting(backend: KottaBackend) -> None:
    with pytest.raises(Refused, match=r"Queue : \[Nope\] is not valid"):
        await backend.jobs.submit(submission(queue="Nope"))
    assert (await only(backend)).state is JobState.CANCELLED


async def test_a_held_job_is_not_sent(backend: KottaBackend, cloud: Cloud) -> None:
    with pytest.raises(NotOffered):
        await backend.jobs.submit(submission(hold=True))
    assert cloud.jobs == {}


async def test_an_input_goes_before_the_job(
    backend: KottaBackend, cloud: Cloud, tmp_path: Path
) -> None:
    await backend.files.write(f"/inputs/{TOKEN}/in.dat", b"lower\n")
    await backend.files.write(f"/inputs/{TOKEN}/notes", b"and its name ends with an s\n")
    job_id = await backend.jobs.submit(
        submission(
            "tr a-z A-Z < in.dat > out.dat; cat notes",
            inputs=(f"/inputs/{TOKEN}/in.dat", f"/inputs/{TOKEN}/notes"),
            outputs=("~/out.dat",),
        )
    )
    assert cloud.jobs[job_id].inputs == [
        f"s3://klab-jobs/uploads/amzn1.account.U1/python/pkl/{TOKEN}/in.dat",
        f"https://s3.amazonaws.com/klab-jobs/uploads/amzn1.account.U1/python/pkl/{TOKEN}/notes",
    ]
    await cloud.run_next()
    assert await backend.files.read(f"/jobs/{job_id}/out.dat", 0, 100) == b"LOWER\n"
    assert (await only(backend)).state is JobState.COMPLETED


async def test_another_podtui_names_the_inputs_of_one_that_crashed(
    backend: KottaBackend, cloud: Cloud, wire: Wire, person: Person, tmp_path: Path
) -> None:
    await backend.files.write(f"/inputs/{TOKEN}/in.dat", b"x\n")
    await backend.close()
    other = backend_of(wire, person, tmp_path)
    await other.connect()
    inputs = (f"/inputs/{TOKEN}/in.dat",)
    await other.jobs.submit(submission("cat in.dat", inputs=inputs))
    job = await cloud.run_next()
    assert cloud.store.kept[cloud.output_path(job, "STDOUT.txt")] == b"x\n"
    await other.close()


async def test_a_running_job_is_cancelled(backend: KottaBackend, cloud: Cloud) -> None:
    job_id = await backend.jobs.submit(submission("sleep 300"))
    cloud.worker_looks.clear()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(cloud.run_next())
        while (await only(backend)).native_state != "processing":
            await asyncio.sleep(0)
        await backend.jobs.cancel(job_id)
        assert (await only(backend)).native_state == "cancelled"
        cloud.worker_looks.set()
        await running
    ended = await only(backend)
    assert (ended.state, ended.native_state) == (JobState.CANCELLED, "failed")
    assert ended.reason.startswith("User request cancel")


async def test_an_ended_job_stays_what_it_is(backend: KottaBackend, cloud: Cloud) -> None:
    job_id = await backend.jobs.submit(submission())
    await cloud.run_next()
    await backend.jobs.cancel(job_id)
    assert (await only(backend)).state is JobState.COMPLETED


async def test_a_lost_answer_to_a_cancel_is_looked_up(backend: KottaBackend, wire: Wire) -> None:
    job_id = await backend.jobs.submit(submission())
    wire.lose = f"/cancel/{job_id}"
    await backend.jobs.cancel(job_id)
    assert (await only(backend)).state is JobState.CANCELLED


async def test_a_job_over_its_time_is_told_so(backend: KottaBackend, cloud: Cloud) -> None:
    job_id = await backend.jobs.submit(submission("sleep 300"))
    cloud.jobs[job_id].facts["walltime"] = 0
    await cloud.run_next()
    assert (await only(backend)).state is JobState.TIMEOUT


@pytest.mark.parametrize("job_id", ["nope", "../../etc", "a b", "x?y=z"])
async def test_an_unknown_job(backend: KottaBackend, job_id: str) -> None:
    for ask in (backend.jobs.job, backend.jobs.cancel):
        with pytest.raises((NotFound, BadAnswer)):
            await ask(job_id)


async def test_details_are_asked_for_once_a_change(
    backend: KottaBackend, cloud: Cloud, service: Service
) -> None:
    for number in range(20):
        await backend.jobs.submit(submission(token=f"{number:016x}"))

    async def asked() -> list[str]:
        service.asked.clear()
        await backend.jobs.list_jobs(Scope())
        return [path for path in service.asked if "status_task" in path]

    assert len(await asked()) == 16
    assert len(await asked()) == 4
    assert await asked() == []
    await cloud.run_next()
    assert len(await asked()) == 1


async def test_a_row_that_cannot_be_read_costs_that_row(backend: KottaBackend) -> None:
    await backend.jobs.submit(submission())
    records = backend.jobs._records  # type: ignore[attr-defined]
    told = await records._list_tasks()
    rows = records._rows({**told, "9": {"job_id": "../x", "status": "failed"}, "10": None})
    assert (len(rows.jobs), rows.skipped) == (1, 2)


@pytest.mark.parametrize("scope", [Scope(user="a"), Scope(group="b"), Scope(everybody=True)])
async def test_nobody_elses_jobs(backend: KottaBackend, scope: Scope) -> None:
    with pytest.raises(NotOffered, match="your own"):
        await backend.jobs.list_jobs(scope)


async def test_what_is_offered_and_what_is_not(backend: KottaBackend) -> None:
    status = backend.status()
    assert {offer.facet for offer in status.offers if offer.offered} == {Facet.JOBS, Facet.FILES}
    assert all(offer.offered or offer.reason for offer in status.offers)
    assert [queue.name for queue in await backend.jobs.queues()] == ["Test", "Prod"]
    for refused in (
        backend.jobs.hold("7"),
        backend.jobs.release("7"),
        backend.jobs.requeue("7"),
        backend.jobs.compute_nodes(),
    ):
        with pytest.raises(NotOffered):
            await refused
    for facet in ("nodes", "keys", "operations"):
        with pytest.raises(NotOffered):
            getattr(backend, facet)
    await backend.close()
    assert not backend.status().offer(Facet.JOBS).offered
    with pytest.raises(NotOffered, match="Not connected"):
        backend.jobs  # noqa: B018


async def test_two_people_see_their_own(
    backend: KottaBackend, wire: Wire, person: Person, tmp_path: Path
) -> None:
    await backend.jobs.submit(submission())
    other = backend_of(wire, person, tmp_path, "Atza|good2")
    await other.connect()
    assert (await other.jobs.list_jobs(Scope())).jobs == ()
    await other.close()
    assert (await only(backend)).user == "User One"
    assert backend.status().user == "User One"


STRANGERS: dict[str, dict[str, Any]] = {
    "page": {"status_code": 502, "text": "<html>Bad Gateway</html>"},
    "elsewhere": {"status_code": 301, "headers": {"Location": "https://other.test/x"}},
    "nowhere": {"status_code": 303, "headers": {"Location": "http://a:b/"}},
    "too long": {"status_code": 413, "text": "<html>Request entity too large</html>"},
    "no verdict": {"status_code": 200, "json": {"job_id": "7"}},
    "list of lists": {"status_code": 200, "json": {"status": "Success", "items": [[]]}},
}
"""Answers that no Cloud Kotta was seen to give."""


class Recorded(httpx.AsyncBaseTransport):
    """Answers everything as one transcript does, or with a page of some other server."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.name in STRANGERS:
            return httpx.Response(**STRANGERS[self.name])
        recorded = transcript(self.name)
        return httpx.Response(
            recorded.status,
            text=recorded.body,
            headers={"Content-Type": recorded.headers["content-type"]},
        )


@pytest.mark.parametrize("name", [*names(), *STRANGERS])
async def test_no_recorded_answer_to_any_question_is_more_than_an_error(
    name: str, person: Person, tmp_path: Path
) -> None:
    backend = backend_of(Recorded(name), person, tmp_path)
    with suppress(PodError):
        await backend.connect()
    assert backend._wire is not None
    wire = backend._wire
    for call in (
        lambda: wire.list_tasks("t"),
        lambda: wire.session("t"),
        lambda: wire.status_task("t"),
        lambda: wire.submit_task({}, "t"),
        lambda: wire.upload_url("f", "t"),
        lambda: wire.cancel("7", "a=b"),
    ):
        with suppress(PodError):
            await call()
    await backend.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page", Unreachable),
        ("elsewhere", Refused),
        ("too long", Refused),
        ("list of lists", BadAnswer),
    ],
)
async def test_another_server_in_its_place(
    name: str, kind: type[PodError], person: Person, tmp_path: Path
) -> None:
    backend = backend_of(Recorded(name), person, tmp_path)
    with pytest.raises(kind):
        await backend.connect()
    await backend.close()


@pytest.mark.parametrize("name", ["page", "submit_nouser", "status_done"])
async def test_a_submit_that_may_have_been_taken_is_not_known(
    name: str, person: Person, tmp_path: Path
) -> None:
    backend = backend_of(Recorded(name), person, tmp_path)
    with suppress(PodError):
        await backend.connect()
    assert backend._wire is not None
    with pytest.raises((OutcomeUnknown, Refused)):
        await backend._wire.submit_task({}, "t")
    await backend.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("no verdict", OutcomeUnknown), ("page", OutcomeUnknown), ("too long", Refused)],
)
async def test_what_a_submit_is_answered_with_decides_what_is_known(
    name: str, kind: type[PodError], person: Person, tmp_path: Path
) -> None:
    backend = backend_of(Recorded(name), person, tmp_path)
    with suppress(PodError):
        await backend.connect()
    assert backend._wire is not None
    with pytest.raises(kind):
        await backend._wire.submit_task({}, "t")
    await backend.close()


class RecordedSession(httpx.AsyncBaseTransport):
    """The real service's list with its cookie, and what was sent to cancel."""

    def __init__(self) -> None:
        self.cookies: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        recorded = transcript("list" if "list_tasks" in request.url.path else "cancel_session")
        self.cookies.append(request.headers.get("cookie", ""))
        wanted = ("content-type", "set-cookie", "location")
        headers = {name: text for name, text in recorded.headers.items() if name in wanted}
        return httpx.Response(recorded.status, text=recorded.body, headers=headers)


async def test_the_recorded_session_is_shown_to_cancel_alone(
    person: Person, tmp_path: Path
) -> None:
    transport = RecordedSession()
    backend = backend_of(transport, person, tmp_path)
    await backend.connect()
    assert backend._wire is not None
    await backend._wire.cancel("b7fc6b81", await backend._wire.session("t"))
    recorded = transcript("list").headers["set-cookie"].partition(";")[0]
    assert transport.cookies == ["", "", recorded]
    await backend.close()
