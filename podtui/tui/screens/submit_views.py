"""Three views of a script on its way: itself, what was changed in it, what it becomes there."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.timer import Timer
from textual.widgets import Static, TabbedContent, TabPane

from podtui.domain.job import Preview, ScriptDialect
from podtui.domain.translate import Translation
from podtui.errors import PodError
from podtui.services.staging import SubmitRequest
from podtui.tui.screens.diff import diff_counts, diff_text
from podtui.tui.screens.submit_text import losses_of, there_text
from podtui.tui.standing import stands
from podtui.tui.submit_requests import PreviewRequested
from podtui.tui.widgets.script_area import ScriptArea

_SETTLED = 0.2  # seconds without a key press, after which a preview is worth asking for


class SubmitViews(Vertical):
    """Tabs, whose titles tell how much was changed and how much is lost."""

    DEFAULT_CSS = """
    SubmitViews {
        height: 1fr;
        & > TabbedContent, & ContentSwitcher, & TabPane { height: 1fr; }
        & TabPane { padding: 0; }
        & ContentTabs Tab { padding: 0 1; }
        & VerticalScroll { height: 1fr; }
        & #script-hint { height: 1; color: $text-muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._before = self._script = self._file = ""
        self._wanted: SubmitRequest | None = None
        self._translated: Translation | None = None
        self._told: Preview | PodError | None = None
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """Script, Changes, There."""
        with TabbedContent(initial="text", id="submit-views"):
            with TabPane("F3 Script", id="text"):
                yield ScriptArea(id="script-text")
                yield Static(id="script-hint", markup=False)
            with TabPane("F4 Changes", id="changes"), VerticalScroll():
                yield Static(id="script-changes", markup=False)
            with TabPane("F5 There", id="there"), VerticalScroll():
                yield Static(id="preview", markup=False)

    def on_mount(self) -> None:
        """The number of tab stops stays small: the function keys turn to a view."""
        for tabs in self.query("ContentTabs"):
            tabs.can_focus = False

    def turn_to(self, view: str) -> None:
        """Show a view, and put the focus in it."""
        self.query_one(TabbedContent).active = view
        if view == "text":
            self.query_one(ScriptArea).focus()
        else:
            self.query_one(f"#{view}").query_one(VerticalScroll).focus()

    def show(self, before: bytes, content: bytes | None, name: str, dialect: ScriptDialect) -> None:
        """The script as it is now, and as it was."""
        self._before = before.decode("utf-8", "surrogateescape")
        self._script = (content or b"").decode("utf-8", "surrogateescape")
        self._file = name or "script"
        area = self.query_one(ScriptArea)
        area.dialect = dialect
        area.show(self._script)
        area.read_only = area.read_only or content is None
        self.tell_hint()
        come, go = diff_counts(self._before, self._script) if content is not None else (0, 0)
        tab = self.query_one(TabbedContent).get_tab("changes")
        tab.label = f"F4 Changes +{come} −{go}" if come or go else "F4 Changes"
        changes = self.query_one("#script-changes", Static)
        if come or go:
            colours = self.app.theme_variables
            told = diff_text(self._before, self._script, self._file, "as sent", colours)
            changes.update(told)
        else:
            changes.update(Text("Nothing was changed in this script.", "dim"))

    @on(ScriptArea.SelectionChanged)
    def tell_hint(self) -> None:
        """What fits at the cursor; why a script cannot be edited here."""
        area = self.query_one(ScriptArea)
        hint = area.hint
        if area.read_only and self._script:
            hint = area.READ_ONLY
        self.query_one("#script-hint", Static).update(f"→ {hint}" if hint else "")

    # What it becomes there

    def ask(self, request: SubmitRequest | None, translated: Translation | None) -> None:
        """Ask for this one's preview once nothing more is typed; what was told stays till then."""
        self._wanted, self._translated = request, translated
        if self._settling is not None:
            self._settling.stop()
        if request is None:
            self._told = None
            self._draw()
        else:
            self._settling = self.set_timer(_SETTLED, lambda: self._ask(request))

    def _ask(self, request: SubmitRequest) -> None:
        self.post_message(PreviewRequested(request, lambda got: self._take(request, got)))

    def _take(self, request: SubmitRequest, got: Preview | PodError) -> None:
        if stands(self) and request is self._wanted:
            self._told = got
            self._draw()

    def _draw(self) -> None:
        told, translated = self._told, self._translated
        cluster = self._wanted.cluster if self._wanted else ""
        text = there_text(told, translated, cluster, self.app.theme_variables)
        self.query_one("#preview", Static).update(text)
        tab = self.query_one(TabbedContent).get_tab("there")
        lost = len(losses_of(told, translated)) if isinstance(told, Preview) else 0
        refused = isinstance(told, PodError)
        tab.label = f"F5 There ✗{lost} lost" if lost else "F5 There ✗" if refused else "F5 There"
