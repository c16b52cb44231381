"""A further cluster, asked for key by key, tried, and only then kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static

from podtui.config.adding import form_keys
from podtui.config.keys import DEFAULT_KIND, KIND_KEY, Key, KeyType
from podtui.domain.cluster import ClusterStatus
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.errors import in_a_line
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.setting_requests import ClusterKeepingRequested, ClusterTrialRequested

KIND_WORDS = {
    "pod": "Penguin's POD, or another Scyld Cloud Manager",
    "ssh": "A login node with Slurm, TORQUE, OpenPBS or Grid Engine",
    "slurmrest": "Slurm behind its REST service (slurmrestd)",
    "psik": "A psik_api service",
    "kotta": "A Cloud Kotta service",
    "resop": "A resop service in front of a Slurm",
}
"""What each kind of cluster is, for a person."""


class NewClusterScreen(Modal[None]):
    """The form. What was tried and answered is what is kept; a refusal leaves all as typed."""

    HELP = """
Choose what kind of cluster it is, and give it a name of your own. **Test** logs in with what you
typed; nothing is written. **Add** tests too, then writes the cluster into the configuration file
and connects it. Secrets go to the system's keyring, or a file of their own that only you can read.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="cluster_form.back", tooltip="Add nothing"),
        Binding("ctrl+t", "test", "Test", id="cluster_form.test", tooltip="Log in, write nothing"),
        Binding("ctrl+s", "add", "Add", id="cluster_form.add", tooltip="Log in, then keep it"),
        Binding(
            "ctrl+e", "every_key", "All keys", id="cluster_form.every", tooltip="Show every key"
        ),
    ]
    DEFAULT_CSS = """
    NewClusterScreen {
        & .row { height: 1; margin-bottom: 1; }
        & .row > Label { width: 18; color: $text-muted; }
        & .row > Input, & .row > Select { width: 1fr; }
        & #fields { height: auto; max-height: 100%; }
        & #told { height: auto; max-height: 4; min-height: 1; }
        & #told.bad { color: $error; }
        & #told.good { color: $success; }
    }
    """
    AUTO_FOCUS = "#kind"

    def __init__(self) -> None:
        super().__init__(classes="dialog")
        self._every = False
        self._failed: dict[str, str] | None = None

    def compose(self) -> ComposeResult:
        """Kind and name, the fields of the kind, what was told, three buttons."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_title = "A further cluster"
            box.border_subtitle = pressable("^t tests · ^s adds · ^e all keys · Esc goes back")
            with VerticalScroll(id="fields"):
                with Horizontal(classes="row"):
                    yield Label("kind")
                    kinds = [(Content(f"{k}: {words}"), k) for k, words in KIND_WORDS.items()]
                    yield Select(
                        kinds, value=DEFAULT_KIND, allow_blank=False, compact=True, id="kind"
                    )
                with Horizontal(classes="row"):
                    yield Label("name")
                    yield Input(placeholder="your name for it", compact=True, id="name")
                yield Vertical(id="keys")
            yield Static("", id="told", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Back", id="back", compact=True)
                yield Button("Test", id="test", compact=True)
                yield Button("Add", id="add", variant="primary", compact=True)

    async def on_mount(self) -> None:
        """The fields of the first kind."""
        await self._ask_for_keys()

    @on(Select.Changed, "#kind")
    async def change_kind(self) -> None:
        """Another kind has other keys; what both have stays as typed."""
        await self._ask_for_keys()

    async def action_every_key(self) -> None:
        """Show every key of the kind, or the essential ones again."""
        self._every = not self._every
        await self._ask_for_keys()

    async def _ask_for_keys(self) -> None:
        typed = self._typed()
        holder = self.query_one("#keys", Vertical)
        kind = str(self.query_one("#kind", Select).value)
        rows = [_row(key, typed.get(key.name, "")) for key in form_keys(kind, every=self._every)]
        async with self.batch():
            await holder.remove_children()
            await holder.mount_all(rows)
        holder.styles.height = 2 * len(rows)

    def _typed(self) -> dict[str, str]:
        """What stands in the fields, by key; nothing for those left empty."""
        typed = {KIND_KEY.name: str(self.query_one("#kind", Select).value)}
        for field in self.query("#keys Input, #keys Select"):
            value = field.value if isinstance(field, Input | Select) else None
            if isinstance(value, str) and value and field.name:
                typed[field.name] = value
        return typed

    @property
    def _called(self) -> str:
        return self.query_one("#name", Input).value.strip()

    @on(Button.Pressed)
    async def press(self, event: Button.Pressed) -> None:
        """The buttons are the keys."""
        await self.run_action(str(event.button.id))

    def action_back(self) -> None:
        """Add nothing."""
        self.dismiss(None)

    def action_test(self) -> None:
        """Log in with what was typed."""
        self._try(self._tell_trial)

    def action_add(self) -> None:
        """Log in, then keep it; pressed again after a failure, keep it all the same."""
        if self._failed == self._typed():
            self._keep()
        else:
            self._try(self._keep_if_good)

    def _try(self, answer: Callable[[ClusterStatus | PodError], None]) -> None:
        self._tell(f"Logging in to {visible(self._called, 60) or 'it'} …")
        self.post_message(ClusterTrialRequested(self._called, self._typed(), answer))

    def _tell_trial(self, result: ClusterStatus | PodError) -> None:
        if isinstance(result, PodError):
            self._refuse(result)
        else:
            offered = ", ".join(offer.facet.value for offer in result.offers if offer.offered)
            self._tell(f"✓ It answers; it offers {offered or 'nothing yet'}.", "good")

    def _keep_if_good(self, result: ClusterStatus | PodError) -> None:
        if isinstance(result, PodError):
            self._failed = self._typed()
            self._refuse(result, " Add once more keeps it all the same.")
        else:
            self._keep()

    def _keep(self) -> None:
        self.post_message(ClusterKeepingRequested(self._called, self._typed(), self._kept))

    def _kept(self, error: PodError | None) -> None:
        if error is not None:
            self._refuse(error)
        elif self.is_current:
            self.dismiss(None)

    def _refuse(self, error: PodError, more: str = "") -> None:
        self._tell(f"✗ {in_a_line(error)}{more}", "bad")

    def _tell(self, text: str, manner: str = "") -> None:
        if self.is_mounted:
            told = self.query_one("#told", Static)
            told.set_classes(manner)
            told.update(text)


def _row(key: Key, typed: str) -> Horizontal:
    """The field for one key; what is not given keeps its default."""
    field: Input | Select[str]
    if key.type in (KeyType.CHOICE, KeyType.FLAG):
        words = key.choices or ("true", "false")
        options = [(Content(word), word) for word in words]
        value = typed if typed in words else Select.NULL
        field = Select(options, value=value, prompt="default", compact=True, name=key.name)
    else:
        hidden = key.type is KeyType.SECRET
        hint = "kept in the keyring" if hidden else key.type.value.removeprefix("a ")
        field = Input(typed, placeholder=hint, password=hidden, compact=True, name=key.name)
    return Horizontal(Label(key.name), field, classes="row")
