"""The table of the Jobs pane: filter, order, columns, views, arrays, many jobs at once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from podtui.domain.job import JobKey, JobState
from podtui.domain.job_changes import Ending
from podtui.errors import Refused
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes.job_filter import JobFilter
from podtui.tui.screens.job_results import JobResultsScreen

from .conftest import job_table, make_app, screen_text, see_jobs, toasts, until
from .fake_session import NOW, FakeBackend


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """An array of four tasks, and three jobs."""
    jobs = backend.jobs
    for task, state in enumerate((JobState.RUNNING, JobState.QUEUED, JobState.QUEUED), 1):
        jobs.add(f"9_{task}", state, "sweep", submitted=NOW - timedelta(minutes=1))
    jobs.add("9_4", JobState.FAILED, "sweep", exit_status=1, submitted=NOW - timedelta(minutes=1))
    jobs.add("7.pod", JobState.RUNNING, "relax", cores=64, submitted=NOW - timedelta(hours=1))
    jobs.add("6.pod", JobState.QUEUED, "blast", user="bob", submitted=NOW - timedelta(hours=2))
    jobs.add("5.pod", JobState.COMPLETED, "[done]", submitted=NOW - timedelta(hours=3))
    _whole_arrays(backend)
    return backend


def _whole_arrays(backend: FakeBackend) -> None:
    """A scheduler that takes an array's id for all its tasks."""
    cancel = backend.jobs.cancel

    async def cancel_all(job_id: str) -> None:
        for known in list(backend.jobs.jobs):
            if known == job_id or known.startswith(f"{job_id}_"):
                await cancel(known)

    backend.jobs.cancel = cancel_all  # type: ignore[method-assign]


def ids(app: PodtuiApp) -> list[str]:
    return [key.id for key in job_table(app).keys]


async def _shows(pilot, *job_ids: str) -> None:  # type: ignore[no-untyped-def]
    app = pilot.app
    await until(pilot, lambda: ids(app) == list(job_ids), f"{job_ids}")


ALL = ("9", "7.pod", "6.pod", "5.pod")


