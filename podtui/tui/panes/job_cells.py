"""One job as the cells of a row, and the words by which it is found. Pure but for the colours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rich.text import Text

from podtui.domain.job import Job, JobState, StageState
from podtui.domain.job_table import JobRow
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer
from podtui.tui.glyphs import bar, job_mark, stage_mark
from podtui.tui.spans import elapsed
from podtui.tui.widgets.keyed_table import ColumnSpec

COLUMNS = (
    ColumnSpec("Cluster", least=7, most=14),
    ColumnSpec("ID", least=9, most=20),
    ColumnSpec("Name", least=10, most=40),
    ColumnSpec("User", least=5, most=12, optional=True),
    ColumnSpec("State", least=11, most=22),
    ColumnSpec("Queue", least=5, most=12),
    ColumnSpec("Cores", least=5, most=7, right=True),
    ColumnSpec("Age", least=5, most=7, right=True),
    ColumnSpec("Stage-in", least=9, most=10),
    ColumnSpec("Stage-out", least=9, most=10),
)
_BAR = 3  # cells
_LIMIT = 120  # characters of one value
Colour = Callable[[str], str]
"""From the name of a colour of the theme to the colour."""


def cells(
    row: JobRow, transfers: tuple[Transfer, ...], now: datetime, colour: Colour
) -> list[Text]:
    """The row's cells, dimmed where the cluster has stopped answering."""
    job = row.job
    state = job_mark(job.state)
    texts = [
        Text(visible(job.cluster, _LIMIT)),
        Text(shown_id(row)),
        Text(visible(job.name, _LIMIT)),
        Text(visible(job.user, _LIMIT)),
        Text(f"{state.glyph} {state_words(row)}", style=colour(state.colour)),
        Text(visible(job.queue, _LIMIT)),
        Text("" if job.cores is None else str(job.cores)),
        Text(age(job, now)),
        _stage(row, job.stage_in, Direction.UPLOAD, transfers, colour),
        _stage(row, job.stage_out, Direction.DOWNLOAD, transfers, colour),
    ]
    if row.stale:
        for text in texts:
            text.stylize("dim")
    return texts


def shown_id(row: JobRow) -> str:
    """The scheduler's id, or a dash for a staged job that has none yet."""
    return "–" if row.staged and row.staged.key is None else visible(row.job.id, _LIMIT)


def state_words(row: JobRow) -> str:
    """podtui's word; the system's own where it tells more, the exit status where it is not 0."""
    job = row.job
    if job.state is JobState.UNKNOWN and job.native_state:
        return visible(job.native_state, 20)
    if job.exit_status and job.state is JobState.FAILED:
        return f"{job.state.value} ({job.exit_status})"
    return job.state.value


def age(job: Job, now: datetime) -> str:
    """How long it ran, runs, or has waited; empty where the cluster does not tell."""
    since = job.started or job.submitted
    if since is None:
        return ""
    if job.state.ended and job.ended is None:
        return ""
    return elapsed((job.ended or now) - since)


def _stage(
    row: JobRow,
    state: StageState,
    direction: Direction,
    transfers: tuple[Transfer, ...],
    colour: Colour,
) -> Text:
    mark = stage_mark(state)
    style = colour(mark.colour)
    if state is StageState.NONE:
        return Text(mark.glyph, style="dim")
    if state is StageState.ACTIVE and (moving := transfer_of(row, direction, transfers)):
        return Text(f"{bar(moving.fraction, _BAR)} {moving.fraction:4.0%}", style=style)
    return Text(mark.text, style=style)


def transfer_of(
    row: JobRow, direction: Direction, transfers: tuple[Transfer, ...]
) -> Transfer | None:
    """The transfer that moves files of this job that way just now."""
    if row.staged is None:
        return None
    for transfer in transfers:
        if (
            transfer.job == row.staged.token
            and transfer.direction is direction
            and not transfer.state.ended
        ):
            return transfer
    return None


def found_by(row: JobRow, words: tuple[str, ...]) -> bool:
    """Whether every word stands somewhere in the row."""
    job = row.job
    text = " ".join(
        (job.cluster, job.id, job.name, job.user, job.state.value, job.native_state, job.queue)
    ).casefold()
    return all(word in text for word in words)
