"""What stands beside a pane on a wide terminal: more about the line under its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podtui.tui.asides.base import Aside


def new_aside(pane: str) -> Aside | None:
    """What goes beside a pane; None where the pane uses all of the width itself."""
    if pane == "jobs":
        from podtui.tui.asides.job import JobAside

        return JobAside()
    if pane == "files":
        from podtui.tui.asides.file import FileAside

        return FileAside()
    if pane == "keys":
        from podtui.tui.asides.key import KeyAside

        return KeyAside()
    return None
