"""Scripts that cannot be sent and jobs that cannot be queued: refused whole, then mended."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.config.model import StagingOptions
from podtui.domain.job import ScriptDialect
from podtui.domain.staging import StagePair
from podtui.errors import (
    AlreadyThere,
    FileTrouble,
    InputError,
    LimitExceeded,
    NotFound,
    PodError,
    Refused,
)
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.bad import (
    changed_session,
    check_done,
    check_told,
    polling,
    staged_request,
    write_script,
)
from tests.story.pod import Pod, session


async def nothing_left(podtui: Session, pod: Pod) -> None:
    """No row, no job, no script in the home."""
    assert podtui.staging.jobs == ()
    assert await podtui.journal.all() == ()
    assert (await podtui.jobs.fetch("pod")).jobs == ()
    folder = pod.home() / "podsh_jobs"
    assert not folder.exists() or not list(folder.iterdir())
    assert not list((podtui.paths.state / "locks").glob("*"))


async def refused(
    podtui: Session, pod: Pod, request: SubmitRequest, kind: type[PodError], title: str
) -> PodError:
    """`request` is refused as `kind` under `title`, and nothing is left of it."""
    with pytest.raises(PodError) as caught:
        await podtui.staging.submit(request)
    assert type(caught.value) is kind, repr(caught.value)
    check_told(caught.value, title, pod)
    await nothing_left(podtui, pod)
    return caught.value


async def test_scripts_that_are_none(pod: Pod, tmp_path: Path) -> None:
    script = tmp_path / "run.sub"
    async with session(pod.config) as podtui:
        wanted = SubmitRequest("pod", script)
        await refused(podtui, pod, wanted, InputError, "Script missing")
        odd = replace(wanted, script=tmp_path / "run \x1b[31m\n\udcff.sub")
        await refused(podtui, pod, odd, InputError, "Script missing")
        script.write_text(" \n\n")
        await refused(podtui, pod, wanted, InputError, "Empty script")
        script.write_bytes(b"\x7fELF\x00\x00")
        await refused(podtui, pod, wanted, InputError, "Not a script")
        script.write_text("#!/bin/bash\n#$ -N other\n#$ -l h_rt=60\ntrue\n")
        told = await refused(podtui, pod, wanted, InputError, "Script of another dialect")
        assert "--sched=SGE" in told.hint
        script.write_text("#!/bin/bash\n#SBATCH -N 1\ntrue\n")
        await refused(podtui, pod, wanted, InputError, "Script of another dialect")
        folder = replace(wanted, script=tmp_path)
        await refused(podtui, pod, folder, FileTrouble, "Cannot read or write")

        script.write_text("#!/bin/bash\n#$ -N other\n#$ -l h_rt=60\ntrue\n")
        wanted = replace(wanted, sched=ScriptDialect.SGE, hold=True)
        staged = await podtui.staging.submit(wanted)
        assert [job.id for job in (await podtui.jobs.fetch("pod")).jobs] == [staged.job_id]


@pytest.mark.parametrize("name", ["run \x1b[31m.sub", "two\nlines.sub", "\udcff\udcfe.sub"])
async def test_a_script_under_a_name_no_scheduler_takes(
    pod: Pod, tmp_path: Path, name: str
) -> None:
    script = tmp_path / name
    script.write_text("#!/bin/bash\n#PBS -N odd\ntrue\n")
    async with session(pod.config) as podtui:
        await refused(podtui, pod, SubmitRequest("pod", script), InputError, "Script's name")
        staged = await podtui.staging.submit(
            SubmitRequest("pod", script.rename(tmp_path / "a [b]|c.sub"), hold=True)
        )
        assert staged.job_id


async def test_a_script_already_there(pod: Pod, tmp_path: Path) -> None:
    script = write_script(tmp_path, "twice", "echo first")
    async with session(pod.config) as podtui:
        first = await podtui.staging.submit(SubmitRequest("pod", script, hold=True))
        script.write_text(script.read_text().replace("first", "second"))
        with pytest.raises(AlreadyThere) as caught:
            await podtui.staging.submit(SubmitRequest("pod", script, overwrite=False))
        check_told(caught.value, "Script already there", pod)
        assert [job.token for job in podtui.staging.jobs] == [first.token]
        assert len((await podtui.jobs.fetch("pod")).jobs) == 1
        assert "first" in (pod.home() / "podsh_jobs" / "twice.sub").read_text()
        await podtui.staging.submit(SubmitRequest("pod", script, overwrite=True, hold=True))
        assert len((await podtui.jobs.fetch("pod")).jobs) == 2
        assert "second" in (pod.home() / "podsh_jobs" / "twice.sub").read_text()


async def test_queues_that_do_not_exist_or_do_not_fit(pod: Pod, tmp_path: Path) -> None:
    script = tmp_path / "queue.sub"
    async with session(pod.config) as podtui:
        wanted = SubmitRequest("pod", script, hold=True)
        script.write_text("#PBS -q B30\ntrue\n")
        told = await refused(podtui, pod, wanted, Refused, "No such queue")
        assert "Unknown queue" in told.message
        script.write_text("#PBS -q FREE -l walltime=01:00:00\ntrue\n")
        told = await refused(podtui, pod, wanted, Refused, "Over the queue's limits")
        assert "walltime" in told.message
        script.write_text("#PBS -q FREE -l nodes=1:ppn=13\ntrue\n")
        await refused(podtui, pod, wanted, Refused, "Over the queue's limits")
        script.write_text("#PBS -q FREE -l walltime=soon\ntrue\n")
        await refused(podtui, pod, wanted, Refused, "Job refused")
        script.write_text("#PBS -q FREE -l walltime=00:01:00\ntrue\n")
        staged = await podtui.staging.submit(wanted)
        assert [job.id for job in (await podtui.jobs.fetch("pod")).jobs] == [staged.job_id]


async def test_more_to_stage_in_than_is_allowed(pod: Pod, tmp_path: Path) -> None:
    request = staged_request(tmp_path, "large", os.urandom(70_000))
    (tmp_path / "more.dat").write_bytes(os.urandom(50_000))
    more = StagePair(str(tmp_path / "more.dat"), "~/large/more.dat")
    request = replace(request, stage_in=(*request.stage_in, more))
    options = StagingOptions(stageinmaxsize=100_000)
    async with changed_session(pod, staging=options) as podtui, polling(podtui):
        told = await refused(podtui, pod, request, LimitExceeded, "Over the limit")
        assert "stageinmaxsize" in told.message
        assert "120,000" in told.message
        assert not (pod.home() / "large").exists()
        (tmp_path / "more.dat").write_bytes(b"little")
        staged = await podtui.staging.submit(request)
        await podtui.staging.finish(staged.token)
        await check_done(podtui, staged.token, pod, tmp_path, "large")


async def test_what_should_be_staged_in_is_not_there(pod: Pod, tmp_path: Path) -> None:
    request = staged_request(tmp_path, "absent", data := os.urandom(1000))
    (tmp_path / "in.dat").unlink()
    async with session(pod.config) as podtui, polling(podtui):
        await refused(podtui, pod, request, NotFound, "File not found")
        (tmp_path / "in.dat").write_bytes(data)
        staged = await podtui.staging.submit(request)
        await podtui.staging.finish(staged.token)
        await check_done(podtui, staged.token, pod, tmp_path, "absent")
