"""The Jobs pane in its states, and the screens it leads to."""

from __future__ import annotations

from dataclasses import replace

from podtui.domain.cluster import LinkState
from podtui.domain.job import Job, JobKey, JobState, Scope, ScriptDialect
from podtui.domain.job_changes import Ending, JobChange, JobRun, Outcome, Target
from podtui.domain.job_table import ClusterJobs, JobRow
from podtui.domain.job_views import JobViews
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.domain.translate.script import translate
from podtui.errors import Unreachable
from podtui.tui.panes.jobs import JobsPane
from podtui.tui.screens.history import HistoryScreen
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.job_columns import ColumnsScreen
from podtui.tui.screens.job_order import OrderScreen
from podtui.tui.screens.job_question import JobQuestion
from podtui.tui.screens.job_results import JobResultsScreen
from podtui.tui.screens.job_views import ViewsScreen
from podtui.tui.screens.scope import ScopeScreen
from podtui.tui.screens.submit import SubmitScreen
from podtui.tui.screens.submit_form import Draft
from podtui.tui.screens.translation import TranslationScreen

from ..conftest import job_table
from ..fake_session import HOME, NOW
from .stage import Scenes, Stage
from .world import HOUR

SCENES = Scenes()
SCRIPT = """#!/bin/bash
#PBS -N count
#PBS -q M40
#PBS -l nodes=2:ppn=12,walltime=01:00:00
#PBS -W umask=027
echo {}
"""
MANY = 2000  # jobs


def staged_row(phase: StagedPhase) -> JobRow:
    """A job with two files that travel before it and two after it, in `phase`."""
    pairs = (("in.dat", "~/run/in.dat"), ("params", "~/run/params"))
    results = (("out.dat", "~/run/out.dat"), ("log.txt", "~/run/log.txt"))
    job_state, before, after = _COURSE[phase]
    staged = StagedJob(
        *("t0ken", "pod", "count.sh", b"", ScriptDialect.TORQUE, NOW, "count"),
        stage_in=tuple(StagePair(f"{HOME}/work/{here}", there) for here, there in pairs),
        stage_out=tuple(StagePair(f"{HOME}/work/{here}", there) for here, there in results),
        phase=phase,
        job_id="" if phase is StagedPhase.NEW else "22790.pod",
        staged_in=before,
        staged_out=after,
    )
    if phase is StagedPhase.FAILED:
        staged = replace(staged, failed_in=StagedPhase.STAGING_OUT, title="Output missing",
                         error="Job 22790.pod ended (failed, exit status 2) without the file.",
                         hint="Look at the job's own output for the reason.")  # fmt: skip
    if phase is StagedPhase.CANCELLED:
        staged = replace(staged, failed_in=StagedPhase.STAGING_IN)
    job = Job(JobKey("pod", "22790.pod"), job_state, name="count",
              stage_in=staged.in_state, stage_out=staged.out_state)  # fmt: skip
    return JobRow(job, staged)


_COURSE = {
    StagedPhase.NEW: (JobState.UNKNOWN, 0, 0),
    StagedPhase.SUBMITTING: (JobState.UNKNOWN, 0, 0),
    StagedPhase.UNKNOWN: (JobState.UNKNOWN, 0, 0),
    StagedPhase.STAGING_IN: (JobState.HELD, 1, 0),
    StagedPhase.RELEASING: (JobState.HELD, 2, 0),
    StagedPhase.WATCHING: (JobState.RUNNING, 2, 0),
    StagedPhase.STAGING_OUT: (JobState.COMPLETED, 2, 1),
    StagedPhase.DONE: (JobState.COMPLETED, 2, 2),
    StagedPhase.FAILED: (JobState.FAILED, 2, 1),
    StagedPhase.CANCELLED: (JobState.CANCELLED, 1, 0),
}
"""How the job stands, and how many files have arrived before and after it."""


def staging_transfers() -> tuple[Transfer, ...]:
    """What moves for that job, each way."""
    both = (Direction.UPLOAD, Direction.DOWNLOAD)
    return tuple(
        Transfer(
            *(way.value, "pod", way, f"{HOME}/work/x", "~/run/x"),
            state=TransferState.RUNNING,
            bytes_done=45 << 20,
            bytes_total=100 << 20,
            rate=11.5e6,
            job="t0ken",
        )
        for way in both
    )


def _row(stage: Stage, job_id: str = "22784.pod") -> JobRow:
    return next(row for row in stage.app.rows if row.job.id == job_id)


@SCENES.shows(JobsPane)
async def jobs_pane(stage: Stage) -> None:
    """A job of each state, the running one under the cursor."""
    await stage.pane("jobs")
    table = job_table(stage.app)
    table.focus()
    table.stand_on(JobKey("pod", "22784.pod"))
    await stage.until(lambda: table.has_focus, "the table")


@SCENES.shows(JobsPane, "marked")
async def jobs_marked(stage: Stage) -> None:
    """Two of them marked."""
    await jobs_pane(stage)
    await stage.pilot.press("space", "space")
    await stage.sees("2 marked")


@SCENES.shows(JobsPane, "filtered")
async def jobs_filtered(stage: Stage) -> None:
    """Only those that are found."""
    await jobs_pane(stage)
    await stage.pilot.press("slash", *"state:held", "enter")
    await stage.sees("1 of 7 jobs found")
    await stage.until(lambda: job_table(stage.app).has_focus, "the table")


@SCENES.shows(JobScreen, "facts")
async def job_facts(stage: Stage) -> None:
    """What the cluster tells of a job."""
    await stage.push(JobScreen(_row(stage)))
    await stage.sees("22784.pod", "Name")
    await stage.rest()


