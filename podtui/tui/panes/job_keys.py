"""The keys of the Jobs pane, and what its help says."""

from __future__ import annotations

from textual.binding import Binding, BindingType

HELP = """
The jobs of **all clusters** in one table, newest first. A job you submit here may take files with
it: they are copied and verified before it starts (**Stage-in**), and fetched when it has ended
(**Stage-out**). podtui goes on with that by itself, also after it was closed and started again.

A cluster that does not answer keeps its last rows, dimmed, and the line above tells how old they
are. What a grey key would need is told when you press it.

**Several at once**: Space marks (Shift and an arrow key or a click marks a span, Ctrl and a click
one more); then c, h, r, R, t and f mean all that is marked, ask once, and tell the result of each.
The tasks of an **array** are one row, which stands for the whole array; z opens it.

**Filter** (/): words are looked for everywhere, `"two words"` together, `~^relax` is a regular
expression. `state:running,held`, `user:me`, `cluster:mt1`, `queue:gpu*`, `name~^relax`,
`cores>=16`, `age>2h`, `submitted<1d` look into one field; `-` before a term turns it round. Every
column has its field. Up and Down recall earlier filters, Right completes a word.

A click on a column's head sorts by it, once more the other way round.
"""

BINDINGS: tuple[BindingType, ...] = (
    Binding("n", "submit", "New", id="jobs.submit", tooltip="Submit a job script"),
    Binding(
        "enter",
        "details",
        "Details",
        id="jobs.details",
        tooltip="Facts, script, output and staging of the job",
    ),
    Binding(
        "N",
        "resubmit",
        "Once more",
        show=False,
        id="jobs.resubmit",
        tooltip="Submit the job's script again, with more of what ran out; asks first",
    ),
    Binding("c", "cancel", "Cancel", id="jobs.cancel", tooltip="End the job; its entry stays"),
    Binding("h", "hold", "Hold", id="jobs.hold", tooltip="Keep the job from starting"),
    Binding("r", "release", "Release", id="jobs.release", tooltip="Let a held job start"),
    Binding(
        "R",
        "requeue",
        "Requeue",
        show=False,
        id="jobs.requeue",
        tooltip="End the running job and let it begin again later",
    ),
    Binding(
        "t",
        "retry",
        "Retry staging",
        show=False,
        id="jobs.retry",
        tooltip="Take failed staging up again where it stopped",
    ),
    Binding(
        "f",
        "forget",
        "Forget",
        show=False,
        id="jobs.forget",
        tooltip="Take an ended staged job off this list",
    ),
    Binding(
        "y",
        "copy",
        "Copy id",
        show=False,
        id="jobs.copy",
        tooltip="Copy the job's id, or those of all that is marked, a line each",
    ),
    Binding(
        "m",
        "mute",
        "Mute",
        show=False,
        id="jobs.mute",
        tooltip="Tell nothing when the job ends, or tell it again; kept for the next start",
    ),
    Binding(
        "space",
        "mark",
        "Mark",
        show=False,
        id="jobs.mark",
        tooltip="Mark the job: the keys then mean all that is marked",
    ),
    Binding(
        "a",
        "mark_all",
        "Mark all found",
        show=False,
        id="jobs.mark_all",
        tooltip="Mark everything the filter finds, or unmark it",
    ),
    Binding(
        "e",
        "results",
        "Results",
        show=False,
        id="jobs.results",
        tooltip="How the last change of several jobs went",
    ),
    Binding(
        "z",
        "fold",
        "Open array",
        show=False,
        id="jobs.fold",
        tooltip="Show an array's tasks, or fold them again",
    ),
    Binding(
        "Z",
        "fold_all",
        "Open all arrays",
        show=False,
        id="jobs.fold_all",
        tooltip="Show the tasks of all arrays, or fold them again",
    ),
    Binding(
        "o",
        "order",
        "Order",
        show=False,
        id="jobs.order",
        tooltip="Choose what the table is sorted by",
    ),
    Binding(
        "O",
        "turn_order",
        "Turn the order",
        show=False,
        id="jobs.turn_order",
        tooltip="Sort the other way round",
    ),
    Binding(
        "w",
        "columns",
        "Columns",
        show=False,
        id="jobs.columns",
        tooltip="Choose the columns, their order and width",
    ),
    Binding(
        "v",
        "views",
        "Views",
        id="jobs.views",
        show=False,
        tooltip="Columns, order and filter kept under a name",
    ),
    Binding(
        "g", "refresh", "Refresh", show=False, id="jobs.refresh", tooltip="Ask all clusters now"
    ),
    Binding(
        "u",
        "scope",
        "Whose jobs",
        show=False,
        id="jobs.scope",
        tooltip="Show your jobs, a user's, a group's, or everybody's",
    ),
    Binding(
        "slash",
        "filter",
        "Filter",
        id="jobs.filter",
        key_display="/",
        tooltip="Show only jobs with some words or values",
    ),
    Binding(
        "escape",
        "show_all",
        "Show all",
        False,
        id="jobs.show_all",
        tooltip="Unmark all; then take the filter away",
    ),
)
