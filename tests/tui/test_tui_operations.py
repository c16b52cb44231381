"""Operations on the screen: the list, the form, the question, the output."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Checkbox, Input, Log

from podtui.domain.cluster import ClusterStatus, Facet, LinkState, Offer
from podtui.domain.operation import Operation, OperationResult, Option
from podtui.errors import NotFound, PodError, Unreachable
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes.clusters import ClustersPane
from podtui.tui.screens.operation import OperationScreen
from podtui.tui.screens.operations import OperationList, OperationsScreen

from .conftest import make_app, screen_text, toasts, until
from .fake_session import FakeBackend

SQUEUE = Operation(
    "slurm",
    "squeue",
    "Views [bold]jobs[/bold] \x1b of Slurm.",
    takes_input=True,
    options=(
        Option("noheader", "--noheader: Do not print a header on the output."),
        Option("format", "--format: Specify the [information] to be displayed."),
        *(Option(f"further-{number}", f"--further-{number}: More.") for number in range(20)),
    ),
    changes=False,
)
REMOVE = Operation("utils", "rm", "", takes_input=True)
PLAIN = Operation("utils", "hostname", "Tells the host's name.", changes=False)


class FakeOperations:
    """Three operations; `gate` holds a run half-way."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, dict[str, str]]] = []
        self.error: PodError | None = None
        self.result = OperationResult(True, "first\n[red]second\x1b[0m\n", ("a note",))
        self.gate: asyncio.Event | None = None

    async def operations(self) -> tuple[Operation, ...]:
        if self.error:
            raise self.error
        return tuple(replace(one, options=()) for one in (SQUEUE, REMOVE, PLAIN))

    async def describe(self, operation: Operation) -> Operation:
        if self.error:
            raise self.error
        return {one.title: one for one in (SQUEUE, REMOVE, PLAIN)}[operation.title]

    async def run(self, operation: Operation, values: Mapping[str, str]) -> OperationResult:
        if self.gate:
            await self.gate.wait()
        if self.error:
            raise self.error
        self.ran.append((operation.title, dict(values)))
        return self.result


class Service(FakeBackend):
    """A cluster that offers operations."""

    offered = Offer(Facet.OPERATIONS, offered=True)

    def __init__(self, name: str = "lab") -> None:
        super().__init__(name)
        self.operations = FakeOperations()

    def status(self) -> ClusterStatus:
        return replace(super().status(), kind="resop", offers=(self.offered,))


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def app(paths: Paths, service: Service) -> PodtuiApp:
    return make_app(paths, service)


async def open_list(pilot: Pilot[None]) -> OperationList:
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, lambda: app.statuses[0].link is LinkState.ONLINE)
    await pilot.press("1")
    await until(pilot, lambda: app.screen.query_one(ClustersPane).has_focus_within)
    await pilot.press("o")
    await until(pilot, lambda: isinstance(app.screen, OperationsScreen))
    return app.screen.query_one(OperationList)


async def open_one(pilot: Pilot[None], title: str) -> OperationScreen:
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    found = await open_list(pilot)
    await until(pilot, lambda: title in screen_text(app), title)
    while found.current is None or found.current.title != title:
        await pilot.press("down")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, OperationScreen) and app.screen._known)
    assert isinstance(app.screen, OperationScreen)
    return app.screen


async def test_all_are_listed_and_narrowed_by_words(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        found = await open_list(pilot)
        await until(pilot, lambda: len(found.lines) == 3)
        lines = screen_text(app).splitlines()
        squeue = next(line for line in lines if "slurm/squeue" in line)
        assert "runs at once" in squeue
        assert "Views [bold]jobs[/bold] ␛ of Slurm." in squeue
        assert "▲ asks first" in next(line for line in lines if "utils/rm" in line)
        await pilot.press("slash", *"host name")
        await until(pilot, lambda: [one.title for one in found.lines] == ["utils/hostname"])
        assert "Operations of lab: 1 of 3" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(found.lines) == 3)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, OperationsScreen))


async def test_one_is_set_in_a_form_and_run(app: PodtuiApp, service: Service) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_one(pilot, "slurm/squeue")
        await pilot.press(*"17")
        await pilot.press("tab", "space")
        await until(pilot, lambda: "Do not print a header" in screen_text(app))
        await pilot.press("tab", "tab", "tab", *"%i")
        await until(pilot, lambda: "the [information] to be" in screen_text(app))
        wanted = {"input": "17", "noheader": "", "format": "%i"}
        await until(pilot, lambda: screen.values == wanted)
        await pilot.press("f2")
        await until(pilot, lambda: "✓ succeeded" in screen_text(app))
        assert service.operations.ran == [("slurm/squeue", wanted)]
        for told in ("first", "[red]second␛[0m", "a note"):
            assert told in screen_text(app)


