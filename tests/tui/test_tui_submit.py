"""The form for a new job: checked before it is sent, kept as typed when it is refused."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from podtui.domain.job import JobState, ScriptDialect
from podtui.domain.staging import StagePair
from podtui.errors import Refused, Unreachable
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.pick import PickFile
from podtui.tui.screens.submit import SubmitScreen
from podtui.tui.widgets.keyed_table import KeyedTable
from podtui.tui.widgets.pair_list import PairList

from .conftest import screen_text, see_jobs, toasts, until
from .fake_session import HOME, FakeBackend

SCRIPT = "#!/bin/bash\n#PBS -N count\n#PBS -q M40\n#PBS -l nodes=1:ppn=12\necho hello\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A TORQUE script."""
    path = tmp_path / "count.sh"
    path.write_text(SCRIPT)
    return path


async def _open(pilot: Pilot[None], app: PodtuiApp, script: str = "") -> SubmitScreen:
    await until(pilot, lambda: "No jobs. Press n" in screen_text(app))
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, SubmitScreen) and app.screen.is_mounted)
    await pilot.pause()
    screen = app.screen
    assert isinstance(screen, SubmitScreen)
    screen.query_one("#script", Input).value = script
    if script:
        await until(pilot, lambda: screen._content is not None or screen._trouble)
    return screen


async def test_a_job_is_submitted_from_the_keyboard(
    app: PodtuiApp, backend: FakeBackend, script: Path
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _open(pilot, app, str(script))
        await until(pilot, lambda: "#PBS -q M40" in screen_text(app))
        assert "nodes=1:ppn=12" in screen_text(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "count is job 22790.pod on pod" in toasts(app))
        await see_jobs(pilot, "22790.pod")
        assert len(app.screen_stack) == 1
    (sent,) = backend.jobs.submitted
    assert (sent.filename, sent.dialect, sent.hold, sent.overwrite) == (
        "count.sh", ScriptDialect.TORQUE, False, True
    )  # fmt: skip


async def test_what_the_scheduler_warns_of_is_told_and_stays_with_the_job(
    app: PodtuiApp, backend: FakeBackend, script: Path
) -> None:
    backend.jobs.warnings = ["sbatch: warning: only 3 nodes [/up]"]
    async with app.run_test(size=(120, 40)) as pilot:
        await _open(pilot, app, str(script))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "sbatch: warning: only 3 nodes [/up]" in toasts(app))
        await see_jobs(pilot, "22790.pod")
        app.clear_notifications()
        await pilot.press("enter")
        await until(pilot, lambda: "only 3 nodes [/up]" in screen_text(app))


async def test_options_and_mouse(app: PodtuiApp, backend: FakeBackend, script: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        assert await pilot.click("#hold")
        assert await pilot.click("#overwrite")
        await until(pilot, lambda: "[✓] hold it" in screen_text(app).replace("▐", "["))
        screen.query_one("#hash", Select).value = "md5"
        assert await pilot.click("#submit")
        await until(pilot, lambda: backend.jobs.submitted)
    (sent,) = backend.jobs.submitted
    assert (sent.hold, sent.overwrite, sent.hash_algo) == (True, False, "md5")


async def test_files_travel_with_the_job(
    app: PodtuiApp, backend: FakeBackend, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_bytes(b"input")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        ins = screen.query_one("#stage-in", PairList)
        ins.field.focus()
        ins.field.value = f"{tmp_path}/in.txt:~/in.txt"
        await pilot.press("enter")
        await until(pilot, lambda: ins.pairs == (StagePair(f"{tmp_path}/in.txt", "~/in.txt"),))
        outs = screen.query_one("#stage-out", PairList)
        outs.field.value = f"~/out.txt:{tmp_path}/out.txt"  # typed, not added: taken all the same
        await pilot.press("ctrl+s")
        await see_jobs(pilot, "22790.pod")
        await until(pilot, lambda: backend.jobs.jobs["22790.pod"].state is JobState.QUEUED)
        assert backend.files.files[f"{HOME}/in.txt"] == b"input"
        backend.files.files[f"{HOME}/out.txt"] = b"output"
        backend.jobs.change("22790.pod", state=JobState.COMPLETED, exit_status=0)
        await until(pilot, lambda: screen_text(app).count("✓ done") == 2)
    assert (tmp_path / "out.txt").read_bytes() == b"output"


async def test_a_pair_can_be_taken_off(app: PodtuiApp, script: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        pairs = screen.query_one("#stage-out", PairList)
        for typed in ("~/a", "~/b"):
            pairs.field.focus()
            pairs.field.value = typed
            await pilot.press("enter")
        await until(pilot, lambda: len(pairs.pairs) == 2)
        table = pairs.query_one(KeyedTable)
        table.focus()
        await pilot.pause()
        await pilot.press("delete")
        await until(pilot, lambda: [pair.remote for pair in pairs.pairs] == ["~/b"])


async def test_a_pair_that_is_none_is_told(app: PodtuiApp, script: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        pairs = screen.query_one("#stage-in", PairList)
        pairs.field.focus()
        pairs.field.value = ":x"
        await pilot.press("enter")
        await until(pilot, lambda: "is not a stage-in pair" in screen_text(app))
        assert pairs.field.value == ":x"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"#PBS -N x\n#$ -N x\n#SBATCH -J x\n\x00", "is not a job script"),
        (b"", "is empty"),
        (b"#PBS -N x\n\x00", "is not a job script"),
    ],
)
async def test_what_is_wrong_is_told_before_anything_is_sent(
    app: PodtuiApp, backend: FakeBackend, tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "bad.sh").write_bytes(content)
    async with app.run_test(size=(120, 40)) as pilot:
        await _open(pilot, app, str(tmp_path / "bad.sh"))
        await until(pilot, lambda: told in screen_text(app))
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, SubmitScreen)
    assert not backend.jobs.submitted


