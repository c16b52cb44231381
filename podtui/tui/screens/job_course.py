"""One job's course and what it used, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rich.text import Text

from podtui.domain.history import Event, PastJob, SeenState, course
from podtui.domain.job import Job, JobState
from podtui.domain.job_table import JobRow
from podtui.domain.staging import StagedPhase
from podtui.domain.text import visible
from podtui.domain.usage import Usage, advice, human_size, usage
from podtui.tui.glyphs import bar, job_mark
from podtui.tui.spans import clock_time, elapsed

Colours = Mapping[str, str]
_BAR = 20  # cells
_SPARKS = "▁▂▃▄▅▆▇█"
_MOST_SAMPLES = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """What the scheduler told of a running job at one moment."""

    when: datetime
    used: Usage


def sampled(samples: tuple[Sample, ...], job: Job, when: datetime) -> tuple[Sample, ...]:
    """`samples` with what `job` tells now, if that is something new."""
    used = usage(job)
    if used is None or (samples and samples[-1].used == used):
        return samples
    return (*samples, Sample(when, used))[-_MOST_SAMPLES:]


def why_waiting(row: JobRow, job: Job, now: datetime | None) -> tuple[str, ...]:
    """Why a job has not begun, in plain sentences; nothing for others."""
    if not job.state.pending:
        return ()
    found = []
    staged = row.staged
    if staged and staged.phase in (StagedPhase.STAGING_IN, StagedPhase.RELEASING):
        found.append("It is held until its files are there; podtui releases it then.")
    elif job.state is JobState.HELD:
        found.append("It is held: r lets it start.")
    if job.reason:
        found.append(visible(job.reason, 500))
    elif not found:
        found.append("The scheduler has not said why it waits.")
    if job.expected_start:
        when = clock_time(job.expected_start, now or job.expected_start)
        found.append(f"The scheduler expects to start it about {when}; that may change.")
    return tuple(found)


def course_text(
    job: Job,
    past: PastJob | None,
    seen: tuple[SeenState, ...],
    now: datetime | None,
    colours: Colours,
) -> Text:
    """What happened to the job, in order, and how long each state lasted."""
    events = course(job, seen)
    text = Text()
    if not events:
        return Text("Nothing is known of its course yet.", style="dim")
    for at, event in enumerate(events):
        after = events[at + 1].when if at + 1 < len(events) else None
        text.append_text(_event(event, after, now, job, colours))
    if any(not event.told for event in events):
        text.append("\n* seen by podtui at that moment; it may have been so before\n", "dim")
    if past is not None:
        first, last = (clock_time(when, now or when) for when in (past.first_seen, past.last_seen))
        text.append(f"\nIn podtui's history since {first}, last changed {last}.\n", style="dim")
        if past.script_hash:
            text.append(f"Script {visible(past.script_name, 100)}, SHA-256 {past.script_hash}\n")
    text.rstrip()
    return text


def _event(
    event: Event, after: datetime | None, now: datetime | None, job: Job, colours: Colours
) -> Text:
    text = Text(f"{clock_time(event.when, now or event.when):<20}")
    mark = job_mark(event.state) if event.state else None
    glyph, colour = (mark.glyph, colours[mark.colour]) if mark else ("·", "")
    text.append(f"{glyph} {event.what}{'' if event.told else '*'}", style=colour)
    until = after or (now if not job.state.ended else None)
    if until and until > event.when and not (event.state and event.state.ended):
        text.append(f"  for {elapsed(until - event.when)}", style="dim")
    text.append("\n")
    return text


def usage_text(job: Job, samples: Sequence[Sample], colours: Colours) -> Text:
    """Used beside asked for, with bars; what to ask for next time; the samples as a line."""
    used = usage(job)
    if used is None:
        return Text(_no_numbers(job), style="dim")
    text = Text()
    for label, words, share in _shares(used):
        text.append(f"{label:<8} ", style=colours["secondary"])
        text.append(f"{words:<34} ")
        if share is not None:
            text.append(f"{bar(share, _BAR)} {share:4.0%}")
        text.append("\n")
    if used.one_task and used.memory:
        text.append("\nThe memory is that of the largest task alone.\n", style="dim")
    told = advice(job, used)
    if told:
        text.append("\nNext time\n", style=f"bold {colours['primary']}")
        for sentence in told:
            text.append(f"  {sentence}\n")
    for label, line in _sparks(samples):
        text.append(f"\n{label:<8} ", style=colours["secondary"])
        text.append(line, style=colours["primary"])
    if len(samples) > 2:
        span = elapsed(samples[-1].when - samples[0].when)
        text.append(f"\nThe scheduler's own samples of the last {span}.\n", style="dim")
    text.rstrip()
    return text


def _no_numbers(job: Job) -> str:
    if job.state.ended:
        return "The scheduler tells no numbers of what this job used."
    if job.state.pending:
        return "It has not begun: nothing is used yet."
    return "The scheduler tells no numbers while the job runs; its accounting may, at the end."


def _shares(used: Usage) -> list[tuple[str, str, float | None]]:
    rows: list[tuple[str, str, float | None]] = []
    if used.cores_busy is not None:
        of = f" of {used.cores}" if used.cores else ""
        rows.append(("Cores", f"{used.cores_busy:.1f}{of} busy on average", used.cpu_share))
    elif used.cpu is not None:
        rows.append(("Cores", f"{used.cpu.total_seconds():.1f} s of CPU time", None))
    if used.memory:
        of = f" of {human_size(used.memory_asked)}" if used.memory_asked else ""
        rows.append(("Memory", f"{human_size(used.memory)}{of}", used.memory_share))
    if used.elapsed is not None:
        of = f" of {used.time_asked}" if used.time_asked else ""
        whole = timedelta(seconds=round(used.elapsed.total_seconds()))
        rows.append(("Time", f"{whole}{of}", used.time_share))
    return rows


def _sparks(samples: Sequence[Sample]) -> list[tuple[str, str]]:
    """A line for the cores busy between two samples, and one for the memory."""
    busy = []
    for before, after in pairwise(samples):
        one, other = before.used, after.used
        if one.cpu is None or other.cpu is None or one.elapsed is None or other.elapsed is None:
            continue
        if other.elapsed > one.elapsed:
            busy.append((other.cpu - one.cpu) / (other.elapsed - one.elapsed))
    memory = [float(sample.used.memory) for sample in samples if sample.used.memory]
    cores = samples[-1].used.cores if samples else None
    asked = samples[-1].used.memory_asked if samples else None
    rows = []
    if len(busy) > 1:
        top = max(float(cores or 0), *busy)
        rows.append(("Cores", f"{spark(busy, top)}  now {busy[-1]:.1f} busy"))
    if len(memory) > 2:
        line = spark(memory, max(float(asked or 0), *memory))
        rows.append(("Memory", f"{line}  now {human_size(memory[-1])}"))
    return rows


def spark(values: Sequence[float], top: float) -> str:
    """A cell a value, from nothing to `top`."""
    if top <= 0:
        return _SPARKS[0] * len(values)
    levels = (max(0.0, min(value / top, 1.0)) for value in values)
    return "".join(_SPARKS[round(level * (len(_SPARKS) - 1))] for level in levels)
