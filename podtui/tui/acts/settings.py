"""What changes podtui itself: the colours, further clusters, and how one begins."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui import setting_requests as requests
from podtui.tui.acts.base import ActBase
from podtui.tui.frame import POD_WANTED

if TYPE_CHECKING:
    from podtui.config.model import ClusterConfig
    from podtui.config.toml_text import TomlValue


class SettingActs(ActBase):
    """Changes that are written into the configuration file, its comments kept."""

    # Colours

    def action_change_theme(self) -> None:
        """Choose the colours, and keep the choice."""
        from podtui.tui.screens.theme_chooser import ThemeScreen

        self.push_screen(ThemeScreen(self.own_themes, self.theme), self.keep_theme)

    def keep_theme(self, name: str | None) -> None:
        """Wear a theme from now on, also after the next start; none leaves all as it is."""
        if name:
            self.theme = name
            self.run_act(self.write_setting("theme", name), "keep theme")

    async def write_setting(self, dotted: str, value: TomlValue) -> None:
        """Write one key into the configuration file; ConfigError or FileTrouble when it cannot."""
        from podtui.config.edit import set_key

        await asyncio.to_thread(set_key, self._paths.config_file, dotted, value)

    # What was done

    def action_command_log(self) -> None:
        """Show what podtui asked of the clusters."""
        from podtui.backends.trace import TRACE
        from podtui.tui.screens.command_log import CommandLogScreen

        self.push_screen(CommandLogScreen(tuple(TRACE.entries)))

    # The first run

    def welcome(self) -> None:
        """Offer the ways to a first cluster."""
        from podtui.tui.screens.welcome import WelcomeScreen

        self.push_screen(WelcomeScreen(), self._go)

    def _go(self, way: str | None) -> None:
        if way == "pod":
            self.exit(return_code=POD_WANTED)
        elif way == "add":
            self.action_add_cluster()
        elif way == "import":
            self.run_act(self._import_podtools(), "import PODTools' settings")

    async def _import_podtools(self) -> None:
        from podtui.config.adding import written_cluster
        from podtui.config.podtools_import import import_podtools

        done = await asyncio.to_thread(import_podtools, self._paths)
        config = await asyncio.to_thread(written_cluster, done.file, self._paths, done.cluster)
        self._use(config)
        self.tell(visible("\n".join(done.lines), 600), "PODTools' settings")

    # Clusters

    def action_add_cluster(self) -> None:
        """Ask for a further cluster."""
        from podtui.tui.screens.new_cluster import NewClusterScreen

        self.push_screen(NewClusterScreen())

    @on(requests.ClusterTrialRequested)
    def try_cluster(self, event: requests.ClusterTrialRequested) -> None:
        """Log in with what was typed; the answer goes to the form."""

        async def tried() -> None:
            from podtui.config.adding import drafted_cluster

            try:
                draft = await asyncio.to_thread(
                    drafted_cluster, self._paths, event.name, event.keys
                )
                event.answer(await self.session.clusters.try_out(draft))
            except PodError as error:
                event.answer(error)

        self.run_act(tried(), "try cluster", group="try cluster")

    @on(requests.ClusterKeepingRequested)
    def keep_cluster(self, event: requests.ClusterKeepingRequested) -> None:
        """Write the cluster down, its secrets apart, and use it at once."""

        async def kept() -> None:
            from podtui.config.adding import drafted_cluster, keep_cluster

            try:
                config = await asyncio.to_thread(
                    drafted_cluster, self._paths, event.name, event.keys
                )
                put = await asyncio.to_thread(keep_cluster, self._paths, event.name, event.keys)
                self._use(config)
            except PodError as error:
                event.answer(error)
                return
            event.answer(None)
            places = "".join(f" {key} is in {place}." for key, place in put)
            file = visible(str(self._paths.config_file), 200)
            self.tell(f"It stands in {file}.{visible(places, 300)}", f"{event.name} added")

        self.run_act(kept(), "keep cluster")

    def _use(self, config: ClusterConfig) -> None:
        """Know the new cluster, look at it, and log in."""
        self.session.add_cluster(config)
        self.config = replace(self.config, clusters=(*self.config.clusters, config))
        self.cluster = config.name
        self.run_act(self._log_in_to(config.name), f"connect {config.name}", group="connect")

    async def _log_in_to(self, name: str) -> None:
        await self.session.clusters.connect(name)
