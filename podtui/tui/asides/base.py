"""What all asides share: they are there on a wide terminal alone, and ask when the cursor rests."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.timer import Timer
from textual.widgets import Static

from podtui.tui.standing import stands

REST = 0.5
"""Seconds the cursor must stand still before a cluster is asked for anything."""


class Aside(Vertical):
    """Facts above, what had to be asked for below. It never has the focus; the wheel scrolls it."""

    TITLE: ClassVar[str] = ""
    DEFAULT_CSS = """
    Aside {
        display: none;
        width: 40%;
        max-width: 100;
        height: 1fr;
        padding: 0 1;
        background: $surface;
        border-left: vkey $foreground 30%;
        & > .aside-title { height: 1; text-style: bold; color: $primary; }
        & > VerticalScroll { height: auto; max-height: 60%; scrollbar-size: 1 1; }
        & > VerticalScroll > Static { height: auto; }
        & > .aside-head { height: auto; padding-top: 1; text-style: bold; color: $primary; }
    }
    """
    _resting: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, facts, and what a subclass has below."""
        yield Static(self.TITLE, classes="aside-title", markup=False)
        with VerticalScroll(can_focus=False):
            yield Static(classes="aside-facts", markup=False)
        yield from self.more()

    def more(self) -> ComposeResult:
        """What stands below the facts."""
        yield from ()

    @property
    def seen(self) -> bool:
        """Whether there is room for it, and its pane is the one that is shown."""
        return bool(stands(self) and self.size.width and self.app.screen is self.screen)

    def on_show(self) -> None:
        """It has come into sight: what it would have shown is shown now."""
        self.look()

    def on_resize(self) -> None:
        """There is room now, or another one."""
        self.look()

    def look(self) -> None:
        """Show what is known, and ask for the rest when the cursor has come to rest."""
        if self._resting is not None:
            self._resting.stop()
        if self.is_mounted and self.size.width:
            self.draw()
            self._resting = self.set_timer(REST, self._ask_if_seen)

    def _ask_if_seen(self) -> None:
        if self.seen:
            self.ask()

    def draw(self) -> None:
        """Show what is known."""
        raise NotImplementedError

    def ask(self) -> None:
        """Ask for what is not known; by messages."""

    def tell(self, facts: Text) -> None:
        """The facts."""
        self.query_one(".aside-facts", Static).update(facts)
