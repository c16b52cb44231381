"""First frame of podtui over first frame of a bare Textual app with one DataTable."""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from tests.bench.terminal import Terminal

ROUNDS = 7
MARK = "Clusters"  # stands in the first frame of both
TABLE = "Stage-in"  # stands in the head of the job table, which comes right after


def measure(config: Path, folder: Path) -> tuple[float, float, float]:
    """Seconds from exec, medians of runs in turn: podtui's first frame, its table, bare's frame."""
    podtui = [sys.executable, "-m", "podtui", "--config", str(config)]
    bare = [sys.executable, "-m", "tests.bench.bare"]
    here = Path(__file__).parents[2]
    times: dict[str, list[float]] = {"podtui": [], "table": [], "bare": []}
    for turn in range(ROUNDS + 1):  # the first round warms the disk's cache
        for name, argv, cwd in (("podtui", podtui, folder), ("bare", bare, here)):
            with Terminal(argv, cwd, os.environ) as terminal:
                took = terminal.shows(MARK) - terminal.started
                table = terminal.shows(TABLE) - terminal.started if name == "podtui" else 0.0
            if turn:
                times[name].append(took)
                times["table"] += [table] if table else []
    return tuple(statistics.median(times[name]) for name in times)  # type: ignore[return-value]
