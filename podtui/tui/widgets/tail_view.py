"""The end of a job's output file, followed while it grows."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.job import Job
from podtui.domain.text import visible
from podtui.errors import NotFound, PodError
from podtui.tui.messages import TailRequested

_EVERY = 2.0  # seconds between two looks
_LONGEST = 1000  # characters of a line


class TailView(Vertical):
    """One of a job's two streams, `stdout` or `stderr`; only a shown view reads."""

    shown: reactive[bool] = reactive(False, init=False)
    follow: reactive[bool] = reactive(True, init=False)

    def __init__(self, stream: str) -> None:
        super().__init__(id=f"tail-{stream}")
        self._stream = stream
        self._job: Job | None = None
        self._reading = False

    def compose(self) -> ComposeResult:
        """A line that tells what this is, and the text."""
        yield Static(classes="tail-head", markup=False)
        with VerticalScroll():
            yield Static(classes="tail-text", markup=False)

    def on_mount(self) -> None:
        """Look again and again; a look that takes long is not followed by a second one."""
        self.set_interval(_EVERY, self._tick)
        self._head()

    def look_at(self, job: Job) -> None:
        """The job as it is known now."""
        path_before = self._path
        self._job = job
        if self._path != path_before:
            self.read()
        self._head()

    @property
    def _path(self) -> str:
        return str(getattr(self._job, self._stream)) if self._job else ""

    def watch_shown(self) -> None:
        """Read at once when it is shown."""
        self.read()

    def watch_follow(self) -> None:
        """Say whether it follows."""
        self._head()
        self.read()

    def _tick(self) -> None:
        if self.follow:
            self.read()

    def read(self) -> None:
        """Ask for the end of the file, unless that is under way or nobody sees it."""
        if self._job is not None and self._path and self.shown and not self._reading:
            self._reading = True
            self.post_message(TailRequested(self._job.key, self._path, self._took))

    def _took(self, got: str | PodError) -> None:
        self._reading = False
        if not self.is_attached:
            return
        scroll = self.query_one(VerticalScroll)
        at_end = scroll.is_vertical_scroll_end or scroll.max_scroll_y == 0
        if isinstance(got, PodError):
            self._head(self._missing(got))
            return
        self.query_one(".tail-text", Static).update(
            "\n".join(visible(line.expandtabs(), _LONGEST) for line in got.split("\n"))
        )
        self._head("" if got else "empty so far")
        if at_end and self.follow:
            scroll.scroll_end(animate=False)

    def _missing(self, error: PodError) -> str:
        if isinstance(error, NotFound) and self._job and not self._job.state.ended:
            return "not there yet; it may come only when the job has ended"
        return f"{visible(error.title)}: {visible(error.message, 200)}"

    def _head(self, note: str = "") -> None:
        if not self.is_mounted:
            return
        follows = "following" if self.follow else "not following, f follows"
        head = f"{visible(self._path, 200)}  ({follows})"
        if not self._path:
            head = "The scheduler has not told where this goes."
        elif note:
            head += f"\n{note}"
        self.query_one(".tail-head", Static).update(head)
