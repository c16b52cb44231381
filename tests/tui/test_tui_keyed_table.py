"""KeyedTable: changes by difference, the cursor on its key, columns that fit."""

from __future__ import annotations

import pytest
from rich.text import Text
from textual.app import App, ComposeResult

from podtui.tui.widgets.keyed_table import ColumnSpec, KeyedTable, plan_widths


class _Table(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.clears = 0

    def compose(self) -> ComposeResult:
        yield KeyedTable[int]([ColumnSpec("Key", 4, 4), ColumnSpec("Text", 10, 40)])

    @property
    def table(self) -> KeyedTable[int]:
        return self.query_one(KeyedTable)


def _rows(*keys: int, text: str = "x") -> list[tuple[int, tuple[str, str]]]:
    return [(key, (str(key), f"{text}{key:<9}")) for key in keys]


def _shown(app: _Table) -> list[str]:
    table = app.table
    return [str(table.get_row_at(at)[0]) for at in range(table.row_count)]


async def test_small_changes_never_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    app = _Table()
    async with app.run_test():
        app.table.show(_rows(*range(50)))
        monkeypatch.setattr(KeyedTable, "clear", lambda *_, **__: pytest.fail("cleared"))
        app.table.show(_rows(*range(0, 50, 2), 99, text="y"))
        assert _shown(app) == [str(key) for key in (*range(0, 50, 2), 99)]
        assert str(app.table.get_row_at(1)[1]).startswith("y2")


async def test_the_order_is_the_one_given() -> None:
    app = _Table()
    async with app.run_test():
        app.table.show(_rows(1, 2, 3))
        app.table.show(_rows(4, 3, 1, 2))
        assert _shown(app) == ["4", "3", "1", "2"]


async def test_cursor_and_scroll_stay_when_rows_above_go() -> None:
    app = _Table()
    async with app.run_test(size=(60, 12)) as pilot:
        app.table.show(_rows(*range(100)))
        app.table.stand_on(60)
        await pilot.pause()
        before = app.table.scroll_offset
        assert before.y > 0
        app.table.show(_rows(*range(1, 100), 200))
        await pilot.pause()
        assert app.table.cursor_key == 60
        assert app.table.scroll_offset == before


async def test_where_the_key_has_gone_the_cursor_takes_its_place() -> None:
    app = _Table()
    async with app.run_test() as pilot:
        app.table.show(_rows(1, 2, 3))
        app.table.stand_on(3)
        app.table.show(_rows(1, 2))
        await pilot.pause()
        assert app.table.cursor_key == 2
        app.table.show([])
        await pilot.pause()
        assert app.table.cursor_key is None


async def test_markup_and_controls_are_shown_as_they_are() -> None:
    app = _Table()
    async with app.run_test() as pilot:
        app.table.show([(1, ("[/b]", "\x1b[2J")), (2, (Text("[x]"), Text("kept")))])
        await pilot.pause()
        assert [str(cell) for cell in app.table.get_row_at(0)] == ["[/b]", "␛[2J"]


async def test_a_narrower_screen_cuts_and_a_wider_one_shows_again() -> None:
    app = _Table()
    async with app.run_test(size=(60, 12)) as pilot:
        app.table.show([(1, ("1", "a text of thirty characters..."))])
        await pilot.pause()
        await pilot.resize_terminal(20, 12)
        await pilot.pause()
        assert str(app.table.get_row_at(0)[1]).endswith("…")
        assert app.table.cursor_key == 1
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        assert str(app.table.get_row_at(0)[1]).endswith("...")


SPECS = (ColumnSpec("A", 4, 20), ColumnSpec("B", 4, 8, optional=True), ColumnSpec("C", 4, 20))


@pytest.mark.parametrize(
    ("natural", "room", "planned"),
    [
        ((2, 2, 2), 80, (4, 4, 4)),  # never under the least
        ((50, 50, 10), 80, (20, 8, 10)),  # never over the most
        ((20, 8, 10), 31, (10, 8, 10)),  # the one with most to spare shrinks
        ((20, 8, 10), 15, (4, 4, 4)),  # down to the least
        ((20, 8, 10), 14, (6, 0, 6)),  # below that, the optional one goes
        ((20, 8, 10), 5, (4, 0, 4)),  # and then nothing more can be done
    ],
)
def test_widths(natural: tuple[int, ...], room: int, planned: tuple[int, ...]) -> None:
    assert plan_widths(SPECS, natural, room) == planned


async def test_another_colour_alone_is_a_change() -> None:
    app = _Table()
    async with app.run_test():
        for colour in ("red", "blue"):
            app.table.show([(1, (Text("1", style=colour), "x"))])
            assert [span.style for span in app.table.get_row_at(0)[0].spans] == [colour]
