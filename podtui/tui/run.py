"""Run the screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from podtui.config.model import Config
from podtui.config.survey import Reading
from podtui.paths import Paths
from podtui.tui.acts.settings import POD_WANTED
from podtui.tui.app import PodtuiApp

__all__ = ("POD_WANTED", "run_app")

if TYPE_CHECKING:
    from podtui.backends.base import Prompter
    from podtui.services.session import Session


def run_app(config: Config, paths: Paths, *, alone: bool = False) -> int:
    """Show the screen until the person leaves; the exit code of the process.

    `alone`: the configuration is that of one file and of no other of the user's.
    """

    def open_session(prompter: Prompter) -> Session:
        from podtui.services.session import Session  # SSH and HTTP come after the first frame

        return Session(config, paths, prompter)

    app = PodtuiApp(open_session, config, paths, Reading(paths, alone, dict(os.environ)))
    app.run()
    return app.return_code or 0
