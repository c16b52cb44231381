"""What stands beside a pane on a wide terminal: more about the line under its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podtui.tui.asides.base import Aside


def new_aside(pane: str) -> Aside:
    """What goes beside a pane; each is imported when it is first wanted."""
    if pane == "clusters":
        from podtui.tui.asides.cluster import ClusterAside

        return ClusterAside()
    if pane == "jobs":
        from podtui.tui.asides.job import JobAside

        return JobAside()
    if pane == "files":
        from podtui.tui.asides.file import FileAside

        return FileAside()
    from podtui.tui.asides.key import KeyAside

    return KeyAside()
