"""LineTable: a cursor that stays on its key, the mouse, columns; only what is in sight is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult

from podtui.tui.widgets.column_widths import Cell, ColumnSpec, fitted
from podtui.tui.widgets.line_table import LineTable

COLUMNS = (ColumnSpec("Key", 4, 6, right=True), ColumnSpec("Text", 10, 40))
Line = tuple[int, str]


class Table(LineTable[Line, int]):
    drawn = 0
    marks: frozenset[int] = frozenset()

    def key_of(self, line: Line) -> int:
        return line[0]

    def cells_of(self, line: Line) -> Sequence[Cell]:
        self.drawn += 1
        return [Cell(str(line[0])), Cell(line[1], "bold")]

    def is_marked(self, line: Line) -> bool:
        return line[0] in self.marks


class Alone(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[object] = []

    def compose(self) -> ComposeResult:
        yield Table(COLUMNS)

    @property
    def table(self) -> Table:
        return self.query_one(Table)

    @on(Table.Chosen)
    def chosen(self, event: Table.Chosen) -> None:
        self.seen.append(("chosen", event.table.cursor_key))

    @on(Table.HeadChosen)
    def head(self, event: Table.HeadChosen) -> None:
        self.seen.append(("head", event.column))

    @on(Table.SpanChosen)
    def span(self, event: Table.SpanChosen) -> None:
        self.seen.append(("span", event.first, event.last, event.turn))


def lines(*keys: int) -> list[Line]:
    return [(key, f"line {key}") for key in keys]


def text(app: Alone) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def test_the_cursor_stays_on_its_key_and_else_in_its_place() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(lines(1, 2, 3, 4))
        app.table.stand_on(3)
        app.table.show(lines(9, 4, 3, 2, 1))
        assert (app.table.cursor_key, app.table.cursor_row) == (3, 2)
        app.table.show(lines(9, 4, 2))
        assert app.table.cursor_key == 2
        app.table.show(lines(9))
        assert app.table.cursor_key == 9
        app.table.show([])
        assert app.table.cursor_key is None
        await pilot.press("down", "pageup", "end")
        app.table.show(lines(5))
        assert app.table.cursor_key == 5


async def test_the_cursor_stays_in_sight_when_lines_come_above_it() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(lines(*range(100, 200)))
        app.table.stand_on(150)
        await pilot.pause()
        app.table.show(lines(*range(50, 200)))
        await pilot.pause()
        assert app.table.cursor_key == 150
        assert "line 150" in text(app)


async def test_a_refresh_does_not_scroll_back_from_where_one_looks() -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(lines(*range(100)))
        await pilot.pause()
        app.table.scroll_to(y=50, animate=False)
        await pilot.pause()
        app.table.show(lines(*range(101)))
        await pilot.pause()
        assert app.table.scroll_offset.y == 50
        assert app.table.cursor_key == 0


async def test_keys_move_and_pages_are_what_fits() -> None:
    app = Alone()
    async with app.run_test(size=(40, 11)) as pilot:  # a head and ten lines
        app.table.show(lines(*range(100)))
        app.table.focus()
        for key, at in (
            ("down", 1), ("j", 2), ("k", 1), ("pagedown", 11), ("end", 99), ("down", 99),
            ("pageup", 89), ("home", 0), ("up", 0), ("ctrl+end", 99), ("ctrl+home", 0),
        ):  # fmt: skip
            await pilot.press(key)
            assert app.table.cursor_row == at, key
        await pilot.press("shift+down", "shift+down", "shift+up")
        assert app.seen == [
            ("span", 0, 1, False),
            ("span", 1, 2, False),
            ("span", 1, 2, False),
        ]


async def test_the_mouse_goes_chooses_sorts_and_spans() -> None:
    app = Alone()
    async with app.run_test(size=(40, 11)) as pilot:
        app.table.show(lines(*range(100)))
        await pilot.pause()
        await pilot.click(Table, offset=(2, 3))
        assert app.table.cursor_key == 2
        await pilot.click(Table, offset=(2, 3))
        await pilot.click(Table, offset=(9, 0))
        await pilot.click(Table, offset=(1, 0))
        await pilot.click(Table, offset=(2, 6), shift=True)
        await pilot.click(Table, offset=(2, 4), control=True)
        await pilot.click(Table, offset=(39, 0))  # right of all heads
        assert app.seen == [
            ("chosen", 2),
            ("head", 1),
            ("head", 0),
            ("span", 2, 5, False),
            ("span", 3, 3, True),
        ]


async def test_only_lines_in_sight_are_drawn() -> None:
    app = Alone()
    async with app.run_test(size=(40, 11)) as pilot:
        app.table.show(lines(*range(100_000)))
        await pilot.pause()
        app.table.drawn = 0
        await pilot.press("end")
        await pilot.pause()
        assert "line 99999" in text(app)
        assert 0 < app.table.drawn < 200


async def test_only_what_looks_otherwise_is_drawn_anew() -> None:
    app = Alone()
    async with app.run_test(size=(40, 11)) as pilot:
        shown = lines(*range(100))
        app.table.show(shown)
        await pilot.pause()
        rendered: list[int] = []
        render = app.table.render_line
        app.table.render_line = lambda y: rendered.append(y) or render(y)  # type: ignore[method-assign,func-returns-value]
        app.table.refresh_changed()
        await pilot.pause()
        assert rendered == []
        shown[2] = (2, "otherwise")
        app.table.refresh_changed()
        await pilot.pause()
        assert rendered == [3]
        assert "otherwise" in text(app)


async def test_a_wider_line_that_comes_into_sight_gets_its_room() -> None:
    app = Alone()
    async with app.run_test(size=(60, 11)) as pilot:
        app.table.show([*lines(*range(500)), (500, "a much longer line than any before")])
        await pilot.pause()
        assert "before" not in text(app)
        await pilot.press("end")
        await pilot.pause()
        await pilot.pause()
        assert "a much longer line than any before" in text(app)


async def test_columns_that_do_not_fit_are_reached_sideways() -> None:
    app = Alone()
    async with app.run_test(size=(20, 11)) as pilot:
        wide = (ColumnSpec("A", 15, 15), ColumnSpec("B", 15, 15))
        app.table.show_columns(wide, 1, descending=True)
        app.table.show([(1, "right")])
        await pilot.pause()
        assert "right" not in text(app)
        await pilot.press("right", "right")
        await pilot.pause()
        assert "right" in text(app)
        assert "▼B" in text(app)
        await pilot.click(Table, offset=(10, 0))
        assert app.seen == [("head", 1)]


async def test_wide_and_hostile_letters_stand_in_their_column() -> None:
    app = Alone()
    async with app.run_test(size=(40, 11)) as pilot:
        app.table.show([(1, "汉字汉字汉字"), (2, "[/b] [x]")])
        await pilot.pause()
        assert "汉字汉字汉字" in text(app)
        assert "[/b] [x]" in text(app)
        assert all(cell_len(line) == 40 for line in text(app).splitlines())


@pytest.mark.parametrize(
    ("given", "width", "right", "shown"),
    [
        ("abc", 5, False, "abc  "),
        ("abc", 5, True, "  abc"),
        ("abcdef", 4, False, "abc…"),
        ("汉字汉", 4, False, "汉 …"),
        ("汉", 3, True, " 汉"),
    ],
)
def test_a_text_fits_its_column(given: str, width: int, right: bool, shown: str) -> None:
    assert fitted(given, width, right=right) == shown
