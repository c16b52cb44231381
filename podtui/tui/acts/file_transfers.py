"""What is copied between the sides: put in the queue, asked about, stopped, moved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual import on

from podtui.domain.text import visible
from podtui.domain.transfer import Conflict, Direction, Rules, Transfer, TransferState
from podtui.tui import file_requests as requests
from podtui.tui.acts.folders import FolderActs, names_told
from podtui.tui.folder import Folder
from podtui.tui.requests import PromptRequested, PromptWithdrawn

if TYPE_CHECKING:
    from podtui.services.conflicts import Clash
    from podtui.tui.screens.choice import Chosen


class FileTransferActs(FolderActs):
    """Transfers the Files pane asks for."""

    def on_frame_drawn(self) -> None:
        """Follow the transfers."""
        self._done: frozenset[str] = frozenset()
        self._turn = asyncio.Lock()
        self._for_all: dict[str, Conflict] = {}  # by the place of what is copied
        self.watch(self, "transfers", self._reread_after, init=False)

    # Copies

    @on(requests.CopyToOtherRequested)
    def copy_to_other(self, event: requests.CopyToOtherRequested) -> None:
        """Put the transfers in the queue, after asking where something is there already."""
        source, target = self.folder_of(event.side), self.folder_of(event.side.other)
        taken = {entry.name for entry in target.entries}
        clashes = tuple(name for name in event.names if name in taken)
        if not clashes:
            self._enqueue(source, event.names, target, Conflict.ASK)
            return
        from podtui.tui.screens.conflict import ConflictScreen

        def add(chosen: Chosen | None) -> None:
            if chosen is not None:
                self._enqueue(source, event.names, target, Conflict(chosen.key))

        told = f"{names_told(clashes)}\n\nis there already, in {visible(target.path, 200)} "
        self.push_screen(ConflictScreen(f"{told}{target.where}."), add)

    def _enqueue(
        self, source: Folder, names: tuple[str, ...], target: Folder, conflict: Conflict
    ) -> None:
        place = target.path.rstrip("/") + "/"
        rules = Rules(conflict=conflict)
        queue = self.session.transfers
        for name in names:
            path = source.inside(name)
            self._for_all.pop(place + name, None)
            if not source.end:
                queue.add(target.end, Direction.UPLOAD, path, place, rules=rules)
            elif not target.end:
                queue.add(source.end, Direction.DOWNLOAD, place, path, rules=rules)
            else:
                queue.add(source.end, Direction.COPY, place, path, other=target.end, rules=rules)

    async def ask_conflict(self, clash: Clash) -> Conflict:
        """The person's answer for a file that is there already; the transfers' `Asker`."""
        from podtui.tui.screens.conflict import ClashScreen

        place = self._place_of(clash.target)
        async with self._turn:
            if place and place in self._for_all:
                return self._for_all[place]
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            screen = ClashScreen(clash, place)
            self.post_message(PromptRequested(screen, answer))
            try:
                chosen: Chosen | None = await answer
            except asyncio.CancelledError:
                self.post_message(PromptWithdrawn(screen))
                raise
            rule = Conflict(chosen.key) if chosen else Conflict.SKIP
            if chosen and chosen.ticked:
                self._for_all[place] = rule
            return rule

    def _place_of(self, path: str) -> str:
        """What is copied to where `path` lies; empty where no transfer or several do that."""
        running = [t for t in self.session.transfers.transfers if t.state is TransferState.RUNNING]
        places = [_place(t) for t in running if t.rules.conflict is Conflict.ASK]
        found = [one for one in places if path == one or path.startswith(f"{one}/")]
        return found[0] if len(found) == 1 else ""

    # The queue

    @on(requests.TransferCancellationRequested)
    def cancel_transfer(self, event: requests.TransferCancellationRequested) -> None:
        """Stop a transfer."""
        self.session.transfers.cancel(event.transfer)

    @on(requests.TransferPauseRequested)
    def pause_transfer(self, event: requests.TransferPauseRequested) -> None:
        """Stop a transfer until it is resumed."""
        self.session.transfers.pause(event.transfer)

    @on(requests.TransferRetryRequested)
    def retry_transfer(self, event: requests.TransferRetryRequested) -> None:
        """Put a transfer back in the queue."""
        self.session.transfers.retry(event.transfer)

    @on(requests.TransferMoveRequested)
    def move_transfer(self, event: requests.TransferMoveRequested) -> None:
        """Move a transfer in the queue."""
        self.session.transfers.move(event.transfer, event.by)

    @on(requests.TransferClearanceRequested)
    def clear_transfers(self) -> None:
        """Forget what has ended."""
        self.run_act(self._clear_transfers(), "clear transfers")

    async def _clear_transfers(self) -> None:
        await self.session.transfers.clear_ended()

    def _reread_after(self, transfers: tuple[Transfer, ...]) -> None:
        """A transfer that is done may have put something into a folder that is shown."""
        done = frozenset(t.id for t in transfers if t.state is TransferState.DONE)
        new = [t for t in transfers if t.id in done - self._done]
        self._done = done
        for folder in {(f.end, f.path): f for f in (self.left, self.right)}.values():
            if any(_lands(one, folder) for one in new):
                self.reread(folder.end, folder.path)


def _place(transfer: Transfer) -> str:
    """Where what is copied into a folder will stand there."""
    name = transfer.source.rstrip("/").rpartition("/")[2]
    return f"{transfer.target}{name}" if transfer.target.endswith("/") else transfer.target


def _lands(transfer: Transfer, folder: Folder) -> bool:
    """Whether what was copied may stand in the folder shown."""
    ends = {
        Direction.UPLOAD: transfer.cluster,
        Direction.DOWNLOAD: "",
        Direction.COPY: transfer.other,
    }
    path = transfer.target.rstrip("/") or "/"
    above = path.rpartition("/")[0] or "/"
    return (
        ends[transfer.direction] == folder.end
        and bool(folder.path)
        and folder.path in (path, above)
    )
