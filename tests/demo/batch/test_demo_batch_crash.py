"""The pod may die at any moment: no job is lost, none runs twice."""

import asyncio
import collections
import os
import random
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

POD = Path(__file__).with_name("pod_process.py")


async def start_pod(folder: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(POD), str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    return process


async def kill(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.communicate()


def states(folder: Path) -> collections.Counter[str]:
    """Count the jobs' states, read from the engine's own file by another hand."""
    connection = sqlite3.connect(f"file:{folder}/engine/jobs.sqlite?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT json_extract(document, '$.state') FROM jobs").fetchall()
    finally:
        connection.close()
    return collections.Counter(state for (state,) in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "in").mkdir()
    return tmp_path


async def test_jobs_run_exactly_once_while_the_pod_is_killed_again_and_again(folder):
    amount = 60
    for number in range(amount):
        script = folder / "in" / f"{number:03d}.sh"
        pause = random.uniform(0.1, 0.3)
        script.write_text(f"#PBS -N j{number}\necho {number} >> log\nsleep {pause:.2f}\nexit 5\n")
    log = folder / "home" / "log"
    kills = 0
    async with asyncio.timeout(90):
        while True:
            process = await start_pod(folder)
            try:
                async with asyncio.timeout(random.uniform(0.02, 0.4) if kills < 12 else 60):
                    while any((folder / "in").iterdir()) or set(states(folder)) - {"C"}:
                        await asyncio.sleep(0.02)
                break
            except TimeoutError:
                kills += 1
            finally:
                await kill(process)
    assert kills >= 5
    seen = collections.Counter(log.read_text().split())
    # A script may be submitted twice: the pod died between taking it and removing its file.
    submitted = sum(states(folder).values())
    assert set(seen) == {str(number) for number in range(amount)}
    assert sum(seen.values()) == submitted
    connection = sqlite3.connect(folder / "engine" / "jobs.sqlite")
    codes = connection.execute(
        "SELECT DISTINCT json_extract(document, '$.exit_status') FROM jobs"
    ).fetchall()
    connection.close()
    assert codes == [(5,)]


async def test_a_running_job_goes_on_without_the_pod_and_its_end_is_told(bench):
    job_id = await bench.submit("while [ ! -e go ]; do sleep 0.01; done\nexit 6\n")
    before = await bench.running(job_id)
    await bench.engine.close()
    (bench.home / "go").touch()
    folder = bench.folder / "engine" / "spool" / "22783"
    await bench.until((folder / "result").exists)
    bench.engine = bench.make_engine()
    await bench.engine.start()
    job = await bench.ended(job_id)
    assert job.exit_status == 6
    assert job.session_id == before.session_id
    assert not folder.exists()


async def test_a_job_whose_runner_was_killed_is_lost_and_its_script_ended(bench):
    job_id = await bench.submit("echo once >> log\nsleep 60\n")
    job = await bench.running(job_id)
    await bench.until((bench.home / "log").exists)
    claim = bench.folder / "engine" / "spool" / "22783" / "claim"
    os.kill(int(claim.read_text()), signal.SIGKILL)
    await bench.ended(job_id)
    assert bench.job(job_id).exit_status == -4
    assert "lost" in str(bench.job(job_id).comment)
    await bench.restart()
    assert bench.job(job_id).state == "C"
    assert bench.text("log") == "once\n"
    assert job.session_id is not None
    await bench.until(lambda: not bench.is_alive(job.session_id))


async def test_a_launch_that_never_came_about_is_made_up_for(bench, monkeypatch):
    """The pod dies after it wrote that it starts the job and before it started the runner."""

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr("podtui.demo.batch.spool.Spool.launch", nothing)
    job_id = await bench.submit("echo once >> log\n")
    await bench.until(lambda: bench.job(job_id).state == "R")
    monkeypatch.undo()
    await bench.restart()
    assert (await bench.ended(job_id)).exit_status == 0
    assert bench.text("log") == "once\n"


async def test_a_second_launch_of_the_same_job_does_nothing(bench):
    job_id = await bench.submit("echo once >> log\nwhile [ ! -e go ]; do sleep 0.01; done\n")
    job = await bench.running(job_id)
    await bench.engine._spool.launch(job, bench.home)
    (bench.home / "go").touch()
    await bench.ended(job_id)
    assert bench.text("log") == "once\n"


async def test_a_deletion_that_the_pod_did_not_survive_is_carried_out(bench, monkeypatch):
    job_id = await bench.submit("sleep 60\n")
    await bench.running(job_id)
    monkeypatch.setattr("podtui.demo.batch.spool.Spool.ask_to_end", lambda *_: None)
    await bench.engine.delete(job_id)
    assert bench.job(job_id).state == "E"
    monkeypatch.undo()
    await bench.restart()
    assert (await bench.ended(job_id)).exit_status == 271


async def test_everything_is_there_again_after_a_restart(bench):
    script = "#PBS -t 1-3%2\n#PBS -v A=1\n#PBS -W depend=afterany:22783.pod\nexit 0\n"
    held = await bench.submit("exit 0\n", "-h", "-l", "nodes=1:ppn=2")
    array = await bench.submit(script)
    done = await bench.submit("exit 9\n")
    await bench.ended(done)
    before = [job.attributes() for job in bench.engine.jobs()]
    await bench.restart()
    assert [job.attributes() for job in bench.engine.jobs()] == before
    await bench.engine.release(held)
    assert (await bench.ended(array)).exit_status == 0
    assert await bench.submit("true\n") == "22786.pod"


async def test_two_engines_do_not_share_a_folder(bench):
    with pytest.raises(RuntimeError, match="another engine"):
        await bench.make_engine().start()


async def test_a_folder_left_behind_is_swept(bench):
    await bench.engine.close()
    stray = bench.folder / "engine" / "spool" / "1-7"
    stray.mkdir()
    (stray / "order").touch()
    bench.engine = bench.make_engine()
    await bench.engine.start()
    await bench.until(lambda: not stray.exists())


async def test_state_is_closed_to_others(bench):
    await bench.ended(await bench.submit("true\n"))
    await bench.submit("true\n", "-h")
    for path in (bench.folder / "engine").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (bench.folder / "engine").stat().st_mode & 0o077 == 0


def test_the_runner_and_the_client_need_nothing_installed():
    assert shutil.which("env")  # they start with -I -S: only the standard library is there
    from podtui.demo.batch import runner
    from podtui.demo.batch.tools import client

    for module in (runner, client):
        source = Path(module.__file__).read_text()
        assert "import podtui" not in source
        assert "from podtui" not in source