async def test_a_missing_script_is_told(app: PodtuiApp, tmp_path: Path) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _open(pilot, app, str(tmp_path / "none.sh"))
        await until(pilot, lambda: "No such file or directory" in screen_text(app))


async def test_the_scheduler_is_guessed(app: PodtuiApp, tmp_path: Path) -> None:
    (tmp_path / "sge.sh").write_text("#!/bin/sh\n#$ -N x\n")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(tmp_path / "sge.sh"))
        assert screen.query_one("#sched", Select).value is ScriptDialect.SGE


async def test_a_refusal_keeps_everything_typed(
    app: PodtuiApp, backend: FakeBackend, script: Path
) -> None:
    backend.jobs.refusal = Refused("Unknown queue [M40].", hint="Queues here: FREE.")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(script))
        screen.query_one("#stage-out", PairList).field.value = "~/x"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✗ Refused: Unknown queue [M40]." in screen_text(app))
        assert app.screen is screen
        assert not toasts(app)  # told once, where it is read
        assert app.errors.last[0].reason == "Unknown queue [M40]."
        assert screen.query_one("#script", Input).value == str(script)
        assert [p.remote for p in screen.query_one("#stage-out", PairList).pairs] == ["~/x"]
        backend.jobs.refusal = None
        await pilot.press("ctrl+s")
        await see_jobs(pilot, "22790.pod")


async def test_a_lost_link_is_not_a_refusal(
    app: PodtuiApp, backend: FakeBackend, script: Path
) -> None:
    """The journal has the job: staying in the form would invite a second submission."""
    async with app.run_test(size=(120, 40)) as pilot:
        await _open(pilot, app, str(script))
        backend.error = Unreachable("No route.")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        backend.error = None
        await see_jobs(pilot, "22790.pod")
    assert len(backend.jobs.submitted) == 1


async def test_a_file_is_picked(app: PodtuiApp, script: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "in.dat").write_bytes(b"1")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app, str(tmp_path / "none"))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, PickFile))
        table = app.screen.query_one(KeyedTable)
        await until(pilot, lambda: "count.sh" in table.keys)
        table.stand_on("folder")
        await pilot.press("enter")
        await until(pilot, lambda: "in.dat" in table.keys)
        await pilot.press("backspace")
        await until(pilot, lambda: table.cursor_key == "folder")
        table.stand_on("count.sh")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.query_one("#script", Input).value == str(script)
        screen.query_one("#stage-in", PairList).field.focus()
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, PickFile))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_a_script_that_is_still_being_read_is_sent_when_it_is_here(
    app: PodtuiApp, backend: FakeBackend, tmp_path: Path
) -> None:
    slow = tmp_path / "slow.sh"
    os.mkfifo(slow)  # whoever reads it waits until somebody writes
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app)
        screen.query_one("#script", Input).value = str(slow)
        try:
            await pilot.press("ctrl+s")
            await until(pilot, lambda: "it is sent as soon as it is." in screen_text(app))
            assert not backend.jobs.submitted
        finally:
            await asyncio.to_thread(slow.write_text, SCRIPT)
        await until(pilot, lambda: backend.jobs.submitted)
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_why_nothing_was_sent_stays_when_the_cluster_has_told_what_it_reads(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Type the path of the job script" in screen_text(app))
        screen._told("pod", backend.jobs.dialects)
        await pilot.pause()
        assert "Type the path of the job script" in screen_text(app)
