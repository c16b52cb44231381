"""Moments in which a key does something that it does in none of the scenes of the looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.widgets import Input

from podtui.domain.bookmarks import FileViews
from podtui.domain.file_look import FILE_FIELDS
from podtui.domain.job import JobState, ScriptDialect
from podtui.domain.job_changes import JobChange, Target
from podtui.domain.job_table import JobRow
from podtui.domain.job_views import ColumnChoice, JobLook, JobViews
from podtui.domain.key import LocalKey
from podtui.domain.node import Controller
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.tui.keymap import bound_keys
from podtui.tui.keyring import Keyring
from podtui.tui.panes.clusters import ClustersPane
from podtui.tui.panes.files import FilesPane
from podtui.tui.panes.jobs import JobsPane
from podtui.tui.panes.keys import KeysPane
from podtui.tui.screens.choice import Choice, ChoiceScreen
from podtui.tui.screens.file_columns import FileColumnsScreen
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.job_columns import ColumnsScreen
from podtui.tui.screens.job_question import JobQuestion
from podtui.tui.screens.pick import PickFile
from podtui.tui.screens.press_key import PressKeyScreen
from podtui.tui.screens.preview import PreviewScreen
from podtui.tui.screens.settings import SettingsScreen
from podtui.tui.screens.submit import SubmitScreen
from podtui.tui.screens.submit_form import Draft
from podtui.tui.widgets.file_list import FileList
from podtui.tui.widgets.key_bindings_table import KeyBindingsTable
from podtui.tui.widgets.pair_list import PairList
from podtui.tui.widgets.transfer_list import TransferList

from .conftest import job_table
from .fake_session import HOME, NOW
from .scenes.clusters import clusters_pane
from .scenes.files import files_pane
from .scenes.jobs import jobs_pane
from .scenes.stage import Scenes, Stage
from .scenes.world import key_of, ssh_folder
from .settings_file import FILE, go_to_group

SCENES = Scenes()


@SCENES.shows(ColumnsScreen, "changed")
async def columns_changed(stage: Stage) -> None:
    """Columns of one's own, the cursor on the second, which is wide."""
    chosen = (ColumnChoice("id"), ColumnChoice("name", 30), ColumnChoice("state"))
    await stage.push(ColumnsScreen(JobViews(look=replace(JobLook(), columns=chosen))))
    await stage.pilot.press("down")


@SCENES.shows(FileColumnsScreen, "below")
async def file_columns_below(stage: Stage) -> None:
    """On a column that can go."""
    await stage.push(FileColumnsScreen(FileViews()))
    await stage.pilot.press(*["down"] * (len(FILE_FIELDS) - 1))


@SCENES.shows(ChoiceScreen, "tick")
async def choice_with_a_box(stage: Stage) -> None:
    """A question that may be answered for all."""
    await stage.push(ChoiceScreen("Which", "", (Choice("a", "First"),), tick="for all"))


@SCENES.shows(PressKeyScreen, "free")
async def press_a_free_key(stage: Stage) -> None:
    """A key that can be had."""
    bound = next(one for one in bound_keys() if one.id == "jobs.cancel")
    await stage.push(PressKeyScreen(bound, "c", lambda _: ""))
    await stage.pilot.press("f9")


@SCENES.shows(PreviewScreen, "large")
async def preview_large(stage: Stage) -> None:
    """The second part of a file of several."""
    lines = b"".join(b"%0999d\n" % number for number in range(600))
    stage.backend.files.files[f"{HOME}/large.txt"] = lines
    await stage.push(PreviewScreen("pod", f"{HOME}/large.txt"))
    await stage.sees("bytes 0 to")
    await stage.pilot.press("right_square_bracket")
    await stage.until(lambda: "bytes 0 to" not in stage.text)


@SCENES.shows(PickFile, "file")
async def pick_a_file(stage: Stage) -> None:
    """On a file that can be taken."""
    folder = Path("picked")
    folder.mkdir(exist_ok=True)
    (folder / "one.txt").touch()
    await stage.push(PickFile(folder, folders=True))
    await stage.sees("one.txt")
    await stage.pilot.press("down")


@SCENES.shows(SettingsScreen, "changed")
async def settings_changed(stage: Stage) -> None:
    """A setting that has been changed and not been saved."""
    await stage.push(SettingsScreen(Path("config.toml"), ()))
    await stage.sees("default_cluster")
    await stage.pilot.press("enter")
    await stage.until(lambda: isinstance(stage.app.focused, Input), "the first field")
    await stage.pilot.press("7")
    await stage.sees("not saved")


