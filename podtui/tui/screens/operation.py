"""One operation: its options in a form, run with what is set, and what it said."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.markup import escape
from textual.screen import Screen
from textual.widgets import Checkbox, Input, Label, Log, Static

from podtui.domain.operation import Operation, OperationResult, Option
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.errors import in_a_line
from podtui.tui.operation_requests import OperationFactsRequested, OperationRunRequested
from podtui.tui.standing import stands
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.tick_box import TickBox

_INPUT = "input"
_MOST_LINES = 5_000
_LONGEST = 1_000  # characters of a line
_HELP = 400


class OptionRow(Horizontal):
    """An option: whether it is set, and the value it has, which may be none."""

    def __init__(self, option: Option, *, always: bool = False) -> None:
        super().__init__(classes="option-row")
        self.option = option
        self._always = always

    def compose(self) -> ComposeResult:
        """A box to tick, unless it always counts, and a field."""
        name = visible(self.option.name, 22)
        if self._always:
            yield Label(name, markup=False)
        else:
            yield TickBox(escape(name), False, id="set")
        yield Input(compact=True, id="value", disabled=self.option.flag)

    @property
    def value(self) -> str | None:
        """What is sent, None when nothing is."""
        text = self.query_one(Input).value
        if self._always:
            return text or None
        return text if self.query_one(Checkbox).value else None

    @on(Input.Changed)
    def tick(self, event: Input.Changed) -> None:
        """What is typed counts."""
        event.stop()
        if event.value and not self._always:
            self.query_one(Checkbox).value = True


class OperationScreen(Screen[None]):
    """Set the options, run it with F2; the output stands beside, or below on a small screen."""

    HELP = """
Tick an option to give it, with or without a value; typing a value ticks it. *F2* runs the
operation. What the service would refuse is told before anything is sent. Where an operation
runs as a command (resop), a shell there reads the values: `$HOME` becomes what it means there.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f2,ctrl+s", "run", "Run it", id="operation.run", tooltip="Run it with what is set"
        ),
        Binding(
            "f1",
            "app.help",
            "Help",
            id="operation.help",
            tooltip="What is shown here",
        ),
        Binding("escape", "back", "Back", id="operation.back", tooltip="Back to the list"),
    ]
    AUTO_FOCUS = ""
    CSS = """
    OperationScreen {
        & > #operation-help { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        & > .operation-columns { height: 1fr; layout: vertical; }
        & #operation-form { height: 1fr; width: 1fr; }
        & #operation-said { height: 1fr; width: 1fr; display: none; background: $surface; }
        &.-told #operation-said { display: block; }
        & .option-row { height: 1; }
        & .option-row > Label, & .option-row > TickBox { width: 28; padding: 0 1; }
        & .option-row > Input { width: 1fr; }
        & #option-help { height: 2; padding: 0 1; color: $text-muted; }
        & #operation-outcome {
            height: auto; max-height: 4; padding: 0 1; text-style: bold;
            &.-primary { color: $primary; }
            &.-success { color: $success; }
            &.-error { color: $error; }
        }
        & Log { height: 1fr; background: $surface; scrollbar-size: 1 1; }
    }
    OperationScreen.-wide, OperationScreen.-broad {
        & > .operation-columns { layout: horizontal; }
    }
    """

    def __init__(self, cluster: str, operation: Operation) -> None:
        super().__init__()
        self._cluster = cluster
        self._operation = operation
        self._known = False
        self._busy = False

    def compose(self) -> ComposeResult:
        """Title and help, the form, what it said."""
        mark = "  ▲ asks first" if self._operation.changes else ""
        where = visible(self._cluster, 40)
        title = f" {visible(self._operation.title, 60)} on {where}{mark}"
        yield Static(title, classes="screen-title", markup=False)
        yield Static("Asking for its options…", id="operation-help", markup=False)
        with Vertical(classes="operation-columns"):
            yield VerticalScroll(id="operation-form", can_focus=False)
            with Vertical(id="operation-said"):
                yield Static(id="operation-outcome", markup=False)
                yield Log(highlight=False, max_lines=_MOST_LINES)
        yield Static(id="option-help", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for the options."""
        self.post_message(OperationFactsRequested(self._cluster, self._operation, self._took))

    async def _took_facts(self, got: Operation) -> None:
        self._operation, self._known = got, True
        told = " ".join(visible(got.help, _HELP).split())
        self.query_one("#operation-help", Static).update(told or "The service tells nothing of it.")
        rows = [OptionRow(option) for option in got.options]
        if got.takes_input:
            about = "What stands behind the options, such as a job's id or a file."
            rows.insert(0, OptionRow(Option(_INPUT, about), always=True))
        await self.query_one("#operation-form").mount(*rows)
        if rows:
            rows[0].query_one(Input).focus()
        else:
            self.query_one("#option-help", Static).update("It has no options: F2 runs it.")
        self.refresh_bindings()

    def _took(self, got: Operation | PodError) -> None:
        if not stands(self):
            return
        if isinstance(got, PodError):
            why = f"{visible(got.title)}: {in_a_line(got)}"
            self.query_one("#operation-help", Static).update(why)
        else:
            self.call_later(self._took_facts, got)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tell what the option under the cursor is."""
        row = next((one for one in event.widget.ancestors if isinstance(one, OptionRow)), None)
        if row is not None:
            told = " ".join(visible(row.option.help, _HELP).split())
            self.query_one("#option-help", Static).update(told)

    @property
    def values(self) -> dict[str, str]:
        """What is set, by name."""
        rows = [(row.option.name, row.value) for row in self.query(OptionRow)]
        return {name: value for name, value in rows if value is not None}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """It is run once it is known, and once at a time."""
        if action == "run" and (not self._known or self._busy):
            return None
        return super().check_action(action, parameters)

    def action_run(self) -> None:
        """Run it with what is set."""
        self._busy = True
        self._tell("◌ running…", "primary", ())
        self.post_message(
            OperationRunRequested(
                self, self._cluster, self._operation, self.values, self._took_result
            )
        )

    def _took_result(self, got: OperationResult | PodError | None) -> None:
        if not stands(self):
            return
        self._busy = False
        if got is None:
            self._tell("⊘ not run", "foreground", ())
        elif isinstance(got, PodError):
            why = f"✗ {visible(got.title)}: {in_a_line(got)}"
            self._tell(why, "error", ())
        else:
            mark, colour = ("✓ succeeded", "success") if got.succeeded else ("✗ failed", "error")
            notes = "".join(f"\n{visible(note, 200)}" for note in got.log)
            self._tell(mark + notes, colour, tuple(got.output.splitlines()))

    def _tell(self, outcome: str, colour: str, lines: tuple[str, ...]) -> None:
        self.add_class("-told")
        more = len(lines) - _MOST_LINES
        note = f"\nThe first {more:,} lines are left out." if more > 0 else ""
        said = self.query_one("#operation-outcome", Static)
        said.set_classes(f"-{colour}")
        said.update(outcome + note)
        log = self.query_one(Log)
        log.clear()
        log.write_lines(
            [visible(line.expandtabs(), _LONGEST) for line in lines[-_MOST_LINES:]],
            scroll_end=False,
        )
        self.refresh_bindings()

    def action_back(self) -> None:
        """Back to the list; what is running goes on, and its end is told."""
        self.dismiss(None)
