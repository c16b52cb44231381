"""What stands before psik_api and answers in its place, and answers in every allowed form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from podtui.backends.psik.backend import PsikBackend
from podtui.domain.job import JobState, Scope
from podtui.errors import NotFound, Unreachable
from tests.backends.psik.recorded import V1, Replayed, connected, recording, submission

ID = "1795303695.279"
JOB = f"/v1/jobs/{ID}"


@pytest.fixture
def replay() -> Replayed:
    return Replayed(*V1)


@pytest.fixture
async def psik(replay: Replayed, tmp_path: Path) -> AsyncIterator[PsikBackend]:
    backend = await connected(tmp_path, replay)
    yield backend
    await backend.close()


@pytest.mark.parametrize(
    "gone",
    [b"default backend - 404", b"<html>no</html>", b'{"message": "no Route"}', b'"x"', b""],
)
async def test_a_404_that_is_not_psiks_own_ends_no_job(
    psik: PsikBackend, replay: Replayed, gone: bytes
) -> None:
    await psik.jobs.list_jobs(Scope())
    for method, path in (("GET", JOB), ("GET", f"{JOB}/state"), ("POST", "/v1/jobs")):
        replay.answer(method, path, 404, gone)
    with pytest.raises(Unreachable) as failed:
        await psik.jobs.job(ID)
    assert "<" not in failed.value.message
    with pytest.raises(Unreachable):
        await psik.files.stat(f"/jobs/{ID}")
    with pytest.raises(Unreachable):
        await psik.jobs.submit(submission("#!/bin/sh\ntrue\n"))
    unknown = recording("v1/no_job")
    replay.answer("GET", f"{JOB}9", 404, unknown.body)
    replay.answer("GET", f"{JOB}9/state", 404, unknown.body)
    with pytest.raises(NotFound):
        await psik.jobs.job(f"{ID}9")


async def test_changes_may_be_answered_with_nothing(psik: PsikBackend, replay: Replayed) -> None:
    await psik.jobs.list_jobs(Scope())
    step = {"jobid": ID, "name": "x", "updated": float(ID) + 1, "jobndx": None, "info": None}
    replay.answer("GET", JOB, 200, [{**step, "state": "active"}])
    replay.answer("DELETE", JOB, 204, b"")
    await psik.jobs.cancel(ID)
    assert [request.method for request in replay.requests].count("DELETE") == 1
    assert (await psik.jobs.job(ID)).state is JobState.RUNNING


async def test_a_service_that_sends_each_path_on_to_one_with_a_slash(tmp_path: Path) -> None:
    replay = Replayed(*V1)
    replay.answer("POST", "/v1/jobs", 200, ID)

    class Slashed(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/"):
                return await replay.handle_async_request(request)
            there = request.url.copy_with(path=request.url.path + "/")
            return httpx.Response(307, headers={"Location": str(there)})

    psik = await connected(tmp_path, Slashed())
    assert (await psik.jobs.list_jobs(Scope())).jobs
    assert await psik.jobs.submit(submission("#!/bin/sh\ntrue\n")) == ID
    (sent,) = replay.sent("POST", "/v1/jobs/")
    assert b"#!/bin/sh" in sent.content
    await psik.close()


async def test_a_backend_without_a_status_is_open(tmp_path: Path) -> None:
    replay = Replayed()
    replay.answer("GET", "/v1/backends", 200, {"main": {"name": "main", "system_type": None}})
    replay.answer("GET", "/v1/jobs", 200, [])
    psik = await connected(tmp_path, replay)
    (queue,) = await psik.jobs.queues()
    assert queue.open
    await psik.close()


async def test_a_file_sent_without_its_length_is_as_long_as_its_folder_says(tmp_path: Path) -> None:
    replay = Replayed(*V1, "v1/files", "v1/file_dl", "v1/state")

    class Chunked(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await replay.handle_async_request(request)
            response.headers.pop("content-length", None)
            return response

    psik = await connected(tmp_path, Chunked())
    path = f"/jobs/{ID}/out.txt"
    assert await psik.files.read(path, -3, 100) == b"lt\n"
    assert await psik.files.read(path, 2, 100) == b"sult\n"
    entry = await psik.files.stat(path)
    assert entry is not None
    assert entry.size == 7
    await psik.close()
