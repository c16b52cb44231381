"""What the stories of bad input share: a session with a thing changed, and what each tells."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podtui.config.model import PodConfig
from podtui.domain.job import JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.domain.transfer import Direction, Meter, Transfer
from podtui.errors import PodError
from podtui.paths import Paths
from podtui.services.clusters import Clock, OpenBackend
from podtui.services.news import News
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.pod import START_SECONDS, NobodyToAsk, Pod, client, start_pod

SECONDS = 60
SCRIPT = "#!/bin/bash\n#PBS -N {name}\n#PBS -j oe\n#PBS -l walltime=00:01:00\n{body}\n"
ONCE = 'mkdir -p ~/{name}\ncd ~/{name}\necho "$PBS_JOBID" >> ran\ncat in.dat > out.dat\n'
UP, DOWN = Direction.UPLOAD, Direction.DOWNLOAD


def changed_session(
    pod: Pod,
    *,
    opener: Callable[[Paths], OpenBackend] | None = None,
    clock: Clock | None = None,
    **changes: Any,
) -> Session:
    """A session on `pod` whose only cluster is configured otherwise in `changes`."""
    config, paths = client(pod.config)
    cluster = config.clusters[0]
    assert isinstance(cluster, PodConfig)
    config = replace(config, clusters=(replace(cluster, **changes),))
    more = {"clock": clock} if clock else {}
    return Session(config, paths, NobodyToAsk(), opener=opener(paths) if opener else None, **more)


def secrets_of(pod: Pod) -> set[str]:
    """Every secret of the story: the pod's own, and the tokens that the client keeps."""
    found = {pod.told["api_secret"], pod.told["password"]}
    for file in pod.state.glob("client/state/tokens/*.json"):
        found.add(json.loads(file.read_text())["token"])
    return found


def check_told(error: PodError, title: str, pod: Pod | None = None) -> None:
    """A clear title, the reason and what to do; no secret and nothing a terminal would act on."""
    assert error.title == title, f"{error.title!r}: {error.message}"
    for text in (error.title, error.message, error.hint):
        assert text.strip(), f"{title}: {error.message!r}, {error.hint!r}"
        assert text.isprintable(), repr(text)
        assert len(text) < 1000
        assert pod is None or not any(secret in text for secret in secrets_of(pod)), text


@asynccontextmanager
async def polling(podtui: Session) -> AsyncIterator[None]:
    """The polls running, as they do while the screen is up."""
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        task = group.create_task(podtui.poll())
        yield
        task.cancel()


async def until(news: News, reached: Callable[[], bool]) -> None:
    """Wait for a state that is told about by `news`."""
    async with asyncio.timeout(SECONDS):
        while True:
            seen = news.count
            if reached():
                return
            await news.after(seen)


async def end(pod: Pod, how: signal.Signals = signal.SIGTERM) -> None:
    """End the pod's process."""
    pod.process.send_signal(how)
    async with asyncio.timeout(START_SECONDS):
        await pod.process.wait()


@asynccontextmanager
async def started_again(pod: Pod, *options: str) -> AsyncIterator[Pod]:
    """The same pod, on the same state folder and ports, after its process ended."""
    process = await start_pod(pod.state, *options)
    again = Pod(pod.told, process)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        told = json.loads(line)
        assert told["auth_url"] == pod.told["auth_url"], "the pod came up elsewhere"
        yield Pod(told, process)
    finally:
        if process.returncode is None:
            await end(again)
        await process.communicate()


def write_script(folder: Path, name: str, body: str = "true") -> Path:
    """A TORQUE script `name`.sub that does `body`."""
    path = folder / f"{name}.sub"
    path.write_text(SCRIPT.format(name=name, body=body))
    return path


def staged_request(folder: Path, name: str, data: bytes) -> SubmitRequest:
    """A job that copies its input to its output and writes down that it ran."""
    (folder / "in.dat").write_bytes(data)
    return SubmitRequest(
        "pod",
        write_script(folder, name, ONCE.format(name=name)),
        (StagePair(str(folder / "in.dat"), f"~/{name}/in.dat"),),
        (StagePair(str(folder / "out.dat"), f"~/{name}/out.dat"),),
    )


async def check_done(podtui: Session, token: str, pod: Pod, folder: Path, name: str) -> None:
    """The staged job ended well: it ran once, and its result is what was sent."""
    job = await podtui.journal.get(token)
    assert job is not None
    assert (job.phase, job.job_state) == (StagedPhase.DONE, JobState.COMPLETED), job.error
    assert len((pod.home() / name / "ran").read_text().splitlines()) == 1
    assert (folder / "out.dat").read_bytes() == (folder / "in.dat").read_bytes()
    same = [job for job in (await podtui.jobs.fetch("pod")).jobs if job.name == name]
    assert len(same) == 1


def move(direction: Direction, local: Path, remote: str) -> Transfer:
    """One transfer."""
    return Transfer("t", "pod", direction, str(local), remote)


def files_below(folder: Path) -> list[str]:
    """Every file below `folder`, half-written ones too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@contextmanager
def at_first_bytes(act: Callable[[], object]) -> Iterator[None]:
    """Do `act` once, at the first report that bytes have moved, while the rest is on its way."""
    real = Meter.add
    acts = iter([act])

    def add(meter: Meter, count: int, now: float) -> bool:
        for one in acts:
            one()
        return real(meter, count, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Meter, "add", add)
        yield
    assert next(acts, None) is None, "no bytes were seen to move"
