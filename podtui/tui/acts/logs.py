"""Logs and shells of jobs: read for the pane that asks, saved, paged, entered."""

from __future__ import annotations

import os
import shlex
import tempfile
import weakref
from collections.abc import Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

from textual import on
from textual.worker import Worker

from podtui.domain.job import Job
from podtui.domain.log_view import LogWindow
from podtui.domain.text import visible
from podtui.domain.transfer import Direction
from podtui.errors import PodError
from podtui.tui import log_requests as requests
from podtui.tui.acts.base import ActBase
from podtui.tui.standing import stands


class LogActs(ActBase):
    """What a job's screen asks for beside its facts."""

    @on(requests.LogFollowRequested)
    def follow_log(self, event: requests.LogFollowRequested) -> None:
        """Tell what is added to a file until its pane goes or stops it."""
        self._read_for(event, self._follow_log(event), requests.FOLLOW)

    async def _follow_log(self, event: requests.LogFollowRequested) -> None:
        follow = self.session.logs.follow(event.cluster, event.path, event.known)
        async with aclosing(follow) as found:
            async for news in found:
                event.answer(news)

    @on(requests.LogStretchRequested)
    def read_log(self, event: requests.LogStretchRequested) -> None:
        """Read a stretch of a file."""
        self._read_for(event, self._read_log(event), "stretch")

    async def _read_log(self, event: requests.LogStretchRequested) -> None:
        try:
            got: LogWindow | PodError = await self._stretch(event)
        except PodError as error:
            got = error
        event.answer(got)

    async def _stretch(self, event: requests.LogStretchRequested) -> LogWindow:
        logs, place = self.session.logs, (event.cluster, event.path)
        if event.where == "end":
            return await logs.end(*place)
        if event.where == "at":
            return await logs.at(*place, event.offset)
        move = logs.earlier if event.where == "earlier" else logs.later
        return await move(*place, event.window)

    @on(requests.LogSearchRequested)
    def search_log(self, event: requests.LogSearchRequested) -> None:
        """Look through a file, however long, until it is found or stopped."""
        self._read_for(event, self._search_log(event), requests.SEARCH)

    async def _search_log(self, event: requests.LogSearchRequested) -> None:
        search = self.session.logs.search(
            event.cluster, event.path, event.wanted, event.offset, back=event.back
        )
        try:
            async with aclosing(search) as steps:
                async for step in steps:
                    event.answer(step)
                    if step.window is not None:
                        return
        except PodError as error:
            event.answer(error)
        else:
            event.answer(None)

    def _read_for(
        self, event: requests.LogRequest, work: Coroutine[Any, Any, None], group: str
    ) -> None:
        """Do `work` in a worker of the pane that asked: it ends with the pane."""

        async def begin() -> None:
            await work

        if stands(event.asker):
            worker: Worker[None] = event.asker.run_worker(
                begin, name=group, group=group, exclusive=True
            )
            weakref.finalize(worker, work.close)  # never begun when it is cancelled at once
        else:
            work.close()

    # Whole files

    @on(requests.LogSaveRequested)
    def save_log(self, event: requests.LogSaveRequested) -> None:
        """Ask where to, and fetch it as any other file: verified, taken up again if need be."""
        self.run_act(self._save_log(event), "save log")

    async def _save_log(self, event: requests.LogSaveRequested) -> None:
        from podtui.tui.screens.dialogs import Ask

        path = await self.session.files.resolve(event.cluster, event.path)
        name = path.rpartition("/")[2]
        here = await self.push_screen_wait(
            Ask("Save this file", "Under this name here:", str(Path.cwd() / name), _check_target)
        )
        if here:
            target = str(Path(here).expanduser().absolute())
            self.session.transfers.add(event.cluster, Direction.DOWNLOAD, target, path)
            self.tell(f"{visible(name, 60)} is on its way; pane 3 shows how far it is.", "Save")

    @on(requests.LogPagerRequested)
    def page_log(self, event: requests.LogPagerRequested) -> None:
        """Fetch it to a private place, and give the terminal to the pager."""
        self.run_act(self._page_log(event), "page log")

    async def _page_log(self, event: requests.LogPagerRequested) -> None:
        from podtui.tui.acts.shell import run_in_terminal

        name = event.path.rpartition("/")[2] or "log"
        pager = shlex.split(os.environ.get("PAGER", "")) or ["less", "-R"]
        with tempfile.TemporaryDirectory(prefix="podtui-", ignore_cleanup_errors=True) as folder:
            target = Path(folder) / _plain_name(name)
            copied, size = await self.session.logs.copy_end(event.cluster, event.path, target)
            if copied < size:
                self.tell(f"The pager has the last {copied >> 20} MB of it.", "Pager")
            await run_in_terminal(self, [*pager, str(target)])

    # Shells

    @on(requests.JobShellRequested)
    def open_job_shell(self, event: requests.JobShellRequested) -> None:
        """Give the terminal to a shell where the job runs."""
        self.run_act(self._job_shell(event.job), "job shell")

    async def _job_shell(self, job: Job) -> None:
        from podtui.services.shells import remote_command
        from podtui.tui.acts.shell import run_shell

        config = self.session.clusters.config(job.cluster)
        argv = await self.session.jobs.shell_command(job)
        await run_shell(self, remote_command(config, argv))


def _check_target(text: str) -> str:
    """Why a file cannot be saved under this name."""
    path = Path(text).expanduser()
    if not text.strip() or path.is_dir():
        return "Give it a name."
    if not path.parent.is_dir():
        return "That folder is not there."
    return "Something is there already." if path.exists() else ""


def _plain_name(name: str) -> str:
    """A file name of this machine; the pager shows it."""
    return "".join(char if char.isalnum() or char in "._-" else "_" for char in name)[:100]
