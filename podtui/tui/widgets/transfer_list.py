"""What moves between the ends: all of it as a list, the running part as one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.domain.transfer_total import TransferTotal, in_queue_order, together
from podtui.tui import file_requests as requests
from podtui.tui.glyphs import bar
from podtui.tui.requests import CopyRequested
from podtui.tui.widgets.file_list import short_size
from podtui.tui.widgets.line_list import LineList

_S = TransferState
_ARROW = {Direction.UPLOAD: "↑", Direction.DOWNLOAD: "↓", Direction.COPY: "→"}
_GLYPH = {
    _S.QUEUED: "…",
    _S.RUNNING: "▶",
    _S.PAUSED: "‖",
    _S.DONE: "✓",
    _S.FAILED: "✗",
    _S.CANCELLED: "■",
}
_STYLE = {_S.DONE: "done", _S.FAILED: "failed", _S.CANCELLED: "failed", _S.PAUSED: "paused"}


class TransferList(LineList[Transfer]):
    """The queue in its order, then what has ended; bar, bytes, files, rate, time left, and why."""

    DEFAULT_CSS = """
    TransferList {
        border: round $foreground 30%;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        &:focus { border: round $accent; border-title-style: bold; }
        & > .transfer-list--bar { color: $text-accent; }
        & > .transfer-list--done { color: $text-success; }
        & > .transfer-list--failed { color: $text-error; }
        & > .transfer-list--paused { color: $text-warning; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transfer-list--bar",
        "transfer-list--done",
        "transfer-list--failed",
        "transfer-list--paused",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space,p",
            "pause",
            "Pause",
            id="transfers.pause",
            tooltip="Stop the transfer, or let it go on where it stood",
        ),
        Binding(
            "x,delete",
            "cancel",
            "Cancel transfer",
            id="transfers.cancel",
            tooltip="Stop the transfer; nothing half-written gets its final name",
        ),
        Binding(
            "r",
            "retry",
            "Retry",
            id="transfers.retry",
            tooltip="Go on with the failed, cancelled or paused transfer where it stood",
        ),
        Binding(
            "K,ctrl+up", "shift(-1)", "Sooner", id="transfers.sooner", tooltip="Up in the queue"
        ),
        Binding(
            "J,ctrl+down", "shift(1)", "Later", id="transfers.later", tooltip="Down in the queue"
        ),
        Binding(
            "y",
            "copy_text",
            "Copy",
            show=False,
            id="transfers.copy",
            tooltip="Copy where from, where to, and what went wrong",
        ),
        Binding(
            "C",
            "clear",
            "Clear ended",
            id="transfers.clear",
            tooltip="Take the ended transfers off the list",
        ),
    ]

    transfers: reactive[tuple[Transfer, ...]] = reactive(())

    def watch_transfers(self) -> None:
        """Show them; the border says the total, and more of the line under the cursor."""
        self.show(in_queue_order(self.transfers), nothing="Nothing has been copied yet.")
        self.border_title = Content(total_text(together(self.transfers)))
        self._explain()

    def watch_cursor(self) -> None:
        """Follow the cursor with the explanation."""
        super().watch_cursor()
        self._explain()

    def on_resize(self) -> None:
        """The explanation fits the width."""
        self._explain()

    def key_of(self, line: Transfer) -> str:
        """A transfer's id."""
        return line.id

    # Acts

    def action_pause(self) -> None:
        """Stop the transfer under the cursor for a while, or go on with it."""
        line = self.current
        if line is not None and line.state is _S.PAUSED:
            self._ask(requests.TransferRetryRequested(line.id), line)
        elif line is not None and not line.state.ended:
            self._ask(requests.TransferPauseRequested(line.id), line)
        elif line is not None:
            self._say(f"It has ended ({line.state.value}).")

    def action_cancel(self) -> None:
        """Stop the transfer under the cursor."""
        line = self.current
        if line is not None and not line.state.ended:
            self._ask(requests.TransferCancellationRequested(line.id), line)
        elif line is not None:
            self._say(f"It has ended ({line.state.value}).")

    def action_retry(self) -> None:
        """Go on with the transfer under the cursor."""
        line = self.current
        if line is not None and line.state in (_S.FAILED, _S.CANCELLED, _S.PAUSED):
            self._ask(requests.TransferRetryRequested(line.id), line)
        elif line is not None:
            self._say(f"It is {line.state.value}: there is nothing to take up again.")

    def action_shift(self, by: int) -> None:
        """Move the transfer under the cursor among those that have not ended."""
        line = self.current
        if line is None or line.state.ended:
            self._say("What has ended has no place in the queue.")
            return
        neighbour = self.cursor + by
        if not 0 <= neighbour < len(self.lines) or self.lines[neighbour].state.ended:
            return
        ids = [one.id for one in self.transfers]
        step = ids.index(self.lines[neighbour].id) - ids.index(line.id)
        self.post_message(requests.TransferMoveRequested(line.id, step))

    def action_copy_text(self) -> None:
        """Put the transfer's ends, and its error, on the clipboard."""
        if line := self.current:
            text = f"{line.source}\n{line.target}\n{line.error}".rstrip()
            self.post_message(CopyRequested(text, "The transfer"))

    def action_clear(self) -> None:
        """Forget what has ended."""
        self.post_message(requests.TransferClearanceRequested())

    def _ask(self, request: Message, line: Transfer) -> None:
        """Ask for it, unless it is the job's."""
        if line.job:
            self._say(
                "It serves a staged job, and stops and goes on with that: in the Jobs pane, c "
                "cancels the job, t tries failed staging again."
            )
        else:
            self.post_message(request)

    def _say(self, why: str) -> None:
        self.notify(why, title="Transfer", severity="warning", markup=False)

    # Looks

    def draw(self, line: Transfer, width: int) -> Text:
        """One transfer in one line; what it says of itself takes the room behind the name."""
        job = "job, " if line.job else ""
        name = Text(f"{visible(transfer_name(line), 300)} ({job}{way(line)})")
        name.truncate(max(width // 3, 12), overflow="ellipsis", pad=True)
        head = Text.assemble(f"{_ARROW[line.direction]} ", name, " ")
        head.append_text(self._state(line, width >= 100))
        return head

    def _state(self, line: Transfer, roomy: bool) -> Text:
        glyph = f"{_GLYPH[line.state]} {line.state.value}"
        part = f"transfer-list--{_STYLE.get(line.state, 'bar')}"
        style = self.get_component_rich_style(part, partial=True)
        if line.state is _S.DONE:
            left_out = f", {line.skipped} left as they were" if line.skipped else ""
            return Text.assemble((glyph, style), f"  {amount(line)}{left_out}")
        if line.state in (_S.FAILED, _S.CANCELLED):
            return Text.assemble((glyph, style), "  ", visible(line.error, 300))
        if line.state is _S.QUEUED:
            return Text(glyph)
        drawn = (bar(line.fraction, 20 if roomy else 10), style)
        if line.state is _S.PAUSED:
            return Text.assemble((glyph, style), "  ", drawn, f" {amount(line)}")
        if line.note:
            return Text.assemble(drawn, f" {line.fraction:4.0%} ", visible(line.note, 300))
        return Text.assemble(drawn, f" {line.fraction:4.0%} {amount(line)} {pace(line)}")

    def _explain(self) -> None:
        line = self.current
        text = ""
        if line is not None:
            resumed = f"{short_size(line.resumed)} were there already. " if line.resumed else ""
            why = line.note or line.hint or line.current or f"to {line.target}"
            text = visible(f"{resumed}{why}", max(self.size.width - 8, 20))
        self.border_subtitle = Content(text)


class TransferStrip(Static):
    """What is under way, in one line above the footer; not there when nothing is.

    Nor beside the list itself, which tells it too.
    """

    DEFAULT_CSS = """
    TransferStrip {
        height: 1; padding: 0 1; display: none;
        background: $boost; color: $foreground;
        &.-busy { display: block; }
        &.-listed { display: none; }
    }
    """

    transfers: reactive[tuple[Transfer, ...]] = reactive((), layout=False)

    def watch_transfers(self) -> None:
        """Say how far everything is together, and name the first."""
        text = strip_text(self.transfers)
        self.set_class(bool(text), "-busy")
        self.update(Text(text, no_wrap=True, overflow="ellipsis"))


def strip_text(transfers: Iterable[Transfer]) -> str:
    """One line on what is queued and under way, empty when nothing is. What is paused is not."""
    open_ones = [t for t in transfers if not t.state.ended and t.state is not _S.PAUSED]
    running = [t for t in open_ones if t.state is _S.RUNNING]
    if not open_ones:
        return ""
    first = (running or open_ones)[0]
    parts = [f"{_ARROW[first.direction]} {visible(transfer_name(first), 30)}"]
    if running:
        parts.append(f"{bar(first.fraction, 10)} {first.fraction:.0%} {pace(first)}".rstrip())
    if len(open_ones) > 1:
        parts.append(f"{len(open_ones) - 1} more")
    return "  ".join(parts)


def total_text(total: TransferTotal) -> str:
    """The head of the list: how many, and how far they are together."""
    if not total.open:
        return "Transfers"
    counts = (
        (total.running, "running"),
        (total.waiting, "waiting"),
        (total.paused, "paused"),
    )
    parts = [", ".join(f"{count} {word}" for count, word in counts if count)]
    if total.running:
        parts.append(f"{short_size(total.bytes_done)}/{short_size(total.bytes_total)}")
    if total.rate:
        left = total.seconds_left
        parts.append(f"{short_size(round(total.rate))}/s {_left(left)}".rstrip())
    if total.files_total > 1:
        parts.append(f"{total.files_done}/{total.files_total} files")
    return " · ".join(("Transfers", *parts))


def transfer_name(transfer: Transfer) -> str:
    """What is copied, by its last name."""
    source = transfer.source
    return source.rstrip("/").rpartition("/")[2] or source


def way(transfer: Transfer) -> str:
    """The cluster it goes to or comes from; of a copy, both."""
    other = f"→{visible(transfer.other, 24)}" if transfer.other else ""
    return f"{visible(transfer.cluster, 24)}{other}"


def amount(transfer: Transfer) -> str:
    """Bytes done of all, and files where there are several."""
    done = short_size(transfer.bytes_done)
    text = done if transfer.state.ended else f"{done}/{short_size(transfer.bytes_total)}"
    many = transfer.files_total > 1
    return f"{text}, {transfer.files_done}/{transfer.files_total} files" if many else text


def pace(transfer: Transfer) -> str:
    """Rate and time left, as far as known."""
    if not transfer.rate:
        return ""
    return f"{short_size(round(transfer.rate))}/s {_left(transfer.seconds_left)}".rstrip()


def _left(seconds: float | None) -> str:
    """`1:02:03 left`, empty where nobody knows."""
    if seconds is None:
        return ""
    minutes, whole = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    left = f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"
    return f"{left} left"
