"""The jobs that were, on a screen of their own; the course and the usage of one."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.config.model import SshConfig, SshOptions
from podtui.domain.history import SeenState
from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.job_table import JobRow
from podtui.services.shells import remote_command
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.history import HistoryScreen, PastJobList
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.job_course import (
    course_text,
    sampled,
    spark,
    usage_text,
    why_waiting,
)

from .conftest import screen_text, until
from .fake_session import NOW, FakeBackend

KEY = JobKey("pod", "1.pod")
HOUR = timedelta(hours=1)


class _Colours(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "white"


COLOURS = _Colours()


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """Two jobs."""
    backend.jobs.add("1.pod", JobState.RUNNING, "relax[/x]", submitted=NOW, started=NOW)
    backend.jobs.add("2.pod", JobState.FAILED, "blast", exit_status=2, submitted=NOW, ended=NOW)
    return backend


async def _history(pilot: Pilot[None], app: PodtuiApp) -> PastJobList:
    await until(pilot, lambda: len(app.rows) == 2)
    await until(pilot, lambda: app.query("#keys Pane"))
    await pilot.press("H")
    await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
    await until(pilot, lambda: "History: 2 jobs" in screen_text(app))
    return app.screen.query_one(PastJobList)


async def test_a_job_the_cluster_has_forgotten(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        lines = await _history(pilot, app)
        del backend.jobs.jobs["1.pod"]
        await until(pilot, lambda: any(p.job.state is JobState.UNKNOWN for p in lines.lines))
        await pilot.press("slash", *"relax")
        await until(pilot, lambda: "History: 1 job with relax" in screen_text(app))
        assert "relax[/x]" in screen_text(app)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, JobScreen))
        await until(pilot, lambda: "podtui's history has not" in screen_text(app))
        await pilot.press("6")
        await until(pilot, lambda: "▶ started" in screen_text(app))
        assert "? unknown" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "History: 2 jobs" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_words_nobody_has(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _history(pilot, app)
        await pilot.press("slash", *"nowhere")
        await until(pilot, lambda: "No job has all of these words." in screen_text(app))


def test_the_course_tells_how_long_each_state_lasted() -> None:
    job = Job(KEY, JobState.RUNNING, submitted=NOW, started=NOW + HOUR)
    seen = (SeenState(NOW + HOUR / 2, JobState.HELD), SeenState(NOW + HOUR, JobState.RUNNING))
    lines = course_text(job, None, seen, NOW + 3 * HOUR, COLOURS).plain.splitlines()
    assert [line[20:] for line in lines[:3]] == [
        "· submitted  for 30m00",
        "‖ held*  for 30m00",
        "▶ started  for 2h00",
    ]


def test_usage_is_told_only_where_it_was_measured() -> None:
    assert "tells no numbers" in usage_text(Job(KEY, JobState.COMPLETED), (), COLOURS).plain
    assert "not begun" in usage_text(Job(KEY, JobState.QUEUED), (), COLOURS).plain
    samples: tuple[object, ...] = ()
    for minute in range(1, 6):
        job = Job(
            KEY,
            JobState.RUNNING,
            cores=4,
            attributes=(
                ("resources_used.walltime", f"00:{minute:02}:00"),
                ("resources_used.cput", f"00:{2 * minute:02}:00"),
                ("resources_used.mem", f"{minute}gb"),
                ("Resource_List.mem", "8gb"),
            ),
        )
        samples = sampled(samples, job, NOW + timedelta(minutes=minute))  # type: ignore[arg-type]
        assert sampled(samples, job, NOW) is samples  # type: ignore[arg-type]
    text = usage_text(job, samples, COLOURS).plain  # type: ignore[arg-type]
    assert "2.0 of 4 busy on average" in text
    assert "▅▅▅▅  now 2.0 busy" in text
    assert "▂▃▄▅▅  now 5 GB" in text
    assert "samples of the last 4m00" in text
    assert spark([0, 1], 0) == "▁▁"


def test_why_a_job_waits_in_plain_words() -> None:
    def told(state: JobState, **facts: object) -> tuple[str, ...]:
        job = Job(KEY, state, **facts)  # type: ignore[arg-type]
        return why_waiting(JobRow(job), job, NOW)

    assert told(JobState.RUNNING) == ()
    assert told(JobState.QUEUED) == ("The scheduler has not said why it waits.",)
    assert told(JobState.HELD) == ("It is held: r lets it start.",)
    words = told(JobState.QUEUED, reason="Waits for\x1b cores.", expected_start=NOW + HOUR)
    assert words[0] == "Waits for␛ cores."
    assert words[1] == "The scheduler expects to start it about 13:00:00; that may change."


def test_a_shell_in_a_job_goes_through_the_login_node() -> None:
    config = SshConfig(
        "lab",
        user="ann",
        host="-oProxyCommand=x",
        port=2222,
        environment=(("PATH", "/opt/my slurm/bin:/bin"),),
        ssh=SshOptions(Path("/keys/id"), Path("/keys/known hosts"), "strict"),
    )
    command = remote_command(config, ["srun", "--jobid=7;reboot", "--pty", "/bin/bash"])
    assert command[:4] == ["ssh", "-t", "-p", "2222"]
    assert command[-3:-1] == ["--", "-oProxyCommand=x"]
    assert 'UserKnownHostsFile="/keys/known hosts"' in command
    inner = "exec env 'PATH=/opt/my slurm/bin:/bin' srun '--jobid=7;reboot' --pty /bin/bash"
    assert shlex.split(command[-1]) == ["/bin/sh", "-lc", inner]
