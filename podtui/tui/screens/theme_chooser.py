"""Choose the colours: the whole screen wears the theme under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.theme import Theme
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from podtui.domain.text import visible
from podtui.tui.screens.modal import Modal, pressable

_NAME_LIMIT = 40  # characters


class ThemeScreen(Modal[str]):
    """Dismissed with the name of the theme to keep, or with "" when all stays as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="themes.back", tooltip="Keep the colours as they were")
    ]
    DEFAULT_CSS = """
    ThemeScreen { align: right middle; background: transparent; }
    ThemeScreen OptionList { height: auto; max-height: 16; width: 44; background: $surface; }
    """

    def __init__(self, themes: Sequence[Theme], now: str) -> None:
        super().__init__(classes="dialog")
        self._themes = tuple(themes)
        self._before = now

    def compose(self) -> ComposeResult:
        """The names, each saying whether it is dark, and whether it is what is worn now."""
        with Vertical(classes="dialog-box") as box:
            box.border_subtitle = pressable("Enter keeps · Esc goes back")
            yield Label("Colours", classes="dialog-title")
            yield OptionList(*(Option(self._line(theme), theme.name) for theme in self._themes))

    def _line(self, theme: Theme) -> Text:
        wide = max(len(visible(one.name, _NAME_LIMIT)) for one in self._themes)
        name = f"{visible(theme.name, _NAME_LIMIT):<{wide}}"
        line = Text(name, no_wrap=True, overflow="ellipsis")
        line.append("  dark " if theme.dark else "  light", "dim")
        return line.append("  now" if theme.name == self._before else "", "bold")

    def on_mount(self) -> None:
        """Begin at the theme that is worn."""
        names = [theme.name for theme in self._themes]
        if self._before in names:
            self.query_one(OptionList).highlighted = names.index(self._before)

    @on(OptionList.OptionHighlighted)
    def preview(self, event: OptionList.OptionHighlighted) -> None:
        """Wear the theme under the cursor."""
        if event.option_id and event.option_id != self.app.theme:
            self.app.theme = event.option_id

    @on(OptionList.OptionSelected)
    def keep(self, event: OptionList.OptionSelected) -> None:
        """Keep it."""
        self.dismiss(event.option_id or "")

    def action_back(self) -> None:
        """Wear what was worn before."""
        self.app.theme = self._before
        self.dismiss("")
