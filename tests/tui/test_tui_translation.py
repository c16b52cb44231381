"""A script for another scheduler than the cluster's: told, shown translated, and sent so."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from podtui.domain.job import ScriptDialect
from podtui.paths import Paths
from podtui.tui.screens.submit import SubmitScreen
from podtui.tui.screens.translation import TranslationScreen, translation_to

from .conftest import make_app, screen_text, see_jobs, toasts, until
from .fake_session import FakeBackend

SCRIPT = """#!/bin/bash
#PBS -N count
#PBS -q M40
#PBS -l nodes=2:ppn=12,walltime=01:00:00
#PBS -W umask=027
echo [hello]
"""
SLURM = """#!/bin/bash
#SBATCH -J count -p fast --partition=long
#SBATCH --nodes=2 -t 1:00:00
#SBATCH --gres=gpu:2
echo hello
"""


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """A cluster that reads Slurm's scripts alone."""
    backend.jobs.dialects = (ScriptDialect.SLURM,)
    return backend


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A TORQUE script, one of whose wishes Slurm does not know."""
    path = tmp_path / "count.sh"
    path.write_text(SCRIPT)
    return path


async def _open(pilot: Pilot[None], script: Path) -> SubmitScreen:
    app = pilot.app
    await until(pilot, lambda: "No jobs. Press n" in screen_text(app))  # type: ignore[arg-type]
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, SubmitScreen) and app.screen.is_mounted)
    screen = app.screen
    assert isinstance(screen, SubmitScreen)
    sched = screen.query_one("#sched", Select)
    await until(pilot, lambda: sched.value is ScriptDialect.SLURM)
    screen.query_one("#script", Input).value = str(script)
    await until(pilot, lambda: "^t shows it translated" in screen_text(app))  # type: ignore[arg-type]
    return screen


async def test_a_foreign_script_is_shown_and_sent_translated(
    paths: Paths, backend: FakeBackend, script: Path
) -> None:
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, script)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TranslationScreen))
        await until(pilot, lambda: "-#PBS -q M40" in screen_text(app))
        text = screen_text(app)
        assert "count.sh: TORQUE → Slurm" in text
        assert "+#SBATCH" in text
        assert "umask" in text
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert not backend.jobs.submitted
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TranslationScreen))
        await until(pilot, lambda: "Submit it so [y]" in screen_text(app))
        assert await pilot.click("#yes")
        await see_jobs(pilot, "22790.pod")
    (sent,) = backend.jobs.submitted
    assert (sent.filename, sent.dialect) == ("count.sh", ScriptDialect.SLURM)
    found = translation_to(SCRIPT.encode(), ScriptDialect.SLURM)
    assert found is not None
    wanted = [line for line in found.script.splitlines() if line]
    assert [line for line in wanted if line.encode() not in sent.content] == []
    assert script.read_text() == SCRIPT


async def test_a_translation_is_taken_for_the_preview_and_forgotten_with_its_script(
    paths: Paths, backend: FakeBackend, script: Path, tmp_path: Path
) -> None:
    (tmp_path / "slurm.sh").write_text(SLURM)
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, script)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, TranslationScreen))
        await pilot.press("y")
        await until(pilot, lambda: app.screen is screen and "#SBATCH" in screen_text(app))
        assert "^t shows it translated" not in screen_text(app)
        screen.query_one("#script", Input).value = str(tmp_path / "slurm.sh")
        await until(pilot, lambda: "--gres=gpu:2" in screen_text(app))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "nothing to translate" in toasts(app))
        await pilot.press("ctrl+s")
        await see_jobs(pilot, "22790.pod")
    assert b"--gres=gpu:2" in backend.jobs.submitted[0].content


async def test_only_what_the_cluster_reads_is_offered(
    paths: Paths, backend: FakeBackend, script: Path
) -> None:
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await _open(pilot, script)
        options = screen.query_one("#sched", Select)._options
        assert [value for _, value in options] == [ScriptDialect.SLURM]
