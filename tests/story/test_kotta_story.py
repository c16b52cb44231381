"""Somebody's day at a Cloud Kotta: its emulator, by a whole podtui."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podtui.backends.base import Prompter, Question
from podtui.config.model import Config, KottaConfig, Secret
from podtui.domain.cluster import LinkState
from podtui.domain.job import JobKey, JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.errors import LoginRequired, NotFound, Refused, Unreachable
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.emulators.kotta.server import Running, running
from tests.story.at_work import PATIENCE, at_work, log_end, row, script, sees
from tests.story.pod import NobodyToAsk, parts

PAGE = "https://kotta.example/handle_login?access_token=Atza%7Cgood1&expires_in=3600"
UPPER = "#!/bin/bash\n#SBATCH -t 5\ntr a-z A-Z < in.dat > out.dat; echo done; exit 3\n"


class Somebody(NobodyToAsk):
    """Who logs in on the web page when asked."""

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        return [PAGE]


@pytest.fixture
async def kotta() -> AsyncIterator[Running]:
    async with running() as service:
        yield service


def session(
    kotta: Running, folder: Path, token: str = PAGE, prompter: Prompter | None = None
) -> Session:
    config = KottaConfig("cloud", url=kotta.url, token=Secret(token), poll_seconds=0.2)
    folder.mkdir(exist_ok=True)
    paths = Paths(folder / "config.toml", folder / "state", folder)
    return Session(Config(clusters=(config,)), paths, prompter or NobodyToAsk())


async def submitted(podtui: Session, folder: Path, text: str, name: str = "story.sh") -> JobKey:
    staged = await podtui.staging.submit(SubmitRequest("cloud", script(folder, text, name)))
    assert staged.key is not None
    return staged.key


async def test_an_input_a_job_its_log_and_its_output(kotta: Running, tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(data := b"some bytes\n" * 200_000)
    (tmp_path / "back").mkdir()
    request = SubmitRequest(
        "cloud",
        script(tmp_path, UPPER),
        stage_in=(StagePair(str(tmp_path / "in.dat"), "~/in.dat"),),
        stage_out=(StagePair(str(tmp_path / "back") + "/", "~/out.dat"),),
    )
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        staged = await podtui.staging.submit(request)
        assert staged.phase is StagedPhase.WATCHING
        assert staged.key is not None
        async with asyncio.timeout(PATIENCE):
            done = await podtui.staging.finish(staged.token)
        assert (done.phase, done.job_state, done.exit_status) == (
            StagedPhase.DONE,
            JobState.FAILED,
            3,
        )
        assert (tmp_path / "back" / "out.dat").read_bytes() == data.upper()
        assert parts(tmp_path) == []
        job = await podtui.jobs.job(staged.key)
        assert await log_end(podtui, staged.key, job.stdout) == "done\n"
        assert job.name == "story"
    (path,) = [path for path in kotta.cloud.store.kept if path.endswith("in.dat")]
    assert f"/{staged.token}/" in path
    assert len(kotta.cloud.jobs) == 1


async def test_two_jobs_with_inputs_of_one_name(kotta: Running, tmp_path: Path) -> None:
    requests = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "in.dat").write_text(f"input {number}\n")
        requests.append(
            SubmitRequest(
                "cloud",
                script(folder, "#SBATCH -t 5\ncp in.dat out.dat\n"),
                stage_in=(StagePair(str(folder / "in.dat"), "in.dat"),),
                stage_out=(StagePair(str(folder / "out.dat"), "out.dat"),),
            )
        )
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        staged = [await podtui.staging.submit(request) for request in requests]
        for one in staged:
            async with asyncio.timeout(PATIENCE):
                assert (await podtui.staging.finish(one.token)).succeeded
    for number in (1, 2):
        assert (tmp_path / str(number) / "out.dat").read_text() == f"input {number}\n"


async def test_an_output_the_job_did_not_make_is_told(kotta: Running, tmp_path: Path) -> None:
    request = SubmitRequest(
        "cloud",
        script(tmp_path, "#SBATCH -t 5\necho hello\n"),
        stage_out=(StagePair(str(tmp_path / "x"), "missing.txt"),),
    )
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        staged = await podtui.staging.submit(request)
        async with asyncio.timeout(PATIENCE):
            done = await podtui.staging.finish(staged.token)
        assert (done.phase, done.title) == (StagedPhase.FAILED, "Output missing")
        assert staged.key is not None
        job = await podtui.jobs.job(staged.key)
        assert job.reason == "not available: missing.txt"


async def test_all_outputs_of_a_description_file(kotta: Running, tmp_path: Path) -> None:
    description = {
        "executable": "/bin/bash go.sh",
        "jobname": "Hello World on Kotta",
        "queue": "Test",
        "script_name": "go.sh",
        "script": "echo hello; echo foo > foo.txt",
        "jobtype": "script",
        "output_file_stdout": "STDOUT.txt",
        "output_file_stderr": "STDERR.txt",
        "outputs": "foo.txt, bar.txt",
        "walltime": "5",
    }
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        key = await submitted(podtui, tmp_path, json.dumps(description), "hello.json")
        ended = await sees(podtui, row(podtui, key, JobState.COMPLETED))
        assert ended.name == "Hello World on Kotta"
        back = Transfer("t", "cloud", Direction.DOWNLOAD, str(tmp_path / "all"), f"/jobs/{key.id}")
        assert (await podtui.transfers.carry(back)).state is TransferState.DONE
        there = {file.name: file.read_bytes() for file in (tmp_path / "all").iterdir()}
        assert there == {
            "go.sh": b"echo hello; echo foo > foo.txt",
            "foo.txt": b"foo\n",
            "STDOUT.txt": b"hello\n",
            "STDERR.txt": b"",
        }
        told = await podtui.jobs.job(key)
        assert told.attribute("outputs not available") == "bar.txt"


async def test_one_is_cancelled_and_an_ended_one_stays(kotta: Running, tmp_path: Path) -> None:
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        first = await submitted(podtui, tmp_path, "#SBATCH -t 5\ntrue\n")
        await sees(podtui, row(podtui, first, JobState.COMPLETED))
        second = await submitted(podtui, tmp_path, "#SBATCH -t 5\nsleep 300\n")
        await sees(podtui, row(podtui, second, JobState.RUNNING))
        await podtui.jobs.cancel(second)
        await podtui.jobs.cancel(first)
        ended = await sees(podtui, row(podtui, second, JobState.CANCELLED))
        assert ended.reason.startswith("User request cancel")
        assert (await podtui.jobs.job(first)).state is JobState.COMPLETED


async def test_a_refused_queue_leaves_nothing(kotta: Running, tmp_path: Path) -> None:
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        with pytest.raises(Refused, match="Nope"):
            await submitted(podtui, tmp_path, "#SBATCH -t 5 -p Nope\ntrue\n")
        assert podtui.staging.jobs == ()
        (phantom,) = (await podtui.jobs.fetch("cloud")).jobs
        assert phantom.state is JobState.CANCELLED


async def test_a_refused_login_asks_for_a_new_one(kotta: Running, tmp_path: Path) -> None:
    old = "https://kotta.example/handle_login?access_token=Atza%7Cended"
    async with at_work(session(kotta, tmp_path / "home", old, Somebody())) as podtui:
        status = podtui.clusters.status("cloud")
        assert status.link is LinkState.ONLINE
        assert status.token_expires is not None
        left = status.token_expires - datetime.now(UTC)
        assert timedelta(minutes=59) < left <= timedelta(hours=1)
        kotta.cloud.people.pop("Atza|good1")
        podtui.jobs.refresh()
        await sees(podtui, lambda: podtui.clusters.status("cloud").link is LinkState.LOGIN or None)
    async with session(kotta, tmp_path / "other", old, Somebody()) as podtui:
        with pytest.raises(LoginRequired) as told:
            await podtui.clusters.connect("cloud")
        assert "Atza" not in f"{told.value} {told.value.hint}"
        assert podtui.clusters.status("cloud").link is LinkState.LOGIN


async def test_the_service_goes_away_and_comes_back(kotta: Running, tmp_path: Path) -> None:
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        key = await submitted(podtui, tmp_path, "#SBATCH -t 5\ntrue\n")
        await sees(podtui, row(podtui, key, JobState.COMPLETED))
        await kotta.go_away()
        podtui.jobs.refresh()
        await sees(podtui, lambda: podtui.jobs.latest[0].stale or None)
        assert row(podtui, key, JobState.COMPLETED)() is not None  # the rows stay, dated
        with pytest.raises(Unreachable):
            await podtui.jobs.job(key)
        await kotta.come_back()
        podtui.jobs.refresh()
        await sees(podtui, lambda: True if not podtui.jobs.latest[0].stale else None)
        assert (await podtui.jobs.job(key)).state is JobState.COMPLETED


async def test_a_file_is_sent_from_the_files_pane(kotta: Running, tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(b"x" * 3_000_000)
    async with at_work(session(kotta, tmp_path / "home")) as podtui:
        upload = Transfer("t", "cloud", Direction.UPLOAD, str(tmp_path / "in.dat"), "/inputs/")
        done = await podtui.transfers.carry(upload)
        assert (done.state, done.bytes_done) == (TransferState.DONE, 3_000_000)
        (entry,) = await podtui.files.folder("cloud", "/inputs")
        assert (entry.name, entry.size) == ("in.dat", 3_000_000)
        with pytest.raises(NotFound):
            await podtui.files.folder("cloud", "/jobs/nope")
    (kept,) = kotta.cloud.store.kept.values()
    assert hashlib.sha256(kept).digest() == hashlib.sha256(b"x" * 3_000_000).digest()
