"""What dialogs share: the keys told in their frame and on the last line can be clicked."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.style import Style

from podtui.tui.widgets.key_line import KeyLine

_BETWEEN = " · "
_NAMES = {
    "Enter": "enter",
    "Esc": "escape",
    "Space": "space",
    "Tab": "tab",
    "⌫": "backspace",
    "↑": "up",
    "/": "slash",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
}


def pressable(told: str) -> Content:
    """`Enter takes · s keeps it · Esc closes`: a click on such words presses the key they name."""
    return Content(_BETWEEN).join(map(_pressable, told.split(_BETWEEN)))


def _pressable(part: str) -> Content:
    name = part.partition(" ")[0]
    key = f"ctrl+{name[1:].lower()}" if name.startswith("^") else _NAMES.get(name, name)
    return Content.styled(part, Style.from_meta({"@click": f"app.simulate_key('{key}')"}))


class Modal(ModalScreen[ScreenResultType]):
    """A dialog. The line of the keys of what stands behind it gives way to its own."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.help", "Help", id="dialog.help", tooltip="What this is, and its keys"),
        Binding(
            "ctrl+p",
            "app.command_line",
            "Commands",
            show=False,
            id="dialog.commands",
            tooltip="What can be done here, by its name",
        ),
    ]

    @on(events.Mount)
    def show_keys(self) -> None:
        """Show them below everything; a dialog's own `on_mount` comes besides this."""
        self.mount(KeyLine())
