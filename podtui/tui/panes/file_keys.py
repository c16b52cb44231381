"""The keys of the Files pane, and what its help says."""

from __future__ import annotations

from textual.binding import Binding, BindingType

HELP = """\
# Files

Two folders side by side. Each side shows **any end**: this machine, or a cluster; `p`, or a click
on a side's title, chooses. *Tab* goes to the other side and on to the transfers, *Enter* into a
folder or a file, *Backspace* out of it, `~` home.

Mark with *Space* (`*` turns all marks round; Shift and an arrow or a click marks a span) and copy
with `c`: marked entries, or the one under the cursor, go into the folder that the other side shows,
also from one cluster to another. Where something is there already you are asked once for all. Each
file is written beside its final name, verified by its hash, and only then renamed. Transfers go on
where they stood after a pause, a lost link, and when podtui is started again.

`s` opens the form for a **new job** with what is marked: local files are staged in, a cluster's
files are fetched when the job has ended.

`v` looks into a file without fetching it. `e` edits a file in `$EDITOR`: a cluster's file comes as
a private copy, and goes back only when nobody has changed it meanwhile, else you are asked.

`/` shows only names with some letters (or a pattern such as `*.log`), `.` the hidden files, `w`
chooses columns and order; a click on a column's head sorts by it. `b` goes to a bookmark of the
side's end, `B` makes one. With `y` both sides walk **in step**: into the same folders, and out.

*Ctrl+L* goes to a path you type; *Tab* completes it. So does `:files PATH`, or `:` and the path.
`Y` copies the path.
"""

BINDINGS: tuple[BindingType, ...] = (
    Binding(
        "enter",
        "open",
        "Open",
        show=False,
        id="files.open",
        tooltip="Go into the folder, look into the file",
    ),
    Binding(
        "c,f5",
        "copy",
        "Copy",
        id="files.copy",
        tooltip="Copy what is marked, or the current entry, to the other side",
    ),
    Binding(
        "v,f3",
        "view",
        "View",
        id="files.view",
        tooltip="Look into the file without fetching it",
    ),
    Binding(
        "e,f4",
        "edit",
        "Edit",
        id="files.edit",
        tooltip="Change the file in your editor",
    ),
    Binding(
        "s",
        "stage",
        "Stage into job",
        id="files.stage",
        tooltip="A new job that what is marked travels with",
    ),
    Binding("p", "end", "Place", id="files.end", tooltip="This machine or a cluster on this side"),
    Binding(
        "slash",
        "filter",
        "Filter",
        show=False,
        id="files.filter",
        key_display="/",
        tooltip="Show only names with some letters, or a pattern",
    ),
    Binding(
        "m",
        "make_folder",
        "New folder",
        show=False,
        id="files.make_folder",
        tooltip="Make a folder here",
    ),
    Binding(
        "R,f2",
        "rename",
        "Rename",
        show=False,
        id="files.rename",
        tooltip="Give the entry another name",
    ),
    Binding(
        "x,delete,f8",
        "remove",
        "Remove",
        id="files.remove",
        tooltip="Remove files and folders, after asking",
    ),
    Binding(
        "ctrl+l",
        "go_to",
        "Go to",
        show=False,
        id="files.go_to",
        tooltip="Type the path of a folder to go to",
    ),
    Binding(
        "b",
        "bookmarks",
        "Bookmarks",
        show=False,
        id="files.bookmarks",
        tooltip="Go to a bookmark of this end",
    ),
    Binding(
        "B",
        "bookmark",
        "Bookmark this",
        show=False,
        id="files.bookmark",
        tooltip="Keep this folder as a bookmark",
    ),
    Binding(
        "full_stop",
        "hidden",
        "Hidden files",
        show=False,
        id="files.hidden",
        key_display=".",
        tooltip="Show or leave out names that begin with a dot",
    ),
    Binding(
        "o",
        "order",
        "Order",
        show=False,
        id="files.order",
        tooltip="Sort by the next column that is shown",
    ),
    Binding(
        "O",
        "turn_order",
        "Turn the order",
        show=False,
        id="files.turn_order",
        tooltip="Sort the other way round",
    ),
    Binding(
        "w",
        "columns",
        "Columns",
        show=False,
        id="files.columns",
        tooltip="Choose the columns, and what to sort by",
    ),
    Binding(
        "y",
        "step",
        "In step",
        show=False,
        id="files.step",
        tooltip="Both sides go into the same folders, and out of them",
    ),
    Binding(
        "Y",
        "copy_path",
        "Copy path",
        show=False,
        id="files.copy_path",
        tooltip="Copy the path of the entry, or of all that is marked, a line each",
    ),
    Binding(
        "g",
        "reread",
        "Refresh",
        show=False,
        id="files.refresh",
        tooltip="Read both folders anew",
    ),
    Binding(
        "tab",
        "other_side(1)",
        "Other side",
        id="files.other_side",
        tooltip="Go to the next list",
    ),
    Binding("shift+tab", "other_side(-1)", "Back", show=False, id="files.other_side_back"),
    Binding(
        "backspace",
        "leave",
        "Up",
        show=False,
        id="files.up",
        tooltip="Go to the folder above",
    ),
    Binding("tilde", "home", "Home", show=False, id="files.home", tooltip="Go to the home folder"),
    Binding(
        "escape",
        "show_all",
        "Show all",
        show=False,
        id="files.show_all",
        tooltip="Unmark all; then take the filter away",
    ),
)
