"""Somebody at the screen: sees what stands there, and acts by keys or by the mouse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from rich.cells import cell_len
from textual.events import MouseScrollDown, Paste
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import OptionList

from podtui.config.model import Config
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.tui.app import PodtuiApp
from podtui.tui.widgets.keyed_table import KeyedTable
from podtui.tui.widgets.line_list import LineList
from podtui.tui.widgets.line_table import LineTable
from podtui.tui.widgets.scrolled import RIGHT

PATIENCE = 30.0  # seconds until something that ought to be seen is given up
SIZE = (132, 44)
_MANY = 60  # presses that reach anything there is
_CLICKS = 5  # on one line
_MENU = "What can be done here"


class Person:
    """What both have in common; what raises NotImplementedError differs."""

    def __init__(self, pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, PodtuiApp)
        self.pilot = pilot
        self.app = pilot.app

    @property
    def screen(self) -> str:
        """What stands on the screen now."""
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    async def waits(self, condition: Callable[[], object], what: str) -> None:
        """Let the app go on until `condition` holds; in vain, the screen is told."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not condition():
            if asyncio.get_running_loop().time() > deadline or not self.app.is_running:
                pytest.fail(f"waited in vain for {what} before:\n{self.screen}")
            await self.pilot.pause(0.02)

    async def sees(self, *words: str) -> None:
        """Wait until all of `words` stand on the screen."""
        await self.waits(lambda: all(word in self.screen for word in words), f"{words}")

    async def sees_line(self, *words: str) -> None:
        """Wait until all of `words` stand on one line, however wide its columns are."""
        await self.waits(
            lambda: any(
                all(word in " ".join(line.split()) for word in words) for line in self._lines()
            ),
            f"a line with {words}",
        )

    async def sees_no(self, word: str) -> None:
        """Wait until `word` is gone."""
        await self.waits(lambda: word not in self.screen, f"no more {word!r}")

    async def acts(self, key: str, label: str) -> None:
        """Do what `key` does, and what is labelled `label` on the screen."""
        raise NotImplementedError

    async def stands_on(self, name: str) -> None:
        """Put the cursor on the line with `name`."""
        raise NotImplementedError

    async def does_to(self, name: str, key: str, label: str) -> None:
        """Do to the line with `name` what `key` does, which is called `label`."""
        raise NotImplementedError

    async def does(self, key: str, label: str) -> None:
        """Do where the focus is what `key` does, which the last line has no room for."""
        raise NotImplementedError

    async def opens(self, key: str, label: str) -> None:
        """Do what `key` does on every pane."""
        raise NotImplementedError

    async def picks(self, label: str) -> None:
        """Choose one of several answers."""
        raise NotImplementedError

    async def goes_to(self, selector: str) -> None:
        """Put the focus on a widget."""
        raise NotImplementedError

    async def types(self, selector: str, text: str) -> None:
        """Type into a field."""
        await self.goes_to(selector)
        await self.pilot.press(*text)

    async def types_anew(self, selector: str, text: str) -> None:
        """Type into a field in which something stands."""
        await self.goes_to(selector)
        await self.pilot.press("end", "ctrl+u", *text)

    async def pastes(self, text: str) -> None:
        """What a terminal does when somebody pastes."""
        self.app.post_message(Paste(text))
        await self.pilot.pause()

    def _focus_is(self, selector: str) -> bool:
        focused = self.app.focused
        return focused is not None and focused in self.app.screen.query(selector)


class Typist(Person):
    """Keys alone."""

    async def acts(self, key: str, label: str) -> None:
        await self.sees(label)
        await self.pilot.press(key)

    async def stands_on(self, name: str) -> None:
        await self.sees(name)
        await self.pilot.press("ctrl+home" if isinstance(self.app.focused, KeyedTable) else "home")
        for _ in range(_MANY):
            if name in _line_of(self.app.focused):
                return
            await self.pilot.press("down")
        pytest.fail(f"the cursor never came to {name!r} in:\n{self.screen}")

    async def does_to(self, name: str, key: str, label: str) -> None:
        await self.stands_on(name)
        await self.pilot.press(key)

    async def does(self, key: str, label: str) -> None:
        await self.pilot.press(key)

    async def opens(self, key: str, label: str) -> None:
        await self.pilot.press(key)

    async def picks(self, label: str) -> None:
        await self.stands_on(label)
        await self.pilot.press("enter")

    async def goes_to(self, selector: str) -> None:
        for _ in range(_MANY):
            if self._focus_is(selector):
                return
            await self.pilot.press("tab")
        pytest.fail(f"Tab never came to {selector!r} in:\n{self.screen}")


