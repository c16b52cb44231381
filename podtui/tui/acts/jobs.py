"""What the Jobs pane asks for."""

from __future__ import annotations

from podtui.tui.acts.base import ActBase


class JobActs(ActBase):
    """Nothing yet."""
