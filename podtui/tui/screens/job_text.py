"""One job in words: the texts of its screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from rich.text import Text

from podtui.domain.history import PastJob
from podtui.domain.job import Job, StageState
from podtui.domain.job_table import JobRow
from podtui.domain.script import TOKEN_VARIABLE
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer
from podtui.tui.glyphs import Mark, bar, job_mark, stage_mark
from podtui.tui.panes.job_cells import age, shown_id, state_words, transfer_of
from podtui.tui.screens.job_course import why_waiting
from podtui.tui.spans import clock_time
from podtui.tui.widgets.transfer_list import amount, pace

Colours = Mapping[str, str]
_LIMIT = 2000  # characters of one value
_BAR = 20  # cells
_ONE_LINE = 56  # characters of both names of a pair that still stand in one line
_PAIR_INDENT = " " * 13


def title_text(row: JobRow, colours: Colours) -> Text:
    """` 22783.pod  wordcount on pod  ▶ running`."""
    mark = job_mark(row.job.state)
    text = Text(f" {shown_id(row)}  {visible(row.job.name, 60)}", no_wrap=True, overflow="ellipsis")
    text.append(f"  on {visible(row.job.cluster, 40)}  ")
    text.append(f"{mark.glyph} {state_words(row)}", style=colours[mark.colour])
    if row.stale:
        text.append("  (the cluster does not answer; this is its last word)", style="dim")
    return text


def facts_text(row: JobRow, job: Job, now: datetime | None, trouble: str, colours: Colours) -> Text:
    """What podtui knows, then every attribute as the scheduler tells it."""
    text = Text()
    if trouble:
        text.append(f"✗ {trouble}\n\n", style=colours["error"])
    if why := why_waiting(row, job, now):
        text.append("Why it waits\n", style=f"bold {colours['primary']}")
        text.append("".join(f"  {sentence}\n" for sentence in why))
        text.append("\n")
    for label, value in _facts(row, job, now):
        text.append(f"{label:<12} ", style=colours["secondary"])
        text.append(f"{value}\n")
    if job.attributes:
        text.append("\nAs the scheduler tells it\n", style=f"bold {colours['primary']}")
        width = min(max(len(name) for name, _ in job.attributes), 28)
        for name, value in job.attributes:
            text.append(f"{visible(name, 60):<{width}} ", style=colours["secondary"])
            text.append(f"{visible(value, _LIMIT)}\n")
    text.rstrip()
    return text


def _facts(row: JobRow, job: Job, now: datetime | None) -> list[tuple[str, str]]:
    times = [("Submitted", job.submitted), ("Started", job.started), ("Ended", job.ended)]
    exit_status = "" if job.exit_status is None else str(job.exit_status)
    said = row.staged.warning if row.staged else ""
    known = [
        ("Id", shown_id(row)),
        ("Name", visible(job.name, _LIMIT)),
        ("User", visible(job.user, _LIMIT)),
        ("State", f"{job.state.value}  ({visible(job.native_state, 40)} there)"),
        ("Because", "" if job.state.pending else visible(job.reason, _LIMIT)),
        ("Exit status", exit_status),
        ("Warning", visible(" ".join(said.split()), _LIMIT)),
        ("Queue", visible(job.queue, _LIMIT)),
        ("Cores", "" if job.cores is None else str(job.cores)),
        ("Walltime", "" if job.walltime is None else str(job.walltime)),
        *((label, clock_time(when, now or when) if when else "") for label, when in times),
        (_age_label(job), age(job, now) if now else ""),
        ("Runs on" if not job.state.ended else "Ran on", visible(job.hosts, _LIMIT)),
        ("Output", visible(job.stdout, _LIMIT)),
        ("Errors", visible(job.stderr, _LIMIT)),
    ]
    return [(label, value) for label, value in known if value]


def _age_label(job: Job) -> str:
    if job.started is None:
        return "Waiting for"
    return "Ran for" if job.state.ended else "Running for"


def script_text(staged: StagedJob | None, past: PastJob | None) -> Text:
    """The script as it was sent."""
    if staged is None and (past is None or past.script is None):
        return Text(
            "podtui did not submit this job from this machine, so it does not have the script.",
            style="dim",
        )
    if staged is not None:
        content, name = staged.content, f"{visible(staged.filename)}  for {staged.dialect.name}"
    else:
        assert past is not None
        content, name = past.script or b"", visible(past.script_name)
    text = Text(f"{name}, as it was sent", "dim")
    text.append(f"; {TOKEN_VARIABLE} is how podtui finds it again\n\n")
    body = Text()
    for line in content.decode("utf-8", "surrogateescape").splitlines():
        body.append(f"{visible(line.expandtabs(), _LIMIT)}\n")
    body.rstrip()
    return Text.assemble(text, body)


PHASES = {
    StagedPhase.NEW: "It waits to be submitted.",
    StagedPhase.SUBMITTING: "It is being submitted.",
    StagedPhase.UNKNOWN: "The answer to its submission was lost: it is looked for, then taken on.",
    StagedPhase.STAGING_IN: "Its files are being sent; it begins when all are there.",
    StagedPhase.RELEASING: "Its files are there; it is being released.",
    StagedPhase.WATCHING: "podtui waits for its end.",
    StagedPhase.STAGING_OUT: "It has ended; its results are being fetched.",
    StagedPhase.DONE: "All is where it belongs.",
    StagedPhase.FAILED: "The staging has stopped.",
    StagedPhase.CANCELLED: "The job was cancelled: nothing more travels with it.",
}
"""What podtui does for a staged job in each phase."""
_LEFT = Mark("–", "left", "foreground")


def staging_text(
    row: JobRow, past: PastJob | None, transfers: tuple[Transfer, ...], colours: Colours
) -> Text:
    """Each pair with its state, the bytes that move, and what went wrong."""
    staged = row.staged
    if staged is None and past is not None and past.paths:
        travelled = "".join(f"  {visible(path, 600)}\n" for path in past.paths)
        return Text(f"These files were to travel with this job:\n\n{travelled}".rstrip())
    if staged is None or not (staged.stage_in or staged.stage_out):
        return Text("Nothing travels with this job.", style="dim")
    told = PHASES[staged.phase]
    text = Text(f"{told} Each file is verified by {staged.hash_algo}.\n")
    if staged.error:
        text.append(
            f"\n✗ {visible(staged.title)}: {visible(staged.error, _LIMIT)}\n",
            style=colours["error"],
        )
        if staged.hint:
            text.append(f"  {visible(staged.hint, _LIMIT)}\n")
    if staged.phase is StagedPhase.FAILED:
        text.append("  In the table, t takes it up again and f forgets it.\n", style="italic")
    for title, pairs, done, state, direction in (
        ("Stage-in", staged.stage_in, staged.staged_in, row.job.stage_in, Direction.UPLOAD),
        ("Stage-out", staged.stage_out, staged.staged_out, row.job.stage_out, Direction.DOWNLOAD),
    ):
        if pairs:
            text.append(f"\n{title}\n", style=f"bold {colours['primary']}")
            moving = transfer_of(row, direction, transfers)
            for at, pair in enumerate(pairs):
                one = _pair_state(at, done, state)
                text.append_text(
                    _pair(pair, one, direction, moving if at == done else None, colours, staged)
                )
    text.rstrip()
    return text


def _pair_state(at: int, done: int, state: StageState) -> StageState:
    """Pairs go one after the other: those before `done` are finished, that one is as the job is."""
    if at < done or state is StageState.FINISHED:
        return StageState.FINISHED
    return state if at == done or state is StageState.NONE else StageState.WAITING


def _pair(
    pair: StagePair,
    state: StageState,
    direction: Direction,
    moving: Transfer | None,
    colours: Colours,
    staged: StagedJob,
) -> Text:
    mark = stage_mark(state)
    if staged.phase is StagedPhase.CANCELLED and state is not StageState.FINISHED:
        mark = _LEFT
    here, there = visible(pair.local, 300), visible(pair.target or pair.remote, 300)
    up = direction is Direction.UPLOAD
    if not up:
        here, there = visible(pair.target or pair.local, 300), visible(pair.remote, 300)
    text = Text()
    text.append(f"  {mark.text:<10} ", style=colours[mark.colour])
    source, target = (here, there) if up else (there, here)
    between = "  →  " if len(source) + len(target) <= _ONE_LINE else f"\n{_PAIR_INDENT}→ "
    text.append(f"{source}{between}{target}\n")
    if moving and state is StageState.ACTIVE:
        text.append(f"{_PAIR_INDENT}{bar(moving.fraction, _BAR)} {moving.fraction:4.0%}  ")
        text.append(f"{amount(moving)}  {pace(moving)}".rstrip() + "\n")
    return text
