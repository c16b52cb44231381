"""podtui in a terminal over 10,000 jobs of the real Slurm: start, keys, processor time, commands.

The jobs are held tasks of ten arrays of the testbed's user carol, told one by one and shown
unfolded, each a line; podtui reaches them over the testbed's sshd, polling as often as it does
where nothing is configured. Every call of a scheduler's command there is counted.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.slurm_bed import (
    MISSING,
    USER,
    CountedCommands,
    counted_commands,
    held_tasks,
    is_up,
)
from tests.bench.terminal import Terminal
from tests.story.ssh_bed import SLURM

ARRAYS, TASKS = 10, 1000
STARTS = 3
QUIET, LIVE, PRESSING = 5.0, 30.0, 15.0
"""Seconds after a start, of an open list with no key pressed, and of keys."""
NAME = "bench-live"
DOWN, PAUSE = "\x1b[B", 0.2  # the key, and seconds between two
_SCREEN = 45  # lines that are surely more than fit


@dataclass(frozen=True)
class Figures:
    """Seconds, but for the commands a minute."""

    first: float
    keys: list[float]
    processor: float
    commands: float


def report() -> Iterable[str]:
    """The figures, or how to get them."""
    if not is_up() or SLURM.why_not:
        yield f"live list: {MISSING}"
        return
    with (
        tempfile.TemporaryDirectory(prefix="podtui-bench-") as name,
        counted_commands() as commands,
        held_tasks(NAME, ARRAYS, TASKS) as arrays,
    ):
        figures = measure(_config(Path(name), commands), commands, arrays)
    keys = sorted(figures.keys)
    yield (
        f"live list of {ARRAYS * TASKS:,} jobs over SSH: first job shown after "
        f"{figures.first:.2f} s (goal ≤ 1.5, median of {STARTS}); key to repaint p50 "
        f"{statistics.median(keys) * 1000:.0f} ms, p99 {keys[int(len(keys) * 0.99)] * 1000:.0f} ms "
        f"(goal ≤ 50) over {len(keys)} presses; {figures.processor:.1f} s of processor "
        f"(goal ≤ 5) and {figures.commands:.1f} scheduler commands (goal ≤ 10) a minute"
    )


def _config(folder: Path, commands: CountedCommands) -> Path:
    config = SLURM.config(folder, USER)
    text = config.read_text().replace("poll_seconds = 1\n", "")
    config.write_text(f'{text}env = {{ PATH = "{commands.path}" }}\n')
    return config


def measure(config: Path, commands: CountedCommands, arrays: list[str]) -> Figures:
    """Start podtui some times, then leave it open, then press keys."""
    folder = config.parent
    argv = [sys.executable, "-m", "podtui", "--config", str(config)]
    environ = {**os.environ, "HOME": str(folder)}
    lines = list(_lines(arrays))
    with Terminal(argv, folder, environ) as terminal:  # the configuration becomes a warm one
        terminal.shows(f"{NAME}-{ARRAYS - 1}")
        terminal.press("Z")
        terminal.shows(lines[1])
    starts = []
    for _ in range(STARTS):
        with Terminal(argv, folder, environ) as terminal:
            starts.append(terminal.shows(lines[1]) - terminal.started)
    with Terminal(argv, folder, environ) as terminal:
        terminal.shows(lines[1])
        _leave_open(terminal, QUIET)  # what a start does has ended
        used, called, begun = _processor(terminal.pid), len(commands.calls), time.monotonic()
        _leave_open(terminal, LIVE)
        minutes = (time.monotonic() - begun) / 60
        processor = (_processor(terminal.pid) - used) / minutes
        rate = (len(commands.calls) - called) / minutes
        return Figures(statistics.median(starts), _keys(terminal, lines), processor, rate)


def _lines(arrays: list[str]) -> Iterator[str]:
    """The ids in the order of the table: the latest array first, each over its tasks."""
    for array in reversed(arrays):
        yield array
        for task in range(1, TASKS + 1):
            yield f"{array}_{task}"


def _leave_open(terminal: Terminal, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        terminal.read_what_is_there()
        time.sleep(0.02)


def _processor(pid: int) -> float:
    """Seconds of processor time of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _keys(terminal: Terminal, lines: list[str]) -> list[float]:
    """The cursor goes down at the lower edge: each press shows a line that was not there before."""
    at = 0
    while at < _SCREEN:
        at += 1
        terminal.press(DOWN)
        _leave_open(terminal, 0.1)
    took = []
    until = time.monotonic() + PRESSING
    while time.monotonic() < until:
        at += 1
        pressed = terminal.press(DOWN)
        took.append(terminal.shows(lines[at]) - pressed)
        _leave_open(terminal, PAUSE)
    return took


if __name__ == "__main__":
    for line in report():
        sys.stdout.write(line + "\n")
