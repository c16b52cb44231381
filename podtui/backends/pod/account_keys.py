"""The keys on a pod's account: the controller keeps them, a login node proves them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from podtui.backends.base import Prompter
from podtui.backends.pod.controller import CloudController
from podtui.backends.ssh.target import SshTarget
from podtui.domain.key import PublicKey
from podtui.paths import Paths


class AccountKeys:
    """`Keys` of podtui.backends.base: changed through the controller, whoever may log in."""

    by_login = False

    def __init__(
        self,
        cloud: CloudController,
        login_node: Callable[[], Awaitable[SshTarget]],
        paths: Paths,
        prompter: Prompter,
    ) -> None:
        self._login_node = login_node
        self._paths = paths
        self._prompter = prompter
        self._cloud = cloud

    async def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys on the account."""
        return await self._cloud.public_keys()

    async def add_key(self, key: PublicKey) -> None:
        """Put a key on the account; one that is there already is fine."""
        await self._cloud.add_key(key)

    async def remove_key(self, key: PublicKey) -> None:
        """Take a key off the account."""
        await self._cloud.remove_key(key)

    async def try_login(self, key: Path, passphrase: str = "") -> str:
        """Log in to the newest login node with the private key of the file `key` alone."""
        from podtui.backends.ssh.key_login import prove_login

        target = await self._login_node()
        return await prove_login(
            target, key, paths=self._paths, prompter=self._prompter, passphrase=passphrase
        )