class Clicker(Person):
    """The mouse alone; only texts are typed, into a field that was clicked on."""

    async def acts(self, key: str, label: str) -> None:
        await self._clicks(label, lowest=True)  # footers and buttons come last

    async def stands_on(self, name: str) -> None:
        clock = asyncio.get_running_loop().time
        for _ in range(_CLICKS):
            if name in _line_of(self.app.focused):
                return  # a click on the line one stands on chooses it
            await self._clicks(name, lowest=False)  # notices that name it too come last
            clicked = clock()  # what is read anew may have moved under the mouse: then once more
            while name not in _line_of(self.app.focused) and clock() < clicked + 1:
                await self.pilot.pause(0.02)
        pytest.fail(f"the cursor never came to {name!r} in:\n{self.screen}")

    async def does_to(self, name: str, key: str, label: str) -> None:
        await self._clicks(name, lowest=False, button=RIGHT)
        await self._takes_from_menu(label)

    async def does(self, key: str, label: str) -> None:
        await self.waits(lambda: self.app.focused, "the focus")
        focused = self.app.focused
        assert focused is not None
        low = (2, max(focused.region.height - 2, 0))  # where a list has no line, if anywhere
        await self.pilot.click(focused, offset=low, button=RIGHT)
        await self._takes_from_menu(label)

    async def _takes_from_menu(self, label: str) -> None:
        await self.sees(_MENU)
        await self._picks(f"  {label}  ")
        await self.sees_no(_MENU)

    async def opens(self, key: str, label: str) -> None:
        await self._clicks(": Commands", lowest=True)
        await self.waits(lambda: self.app.screen.query(OptionList), "the commands")
        await self._picks(f"{label}  (")

    async def picks(self, label: str) -> None:
        await self._picks(label)

    async def _picks(self, label: str) -> None:
        """Turn the wheel over a list until the line is in sight, and click on it."""
        options = self.app.screen.query_one(OptionList)
        await self.waits(lambda: options.region.height, "the list")
        for _ in range(_MANY):
            left, top, width, height = options.content_region
            lines = [line[left : left + width] for line in self._lines()[top : top + height]]
            at = next(((line.index(label), y) for y, line in enumerate(lines) if label in line), ())
            if at:
                await self._click_at(left + at[0] + 1, top + at[1])
                return
            await self.pilot._post_mouse_events([MouseScrollDown], options, (2, 0))
        pytest.fail(f"the list never showed {label!r}:\n{self.screen}")

    async def goes_to(self, selector: str) -> None:
        found = self.app.screen.query(selector)
        await self.waits(lambda: any(one.region for one in found), f"{selector} on the screen")
        widget = next(one for one in found if one.region)
        hit = await self.pilot.click(widget, offset=(2, widget.region.height // 2))  # not its title
        assert hit, f"{selector} is not in sight:\n{self.screen}"
        await self.waits(lambda: self._focus_is(selector), f"the focus on {selector}")

    async def _clicks(self, label: str, *, lowest: bool, button: int = 1) -> None:
        """Click on the lowest or the highest place where `label` stands."""
        await self.sees(label)
        found = [(y, line) for y, line in enumerate(self._lines()) if label in line]
        y, line = found[-1 if lowest else 0]
        x = cell_len(line[: line.index(label)]) + cell_len(label) // 2
        await self._click_at(x, y, button)

    async def _click_at(self, x: int, y: int, button: int = 1) -> None:
        """Click on what stands there, as a terminal tells it: on that widget, not on the screen."""
        widget, region = self.app.get_widget_at(x, y)
        await self.pilot.click(widget, offset=(x - region.x, y - region.y), button=button)


def _line_of(widget: Widget | None) -> str:
    """The line under the cursor of a table or list."""
    if isinstance(widget, KeyedTable) and widget.row_count:
        return " ".join(str(cell) for cell in widget.get_row_at(widget.cursor_row))
    if isinstance(widget, LineTable) and widget.lines:
        return widget.line_text(widget.cursor_row)
    if isinstance(widget, LineList) and widget.current is not None:
        return str(widget.draw(widget.current, 200))
    if isinstance(widget, OptionList) and widget.highlighted is not None:
        return str(widget.get_option_at_index(widget.highlighted).prompt)
    return ""


@asynccontextmanager
async def at_the_screen(
    person: type[Person], config: Config, paths: Paths
) -> AsyncIterator[Person]:
    """The app as `podtui` runs it, and somebody before it."""
    app = PodtuiApp(lambda prompter: Session(config, paths, prompter), config, paths)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        yield person(pilot)
