"""What is drawn first: the header and the tabs. Nothing heavier is imported until that is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import Reactive, var
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from podtui.domain.cluster import ClusterStatus
from podtui.errors import ConfigError
from podtui.paths import Paths, shared_file
from podtui.tui.app_keys import APP_KEYS
from podtui.tui.keys_in_turn import KeysInTurn
from podtui.tui.panes import PANES
from podtui.tui.terminal import TerminalActs
from podtui.tui.themes import DEFAULT_THEME, load_themes
from podtui.tui.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from textual.theme import Theme

    from podtui.backends.base import Prompter
    from podtui.config.model import Config
    from podtui.config.survey import Reading
    from podtui.services.session import Session

W = TypeVar("W", bound=Widget)
OpenSession = Callable[["Prompter"], "Session"]

BROAD = 160
"""Columns from which on more stands beside a pane."""
POD_WANTED = -1
"""The app's return code when the person chose the embedded pod."""


class MainScreen(Screen[None]):
    """The four panes; the pane that is shown takes the focus, no other."""

    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """What has the focus. Both widgets draw themselves when it moves; the rest stays as it is."""


class Frame(KeysInTurn, TerminalActs):
    """The app until its first frame stands; then it becomes a `PodtuiApp`.

    The acts, and the domain they speak of, take longer to import than all of Textual: nobody waits
    for them in front of an empty terminal. So the running app changes its class when they are
    there. A `PodtuiApp` from the beginning, as in tests, goes the same way.

    `open_session` is called in a thread, later still; `reading` tells how the configuration was
    read: without it, from the files alone.
    """

    class Drawn(Message):
        """The first frame stands and the acts are there: each takes up its work.

        Acts listen to this by `on_frame_drawn`; `on_mount` comes before they are there.
        """

    TITLE = "podtui"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - the base class's own form
        (0, "-narrow"),
        (100, "-wide"),
        (BROAD, "-broad"),
    ]
    ENABLE_COMMAND_PALETTE = False  # the command line takes its place
    BINDINGS: ClassVar[list[BindingType]] = APP_KEYS

    statuses: var[tuple[ClusterStatus, ...]] = var(())
    cluster: var[str] = var("")

    def __init__(
        self,
        open_session: OpenSession,
        config: Config,
        paths: Paths,
        reading: Callable[[], Reading] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.animation_level = "none"  # what slides costs a slow link many frames
        self._open_session = open_session
        self._paths = paths
        self._reading = reading
        self._session: Session | None = None
        self._opened = asyncio.Event()
        self.set_reactive(Frame.cluster, config.default_cluster or _first_name(config))
        unknown = tuple(ClusterStatus(c.name, c.kind, user=c.user) for c in config.clusters)
        self.set_reactive(Frame.statuses, unknown)
        self._dress()

    def get_default_screen(self) -> Screen[None]:
        """The screen all others open over."""
        return MainScreen(id="_default")

    def compose(self) -> ComposeResult:
        """Header and tabs; the panes come right after the first frame, the shown one first."""
        yield bound(StatusLine(), Frame)
        with TabbedContent(initial=self.first_pane, id="panes"):
            for number, name in enumerate(PANES, 1):
                yield TabPane(f"{number} {name.capitalize()}", id=name)

    @property
    def first_pane(self) -> str:
        """The pane one begins with."""
        return "jobs" if self.config.clusters else "clusters"

    def on_mount(self) -> None:
        """Everything that costs time comes after the first frame."""
        for tabs in self.query("ContentTabs"):
            tabs.can_focus = False  # the number keys and the mouse switch; Tab stays in the pane
        self.call_after_refresh(self._come_to_life)

    def _come_to_life(self) -> None:
        from podtui.tui.app import PodtuiApp

        if not isinstance(self, PodtuiApp):
            self.__class__ = PodtuiApp
        self.post_message(self.Drawn())

    def _dress(self) -> None:
        """Take the chosen theme before any style is parsed: a change afterwards parses all anew."""
        themes, errors = load_themes(shared_file("themes"), self._paths.themes)
        for theme in themes:
            self.register_theme(theme)
        self.own_themes: tuple[Theme, ...] = themes
        name = self.config.theme
        self._complaints = list(errors)
        if name not in self.available_themes:
            hint = "Press T to choose one of those there are."
            self._complaints.append(
                ConfigError(f"There is no theme {name!r}.", title="Theme", hint=hint)
            )
            name = DEFAULT_THEME
        self.set_reactive(App.theme, name)
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())


def bound(widget: W, app: type[Frame]) -> W:
    """`widget`, each reactive of its own bound to the app's of the same name."""
    own = vars(type(widget)).items()
    names = {n for n, v in own if isinstance(v, Reactive)} & app._reactives.keys()
    return widget.data_bind(**{name: getattr(app, name) for name in names})


def _first_name(config: Config) -> str:
    return config.clusters[0].name if config.clusters else ""
