"""The Files pane in its states, and the screens it leads to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from podtui.domain.bookmarks import Bookmark, FileViews
from podtui.domain.entry import Entry, EntryKind
from podtui.errors import Unreachable
from podtui.services.conflicts import Clash
from podtui.services.editing import FileNow
from podtui.services.walk import Item
from podtui.tui.folder import Folder, Side
from podtui.tui.panes.files import FilesPane
from podtui.tui.screens.conflict import ClashScreen, ConflictScreen, EditConflictScreen
from podtui.tui.screens.file_columns import FileColumnsScreen
from podtui.tui.screens.pick import PickFile
from podtui.tui.screens.places import BookmarksScreen, EndScreen, GoToScreen
from podtui.tui.screens.preview import PreviewScreen

from ..fake_session import HOME, NOW
from .stage import Scenes, Stage
from .world import folder_here, folder_there, some_transfers

SCENES = Scenes()
MANY = 3000  # entries


async def _read(stage: Stage) -> None:
    """The Files pane, and nothing on its way that would replace what is put in."""
    app = stage.app
    await stage.pane("files")
    await stage.rest()
    app.left, app.right = folder_here(stage.say), folder_there(stage.say)


@SCENES.shows(FilesPane)
async def files_pane(stage: Stage) -> None:
    """Both sides, an entry marked, and transfers."""
    await _read(stage)
    app = stage.app
    app.transfers = some_transfers(stage.say)
    await stage.sees("latest", "runs/", "12 files")


@SCENES.shows(PreviewScreen, "text")
async def preview_text(stage: Stage) -> None:
    """The beginning of a text."""
    await stage.push(PreviewScreen("pod", f"{HOME}/w.o"))
    await stage.sees(" bytes")


@SCENES.shows(PreviewScreen, "table")
async def preview_table(stage: Stage) -> None:
    """A table as a table."""
    await stage.push(PreviewScreen("pod", f"{HOME}/table.csv"))
    await stage.sees("2 rows, 2 columns")


@SCENES.shows(PreviewScreen, "gone")
async def preview_gone(stage: Stage) -> None:
    """A file that is not there any more."""
    await stage.push(PreviewScreen("pod", stage.say(f"{HOME}/gone.txt")))
    await stage.sees("✗")


@SCENES.shows(FileColumnsScreen)
async def file_columns(stage: Stage) -> None:
    """Which columns."""
    await stage.push(FileColumnsScreen(FileViews()))


@SCENES.shows(EndScreen)
async def end(stage: Stage) -> None:
    """Which end on this side."""
    await stage.push(EndScreen(stage.app.statuses, "pod"))


@SCENES.shows(GoToScreen)
async def go_to(stage: Stage) -> None:
    """A path to type, with what it could become."""
    await stage.push(GoToScreen(folder_there(stage.say)))
    await stage.sees("runs/")


@SCENES.shows(BookmarksScreen)
async def bookmarks(stage: Stage) -> None:
    """Folders kept."""
    kept = FileViews().marked(Bookmark("pod", stage.say(f"{HOME}/runs")))
    await stage.push(
        BookmarksScreen(kept.marked(Bookmark("pod", "/scratch")), folder_there(stage.say))
    )


@SCENES.shows(ConflictScreen)
async def conflict(stage: Stage) -> None:
    """Names that are taken, before the copy begins."""
    await stage.push(ConflictScreen("2 of 3 are there already on pod: a.dat, b.dat."))


@SCENES.shows(ClashScreen)
async def clash(stage: Stage) -> None:
    """A name that is taken, in the middle."""
    new = Item("b.dat", EntryKind.FILE, 4000, NOW.timestamp())
    old = Entry("b.dat", EntryKind.FILE, 3000, NOW)
    await stage.push(ClashScreen(Clash(stage.say(f"{HOME}/b.dat"), new, old), "the folder"))


@SCENES.shows(EditConflictScreen)
async def edit_conflict(stage: Stage) -> None:
    """Somebody else wrote the file while it was edited."""
    await stage.push(EditConflictScreen("pod", stage.say(f"{HOME}/job.sh"), FileNow.CHANGED))


@SCENES.shows(PickFile)
async def pick(stage: Stage) -> None:
    """A local file to choose; that of a folder which is not there tells so."""
    await stage.push(PickFile(Path("/dev/null/nothing"), folders=True))
    await stage.until(lambda: str(stage.app.screen.query_one("#pick-problem").render()), "why")


@SCENES.shows(FilesPane, "loading")
async def files_loading(stage: Stage) -> None:
    """Nothing read yet on the one side, another folder wanted on the other."""
    await _read(stage)
    stage.app.left = replace(folder_here(stage.say), wanted=stage.say(f"{HOME}/data"))
    stage.app.right = Folder(end="pod", wanted=HOME)


@SCENES.shows(FilesPane, "empty")
async def files_empty(stage: Stage) -> None:
    """Nothing in either folder, and nothing was ever copied."""
    await _read(stage)
    app = stage.app
    app.left, app.right = replace(app.left, entries=()), replace(app.right, entries=())


@SCENES.shows(FilesPane, "stale")
async def files_stale(stage: Stage) -> None:
    """The cluster went away: its list stays, dated."""
    await _read(stage)
    stage.backend.error = Unreachable(stage.say("The network is unreachable."), hint="Wait.")
    stage.app.show_folder(Side.RIGHT, stage.app.right.path)
    await stage.until(lambda: stage.app.right.stale)
    stage.app.clear_notifications()  # the notice lies over the folder's last line
    await stage.sees("◐ No answer")


@SCENES.shows(FilesPane, "error")
async def files_error(stage: Stage) -> None:
    """No login node to read from; an empty folder here."""
    await _read(stage)
    stage.app.left = replace(folder_here(stage.say), entries=())
    stage.app.right = Folder(
        end="pod",
        title="No login node",
        error=stage.say("pod has no login node that is up."),
        hint="Make one: N in the Clusters pane.\n\nPress g to try again.",
    )


@SCENES.shows(FilesPane, "many")
async def files_many(stage: Stage) -> None:
    """More than fit."""
    await _read(stage)
    entries = tuple(
        Entry(stage.say(f"frame{n:05}.dat"), EntryKind.FILE, n * 1000, NOW) for n in range(MANY)
    )
    stage.app.right = replace(folder_there(stage.say), entries=entries)