@SCENES.shows(JobScreen, "output")
async def job_output(stage: Stage) -> None:
    """Its log, at the end."""
    await stage.push(JobScreen(_row(stage)))
    await stage.pilot.press("3")
    await stage.sees("end ", "100 %")


@SCENES.shows(JobScreen, "usage")
async def job_usage(stage: Stage) -> None:
    """What it has used."""
    await job_facts(stage)
    await stage.pilot.press("7")


@SCENES.shows(HistoryScreen)
async def history(stage: Stage) -> None:
    """The jobs that were."""
    await stage.pane("jobs")
    await stage.push(HistoryScreen())
    await stage.sees("History: 7 jobs")


@SCENES.shows(ScopeScreen)
async def scope(stage: Stage) -> None:
    """Whose jobs."""
    await stage.push(ScopeScreen(Scope()))


@SCENES.shows(ColumnsScreen)
async def columns(stage: Stage) -> None:
    """Which columns."""
    await stage.push(ColumnsScreen(JobViews()))


@SCENES.shows(OrderScreen)
async def order(stage: Stage) -> None:
    """By which column."""
    await stage.push(OrderScreen(JobViews()))


@SCENES.shows(ViewsScreen)
async def views(stage: Stage) -> None:
    """Named views."""
    kept = JobViews().kept(stage.say("my failures")).kept("nightly")
    await stage.push(ViewsScreen(kept))


@SCENES.shows(JobQuestion)
async def question(stage: Stage) -> None:
    """The one question before many are cancelled."""
    rows = stage.app.rows
    left_out = ((Target(rows[-1]), stage.say("It has ended.")),)
    targets = tuple(Target(row) for row in rows[:3])
    await stage.push(JobQuestion(JobChange.CANCEL, targets, left_out))


@SCENES.shows(JobResultsScreen)
async def results(stage: Stage) -> None:
    """How it went for each."""
    endings = (Ending.DONE, Ending.FAILED, Ending.UNKNOWN, Ending.NOT_TRIED, Ending.WAITING)
    stage.app.job_run = JobRun(
        JobChange.CANCEL,
        tuple(
            Outcome(Target(row), ending, stage.say("Not yours.") if row.job.id < "22785" else "")
            for row, ending in zip(stage.app.rows, endings, strict=False)
        ),
        ended=True,
    )
    await stage.push(JobResultsScreen())


@SCENES.shows(SubmitScreen)
async def submit(stage: Stage) -> None:
    """The form for a new job, with a script in it."""
    script = SCRIPT.format(stage.say("hello")).encode("utf-8", "surrogateescape")
    draft = Draft(
        *(stage.say("count.sh"), script, script.replace(b"M40", b"B30"), ScriptDialect.TORQUE),
        why=stage.say("22784.pod once more"),
    )
    await stage.push(SubmitScreen(stage.app.config.clusters, "pod", draft))
    await stage.sees("F5 There ✗")  # what is asked for comes last


@SCENES.shows(TranslationScreen)
async def translation(stage: Stage) -> None:
    """A script for another scheduler."""
    text = SCRIPT.format(stage.say("hello"))
    found = translate(text, ScriptDialect.TORQUE, ScriptDialect.SLURM)
    await stage.push(TranslationScreen(text, stage.say("count.sh"), found, "Take it"))


@SCENES.shows(JobsPane, "loading")
async def jobs_loading(stage: Stage) -> None:
    """No cluster has told anything yet."""
    await jobs_pane(stage)
    app = stage.app
    app.statuses = tuple(replace(one, link=LinkState.CONNECTING) for one in app.statuses)
    stage.app.answers = (ClusterJobs("pod"),)
    stage.app.rows = ()


@SCENES.shows(JobsPane, "error")
async def jobs_error(stage: Stage) -> None:
    """The cluster answers, and refuses to tell."""
    await jobs_pane(stage)
    stage.app.answers = (
        ClusterJobs(
            *("pod", (), None),
            pause=30.0,
            stale=True,
            title="No account yet",
            error=stage.say("alice has no account on this controller yet."),
            hint="A first login node makes it: N in the Clusters pane.",
        ),
    )
    stage.app.rows = ()


@SCENES.shows(JobsPane, "empty")
async def jobs_empty(stage: Stage) -> None:
    """Nobody has jobs."""
    stage.backend.jobs.jobs.clear()
    stage.app.session.jobs.refresh()
    await stage.sees("No jobs. Press n")


@SCENES.shows(JobsPane, "many")
async def jobs_many(stage: Stage) -> None:
    """More than fit, and an array that is folded."""
    jobs = stage.backend.jobs
    jobs.jobs.clear()
    for number in range(MANY):
        jobs.add(f"{30000 + number}.pod", JobState.QUEUED, stage.say("many"), submitted=NOW - HOUR)
    for task in range(1, 50):
        state = JobState.RUNNING if task < 9 else JobState.QUEUED
        jobs.add(f"90000_{task}", state, stage.say("sweep"), submitted=NOW)
    stage.app.session.jobs.refresh()
    await stage.until(lambda: len(stage.app.rows) == MANY + 49, "the jobs")
    job_table(stage.app).stand_on(JobKey("pod", "90000"))


@SCENES.shows(JobsPane, "stale")
async def jobs_stale(stage: Stage) -> None:
    """The cluster does not answer: the rows stay, and it says how old they are."""
    await jobs_pane(stage)
    stage.backend.error = Unreachable(stage.say("The network is unreachable."))
    stage.app.session.jobs.refresh()
    await stage.sees("no answer for 0s")
