"""The Keys pane: the key pairs of this machine, and the keys a cluster accepts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.text import visible
from podtui.tui import key_requests, requests
from podtui.tui.acts.base import ActBase
from podtui.tui.errors import sentences
from podtui.tui.keyring import KeyInSight, Keyring, Proof
from podtui.tui.panes.base import Pane
from podtui.tui.panes.follow import follow_app
from podtui.tui.panes.key_bindings import BINDINGS, HELP
from podtui.tui.panes.key_text import (
    LOCAL_COLUMNS,
    THERE_COLUMNS,
    about_local,
    about_there,
    local_cells,
    there_cells,
)
from podtui.tui.spans import clock_time
from podtui.tui.widgets.keyed_table import KeyedTable


class KeysPane(Pane):
    """Ours above, the cluster's below. Only public halves are ever put on."""

    HELP = HELP
    FOCUS = "#local-keys"
    DEFAULT_CSS = """
    KeysPane {
        & > .part { height: 1fr; }
        & > .part > .part-title { height: 1; padding: 0 1; text-style: bold; color: $primary; }
        & > .part > .part-note { height: auto; padding: 0 1; color: $text-muted; display: none; }
        & > .part.-empty > .part-note, & > .part.-stale > .part-note { display: block; }
        & > #key-details { height: auto; min-height: 1; padding: 0 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    keyring: reactive[Keyring] = reactive(Keyring(), init=False)
    cluster: reactive[str] = reactive("", init=False)
    proofs: reactive[tuple[Proof, ...]] = reactive((), init=False)

    def compose(self) -> ComposeResult:
        """Ours, what is to say about the one under the cursor, the cluster's."""
        with Vertical(id="local-part", classes="part -empty"):
            yield Static("Keys on this machine", classes="part-title", markup=False)
            yield Static("", classes="part-note", markup=False)
            yield KeyedTable[str](LOCAL_COLUMNS, id="local-keys")
        yield Static("", id="key-details", markup=False)
        with Vertical(id="there-part", classes="part -empty"):
            yield Static(self._title(), classes="part-title", markup=False)
            yield Static("", classes="part-note", markup=False)
            yield KeyedTable[str](THERE_COLUMNS, id="there-keys")

    def on_mount(self) -> None:
        """Follow the app."""
        follow_app(self, "keyring", "cluster", "proofs")
        self.app.theme_changed_signal.subscribe(self, lambda _: self.watch_keyring())
        self.watch_keyring()
        self.watch_cluster()

    def take_focus(self) -> None:
        """Read the keys when the pane is shown for the first time."""
        super().take_focus()
        if not self.keyring.read and not self.keyring.reading:
            self.post_message(requests.KeysRequested())

    def watch_keyring(self) -> None:
        """Show them."""
        ring, app = self.keyring, self.app
        now = self._now()
        ours = [(str(key.path), local_cells(key, ring, now, app)) for key in ring.local]
        self._fill("local", ours)
        self._fill("there", [(key.line, there_cells(key, ring, app)) for key in ring.there or ()])
        if ring.made:
            self.query_one("#local-keys", KeyedTable).stand_on(ring.made)
        self.describe()

    def watch_proofs(self) -> None:
        """Tell what came of a test."""
        self.describe()

    def watch_cluster(self) -> None:
        """Name the cluster."""
        for title in self.query("#there-part .part-title").results(Static):
            title.update(self._title())  # there is none yet while the parts are being made

    def _title(self) -> str:
        return f"Keys on {visible(self.cluster)}" if self.cluster else "Keys on the cluster"

    @on(KeyedTable.CursorMoved)
    def on_descendant_focus(self) -> None:
        """What can be said and done depends on the key under the cursor."""
        self.describe()

    def describe(self) -> None:
        """Say everything about the key under the cursor of the table that has the focus."""
        about = self._about()
        self.query_one("#key-details", Static).update(about)
        key = self.key
        met = key_requests.KeyMet(KeyInSight(key, about) if key else None)
        self.call_later(self.post_message, met)  # as ours: what the app causes does not reach it
        self.refresh_bindings()

    def _about(self) -> str:
        there = self._there() if self.query_one("#there-keys").has_focus else None
        if there is not None:
            return about_there(there, self.keyring)
        key = self._local()
        if key is None:
            return ""
        return about_local(key, self.keyring, self.cluster, self.proofs, self._now())

    def _fill(self, part: str, rows: list[tuple[str, tuple[Text | str, ...]]]) -> None:
        box = self.query_one(f"#{part}-part")
        box.set_class(not rows, "-empty")
        box.set_class(part == "there" and bool(self.keyring.error), "-stale")
        box.query_one(".part-note", Static).update(self._note(part))
        table = box.query_one(KeyedTable)
        table.styles.height = "1fr" if rows else 1  # an empty one still takes the focus
        table.show(rows)

    def _note(self, part: str) -> str:
        ring = self.keyring
        if part == "local":
            return "Reading…" if ring.reading else "No key pair yet: press n to make one."
        if ring.error and ring.there is not None:
            of = f" These are of {clock_time(ring.told, self._now())};" if ring.told else ""
            return f"◐ {visible(ring.title, 40)}: {sentences(ring.error, '')}{of} g asks again."
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

    def _now(self) -> datetime:
        return self.app.now() if isinstance(self.app, ActBase) else datetime.now(UTC)

    @property
    def pair(self) -> LocalKey | None:
        """The pair of this machine that is meant: under our cursor, or the one below is ours."""
        if self.query_one("#there-keys").has_focus:
            there = self._there()
            return self.keyring.ours(there) if there else None
        return self._local()

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
        if name in ("put_on", "take_off", "copy", "picture") and self.key is None:
            return "There is no key under the cursor."
        if name == "pair":
            return self._why_not_pair(action)
        if name == "put_on" and self._on_already():
            return "It is on already."
        if name == "take_off" and not self._on_already():
            return "This key is not on the cluster."
        return ""

    def _why_not_pair(self, action: str) -> str:
        pair = self.pair
        if pair is None:
            return "There is no key pair of this machine under the cursor."
        if "test" in action and not self.cluster:
            return "There is no cluster to log in to."
        if "mend" in action and "mode" not in pair.exposed:
            return "Nobody else may use it already."
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

    def action_pair(self, what: str) -> None:
        """Do something with the pair under the cursor."""
        if self.pair:
            self.post_message(_PAIR_REQUESTS[what](self.pair))

    def action_picture(self) -> None:
        """Show the picture of the fingerprint."""
        if self.key:
            name = self.pair.path.name if self.pair else self.key.comment
            self.post_message(key_requests.KeyPictureRequested(self.key, name))

    def action_known_hosts(self) -> None:
        """Show the known hosts."""
        self.post_message(key_requests.KnownHostsRequested())

    def action_reread(self) -> None:
        """Read all keys anew."""
        self.post_message(requests.KeysRequested())

    def action_copy(self, what: str) -> None:
        """Copy the public line or the fingerprint."""
        if self.key:
            text = self.key.line if what == "line" else self.key.fingerprint
            name = "The public key" if what == "line" else "The fingerprint"
            self.post_message(requests.CopyRequested(text, name))


_PAIR_REQUESTS: dict[str, type[key_requests.PairRequest]] = {
    "test": key_requests.KeyTestRequested,
    "rotate": key_requests.KeyRotationRequested,
    "agent": key_requests.KeyAgentRequested,
    "passphrase": key_requests.KeyPassphraseRequested,
    "comment": key_requests.KeyCommentRequested,
    "mend": key_requests.KeyMendRequested,
    "delete": key_requests.KeyDeletionRequested,
}
