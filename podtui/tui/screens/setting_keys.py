"""The keys and the help of the settings screen."""

from __future__ import annotations

from textual.binding import Binding, BindingType

HELP = """
Everything that can be set, in groups. What stands in a field is what your configuration file says;
the grey text is what holds without it. The word behind tells where what holds now is set; `!` marks
what a variable of the environment or a command sets over the file.

**Save** writes all changes at once and leaves every comment in the file. Where a change is about
how a cluster is reached, podtui logs in there first; what cannot be used is not written, unless you
save once more. **Reset** takes a change back; once more, it takes the setting out of the file.
Secrets are never shown: what you type in their place goes into the system's keyring, or a file of
its own that only you can read.

Up and Down go from setting to setting, Esc goes back to the groups.
"""

BINDINGS: tuple[BindingType, ...] = (
    Binding(
        "ctrl+s", "save", "Save", id="settings.save", tooltip="Write the changes, and go by them"
    ),
    Binding(
        "ctrl+r",
        "reset",
        "Reset",
        id="settings.reset",
        tooltip="Take the change back; then the setting out of the file: its default holds",
    ),
    Binding(
        "ctrl+t",
        "test",
        "Test",
        id="settings.test",
        tooltip="Log in to the cluster as it stands here; nothing is written",
    ),
    Binding(
        "f7",
        "add",
        "Add",
        False,
        id="settings.add",
        tooltip="A further cluster, tried before it is kept",
    ),
    Binding(
        "f8",
        "remove",
        "Remove",
        False,
        id="settings.remove",
        tooltip="Take this cluster out of the configuration",
    ),
    Binding(
        "enter",
        "change",
        "Change",
        False,
        id="settings.change",
        tooltip="Go to the settings of the group, or give a binding another key",
    ),
    Binding("up", "go(-1)", "Up", False, id="settings.up", tooltip="The setting above"),
    Binding("down", "go(1)", "Down", False, id="settings.down", tooltip="The setting below"),
    Binding(
        "f1", "app.help", "Help", id="settings.help", tooltip="What is shown here, and its keys"
    ),
    Binding("escape,q", "back", "Back", id="settings.back", tooltip="To the groups; then leave"),
)
