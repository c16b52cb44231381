"""Beside the keys: the whole of the key under the cursor, with the picture of its fingerprint."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive

from podtui.domain.key_art import randomart
from podtui.domain.text import visible
from podtui.tui.asides.base import Aside
from podtui.tui.keyring import KeyInSight
from podtui.tui.panes.follow import follow_app


class KeyAside(Aside):
    """Nothing has to be asked for."""

    TITLE = "Key"
    DEFAULT_CSS = "KeyAside > VerticalScroll { max-height: 100%; }"
    standing_key: reactive[KeyInSight | None] = reactive(None, init=False)

    def on_mount(self) -> None:
        """Follow the app."""
        follow_app(self, "standing_key")

    def watch_standing_key(self) -> None:
        """Another key."""
        self.look()

    def draw(self) -> None:
        """What it is, the picture, the line that is put on a cluster."""
        at = self.standing_key
        if at is None:
            self.tell(Text("No key is under the cursor.", style="dim"))
            return
        head = f"bold {self.app.theme_variables['primary']}"
        self.tell(
            Text.assemble(
                visible(at.key.fingerprint),
                "\n\n",
                at.about,
                "\n\n",
                "\n".join(randomart(at.key)),
                "\n\n",
                ("The public key\n", head),
                visible(at.key.line),
            )
        )
