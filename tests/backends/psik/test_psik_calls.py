"""The calls, on recorded answers: logins, submissions, lost answers, faults of the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from podtui.backends.psik import wire
from podtui.backends.psik.backend import PsikBackend
from podtui.config.model import PsikConfig, Secret
from podtui.domain.cluster import Facet
from podtui.domain.job import JobState, Scope
from podtui.errors import (
    BadAnswer,
    ConfigError,
    LimitExceeded,
    LoginRequired,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from tests.backends.psik.recorded import (
    V1,
    V2,
    Replayed,
    connected,
    recording,
    submission,
)

JOBS = "/v1/jobs"
HELLO = "/v1/jobs/1795303695.279"
TOKEN = "0f1e2d3c"


@pytest.fixture
def replay() -> Replayed:
    return Replayed(*V1)


@pytest.fixture
async def psik(replay: Replayed, tmp_path: Path) -> AsyncIterator[PsikBackend]:
    backend = await connected(tmp_path, replay)
    yield backend
    await backend.close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_AGAIN", (0.0, 0.0))


def lost() -> httpx.TransportError:
    return httpx.ReadError("cut")


async def test_both_versions_are_found_by_themselves(tmp_path: Path) -> None:
    one = await connected(tmp_path, Replayed(*V1))
    two = await connected(tmp_path, Replayed(*V2))
    assert one.status().about == "psik_api v1, default (local)"
    assert two.status().about == "psik_api v2, default (local), second (local)"
    assert one.status().offer(Facet.JOBS).offered
    assert not one.status().offer(Facet.NODES).offered
    assert [queue.name for queue in await two.jobs.queues()] == ["default", "second"]
    await one.close()
    await two.close()
    assert not two.status().offer(Facet.NODES).offered
    with pytest.raises(NotOffered):
        _ = two.jobs


async def test_a_version_in_the_address_is_the_one_asked_for(tmp_path: Path) -> None:
    replay = Replayed(*V1, *V2)
    backend = await connected(tmp_path, replay, PsikConfig("p", url="http://psik.test/v2"))
    assert backend.status().about.startswith("psik_api v2")
    await backend.close()


async def test_nothing_that_is_psik_there(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="no psik_api"):
        await connected(tmp_path, Replayed())
    with pytest.raises(ConfigError, match="neither url nor uds"):
        await connected(tmp_path, Replayed(), PsikConfig("p"))
    config = PsikConfig("p", url="http://psik.test", backend="nosuch")
    with pytest.raises(NotFound, match="'nosuch'"):
        await connected(tmp_path, Replayed(*V1), config)


async def test_who_is_not_known_has_to_log_in(tmp_path: Path) -> None:
    refused = Replayed("tls/backends", "tls/insecure_venv100")
    with pytest.raises(LoginRequired, match="Biscuit"):
        await connected(tmp_path, refused)


async def test_a_token_is_put_on_renewed_once_and_told(tmp_path: Path) -> None:
    replay = Replayed("tls/backends", "tls/jobs_badtok", "tls/jobs", "tls/token_show")
    values = iter(["stale", "fresh"])
    config = PsikConfig("p", url="http://psik.test", token=Secret(lambda: next(values)))
    backend = await connected(tmp_path, replay, config)
    sent = [request.headers["authorization"] for request in replay.sent("GET", JOBS)]
    assert sent == ["bearer stale", "bearer fresh"]
    status = backend.status()
    assert status.user == "cn:Client One"
    assert status.token_expires == datetime(2026, 11, 22, 23, 50, 48, tzinfo=UTC)
    await backend.close()


async def test_a_token_that_is_kept_nowhere_is_none(tmp_path: Path) -> None:
    def ask() -> str:
        raise LoginRequired("No token is known.")

    replay = Replayed(*V1)
    config = PsikConfig("p", url="http://psik.test", token=Secret(ask))
    backend = await connected(tmp_path, replay, config)
    assert all("authorization" not in request.headers for request in replay.requests)
    assert backend.status().token_expires is None
    await backend.close()
    with pytest.raises(LoginRequired, match="does not know us"):
        await connected(tmp_path, Replayed("tls/backends", "tls/insecure_venv100"), config)


@pytest.mark.parametrize("value", ["two\nBISCUIT", "two BISCUIT", "BISCUITé"])
async def test_a_token_no_header_takes_is_never_shown(value: str, tmp_path: Path) -> None:
    replay = Replayed(*V1)
    config = PsikConfig("p", url="http://psik.test", token=Secret(value))
    with pytest.raises(ConfigError) as told:
        await connected(tmp_path, replay, config)
    assert "BISCUIT" not in f"{told.value} {told.value.hint}"
    assert not replay.requests


async def test_a_service_that_fails_to_read_the_token_is_used_all_the_same(tmp_path: Path) -> None:
    replay = Replayed(*V1)
    replay.answer("POST", "/v1/token", 500, b"Internal Server Error")
    config = PsikConfig("p", url="http://psik.test", token=Secret("BISCUIT"))
    backend = await connected(tmp_path, replay, config)
    assert backend.status().token_expires is None
    await backend.close()


async def test_the_list_and_one_job(psik: PsikBackend, replay: Replayed) -> None:
    listed = await psik.jobs.list_jobs(Scope())
    assert [job.state for job in listed.jobs] == [
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.COMPLETED,
    ]
    assert dict(replay.requests[-1].url.params) == {"backend": "default", "limit": "1000"}
    one = recording("v1/job")
    replay.answer("GET", HELLO, 200, one.body)
    assert (await psik.jobs.job("1795303695.279")).state is JobState.RUNNING
    for scope in (Scope(group="staff"), Scope(user="alice")):
        with pytest.raises(NotOffered):
            await psik.jobs.list_jobs(scope)
    with pytest.raises(NotFound):
        await psik.jobs.job("1.5")
    with pytest.raises(NotFound):
        await psik.jobs.job("../../etc")


async def test_a_submission_is_what_was_shown_before(psik: PsikBackend, replay: Replayed) -> None:
    replay.answer("POST", JOBS, 200, "1795303695.279")
    one = submission("#!/bin/sh\ntrue\n")
    shown = psik.jobs.preview(one).text
    assert await psik.jobs.submit(one) == "1795303695.279"
    (sent,) = replay.sent("POST", JOBS)
    line, _, body = shown.partition("\n")
    assert line == "POST jobs?backend=default"
    assert json.loads(sent.content) == json.loads(body)


async def test_a_held_one_is_made_by_another_route_and_started_once(
    psik: PsikBackend, replay: Replayed
) -> None:
    replay.answer("POST", f"{JOBS}/new", 200, "1795303759.887")
    job_id = await psik.jobs.submit(submission("true\n", hold=True))
    (sent,) = replay.sent("POST", f"{JOBS}/new")
    assert dict(sent.url.params) == {"machine": "default"}
    new = [{**recording("v1/slurm_badpart_hist").json[0], "jobid": job_id}]
    replay.answer("GET", f"{JOBS}/{job_id}", 200, new)
    start = f"{JOBS}/{job_id}/start"
    replay.answer("POST", start, 200, b"null")
    await psik.jobs.release(job_id)
    await psik.jobs.release(job_id)
    assert len(replay.sent("POST", start)) == 1
    assert dict(replay.sent("POST", start)[0].url.params) == {"backend": "default"}


async def test_version_two_holds_by_a_parameter(tmp_path: Path) -> None:
    replay = Replayed(*V2)
    backend = await connected(tmp_path, replay)
    replay.answer("POST", "/v2/jobs", 200, recording("v2/hold").body)
    assert await backend.jobs.submit(submission("true\n", hold=True)) == "1795303884.812"
    (sent,) = replay.sent("POST", "/v2/jobs")
    assert dict(sent.url.params) == {"submit": "false"}
    assert json.loads(sent.content)["backend"] == "default"
    await backend.close()


async def test_only_jobs_made_since_are_read_for_a_token_of_ours(
    psik: PsikBackend, replay: Replayed
) -> None:
    replay.answer("POST", JOBS, 200, "1795305050.500")
    await psik.jobs.submit(submission("true\n"))
    row = recording("v1/list_all").json[0]
    replay.answer("GET", JOBS, 200, [{**row, "jobid": "1795305050.500"}, row])
    run = {"run": f"#!/bin/bash\n#SBATCH --comment=PODTUI_TOKEN={TOKEN}\ntrue\n"}
    replay.answer("GET", f"{JOBS}/1795305050.500/scripts", 200, run)
    assert await psik.jobs.find_submitted(TOKEN) == ()  # the list of before
    assert await psik.jobs.find_submitted(TOKEN) == ("1795305050.500",)
    assert len([r for r in replay.requests if r.url.path.endswith("/scripts")]) == 1


async def test_a_lost_answer_is_looked_up_in_the_scripts(
    psik: PsikBackend, replay: Replayed
) -> None:
    scripts = recording("v1/scripts").json
    for job_id in ("1795303760.119", "1795303695.279"):
        replay.answer("GET", f"{JOBS}/{job_id}/scripts", 200, scripts)
    mine = {**scripts, "run": f"#!/bin/bash\n#SBATCH --comment=PODTUI_TOKEN={TOKEN}\ntrue\n"}
    replay.answer("GET", f"{JOBS}/1795303759.887/scripts", 200, mine)
    assert await psik.jobs.find_submitted(TOKEN) == ("1795303759.887",)
    asked = len(replay.requests)
    assert await psik.jobs.find_submitted(TOKEN[:-1]) == ()
    assert len(replay.requests) == asked + 1  # the list alone: each script is read once


async def test_a_lost_submission_is_not_sent_again(psik: PsikBackend, replay: Replayed) -> None:
    replay.fail("POST", JOBS, lost)
    with pytest.raises(OutcomeUnknown):
        await psik.jobs.submit(submission("true\n"))
    assert len(replay.sent("POST", JOBS)) == 1


@pytest.mark.parametrize("answer", [b'"no id"', b"null", b"<html>", b'"1.5'])
async def test_a_yes_without_an_id_may_have_made_a_job(
    psik: PsikBackend, replay: Replayed, answer: bytes
) -> None:
    replay.answer("POST", JOBS, 200, answer)
    with pytest.raises(OutcomeUnknown):
        await psik.jobs.submit(submission("true\n"))


async def test_a_service_that_fails_on_a_job_starts_none(
    psik: PsikBackend, replay: Replayed
) -> None:
    crash = recording("v1/slurm_env")
    replay.answer("POST", JOBS, crash.status, crash.body, crash.headers)
    for job_id in ("1795303760.119", "1795303759.887", "1795303695.279"):
        replay.answer("GET", f"{JOBS}/{job_id}/scripts", 200, {"run": "#!/bin/sh\n"})
    with pytest.raises(Refused, match="Internal Server Error"):
        await psik.jobs.submit(submission("true\n"))
    replay.answer("POST", JOBS, 502, b"<html>bad gateway</html>")
    replay.requests.clear()
    with pytest.raises(Refused):
        await psik.jobs.submit(submission("true\n"))  # the crash again: answers come in turn
    with pytest.raises(OutcomeUnknown, match="502"):
        await psik.jobs.submit(submission("true\n"))  # a gateway knows nothing of the job


async def test_what_a_crash_left_is_unknown_where_nobody_can_look(
    psik: PsikBackend, replay: Replayed
) -> None:
    crash = recording("v1/slurm_env")
    replay.answer("POST", JOBS, crash.status, crash.body, crash.headers)
    replay._answers["GET", JOBS].clear()
    replay.answer("GET", JOBS, 200, b"<html>")
    with pytest.raises(OutcomeUnknown, match="Internal Server Error"):
        await psik.jobs.submit(submission("true\n"))


@pytest.mark.parametrize("name", ["v1/bad_spec", "v1/bad_dir", "v1/unk_backend_post"])
async def test_a_refusal_has_the_services_own_words(
    psik: PsikBackend, replay: Replayed, name: str
) -> None:
    one = recording(name)
    replay.answer("POST", JOBS, one.status, one.body)
    words = {422: "Field required", 400: "Error creating job", 404: "Backend not found"}
    with pytest.raises(Refused, match=words[one.status]):
        await psik.jobs.submit(submission("true\n"))


async def test_an_ended_job_is_not_cancelled(psik: PsikBackend, replay: Replayed) -> None:
    ended = recording("v1/slurm_hist").json
    replay.answer("GET", "/v1/jobs/1795304322.204", 200, ended)
    replay.answer("GET", "/v1/jobs/1795304322.204/state", 200, "completed")
    with pytest.raises(Refused, match="ended already"):
        await psik.jobs.cancel("1795304322.204")
    assert not [r for r in replay.requests if r.method == "DELETE"]


async def test_a_cancel_whose_answer_is_lost_is_looked_up(
    psik: PsikBackend, replay: Replayed
) -> None:
    one = "/v1/jobs/1795303760.185"
    replay.answer("GET", f"{one}/state", 200, "active")
    replay.answer("GET", one, 200, recording("v1/cancel_hist").json[:3])
    replay.answer("GET", one, 200, recording("v1/cancel_hist").json)
    replay.fail("DELETE", one, lost)
    await psik.jobs.cancel("1795303760.185")
    await psik.jobs.cancel("1795303760.185")  # cancelled already is what was wanted
    assert len(replay.sent("DELETE", one)) == 1


async def test_reads_are_repeated_over_the_services_stumbling(
    psik: PsikBackend, replay: Replayed
) -> None:
    path = f"{HELLO}/state"
    for _ in range(2):
        replay.answer("GET", path, 500, b"Internal Server Error")
    replay.answer("GET", path, 200, "active")
    entry = await psik.files.stat("/jobs/1795303695.279")
    assert entry is not None
    assert len(replay.sent("GET", path)) == 4  # two stumbles, which system it is, its state
    replay.answer("GET", "/v1/jobs/1.5/state", 500, b"Internal Server Error")
    with pytest.raises(BadAnswer, match="500"):
        await psik.jobs.job("1.5")


async def test_a_service_that_is_away_or_says_nonsense(psik: PsikBackend, replay: Replayed) -> None:
    async def listed(prepare: Callable[[], None]) -> None:
        replay._answers["GET", JOBS].clear()
        prepare()
        await psik.jobs.list_jobs(Scope())

    with pytest.raises(Unreachable):
        await listed(lambda: replay.fail("GET", JOBS, lambda: httpx.ConnectError("refused")))
    with pytest.raises(Unreachable):
        await listed(lambda: replay.answer("GET", JOBS, 503, b"busy"))
    for nonsense in (b"<html>", b"{}", b"[" * 100_000, b"\xff"):
        with pytest.raises(BadAnswer):
            await listed(lambda body=nonsense: replay.answer("GET", JOBS, 200, body))
    with pytest.raises(BadAnswer):
        await listed(lambda: replay.answer("GET", JOBS, 302, b""))


async def test_an_endless_answer_is_cut_off(
    psik: PsikBackend, replay: Replayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 1000)
    replay.answer("GET", f"{HELLO}/logs", 200, {"stdout.1": "x" * 2000})
    replay.answer("GET", f"{HELLO}/state", 200, "active")
    with pytest.raises(LimitExceeded):
        await psik.files.read("/logs/1795303695.279/stdout.1", 0, 10)


async def test_what_psik_cannot_do_is_not_offered(psik: PsikBackend) -> None:
    for call in (psik.jobs.hold, psik.jobs.requeue):
        with pytest.raises(NotOffered):
            await call("1795303695.279")
    with pytest.raises(NotOffered):
        await psik.jobs.compute_nodes()


async def test_a_token_never_shows(tmp_path: Path) -> None:
    replay = Replayed("tls/backends", "tls/jobs_badtok")
    config = PsikConfig("p", url="http://psik.test", token=Secret("BISCUITVALUE"))
    with pytest.raises(LoginRequired) as caught:
        await connected(tmp_path, replay, config)
    assert "BISCUITVALUE" not in f"{caught.value}{caught.value.hint}"


async def test_two_systems_are_asked_at_once_and_a_job_keeps_its_own(tmp_path: Path) -> None:
    replay = Replayed(*V2)
    backend = await connected(tmp_path, replay)
    asked = asyncio.gather(*(backend.jobs.list_jobs(Scope()) for _ in range(2)))
    one, two = await asked
    assert one == two
    assert one.skipped == 5  # both systems gave the same rows: the second's are told
    await backend.close()
