"""Run the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.config.model import Config
from podtui.paths import Paths
from podtui.tui.acts.settings import POD_WANTED
from podtui.tui.app import PodtuiApp

__all__ = ("POD_WANTED", "run_app")

if TYPE_CHECKING:
    from podtui.backends.base import Prompter
    from podtui.services.session import Session


def run_app(config: Config, paths: Paths) -> int:
    """Show the screen until the person leaves; the exit code of the process."""

    def open_session(prompter: Prompter) -> Session:
        from podtui.services.session import Session  # SSH and HTTP come after the first frame

        return Session(config, paths, prompter)

    app = PodtuiApp(open_session, config, paths)
    app.run()
    return app.return_code or 0
