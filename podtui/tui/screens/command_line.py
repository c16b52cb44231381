"""The command line: everything by its name, completed while it is typed, earlier lines recalled."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from podtui.domain.command_words import BY_WORD, split
from podtui.domain.entry import Entry
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.completions import Known, Offer, earlier_with, offers
from podtui.tui.errors import in_a_line
from podtui.tui.file_requests import FolderNamesRequested
from podtui.tui.messages import CommandGiven
from podtui.tui.palette import Command
from podtui.tui.screens.modal import pressable
from podtui.tui.standing import stands

_KEYS = "Tab completes · Enter runs · ↑ earlier · ^R finds · Esc closes"
_FINDING = "Enter runs · Tab takes it · ^R the next · Esc goes back"
_NOTHING_FOUND = "No line given earlier has these words."
_LABEL = 34  # cells
_AROUND = 8  # rows beside the list: border, field, what is wrong, what is told


class CommandLineScreen(ModalScreen[Command | None]):
    """Dismissed with the command of a key; a line with a name and an argument is sent up."""

    DEFAULT_CSS = """
    CommandLineScreen {
        align: center top;
        background: $background 60%;
        & > .command-box {
            width: 96%; max-width: 120; height: auto; max-height: 100%; padding: 0 1;
            background: $surface; border: round $primary;
        }
        & Input { background: $surface; }
        & .dialog-problem { display: none; }
        & .dialog-problem.told { display: block; width: 100%; }
        & #command-tells { height: auto; max-height: 3; color: $text-muted; }
        & OptionList {
            border: none; padding: 0; background: $surface;
            text-wrap: nowrap; text-overflow: ellipsis; scrollbar-size: 1 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1)", "Up", id="command.up", tooltip="Up the list, then earlier lines"),
        Binding("down", "go(1)", "Down", id="command.down", tooltip="Later lines, down the list"),
        Binding("pageup", "go(-10)", "Page up", show=False),
        Binding("pagedown", "go(10)", "Page down", show=False),
        Binding(
            "tab", "complete", "Complete", id="command.complete", tooltip="Take what is offered"
        ),
        Binding("ctrl+r", "find", "Find", id="command.find", tooltip="Find among earlier lines"),
        Binding("escape", "leave", "Close", id="command.close", tooltip="Run nothing"),
    ]
    AUTO_FOCUS = "Input"

    def __init__(self, known: Known) -> None:
        super().__init__()
        self._known = known
        self._offers: list[Offer] = []
        self._read: dict[tuple[str, str], tuple[Entry, ...]] = {}
        self._asked: tuple[str, str] | None = None
        self._back = -1  # how many lines back; -1 where nothing is recalled
        self._begun = ""
        self._moved = False  # a line of the list was gone to
        self._finding = False
        self._waiting = False

    def compose(self) -> ComposeResult:
        """The field, what is wrong with it, what it may become."""
        with Vertical(classes="command-box"):
            yield Input(placeholder="a command, some letters of one, or a path", compact=True)
            yield Static(classes="dialog-problem", markup=False)
            yield OptionList()
            yield Static(id="command-tells", markup=False)

    def on_mount(self) -> None:
        """All that there is, before a letter is typed."""
        self.query_one(OptionList).can_focus = False
        self._offer()

    @property
    def _field(self) -> Input:
        return self.query_one(Input)

    # What is offered

    def _offer(self) -> None:
        box = self.query_one(".command-box")
        box.border_title = "Find an earlier line" if self._finding else "Command"
        box.border_subtitle = pressable(_FINDING if self._finding else _KEYS)
        line = self._field.value
        found = earlier_with(line, self._known) if self._finding else self._offered(line)
        self._offers, self._moved = found, False
        if self._finding:
            self._say("" if found else _NOTHING_FOUND)
        options = self.query_one(OptionList)
        options.clear_options()
        wide = min(max((len(offer.label) for offer in found), default=0), _LABEL)
        options.add_options(Option(_drawn(offer, wide)) for offer in found)
        options.display = bool(found)
        options.highlighted = 0 if found else None
        self.explain()  # an empty list tells nothing of it by itself
        self._fit()

    def on_resize(self) -> None:
        """The list takes what room there is."""
        self._fit()

    def _fit(self) -> None:
        room = max(self.size.height - _AROUND, 3)
        self.query_one(OptionList).styles.height = min(len(self._offers), room)

    @on(OptionList.OptionHighlighted)
    def explain(self) -> None:
        """The whole of what may be cut off in the list."""
        offer = self._highlighted
        self.query_one("#command-tells", Static).update(offer.tells if offer else "")

    def _offered(self, line: str) -> list[Offer]:
        return offers(line, self._known, self._names)

    def _names(self, end: str, folder: str) -> tuple[Entry, ...]:
        """What is in a folder, asked for once."""
        at = (end, folder)
        if at not in self._read and at != self._asked:
            self._asked = at  # another question ends this one

            def took(entries: tuple[Entry, ...]) -> None:
                self._read[at] = entries
                if stands(self) and entries and not self._moved:
                    self._offer()

            self.post_message(FolderNamesRequested(self, end, folder, took))
        return self._read.get(at, ())

    @on(Input.Changed)
    def read(self, event: Input.Changed) -> None:
        """Offer what fits."""
        event.stop()
        if self._back < 0 or event.value != self._recalled[self._back]:
            self._back = -1
        self._say("")
        self._offer()

    # Earlier lines

    @property
    def _recalled(self) -> list[str]:
        """Those that begin with what was typed before the first was recalled."""
        return [line for line in self._known.earlier if line.startswith(self._begun)]

    def action_go(self, by: int) -> None:
        """Through the list; above its first line are the lines given earlier."""
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        if not self._finding and (self._back >= 0 or (by < 0 and not at)):
            self._recall(1 if by < 0 else -1)
        elif self._offers:
            options.highlighted = max(0, min(at + by, len(self._offers) - 1))
            self._moved = True

    def _recall(self, by: int) -> None:
        if self._back < 0:
            self._begun = self._field.value
        lines = self._recalled
        self._back = max(-1, min(self._back + by, len(lines) - 1))
        self._put(lines[self._back] if self._back >= 0 else self._begun)

    def action_find(self) -> None:
        """Look for words in the lines given earlier; once more, the next that has them."""
        if self._finding:
            self.action_go(1)
        else:
            self._finding = True
            self._offer()

    # Taking

    def _put(self, line: str) -> None:
        self._field.value = line
        self._field.cursor_position = len(line)

    @property
    def _highlighted(self) -> Offer | None:
        at = self.query_one(OptionList).highlighted
        return self._offers[at] if at is not None and at < len(self._offers) else None

    def action_complete(self) -> None:
        """Become what is offered."""
        if offer := self._highlighted:
            self._finding = False
            self._put(offer.line)
            self._offer()

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        """A line of the list was clicked."""
        event.stop()
        self._take(self._offers[event.option_index])

    @on(Input.Submitted)
    def run_line(self, event: Input.Submitted) -> None:
        """Run what was typed, or the line of the list that stands out."""
        event.stop()
        line = event.value.strip()
        name, argument = split(line)
        word = BY_WORD.get(name)
        offer = self._highlighted
        if word is not None and not self._finding and not self._moved:
            if word.needs and not argument:
                self._say(
                    f"Type {word.placeholder} behind it: {word.tells[0].lower()}{word.tells[1:]}."
                )
            else:
                self._send(line, name, argument)
        elif offer is not None:
            self._take(offer)
        elif line:
            self._say(f"✗ There is no command {visible(name, 40)!r}.")

    def _take(self, offer: Offer) -> None:
        if offer.command is not None:
            self.dismiss(offer.command)
        elif offer.whole:
            self._send(offer.line, *split(offer.line))
        else:
            self._put(offer.line)
            self._field.focus()

    def _run_named(self, line: str) -> None:
        """Run a key's command that was given by its name earlier, where it is there now."""
        command = next((one for one in self._known.commands if one.name == line), None)
        if command is None:
            self._say(f"✗ {visible(line, 60)}: not here; it belongs to another pane.")
        else:
            self.dismiss(command)

    def _send(self, line: str, name: str, argument: str) -> None:
        if name not in BY_WORD:
            self._run_named(line)
            return
        if not self._waiting:
            self._waiting = True
            self._say("…")
            self.post_message(CommandGiven(self, line.strip(), name, argument, self._answered))

    def _answered(self, error: PodError | None) -> None:
        self._waiting = False
        if not stands(self):
            return
        if error is None:
            self.dismiss(None)
        else:
            self._say(f"✗ {in_a_line(error)}")

    def _say(self, text: str) -> None:
        problem = self.query_one(".dialog-problem", Static)
        problem.update(text)
        problem.set_class(bool(text), "told")

    # Leaving

    def action_leave(self) -> None:
        """Out of the search, then out of here."""
        if self._finding:
            self._finding = False
            self._offer()
        else:
            self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box leaves."""
        if event.widget is self:
            self.dismiss(None)


def _drawn(offer: Offer, wide: int) -> Text:
    label = visible(offer.label, 200)
    return Text.assemble(f"{label:<{wide}}  ", (offer.tells, "dim")) if offer.tells else Text(label)
