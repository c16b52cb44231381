"""Everything a pod keeps and offers: Cloud Auth, two active controllers and an inactive one."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from podtui.demo.catalogue import CONTROLLERS, ControllerPlan
from podtui.demo.client_config import write_client_config, write_known_hosts
from podtui.demo.cloud_auth import CloudAuth
from podtui.demo.identities import Identities
from podtui.demo.leases import Leases
from podtui.demo.loopback import HOST, LoopbackServer, Ports
from podtui.demo.nonces import Nonces
from podtui.demo.private_files import make_private_folder, read_json, write_json
from podtui.demo.site import Pace, Site


class World:
    """One state folder as a whole; the inactive controller's ports are bound and never answer."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self._folder = folder
        self._client = folder / "client"
        self._ports = Ports(folder / "ports.json")
        self._identities = Identities(folder / "identities.json")
        self._tokens = Leases(folder / "tokens.json", length=32, seconds=pace.token_seconds)
        self._opened = _opened(folder / "opened.json")
        make_private_folder(folder / "controllers")
        self._sites = {
            plan.id: Site(
                plan,
                folder / "controllers" / str(plan.id),
                identities=self._identities,
                tokens=self._tokens,
                ports=self._ports,
                pace=pace,
                announce=self._announce,
            )
            for plan in CONTROLLERS
            if plan.active
        }
        self._silent = [
            (plan, self._ports.bind(f"{plan.id}.api"), self._ports.bind(f"{plan.id}.beoweb"))
            for plan in CONTROLLERS
            if not plan.active
        ]
        self._auth = self._ports.bind("auth")

    async def start(self, group: asyncio.TaskGroup) -> list[LoopbackServer]:
        """Take up what the last run left, and give the HTTP services to run."""
        auth = CloudAuth(
            identities=self._identities,
            tokens=self._tokens,
            nonces=Nonces(self._folder / "nonces.json"),
            controllers=[self._listed(plan) for plan in CONTROLLERS],
        )
        servers = [LoopbackServer(auth.app(), self._auth)]
        for site in self._sites.values():
            servers += await site.start(group, self._opened)
        self._announce()
        return servers

    async def close(self) -> None:
        """End everything but running jobs."""
        async with asyncio.TaskGroup() as group:
            for site in self._sites.values():
                group.create_task(site.close())
        for _, api, beoweb in self._silent:
            api.close()
            beoweb.close()

    def describe(self) -> dict[str, Any]:
        """Write the client's configuration, and tell where the pod is and how to get in."""
        owner = self._identities.owner
        auth_url = f"http://{HOST}:{self._auth.getsockname()[1]}"
        return {
            "auth_url": auth_url,
            "api_key": owner.api_key,
            "api_secret": owner.api_secret,
            "cloudauth_id": owner.cloudauth_id,
            "password": owner.password,
            "controllers": [site.description() for site in self._sites.values()],
            "managed": [
                {
                    "cloudauth_id": one.cloudauth_id,
                    "api_key": one.api_key,
                    "api_secret": one.api_secret,
                    "password": one.password,
                }
                for one in self._identities.everybody
                if one.managed_by
            ],
            "state_dir": str(self._folder),
            "config": str(write_client_config(self._client, auth_url, owner)),
        }

    def _announce(self) -> None:
        lines = [line for site in self._sites.values() for line in site.known_hosts()]
        write_known_hosts(self._client, lines)

    def _listed(self, plan: ControllerPlan) -> dict[str, Any]:
        if site := self._sites.get(plan.id):
            api, beoweb = site.endpoints
        else:
            api, beoweb = next(
                (f"{HOST}:{one.getsockname()[1]}", f"{HOST}:{two.getsockname()[1]}")
                for silent, one, two in self._silent
                if silent is plan
            )
        return {
            "id": plan.id,
            "name": plan.name,
            "active": plan.active,
            "api_endpoint": api,
            "api_ssl": False,
            "api_version": "1",
            "beoweb_endpoint": beoweb,
            "beoweb_ssl": False,
            "created_at_utc": datetime.fromtimestamp(self._opened, UTC).strftime(
                "%Y-%m-%d %H:%M:%S"
            ),
            "timezone": plan.timezone,
        }


def _opened(path: Path) -> float:
    """Give the second at which this world was first opened."""
    opened = read_json(path)
    if opened is None:
        opened = time.time()
        write_json(path, opened)
    return float(opened)
