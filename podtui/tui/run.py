"""Run the screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from podtui.tui.frame import POD_WANTED, Frame

__all__ = ("POD_WANTED", "run_app")

if TYPE_CHECKING:
    from podtui.backends.base import Prompter
    from podtui.config.model import Config
    from podtui.config.survey import Reading
    from podtui.paths import Paths
    from podtui.services.session import Session


def run_app(config: Config, paths: Paths, *, alone: bool = False) -> int:
    """Show the screen until the person leaves; the exit code of the process.

    `alone`: the configuration is that of one file and of no other of the user's.
    """

    def open_session(prompter: Prompter) -> Session:
        from podtui.services.session import Session  # SSH and HTTP come after the first frame

        if config.clusters and config.cluster().kind == "ssh":
            from podtui.backends.ssh.library import load_asyncssh

            load_asyncssh()
        return Session(config, paths, prompter)

    def reading() -> Reading:
        from podtui.config.survey import Reading

        return Reading(paths, alone, dict(os.environ))

    app = Frame(open_session, config, paths, reading)
    app.run()
    return app.return_code or 0
