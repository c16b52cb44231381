"""The least one can compare with: a Textual app that is one DataTable."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class Bare(App[None]):
    """One table, two columns, one row."""

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Clusters", "State")
        table.add_row("pod", "online")


if __name__ == "__main__":
    Bare().run()