async def test_an_array_is_one_line_with_counts_and_opens(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await until(pilot, lambda: "▸ 9" in screen_text(app))
        text = screen_text(app)
        assert "▶ 1/4 ✗1 running" in text
        assert "9: running 1, queued 2, failed 1" in text
        await pilot.press("z")
        await _shows(pilot, "9", "9_1", "9_2", "9_3", "9_4", *ALL[1:])
        assert "▾ 9" in screen_text(app)
        await pilot.press("down", "down", "z")
        await _shows(pilot, *ALL)
        assert job_table(app).cursor_key == JobKey("pod", "9")
        await pilot.press("Z")
        await until(pilot, lambda: len(ids(app)) == 8)


async def test_a_task_alone_or_the_array_as_a_whole(app: PodtuiApp, backend: FakeBackend) -> None:
    jobs = backend.jobs.jobs
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("z", "down", "down", "c")
        await until(pilot, lambda: "Cancel job 9_2?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: jobs["9_2"].state is JobState.CANCELLED)
        assert jobs["9_1"].state is JobState.RUNNING
        await until(pilot, lambda: len(app.screen_stack) == 1)
        job_table(app).stand_on(JobKey("pod", "9"))
        await pilot.press("c")
        await until(pilot, lambda: "Cancel the whole array 9?" in screen_text(app))
        assert "9 sweep (running, all 4 tasks)" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: jobs["9_3"].state is JobState.CANCELLED)
        await until(pilot, lambda: "the whole array 9: cancelled" in toasts(app))


async def test_marked_jobs_are_asked_about_once_and_told_one_by_one(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async def refuse(job_id: str) -> None:
        if job_id == "6.pod":
            raise Refused("qdel: [not] yours", hint="Ask bob.")
        backend.jobs.change(job_id, state=JobState.CANCELLED)

    backend.jobs.cancel = refuse  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("down", "space", "space", "space")
        await until(pilot, lambda: "3 marked" in screen_text(app))
        assert "● pod   7.pod" in screen_text(app)
        await pilot.press("c")
        await until(pilot, lambda: "Cancel 2 jobs?" in screen_text(app))
        text = screen_text(app)
        assert "pod: 1 queued, 1 running" in text
        assert "7.pod relax (running)" in text
        assert "Left out: 1. 5.pod has ended (completed)" in text
        await pilot.press("enter")  # the focus stands on "leave them"
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert backend.jobs.jobs["7.pod"].state is JobState.RUNNING
        await pilot.press("c", "y")
        await until(pilot, lambda: "1 of 2 done, 1 failed" in screen_text(app))
        await until(pilot, lambda: "qdel: [not] yours Ask bob." in screen_text(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "marked" not in screen_text(app))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, JobResultsScreen))
        await until(pilot, lambda: "✗ failed" in screen_text(app))


async def test_a_change_of_many_can_be_stopped_and_is_one_at_a_time(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    gate = asyncio.Event()

    async def cancel(job_id: str) -> None:
        await gate.wait()

    for number in range(20):
        backend.jobs.add(f"1{number}.pod", JobState.RUNNING, "many")
    backend.jobs.cancel = cancel  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await see_jobs(pilot, "119.pod")
        await pilot.press("a", "c", "y")
        await until(pilot, lambda: "0 of" in screen_text(app))
        await pilot.press("escape", "c")
        await until(pilot, lambda: "is not through yet" in toasts(app))
        await pilot.press("e", "x")
        await until(pilot, lambda: app._stopped)
        gate.set()
        await until(pilot, lambda: "4 of 23 done, stopped, 19 not begun" in screen_text(app))
        assert app.job_run is not None
        assert app.job_run.count(Ending.WAITING) == 19


async def test_all_found_are_marked_and_of_an_array_only_the_tasks_found(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("slash", *"state:queued", "enter", "a")
        await until(pilot, lambda: "3 of 7 jobs found · 3 marked" in screen_text(app))
        await pilot.press("h")
        await until(pilot, lambda: "Hold 3 jobs?" in screen_text(app))
        assert "9_2 sweep (queued)" in screen_text(app)
        assert "all 4 tasks" not in screen_text(app)
        await pilot.press("escape", "a")
        await until(pilot, lambda: "marked" not in screen_text(app))


async def test_spans_are_marked_by_shift_and_single_ones_by_control(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("shift+down", "shift+down")
        await until(pilot, lambda: "3 marked" in screen_text(app))
        await pilot.click("#job-table", offset=(10, 4), control=True)
        await until(pilot, lambda: "4 marked" in screen_text(app))
        await pilot.click("#job-table", offset=(10, 1), control=True)
        await until(pilot, lambda: "3 marked" in screen_text(app))


async def test_a_marked_job_that_has_gone_is_marked_no_more(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("down", "space", "space")
        await until(pilot, lambda: "2 marked" in screen_text(app))
        del backend.jobs.jobs["7.pod"]
        await until(pilot, lambda: "1 marked" in screen_text(app))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("user:bob", ["6.pod"]),
        ("user:me relax", ["7.pod"]),
        ("name~^(relax|blast)", ["7.pod", "6.pod"]),
        ("cores>=64", ["7.pod"]),
        ("-sweep -state:ended", ["7.pod", "6.pod"]),
        ("[done]", ["5.pod"]),
        ("state:failed", ["9"]),
    ],
)
async def test_filter_by_fields(app: PodtuiApp, text: str, found: list[str]) -> None:
    async with app.run_test() as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("slash", *text)
        await _shows(pilot, *found)


async def test_a_filter_that_cannot_be_read_says_so_and_keeps_what_was_found(
    app: PodtuiApp,
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("slash", *"name~relax(")
        await until(pilot, lambda: "no regular expression" in screen_text(app))
        assert ids(app) == ["7.pod"]


async def test_the_cursor_comes_back_to_its_job_that_a_half_typed_filter_hid(
    app: PodtuiApp,
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await _shows(pilot, *ALL)
        job_table(app).stand_on(JobKey("pod", "6.pod"))
        await pilot.press("slash", *"-s")
        await until(pilot, lambda: "6.pod" not in ids(app))
        await pilot.press(*"tate:ended")
        await _shows(pilot, "9", "7.pod", "6.pod")
        assert job_table(app).cursor_key == JobKey("pod", "6.pod")


async def test_filters_are_recalled_also_after_a_restart(
    app: PodtuiApp, paths: Paths, backend: FakeBackend
) -> None:
    async with app.run_test() as pilot:
        await _shows(pilot, *ALL)
        for text in ("relax", "user:bob"):
            await pilot.press("slash", *text, "enter")
            await until(pilot, lambda text=text: app.job_views.recent[:1] == (text,))
            await pilot.press("escape")
            await _shows(pilot, *ALL)
        kept = paths.state / "views.json"
        await until(pilot, lambda: json.loads(kept.read_text())["recent"] == ["user:bob", "relax"])
    again = make_app(paths, backend)
    async with again.run_test() as pilot:
        await _shows(pilot, *ALL)  # no filter of before hides a job
        await until(pilot, lambda: again.job_views.recent)
        await pilot.press("slash", "up", "up")
        await _shows(pilot, "7.pod")
        await pilot.press("down")
        await _shows(pilot, "6.pod")
        await pilot.press("down")
        await until(pilot, lambda: again.query_one(JobFilter).text == "")


async def test_a_word_is_completed_by_the_right_arrow(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("slash", *"state:ru")
        await until(pilot, lambda: "state:running" in screen_text(app))
        await pilot.press("right")
        await until(pilot, lambda: app.query_one(JobFilter).text == "state:running")


async def test_any_column_sorts_by_its_head_or_from_the_list(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("o", "home", "down", "down", "enter")  # the name
        await _shows(pilot, "5.pod", "6.pod", "7.pod", "9")
        await until(pilot, lambda: "▲Name" in screen_text(app))
        x = next(line for line in screen_text(app).splitlines() if "▲Name" in line).index("▲Name")
        await pilot.click("#job-table", offset=(x + 1, 0))
        await _shows(pilot, "9", "7.pod", "6.pod", "5.pod")
        await until(pilot, lambda: "▼Name" in screen_text(app))
        await pilot.press("O")
        await _shows(pilot, "5.pod", "6.pod", "7.pod", "9")
        await pilot.press("o", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_columns_are_chosen_moved_sized_and_kept(
    app: PodtuiApp, paths: Paths, backend: FakeBackend
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("w")
        await until(pilot, lambda: "☑ Cluster" in screen_text(app))
        await pilot.press("space", "down", "J", "down", "plus", "plus", "enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        fields = [column.field for column in app.job_views.look.columns]
        assert fields[:3] == ["name", "id", "user"]
        await until(pilot, lambda: "Cluster" not in screen_text(app).splitlines()[3])
        width = app.job_views.look.columns[2].width
        assert width == 7  # the least of User, and two
        written = paths.state / "views.json"
        await until(pilot, lambda: "name" in written.read_text())
    again = make_app(paths, backend)
    async with again.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: again.job_views.look.columns[0].field == "name")
        await until(pilot, lambda: screen_text(again).splitlines()[3].startswith("Name"))
        await pilot.press("w", "d", "enter")
        await until(pilot, lambda: screen_text(again).splitlines()[3].startswith("Cluster"))


async def test_no_column_at_all_cannot_be_taken(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("w")
        await until(pilot, lambda: "☑ Cluster" in screen_text(app))
        await pilot.press(*["space", "down"] * 10, "enter")
        await until(pilot, lambda: "One column at least." in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert len(app.job_views.look.columns) == 10


async def test_a_view_is_kept_taken_and_dropped(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("slash", *"user:bob", "enter", "v", "s")
        await until(pilot, lambda: "Keep this view" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Type a name." in screen_text(app))
        await pilot.press(*"[bob]", "enter")
        await until(pilot, lambda: "view [bob]" in screen_text(app))
        await pilot.press("v", "home", "enter")
        await _shows(pilot, *ALL)
        await until(pilot, lambda: "view [bob]" not in screen_text(app))
        await pilot.press("v", "end", "enter")
        await _shows(pilot, "6.pod")
        await pilot.press("v", "d", "y")
        await until(pilot, lambda: app.job_views.named == ())


async def test_kept_views_that_cannot_be_read_are_told(paths: Paths, backend: FakeBackend) -> None:
    paths.state.mkdir(parents=True)
    (paths.state / "views.json").write_text("{")
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "The kept views could not be read" in toasts(app))
        await _shows(pilot, *ALL)


async def test_what_a_key_needs_is_told_for_marks_and_arrays(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await _shows(pilot, *ALL)
        await pilot.press("end", "z")
        await until(pilot, lambda: "This is no array with several rows." in toasts(app))
        await pilot.press("space", "up", "up", "space")
        await until(pilot, lambda: "2 marked" in screen_text(app))
        await pilot.press("t")
        await until(pilot, lambda: "None of the 2 marked: " in toasts(app))