async def test_what_changes_something_is_named_and_asked(app: PodtuiApp, service: Service) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await open_one(pilot, "utils/rm")
        await pilot.press(*"/tmp/x", "f2")
        await until(pilot, lambda: "Run utils/rm on lab?" in screen_text(app))
        assert "input: /tmp/x" in screen_text(app)
        await pilot.press("enter")  # by accident
        await until(pilot, lambda: "⊘ not run" in screen_text(app))
        assert service.operations.ran == []
        await pilot.press("f2")
        await until(pilot, lambda: "Run utils/rm on lab?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "✓ succeeded" in screen_text(app))
        assert service.operations.ran == [("utils/rm", {"input": "/tmp/x"})]


async def test_a_harmless_one_with_a_command_in_it_is_asked(
    app: PodtuiApp, service: Service
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await open_one(pilot, "slurm/squeue")
        await pilot.press(*"`id`", "f2")
        await until(pilot, lambda: "Run slurm/squeue on lab?" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: "⊘ not run" in screen_text(app))
        assert service.operations.ran == []


async def test_a_failure_stands_in_the_screen(app: PodtuiApp, service: Service) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_one(pilot, "utils/hostname")
        service.operations.result = OperationResult(False, "hostname: you must be root")
        await pilot.press("f2")
        await until(pilot, lambda: "✗ failed" in screen_text(app))
        assert "you must be root" in screen_text(app)
        service.operations.error = Unreachable("The service is away.")
        await pilot.press("f2")
        await until(pilot, lambda: "✗ No answer: The service is away." in screen_text(app))


async def test_one_runs_at_a_time_and_its_end_is_told_when_left(
    app: PodtuiApp, service: Service
) -> None:
    service.operations.gate = asyncio.Event()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_one(pilot, "utils/hostname")
        await pilot.press("f2")
        await until(pilot, lambda: "◌ running…" in screen_text(app))
        await pilot.press("f2", "escape")
        await until(pilot, lambda: isinstance(app.screen, OperationsScreen))
        service.operations.gate.set()
        await until(pilot, lambda: "utils/hostname succeeded." in toasts(app))
        assert len(service.operations.ran) == 1


async def test_what_cannot_be_listed_or_described_says_why(
    app: PodtuiApp, service: Service
) -> None:
    service.operations.error = Unreachable("The service is away.")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_list(pilot)
        await until(pilot, lambda: "No answer: The service is away." in screen_text(app))
        service.operations.error = None
        await pilot.press("g")
        await until(pilot, lambda: "utils/rm" in screen_text(app))
        service.operations.error = NotFound("It is gone.")
        await pilot.press("enter")
        await until(pilot, lambda: "Not found: It is gone." in screen_text(app))
        await pilot.press("f2")
        assert service.operations.ran == []


async def test_where_none_are_offered_the_key_says_why(paths: Paths) -> None:
    backend = Service("hpc")
    backend.offered = Offer(
        Facet.OPERATIONS, offered=False, reason="A login node runs what you type."
    )
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.statuses[0].link is LinkState.ONLINE)
        await pilot.press("1", "o")
        await until(pilot, lambda: "A login node runs what you type." in toasts(app))
        assert len(app.screen_stack) == 1


async def test_the_palette_opens_them_too(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.statuses[0].link is LinkState.ONLINE)
        await pilot.press("1", "ctrl+p", *"Operations")
        await until(pilot, lambda: "Operations  (o)" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, OperationsScreen))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_form_and_output_are_seen_at_any_size(
    app: PodtuiApp, service: Service, size: tuple[int, int]
) -> None:
    service.operations.result = OperationResult(True, "\n".join(f"line {n}" for n in range(9000)))
    async with app.run_test(size=size) as pilot:
        screen = await open_one(pilot, "slurm/squeue")
        await pilot.press("f2")
        await until(pilot, lambda: "✓ succeeded" in screen_text(app))
        assert "The first 4,000 lines are left out." in screen_text(app)
        assert screen.query_one(Log).region.height >= 5
        first = screen.query(Input).first()
        assert first.region.width >= 20
        assert len([box for box in screen.query(Checkbox) if box.region.height]) >= 4
        for key in ("F2", "Esc".lower()):
            assert key.lower() in screen_text(app).lower()
