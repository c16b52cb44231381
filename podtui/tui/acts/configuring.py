"""Changed settings: tried, written, and gone by at once where that can be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on

from podtui.config.drafting import (
    Changes,
    drafted_config,
    drop_cluster,
    keep_changes,
    needs_login,
    touched,
)
from podtui.config.keys import KEYMAP, Takes, top_key
from podtui.config.survey import Reading, survey
from podtui.config.variables import split_key
from podtui.domain.staging import StagedJob
from podtui.domain.text import visible
from podtui.domain.transfer import Transfer
from podtui.errors import PodError, Refused
from podtui.tui import setting_requests as requests
from podtui.tui.acts.settings import SettingActs
from podtui.tui.cloud import link_group

if TYPE_CHECKING:
    from podtui.config.model import ClusterConfig, Config


class ConfiguringActs(SettingActs):
    """What the settings screen asks for."""

    reading: Reading

    def action_settings(self) -> None:
        """Show every setting."""
        self._show_settings()

    @on(requests.ClusterSettingsRequested)
    def show_cluster_settings(self, event: requests.ClusterSettingsRequested) -> None:
        """Show those of one cluster first."""
        self._show_settings(event.cluster)

    def _show_settings(self, cluster: str = "") -> None:
        from podtui.tui.screens.settings import SettingsScreen

        if self._opened.is_set():
            names = tuple(theme.name for theme in self.own_themes)
            self.push_screen(SettingsScreen(self.reading.file, names, cluster))

    @on(requests.SurveyRequested)
    def read_settings(self, event: requests.SurveyRequested) -> None:
        """Read what is set; the file may have changed."""

        async def read() -> None:
            try:
                event.answer(await asyncio.to_thread(survey, self.reading))
            except PodError as error:
                event.answer(error)

        self.run_act(read(), "read settings", group="settings")

    @on(requests.ChangesTrialRequested)
    def try_changes(self, event: requests.ChangesTrialRequested) -> None:
        """Log in as the changes would have it."""

        async def tried() -> None:
            try:
                config = await asyncio.to_thread(
                    drafted_config, self.reading, event.text, event.changes
                )
                status = await self.session.clusters.try_out(config.cluster(event.cluster))
                event.answer(status)
            except PodError as error:
                event.answer(error)

        self.run_act(tried(), f"try {event.cluster}", group="try cluster")

    @on(requests.ChangesKeepingRequested)
    def keep_settings(self, event: requests.ChangesKeepingRequested) -> None:
        """Try what can be tried, write, go by it."""

        async def kept() -> None:
            try:
                event.answer(await self._keep_settings(event))
            except PodError as error:
                event.answer(error)

        self.run_act(kept(), "keep settings", group="settings")

    async def _keep_settings(self, event: requests.ChangesKeepingRequested) -> str:
        drafted = await asyncio.to_thread(drafted_config, self.reading, event.text, event.changes)
        for cluster in () if event.untried else touched(event.changes, drafted):
            own = {d: typed for d, typed in event.changes.items() if d.startswith("clusters.")}
            if needs_login(_changes_of(own, cluster.name), cluster.kind):
                await self._try_out(cluster)
        put = await asyncio.to_thread(keep_changes, self.reading, event.text, event.changes)
        await self._go_by(await asyncio.to_thread(self.reading.config), event.changes)
        places = "".join(f" {visible(key)} is in {visible(place, 200)}." for key, place in put)
        later = [key for key in event.changes if _takes(key) is Takes.START]
        after = f" From the next start: {', '.join(map(visible, later))}." if later else ""
        return f"Kept in {visible(str(self.reading.file), 200)}.{places}{after}"

    async def _try_out(self, cluster: ClusterConfig) -> None:
        try:
            await self.session.clusters.try_out(cluster)
        except PodError as error:
            raise Refused(
                f"{cluster.name} cannot be used so: {error.message}",
                title="Nothing written",
                hint="Save once more keeps it all the same.",
            ) from None

    async def _go_by(self, config: Config, changes: Changes) -> None:
        """Be as the configuration is now, where that needs no new start."""
        self.config = config
        if "theme" in changes and config.theme in self.available_themes:
            self.theme = config.theme
        if any(split_key(dotted)[0] == KEYMAP for dotted in changes):
            self.take_own_keys()
        known = self.session.clusters.names
        for cluster in touched(changes, config):
            if cluster.name in known:
                await self._change_cluster(cluster, _changes_of(changes, cluster.name))

    async def _change_cluster(self, cluster: ClusterConfig, changes: Changes) -> None:
        link = needs_login(changes, cluster.kind)
        if link:
            self.workers.cancel_group(self, link_group(cluster.name))
        if await self.session.change_cluster(cluster, link=link):
            work = self._log_in_to(cluster.name)
            self.run_act(work, f"connect {cluster.name}", link_group(cluster.name))

    def take_own_keys(self) -> None:
        """Go by the keys of the configuration; what is wrong with them is told."""
        from podtui.tui.keymap import checked_keymap

        keymap, errors = checked_keymap(self.config.keys)
        self.set_keymap(keymap)
        for error in errors:
            self.show_error(error)

    # A cluster goes

    @on(requests.ClusterRemovalRequested)
    def ask_cluster_removal(self, event: requests.ClusterRemovalRequested) -> None:
        """Say what goes with it and what stays, then take it out if that is wanted."""
        from podtui.tui.screens.dialogs import Confirm

        name = event.cluster
        moving = [one for one in self.transfers if _moves(one, name)]
        if moving:
            event.answer(
                Refused(
                    f"{len(moving)} transfers of {name} are under way.",
                    hint="Let them end, or cancel them, then remove it.",
                )
            )
            return

        def remove(sure: bool | None) -> None:
            if sure:
                self.run_act(self._remove_cluster(event), f"remove {name}", group="settings")

        waiting = [job for job in self.session.staging.jobs if _waits(job, name)]
        body = _removal(visible(str(self.reading.file), 120), len(waiting))
        self.push_screen(Confirm(f"Remove {visible(name)}?", body, "Remove it", "Keep it"), remove)

    async def _remove_cluster(self, event: requests.ClusterRemovalRequested) -> None:
        name = event.cluster
        try:
            await asyncio.to_thread(drop_cluster, self.reading, event.text, name)
        except PodError as error:
            event.answer(error)
            return
        self.workers.cancel_group(self, link_group(name))
        await self.session.remove_cluster(name)
        config = await asyncio.to_thread(self.reading.config)
        if any(one.name == name for one in config.clusters):  # another file has it too
            self.session.add_cluster(config.cluster(name))
        self.config = config
        if self.cluster == name:
            self.cluster = next(iter(self.session.clusters.names), "")
        event.answer(None)


def _changes_of(changes: Changes, cluster: str) -> Changes:
    """The changes that concern one cluster: its own, and those of all."""
    paths = {dotted: split_key(dotted) for dotted in changes}
    return {
        dotted: typed
        for dotted, typed in changes.items()
        if paths[dotted][0] == "defaults" or paths[dotted][:2] == ["clusters", cluster]
    }


def _takes(dotted: str) -> Takes | None:
    key = top_key(dotted)
    return key.takes if key else None


def _moves(transfer: Transfer, cluster: str) -> bool:
    return not transfer.state.ended and cluster in (transfer.cluster, transfer.other)


def _waits(job: StagedJob, cluster: str) -> bool:
    return job.cluster == cluster and not job.phase.ended


def _removal(file: str, waiting: int) -> str:
    staged = (
        f"\n\n{waiting} staged jobs of it are not finished: they end as failed, and can be taken "
        "up again once a cluster of that name is here again."
        if waiting
        else ""
    )
    return (
        f"It goes out of {file}, with its secrets in the keyring or in files of podtui's.\n\n"
        "What runs there goes on running. The history of its jobs stays, and so do its files."
        f"{staged}"
    )
