"""Which API version to speak with a server: the newest both know."""

from __future__ import annotations

import re
from contextlib import suppress

import httpx

from podtui.backends.slurmrest.versions import Api, candidates, unseen
from podtui.backends.slurmrest.wire import Wire
from podtui.errors import NotFound, Unreachable

_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.PROXY_AUTHENTICATION_REQUIRED)
_AWAY = (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
_UNSERVED = (httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN, httpx.codes.METHOD_NOT_ALLOWED)
"""Slurm answers 404; a proxy that lets one version through alone refuses the others."""
_RELEASE = re.compile(r'release"?\s*:\s*(?:!!str )?"?(\d[\w.+~-]{0,30})')
_SPECIFICATIONS = ("openapi/v3", "openapi")


async def negotiate(wire: Wire, wanted: Api | None) -> tuple[Api, str]:
    """The version, which `wire` speaks from then on, and Slurm's own.

    NotFound where the server speaks none that can be spoken.

    `/ping/` of each known version is asked, newest first: an unserved one answers 404. Only where
    all are unserved the OpenAPI text (2 MB) is read, for versions newer than any known here.
    """
    asked = (wanted,) if wanted else candidates()
    for api in asked:
        release = await _ping(wire, api)
        if release is not None:
            wire.api = api
            return api, release
    with suppress(NotFound):
        await wire.read(_ping_path(asked[0]))  # tells why, where a proxy refuses them all
    if wanted:
        raise NotFound(
            f"This slurmrestd does not serve {wanted.name}.",
            title="API version",
            hint='Leave `api` out of this cluster\'s configuration, or set it to "auto".',
        )
    for path in _SPECIFICATIONS:
        status, specification = await wire.fetch_text(path)
        newer = unseen(specification) if status == httpx.codes.OK else None
        if newer is not None:
            wire.api = newer
            return newer, await _ping(wire, newer) or ""
    raise NotFound(
        "What answers there serves no Slurm REST API that podtui knows.",
        title="No slurmrestd",
        hint="Check the url: scheme, port, a proxy's path; it ends where /slurm/ would begin.",
    )


async def _ping(wire: Wire, api: Api) -> str | None:
    """Slurm's own version where the API version is served, "" where it is not told; else None.

    A ping answers even where everything else is broken.
    """
    path = _ping_path(api)
    status, answer = await wire.fetch_text(path)
    if status in _UNSERVED:
        return None
    if status in _REFUSED:
        await wire.read(path)  # tells the refusal, after one renewal of the token
    if status in _AWAY:
        raise Unreachable(f"What stands before slurmrestd answers {status}: it is away.")
    match = _RELEASE.search(answer)
    return match[1] if match else ""


def _ping_path(api: Api) -> str:
    return f"slurm/{api.name}/ping/"
