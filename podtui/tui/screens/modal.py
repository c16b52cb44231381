"""What dialogs share: their keys stand on the last line of the terminal, and can be clicked."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType

from podtui.tui.widgets.key_line import KeyLine


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
