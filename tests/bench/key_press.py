"""Key press to repaint, in the real app in a terminal, while an upload runs."""

from __future__ import annotations

import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.terminal import Terminal

IDLE_PRESSES = 40
HOME, END, UP, DOWN = "\x1b[H", "\x1b[F", "\x1b[A", "\x1b[B"
# Each key with what its repaint writes and nothing else does: the line the cursor comes to,
# and the head of the pane that is shown.
CURSOR = ((DOWN, "bbb.txt"), (UP, "aaa.txt"))
PANES = (("2", "Stage-in"), ("4", "fingerprint"))
UPLOADING = "big.dat"
MARK = "seen.txt"  # lies in the home there: once it is listed, both sides are

Turns = tuple[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class Figures:
    """Seconds."""

    p50: float
    p99: float
    idle: float
    presses: int


def measure(config: Path, big: Path, turns: Turns) -> Figures:
    """Press the keys of `turns` all the while `big` travels from its folder to the cluster."""
    argv = [sys.executable, "-m", "podtui", "--config", str(config)]
    there = home_file(config)
    there.unlink(missing_ok=True)
    (there.parent / MARK).touch()
    for name in ("aaa.txt", "bbb.txt"):
        (big.parent / name).touch()
    with Terminal(argv, big.parent, os.environ) as terminal:
        terminal.shows("Clusters")
        terminal.press("3")
        terminal.shows(MARK)
        terminal.press(HOME + DOWN)  # past the parent folder
        idle = [press(terminal, turns, turn) for turn in range(IDLE_PRESSES)]
        for key, text in (("2", "Stage-in"), ("3", UPLOADING)):
            terminal.press(key)
            terminal.shows(text)
        terminal.press(END)
        terminal.press("c")
        terminal.shows("%")
        terminal.press(HOME + DOWN)
        busy = []
        while not there.exists():
            busy.append(press(terminal, turns, len(busy)))
            time.sleep(0.01)
    busy.sort()
    return Figures(
        p50=statistics.median(busy),
        p99=busy[int(len(busy) * 0.99)],
        idle=statistics.median(idle),
        presses=len(busy),
    )


def press(terminal: Terminal, turns: Turns, turn: int) -> float:
    key, text = turns[turn % len(turns)]
    pressed = terminal.press(key)
    return terminal.shows(text) - pressed


def home_file(config: Path) -> Path:
    """Where the upload's final name will be."""
    (home,) = config.parents[1].glob("controllers/16/volumes/*")
    return home / UPLOADING
