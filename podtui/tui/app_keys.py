"""The keys that work on every pane. The order is that of the key line."""

from __future__ import annotations

from textual.binding import Binding, BindingType

APP_KEYS: list[BindingType] = [
    Binding(
        "1",
        "show_pane('clusters')",
        "Clusters",
        False,
        id="app.clusters",
        tooltip="Clusters and their login nodes",
    ),
    Binding("2", "show_pane('jobs')", "Jobs", False, id="app.jobs", tooltip="Jobs of all clusters"),
    Binding(
        "3",
        "show_pane('files')",
        "Files",
        False,
        id="app.files",
        tooltip="Files here and there",
    ),
    Binding(
        "4",
        "show_pane('keys')",
        "Keys",
        False,
        id="app.keys",
        tooltip="SSH keys here and on the cluster",
    ),
    Binding(
        "question_mark",
        "help",
        "Help",
        id="app.help",
        key_display="?",
        tooltip="What this pane is for, and its keys",
    ),
    Binding(
        "exclamation_mark",
        "last_errors",
        "Last errors",
        False,
        id="app.errors",
        key_display="!",
        tooltip="The last errors, whole",
    ),
    Binding(
        "H",
        "history",
        "History",
        False,
        id="app.history",
        tooltip="The jobs that were, also those their scheduler has forgotten",
    ),
    Binding(
        "L",
        "command_log",
        "Command log",
        False,
        id="app.command_log",
        tooltip="Each request and command podtui made, and how it went",
    ),
    Binding("T", "change_theme", "Theme", False, id="app.theme", tooltip="Choose the colours"),
    Binding(
        "comma",
        "settings",
        "Settings",
        False,
        id="app.settings",
        key_display=",",
        tooltip="Everything that can be set, and where it is set",
    ),
    Binding(
        "plus",
        "add_cluster",
        "Add a cluster",
        False,
        id="app.add_cluster",
        tooltip="A further cluster, tried before it is kept",
    ),
    Binding(
        "colon,ctrl+p",
        "command_line",
        "Commands",
        id="app.command",
        key_display=":",
        tooltip="Everything that can be done here, by its name",
    ),
    Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave; staged jobs go on next time"),
]
