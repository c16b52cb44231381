"""`podtui stagein` and `stageout`: files brought by PODTools' rules, apart from any job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.moving import carry_all, to_carry
from podtui.cli.submit import read_pairs
from podtui.domain.staging import parse_stage_in, parse_stage_out
from podtui.domain.transfer import Direction
from podtui.services.plan import check_limit

if TYPE_CHECKING:
    from podtui.services.file_session import FileSession


async def stagein(call: Call, session: FileSession) -> Answer:
    """Send, within `stageinmaxsize`."""
    return await _stage(call, session, Direction.UPLOAD)


async def stageout(call: Call, session: FileSession) -> Answer:
    """Fetch, within `stageoutmaxsize`."""
    return await _stage(call, session, Direction.DOWNLOAD)


async def _stage(call: Call, session: FileSession, direction: Direction) -> Answer:
    up = direction is Direction.UPLOAD
    pairs = read_pairs(call.args.files, parse_stage_in if up else parse_stage_out)
    transfers = to_carry(session, call.cluster, direction, pairs)
    options = call.config.cluster(call.cluster).staging
    limit = options.stageinmaxsize if up else options.stageoutmaxsize
    if limit:
        totals = [await session.transfers.measure(one) for one in transfers]
        check_limit("stageinmaxsize" if up else "stageoutmaxsize", tuple(totals), limit)
    return await carry_all(call, session, transfers)
