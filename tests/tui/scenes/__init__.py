"""Every pane, screen and dialog of podtui, each with a way to have it in front.

What walks over all of them (the looks, the keys, hostile text) takes them from `ALL`; a class that
is in none of them fails `test_tui_all_scenes.py`.
"""

from __future__ import annotations

from . import clusters, dialogs, files, jobs, keys
from .stage import Scene, Stage

ALL: tuple[Scene, ...] = (
    *jobs.SCENES,
    *files.SCENES,
    *clusters.SCENES,
    *keys.SCENES,
    *dialogs.SCENES,
)
"""All scenes, those of one pane together."""

GROUPS: dict[str, list[Scene]] = {
    "jobs": jobs.SCENES,
    "files": files.SCENES,
    "clusters": clusters.SCENES,
    "keys": keys.SCENES,
    "dialogs": dialogs.SCENES,
}

__all__ = ["ALL", "GROUPS", "Scene", "Stage"]
