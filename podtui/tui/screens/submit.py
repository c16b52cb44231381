"""The form for a new job: everything podsh submit takes, and what is wrong with it beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Input, Label, Select, Static

from podtui.config.model import ClusterConfig
from podtui.domain.job import ScriptDialect
from podtui.domain.script import guess_dialect
from podtui.domain.text import visible
from podtui.domain.translate import Translation
from podtui.domain.translate.dialect import label
from podtui.errors import PodError
from podtui.services.staging import SubmitRequest
from podtui.tui.messages import DialectsRequested, ScriptRequested, SubmissionRequested
from podtui.tui.screens.pick import PickFile
from podtui.tui.screens.script_check import problem_of, script_facts
from podtui.tui.screens.translation import TranslationScreen, translation_to
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.pair_list import PairList
from podtui.tui.widgets.tick_box import TickBox

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_NAMES = {
    ScriptDialect.TORQUE: "TORQUE  #PBS",
    ScriptDialect.SGE: "Grid Engine  #$",
    ScriptDialect.SLURM: "Slurm  #SBATCH",
    ScriptDialect.OPENPBS: "OpenPBS  #PBS",
}
_LONGEST_PREVIEW = 400  # lines


class SubmitScreen(Screen[None]):
    """Script, cluster, options, files that travel with the job, preview, problems.

    A refusal leaves everything as it was typed, with the reason above the preview.
    """

    HELP = """
A job script, and what travels with it. **Stage-in** copies a local file or folder before the job
starts: `LOCAL:REMOTE`, or `LOCAL` alone for your home there. **Stage-out** fetches when it has
ended: `REMOTE:LOCAL`, or `REMOTE` alone for the folder podtui was started in. `~` in a remote
part is the home there. Enter adds a pair, Delete takes the marked one off.

