"""`podtui nodes`: login nodes, and the way from nothing to one that answers."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from podtui.cli.call import Answer, Call
from podtui.cli.facts import node_facts
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.domain.node import NodeSpec, ProvisionPhase, ProvisionStep

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from podtui.services.session import Session

_NODE_HEAD = ("ID", "Status", "Address", "Port", "Image", "Flavor", "Created")
_PHASE_WIDTH = max(len(phase.value) for phase in ProvisionPhase)


async def list_nodes(call: Call, session: Session) -> Answer:
    """Everything there is and can be had on the cluster's controller."""
    overview = await session.nodes.overview(call.cluster)
    account, volume = overview.account, overview.volume
    data = {
        "account": asdict(account) if account else None,
        "volume": asdict(volume) if volume else None,
        "nodes": [node_facts(node) for node in overview.nodes],
        "images": [asdict(image) for image in overview.images],
        "flavors": [asdict(flavor) for flavor in overview.flavors],
    }
    rows = [
        (
            node.id,
            node.status,
            node.address,
            str(node.ssh_port),
            node.image_id,
            node.flavor_id,
            f"{node.created:%Y-%m-%d %H:%M}" if node.created else "",
        )
        for node in overview.nodes
    ]
    lines = (
        f"Account: {one_line(account.system_name) if account else 'none yet'}",
        f"Volume:  {f'{volume.size_gb} GB' if volume else 'none yet'}",
        *(ascii_table(_NODE_HEAD, rows) if rows else ("No login node.",)),
    )
    return Answer(data, lines)


async def create_node(call: Call, session: Session) -> Answer:
    """Provision; without `--wait` only until the instance is there and builds."""
    spec = NodeSpec(call.args.image, call.args.flavor, call.args.volume_gb)
    steps: list[ProvisionStep] = []
    call.out.if_interrupted = (
        "Nothing was deleted: `podtui nodes create --wait` goes on where this stood."
    )
    provision = cast("AsyncGenerator[ProvisionStep]", session.nodes.provision(call.cluster, spec))
    async with aclosing(provision) as news:
        async for step in news:
            steps.append(step)
            made = " (made)" if step.made else ""
            call.out.line(f"{step.phase.value:{_PHASE_WIDTH}}  {one_line(step.detail)}{made}")
            if step.phase is ProvisionPhase.INSTANCE and not call.args.wait:
                break
    node = next((step.node for step in reversed(steps) if step.node), None)
    data = {
        "node": node_facts(node) if node else None,
        "ready": steps[-1].phase is ProvisionPhase.READY,
        "steps": [{"phase": s.phase.value, "detail": s.detail, "made": s.made} for s in steps],
    }
    return Answer(data)


async def delete_node(call: Call, session: Session) -> Answer:
    """End one login node."""
    await session.nodes.delete(call.cluster, call.args.node)
    return Answer(
        {"deleted": call.args.node},
        (f"Login node {one_line(call.args.node)} is deleted; the volume stays.",),
    )
