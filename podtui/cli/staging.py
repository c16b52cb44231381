"""`podtui stagein` and `stageout`: files brought by PODTools' rules, apart from any job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.grammar import add_command
from podtui.cli.moving import carry_all, to_carry
from podtui.cli.submit import pairs
from podtui.domain.staging import parse_stage_in, parse_stage_out
from podtui.domain.transfer import Direction

if TYPE_CHECKING:
    from podtui.cli.grammar import Commands
    from podtui.services.session import Session


def add_to(commands: Commands) -> None:
    """Add the commands."""
    for name, about, form, parse, command in (
        ("stagein", "Send files and folders", "LOCAL[:REMOTE]", parse_stage_in, stage_in),
        ("stageout", "Fetch files and folders", "REMOTE[:LOCAL]", parse_stage_out, stage_out),
    ):
        parser = add_command(
            commands, name, f"{about} independently of a job, as podsh {name} does", online=command
        )
        parser.add_argument(
            "--files",
            metavar=f"{form},…",
            action="extend",
            type=pairs(parse),
            required=True,
            help="what goes where; may be repeated, or listed with commas",
        )


async def stage_in(call: Call, session: Session) -> Answer:
    """Send, within `stageinmaxsize`."""
    return await _stage(call, session, Direction.UPLOAD)


async def stage_out(call: Call, session: Session) -> Answer:
    """Fetch, within `stageoutmaxsize`."""
    return await _stage(call, session, Direction.DOWNLOAD)


async def _stage(call: Call, session: Session, direction: Direction) -> Answer:
    from podtui.services.transfers import check_limit

    transfers = to_carry(session, call.cluster, direction, call.args.files)
    up = direction is Direction.UPLOAD
    options = call.config.cluster(call.cluster).staging
    limit = options.stageinmaxsize if up else options.stageoutmaxsize
    if limit:
        plans = [
            await session.transfers.plan(one, await session.transfers.exact_target(one))
            for one in transfers
        ]
        check_limit("stageinmaxsize" if up else "stageoutmaxsize", tuple(plans), limit)
    return await carry_all(call, session, transfers)
