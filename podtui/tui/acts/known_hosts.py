"""The known hosts: shown, forgotten, and a changed key explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.reactive import var

from podtui.domain.known_host import KnownHost
from podtui.domain.text import visible
from podtui.errors import HostKeyChange
from podtui.tui import key_requests
from podtui.tui.acts.base import ActBase
from podtui.tui.screens.dialogs import Confirm

if TYPE_CHECKING:
    from podtui.services.known_hosts import HostLine


class KnownHostActs(ActBase):
    """Reads and changes known_hosts files for the screens that show them."""

    known_hosts: var[tuple[HostLine, ...] | None] = var(None)

    @on(key_requests.KnownHostsRequested)
    def show_known_hosts(self) -> None:
        """Show them; they are read meanwhile."""
        from podtui.tui.screens.known_hosts import KnownHostsScreen

        self.known_hosts = None
        self.push_screen(KnownHostsScreen())
        self.run_act(self._read_hosts(), "known hosts")

    async def _read_hosts(self) -> None:
        self.known_hosts = await self.session.known_hosts.hosts()

    @on(key_requests.HostForgettingRequested)
    def ask_forgetting(self, event: key_requests.HostForgettingRequested) -> None:
        """Name the host and forget it if that is wanted."""
        host = event.host

        def forget(sure: bool | None) -> None:
            if sure:
                self.run_act(self._forget_host(host), "forget host")

        name = "this hashed host" if host.hashed else visible(", ".join(host.names), 60)
        body = (
            f"{host.key.algorithm} {host.key.fingerprint}\n"
            f"{visible(str(host.file), 100)}, line {host.line}\n\n"
            "The next login there shows its key and asks."
        )
        self.push_screen(Confirm(f"Forget {name}?", body, "Forget it", "Keep it"), forget)

    async def _forget_host(self, host: KnownHost) -> None:
        await self.session.known_hosts.forget([host])
        await self._read_hosts()

    @on(key_requests.HostKeyChangeMet)
    def explain_change(self, event: key_requests.HostKeyChangeMet) -> None:
        """Explain a changed key, once at a time; forget the old one if that is wanted."""
        from podtui.tui.screens.host_key_changed import HostKeyChangedScreen

        change = event.change
        if any(
            isinstance(screen, HostKeyChangedScreen) and screen.change == change
            for screen in self.screen_stack
        ):
            return

        def forget(sure: bool | None) -> None:
            if sure:
                self.run_act(self._forget_changed(change), "forget host")

        self.push_screen(HostKeyChangedScreen(change), forget)

    async def _forget_changed(self, change: HostKeyChange) -> None:
        lines = await self.session.known_hosts.forget_changed(change)
        told = f"{len(lines)} key{'' if len(lines) == 1 else 's'} of {visible(change.host, 80)} "
        self.tell(
            f"{told}forgotten. Connect again: its new key is shown, and asked about.",
            "Host key forgotten",
        )
