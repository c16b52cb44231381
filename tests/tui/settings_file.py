"""An app over a configuration that stands in a file, as the settings screen changes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import OptionList

from podtui.config.survey import Reading
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.screens.settings import SettingsScreen
from podtui.tui.widgets.setting_row import SettingRow

from .conftest import screen_text, until
from .fake_session import FakeBackend, fake_opener

FILE = """\
# my own words
theme = "podtui-dark"

# the first
[clusters.pod]
kind = "pod"
user = "alice"
auth_url = "http://127.0.0.1:1"
poll_seconds = 5  # politely

# the other
[clusters.hpc]
kind = "ssh"
host = "login.example.org"
"""


def settings_app(
    paths: Paths,
    *backends: FakeBackend,
    text: str = FILE,
    environ: Mapping[str, str] | None = None,
) -> PodtuiApp:
    """The app over the clusters of `text`, which is written to the configuration file."""
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(text, encoding="utf-8")
    paths.config_file.chmod(0o600)
    reading = Reading(paths, environ={"LOGNAME": "alice", **(environ or {})})
    config = reading.config()
    return PodtuiApp(fake_opener(config, paths, backends), config, paths, lambda: reading)


async def open_settings(pilot: Pilot[None]) -> SettingsScreen:
    """Press the key and wait until everything is there."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: "● pod online" in screen_text(app), "the cluster")
    await pilot.press("comma")
    return await see_settings(pilot)


async def see_settings(pilot: Pilot[None]) -> SettingsScreen:
    """Wait for the screen and its first group."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: isinstance(app.screen, SettingsScreen) and app.screen.rows)
    screen = app.screen
    assert isinstance(screen, SettingsScreen)
    return screen


async def go_to_group(pilot: Pilot[None], screen: SettingsScreen, name: str) -> None:
    """By keys: down to the group with that id."""
    options = screen.query_one("#groups", OptionList)
    await until(pilot, lambda: name in [one.id for one in options.options], f"the group {name}")
    options.focus()
    await pilot.press("home")
    await until(pilot, lambda: options.highlighted == 0, "the first group")
    for at in range(1, options.get_option_index(name) + 1):
        await pilot.press("down")
        await until(pilot, lambda at=at: options.highlighted == at, f"group {at}")
    await until(pilot, lambda: screen.group and screen.group.id == name, f"{name} is shown")
    await until(pilot, lambda: screen.rows or name == "Keys")


def row(screen: SettingsScreen, name: str) -> SettingRow:
    """The row of a setting in the group that is shown."""
    return next(one for one in screen.rows if one.line.name == name)


def written(paths: Paths) -> str:
    """What the file says now."""
    return Path(paths.config_file).read_text(encoding="utf-8")
