"""What the Clusters and Keys panes ask of the app: messages that bubble up to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from textual.screen import Screen

    from podtui.domain.key import LocalKey, PublicKey
    from podtui.domain.node import Controller, LoginNode, NodeSpec


@dataclass
class PromptRequested(Message):
    """A server asks the person something: show `screen`, put its result into `answer`."""

    screen: Screen[Any]
    answer: asyncio.Future[Any]


@dataclass
class PromptWithdrawn(Message):
    """Whoever asked with `screen` does not wait for the answer any more."""

    screen: Screen[Any]


@dataclass
class ClusterRequest(Message):
    """Something about one cluster, by its name."""

    cluster: str


class ConnectRequested(ClusterRequest):
    """Log in, and look at this cluster from now on."""


class DisconnectRequested(ClusterRequest):
    """Let go of the cluster and stay away."""


class DetachRequested(ClusterRequest):
    """Ask the cluster for no jobs any more; the connection stays."""


class ClusterRefreshRequested(ClusterRequest):
    """Ask the cluster anew: controllers, account, volume, login nodes."""


class ClusterLookedAt(ClusterRequest):
    """A person looks at the cluster's login nodes: they may have been changed from elsewhere."""


class NewNodeRequested(ClusterRequest):
    """Open the guided screen for a login node."""


@dataclass
class ProvisionRequested(ClusterRequest):
    """Make (or go on making) a login node; `key` is put on the account, None leaves it open."""

    spec: NodeSpec
    key: LocalKey | None


class ProvisionStopRequested(ClusterRequest):
    """Stop waiting for a login node; what was made stays."""


class LoginNodesChanged(ClusterRequest):
    """A login node has come up or was ended: what its files were is to be read anew."""


@dataclass
class NodeDeletionRequested(ClusterRequest):
    """End a login node, after asking."""

    node: LoginNode


@dataclass
class ShellRequested(ClusterRequest):
    """Open a shell on a login node; without one, on the machine the configuration names."""

    node: LoginNode | None


@dataclass
class ControllerAdditionRequested(ClusterRequest):
    """Configure a further controller of this cluster's domain as a cluster of its own."""

    controller: Controller


class KeysRequested(Message):
    """Read the keys here and on the cluster anew."""


class KeyGenerationRequested(Message):
    """Ask where, and make a key pair."""


@dataclass
class KeyAdditionRequested(Message):
    """Put the public half of one of our keys on the cluster."""

    key: PublicKey


class OtherKeyRequested(Message):
    """Ask for a public key, pasted or in a file, and put it on the cluster."""


@dataclass
class KeyRemovalRequested(Message):
    """Take a key off the cluster, after asking; `path` tells which of ours it is, if any."""

    key: PublicKey
    path: Path | None = None


@dataclass
class CopyRequested(Message):
    """Put `text` on the clipboard; `what` names it to the person."""

    text: str
    what: str
