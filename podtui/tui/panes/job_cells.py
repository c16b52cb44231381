"""One line of the job table as cells. Pure but for the colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from podtui.domain.job import Job, JobState, StageState
from podtui.domain.job_columns import BY_NAME, FieldKind
from podtui.domain.job_line import JobLine
from podtui.domain.job_table import JobRow
from podtui.domain.job_views import JobLook
from podtui.domain.ran_out import RanOut, ran_out_of
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer
from podtui.tui.glyphs import bar, job_mark, stage_mark
from podtui.tui.spans import clock_time, elapsed
from podtui.tui.widgets.column_widths import Cell, ColumnSpec

_BAR = 3  # cells
_LIMIT = 120  # characters of one value
Colour = Callable[[str], str]
"""From the name of a colour of the theme to the colour."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a line's looks depend on beside the line itself."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    colour: Colour = str
    moving: tuple[Transfer, ...] = ()
    opened: Callable[[JobLine], bool] = bool


Draw = Callable[[JobLine, Drawing], Cell]


def columns(look: JobLook) -> tuple[ColumnSpec, ...]:
    """The columns of a look; a width somebody chose is neither stretched nor shrunk."""
    first = look.columns == JobLook().columns
    specs = []
    for choice in look.columns:
        known = BY_NAME[choice.field]
        least, most = (choice.width, choice.width) if choice.width else (known.least, known.most)
        specs.append(ColumnSpec(known.label, least, most, known.right, known.optional and first))
    return tuple(specs)


def cells(line: JobLine, fields: Sequence[str], drawing: Drawing) -> list[Cell]:
    """The line's cells, dimmed where the cluster has stopped answering."""
    drawn = [_DRAW[name](line, drawing) for name in fields]
    if line.row.stale:
        return [cell._replace(style=f"{cell.style} dim".strip()) for cell in drawn]
    return drawn


def shown_id(row: JobRow) -> str:
    """The scheduler's id, or a dash for a staged job that has none yet."""
    return "–" if row.staged and row.staged.key is None else visible(row.job.id, _LIMIT)


def state_words(row: JobRow) -> str:
    """podtui's word; the system's own where it tells more, the exit status where it is not 0.

    Of what was killed for memory there is none: it is said.
    """
    job = row.job
    if job.state is JobState.UNKNOWN and job.native_state:
        return visible(job.native_state, 20)
    if job.exit_status and job.state is JobState.FAILED:
        return f"{job.state.value} ({job.exit_status})"
    if job.state is JobState.FAILED and ran_out_of(job) is RanOut.MEMORY:
        return f"{job.state.value} (memory)"
    return job.state.value


def age(job: Job, now: datetime) -> str:
    """How long it ran, runs, or has waited; empty where the cluster does not tell."""
    since = job.started or job.submitted
    if since is None:
        return ""
    if job.state.ended and job.ended is None:
        return ""
    return elapsed((job.ended or now) - since)


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


def tally(line: JobLine) -> str:
    """How many tasks of an array stand where: `running 12, queued 88`; empty for a plain job."""
    if len(line.counts) < 2 and not line.tasks:
        return ""
    return ", ".join(f"{state.value} {number:,}" for state, number in line.counts)


def _id(line: JobLine, drawing: Drawing) -> Cell:
    shown = shown_id(line.row)
    if line.tasks:
        return Cell(f"{'▾' if drawing.opened(line) else '▸'} {shown}")
    return Cell(f"  {shown}" if line.array is not None else shown)


def _state(line: JobLine, drawing: Drawing) -> Cell:
    job = line.row.job
    mark, share = job_mark(job.state), _share(line)
    short = share.rstrip() or state_words(line.row)
    if job.state is JobState.FAILED and job.exit_status and not share:
        short = f"{job.state.value} {job.exit_status}"
    return Cell(
        f"{mark.glyph} {share}{state_words(line.row)}",
        drawing.colour(mark.colour),
        f"{mark.glyph} {short}",
    )


def _share(line: JobLine) -> str:
    """`12/100 ` tasks are in the state shown; `✗3 ` of the others failed."""
    if not line.counts:
        return ""
    total = sum(number for _, number in line.counts)
    here = dict(line.counts).get(line.row.job.state, 0)
    failed = sum(n for state, n in line.counts if state in (JobState.FAILED, JobState.TIMEOUT))
    lost = f"✗{failed} " if failed and line.row.job.state is not JobState.FAILED else ""
    return f"{here}/{total} {lost}"


def _age(line: JobLine, drawing: Drawing) -> Cell:
    return Cell(age(line.row.job, drawing.now))


def _staging(direction: Direction) -> Draw:
    def draw(line: JobLine, drawing: Drawing) -> Cell:
        job = line.row.job
        state = job.stage_in if direction is Direction.UPLOAD else job.stage_out
        mark = stage_mark(state)
        if state is StageState.NONE:
            return Cell(mark.glyph, "dim")
        style = drawing.colour(mark.colour)
        if state is StageState.ACTIVE:
            moving = transfer_of(line.row, direction, drawing.moving)
            if moving:
                return Cell(f"{bar(moving.fraction, _BAR)} {moving.fraction:4.0%}", style)
        return Cell(mark.text, style)

    return draw


def _text(name: str) -> Draw:
    text = BY_NAME[name].text
    return lambda line, drawing: Cell(visible(text(line.row), _LIMIT))  # noqa: ARG005


def _time(name: str) -> Draw:
    number = BY_NAME[name].number
    assert number is not None

    def draw(line: JobLine, drawing: Drawing) -> Cell:
        at = number(line.row, 0.0)
        return Cell("" if at is None else clock_time(datetime.fromtimestamp(at, UTC), drawing.now))

    return draw


def _span(name: str) -> Draw:
    number = BY_NAME[name].number
    assert number is not None

    def draw(line: JobLine, drawing: Drawing) -> Cell:
        seconds = number(line.row, drawing.now.timestamp())
        return Cell("" if seconds is None else elapsed(timedelta(seconds=seconds)))

    return draw


_BY_KIND = {FieldKind.TIME: _time, FieldKind.SPAN: _span}
_DRAW: dict[str, Draw] = {
    **{name: _BY_KIND.get(known.kind, _text)(name) for name, known in BY_NAME.items()},
    "id": _id,
    "state": _state,
    "age": _age,
    "in": _staging(Direction.UPLOAD),
    "out": _staging(Direction.DOWNLOAD),
}
