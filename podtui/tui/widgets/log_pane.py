"""One of a job's two logs: followed while it grows, read by seeking, looked through."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.job import Job
from podtui.domain.log_view import ERRORS, LogWindow, Wanted, wanted_words
from podtui.domain.text import visible
from podtui.domain.usage import human_size
from podtui.errors import NotFound, PodError
from podtui.services.logs import LogNews, LogSearch
from podtui.tui.log_requests import (
    FOLLOW,
    SEARCH,
    LogFollowRequested,
    LogPagerRequested,
    LogSaveRequested,
    LogSearchRequested,
    LogStretchRequested,
    stop,
)
from podtui.tui.standing import stands
from podtui.tui.widgets.line_view import LineView
from podtui.tui.widgets.log_view import LogView
from podtui.tui.widgets.text_pane import ReadingPane

_BESIDE = 34  # cells beside the path in the line above
_NEAR = 50  # lines from the window's edge at which more is read


class LogPane(ReadingPane):
    """`stdout` or `stderr`; only a shown one reads."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f",
            "follow",
            "Follow",
            id="log.follow",
            tooltip="Show what is added, or leave it as is",
        ),
        Binding(
            "e", "error(False)", "Next error", id="log.error", tooltip="The next line of trouble"
        ),
        Binding(
            "E",
            "error(True)",
            "Error before",
            False,
            id="log.error_before",
            tooltip="The one above",
        ),
        Binding(
            "a", "codes", "Codes", False, id="log.codes", tooltip="Show colour codes, or colours"
        ),
        Binding("s", "save", "Save", id="log.save", tooltip="Fetch the whole file, verified"),
        Binding("p", "pager", "Pager", id="log.pager", tooltip="Open it in your $PAGER"),
    ]

    shown: reactive[bool] = reactive(False, init=False)
    following: reactive[bool] = reactive(True, init=False)

    def __init__(self, stream: str) -> None:
        super().__init__(id=f"log-{stream}")
        self._stream = stream
        self._job: Job | None = None
        self._path = ""
        self._note = ""
        self._reading = False
        self._searched: tuple[Wanted, bool] | None = None  # to its end, in this direction

    def new_lines(self) -> LineView:
        """A window on the file."""
        return LogView()

    @property
    def log_view(self) -> LogView:
        """The lines."""
        return self.query_one(LogView)

    def on_mount(self) -> None:
        """Say what this is."""
        self._head()

    def look_at(self, job: Job) -> None:
        """The job as it is known now; its file is told late, or changes when it is put in place."""
        self._job = job
        path = str(getattr(job, self._stream))
        if path != self._path:
            self._path = path
            self.log_view.show(LogWindow.of(0, b"", 0))
            self._follow()
        self._head()

    def watch_shown(self) -> None:
        """Read while it is seen."""
        self._follow()

    def watch_following(self) -> None:
        """Read on, or leave it."""
        self._follow()
        if self.following:
            self.lines.to_bottom()
        self._head()

    def on_resize(self) -> None:
        """The path takes what room there is."""
        self._head()

    def _follow(self) -> None:
        """Begin to read; what was being read is let go of."""
        stop(self, FOLLOW)
        if self._job is None or not self._path or not self.shown:
            return
        window = self.log_view.window
        if self.following or not window.size:
            self.post_message(
                LogFollowRequested(
                    self,
                    self._job.cluster,
                    self._path,
                    window if len(window) else None,
                    self._take_news,
                )
            )

    def _take_news(self, news: LogNews | PodError) -> None:
        if not stands(self):
            return
        if isinstance(news, PodError):
            self._note = self._missing(news)
            self._head()
            return
        view = self.log_view
        bottom = view.sticks or not len(view.window)
        self._note = ""
        if news.window is not None:
            if news.replaced:
                self.say("The file was replaced or cut: this is what it is now.")
            if bottom or news.replaced or not len(view.window):
                view.show(news.window)
                view.to_bottom()
            else:
                view.grow(news.size)
        elif bottom and view.window.end == news.after:
            view.show(view.window.appended(news.added))
            view.to_bottom()
        else:
            view.grow(news.size)
        if not self.following:
            stop(self, FOLLOW)
        self._head()

    def read(self) -> None:
        """Look now."""
        if self.following:
            self._follow()
        else:
            self._ask("end", self._show_end)

    # The window moves

    @on(LineView.Moved)
    def look_at_edges(self, event: LineView.Moved) -> None:
        """Read on where the window ends and the file does not."""
        event.stop()
        view = self.log_view
        window = view.window
        if len(window) and not self._reading:
            if not window.at_start and view.top[0] < _NEAR:
                self._ask("earlier", self._show)
            elif not window.at_end and view.last_seen >= len(window) - _NEAR:
                self._ask("later", self._show)
        self._head()

    @on(LogView.EdgeWanted)
    def go_to_edge(self, event: LogView.EdgeWanted) -> None:
        """To the first or the last line of the file."""
        event.stop()
        window = self.log_view.window
        if event.end == 0 and not window.at_start:
            self._ask("at", self._show_start, 0)
        elif event.end != 0 and not window.at_end:
            self._ask("end", self._show_end)

    def _ask(self, where: str, answer: Callable[[LogWindow], None], offset: int = 0) -> None:
        if self._job is None or not self._path:
            return

        def took(got: LogWindow | PodError) -> None:
            self._reading = False
            if not stands(self):
                return
            if isinstance(got, PodError):
                self._note = self._missing(got)
            else:
                self._note = ""
                answer(got)
            self._head()

        self._reading = True
        window = self.log_view.window
        self.post_message(
            LogStretchRequested(self, self._job.cluster, self._path, where, window, took, offset)
        )

    def _show(self, window: LogWindow) -> None:
        self.log_view.show(window)

    def _show_start(self, window: LogWindow) -> None:
        self.log_view.show(window)
        self.log_view.scroll_home(animate=False, force=True, immediate=True)

    def _show_end(self, window: LogWindow) -> None:
        self.log_view.show(window)
        self.log_view.to_bottom()

    # Finding

    def seek(self, *, back: bool) -> None:
        """The words, in the window and then in the rest of the file."""
        self._seek(wanted_words(self.words), back)

    def action_error(self, back: bool) -> None:
        """The next line that tells of trouble, or the one before."""
        self._seek(ERRORS, back)

    def _seek(self, wanted: Wanted, back: bool) -> None:
        view = self.log_view
        window = view.window
        stop(self, SEARCH)
        if self._job is None or not len(window):
            return
        if self._searched == (wanted, back):  # it was at the end: from the other one
            self._look_in_file(wanted, back, window.size if back else 0)
            return
        self._searched = None
        at = view.marked
        if at is None:
            at = view.last_seen + 1 if back else view.top[0] - 1
        line = window.found(wanted, at, back=back)
        if line is not None:
            view.reveal(line)
            self.say()
        elif window.at_start if back else window.at_end:
            self._not_found(wanted, back)
        else:
            last = window.end if at >= len(window) - 1 else window.offset_of(-1)
            self._look_in_file(wanted, back, window.offset if back else last)

    def _look_in_file(self, wanted: Wanted, back: bool, offset: int) -> None:
        def told(got: LogSearch | PodError | None) -> None:
            if not stands(self):
                return
            if isinstance(got, PodError):
                self.say(f"{visible(got.title)}: {visible(got.message, 200)}")
            elif got is None:
                self._not_found(wanted, back)
            elif got.window is None:
                share = 100 * got.offset // max(self.log_view.window.size, 1)
                self.say(f"Looking: {share} % …  Esc stops")
            else:
                self.log_view.show(got.window)
                self.log_view.reveal(got.line)
                self.say()

        assert self._job is not None
        self._searched = None
        self.say("Looking …  Esc stops")
        self.post_message(
            LogSearchRequested(self, self._job.cluster, self._path, wanted, offset, back, told)
        )

    def _not_found(self, wanted: Wanted, back: bool) -> None:
        self._searched = (wanted, back)
        what = "No trouble" if wanted is ERRORS else "Nothing"
        way, other = ("up to the beginning", "end") if back else ("down to the end", "beginning")
        self.say(f"{what} {way}. Once more looks from the {other}.")

    def let_go(self) -> bool:
        """Esc also stops a search that is under way."""
        searching = any(
            worker.group == SEARCH and worker.node is self and not worker.is_finished
            for worker in self.workers
        )
        stop(self, SEARCH)
        if searching:
            self.say()
            return True
        return super().let_go()

    # Keys

    def action_follow(self) -> None:
        """Follow, or leave it."""
        self.following = not self.following

    def action_codes(self) -> None:
        """Colours, or the codes for them."""
        self.log_view.codes = not self.log_view.codes
        self._head()

    def action_save(self) -> None:
        """Fetch the file."""
        if self._job is not None and self._path:
            self.post_message(LogSaveRequested(self._job.cluster, self._path))

    def action_pager(self) -> None:
        """Open it in the pager."""
        if self._job is not None and self._path:
            self.post_message(LogPagerRequested(self._job.cluster, self._path))

    # The line above

    def _missing(self, error: PodError) -> str:
        if isinstance(error, NotFound) and self._job and not self._job.state.ended:
            return "not there yet; it may come only when the job has ended"
        return f"{visible(error.title)}: {visible(error.message, 200)}"

    def _head(self) -> None:
        if not self.is_mounted:
            return
        head = self.query_one(".reading-head", Static)
        head.add_class("told")
        if not self._path:
            head.update("The scheduler has not told where this goes.")
            return
        view = self.log_view
        window = view.window
        parts = [visible(self._path, max(self.size.width - _BESIDE, 30))]
        if len(window):
            parts += [human_size(window.size), f"{view.position} %"]
        elif not self._note and window.size == 0 and not self._reading:
            parts.append("empty so far")
        parts.append("following" if self.following else "not following, f follows")
        if view.codes:
            parts.append("codes shown")
        head.update("  ".join(parts) + (f"\n{self._note}" if self._note else ""))
