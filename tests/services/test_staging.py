"""Staged jobs: the order of things, and what happens when something in it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.config.model import Config
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobState, ScriptDialect
from podtui.domain.script import find_token
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.errors import (
    AlreadyThere,
    InputError,
    LimitExceeded,
    LoginRequired,
    NodeAsks,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.services.fake_backend import FakeBackend, config
from tests.story.pod import NobodyToAsk


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podtui.services.staging_steps._LOOKS", (0.0, 0.0))
    monkeypatch.setattr("podtui.services.staging._RETRY_PAUSES", (0.0,))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "run.sub"
    path.write_text("#!/bin/bash\n#PBS -N story\necho hi\n")
    (tmp_path / "in.dat").write_bytes(b"data")
    return path


@pytest.fixture
async def polling(session: Session) -> AsyncIterator[None]:
    await session.clusters.connect("pod")
    async with asyncio.TaskGroup() as group:
        task = group.create_task(session.poll())
        yield
        task.cancel()


def request(script: Path, **changes: object) -> SubmitRequest:
    plain = SubmitRequest(
        "pod",
        script,
        (StagePair(str(script.parent / "in.dat"), "~/in.dat"),),
        (StagePair(str(script.parent / "got" / "out.dat"), "~/out.dat"),),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


async def finish(
    session: Session, backend: FakeBackend, job: StagedJob, status: int = 0
) -> StagedJob:
    """Let the cluster run the job as soon as it is released, then wait for its end."""
    carrying = asyncio.ensure_future(session.staging.finish(job.token))
    async with asyncio.timeout(10):
        while backend.jobs.jobs[job.job_id].state is not JobState.QUEUED and not carrying.done():
            await session.news.after(session.news.count)
        if not carrying.done():
            state = JobState.COMPLETED if status == 0 else JobState.FAILED
            backend.jobs.move(job.job_id, state, status)
        return await carrying


async def test_files_first_then_release_then_results(
    session: Session, backend: FakeBackend, polling: None, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "cluster" / "out.dat").write_text("42")
    job = await session.staging.submit(request(script))
    assert backend.jobs.jobs[job.job_id].state is JobState.HELD
    assert find_token(job.content.decode()) == job.token
    ended = await finish(session, backend, job)
    assert ended.succeeded
    assert (tmp_path / "got" / "out.dat").read_text() == "42"
    assert (tmp_path / "cluster" / "in.dat").read_bytes() == b"data"
    assert backend.jobs.calls.index("submit") < backend.jobs.calls.index("release")


async def test_what_the_scheduler_warns_of_is_kept_with_the_job(
    session: Session, backend: FakeBackend, script: Path
) -> None:
    backend.jobs.warnings = ["only 3 nodes are up", "debug ends at noon"]
    job = await session.staging.submit(request(script))
    assert job.warning == "only 3 nodes are up\ndebug ends at noon"
    (kept,) = session.staging.jobs
    assert kept.warning == job.warning


async def test_a_job_spec_goes_to_any_cluster_as_a_script_with_what_is_lost(
    session: Session, backend: FakeBackend, tmp_path: Path
) -> None:
    spec = tmp_path / "job.json"
    spec.write_text('{"script": "#!/bin/sh\\necho\\n", "name": "p", "callback": "http://x"}')
    asked = SubmitRequest(cluster="pod", script=spec)
    preview = await session.staging.preview(asked)
    assert "#!/bin/sh\n#PBS " in preview.text
    assert any("callback" in lost for lost in preview.losses)
    job = await session.staging.submit(asked)
    assert job.name == "p"
    assert b"#PBS -l walltime=00:10:00" in job.content


async def test_refused_submission_leaves_nothing_behind(
    session: Session, backend: FakeBackend, script: Path
) -> None:
    backend.jobs.fail["submit"] = [AlreadyThere("run.sub is there")]
    with pytest.raises(AlreadyThere):
        await session.staging.submit(request(script))
    assert session.staging.jobs == ()


async def test_unreachable_keeps_the_job_for_later(
    session: Session, backend: FakeBackend, polling: None, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "cluster" / "out.dat").write_text("42")
    backend.jobs.fail["submit"] = [Unreachable("no link")]
    with pytest.raises(Unreachable):
        await session.staging.submit(request(script))
    (kept,) = session.staging.jobs
    assert kept.phase is StagedPhase.NEW
    assert "no link" in kept.error
    carrying = asyncio.ensure_future(session.staging.finish(kept.token))
    async with asyncio.timeout(10):
        while not backend.jobs.jobs or not backend.jobs.calls.count("release"):
            await session.news.after(session.news.count)
        (job_id,) = backend.jobs.jobs
        backend.jobs.move(job_id, JobState.COMPLETED, 0)
        assert (await carrying).succeeded


async def test_a_login_nodes_question_holds_a_job_up_and_stops_nothing_else(
    session: Session, backend: FakeBackend, polling: None, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "cluster" / "out.dat").write_text("42")
    job = await session.staging.submit(request(script))
    backend.jobs.fail["release"] = [NodeAsks("A login to it asks: One-time code:")] * 2
    assert (await finish(session, backend, job)).succeeded
    assert backend.jobs.fail["release"] == []
    (status,) = session.clusters.statuses()
    assert status.link is LinkState.ONLINE


async def test_a_lost_answer_is_looked_up_not_repeated(
    session: Session, backend: FakeBackend, script: Path
) -> None:
    backend.jobs.fail["submit after"] = [OutcomeUnknown("cut")]
    job = await session.staging.submit(request(script))
    assert list(backend.jobs.jobs) == [job.job_id]
    assert backend.jobs.calls.count("submit") == 0


async def test_a_sent_job_nobody_can_look_up_is_kept_and_looked_up_later(
    session: Session, backend: FakeBackend, polling: None, script: Path
) -> None:
    backend.jobs.fail["submit after"] = [OutcomeUnknown("cut")]
    backend.jobs.fail["find"] = [LoginRequired("who are you")]
    with pytest.raises(OutcomeUnknown, match="nobody can look: who are you"):
        await session.staging.submit(request(script, stage_out=()))
    (kept,) = session.staging.jobs
    assert kept.phase is StagedPhase.UNKNOWN
    assert "who are you" in kept.error
    carrying = asyncio.ensure_future(session.staging.finish(kept.token))
    async with asyncio.timeout(10):
        while not backend.jobs.calls.count("release"):
            await session.news.after(session.news.count)
        (job_id,) = backend.jobs.jobs
        backend.jobs.move(job_id, JobState.COMPLETED, 0)
        assert (await carrying).succeeded


async def test_a_request_that_never_arrived_is_sent_again_after_looking(
    session: Session, backend: FakeBackend, script: Path
) -> None:
    backend.jobs.fail["submit"] = [OutcomeUnknown("cut")]
    job = await session.staging.submit(request(script))
    assert list(backend.jobs.jobs) == [job.job_id]
    assert backend.jobs.calls.count("submit") == 2
    assert backend.jobs.calls.count("find") >= 3


async def test_what_never_arrives_is_told_and_kept_for_later(
    session: Session, backend: FakeBackend, polling: None, script: Path
) -> None:
    backend.jobs.fail["submit"] = [OutcomeUnknown("cut")] * 2
    with pytest.raises(OutcomeUnknown, match="not there yet"):
        await session.staging.submit(request(script, stage_out=()))
    (kept,) = session.staging.jobs
    carrying = asyncio.ensure_future(session.staging.finish(kept.token))
    async with asyncio.timeout(10):
        while not backend.jobs.calls.count("release"):
            await session.news.after(session.news.count)
    (job_id,) = backend.jobs.jobs
    backend.jobs.move(job_id, JobState.COMPLETED, 0)
    async with asyncio.timeout(10):
        assert (await carrying).succeeded


async def test_a_twin_that_arrived_late_is_taken_out_before_release(
    session: Session, backend: FakeBackend, polling: None, script: Path
) -> None:
    job = await session.staging.submit(request(script, stage_out=()))
    backend.jobs.put("99.pod", JobState.HELD, job.token)
    ended = await finish(session, backend, job)
    assert ended.succeeded
    assert backend.jobs.jobs["99.pod"].state is JobState.CANCELLED


async def test_a_failed_job_still_brings_its_files_and_tells_its_status(
    session: Session, backend: FakeBackend, polling: None, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "cluster" / "out.dat").write_text("half")
    job = await session.staging.submit(request(script))
    job_id = job.job_id
    backend.jobs.jobs[job_id] = replace(backend.jobs.jobs[job_id], reason="It was killed.")
    ended = await finish(session, backend, job, status=3)
    assert ended.ending == "It was killed."
    assert (ended.phase, ended.job_state, ended.exit_status) == (
        StagedPhase.DONE,
        JobState.FAILED,
        3,
    )
    assert not ended.succeeded
    assert (tmp_path / "got" / "out.dat").exists()


async def test_a_missing_output_fails_and_can_be_retried(
    session: Session, backend: FakeBackend, polling: None, script: Path, tmp_path: Path
) -> None:
    job = await session.staging.submit(request(script))
    ended = await finish(session, backend, job)
    assert (ended.phase, ended.failed_in) == (StagedPhase.FAILED, StagedPhase.STAGING_OUT)
    assert ended.title == "Output missing"
    (tmp_path / "cluster" / "out.dat").write_text("late")
    await session.staging.retry(job.token)
    async with asyncio.timeout(10):
        assert (await session.staging.finish(job.token)).succeeded


async def test_over_the_limit_nothing_is_sent(
    backend: FakeBackend, paths: Paths, script: Path
) -> None:
    async with Session(
        Config(clusters=(config(stageinmaxsize=3),)),
        paths,
        NobodyToAsk(),
        opener=lambda _: backend,  # type: ignore[arg-type,return-value]
    ) as session:
        with pytest.raises(LimitExceeded):
            await session.staging.submit(request(script))
        assert backend.jobs.calls == []
        assert session.staging.jobs == ()


async def test_stage_out_limit_stops_before_the_first_byte(
    backend: FakeBackend, paths: Paths, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "cluster" / "out.dat").write_bytes(b"x" * 100)
    async with Session(
        Config(clusters=(config(stageoutmaxsize=99),)),
        paths,
        NobodyToAsk(),
        opener=lambda _: backend,  # type: ignore[arg-type,return-value]
    ) as session:
        await session.clusters.connect("pod")
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(session.poll())
            job = await session.staging.submit(request(script))
            ended = await finish(session, backend, job)
            polling.cancel()
        assert ended.title == "Over the limit"
        assert not (tmp_path / "got" / "out.dat").exists()


@pytest.mark.parametrize(
    ("content", "sched", "title"),
    [
        (b"", ScriptDialect.TORQUE, "Empty script"),
        (b"\n \n", ScriptDialect.TORQUE, "Empty script"),
        (b"#!/bin/sh\n#$ -N x\n", ScriptDialect.TORQUE, "Script of another dialect"),
        (b"#!/bin/sh\n#PBS -N x\n", ScriptDialect.SGE, "Script of another dialect"),
        (b"#!/bin/sh\n#SBATCH -J x\n", ScriptDialect.TORQUE, "Script of another dialect"),
        (b"\x7fELF\0\0", ScriptDialect.TORQUE, "Not a script"),
    ],
)
async def test_a_wrong_script_is_refused_here(
    session: Session,
    backend: FakeBackend,
    script: Path,
    content: bytes,
    sched: ScriptDialect,
    title: str,
) -> None:
    script.write_bytes(content)
    with pytest.raises(InputError) as caught:
        await session.staging.submit(request(script, sched=sched))
    assert caught.value.title == title
    assert backend.jobs.calls == []


async def test_a_missing_script_or_input_is_refused_here(
    session: Session, backend: FakeBackend, script: Path
) -> None:
    with pytest.raises(InputError, match="no script"):
        await session.staging.submit(request(script.parent / "nothing.sub"))
    (script.parent / "in.dat").unlink()
    with pytest.raises(NotFound):
        await session.staging.submit(request(script))
    assert backend.jobs.calls == []


async def test_cancelled_by_a_person_stays_cancelled(
    session: Session, backend: FakeBackend, polling: None, script: Path
) -> None:
    job = await session.staging.submit(request(script))
    await session.staging.cancelled("pod", job.job_id)
    assert (await session.staging.finish(job.token)).phase is StagedPhase.CANCELLED
    assert backend.jobs.calls.count("release") == 0


async def test_two_podtuis_never_work_on_the_same_job(
    session: Session, backend: FakeBackend, polling: None, script: Path, paths: Paths
) -> None:
    job = await session.staging.submit(request(script, stage_out=()))
    uploads = []
    real = backend.files.upload

    async def slow(*args: object) -> str:
        uploads.append(args)
        await asyncio.sleep(0.05)
        return await real(*args)  # type: ignore[arg-type]

    backend.files.upload = slow  # type: ignore[method-assign]
    async with Session(
        session.config,
        paths,
        NobodyToAsk(),
        opener=lambda _: backend,  # type: ignore[arg-type,return-value]
    ) as other:
        both = [asyncio.ensure_future(s.staging.finish(job.token)) for s in (session, other)]
        async with asyncio.timeout(10):
            while not backend.jobs.calls.count("release"):
                await session.news.after(session.news.count)
            backend.jobs.move(job.job_id, JobState.COMPLETED, 0)
            ends = await asyncio.gather(*both)
    assert [end.phase for end in ends] == [StagedPhase.DONE] * 2
    assert len(uploads) == 1
    assert backend.jobs.calls.count("release") == 1


async def test_a_refused_release_can_be_retried(
    session: Session, backend: FakeBackend, polling: None, script: Path
) -> None:
    backend.jobs.fail["release"] = [Refused("not now")]
    job = await session.staging.submit(request(script, stage_out=()))
    ended = await session.staging.finish(job.token)
    assert (ended.phase, ended.failed_in) == (StagedPhase.FAILED, StagedPhase.RELEASING)
    await session.staging.retry(job.token)
    assert (await finish(session, backend, job)).succeeded


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        (r"a\:b:~/c", ("a:b", "~/c")),
        (r"a\:b", ("a:b", "~/a:b")),
        (r"a:~/c\:d", ("a", "~/c:d")),
    ],
)
def test_a_colon_in_a_name_can_be_written(text: str, pair: tuple[str, str]) -> None:
    from podtui.domain.staging import parse_stage_in

    found = parse_stage_in(text)
    assert (found.local, found.remote) == pair


async def test_a_preview_is_what_would_be_sent_and_leaves_no_trace(
    session: Session, backend: FakeBackend, script: Path
) -> None:
    script.write_text("#!/bin/bash\n#PBS -N story\n#PBS -W x=y\necho hi\n")
    told = await session.staging.preview(request(script))
    assert told.text.startswith("hold=True\n#!/bin/bash\n#PBS -v PODTUI_TOKEN=preview\n#PBS -N")
    assert told.losses == ('nothing like "-W" there',)
    assert not backend.jobs.jobs
    assert not session.staging.jobs
    with pytest.raises(InputError):
        await session.staging.preview(request(script, content=b"#SBATCH -n1\n"))
