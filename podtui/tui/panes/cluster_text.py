"""What the Clusters pane says of clusters, login nodes and controllers, as cells and lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from rich.text import Text

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.entry import Space
from podtui.domain.node import Controller, LoginNode
from podtui.domain.poll_cost import PollCost
from podtui.domain.queue import Queue
from podtui.domain.survey import Quota
from podtui.domain.text import visible
from podtui.domain.usage import human_size
from podtui.tui.cloud import Cloud, Home, Provision, ProvisionState
from podtui.tui.errors import sentences
from podtui.tui.glyphs import cluster_mark
from podtui.tui.spans import elapsed, since, until
from podtui.tui.widgets.keyed_table import ColumnSpec

Cells = tuple[Text | str, ...]
Colours = Mapping[str, str]
"""The colours of the present theme by name."""

CLUSTER_COLUMNS = (
    ColumnSpec("", 1, 1),
    ColumnSpec("Cluster", 6, 20),
    ColumnSpec("State", 12, 16),
    ColumnSpec("User", 6, 16),
    ColumnSpec("Controller", 6, 20),
    ColumnSpec("Token lasts", 5, 11),
    ColumnSpec("Last answer", 8, 11),
)
NODE_COLUMNS = (
    ColumnSpec("Login node", 8, 40),
    ColumnSpec("Status", 6, 12),
    ColumnSpec("Address", 9, 24),
    ColumnSpec("Flavor", 4, 18),
    ColumnSpec("Image", 4, 26),
    ColumnSpec("Age", 4, 6, right=True),
)
CONTROLLER_COLUMNS = (
    ColumnSpec("Controller", 6, 24),
    ColumnSpec("State", 8, 10),
    ColumnSpec("Here as", 6, 24),
    ColumnSpec("Time zone", 4, 20, optional=True),
    ColumnSpec("Address", 8, 50, optional=True),
)
QUEUE_COLUMNS = (
    ColumnSpec("Queue", 8, 30),
    ColumnSpec("State", 6, 14),
    ColumnSpec("Cores free", 10, 10, right=True),
    ColumnSpec("of", 4, 8, right=True),
    ColumnSpec("Running", 7, 8, right=True, optional=True),
    ColumnSpec("Waiting", 7, 8, right=True, optional=True),
    ColumnSpec("Longest job", 6, 16, right=True, optional=True),
)
_CLOCKS_APART = timedelta(minutes=1)
_NODE_MARKS = {
    "ACTIVE": ("●", "success"),
    "BUILD": ("◌", "primary"),
    "ERROR": ("✗", "error"),
    "SHUTOFF": ("○", "warning"),
    "DELETED": ("⊘", "foreground"),
}
NO_CLUSTER = (
    "No cluster is configured yet. Press + to add one; it is tried before it is kept. "
    "`podtui demo` runs one on this machine."
)


def cluster_cells(status: ClusterStatus, looked_at: bool, now: datetime, colours: Colours) -> Cells:
    """A line of the table of clusters."""
    mark = cluster_mark(status)
    state = Text(mark.text, style=colours.get(mark.colour, ""))
    return (
        "▸" if looked_at else "",
        Text(visible(status.name), style="bold"),
        state,
        status.user,
        status.controller.name if status.controller else "–",
        until(status.token_expires, now),
        since(status.answered, now),
    )


def node_cells(node: LoginNode, cloud: Cloud, now: datetime, colours: Colours) -> Cells:
    """A line of the table of login nodes; unknown flavors and images by their id."""
    overview = cloud.overview
    flavors = {f.id: f.name for f in overview.flavors} if overview else {}
    images = {i.id: i.name for i in overview.images} if overview else {}
    glyph, colour = _NODE_MARKS.get(node.status, ("?", "warning"))
    return (
        node.hostname or node.id,
        Text(f"{glyph} {visible(node.status, 20)}", colours.get(colour, "")),
        f"{node.address}:{node.ssh_port}" if node.address else "–",
        flavors.get(node.flavor_id, node.flavor_id),
        images.get(node.image_id, node.image_id),
        "–" if node.created is None else elapsed(now - node.created),
    )


def queue_cells(queue: Queue, colours: Colours) -> Cells:
    """A line of the table of queues; a dash where the scheduler does not tell."""
    colour = colours.get("success" if queue.open else "warning", "")
    state = visible(queue.state, 20) or ("open" if queue.open else "closed")
    numbers = (queue.cores_free, queue.cores, queue.running, queue.waiting)
    return (
        f"{queue.name} (default)" if queue.default else queue.name,
        Text(f"{'●' if queue.open else '○'} {state}", colour),
        *("–" if number is None else str(number) for number in numbers),
        "–" if queue.max_walltime is None else elapsed(queue.max_walltime),
    )


def controller_cells(controller: Controller, users: list[str], colours: Colours) -> Cells:
    """A line of the table of controllers; `users` are the clusters that use it."""
    colour = colours.get("success" if controller.active else "warning", "")
    return (
        controller.name or controller.id,
        Text("● active" if controller.active else "○ inactive", colour),
        ", ".join(users) or ("– (a adds it)" if controller.active else "–"),
        controller.timezone,
        controller.api_url,
    )


def details(
    status: ClusterStatus,
    cloud: Cloud | None,
    provision: Provision | None,
    cost: PollCost | None,
    home: Home | None,
    colours: Colours,
) -> Text:
    """The card: what it is, account, volume, polls, what was found there, what is not offered."""
    first = Text(visible(status.name), "bold")
    if cloud is not None and cloud.overview is not None:
        account, volume = cloud.overview.account, cloud.overview.volume
        name = visible(account.system_name) if account else "none yet"
        size = f"{volume.size_gb} GB" if volume else "none yet"
        first.append(f"  account {name} · volume {size}", "not bold")
    elif status.link is LinkState.IDLE:
        first.append("  not connected: press Enter", "not bold")
    if status.about:
        first.append(f"  {visible(status.about, 100)}", "not bold")
    if home is not None and home.space is not None:
        first.append(f" {_room(home.space)}", "not bold")
    lines = [first, *_troubles(status, cloud, colours)]
    if cost is not None and cost.queries:
        lines.append(Text(f"Polls  {cost.words}"))
    lines += [_quota(quota, colours) for quota in (home.quotas if home else ())]
    if status.link in (LinkState.ONLINE, LinkState.STALE):
        lines += _found(status, colours)
        missing = [offer for offer in status.offers if not offer.offered]
        lines += [Text(f"– no {o.facet.value}: {visible(o.reason, 200)}") for o in missing]
    if provision is not None and provision.state is ProvisionState.RUNNING:
        step = provision.steps[-1] if provision.steps else None
        at = f"{step.phase.value}: {visible(step.detail, 60)}" if step else "beginning"
        text = f"◌ A login node is being made ({at}); N shows it."
        lines.append(Text(text, colours.get("primary", "")))
    return Text("\n").join(lines)


def _quota(quota: Quota, colours: Colours) -> Text:
    """What is filled of what may be; more than that is told by a sign and a word."""
    text = f"Quota  {visible(str(quota), 120)}"
    return Text(f"✗ {text}: over", colours.get("error", "")) if quota.over else Text(text)


def _room(space: Space) -> str:
    """How full the home is; its share in words, where the file system tells its size."""
    free, total = space.free, space.total
    used = f" ({(total - free) * 100 // total} % used)" if total else ""
    return f"· home {human_size(free)} free of {human_size(total)}{used}"


def _found(status: ClusterStatus, colours: Colours) -> list[Text]:
    """What was found out at the login, lacking things last; a clock that is not ours."""
    found = sorted(status.facts, key=lambda fact: not fact[1])
    told = [
        f"{visible(name, 40)} {visible(value, 80)}" if value else f"no {visible(name, 40)}"
        for name, value in found
    ]
    lines = [Text(f"Found  {' · '.join(told)}")] if told else []
    ahead = status.clock_ahead
    if ahead is not None and abs(ahead) >= _CLOCKS_APART:
        way = "ahead of" if ahead > timedelta() else "behind"
        text = f"! Its clock is {elapsed(abs(ahead))} {way} ours."
        lines.append(Text(text, colours.get("warning", "")))
    return lines


def no_nodes(status: ClusterStatus, cloud: Cloud | None) -> str:
    """What stands where there is no login node."""
    if cloud is not None and cloud.overview is not None:
        return "No login node yet: press N to make one."
    if cloud is not None and cloud.asking:
        return "Asking the controller…"
    return "Not known: see above." if status.error or (cloud and cloud.error) else "Not known yet."


def _troubles(status: ClusterStatus, cloud: Cloud | None, colours: Colours) -> list[Text]:
    """The failures of the link and of the controller, each once."""
    told: dict[str, None] = {}
    for one in (status, cloud):
        if one is not None and one.error:
            told[f"✗ {visible(one.title)}: {sentences(one.error, one.hint)}"] = None
    return [Text(text, colours.get("error", "")) for text in told]
