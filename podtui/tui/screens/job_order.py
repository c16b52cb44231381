"""What the job table is sorted by."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from podtui.domain.job_columns import FIELDS
from podtui.domain.job_views import JobViews
from podtui.tui.screens.modal import Modal, pressable


class OrderScreen(Modal[JobViews | None]):
    """Any field, shown as a column or not; the same once more turns the order."""

    DEFAULT_CSS = """
    OrderScreen OptionList {
        height: auto;
        max-height: 60vh;
        border: none;
        padding: 0;
        background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Never mind", id="order.no", tooltip="Change nothing"),
    ]
    AUTO_FOCUS = "OptionList"

    def __init__(self, views: JobViews) -> None:
        super().__init__(classes="dialog")
        self._views = views

    def compose(self) -> ComposeResult:
        """The fields."""
        look = self._views.look
        with Vertical(classes="dialog-box") as box:
            box.border_subtitle = pressable("Enter chooses · Esc closes")
            yield Label("Sort by", classes="dialog-title")
            options = []
            for field in FIELDS:
                arrow = ("▼" if look.descending else "▲") if field.name == look.sort else " "
                options.append(Option(Text(f"{arrow} {field.label:<10} {field.tells}"), field.name))
            yield OptionList(*options)

    def on_mount(self) -> None:
        """Stand on the order of now."""
        names = [field.name for field in FIELDS]
        self.query_one(OptionList).highlighted = names.index(self._views.look.sort)

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Sort by it."""
        event.stop()
        look = self._views.look.sorted_by(event.option.id or "submitted")
        self.dismiss(replace(self._views, look=look))

    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)
