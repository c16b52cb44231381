"""First frame of podtui over first frame of a bare Textual app with one DataTable."""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from tests.bench.terminal import Terminal

ROUNDS = 7
MARK = "Clusters"  # stands in the first frame of both


def measure(config: Path, folder: Path) -> tuple[float, float]:
    """Seconds from exec to the first frame, medians of runs in turn: podtui, bare."""
    podtui = [sys.executable, "-m", "podtui", "--config", str(config)]
    bare = [sys.executable, "-m", "tests.bench.bare"]
    here = Path(__file__).parents[2]
    times: dict[str, list[float]] = {"podtui": [], "bare": []}
    for turn in range(ROUNDS + 1):  # the first round warms the disk's cache
        for name, argv, cwd in (("podtui", podtui, folder), ("bare", bare, here)):
            with Terminal(argv, cwd, os.environ) as terminal:
                took = terminal.shows(MARK) - terminal.started
            if turn:
                times[name].append(took)
    return statistics.median(times["podtui"]), statistics.median(times["bare"])
