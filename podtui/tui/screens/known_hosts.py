"""The known hosts: whose keys we take, where that stands, and a way to forget one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Label, Static

from podtui.domain.key_strength import weakness
from podtui.domain.known_host import KnownHost
from podtui.domain.text import visible
from podtui.tui import key_requests, requests
from podtui.tui.panes.follow import follow_app
from podtui.tui.panes.key_text import short_type
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.widgets.keyed_table import ColumnSpec, KeyedTable

if TYPE_CHECKING:
    from podtui.services.known_hosts import HostLine

_COLUMNS = (
    ColumnSpec("Host", 12, 60),
    ColumnSpec("Type", 7, 9),
    ColumnSpec("SHA256 fingerprint", 50, 50),
    ColumnSpec("State", 6, 9, optional=True),
    ColumnSpec("Cluster", 7, 20, optional=True),
)
_Key = tuple[str, int, bytes]


class KnownHostsScreen(Modal[None]):
    """A table of all host keys we know."""

    HELP = """\
# Known hosts

The hosts whose keys we know: a login is made only where the host shows one of these. `x` forgets
the key under the cursor, so that the next login shows what the host has then and asks. `f` draws
the fingerprint as a picture, `y` copies it. A hashed name cannot be read; where it is a cluster's,
the cluster is named.
"""
    DEFAULT_CSS = """
    KnownHostsScreen {
        & > .hosts-box {
            width: 98%; max-width: 140; height: 90%; max-height: 98%; padding: 0 1;
            background: $surface; border: round $primary;
        }
        & #host-note { height: auto; min-height: 2; color: $text-muted; }
    }
    """
    AUTO_FOCUS = "KeyedTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x,delete", "forget", "Forget", id="hosts.forget", tooltip="Forget this host key"),
        Binding("f", "picture", "Picture", id="hosts.picture", tooltip="Draw its fingerprint"),
        Binding("y", "copy", "Copy", id="hosts.copy", tooltip="Copy its fingerprint"),
        Binding("escape,q", "close", "Close", id="hosts.close", tooltip="Back"),
    ]

    known_hosts: reactive[tuple[HostLine, ...] | None] = reactive(None, init=False)

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def compose(self) -> ComposeResult:
        """The table, and where the key under the cursor stands."""
        with Vertical(classes="hosts-box") as box:
            box.border_title = "Known hosts"
            box.border_subtitle = pressable("x forgets · f picture · y copies · Esc closes")
            yield Label("Reading…", markup=False, id="host-count")
            yield KeyedTable[_Key](_COLUMNS, id="host-table")
            yield Static("", markup=False, id="host-note")

    def on_mount(self) -> None:
        """Follow the app."""
        follow_app(self, "known_hosts")
        self.watch_known_hosts(self.known_hosts)

    def watch_known_hosts(self, lines: tuple[HostLine, ...] | None) -> None:
        """Show them."""
        if lines is None:
            return
        count = f"{len(lines)} host keys" if lines else "No host is known yet."
        self.query_one("#host-count", Label).update(count)
        colour = self.app.theme_variables.get("error", "")
        self.query_one(KeyedTable).show([(_key(line.host), _cells(line, colour)) for line in lines])
        self.describe()

    @on(KeyedTable.CursorMoved)
    def describe(self) -> None:
        """Say where the key under the cursor stands, and what is wrong with it."""
        host = self._host()
        text = ""
        if host is not None:
            found = weakness(host.key)
            weak = f"\n▲ weak: {found.reason}. Its owners have to replace it." if found else ""
            where = f"{visible(str(host.file), 100)}, line {host.line}{_marked(host)}"
            text = f"{visible(_name(host), 140)} · {where}{weak}"
        self.query_one("#host-note", Static).update(text)

    def _host(self) -> KnownHost | None:
        key = self.query_one(KeyedTable).cursor_key
        hosts = (line.host for line in self.known_hosts or ())
        return next((host for host in hosts if _key(host) == key), None)

    def action_forget(self) -> None:
        """Forget the key under the cursor, after asking."""
        host = self._host()
        if host is not None:
            self.post_message(key_requests.HostForgettingRequested(host))

    def action_picture(self) -> None:
        """Draw the fingerprint."""
        host = self._host()
        if host is not None:
            self.post_message(key_requests.KeyPictureRequested(host.key, _name(host)))

    def action_copy(self) -> None:
        """Copy the fingerprint."""
        host = self._host()
        if host is not None:
            self.post_message(requests.CopyRequested(host.key.fingerprint, "The fingerprint"))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _key(host: KnownHost) -> _Key:
    return (str(host.file), host.line, host.text)


def _cells(line: HostLine, colour: str) -> tuple[Text | str, ...]:
    host = line.host
    weak = weakness(host.key) is not None
    state = Text("▲ weak", style=colour) if weak else Text("✓ good")
    if host.marker:
        state = Text({"revoked": "✗ revoked"}.get(host.marker, "◆ CA"))
    clusters = ", ".join(line.clusters)
    return (_name(host), short_type(host.key), host.key.fingerprint, state, clusters)


def _name(host: KnownHost) -> str:
    names = "(hashed)" if host.hashed else ", ".join(host.names)
    return f"@{host.marker} {names}" if host.marker else names


def _marked(host: KnownHost) -> str:
    if host.marker == "revoked":
        return ": never take this key again"
    return ": an authority that vouches for hosts" if host.marker else ""
