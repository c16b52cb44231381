"""What a command is given, and what it gives back."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from podtui.errors import PodError

if TYPE_CHECKING:
    from podtui.cli.output import Output
    from podtui.config.model import Config
    from podtui.paths import Paths


@dataclass(frozen=True, slots=True)
class Call:
    """One command line with all it may use."""

    args: Namespace
    config: Config
    paths: Paths
    out: Output

    @property
    def cluster(self) -> str:
        """The cluster meant: `--cluster`, else the default; ConfigError when there is none."""
        return self.config.cluster(self.args.cluster).name


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: `data` for `--json`, `lines` for people.

    `error` is a failure that left something to show all the same: it sets the exit code.
    """

    data: object
    lines: tuple[str, ...] = ()
    error: PodError | None = None


Command = Callable[..., Any]
"""`async def command(call, session)` talks to clusters, `def command(call)` to this machine."""

_MOVES_FILES = ("files", "staging")
_ASKS_FOR_JOBS = ("jobs:show", "queues:show")


def find_command(run: str) -> Command:
    """The function named `module:function` below podtui.cli."""
    module, _, name = run.partition(":")
    command: Command = getattr(import_module(f"podtui.cli.{module}"), name)
    return command


def moves_files(run: str) -> bool:
    """Whether the command needs the files of clusters and nothing else of them."""
    return run.partition(":")[0] in _MOVES_FILES


def may_begin(run: str) -> bool:
    """Whether the command begins with its clusters, whatever else it finds."""
    return moves_files(run) or run in _ASKS_FOR_JOBS
