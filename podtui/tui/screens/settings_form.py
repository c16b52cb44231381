"""All settings in groups, as fields: what each is for, what holds and why."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from podtui.config.survey import SettingLine, Survey
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui import setting_requests as requests
from podtui.tui.errors import in_a_line
from podtui.tui.screens.setting_about import about
from podtui.tui.screens.setting_groups import KEYS, Group, groups
from podtui.tui.screens.setting_keymap import KeymapDraft
from podtui.tui.screens.setting_keys import BINDINGS, HELP
from podtui.tui.standing import stands
from podtui.tui.widgets.key_bindings_table import KeyBindingsTable
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.line_table import LineTable
from podtui.tui.widgets.setting_row import SettingPage, SettingRow

_BUTTONS = (
    ("save", "Save ^s"),
    ("reset", "Reset ^r"),
    ("test", "Test ^t"),
    ("change", "Change key"),
    ("add", "Add cluster"),
    ("remove", "Remove"),
    ("back", "Back"),
)


class SettingsForm(Screen[None]):
    """Groups, the settings of one, and what the one with the focus is for.

    What is done with the changes is SettingsScreen's. `_draft` holds what is changed and not yet
    written, by dotted key.
    """

    HELP = HELP
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*BINDINGS]
    AUTO_FOCUS = "#groups"

    def __init__(self, file: Path, themes: tuple[str, ...], cluster: str = "") -> None:
        super().__init__()
        self._file = file
        self._themes = themes
        self._survey: Survey | None = None
        self._groups: tuple[Group, ...] = ()
        self._pages: dict[str, SettingPage] = {}
        self._shown = Group("", cluster=cluster).id if cluster else ""
        self._draft: dict[str, str | None] = {}
        self._row: SettingRow | None = None
        self._refused: dict[str, str | None] | None = None

    def compose(self) -> ComposeResult:
        """Title, groups and rows, what one is for, what was told, buttons."""
        yield Static(" Settings", id="settings-title", classes="screen-title", markup=False)
        with Horizontal(id="setting-columns"):
            yield OptionList(id="groups")
            yield Vertical(id="rows")
            yield KeyBindingsTable(id="key-rows")
        with Vertical(id="about"):
            yield Static("", markup=False)
        yield Static("", id="told", markup=False)
        with Horizontal(classes="setting-buttons"):
            for name, label in _BUTTONS:
                yield Button(Content(label), id=name, compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for all settings."""
        self._read()

    @property
    def _here(self) -> bool:
        """Whether an answer still finds the screen, whole."""
        return stands(self) and bool(self.query("#told"))

    def _read(self) -> None:
        self.post_message(requests.SurveyRequested(self._took))

    def _took(self, survey: Survey | PodError) -> None:
        if not self._here:
            return
        if isinstance(survey, PodError):
            self._refuse(survey)
            return
        self._survey = survey
        self._groups = groups(survey)
        known = {line.dotted for group in self._groups for line in group.lines}
        self._draft = {d: t for d, t in self._draft.items() if d in known or d.startswith("keys.")}
        at = self._row.line.dotted if self._row else ""
        focused = self._row is not None and self._row.has_focus_within
        self.query_one("#rows").remove_children()
        self._pages.clear()
        self._show_group(self._shown or self._groups[0].id)
        self._row = next((row for row in self.rows if row.line.dotted == at), None)
        if focused and self._row:
            self._row.call_later(self._go_to, self._row)  # in its own turn, when it is made
        self._explain()
        self._list_groups()

    def _go_to(self, row: SettingRow) -> None:
        if row is self._row and self._here and row.query("#field"):
            row.focus_field()

    # Groups

    def _list_groups(self) -> None:
        """The groups, those with changes marked; the cursor stays."""
        options = self.query_one("#groups", OptionList)
        ids = [group.id for group in self._groups]
        with self.prevent(OptionList.OptionHighlighted):
            options.clear_options()
            options.add_options([Option(self._title(group), group.id) for group in self._groups])
            options.highlighted = ids.index(self._shown) if self._shown in ids else 0
        many = len(self._draft)
        changed = f"  ● {many} not saved" if many else ""
        title = Text(f" Settings{changed}  ", no_wrap=True, overflow="ellipsis")
        title.append(visible(str(self._file), 200))
        self.query_one("#settings-title", Static).update(title)
        self.refresh_bindings()

    def _title(self, group: Group) -> Text:
        changed = any(line.dotted in self._draft for line in group.lines)
        changed |= group.id == KEYS and any(d.startswith("keys.") for d in self._draft)
        return Text(f"{'●' if changed else '▪' if group.cluster else ' '} {group.title}")

    @on(OptionList.OptionHighlighted, "#groups")
    def show_group(self, event: OptionList.OptionHighlighted) -> None:
        """The settings of the group under the cursor."""
        if event.option_id and event.option_id != self._shown:
            self._tell("")
            self._show_group(event.option_id)

    @on(OptionList.OptionSelected, "#groups")
    def enter_group(self) -> None:
        """Go to its first setting."""
        self.action_change()

    @property
    def group(self) -> Group | None:
        """The group that is shown."""
        return next((one for one in self._groups if one.id == self._shown), None)

    def _show_group(self, name: str) -> None:
        """Show a group; its rows are made once, and nobody waits for it."""
        group = next((one for one in self._groups if one.id == name), self._groups[0])
        self._shown, self._row = group.id, None
        self.set_class(group.id == KEYS, "-keys")
        if group.id not in self._pages:
            rows = [SettingRow(line, self._file, self._draft, self._choices(line))
                    for line in group.lines]  # fmt: skip
            page = SettingPage(group.note, rows)
            self._pages[group.id] = page
            self.query_one("#rows", Vertical).mount(page)
        for title, page in self._pages.items():
            page.display = title == group.id
        if group.id == KEYS:
            self._show_keys()
        for button in ("test", "remove"):
            self.query_one(f"#{button}").display = bool(group.cluster)
        self.query_one("#change").display = group.id == KEYS
        self._explain()
        self.refresh_bindings()

    def _choices(self, line: SettingLine) -> tuple[str, ...]:
        if line.dotted == "theme":
            return self._themes
        if line.dotted == "default_cluster" and self._survey:
            return tuple(cluster.name for cluster in self._survey.config.clusters)
        return ()

    # Rows

    @property
    def rows(self) -> list[SettingRow]:
        """The rows that are shown."""
        page = self._pages.get(self._shown)
        return page.rows if page else []

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what the setting with the focus is for."""
        rows = [node for node in event.widget.ancestors if isinstance(node, SettingRow)]
        if rows:
            self._row = rows[0]
        self._explain()
        self.refresh_bindings()

    @on(SettingRow.Changed)
    def note_change(self, event: SettingRow.Changed) -> None:
        """Keep what shall be set."""
        event.stop()
        row = event.row
        self._row = row
        if row.changed:
            self._draft[row.line.dotted] = row.typed
        else:
            self._draft.pop(row.line.dotted, None)
        self._tell("")
        self._list_groups()
        self._explain()

    def _explain(self) -> None:
        text = Text("")
        if self._shown == KEYS:
            line = self.query_one(KeyBindingsTable).current
            text = self._keymap.about(line) if line else text
        elif self._row is not None:
            text = about(self._row.line, self._row.problem)
        elif self.group is not None:
            text = Text("Enter goes to the settings of this group.", "dim")
        self.query_one("#about > Static", Static).update(text)
        self.query_one("#about").scroll_home(animate=False)

    def action_go(self, way: int) -> None:
        """To the setting above or below."""
        rows = self.rows
        if self._row in rows:
            rows[max(0, min(rows.index(self._row) + way, len(rows) - 1))].focus_field()

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Enter in a field goes to the next."""
        event.stop()
        self.action_go(1)

    # Keys of one's own

    @property
    def _keymap(self) -> KeymapDraft:
        assert self._survey is not None
        return KeymapDraft(self._survey, self._draft)

    def _show_keys(self) -> None:
        self.query_one(KeyBindingsTable).show(self._keymap.lines())

    @on(LineTable.CursorMoved)
    def tell_key(self) -> None:
        """What the binding under the cursor does."""
        self._explain()

    @on(LineTable.Chosen)
    def action_change(self) -> None:
        """Another key for the binding; in a group, to its first setting."""
        table, rows = self.query_one(KeyBindingsTable), self.rows
        if self._shown != KEYS:
            if rows:
                (self._row if self._row in rows else rows[0]).focus_field()
        elif not table.has_focus:
            table.focus()
        else:
            self.ask_for_key()

    def ask_for_key(self) -> None:
        """Ask for another key for the binding under the cursor."""
        if line := self.query_one(KeyBindingsTable).current:
            from podtui.tui.screens.press_key import PressKeyScreen

            bound, keymap = line.bound, self._keymap
            screen = PressKeyScreen(bound, line.keys, lambda key: keymap.problem(bound.id, key))
            self.app.push_screen(screen, lambda key: self._have_key(bound.id, key))

    def _have_key(self, name: str, key: str | None) -> None:
        if key is not None:
            self._keymap.put(name, key)
            self._show_keys()
            self._list_groups()
            self._explain()

    # What is told

    def _refuse(self, error: PodError) -> None:
        self._tell(f"✗ {in_a_line(error)}", "bad")

    def _tell(self, text: str, manner: str = "") -> None:
        if self._here:
            told = self.query_one("#told", Static)
            told.set_classes(f"told {manner}" if text else "")
            told.update(Text(text))
