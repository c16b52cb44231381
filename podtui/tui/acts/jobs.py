"""What the Jobs pane and its screens ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Any, TypeVar

from textual import on

from podtui.backends.unattended import unattended
from podtui.domain.job_table import JobRow
from podtui.domain.staging import StagedPhase
from podtui.domain.text import visible
from podtui.errors import (
    FileTrouble,
    HostKeyChanged,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Unreachable,
)
from podtui.tui import messages
from podtui.tui.acts.job_changes import JobChangeActs
from podtui.tui.acts.job_looks import JobLookActs
from podtui.tui.errors import in_a_line
from podtui.tui.lack import Lack
from podtui.tui.screens.dialogs import Confirm

_T = TypeVar("_T")


class JobActs(JobChangeActs, JobLookActs):
    """Jobs: submit, look at, change."""

    @on(messages.SubmitRequested)
    def open_submit_form(self) -> None:
        """A form for a new job, on the cluster that is looked at."""
        from podtui.tui.screens.submit import SubmitScreen

        self.push_screen(SubmitScreen(self.config.clusters, self.cluster))

    @on(messages.JobDetailsRequested)
    def open_details(self, event: messages.JobDetailsRequested) -> None:
        """Everything about a job, alive while it is open."""
        from podtui.tui.screens.job import JobScreen

        self.push_screen(JobScreen(event.row, counts=event.counts))

    @on(messages.RefreshRequested)
    def refresh_jobs(self) -> None:
        """Ask all clusters now; those that wait for a login are not disturbed."""
        self.run_act(self._refresh_jobs(), "refresh jobs")

    async def _refresh_jobs(self) -> None:
        self.session.jobs.refresh()

    @on(messages.ScopeRequested)
    def change_scope(self) -> None:
        """Ask whose jobs to show."""
        self.run_act(self._change_scope(), "change scope")

    async def _change_scope(self) -> None:
        from podtui.tui.screens.scope import ScopeScreen

        scope = await self.push_screen_wait(ScopeScreen(self.scope))
        if scope is not None:
            self.session.jobs.watch_scope(scope)
            self.scope = scope

    # Changes to one job

    @on(messages.CancelJobRequested)
    def cancel_job(self, event: messages.CancelJobRequested) -> None:
        """End it, if the person is sure."""
        self.run_act(self._cancel_job(event.row), "cancel job")

    async def _cancel_job(self, row: JobRow) -> None:
        job = row.job
        body = f"{_named(row)} on {visible(job.cluster)} is {job.state.value}."
        if row.staged and not row.staged.phase.ended:
            body += "\nNothing more is staged for it; files that are there already stay."
            body += "\nIts entry stays on this list; f takes it off."
        question = Confirm(f"Cancel job {visible(job.id, 40)}?", body, "Cancel job", "Keep it")
        if await self.push_screen_wait(question):
            await self.session.jobs.cancel(job.key)
            await self.session.staging.cancelled(*job.key)
            self.tell(f"{_named(row)} is cancelled.")

    @on(messages.HoldJobRequested)
    def hold_job(self, event: messages.HoldJobRequested) -> None:
        """Keep it from starting."""
        self.run_act(self._hold_job(event.row), "hold job")

    async def _hold_job(self, row: JobRow) -> None:
        await self.session.jobs.hold(row.job.key)
        self.tell(f"{_named(row)} is held.")

    @on(messages.ReleaseJobRequested)
    def release_job(self, event: messages.ReleaseJobRequested) -> None:
        """Let it start; asks when files it waits for are not there."""
        self.run_act(self._release_job(event.row), "release job")

    async def _release_job(self, row: JobRow) -> None:
        staged = row.staged
        if staged and staged.failed_in in (StagedPhase.STAGING_IN, StagedPhase.RELEASING):
            missing = len(staged.stage_in) - staged.staged_in
            body = f"{missing} of the {len(staged.stage_in)} things it takes along are not there."
            question = Confirm(f"Start {_named(row)} without its files?", body, "Start it", "Wait")
            if missing and not await self.push_screen_wait(question):
                return
        await self.session.jobs.release(row.job.key)
        self.tell(f"{_named(row)} is released.")

    @on(messages.RequeueJobRequested)
    def requeue_job(self, event: messages.RequeueJobRequested) -> None:
        """Put it back into the queue, if the person is sure: what it has done so far is lost."""
        self.run_act(self._requeue_job(event.row), "requeue job")

    async def _requeue_job(self, row: JobRow) -> None:
        body = f"{_named(row)} on {visible(row.job.cluster)} ends now and begins again later."
        title = f"Requeue job {visible(row.job.id, 40)}?"
        if not await self.push_screen_wait(Confirm(title, body, "Requeue", "Let it run")):
            return
        try:
            await self.session.jobs.requeue(row.job.key)
        except NotOffered as error:
            lack = Lack(row.job.cluster, "requeue", in_a_line(error))
            self.lacking = self.lacking | {lack}
            raise
        self.tell(f"{_named(row)} is back in the queue.")

    @on(messages.RetryStagingRequested)
    def retry_staging(self, event: messages.RetryStagingRequested) -> None:
        """Take it up again where it failed."""
        if event.row.staged:
            self.run_act(self._retry_staging(event.row, event.row.staged.token), "retry staging")

    async def _retry_staging(self, row: JobRow, token: str) -> None:
        await self.session.staging.retry(token)
        self.tell(f"The staging of {_named(row)} goes on.")

    @on(messages.ForgetStagedRequested)
    def forget_staged(self, event: messages.ForgetStagedRequested) -> None:
        """Take it off the list."""
        self.run_act(self._forget_staged(event.row), "forget job")

    async def _forget_staged(self, row: JobRow) -> None:
        staged = row.staged
        if staged is None:
            return
        question = Confirm(
            f"Forget {_named(row)}?",
            "podtui forgets its script and staging; the cluster and all files stay as they are.",
            "Forget",
            "Keep",
        )
        if not await self.push_screen_wait(question):
            return
        if staged.phase is StagedPhase.NEW:
            await self.session.staging.drop_unsent(staged.token)
        else:
            await self.session.staging.forget(staged.token)

    # Answers to screens

    @on(messages.SubmissionRequested)
    def submit(self, event: messages.SubmissionRequested) -> None:
        """Submit; a refusal goes back to the form, which keeps what was typed."""
        self.run_act(self._submit_job(event), "submit")

    async def _submit_job(self, event: messages.SubmissionRequested) -> None:
        try:
            job = await self.session.staging.submit(event.request)
        except (Unreachable, OutcomeUnknown):
            event.answer(None)  # the journal has it: podtui goes on when the link is back
            raise
        except PodError as error:
            if not event.answer(error) or isinstance(error, HostKeyChanged):
                raise
            self.errors.keep(error, self.now())  # it stands above the script: no notice over it
            return
        event.answer(None)
        rest = "its files follow" if job.stage_in else "it waits for its turn"
        self.tell(
            f"{visible(job.name, 60)} is job {visible(job.job_id, 40)} on "
            f"{visible(job.cluster)}; {rest}.",
            title="Submitted",
        )
        if job.warning:
            self.notify(
                visible(" ".join(job.warning.split()), 300),
                title="The scheduler took it and says",
                severity="warning",
                markup=False,
            )

    @on(messages.ScriptRequested)
    def read_script(self, event: messages.ScriptRequested) -> None:
        """Read a script for its preview."""
        self.run_act(_answer(asyncio.to_thread(_read, event), event.answer), "read script")

    @on(messages.DialectsRequested)
    def ask_dialects(self, event: messages.DialectsRequested) -> None:
        """Ask what a cluster reads; one that is not connected is connected first."""

        async def asked() -> None:
            await _answer(self.session.staging.dialects(event.cluster), event.answer)

        self.run_act(asked(), f"dialects {event.cluster}")

    @on(messages.LocalFolderRequested)
    def list_local_folder(self, event: messages.LocalFolderRequested) -> None:
        """List a folder for the file picker."""

        async def listed() -> None:
            await _answer(self.session.files.folder("", str(event.path)), event.answer)

        self.run_act(listed(), "list folder")

    @on(messages.JobFactsRequested)
    def fetch_facts(self, event: messages.JobFactsRequested) -> None:
        """Ask for all attributes of a job."""

        async def fetched() -> None:
            if event.politely and not self.is_online(event.key.cluster):
                return
            with unattended() if event.politely else nullcontext():
                await _answer(self.session.jobs.job(event.key), event.answer)

        self.run_act(fetched(), "job facts")


async def _answer(work: Coroutine[Any, Any, _T], answer: Callable[[_T | PodError], None]) -> None:
    """The result or the failure, told to the screen that asked and shows it in its place."""
    try:
        result: _T | PodError = await work
    except PodError as error:
        result = error
    answer(result)


def _read(event: messages.ScriptRequested) -> bytes:
    path = event.path.expanduser()
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileTrouble(f"{visible(str(path), 200)}: {error.strerror}.") from None


def _named(row: JobRow) -> str:
    name = visible(row.job.name, 60)
    return f"{name} ({visible(row.job.id, 40)})" if name else visible(row.job.id, 40)
