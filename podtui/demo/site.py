"""One active controller, whole: records, engine, login nodes, session server, HTTP services."""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from podtui.demo.batch.engine import Engine
from podtui.demo.batch.owner import Owner
from podtui.demo.beoweb import Beoweb
from podtui.demo.beoweb_login import BeowebLogin
from podtui.demo.catalogue import ControllerPlan
from podtui.demo.controller import CloudController
from podtui.demo.directory import Directory
from podtui.demo.identities import Identities
from podtui.demo.leases import Leases
from podtui.demo.login.session_server import SessionServer
from podtui.demo.login_nodes import LoginNodes
from podtui.demo.loopback import HOST, LoopbackServer, Ports
from podtui.demo.private_files import make_private_folder
from podtui.demo.records import SystemUser


@dataclass(frozen=True)
class Pace:
    """How fast this world is: building a node, the life of tokens and sessions (seconds); slots."""

    boot_seconds: float
    token_seconds: float
    slots: int


class Site:
    """Everything of one controller; `announce` is called when the login hosts' keys change."""

    def __init__(
        self,
        plan: ControllerPlan,
        folder: Path,
        *,
        identities: Identities,
        tokens: Leases,
        ports: Ports,
        pace: Pace,
        announce: Callable[[], None],
    ) -> None:
        self.plan = plan
        self._folder = make_private_folder(folder)
        self._identities = identities
        self._tokens = tokens
        self._ports = ports
        self._directory = Directory(folder / "directory.json")
        self._engine = Engine(
            make_private_folder(folder / "engine"),
            queues=plan.queues,
            slots=pace.slots,
            first_id=plan.first_job_id,
        )
        self._nodes = self._login_nodes(pace.boot_seconds, announce)
        self._login = BeowebLogin(
            identities=identities,
            directory=self._directory,
            tokens=tokens,
            sessions=Leases(folder / "sessions.json", length=20, seconds=pace.token_seconds),
            password_mode=plan.password_mode,
        )
        self._session_server = SessionServer(
            host_key=folder / "session_host_key",
            public_keys=self._keys_of,
            open_session=self._login.by_public_key,
            port=ports.last(self._port_name("ssh_auth")),
        )
        self._ssh_auth_port = 0
        self._api = self._bind("api")
        self._beoweb = self._bind("beoweb")

    async def start(self, group: asyncio.TaskGroup, opened: float) -> tuple[LoopbackServer, ...]:
        """Take up jobs and login nodes again, and give the HTTP services to run."""
        for user in self._directory.contents.users:
            if self._directory.volume_of(user.cloudauth_id):
                self._make_home(user)
        await self._engine.start()
        self._ssh_auth_port = await self._session_server.start()
        self._ports.remember(self._port_name("ssh_auth"), self._ssh_auth_port)
        await self._nodes.resume(group)
        controller = CloudController(
            plan=self.plan,
            identities=self._identities,
            tokens=self._tokens,
            directory=self._directory,
            nodes=self._nodes,
            group=group,
            opened=opened,
            make_home=self._make_home,
        )
        beoweb = Beoweb(
            login=self._login,
            engine=self._engine,
            cookie=f"sessionid-{self.plan.id}",
            owner_of=self._owner_named,
            members_of=self._members,
        )
        return (
            LoopbackServer(controller.app(), self._api),
            LoopbackServer(beoweb.app(), self._beoweb),
        )

    async def close(self) -> None:
        """End what listens; running jobs go on and are taken up at the next start."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._nodes.close())
            group.create_task(self._session_server.close())
        await self._engine.close()

    @property
    def endpoints(self) -> tuple[str, str]:
        """`host:port` of the controller and of Beoweb."""
        return _endpoint(self._api), _endpoint(self._beoweb)

    def description(self) -> dict[str, Any]:
        """Say where this controller is reached, for the pod's own line of JSON."""
        api, beoweb = self.endpoints
        return {
            "id": self.plan.id,
            "name": self.plan.name,
            "api_url": f"http://{api}",
            "beoweb_url": f"http://{beoweb}",
            "ssh_auth_port": self._ssh_auth_port,
        }

    def known_hosts(self) -> list[str]:
        """Give a known_hosts line for each SSH server of this controller."""
        lines = self._nodes.host_key_lines()
        if self._ssh_auth_port:
            key = self._session_server.host_key_line
            lines.append(f"[{HOST}]:{self._ssh_auth_port} {key}")
        return lines

    def _login_nodes(self, boot_seconds: float, announce: Callable[[], None]) -> LoginNodes:
        return LoginNodes(
            make_private_folder(self._folder / "nodes"),
            plan=self.plan,
            directory=self._directory,
            engine=self._engine,
            owner_of=self._owner,
            boot_seconds=boot_seconds,
            clock=time.time,
            announce=announce,
        )

    def _port_name(self, service: str) -> str:
        return f"{self.plan.id}.{service}"

    def _bind(self, service: str) -> socket.socket:
        return self._ports.bind(self._port_name(service))

    def _owner(self, user: SystemUser) -> Owner:
        home = self._folder / "volumes" / user.system_name
        return Owner(user.system_name, user.primary_group, home)

    def _make_home(self, user: SystemUser) -> None:
        make_private_folder(self._folder / "volumes")
        make_private_folder(self._owner(user).home)

    def _owner_named(self, system_name: str) -> Owner | None:
        user = self._directory.user_named(system_name)
        if user is None or self._directory.volume_of(user.cloudauth_id) is None:
            return None
        return self._owner(user)

    def _keys_of(self, system_name: str) -> tuple[str, ...]:
        user = self._directory.user_named(system_name)
        return user.keys if user else ()

    def _members(self, group_name: str) -> tuple[str, ...] | None:
        group = self._directory.group_named(group_name)
        if group is None:
            return None
        users = [self._directory.user(member) for member in group.members]
        return tuple(user.system_name for user in users if user)


def _endpoint(bound: socket.socket) -> str:
    return f"{HOST}:{bound.getsockname()[1]}"
