"""The keys of the form for a new job, and what its help says."""

from __future__ import annotations

from textual.binding import Binding, BindingType

HELP = """
A job script, and what travels with it. **Stage-in** copies a local file or folder before the job
starts: `LOCAL:REMOTE`, or `LOCAL` alone for your home there. **Stage-out** fetches when it has
ended: `REMOTE:LOCAL`, or `REMOTE` alone for the folder podtui was started in. `~` in a remote
part is the home there. Enter adds a pair, Delete takes the marked one off.

The fields and the script are **two views of one text**: a field changes the one place that tells
it, and everything else stays as it is. In the script, Right takes a completion. **Changes** shows
what differs from the file, **There** what the cluster is sent and what of it is lost there.

The scheduler is guessed from the script's directives. A script for another scheduler than the
cluster's is offered translated, with what changes. What is wrong is told before anything is sent.
What you edit here is sent as you see it; the file stays as it is.
"""

BINDINGS: tuple[BindingType, ...] = (
    Binding("ctrl+s", "submit", "Submit", id="submit.submit", tooltip="Send the job"),
    Binding(
        "ctrl+o",
        "browse",
        "Browse",
        id="submit.browse",
        tooltip="Choose a local file for the field with the cursor",
    ),
    Binding(
        "ctrl+t",
        "translate",
        "Translate",
        id="submit.translate",
        tooltip="Show the script translated for this scheduler",
    ),
    Binding(
        "f2", "editor", "$EDITOR", id="submit.editor", tooltip="Edit the script in your editor"
    ),
    Binding(
        "f3",
        "view('text')",
        "Script",
        show=False,
        id="submit.script",
        tooltip="Show the script, to edit it here",
    ),
    Binding(
        "f4",
        "view('changes')",
        "Changes",
        show=False,
        id="submit.changes",
        tooltip="Show what was changed in it",
    ),
    Binding(
        "f5",
        "view('there')",
        "There",
        id="submit.there",
        tooltip="Show what the cluster is sent, and what is lost there",
    ),
    Binding(
        "ctrl+n", "template", "Template", id="submit.template", tooltip="Begin with a template"
    ),
    Binding(
        "f8",
        "keep_template",
        "Keep as template",
        show=False,
        id="submit.keep_template",
        tooltip="Keep the script among your own templates",
    ),
    Binding(
        "ctrl+l",
        "line_ends",
        "Line ends",
        id="submit.line_ends",
        tooltip="Change the line ends of Windows into those a shell reads",
    ),
    Binding("f1", "app.help", "Help", id="submit.help", tooltip="What the fields mean"),
    Binding("escape,q", "back", "Back", id="submit.back", tooltip="Back; nothing is sent"),
)
