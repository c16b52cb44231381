"""One POD cluster: discovery, then its controller, Beoweb and login node."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from podtui.backends.base import Files, Jobs, Keys, Nodes, Prompter, Question
from podtui.backends.clock import Clock, utc_now
from podtui.backends.kept_secret import kept
from podtui.backends.lacking import Lacking
from podtui.backends.pod.account_keys import AccountKeys
from podtui.backends.pod.auth import TokenStore, discover
from podtui.backends.pod.beoweb import Beoweb
from podtui.backends.pod.controller import CloudController
from podtui.backends.pod.login import (
    AccountLogin,
    CloudAuthLogin,
    Login,
    PasswordLogin,
    PublicKeyLogin,
)
from podtui.backends.pod.session_id import ask_session_id
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.node_link import NodeLink
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.ssh.shell import LoginShell
from podtui.backends.ssh.target import SshTarget
from podtui.backends.surveys import survey
from podtui.config.model import PodConfig, Secret
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.node import Controller
from podtui.domain.staging import Manner
from podtui.domain.survey import Survey
from podtui.domain.text import visible
from podtui.errors import ConfigError, NotFound, NotOffered, Refused
from podtui.paths import Paths

_COMMAND_SECONDS = 30.0


class PodBackend(Lacking):
    """Backend for `kind = "pod"`."""

    manner = Manner()
    lacks = ((Facet.OPERATIONS, "POD offers no operations beside jobs."),)

    def __init__(
        self,
        config: PodConfig,
        paths: Paths,
        prompter: Prompter,
        *,
        clock: Clock = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = config.name
        self._config = config
        self._paths = paths
        self._clock = clock
        self._prompter = prompter
        self._transport = transport
        self._tokens = TokenStore(config, paths, clock=clock, transport=transport)
        self._link = NodeLink(self._login_node, paths=paths, prompter=prompter)
        self._files = SftpFiles(self._link)
        self._controllers: tuple[Controller, ...] = ()
        self._controller: Controller | None = None
        self._cloud: CloudController | None = None
        self._beoweb: Beoweb | None = None
        self._user = config.user
        self._lock = asyncio.Lock()

    def status(self) -> ClusterStatus:
        """Who we are there and what is offered, as far as known."""
        token = self._tokens.token
        return ClusterStatus(
            name=self.name,
            kind=self._config.kind,
            user=self._user,
            controller=self._controller,
            controllers=self._controllers,
            token_expires=token.expires if token else None,
            offers=self._offers(),
        )

    async def connect(self) -> None:
        """Get a token, find the controllers, choose ours, learn our name there."""
        async with self._lock:
            if self._config.auth_url and self._config.api_key:
                self._controllers = await discover(self._config, self._tokens, self._transport)
                await self._use(self._choose())
            elif self._config.beoweb_url:
                await self._use(Controller("", "", True, "", self._config.beoweb_url))
            else:
                raise ConfigError(
                    f"Cluster {self.name} names neither auth_url and api_key nor beoweb_url.",
                    hint="See sample-config.toml for what a POD cluster needs.",
                )

    async def open_shell_link(self) -> None:
        """Log in to the login node, if not done yet."""
        await self._link.run(["true"], timeout=_COMMAND_SECONDS)

    async def survey(self) -> Survey:
        """The clock and the quotas of the login node."""
        return await survey(LoginShell(self._link), (), self._clock)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._link.close()
        for part in (self._cloud, self._beoweb):
            if part:
                await part.close()
        self._cloud = self._beoweb = None

    @property
    def jobs(self) -> Jobs:
        """The scheduler, through Beoweb."""
        if self._beoweb is None:
            raise NotOffered(self._reason(Facet.JOBS))
        return self._beoweb

    @property
    def files(self) -> Files:
        """The home on the storage volume, through a login node."""
        if self._cloud is None:
            raise NotOffered(self._reason(Facet.FILES))
        return self._files

    @property
    def nodes(self) -> Nodes:
        """The controller's accounts, volumes and login nodes."""
        if self._cloud is None:
            raise NotOffered(self._reason(Facet.NODES))
        return self._cloud

    @property
    def keys(self) -> Keys:
        """The keys on our account."""
        if self._cloud is None:
            raise NotOffered(self._reason(Facet.KEYS))
        return AccountKeys(self._cloud, self._login_node, self._paths, self._prompter)

    def _offers(self) -> tuple[Offer, ...]:
        offered = {
            Facet.JOBS: self._beoweb is not None,
            **dict.fromkeys((Facet.FILES, Facet.NODES, Facet.KEYS), self._cloud is not None),
        }
        offers = [Offer(f, yes, "" if yes else self._reason(f)) for f, yes in offered.items()]
        return self.offers(*offers)

    def _reason(self, facet: Facet) -> str:
        if self._controller is None:
            return "Not connected yet."
        if facet is Facet.JOBS:
            return "This controller names no Beoweb endpoint."
        if not self._config.cloudauth_id:
            return "cloudauth_id is not set for this cluster, so the controller cannot be asked."
        return "This cluster has no cloud controller: only jobs can be reached."

    def _choose(self) -> Controller:
        """The configured controller, else the one of the configured Beoweb, else the first."""
        wanted = self._config.controller
        if not wanted:
            active = [c for c in self._controllers if c.active]
            if not active:
                raise Refused(
                    "No controller of this domain is active.",
                    title="No controller",
                    hint="Try later; if it stays so, ask the site's support.",
                )
            beoweb = urlsplit(self._config.beoweb_url).hostname
            named = [c for c in active if beoweb and urlsplit(c.beoweb_url).hostname == beoweb]
            return (named or active)[0]
        for controller in self._controllers:
            if wanted in (controller.id, controller.name):
                if not controller.active:
                    raise Refused(
                        f"Controller {wanted} is listed as inactive.",
                        title="Controller inactive",
                        hint="Choose another controller, or try later.",
                    )
                return controller
        known = visible(", ".join(c.name for c in self._controllers), 200) or "none"
        raise NotFound(
            f"There is no controller {wanted!r} here (there: {known}).",
            title="No such controller",
            hint="Set this cluster's controller to one of these, or leave it out for the first "
            "active one.",
        )

    async def _use(self, controller: Controller) -> None:
        """Talk to `controller`; clients that calls may be using now are kept where they fit."""
        if controller != self._controller:
            await self.close()
            self._controller = controller
        if self._cloud is None and controller.api_url and self._config.cloudauth_id:
            self._cloud = CloudController(
                self._config, controller.api_url, self._tokens, self._transport
            )
        account = await self._cloud.account() if self._cloud else None
        user = account.system_name if account and account.system_name else self._user
        url = self._config.beoweb_url or controller.beoweb_url
        if url and (self._beoweb is None or user != self._user):
            before, self._user = self._beoweb, user
            self._beoweb = self._new_beoweb(url)
            if before:
                await before.close()
        self._user = user

    def _new_beoweb(self, url: str) -> Beoweb:
        return Beoweb(
            self.name,
            self._user,
            url,
            AccountLogin(self._beoweb_login(url), self._cloud),
            self._qhold,
            logout=self._config.logout,
            ca_file=self._config.ca_file,
            transport=self._transport,
        )

    def _beoweb_login(self, url: str) -> Login:
        if self._config.auth_type == "password":
            return PasswordLogin(self._password)
        if self._config.auth_type == "publickey":
            host = self._config.ssh_auth_address or urlsplit(url).hostname or ""
            return PublicKeyLogin(lambda user: self._session_id(host, user))
        return CloudAuthLogin(self._tokens)

    async def _password(self) -> Secret:
        """The configured or stored password, else what the person types; kept in memory only."""
        if (known := await kept(self._config.password)) is not None:
            return known
        question = Question(f"POD password of {self._user}")
        (answer,) = await self._prompter.ask(self.name, "Password", [question])
        self._config = replace(self._config, password=Secret(answer))
        return Secret(answer)

    async def _session_id(self, host: str, user: str) -> str:
        target = SshTarget(self.name, host, self._config.ssh_auth_port, user, self._config.ssh)
        link = SshLink(target, paths=self._paths, prompter=self._prompter)
        try:
            return await ask_session_id(link)
        finally:
            await link.close()

    async def _login_node(self) -> SshTarget:
        """Where our newest login node that is up answers."""
        for node in reversed(await self.nodes.nodes()):
            if node.active:
                return SshTarget(
                    self.name, node.address, node.ssh_port, self._user, self._config.ssh
                )
        raise NotFound(
            f"{self.name} has no login node that is up.",
            title="No login node",
            hint="Make one: N in the Clusters pane, or `podtui nodes create --wait`.",
        )

    async def _qhold(self, job_id: str) -> None:
        done = await self._link.run(["qhold", job_id], timeout=_COMMAND_SECONDS)
        if done.returncode:
            raise Refused(f"qhold {job_id}: {done.stderr.decode('utf-8', 'replace').strip()}")
