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
# What the panes show that nothing else does: a key and the text that comes with it.
TURNS = (("2", "Stage-in"), ("4", "Fingerprint"))
UPLOADING = "big.dat"


@dataclass(frozen=True)
class Figures:
    """Seconds."""

    p50: float
    p99: float
    idle: float
    presses: int


def measure(config: Path, big: Path) -> Figures:
    """Press keys in turn all the while `big` travels from its folder to the cluster."""
    argv = [sys.executable, "-m", "podtui", "--config", str(config)]
    with Terminal(argv, big.parent, os.environ) as terminal:
        terminal.shows("Clusters")
        terminal.press("3")
        terminal.shows("node_exists")  # a file of the cluster's home: both lists are there
        idle = [press(terminal, turn) for turn in range(IDLE_PRESSES)]
        terminal.press("3")
        terminal.shows(UPLOADING)
        terminal.press("\x1b[F")  # End: the last entry, the only file
        terminal.press("c")
        terminal.shows("%")
        busy = []
        while not (home_file(config)).exists():
            busy.append(press(terminal, len(busy)))
            time.sleep(0.01)
    busy.sort()
    return Figures(
        p50=statistics.median(busy),
        p99=busy[int(len(busy) * 0.99)],
        idle=statistics.median(idle),
        presses=len(busy),
    )


def press(terminal: Terminal, turn: int) -> float:
    key, text = TURNS[turn % len(TURNS)]
    pressed = terminal.press(key)
    return terminal.shows(text) - pressed


def home_file(config: Path) -> Path:
    """Where the upload's final name will be."""
    (home,) = config.parents[1].glob("controllers/16/volumes/*")
    return home / UPLOADING
