"""Scyld Cloud Auth: an OAuth 1.0 signature buys a token; the token lists the controllers."""

import re
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from podtui.demo import oauth1
from podtui.demo.identities import Identities, Identity
from podtui.demo.leases import Lease, Leases
from podtui.demo.nonces import Nonces
from podtui.demo.refusal import Refusal
from podtui.demo.wire import form_text, one_endpoint_app, plain, segments

_VERSION = re.compile(r"v1(\.[01])?")
_API_VERSION = "1.1"


class CloudAuth:
    """Answers the documented calls; `controllers` is the list as it goes over the wire."""

    def __init__(
        self,
        *,
        identities: Identities,
        tokens: Leases,
        nonces: Nonces,
        controllers: list[dict[str, Any]],
    ) -> None:
        self._identities = identities
        self._tokens = tokens
        self._nonces = nonces
        self._controllers = controllers

    def app(self) -> Starlette:
        """Give the service as an ASGI application."""
        return one_endpoint_app(self._answer)

    async def _answer(self, request: Request) -> Response:
        try:
            return plain(JSONResponse(await self._dispatch(request)))
        except Refusal as refusal:
            return JSONResponse(_envelope(success=False) | {"error": str(refusal)}, refusal.status)

    async def _dispatch(self, request: Request) -> dict[str, Any]:
        if request.method not in ("GET", "POST"):
            raise Refusal("only GET and POST are understood", 400)
        match segments(request.url.path, _VERSION):
            case ["auth", "request_token"]:
                return await self._request_token(request)
            case ["auth", "verify_token"]:
                data = self._verify_token(request)
            case ["cloud_controller", "list"]:
                self._token(request)
                data = {"cloud_controllers": self._controllers, "total": len(self._controllers)}
            case ["user", "list"]:
                data = self._users(self._token(request).subject)
            case _:
                raise Refusal("there is no such call", 404)
        return _envelope(success=True) | {"data": data}

    async def _request_token(self, request: Request) -> dict[str, Any]:
        try:
            signed = oauth1.collect(
                request.method,
                str(request.url),
                request.headers.get("authorization", ""),
                await form_text(request),
            )
            identity = self._signer(signed)
        except (oauth1.BadRequest, ValueError) as error:
            raise Refusal(str(error), 401) from None
        lease = self._tokens.grant(identity.cloudauth_id)
        return {
            "authentication_token": lease.secret,
            "expires_at_utc": _utc(lease.expires_at),
            "success": True,
        }

    def _signer(self, signed: oauth1.SignedRequest) -> Identity:
        key = signed.value("oauth_consumer_key")
        identity = self._identities.by_api_key(key)
        secret = identity.api_secret if identity else "no such key"
        if not oauth1.is_signed(signed, secret) or identity is None:
            raise Refusal("the API key or the signature is wrong", 401)
        timestamp = signed.timestamp
        if not self._nonces.is_fresh(timestamp):
            raise Refusal("oauth_timestamp is too far from the server's clock", 401)
        if not self._nonces.spend(key, signed.value("oauth_nonce"), timestamp):
            raise Refusal("oauth_nonce was used before", 401)
        return identity

    def _token(self, request: Request) -> Lease:
        lease = self._tokens.find(request.headers.get("x-auth-token", ""))
        if lease is None:
            raise Refusal("the authentication token is unknown or has expired", 401)
        return lease

    def _verify_token(self, request: Request) -> dict[str, Any]:
        lease = self._token(request)
        return {"cloudauth_id": lease.subject, "expires_at_utc": _utc(lease.expires_at)}

    def _users(self, actor: str) -> dict[str, Any]:
        users = [
            {"id": one.cloudauth_id, "username": one.username, "account_owner": not one.managed_by}
            for one in self._identities.everybody
            if self._identities.may_act_for(actor, one.cloudauth_id)
        ]
        return {"users": users, "total": len(users)}


def _envelope(*, success: bool) -> dict[str, Any]:
    return {"success": success, "message": "", "version": _API_VERSION, "data": None}


def _utc(seconds: float) -> str:
    """Tell a time as Cloud Auth does: naive UTC, rounded down so that no client trusts too long."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S")
