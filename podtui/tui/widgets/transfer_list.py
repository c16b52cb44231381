"""What moves between here and the clusters: all of it as a list, the running part as one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.tui.glyphs import bar
from podtui.tui.requests import (
    TransferCancellationRequested,
    TransferClearanceRequested,
    TransferRetryRequested,
)
from podtui.tui.widgets.file_list import short_size
from podtui.tui.widgets.line_list import LineList

_ARROW = {Direction.UPLOAD: "↑", Direction.DOWNLOAD: "↓"}
_GLYPH = {
    TransferState.QUEUED: "…",
    TransferState.RUNNING: "▶",
    TransferState.PAUSED: "‖",
    TransferState.DONE: "✓",
    TransferState.FAILED: "✗",
    TransferState.CANCELLED: "■",
}
_UNDER_WAY = (TransferState.RUNNING,)


class TransferList(LineList[Transfer]):
    """All transfers, the newest first, with bar, bytes, rate, time left, and why one failed."""

    DEFAULT_CSS = """
    TransferList {
        border: round $foreground 30%;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        &:focus { border: round $accent; border-title-style: bold; }
        & > .transfer-list--bar { color: $text-accent; }
        & > .transfer-list--done { color: $text-success; }
        & > .transfer-list--failed { color: $text-error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transfer-list--bar",
        "transfer-list--done",
        "transfer-list--failed",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "x,delete",
            "cancel",
            "Cancel transfer",
            id="transfers.cancel",
            tooltip="Stop the transfer; nothing half-written gets its final name",
        ),
        Binding(
            "r", "retry", "Retry", id="transfers.retry", tooltip="Start the failed transfer again"
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

    def on_mount(self) -> None:
        """Named once."""
        self.border_title = "Transfers"

    def watch_transfers(self) -> None:
        """Show them; the line under the cursor says more in the border."""
        self.show(tuple(reversed(self.transfers)), nothing="Nothing has been copied yet.")
        self._explain()

    def watch_cursor(self) -> None:
        """Follow the cursor with the explanation."""
        super().watch_cursor()
        self._explain()

    def key_of(self, line: Transfer) -> str:
        """A transfer's id."""
        return line.id

    def action_cancel(self) -> None:
        """Stop the transfer under the cursor."""
        if self.current is not None and not self.current.state.ended:
            self.post_message(TransferCancellationRequested(self.current.id))

    def action_retry(self) -> None:
        """Start the transfer under the cursor again, if it failed or was cancelled."""
        if self.current is not None and self.current.state.ended:
            self.post_message(TransferRetryRequested(self.current.id))

    def action_clear(self) -> None:
        """Forget what has ended."""
        self.post_message(TransferClearanceRequested())

    def draw(self, line: Transfer, width: int) -> Text:
        """One transfer in one line; what it says of itself takes the room behind the name."""
        name = Text(visible(transfer_name(line), 300) + (f" ({line.cluster})"))
        name.truncate(max(width // 3, 12), overflow="ellipsis", pad=True)
        head = Text.assemble(f"{_ARROW[line.direction]} ", name, " ")
        head.append_text(self._state(line, width >= 100))
        return head

    def _state(self, line: Transfer, roomy: bool) -> Text:
        glyph = f"{_GLYPH[line.state]} {line.state.value}"
        if line.state is TransferState.DONE:
            style = self.get_component_rich_style("transfer-list--done", partial=True)
            return Text.assemble((glyph, style), f"  {amount(line)}")
        if line.state in (TransferState.FAILED, TransferState.CANCELLED):
            style = self.get_component_rich_style("transfer-list--failed", partial=True)
            return Text.assemble((glyph, style), "  ", visible(line.error, 300))
        if line.state is TransferState.QUEUED:
            return Text(glyph)
        style = self.get_component_rich_style("transfer-list--bar", partial=True)
        return Text.assemble(
            (bar(line.fraction, 20 if roomy else 10), style),
            f" {line.fraction:4.0%} {amount(line)} {pace(line)}",
        )

    def _explain(self) -> None:
        line = self.current
        text = ""
        if line is not None:
            why = line.hint or line.current
            text = visible(why, max(self.size.width - 8, 20))
        self.border_subtitle = Content(text)


class TransferStrip(Static):
    """What is under way, in one line above the footer; not there when nothing is."""

    DEFAULT_CSS = """
    TransferStrip {
        height: 1; padding: 0 1; display: none;
        background: $boost; color: $foreground;
        &.-busy { display: block; }
    }
    """

    transfers: reactive[tuple[Transfer, ...]] = reactive((), layout=False)

    def watch_transfers(self) -> None:
        """Say how far everything is together, and name the first."""
        text = strip_text(self.transfers)
        self.set_class(bool(text), "-busy")
        self.update(Text(text, no_wrap=True, overflow="ellipsis"))


def strip_text(transfers: Iterable[Transfer]) -> str:
    """One line on what is queued and under way, empty when nothing is."""
    open_ones = [t for t in transfers if not t.state.ended]
    running = [t for t in open_ones if t.state in _UNDER_WAY]
    if not open_ones:
        return ""
    first = (running or open_ones)[0]
    parts = [f"{_ARROW[first.direction]} {visible(transfer_name(first), 30)}"]
    if running:
        parts.append(f"{bar(first.fraction, 10)} {first.fraction:.0%} {pace(first)}".rstrip())
    if len(open_ones) > 1:
        parts.append(f"{len(open_ones) - 1} more")
    return "  ".join(parts)


def transfer_name(transfer: Transfer) -> str:
    """What is copied, by its last name."""
    upload = transfer.direction is Direction.UPLOAD
    source = transfer.local if upload else transfer.remote
    return source.rstrip("/").rpartition("/")[2] or source


def amount(transfer: Transfer) -> str:
    """Bytes done of all, and files where there are several."""
    done = short_size(transfer.bytes_done)
    text = done if transfer.state.ended else f"{done}/{short_size(transfer.bytes_total)}"
    many = transfer.files_total > 1
    return f"{text}, {transfer.files_done}/{transfer.files_total} files" if many else text


def pace(transfer: Transfer) -> str:
    """Rate and time left, as far as known."""
    text = f"{short_size(round(transfer.rate))}/s" if transfer.rate else ""
    if transfer.seconds_left is not None and transfer.rate:
        minutes, seconds = divmod(round(transfer.seconds_left), 60)
        hours, minutes = divmod(minutes, 60)
        left = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        text += f" {left} left"
    return text
