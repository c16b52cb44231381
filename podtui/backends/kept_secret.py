"""A secret that may be kept somewhere, or else is a person's to type."""

from __future__ import annotations

import asyncio

from podtui.config.model import Secret
from podtui.errors import LoginRequired


async def kept(secret: Secret | None) -> Secret | None:
    """The configured or stored secret; None where it is kept nowhere, so that one must ask."""
    if secret is None:
        return None
    try:
        await asyncio.to_thread(secret.reveal)
    except LoginRequired:
        return None
    return secret
