"""A table whose rows have keys: it changes by difference, and the cursor stays on its key."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual._two_way_dict import TwoWayDict
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, RowKey

from podtui.domain.text import visible
from podtui.tui.widgets.column_widths import GAP, ColumnSpec, plan_widths
from podtui.tui.widgets.scrolled import RIGHT

__all__ = ["ColumnSpec", "KeyedTable", "plan_widths"]

K = TypeVar("K", bound=Hashable)
Cell = Text | str
_LONGEST = 300  # characters of one cell


class KeyedTable(DataTable[Text], Generic[K], inherit_bindings=False):
    """Rows are (key, cells). Plain text in a cell is made harmless; a Text is taken as it is.

    Enter is left to the pane around it, so that its footer can say what Enter does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in DataTable.BINDINGS
        if not (isinstance(binding, Binding) and binding.key == "enter")
    ]

    class CursorMoved(Message):
        """The cursor stands on another key than before, or on none."""

        def __init__(self, table: KeyedTable[Any]) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> KeyedTable[Any]:
            """The table, for `@on(…, "#id")`."""
            return self.table

    class Chosen(CursorMoved):
        """The row the cursor stands on was clicked."""

    def __init__(self, columns: Sequence[ColumnSpec], *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cell_padding=0)
        self._specs = tuple(columns)
        self._shown: dict[K, tuple[Text, ...]] = {}
        self._handles: dict[K, RowKey] = {}
        self._keys: dict[RowKey, K] = {}
        self._standing: K | None = None
        self._plan: tuple[int, ...] = ()

    def on_mount(self) -> None:
        """Columns stand before the first rows come."""
        self._replan()

    @property
    def keys(self) -> tuple[K, ...]:
        """The keys, from top to bottom."""
        return tuple(self._shown)

    @property
    def cursor_key(self) -> K | None:
        """The key the cursor stands on, also where it has only just come to."""
        self._note_cursor()
        return self._standing if self._standing in self._shown else None

    def stand_on(self, key: K) -> None:
        """Move the cursor to a key that is there."""
        if key in self._handles:
            self._standing = key
            self.move_cursor(row=self.get_row_index(self._handles[key]), animate=False)

    def show(self, rows: Sequence[tuple[K, Sequence[Cell]]]) -> None:
        """Become `rows`, in their order. Touches only what changed; keeps cursor and scroll."""
        wanted = {key: tuple(map(_text, cells)) for key, cells in rows}
        if wanted == self._shown and tuple(wanted) == tuple(self._shown):
            return
        self._note_cursor()
        standing, at = self._standing, self.cursor_row
        offset = self.scroll_offset
        before, self._shown = self._shown, wanted
        if not self._replan():
            self._change(before)
        self._settle(standing, at)
        self.scroll_to(offset.x, offset.y, animate=False, immediate=True)

    def _change(self, before: dict[K, tuple[Text, ...]]) -> None:
        for key in [key for key in self._handles if key not in self._shown]:
            handle = self._handles.pop(key)
            del self._keys[handle]
            self.remove_row(handle)
        columns = self._visible_columns()
        for key, cells in self._shown.items():
            if key not in self._handles:
                self._add(key, cells)
            elif before[key] != cells:
                for (at, column), _ in zip(columns, cells, strict=False):
                    if before[key][at] != cells[at]:
                        self.update_cell(self._handles[key], column, self._fitted(at, cells[at]))
        order = [self._handles[key] for key in self._shown]
        if [row.key for row in self.ordered_rows] != order:
            self._put_in_order(order)

    def _put_in_order(self, order: list[RowKey]) -> None:
        # What DataTable.sort does, by an order given instead of by cells (textual 8.2).
        self._row_locations = TwoWayDict({handle: at for at, handle in enumerate(order)})
        self._update_count += 1
        self.refresh()

    def _add(self, key: K, cells: tuple[Text, ...]) -> None:
        handle = self.add_row(*(self._fitted(at, cells[at]) for at, _ in self._visible_columns()))
        self._handles[key] = handle
        self._keys[handle] = key

    def _settle(self, standing: K | None, at: int) -> None:
        """The cursor back on its key; where that went, on what stands in its place."""
        if standing in self._handles:
            row = self.get_row_index(self._handles[standing])
        else:
            row = min(at, len(self._shown) - 1)
        if row >= 0:
            self.move_cursor(row=row, animate=False, scroll=False)
        self._note_cursor()

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Plan the columns anew."""
        standing, at = self._standing, self.cursor_row
        if self._replan():
            self._settle(standing, at)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Know the key under the cursor."""
        event.stop()
        self._note_cursor()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """A click on the row where the cursor stands."""
        event.stop()
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """The right button goes to the row and chooses nothing; what can be done there comes up."""
        if event.button == RIGHT:
            event.prevent_default()  # DataTable would choose the row, and keep the click
            row = event.style.meta.get("row", -1)
            if row >= 0:
                self.move_cursor(row=row, animate=False)

    def _note_cursor(self) -> None:
        handles = self.ordered_rows
        row = self.cursor_row
        key = self._keys.get(handles[row].key) if 0 <= row < len(handles) else None
        if key != self._standing:
            self._standing = key
            self.post_message(self.CursorMoved(self))

    # Column widths

    def _visible_columns(self) -> list[tuple[int, ColumnKey]]:
        """The shown columns: index in the specification, and key."""
        return [(int(key.value or 0), key) for key in self.columns]

    def _fitted(self, at: int, cell: Text) -> Text:
        """The cell cut to its column with an ellipsis, and put to its side."""
        width = self._plan[at]
        if cell.cell_len > width or self._specs[at].right:
            cell = cell.copy()
            cell.truncate(width, overflow="ellipsis")
            if self._specs[at].right:
                cell.pad_left(width - cell.cell_len)
        return cell

    def _replan(self) -> bool:
        """Lay the columns out for the room there is; True when everything was built anew."""
        plan = plan_widths(self._specs, self._natural(), max(self.size.width, 20))
        if plan == self._plan:
            return False
        offset = self.scroll_offset
        self._plan = plan
        self.clear(columns=True)
        self._handles.clear()
        self._keys.clear()
        for at, (spec, width) in enumerate(zip(self._specs, plan, strict=True)):
            if width:
                label = Text(spec.label.rjust(width) if spec.right else spec.label)
                label.truncate(width, overflow="ellipsis")
                self.add_column(label, width=width + GAP, key=str(at))
        for key, cells in self._shown.items():
            self._add(key, cells)
        self.scroll_to(offset.x, offset.y, animate=False, immediate=True)
        return True

    def _natural(self) -> list[int]:
        widths = [len(spec.label) for spec in self._specs]
        for cells in self._shown.values():
            widths = [max(w, cell.cell_len) for w, cell in zip(widths, cells, strict=True)]
        return widths


def _text(cell: Cell) -> Text:
    """The cell as text, its style among its spans: rich compares these alone."""
    if isinstance(cell, str):
        return Text(visible(cell, _LONGEST))
    text = cell.copy()
    text.style = ""
    if cell.style:
        text.stylize_before(cell.style)
    return text
