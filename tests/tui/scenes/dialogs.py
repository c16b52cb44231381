"""Dialogs of everything, and what the app itself shows."""

from __future__ import annotations

from pathlib import Path

from podtui.backends.base import Question
from podtui.backends.trace import Traced
from podtui.errors import Refused
from podtui.tui.frame import MainScreen
from podtui.tui.keymap import bound_keys
from podtui.tui.screens.choice import Choice, ChoiceScreen
from podtui.tui.screens.command_line import CommandLineScreen
from podtui.tui.screens.command_log import CommandLogScreen
from podtui.tui.screens.dialogs import Ask, Confirm, Show
from podtui.tui.screens.help import HelpScreen
from podtui.tui.screens.last_errors import LastErrorsScreen
from podtui.tui.screens.login import HostKeyScreen, QuestionsScreen
from podtui.tui.screens.press_key import PressKeyScreen
from podtui.tui.screens.settings import SettingsScreen
from podtui.tui.screens.theme_chooser import ThemeScreen

from ..fake_session import NOW
from .jobs import jobs_pane
from .stage import Scenes, Stage
from .world import key_of

SCENES = Scenes()


@SCENES.shows(MainScreen, "errors told")
async def notices(stage: Stage) -> None:
    """An error as it is told when it comes."""
    await stage.pane("jobs")
    error = Refused(stage.say("Not yours."), title=stage.say("Refused"), hint="Ask.")
    stage.app.show_error(error)


@SCENES.shows(Confirm)
async def confirm(stage: Stage) -> None:
    """A question with two answers."""
    await stage.push(Confirm("Remove?", "job.sh goes.", "Remove", "Keep"))


@SCENES.shows(Ask)
async def ask(stage: Stage) -> None:
    """A line to type, and why it cannot be taken."""
    screen = Ask("New folder", "Name", "a/b", lambda _: stage.say("A name holds no slash."))
    await stage.push(screen)
    await stage.pilot.press("enter")
    await stage.until(lambda: str(screen.query_one(".dialog-problem").render()), "why not")


@SCENES.shows(Show)
async def show(stage: Stage) -> None:
    """A text to read."""
    await stage.push(Show("id_ed25519", "\n".join(f"line {n}" for n in range(60))))


@SCENES.shows(ChoiceScreen)
async def choice(stage: Stage) -> None:
    """One of several answers."""
    choices = (Choice("a", "First", "the harmless one"), Choice("b", "Second", "the other"))
    await stage.push(ChoiceScreen("Begin with a template", "", choices))


@SCENES.shows(HelpScreen)
async def help_screen(stage: Stage) -> None:
    """The help of the Jobs pane."""
    await stage.pane("jobs")
    await stage.push(HelpScreen.of(stage.app.screen))


@SCENES.shows(LastErrorsScreen)
async def last_errors(stage: Stage) -> None:
    """Errors, whole."""
    for number in range(3):
        reason = stage.say(f"pod does not take it: {number}")
        stage.app.errors.keep(Refused(reason, title=stage.say("Refused"), hint="Ask."), NOW)
    await stage.push(LastErrorsScreen(stage.app.errors.last[:3]))


@SCENES.shows(CommandLogScreen)
async def command_log(stage: Stage) -> None:
    """What was asked of the clusters."""
    began = NOW.timestamp()
    told = (
        Traced(began, "pod", "GET /v1/jobs", 0.123, "200"),
        Traced(
            began + 1, stage.say("lab"), stage.say("squeue -h -o %i"), 61.5, stage.say("exit 1")
        ),
        Traced(began + 2, "pod", "sftp listdir /home/alice", 0.001),
    )
    await stage.push(CommandLogScreen(told))


@SCENES.shows(ThemeScreen)
async def themes(stage: Stage) -> None:
    """The colours there are."""
    await stage.push(ThemeScreen(stage.app.own_themes, stage.app.theme))


@SCENES.shows(QuestionsScreen)
async def login(stage: Stage) -> None:
    """Two questions of a server, one answered."""
    questions = (
        Question(stage.say("Password for alice:")),
        Question(stage.say("One-time code:"), secret=False),
    )
    await stage.push(QuestionsScreen("pod", stage.say("login-16-1.pod"), questions))
    await stage.pilot.press(*"hunter2")


@SCENES.shows(HostKeyScreen)
async def host_key(stage: Stage) -> None:
    """A host key never seen before."""
    fingerprint = key_of("A", "x", stage.say).fingerprint
    host = stage.say("login-16-1.pod")
    await stage.push(HostKeyScreen("pod", host, stage.say("ssh-ed25519"), fingerprint))


@SCENES.shows(CommandLineScreen)
async def command_line(stage: Stage) -> None:
    """The commands of the Jobs pane."""
    await jobs_pane(stage)
    await stage.pilot.press("colon")
    await stage.until(lambda: isinstance(stage.app.screen, CommandLineScreen))
    await stage.sees("Cancel")


@SCENES.shows(SettingsScreen)
async def settings(stage: Stage) -> None:
    """What can be set."""
    app = stage.app
    names = tuple(theme.name for theme in app.own_themes)
    await stage.push(SettingsScreen(Path("config.toml"), names))
    await stage.sees("default_cluster")


@SCENES.shows(PressKeyScreen)
async def press_key(stage: Stage) -> None:
    """Another key for something."""
    bound = next(one for one in bound_keys() if one.id == "jobs.cancel")
    await stage.push(PressKeyScreen(bound, "c", lambda key: "c is the key of jobs.cancel."))
    await stage.pilot.press("c")
    await stage.sees("Pressed: c")
