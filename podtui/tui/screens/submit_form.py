"""The form for a new job: the script, as fields and as text, each in step with the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Checkbox, Input, Select, Static

from podtui.config.model import ClusterConfig
from podtui.domain.job import ScriptDialect
from podtui.domain.script import guess_dialect
from podtui.domain.script_checks import has_crlf, without_crlf
from podtui.domain.script_form import read_form, set_field
from podtui.domain.staging import StagePair
from podtui.domain.text import visible
from podtui.domain.translate.dialect import label
from podtui.domain.translate.job_spec import read_job_spec
from podtui.errors import PodError
from podtui.services.staging import SubmitRequest
from podtui.tui.messages import DialectsRequested, ScriptRequested
from podtui.tui.screens.submit_fields import SubmitFields, named
from podtui.tui.screens.submit_keys import BINDINGS, HELP
from podtui.tui.screens.submit_text import findings_text, problem_of
from podtui.tui.screens.submit_views import SubmitViews
from podtui.tui.screens.translation import translation_to
from podtui.tui.standing import stands
from podtui.tui.widgets.job_form import JobForm
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.pair_list import PairList
from podtui.tui.widgets.script_area import LONGEST, ScriptArea


@dataclass(frozen=True, slots=True)
class Draft:
    """A script that is there when the form opens; `before` is what it is compared with.

    `why` tells what was changed already, and where the script is from.
    """

    name: str
    content: bytes
    before: bytes
    dialect: ScriptDialect | None = None
    stage_in: tuple[StagePair, ...] = ()
    stage_out: tuple[StagePair, ...] = ()
    why: str = ""


class SubmitForm(Screen[None]):
    """Everything about the script, short of sending it: that is SubmitScreen's."""

    HELP = HELP
    CSS_PATH = "submit.tcss"
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)
    AUTO_FOCUS = "#script"

    def __init__(
        self, clusters: tuple[ClusterConfig, ...], cluster: str, draft: Draft | None = None
    ) -> None:
        super().__init__()
        self._clusters = {config.name: config for config in clusters}
        self._cluster = cluster
        self._draft = draft
        self._dialects: dict[str, tuple[ScriptDialect, ...]] = {}
        self._content: bytes | None = draft.content if draft else None
        self._before: bytes = draft.before if draft else b""
        self._trouble = ""
        self._by_hand = False  # changed by a person: not to be lost without a question
        self._busy = False
        self._awaited = False  # to be sent as soon as the script is read

    def compose(self) -> ComposeResult:
        """Form on the left, script on the right; one above the other where it is narrow."""
        yield Static(" New job", classes="screen-title", id="submit-title", markup=False)
        with Horizontal(classes="submit-columns"):
            with VerticalScroll(classes="submit-form", can_focus=False):
                yield SubmitFields(tuple(self._clusters), self._clusters[self._cluster])
                yield JobForm()
                yield PairList("stage-in", "LOCAL[:REMOTE], copied before it starts")
                yield PairList("stage-out", "REMOTE[:LOCAL], fetched when it has ended")
                with Horizontal(classes="submit-buttons"):
                    yield Button("Submit  ^s", id="submit", variant="primary", compact=True)
                    yield Button("Back  Esc", id="back", compact=True)
            with Vertical(classes="submit-preview"):
                yield Static(id="problem", markup=False)
                yield Static(id="findings", markup=False)
                yield SubmitViews()
        yield KeyLine()

    def on_mount(self) -> None:
        """What the cluster reads is asked; a draft is put in."""
        draft = self._draft
        if draft is not None:
            self.query_one("#submit-title", Static).update(f" New job: {visible(draft.why, 200)}")
            self._name_it(draft.name)
            self.query_one("#stage-in", PairList).put(draft.stage_in)
            self.query_one("#stage-out", PairList).put(draft.stage_out)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show_script())
        self.offer_schedulers()
        if draft is not None and draft.dialect in self._offered:
            self.query_one("#sched", Select).value = draft.dialect
        self._show_script()
        if self._content not in (None, self._before):
            self._by_hand = True
            self.query_one(SubmitViews).turn_to("changes")

    def _name_it(self, name: str) -> None:
        with self.prevent(Input.Changed):
            self.query_one("#script", Input).value = visible(name)

    # The script

    @on(Input.Changed, "#script")
    def read_script(self, event: Input.Changed) -> None:
        """Look at the script while its path is typed; what was edited takes another name."""
        event.stop()
        if self._edited:
            self._show_script()
            return
        self._content, self._before, self._trouble, self._awaited = None, b"", "", False
        typed = event.value.strip()
        if typed:
            self.post_message(ScriptRequested(Path(typed), lambda got: self._took(typed, got)))
        self._show_script()

    def _took(self, path: str, got: bytes | PodError) -> None:
        if not stands(self) or self._path != path or self._edited:
            return  # gone, or another script is wanted by now
        awaited, self._awaited = self._awaited, False
        if isinstance(got, PodError):
            self._trouble = got.message
        else:
            self._begin_with(got)
        self._show_script()
        if awaited:
            self.action_submit()

    def _begin_with(self, content: bytes) -> None:
        self._content = self._before = content
        self._trouble, self._by_hand, self._awaited = "", False, False
        self._guess()

    def _guess(self) -> None:
        """The scheduler whose directives the script has, if the cluster offers that one."""
        dialect = guess_dialect(self._content) if self._content is not None else None
        if dialect in self._offered:
            self.query_one("#sched", Select).value = dialect

    def action_submit(self) -> None:
        """Send it."""
        raise NotImplementedError

    @property
    def _unread(self) -> str:
        """Why there is no script to send yet."""
        if not self._path:
            return "Type the path of the job script first."
        return "The script is not read yet; it is sent as soon as it is."

    @property
    def _edited(self) -> bool:
        return self._by_hand and self._content is not None and self._content != self._before

    @property
    def _script(self) -> str:
        return (self._content or b"").decode("utf-8", "surrogateescape")

    @property
    def _config(self) -> ClusterConfig:
        return self._clusters[str(self.query_one("#cluster", Select).value)]

    @property
    def _offered(self) -> tuple[ScriptDialect, ...]:
        """What the cluster reads; anything, before it has told."""
        return self._dialects.get(self._config.name, tuple(ScriptDialect))

    @on(Select.Changed, "#cluster")
    def offer_schedulers(self) -> None:
        """Another cluster reads other scripts: ask it once."""
        name = self._config.name
        if name not in self._dialects:
            self.post_message(DialectsRequested(name, lambda got: self._told(name, got)))
        self._offer()

    def _told(self, cluster: str, got: tuple[ScriptDialect, ...] | PodError) -> None:
        if stands(self) and not isinstance(got, PodError):  # a failure is told at submission
            self._dialects[cluster] = got
            if cluster == self._config.name:
                self._offer()

    def _offer(self) -> None:
        """Offer what the cluster reads; keep what was chosen if it is among that."""
        select, usual = self.query_one("#sched", Select), self._config.staging.sched
        before = select.value
        select.set_options(named(self._offered))
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
        self._show_script()

    def _show_script(self) -> None:
        """Bring the form, the text and everything told of it into step with the script."""
        content, dialect, name = self._content, self._dialect, Path(self._path).name
        problem, findings = self._trouble, ""
        views, form = self.query_one(SubmitViews), self.query_one(JobForm)
        if content is not None:
            problem = problem_of(content, dialect, name)
            translated = translation_to(content, dialect) if problem else None
            if translated:
                problem = f"{problem} ^t shows it translated for {label(dialect)}."
            short = len(content) <= LONGEST
            findings = findings_text(self._script, dialect) if short and not problem else ""
            if read_job_spec(content) is not None:
                form.close("a JobSpec says itself what it asks for")
            elif short and not translated:
                form.show(read_form(self._script, dialect))
            else:
                form.close("the script is for another scheduler" if short else "it is too long")
        else:
            problem = problem or (self._unread if self._awaited else "")
            form.close("no script yet")
        views.show(self._before, content, name, dialect)
        self._tell(problem)
        shown = self.query_one("#findings", Static)
        shown.update(f"{findings}\n^l changes the line ends." if self._crlf else findings)
        shown.set_class(bool(findings), "told")
        self.ask_preview()
        self.refresh_bindings()

    def _tell(self, problem: str) -> None:
        widget = self.query_one("#problem", Static)
        widget.update(f"✗ {problem}" if problem else "")
        widget.set_class(bool(problem), "told")

    # Form and text, each in step with the other

    @on(JobForm.Changed)
    def change_field(self, event: JobForm.Changed) -> None:
        """Change the one place in the script that tells the field."""
        event.stop()
        try:
            changed = set_field(self._script, self._dialect, event.field, event.value)
        except PodError as error:
            self.query_one(JobForm).refuse(event.field, error.message)
            return
        self._by_hand = True
        self._take_text(changed)

    @on(ScriptArea.Changed)
    def change_text(self, event: ScriptArea.Changed) -> None:
        """Take what was typed in the script itself."""
        event.stop()
        area = event.text_area
        if isinstance(area, ScriptArea) and not area.read_only and area.text != self._script:
            self._by_hand = True
            self._take_text(area.text)

    def _take_text(self, script: str) -> None:
        if script != self._script:
            self._content = script.encode("utf-8", "surrogateescape")
            self._trouble = ""
            self._show_script()

    @property
    def _crlf(self) -> bool:
        return has_crlf(self._script)

    def action_line_ends(self) -> None:
        """Give the script the line ends a shell reads."""
        self._take_text(without_crlf(self._script))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are not there."""
        if action == "line_ends":
            return self._crlf
        if action == "translate":
            return self._content is not None
        return super().check_action(action, parameters)

    @property
    def _filename(self) -> str:
        return Path(self._path).name

    def ask_preview(self) -> None:
        """Ask what the script becomes at the cluster, translated where it must be."""
        content, translated = self._content, None
        if content is not None and problem_of(content, self._dialect, "script"):
            translated = translation_to(content, self._dialect) if content.strip() else None
        if translated is not None:
            content = translated.script.encode("utf-8", "surrogateescape")
        request = self._plain_request(content) if content is not None and self._path else None
        self.query_one(SubmitViews).ask(request, translated)

    @on(Select.Changed, "#hash")
    @on(Checkbox.Changed)
    @on(PairList.Changed)
    def preview_again(self) -> None:
        """What is sent has changed."""
        self.ask_preview()

    def _plain_request(self, content: bytes) -> SubmitRequest:
        return SubmitRequest(
            cluster=self._config.name,
            script=Path(self._path),
            stage_in=self.query_one("#stage-in", PairList).pairs,
            stage_out=self.query_one("#stage-out", PairList).pairs,
            sched=self._dialect,
            content=content,
            **self.query_one(SubmitFields).options,
        )
