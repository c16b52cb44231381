"""Which script, where to, and how it is sent."""

from __future__ import annotations

from typing import TypedDict

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Select

from podtui.config.model import ClusterConfig
from podtui.domain.job import ScriptDialect
from podtui.domain.text import visible
from podtui.tui.widgets.tick_box import TickBox

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_NAMES = {
    ScriptDialect.TORQUE: "TORQUE  #PBS",
    ScriptDialect.SGE: "Grid Engine  #$",
    ScriptDialect.SLURM: "Slurm  #SBATCH",
    ScriptDialect.OPENPBS: "OpenPBS  #PBS",
}


class SendOptions(TypedDict):
    """How a job is sent, by the names SubmitRequest has for it."""

    hold: bool
    overwrite: bool
    hash_algo: str


def named(dialects: tuple[ScriptDialect, ...]) -> list[tuple[str, ScriptDialect]]:
    """Dialects as a Select takes them."""
    return [(_NAMES[dialect], dialect) for dialect in dialects]


class SubmitFields(Vertical):
    """Script, cluster and scheduler, hash and options."""

    DEFAULT_CSS = "SubmitFields { height: auto; }"

    def __init__(self, clusters: tuple[str, ...], chosen: ClusterConfig) -> None:
        super().__init__()
        self._clusters = clusters
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Three lines."""
        staging = self._chosen.staging
        with Horizontal(classes="field"):
            yield Label("Script")
            yield Input(
                placeholder="path of the job script  (^o browses)", id="script", compact=True
            )
        with Horizontal(classes="field"):
            yield Label("Cluster")
            names = [(Text(visible(name, 40)), name) for name in self._clusters]
            yield Select(
                names, value=self._chosen.name, allow_blank=False, id="cluster", compact=True
            )
            yield Label("Reads", classes="second")
            yield Select(named(tuple(ScriptDialect)), allow_blank=False, id="sched", compact=True)
        with Horizontal(classes="field"):
            yield Label("Hash")
            yield Select(
                [(name, name) for name in HASHES],
                value=staging.hash_algo,
                allow_blank=False,
                id="hash",
                compact=True,
            )
            yield TickBox("hold it", False, id="hold")
            yield TickBox("overwrite", staging.overwrite, id="overwrite")

    @property
    def options(self) -> SendOptions:
        """How it is sent."""
        return SendOptions(
            hold=self.query_one("#hold", TickBox).value,
            overwrite=self.query_one("#overwrite", TickBox).value,
            hash_algo=str(self.query_one("#hash", Select).value),
        )
