"""The Jobs pane: rows of all clusters, stale ones too, and what its keys do."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from podtui.domain.job import JobKey, JobState, Scope, StageState
from podtui.errors import Refused, Unreachable
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp

from .conftest import make_app, screen_text, see_jobs, toasts, until
from .fake_session import NOW, FakeBackend


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    """Three jobs: one runs, one waits, one has ended."""
    jobs = backend.jobs
    jobs.add(
        "1.pod",
        JobState.RUNNING,
        "runs",
        submitted=NOW - timedelta(minutes=9),
        started=NOW - timedelta(minutes=5, seconds=3),
    )
    jobs.add("2.pod", JobState.QUEUED, "waits", submitted=NOW - timedelta(minutes=2))
    jobs.add("3.pod", JobState.COMPLETED, "ended", submitted=NOW - timedelta(hours=3),
             started=NOW - timedelta(hours=2), ended=NOW - timedelta(minutes=12), exit_status=0,
             stage_in=StageState.FINISHED)  # fmt: skip
    return backend


async def test_jobs_of_all_clusters_stand_in_one_table(paths: Paths, backend: FakeBackend) -> None:
    other = FakeBackend("mt2")
    other.jobs.add("1.pod", JobState.HELD, "same id, other cluster")
    app = make_app(paths, backend, other)
    async with app.run_test(size=(120, 40)) as pilot:
        table = await see_jobs(pilot, "1.pod", "2.pod", "3.pod")
        await app.session.clusters.connect("mt2")
        await until(pilot, lambda: JobKey("mt2", "1.pod") in table.keys)
        text = screen_text(app)
    assert "same id, other cluster" in text
    assert "▶ running" in text
    assert "5m03" in text
    assert "✓ done" in text


async def test_newest_first_and_the_cursor_stays_on_its_job(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod", "2.pod", "3.pod")
        assert [key.id for key in table.keys] == ["2.pod", "1.pod", "3.pod"]
        table.stand_on(JobKey("pod", "1.pod"))
        backend.jobs.add("4.pod", JobState.QUEUED, "newer", submitted=NOW)
        del backend.jobs.jobs["2.pod"]
        await until(pilot, lambda: [k.id for k in table.keys] == ["4.pod", "1.pod", "3.pod"])
        assert table.cursor_key == JobKey("pod", "1.pod")
        assert table.cursor_row == 1


async def test_hostile_text_is_shown_and_not_obeyed(app: PodtuiApp, backend: FakeBackend) -> None:
    backend.jobs.add("9.pod", JobState.QUEUED, "job[/foo]\x1b[31m\n", submitted=NOW)
    async with app.run_test(size=(120, 40)) as pilot:
        await see_jobs(pilot, "9.pod")
        assert "job[/foo]␛[31m␊" in screen_text(app)


async def test_a_lost_link_keeps_the_rows_dated_and_comes_back(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await see_jobs(pilot, "1.pod")
        backend.error = Unreachable("The network is unreachable.")
        await until(pilot, lambda: "no answer for" in screen_text(app))
        text = screen_text(app)
        assert "showing 12:00:00" in text
        assert "The network is unreachable." in text
        assert "▶ running" in text
        assert "◐ pod no answer" in text
        backend.error = None
        await until(pilot, lambda: "no answer" not in screen_text(app))
        assert "● pod online" in screen_text(app)


async def test_rows_that_cannot_be_read_are_told(app: PodtuiApp, backend: FakeBackend) -> None:
    backend.jobs.skipped = 2
    async with app.run_test() as pilot:
        await until(pilot, lambda: "2 rows of its answer could not be read" in screen_text(app))


async def test_cancel_asks_naming_the_job(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        table = await see_jobs(pilot, "1.pod", "2.pod")
        table.stand_on(JobKey("pod", "1.pod"))
        await pilot.press("c")
        await until(pilot, lambda: "Cancel job 1.pod?" in screen_text(app))
        await pilot.press("enter")  # the focus stands on "keep it"
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert backend.jobs.jobs["1.pod"].state is JobState.RUNNING
        await pilot.press("c")
        await until(pilot, lambda: "runs (1.pod) on pod is running" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: backend.jobs.jobs["1.pod"].state is JobState.CANCELLED)
        await until(pilot, lambda: "⊘ cancelled" in screen_text(app))


async def test_cancel_with_the_mouse(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await see_jobs(pilot, "1.pod", "2.pod")
        assert await pilot.click("#job-table", offset=(20, 2))  # the second row
        await pilot.press("c")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await until(pilot, lambda: "Cancel job 1.pod?" in screen_text(app))
        assert await pilot.click("#yes")
        await until(pilot, lambda: backend.jobs.jobs["1.pod"].state is JobState.CANCELLED)


@pytest.mark.parametrize(
    ("key", "job_id", "reason"),
    [
        ("c", "3.pod", "3.pod has ended (completed); it cannot be cancelled."),
        ("h", "1.pod", "only a waiting job can be held"),
        ("r", "2.pod", "2.pod is not held."),
        ("t", "2.pod", "has no staging"),
        ("f", "2.pod", "is the cluster's, not podtui's"),
    ],
)
async def test_a_grey_key_says_why(app: PodtuiApp, key: str, job_id: str, reason: str) -> None:
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod", "2.pod", "3.pod")
        table.stand_on(JobKey("pod", job_id))
        await pilot.pause()
        await pilot.press(key)
        await until(pilot, lambda: reason in toasts(app))
        assert len(app.screen_stack) == 1


async def test_hold_and_release(app: PodtuiApp, backend: FakeBackend) -> None:
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "2.pod")
        table.stand_on(JobKey("pod", "2.pod"))
        await pilot.press("h")
        await until(pilot, lambda: "‖ held" in screen_text(app))
        await pilot.press("r")
        await until(pilot, lambda: "‖ held" not in screen_text(app))
        assert backend.jobs.jobs["2.pod"].state is JobState.QUEUED


async def test_a_refusal_is_told_and_kept(app: PodtuiApp, backend: FakeBackend) -> None:
    async def refuse(job_id: str) -> None:
        raise Refused(f"qhold: Unauthorized [request] {job_id}", hint="Ask the owner.")

    backend.jobs.hold = refuse  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        table = await see_jobs(pilot, "2.pod")
        table.stand_on(JobKey("pod", "2.pod"))
        await pilot.press("h")
        await until(pilot, lambda: "qhold: Unauthorized [request] 2.pod" in toasts(app))
        app.clear_notifications()
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: "Last errors" in screen_text(app))
        text = screen_text(app)
        assert "qhold: Unauthorized [request] 2.pod" in text
        assert "Ask the owner." in text
        assert "12:00:00" in text
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_filter_by_words(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod", "2.pod", "3.pod")
        await pilot.press("slash", *"pod run")
        await until(pilot, lambda: [k.id for k in table.keys] == ["1.pod"])
        await pilot.press("enter")
        assert app.screen.focused is table
        await pilot.press("escape")
        await until(pilot, lambda: len(table.keys) == 3)


async def test_a_filter_without_a_match_says_so(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod")
        await pilot.press("slash", *"nothing")
        await until(pilot, lambda: not table.keys)
        assert "No job has these words. Esc shows all." in screen_text(app)


@pytest.mark.parametrize(
    ("down", "scope", "told"),
    [
        (1, Scope(user="bob"), "Jobs of bob"),
        (2, Scope(group="bob"), "Jobs of the group bob"),
        (3, Scope(everybody=True), "Everybody's jobs"),
    ],
)
async def test_whose_jobs_are_shown(
    app: PodtuiApp, backend: FakeBackend, down: int, scope: Scope, told: str
) -> None:
    other = dataclasses.replace(backend.jobs.jobs["1.pod"], key=JobKey("pod", "77.pod"), user="bob")
    backend.jobs.others["77.pod"] = other
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod")
        await pilot.press("u")
        await until(pilot, lambda: "Whose jobs?" in screen_text(app))
        await pilot.press(*["down"] * down, "enter")
        if not scope.everybody:
            await pilot.press("enter")
            await until(pilot, lambda: "Type one name." in screen_text(app))
            await pilot.press(*"bob", "enter")
        await see_jobs(pilot, "77.pod")
        assert backend.jobs.asked[-1] == scope
        assert told in screen_text(app)
        await pilot.press("u")
        await until(pilot, lambda: "Whose jobs?" in screen_text(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: JobKey("pod", "77.pod") not in table.keys)
        assert told not in screen_text(app)


async def test_a_running_job_is_requeued_after_asking(app: PodtuiApp, backend: FakeBackend) -> None:
    backend.jobs.requeues = True
    backend.jobs.change("1.pod", state=JobState.RUNNING)
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod")
        await until(pilot, lambda: "▶ running" in screen_text(app))
        table.stand_on(JobKey("pod", "1.pod"))
        await pilot.pause()
        await pilot.press("R")
        await until(pilot, lambda: "Requeue job 1.pod?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: backend.jobs.jobs["1.pod"].state is JobState.QUEUED)


async def test_what_a_cluster_does_not_offer_is_told_without_asking_it_again(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.jobs.change("1.pod", state=JobState.RUNNING)
    async with app.run_test() as pilot:
        table = await see_jobs(pilot, "1.pod")
        await until(pilot, lambda: "▶ running" in screen_text(app))
        table.stand_on(JobKey("pod", "1.pod"))
        await pilot.pause()
        await pilot.press("R")
        await until(pilot, lambda: "Requeue job 1.pod?" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: "requeues nothing" in toasts(app))
        await until(pilot, lambda: app.lacking)
        app.clear_notifications()
        await pilot.press("R")
        await until(pilot, lambda: "Requeue: not now: This scheduler requeues" in toasts(app))
        assert len(app.screen_stack) == 1


async def test_refresh_asks_at_once(paths: Paths, backend: FakeBackend) -> None:
    app = make_app(paths, backend)
    slow = dataclasses.replace(app.config.clusters[0], poll_seconds=3600.0)
    config = dataclasses.replace(app.config, clusters=(slow,))
    from .fake_session import fake_opener

    app = PodtuiApp(fake_opener(config, paths, [backend]), config, paths)
    async with app.run_test() as pilot:
        await see_jobs(pilot, "1.pod")
        backend.jobs.add("5.pod", JobState.QUEUED, "new")
        await pilot.press("g")
        await see_jobs(pilot, "5.pod")


async def test_an_empty_table_says_what_to_do(paths: Paths) -> None:
    app = make_app(paths, FakeBackend("pod"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "No jobs. Press n to submit one." in screen_text(app))


async def test_without_a_cluster_the_reason_is_told(paths: Paths) -> None:
    app = make_app(paths)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Welcome to podtui" in screen_text(app))
        await pilot.press("escape", "2")
        await until(pilot, lambda: "No cluster is configured yet." in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: "No cluster is configured yet." in toasts(app))
        for pane, told in ("1", "Press + to add one"), ("4", "`+` in the Clusters pane adds one."):
            await pilot.press(pane)
            await until(pilot, lambda told=told: told in screen_text(app))  # type: ignore[misc]


async def test_a_pod_without_an_account_tells_the_next_step(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    def refuse() -> None:
        raise Refused(
            "alice has no account on this controller yet.",
            title="No account yet",
            hint="A first login node makes it: N in the Clusters pane.",
        )

    backend.jobs.trouble = refuse
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No cluster has told its jobs yet." in screen_text(app))
        await until(pilot, lambda: "makes it: N in the Clusters pane." in screen_text(app))
        await until(pilot, lambda: "◐ pod: No account yet" in screen_text(app))
