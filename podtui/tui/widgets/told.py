"""A text that is told again and again, and lays nothing out anew for it."""

from __future__ import annotations

from textual.visual import VisualType
from textual.widgets import Static


class Told(Static):
    """A Static that asks for a layout of the screen only when it needs more rows, or fewer.

    What polls tell changes a figure now and then, also on a pane that is not shown.
    """

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show `content`; what stands there already costs nothing."""
        if content == self.content:
            return
        super().update(content, layout=False)
        if layout:
            self._fit()
            self.call_after_refresh(self._fit)  # Textual may have laid out between two changes

    def _fit(self) -> None:
        """Ask for another height, where one was given already."""
        width, height = self.content_size
        if width and self.visual.get_height(self.styles.get_rules(), width) != height:
            self.refresh(layout=True)
