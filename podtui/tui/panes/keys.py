"""The Keys pane: the key pairs of this machine, and the keys a cluster accepts."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.text import visible
from podtui.tui import requests
from podtui.tui.keyring import Keyring
from podtui.tui.panes.base import Pane
from podtui.tui.panes.follow import follow_app
from podtui.tui.widgets.keyed_table import ColumnSpec, KeyedTable

_FINGERPRINT = 50  # cells: "SHA256:" and 43 of base64
_LOCAL = (
    ColumnSpec("File", 12, 24),
    ColumnSpec("On", 2, 2),
    ColumnSpec("Type", 7, 10),
    ColumnSpec("SHA256 fingerprint", _FINGERPRINT, _FINGERPRINT),
    ColumnSpec("Bits", 4, 5, right=True, optional=True),
    ColumnSpec("Passphrase", 4, 10, optional=True),
    ColumnSpec("Agent", 5, 5, optional=True),
    ColumnSpec("Comment", 7, 40, optional=True),
)
_THERE = (
    ColumnSpec("Ours", 14, 26),
    ColumnSpec("Type", 7, 10),
    ColumnSpec("SHA256 fingerprint", _FINGERPRINT, _FINGERPRINT),
    ColumnSpec("Comment", 7, 40, optional=True),
)


class KeysPane(Pane):
    """Ours above, the cluster's below. Only public halves are ever put on."""

    HELP = """\
# Keys

Above, the SSH key pairs of **this machine**; ✓ marks those the cluster accepts. Below, the keys
that may log in on **the cluster**. Compare them by their SHA256 fingerprints.

`n` makes a new pair, `p` puts the public half of the pair under the cursor on the cluster, `o` puts
on a public key that you paste or that is in a file, `x` takes one off. A private key is never sent:
podtui refuses it.

`y` copies the public line of the key under the cursor, `Y` its fingerprint.
"""
    FOCUS = "#local-keys"
    DEFAULT_CSS = """
    KeysPane {
        & > .part { height: 1fr; }
        & > .part > .part-title { height: 1; padding: 0 1; text-style: bold; color: $primary; }
        & > .part > .part-note { height: auto; padding: 0 1; color: $text-muted; display: none; }
        & > .part.-empty > .part-note { display: block; }
        & > #key-details { height: auto; min-height: 1; padding: 0 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "generate", "New key", id="keys.generate", tooltip="Make a new key pair"),
        Binding(
            "p",
            "put_on",
            "Put on",
            id="keys.put_on",
            tooltip="Let the key under the cursor log in on the cluster",
        ),
        Binding(
            "o",
            "put_other",
            "Other key",
            id="keys.put_other",
            tooltip="Put on a public key that you paste, or that is in a file",
        ),
        Binding(
            "x,delete",
            "take_off",
            "Take off",
            id="keys.take_off",
            tooltip="Take the key under the cursor off the cluster, after asking",
        ),
        Binding("g", "reread", "Refresh", id="keys.refresh", tooltip="Read all keys anew"),
        Binding(
            "y",
            "copy('line')",
            "Copy",
            id="keys.copy",
            tooltip="Copy the public line of the key under the cursor",
        ),
        Binding(
            "Y",
            "copy('fingerprint')",
            "Copy fingerprint",
            show=False,
            id="keys.copy_fingerprint",
            tooltip="Copy the fingerprint of the key under the cursor",
        ),
    ]

    keyring: reactive[Keyring] = reactive(Keyring(), init=False)
    cluster: reactive[str] = reactive("", init=False)

    def compose(self) -> ComposeResult:
        """Ours, what is to say about the one under the cursor, the cluster's."""
        with Vertical(id="local-part", classes="part -empty"):
            yield Static("Keys on this machine", classes="part-title", markup=False)
            yield Static("", classes="part-note", markup=False)
            yield KeyedTable[str](_LOCAL, id="local-keys")
        yield Static("", id="key-details", markup=False)
        with Vertical(id="there-part", classes="part -empty"):
            yield Static("", classes="part-title", markup=False)
            yield Static("", classes="part-note", markup=False)
            yield KeyedTable[str](_THERE, id="there-keys")

    def on_mount(self) -> None:
        """Follow the app."""
        follow_app(self, "keyring", "cluster")
        self.watch_keyring()
        self.watch_cluster()

    def take_focus(self) -> None:
        """Read the keys when the pane is shown for the first time."""
        super().take_focus()
        if not self.keyring.read and not self.keyring.reading:
            self.post_message(requests.KeysRequested())

    def watch_keyring(self) -> None:
        """Show them."""
        ring = self.keyring
        self._fill("local", [(str(key.path), _local_cells(key, ring)) for key in ring.local])
        self._fill("there", [(key.line, _there_cells(key, ring)) for key in ring.there or ()])
        if ring.made:
            self.query_one("#local-keys", KeyedTable).stand_on(ring.made)
        self.describe()

    def watch_cluster(self) -> None:
        """Name the cluster."""
        title = f"Keys on {visible(self.cluster)}" if self.cluster else "Keys on the cluster"
        self.query_one("#there-part .part-title", Static).update(title)

    @on(KeyedTable.CursorMoved, "#local-keys")
    def describe(self) -> None:
        """Say everything about our key under the cursor: a narrow table leaves columns out."""
        key = self._local()
        text = ""
        if key is not None:
            lock = "with a passphrase" if key.encrypted else "without a passphrase"
            agent = ", in the agent" if key.in_agent else ""
            comment = f" · {visible(key.public.comment, 100)}" if key.public.comment else ""
            text = f"{visible(str(key.path), 60)} · {key.bits} bits, {lock}{agent}{comment}"
        self.query_one("#key-details", Static).update(text)
        self.refresh_bindings()

    @on(KeyedTable.CursorMoved, "#there-keys")
    def on_descendant_focus(self) -> None:
        """What can be done depends on the key under the cursor."""
        self.refresh_bindings()

    def _fill(self, part: str, rows: list[tuple[str, tuple[Text | str, ...]]]) -> None:
        box = self.query_one(f"#{part}-part")
        box.set_class(not rows, "-empty")
        box.query_one(".part-note", Static).update(self._note(part))
        table = box.query_one(KeyedTable)
        table.styles.height = "1fr" if rows else 1  # an empty one still takes the focus
        table.show(rows)

    def _note(self, part: str) -> str:
        ring = self.keyring
        if part == "local":
            return "Reading…" if ring.reading else "No key pair yet: press n to make one."
        if ring.error:
            told = (ring.title, ring.error, ring.hint, "Press g to try again.")
            return "\n".join(visible(line) for line in told if line)
        if ring.there is None:
            return "Reading…" if ring.reading else "Not read yet: press g."
        return "No key is on: stand on one of yours and press p."

    def _local(self) -> LocalKey | None:
        key = self.query_one("#local-keys", KeyedTable).cursor_key
        return next((one for one in self.keyring.local if str(one.path) == key), None)

    def _there(self) -> PublicKey | None:
        key = self.query_one("#there-keys", KeyedTable).cursor_key
        return next((one for one in self.keyring.there or () if one.line == key), None)

    @property
    def key(self) -> PublicKey | None:
        """The key under the cursor of the table that has the focus; ours when neither has it."""
        if self.query_one("#there-keys").has_focus:
            return self._there()
        local = self._local()
        return local.public if local else None

    def why_not(self, action: str) -> str:
        """Nothing is put on or taken off before the cluster has told its keys."""
        name = action.partition("(")[0]
        if name in ("put_on", "put_other", "take_off") and self.keyring.there is None:
            return visible(self.keyring.error) or "The cluster has not told its keys yet."
        if name in ("put_on", "take_off", "copy") and self.key is None:
            return "There is no key under the cursor."
        if name == "put_on" and self._on_already():
            return "It is on already."
        if name == "take_off" and not self._on_already():
            return "This key is not on the cluster."
        return ""

    def _on_already(self) -> bool:
        key = self.key
        return key is not None and any(key.same_as(one) for one in self.keyring.there or ())

    def action_generate(self) -> None:
        """Make a key pair."""
        self.post_message(requests.KeyGenerationRequested())

    def action_put_on(self) -> None:
        """Let the key under the cursor log in."""
        if self.key:
            self.post_message(requests.KeyAdditionRequested(self.key))

    def action_put_other(self) -> None:
        """Put on a key from elsewhere."""
        self.post_message(requests.OtherKeyRequested())

    def action_take_off(self) -> None:
        """Take the key under the cursor off."""
        key = self.key
        there = [one for one in self.keyring.there or () if key is not None and one.same_as(key)]
        for one in there[:1]:
            ours = self.keyring.ours(one)
            self.post_message(requests.KeyRemovalRequested(one, ours.path if ours else None))

    def action_reread(self) -> None:
        """Read all keys anew."""
        self.post_message(requests.KeysRequested())

    def action_copy(self, what: str) -> None:
        """Copy the public line or the fingerprint."""
        if self.key:
            text = self.key.line if what == "line" else self.key.fingerprint
            name = "The public key" if what == "line" else "The fingerprint"
            self.post_message(requests.CopyRequested(text, name))


def short_type(key: PublicKey) -> str:
    """`ed25519` for `ssh-ed25519`, `ecdsa` for `ecdsa-sha2-nistp256`."""
    name = key.algorithm.removeprefix("sk-").removeprefix("ssh-")
    return "ecdsa" if name.startswith("ecdsa") else name.partition("@")[0]


def _local_cells(key: LocalKey, ring: Keyring) -> tuple[Text | str, ...]:
    return (
        key.path.name,
        "✓" if ring.is_on(key) else "–",
        short_type(key.public),
        key.public.fingerprint,
        str(key.bits),
        "yes" if key.encrypted else "no",
        "yes" if key.in_agent else "no",
        key.public.comment,
    )


def _there_cells(key: PublicKey, ring: Keyring) -> tuple[Text | str, ...]:
    ours = ring.ours(key)
    return (
        f"✓ {visible(ours.path.name, 60)}" if ours else "–",
        short_type(key),
        key.fingerprint,
        key.comment,
    )
