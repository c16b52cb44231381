"""The four panes of the main screen. A pane does no I/O: it shows values and posts requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podtui.tui.panes.base import Pane

PANES = ("clusters", "jobs", "files", "keys")
"""Their names, in the order of the tabs."""


def new_pane(name: str) -> Pane:
    """A pane by its name; each is imported when it is first wanted, which saves the first frame."""
    if name == "clusters":
        from podtui.tui.panes.clusters import ClustersPane

        return ClustersPane()
    if name == "jobs":
        from podtui.tui.panes.jobs import JobsPane

        return JobsPane()
    if name == "files":
        from podtui.tui.panes.files import FilesPane

        return FilesPane()
    from podtui.tui.panes.keys import KeysPane

    return KeysPane()
