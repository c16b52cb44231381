"""What the job list of one cluster costs it each time it is asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podtui.services.session import Session


async def told_cost(session: Session, cluster: str) -> str:
    """Ask once for the list the screen shows; how long it took, and how often it is asked so."""
    begun = time.monotonic()
    listed = await session.jobs.fetch(cluster)
    unread = f", {listed.skipped} that cannot be read" if listed.skipped else ""
    seconds = time.monotonic() - begun
    pause = session.jobs.pause_after(cluster, seconds)
    paced = f"asked every {pause:.2g} s while you look"
    many = f"{len(listed.jobs)} {'job' if len(listed.jobs) == 1 else 'jobs'} of yours"
    return f"{many}{unread}, told in {seconds:.1f} s; {paced}"
