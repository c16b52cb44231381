"""Help: what the thing in front is for, and its keys, from the same bindings as everything else."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Label, Markdown, Static

from podtui.tui.palette import in_force
from podtui.tui.screens.modal import pressable

Keys = tuple[tuple[str, str, str, str], ...]
"""Key as shown, what it does, the explanation, the id by which `[keys]` gives it another key."""


class HelpScreen(ModalScreen[None]):
    """The HELP of the focused pane or screen, then every key that works there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "close", "Close", id="help.close", tooltip="Back"),
    ]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, text: str, keys: Keys) -> None:
        super().__init__(classes="dialog")
        self._text = text
        self._keys = keys

    @classmethod
    def of(cls, screen: Screen[object]) -> HelpScreen:
        """Help for what has the focus on `screen`."""
        node = screen.focused or screen
        texts = [n.HELP for n in node.ancestors_with_self if getattr(n, "HELP", None)]
        keys = []
        for active in in_force(screen).values():
            binding = active.binding
            if binding.id and binding.description and not binding.system:
                shown = screen.app.get_key_display(binding)
                keys.append((shown, binding.description, active.tooltip, binding.id))
        return cls(texts[0] or "" if texts else "", tuple(dict.fromkeys(keys)))

    def compose(self) -> ComposeResult:
        """Text and keys."""
        with Vertical(classes="dialog-box wide") as box:
            box.border_subtitle = pressable("Esc closes")
            yield Label("Help", classes="dialog-title")
            with VerticalScroll():
                yield Markdown(self._text)
                yield Static(self._key_table())

    def _key_table(self) -> Table:
        colour = self.app.theme_variables["accent"]
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", style=f"bold {colour}", no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(style="dim")
        table.add_column(style="dim italic")
        for row in self._keys:
            table.add_row(*(Text(cell) for cell in row))
        return table

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
