"""What the Files pane asks for: by subject in what this stands on; editing and staging here."""

from __future__ import annotations

import os
import shlex

from textual import on

from podtui.domain.staging import StagePair
from podtui.domain.text import visible
from podtui.errors import FileTrouble, InputError, PodError
from podtui.services.editing import Draft, FileNow
from podtui.tui import file_requests as requests
from podtui.tui.acts.file_places import FilePlaceActs
from podtui.tui.acts.file_transfers import FileTransferActs
from podtui.tui.folder import Folder


class FileActs(FileTransferActs, FilePlaceActs):
    """The Files pane's acts."""

    # Editing

    @on(requests.EditRequested)
    def edit_file(self, event: requests.EditRequested) -> None:
        """Give the terminal to the person's editor."""
        self.run_act(self._edit(self.folder_of(event.side), event.name), "edit")

    async def _edit(self, folder: Folder, name: str) -> None:
        path = folder.inside(name)
        if not folder.end:
            await self._run_editor(path)
            self.reread(folder.end, folder.path, name)
            return
        editing = self.session.editing
        draft = await editing.fetch(folder.end, path)
        kept = False
        try:
            await self._run_editor(str(draft.copy))
            if await editing.edited(draft):
                kept = True  # from here on it is the person's work: it goes when it is safe
                kept = await self._bring_back(draft, name)
            else:
                self.tell(f"{visible(name, 60)} was not changed.", "Edit")
        except PodError as error:
            if kept:
                error.hint = f"{error.hint} Your text is kept here: {draft.copy}".strip()
            raise
        finally:
            if not kept:
                editing.drop(draft)
        self.reread(folder.end, folder.path, name)

    async def _run_editor(self, path: str) -> None:
        """FileTrouble when the editor says it has failed."""
        from podtui.tui.acts import shell

        told = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            command = shlex.split(told)
        except ValueError as error:
            raise InputError(f"$EDITOR is {visible(told, 60)!r}: {error}.") from None
        status = await shell.run_in_terminal(self, [*command, path])
        if status:
            raise FileTrouble(
                f"{visible(told, 60)} ended with status {status}.",
                title="Editor",
                hint="Nothing was written. $VISUAL and $EDITOR say which editor is run.",
            )

    async def _bring_back(self, draft: Draft, name: str) -> bool:
        """Write it there, or ask; whether the text is still here alone."""
        from podtui.tui.screens.conflict import EditChoice, EditConflictScreen

        editing = self.session.editing
        now = await editing.now(draft)
        choice = EditChoice.OVERWRITE
        if now is not FileNow.SAME:
            question = EditConflictScreen(draft.cluster, draft.path, now)
            chosen = await self.push_screen_wait(question)
            choice = EditChoice(chosen.key) if chosen else EditChoice.KEEP
        if choice is EditChoice.OVERWRITE:
            await editing.put_back(draft)
            self.tell(f"{visible(name, 60)} is written to {visible(draft.cluster)}.", "Edit")
        elif choice is EditChoice.BESIDE:
            place = await editing.put_beside(draft)
            self.tell(f"Your text is in {visible(place, 200)}.", "Edit")
        elif choice is EditChoice.KEEP:
            self.tell(f"Your text is kept here: {draft.copy}", "Edit")
        return choice is EditChoice.KEEP

    # Staging

    @on(requests.StageRequested)
    def stage_into_job(self, event: requests.StageRequested) -> None:
        """Open the form for a new job that these travel with."""
        self.run_act(self._stage(event), "stage into job")

    async def _stage(self, event: requests.StageRequested) -> None:
        from podtui.tui.screens.submit import SubmitScreen
        from podtui.tui.widgets.pair_list import PairList

        side, other = self.folder_of(event.side), self.folder_of(event.side.other)
        cluster = side.end or other.end or self.cluster
        if not cluster:
            raise InputError("There is no cluster to submit to.", hint="Configure one: pane 1.")
        screen = SubmitScreen(self.config.clusters, cluster)
        await self.push_screen(screen)
        kind, pairs = stage_pairs(side, event.names, other)
        screen.query_one(f"#{kind}", PairList).put(pairs)


def stage_pairs(
    side: Folder, names: tuple[str, ...], other: Folder
) -> tuple[str, tuple[StagePair, ...]]:
    """`stage-in` or `stage-out`, and the pairs for `names` of a side.

    What is here goes into the cluster's folder that the other side shows, else into the home there.
    What is there is fetched into the folder shown here, else to where podtui was started.
    """
    if not side.end:
        home = other.path if other.end and other.path else "~"
        return "stage-in", tuple(
            StagePair(side.inside(name), f"{home.rstrip('/')}/{name}") for name in names
        )
    here = Folder(path=other.path) if other.path and not other.end else None
    return "stage-out", tuple(
        StagePair(here.inside(name) if here else name, side.inside(name)) for name in names
    )
