"""What changes podtui itself: the colours, and what else the configuration file says."""

from __future__ import annotations

import asyncio

from textual.theme import Theme

from podtui.config.edit import TomlValue, set_key
from podtui.paths import Paths
from podtui.tui.acts.base import ActBase


class SettingActs(ActBase):
    """Changes that are written into the configuration file, its comments kept."""

    _paths: Paths
    own_themes: tuple[Theme, ...] = ()
    """Those of podtui and of the person, as the chooser lists them."""

    def action_change_theme(self) -> None:
        """Choose the colours, and keep the choice."""
        from podtui.tui.screens.theme_chooser import ThemeScreen

        self.push_screen(ThemeScreen(self.own_themes, self.theme), self._keep_theme)

    def _keep_theme(self, name: str | None) -> None:
        if name:
            self.run_act(self.write_setting("theme", name), "keep theme")

    async def write_setting(self, dotted: str, value: TomlValue) -> None:
        """Write one key into the configuration file; ConfigError or FileTrouble when it cannot."""
        await asyncio.to_thread(set_key, self._paths.config_file, dotted, value)