@SCENES.shows(SettingsScreen, "cluster")
async def settings_of_a_cluster(stage: Stage) -> None:
    """The page of a cluster that stands in the file."""
    file = stage.app._paths.config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(FILE, encoding="utf-8")
    file.chmod(0o600)
    await stage.push(SettingsScreen(file, (), "pod"))
    await stage.sees("auth_url")


@SCENES.shows(SettingsScreen, "keys")
async def settings_of_keys(stage: Stage) -> None:
    """The page of one's own keys, the cursor among them."""
    screen = SettingsScreen(Path("config.toml"), ())
    await stage.push(screen)
    await stage.sees("default_cluster")
    await go_to_group(stage.pilot, screen, "Keys")
    await stage.pilot.press("enter")
    await stage.until(lambda: isinstance(stage.app.focused, KeyBindingsTable))


@SCENES.shows(ClustersPane, "controllers")
async def another_controller(stage: Stage) -> None:
    """A controller under the cursor that no cluster uses yet."""
    await clusters_pane(stage)
    (status,) = stage.app.statuses
    further = Controller("2", "MT2", True, "http://127.0.0.1:3", "http://127.0.0.1:4")
    stage.app.statuses = (replace(status, controllers=(further,)),)
    await stage.until(lambda: stage.app.query_one(ClustersPane).controller is further)


@SCENES.shows(KeysPane, "only here")
async def key_only_here(stage: Stage) -> None:
    """A key that is not on the cluster yet."""
    await stage.pane("keys")
    await stage.until(lambda: stage.app.keyring.read, "the keys")
    await stage.rest()
    key = LocalKey(ssh_folder() / "id_ed25519", key_of("E", "x", stage.say), 256, encrypted=False)
    stage.app.keyring = Keyring((key,), (), read=True)


@SCENES.shows(SubmitScreen, "from windows")
async def submit_from_windows(stage: Stage) -> None:
    """A script with line ends no shell reads, and a file that goes with it."""
    script = b"#!/bin/bash\r\n#PBS -N count\r\ntrue\r\n"
    pairs = (StagePair("in.dat", "in.dat"),)
    draft = Draft("count.sh", script, script, ScriptDialect.TORQUE, pairs)
    screen = SubmitScreen(stage.app.config.clusters, "pod", draft)
    await stage.push(screen)
    await stage.until(lambda: screen.query_one("#stage-in", PairList).pairs, "the pair")


@SCENES.shows(FilesPane, "on a file")
async def on_a_file(stage: Stage) -> None:
    """The cursor on a file; the second transfer under that of their list."""
    await files_pane(stage)
    files = stage.app.query_one("#left", FileList)
    files.focus()
    files.stand_on("job.sh")
    stage.app.query_one(TransferList).cursor = 2


@SCENES.shows(JobsPane, "staging failed")
async def staging_failed(stage: Stage) -> None:
    """A job whose files could not be fetched."""
    await jobs_pane(stage)
    row = stage.app.rows[0]
    staged = StagedJob("t0k", "pod", "a.sh", b"", ScriptDialect.TORQUE, NOW, job_id=row.job.id)
    staged = replace(staged, phase=StagedPhase.FAILED, failed_in=StagedPhase.STAGING_OUT)
    stage.app.rows = (JobRow(row.job, staged), *stage.app.rows[1:])
    job_table(stage.app).stand_on(row.job.key)


@SCENES.shows(JobScreen, "waits")
async def job_that_waits(stage: Stage) -> None:
    """A job that can be held."""
    await _job_in(stage, JobState.QUEUED)


@SCENES.shows(JobScreen, "held")
async def job_that_is_held(stage: Stage) -> None:
    """A job that can be released."""
    await _job_in(stage, JobState.HELD)


@SCENES.shows(JobScreen, "finding")
async def words_to_find(stage: Stage) -> None:
    """Words are typed."""
    await _job_in(stage, JobState.QUEUED)
    await stage.pilot.press("slash", "x")


async def _job_in(stage: Stage, state: JobState) -> None:
    row = next(one for one in stage.app.rows if one.job.state is state)
    await stage.push(JobScreen(row))
    await stage.sees(row.job.id, "Name")


@SCENES.shows(JobQuestion, "many")
async def question_about_many(stage: Stage) -> None:
    """More jobs than a small terminal lists at once; the last of the scenes, for its size."""
    await stage.pilot.resize_terminal(80, 24)
    targets = tuple(Target(row) for row in stage.app.rows) * 9
    await stage.push(JobQuestion(JobChange.CANCEL, targets, ()))
    await stage.pilot.press("pagedown")
