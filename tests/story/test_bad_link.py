"""A link that is cut and a pod that is killed, in the middle of a staged job: one job runs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from podtui.backends.pod.backend import PodBackend
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.domain.transfer import Direction, TransferState
from podtui.errors import OutcomeUnknown, Unreachable
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.bad import (
    DOWN,
    SECONDS,
    UP,
    at_first_bytes,
    check_done,
    check_told,
    files_below,
    move,
    polling,
    staged_request,
    started_again,
)
from tests.story.pod import Pod, session

SIZE = 16_000_000


def cut(podtui: Session) -> None:
    """Cut the client's SSH connection, as a network does: without a word."""
    backend = podtui.clusters.link("pod").backend
    assert isinstance(backend, PodBackend)
    login = backend._link._login
    assert login is not None
    login.connection.abort()


async def test_a_link_cut_while_a_job_is_staged_in(pod: Pod, tmp_path: Path) -> None:
    request = staged_request(tmp_path, "cut", os.urandom(SIZE))
    async with session(pod.config) as podtui, polling(podtui):
        show, told = podtui.transfers.show, []
        podtui.transfers.show = lambda t: (told.append(t.error), show(t))[1]  # type: ignore[method-assign]
        staged = await podtui.staging.submit(request)
        with at_first_bytes(lambda: cut(podtui)):
            await podtui.staging.finish(staged.token)
        assert any("ended" in error or "cut" in error for error in told)
        assert podtui.transfers.transfers == ()  # they were the job's, and the job has ended
        await check_done(podtui, staged.token, pod, tmp_path, "cut")
        assert files_below(pod.home() / "cut") == ["in.dat", "out.dat", "ran"]
        assert files_below(tmp_path / "results") == []


@pytest.mark.parametrize("direction", [UP, DOWN])
async def test_a_link_cut_during_a_transfer(pod: Pod, tmp_path: Path, direction: Direction) -> None:
    here, there = tmp_path / "here.dat", pod.home() / "there.dat"
    (here if direction is UP else there).write_bytes(data := os.urandom(SIZE))
    wanted = move(UP if direction is UP else DOWN, here, "~/there.dat")
    async with session(pod.config) as podtui:
        with at_first_bytes(lambda: cut(podtui)), pytest.raises(Unreachable) as caught:
            await podtui.transfers.carry(wanted)
        check_told(caught.value, "No answer", pod)
        assert not (there if direction is UP else here).exists()
        (row,) = podtui.transfers.transfers
        assert row.state is TransferState.FAILED
        await podtui.transfers.carry(wanted)
        assert here.read_bytes() == there.read_bytes() == data
        assert not list(pod.home().rglob("*.part"))
        assert not list(tmp_path.glob("*.part"))


def at_phase(phase: StagedPhase, act: Callable[[], object], podtui: Session) -> None:
    """Do `act` as soon as the journal says `phase`, once."""
    save = podtui.journal.save
    acts = iter([act])

    async def saving(job: StagedJob, *, revive: bool = False) -> bool:
        saved = await save(job, revive=revive)
        if job.phase is phase:
            for one in acts:
                one()
        return saved

    podtui.journal.save = saving  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "phase",
    [
        StagedPhase.SUBMITTING,
        StagedPhase.STAGING_IN,
        StagedPhase.RELEASING,
        StagedPhase.WATCHING,
        StagedPhase.STAGING_OUT,
    ],
)
async def test_a_pod_killed_at_every_phase(pod: Pod, tmp_path: Path, phase: StagedPhase) -> None:
    request = staged_request(tmp_path, "killed", os.urandom(SIZE))
    async with session(pod.config) as podtui, polling(podtui):
        at_phase(phase, lambda: pod.process.send_signal(signal.SIGKILL), podtui)
        await killed_and_started_again(podtui, pod, tmp_path, request)


@pytest.mark.parametrize("direction", [UP, DOWN])
async def test_a_pod_killed_while_bytes_move(
    pod: Pod, tmp_path: Path, direction: Direction
) -> None:
    request = staged_request(tmp_path, "moving", os.urandom(SIZE))

    def kill() -> None:
        pod.process.send_signal(signal.SIGKILL)

    async with session(pod.config) as podtui, polling(podtui):
        with ExitStack() as stack:
            phase = StagedPhase.STAGING_IN if direction is UP else StagedPhase.STAGING_OUT
            at_phase(phase, lambda: stack.enter_context(at_first_bytes(kill)), podtui)
            await killed_and_started_again(podtui, pod, tmp_path, request)


async def killed_and_started_again(
    podtui: Session, pod: Pod, folder: Path, request: SubmitRequest
) -> None:
    """Submit and finish while the pod is killed and started again; one job ran."""
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        whole = group.create_task(submit_and_finish(podtui, request))
        await pod.process.wait()
        async with started_again(pod) as again:
            token = await whole
            await check_done(podtui, token, again, folder, request.script.stem)


async def submit_and_finish(podtui: Session, request: SubmitRequest) -> str:
    """Submit; where the pod is gone just then, the row stays and is carried on."""
    try:
        await podtui.staging.submit(request)
    except (Unreachable, OutcomeUnknown) as error:
        check_told(error, error.title)
    (job,) = podtui.staging.jobs
    await podtui.staging.finish(job.token)
    return job.token