The scheduler is guessed from the script's directives. A script for another scheduler than the
cluster's is offered translated, with what changes. What is wrong is told before anything is sent.
"""
    CSS_PATH = "submit.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Submit", id="submit.submit", tooltip="Send the job"),
        Binding(
            "ctrl+o",
            "browse",
            "Browse",
            id="submit.browse",
            tooltip="Choose a local file for the field with the cursor",
        ),
        Binding(
            "ctrl+t",
            "translate",
            "Translate",
            id="submit.translate",
            tooltip="Show the script translated for this scheduler",
        ),
        Binding("f1", "app.help", "Help", id="submit.help", tooltip="What the fields mean"),
        Binding("escape", "back", "Back", id="submit.back", tooltip="Back; nothing is sent"),
    ]
    AUTO_FOCUS = "#script"

    def __init__(self, clusters: tuple[ClusterConfig, ...], cluster: str) -> None:
        super().__init__()
        self._clusters = {config.name: config for config in clusters}
        self._cluster = cluster
        self._dialects: dict[str, tuple[ScriptDialect, ...]] = {}
        self._content: bytes | None = None
        self._translated: Translation | None = None
        self._trouble = ""
        self._busy = False

    def compose(self) -> ComposeResult:
        """Form on the left, preview on the right; one above the other where it is narrow."""
        yield Static(" New job", classes="screen-title")
        with Horizontal(classes="submit-columns"):
            with VerticalScroll(classes="submit-form", can_focus=False):
                yield from self._fields()
                yield PairList("stage-in", "LOCAL[:REMOTE], copied before it starts")
                yield PairList("stage-out", "REMOTE[:LOCAL], fetched when it has ended")
                with Horizontal(classes="submit-buttons"):
                    yield Button("Submit  ^s", id="submit", variant="primary", compact=True)
                    yield Button("Back  Esc", id="back", compact=True)
            with Vertical(classes="submit-preview"):
                yield Static(id="facts", markup=False)
                yield Static(id="problem", markup=False)
                with VerticalScroll(id="preview-scroll"):
                    yield Static(id="preview", markup=False)
        yield KeyLine()

    def _fields(self) -> ComposeResult:
        config = self._clusters[self._cluster]
        staging = config.staging
        with Horizontal(classes="field"):
            yield Label("Script")
            yield Input(
                placeholder="path of the job script  (^o browses)", id="script", compact=True
            )
        with Horizontal(classes="field"):
            yield Label("Cluster")
            names = [(Text(visible(name, 40)), name) for name in self._clusters]
            yield Select(names, value=self._cluster, allow_blank=False, id="cluster", compact=True)
        with Horizontal(classes="field"):
            yield Label("Scheduler")
            yield Select(_named(tuple(_NAMES)), allow_blank=False, id="sched", compact=True)
        with Horizontal(classes="field"):
            yield Label("Hash")
            yield Select(
                [(name, name) for name in HASHES],
                value=staging.hash_algo,
                allow_blank=False,
                id="hash",
                compact=True,
            )
        with Horizontal(classes="field"):
            yield Label("Options")
            yield TickBox("hold it", False, id="hold")
            yield TickBox("overwrite script", staging.overwrite, id="overwrite")

    def on_mount(self) -> None:
        """Nothing is chosen yet; what the cluster reads is asked."""
        self.offer_schedulers()
        self._show_script()

    # The script

    @on(Input.Changed, "#script")
    def read_script(self, event: Input.Changed) -> None:
        """Look at the script while its path is typed."""
        event.stop()
        self._content, self._translated, self._trouble = None, None, ""
        typed = event.value.strip()
        if typed:
            self.post_message(ScriptRequested(Path(typed), lambda got: self._took(typed, got)))
        self._show_script()

    def _took(self, path: str, got: bytes | PodError) -> None:
        if not self.is_attached or self._path != path:
            return  # gone, or another script is wanted by now
        if isinstance(got, PodError):
            self._trouble = got.message
        else:
            self._content = got
            self._guess()
        self._show_script()

    def _guess(self) -> None:
        """The scheduler whose directives the script has, if the cluster offers that one."""
        dialect = guess_dialect(self._content) if self._content is not None else None
        if dialect in self._offered:
            self.query_one("#sched", Select).value = dialect

    @property
    def _config(self) -> ClusterConfig:
        return self._clusters[str(self.query_one("#cluster", Select).value)]

    @property
    def _offered(self) -> tuple[ScriptDialect, ...]:
        """What the cluster reads; anything, before it has told."""
        return self._dialects.get(self._config.name, tuple(_NAMES))

    @on(Select.Changed, "#cluster")
    def offer_schedulers(self) -> None:
        """Another cluster reads other scripts: ask it once."""
        name = self._config.name
        if name not in self._dialects:
            self.post_message(DialectsRequested(name, lambda got: self._told(name, got)))
        self._offer()

    def _told(self, cluster: str, got: tuple[ScriptDialect, ...] | PodError) -> None:
        if self.is_attached and not isinstance(got, PodError):  # a failure is told at submission
            self._dialects[cluster] = got
            if cluster == self._config.name:
                self._offer()

    def _offer(self) -> None:
        """Offer what the cluster reads; keep what was chosen if it is among that."""
        select, usual = self.query_one("#sched", Select), self._config.staging.sched
        before = select.value
        select.set_options(_named(self._offered))
        if self._content is not None and before in self._offered:
            select.value = before
        elif usual in self._offered:
            select.value = usual
        self._guess()
        self._show_script()

    @property
    def _path(self) -> str:
        return self.query_one("#script", Input).value.strip()

    @property
    def _dialect(self) -> ScriptDialect:
        value = self.query_one("#sched", Select).value
        return value if isinstance(value, ScriptDialect) else ScriptDialect.TORQUE

    @on(Select.Changed, "#sched")
    def check_again(self) -> None:
        """Another scheduler finds other directives."""
        self._translated = None
        self._show_script()

    @property
    def _sent(self) -> bytes | None:
        """The script as it would be sent."""
        if self._translated is None:
            return self._content
        return self._translated.script.encode("utf-8", "surrogateescape")

    def _show_script(self) -> None:
        content = self._sent
        name = Path(self._path).name
        facts, preview, problem = Text(), Text(), self._trouble
        if content is not None:
            facts = script_facts(content, self._dialect, name, self.app.theme_variables["accent"])
            problem = problem_of(content, self._dialect, name)
            if problem and translation_to(content, self._dialect):
                problem = f"{problem} ^t shows it translated for {label(self._dialect)}."
            lines = content.decode("utf-8", "surrogateescape").splitlines()[:_LONGEST_PREVIEW]
            preview = Text("\n".join(visible(line.expandtabs(), 300) for line in lines))
        elif not self._path:
            preview = Text("The script is shown here before it is sent.", style="dim")
        self.query_one("#facts", Static).update(facts)
        self.query_one("#preview", Static).update(preview)
        self._tell(problem)

    def _tell(self, problem: str) -> None:
        widget = self.query_one("#problem", Static)
        widget.update(f"✗ {problem}" if problem else "")
        widget.set_class(bool(problem), "told")

    # Another scheduler's script

    def action_translate(self) -> None:
        """Show what a translation would change, and take it if that is wanted."""
        if not self._offer_translation("Take it", self._show_script):
            self.notify("There is nothing to translate in this script.", markup=False)

    def _offer_translation(self, yes: str, then: Callable[[], None]) -> bool:
        """Ask whether to take the translated script, then do `then`; False where there is none."""
        content = self._content
        found = translation_to(content, self._dialect) if content is not None else None
        if content is None or found is None:
            return False

        def took(sure: bool | None) -> None:
            if sure and self._content is content:
                self._translated = found
                self._show_script()
                then()

        script = content.decode("utf-8", "surrogateescape")
        self.app.push_screen(TranslationScreen(script, Path(self._path).name, found, yes), took)
        return True

    # Choosing files

    def action_browse(self) -> None:
        """Choose a file for the field with the cursor: the script, or something to stage in."""
        pairs = self.query_one("#stage-in", PairList)
        for_pairs = self.focused is not None and pairs in self.focused.ancestors_with_self
        field = pairs.field if for_pairs else self.query_one("#script", Input)

        def took(path: Path | None) -> None:
            if path is not None:
                field.value = str(path)
                field.focus()

        typed = Path(field.value.strip() or ".").expanduser()
        self.app.push_screen(PickFile(typed, folders=for_pairs), took)

    # Sending

    @on(Button.Pressed, "#submit")
    def action_submit(self) -> None:
        """Send it, if nothing is wrong so far."""
        if self._busy:
            return
        foreign = self._content is not None and problem_of(
            self._sent or b"", self._dialect, Path(self._path).name
        )
        if foreign and self._offer_translation("Submit it so", self.action_submit):
            return
        request = self._request()
        if request is not None:
            self._busy = True
            self.query_one("#submit", Button).label = "Submitting…"
            self.post_message(SubmissionRequested(request, self._answered))

    def _request(self) -> SubmitRequest | None:
        if not self._path:
            self._tell("Type the path of the job script first.")
            return None
        content = self._sent
        name = Path(self._path).name
        problem = self._trouble or (problem_of(content, self._dialect, name) if content else "")
        ins, outs = self.query_one("#stage-in", PairList), self.query_one("#stage-out", PairList)
        problem = problem or ins.take_typed() or outs.take_typed()
        if problem:
            self._tell(problem)
            return None
        return SubmitRequest(
            cluster=str(self.query_one("#cluster", Select).value),
            script=Path(self._path),
            stage_in=ins.pairs,
            stage_out=outs.pairs,
            sched=self._dialect,
            hold=self.query_one("#hold", TickBox).value,
            overwrite=self.query_one("#overwrite", TickBox).value,
            hash_algo=str(self.query_one("#hash", Select).value),
            content=content if self._translated else None,
        )

    def _answered(self, error: PodError | None) -> None:
        if not self.is_attached:
            return
        self._busy = False
        if error is None:
            self.dismiss(None)
            return
        self.query_one("#submit", Button).label = "Submit  ^s"
        reason = f"{visible(error.title)}: {visible(error.message, 400)}"
        self._tell(f"{reason} {visible(error.hint, 200)}".rstrip())

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Leave; a submission that is under way goes on."""
        self.dismiss(None)


def _named(dialects: tuple[ScriptDialect, ...]) -> list[tuple[str, ScriptDialect]]:
    return [(_NAMES[dialect], dialect) for dialect in dialects]
