"""A Scyld Cloud Controller on the wire: users, volumes, groups, images, flavors, instances."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from podtui.demo.accounts import Accounts
from podtui.demo.catalogue import FLAVORS, ControllerPlan, Flavor, Image
from podtui.demo.directory import Directory
from podtui.demo.identities import Identities
from podtui.demo.leases import Leases
from podtui.demo.login_nodes import LoginNodes
from podtui.demo.records import (
    Group,
    Instance,
    Payload,
    SystemUser,
    Volume,
    group_payload,
    instance_payload,
    iso_utc,
    user_payload,
    volume_payload,
)
from podtui.demo.refusal import Refusal
from podtui.demo.wire import json_object, one_endpoint_app, plain, segments

_VERSION = re.compile(r"v\d+(\.\d+)?")
_READ_ONLY = ("server-image", "server-flavor")
Record = TypeVar("Record", SystemUser, Volume, Group, Instance)


class CloudController:
    """Answers the calls of one controller; `data` is always a list."""

    def __init__(
        self,
        *,
        plan: ControllerPlan,
        identities: Identities,
        tokens: Leases,
        directory: Directory,
        nodes: LoginNodes,
        group: asyncio.TaskGroup,
        opened: float,
        make_home: Callable[[SystemUser], None],
    ) -> None:
        self._plan = plan
        self._identities = identities
        self._tokens = tokens
        self._directory = directory
        self._accounts = Accounts(directory, identities)
        self._nodes = nodes
        self._group = group
        self._opened = opened
        self._make_home = make_home

    def app(self) -> Starlette:
        """Give the service as an ASGI application."""
        return one_endpoint_app(self._answer)

    async def _answer(self, request: Request) -> Response:
        try:
            data = await self._dispatch(request)
        except Refusal as refusal:
            failure = {"data": [], "msg": str(refusal), "success": False}
            return JSONResponse(failure, refusal.status)
        return plain(JSONResponse({"data": data, "msg": "", "success": True}))

    async def _dispatch(self, request: Request) -> list[Payload]:
        actor = self._actor(request)
        resource, item = _named(request)
        match request.method:
            case "GET":
                return self._read(actor, resource, item, request.query_params)
            case "POST" if item is None:
                return [self._create(actor, resource, await json_object(request))]
            case "PUT" if item is not None:
                return [self._change(actor, resource, item, await json_object(request))]
            case "DELETE" if item is not None and resource == "server-instance":
                deleted = await self._nodes.delete(self._instance(actor, item))
                return [self._tell_instance(deleted)]
        raise Refusal(f"{request.method} is not possible here", 405)

    def _actor(self, request: Request) -> str:
        lease = self._tokens.find(request.headers.get("x-auth-token", ""))
        if lease is None:
            raise Refusal("the authentication token is unknown or has expired", 401)
        if request.headers.get("x-auth-cloudauth-id", "") != lease.subject:
            raise Refusal("X-Auth-Cloudauth-Id is not the user who got this token", 401)
        return lease.subject

    def _read(
        self, actor: str, resource: str, item: str | None, query: Mapping[str, str]
    ) -> list[Payload]:
        contents = self._directory.contents
        match resource:
            case "user":
                rows = self._visible(actor, contents.users, query)
                if "system-name" in query:
                    rows = [one for one in rows if one.system_name == query["system-name"]]
                found = [(one.user_id, self._tell_user(one)) for one in rows]
            case "storage-volume":
                volumes = self._visible(actor, contents.volumes, query)
                found = [(one.volume_id, volume_payload(one)) for one in volumes]
            case "group":
                groups = self._visible(actor, contents.groups, query)
                found = [(one.group_id, group_payload(one)) for one in groups]
            case "server-instance":
                instances = self._visible(actor, self._nodes.known_instances(), query)
                found = [(one.id, self._tell_instance(one)) for one in instances]
            case "server-image":
                found = [(one.id, self._tell_image(one)) for one in self._plan.images]
            case "server-flavor":
                found = [(one.id, _tell_flavor(one)) for one in FLAVORS]
            case _:
                raise Refusal("there is no such resource", 404)
        if item is not None and item not in dict(found):
            raise Refusal(f"there is no {resource} {item}", 404)
        return [payload for name, payload in found if item in (None, name)]

    def _visible(
        self, actor: str, rows: tuple[Record, ...], query: Mapping[str, str]
    ) -> list[Record]:
        if "system-name" in query and "cloudauth-id" in query:
            raise Refusal("filter by system-name or by cloudauth-id, not by both")
        wanted = query.get("cloudauth-id")
        return [
            row
            for row in rows
            if self._identities.may_act_for(actor, row.cloudauth_id)
            and wanted in (None, row.cloudauth_id)
        ]

    def _create(self, actor: str, resource: str, body: dict[str, Any]) -> Payload:
        if resource in _READ_ONLY:
            raise Refusal(f"{resource} can only be read", 405)
        subject = self._subject(actor, body)
        match resource:
            case "user":
                return self._tell_user(self._accounts.add_user(subject, body))
            case "storage-volume":
                volume = self._accounts.add_volume(subject, body, time.time())
                if user := self._directory.user_of(subject):
                    self._make_home(user)
                return volume_payload(volume)
            case "group":
                return group_payload(self._accounts.add_group(subject, body))
            case "server-instance":
                return self._tell_instance(self._nodes.create(subject, body, self._group))
        raise Refusal("there is no such resource", 404)

    def _change(self, actor: str, resource: str, item: str, body: dict[str, Any]) -> Payload:
        match resource:
            case "user":
                user = self._directory.user(item)
                if user is None or not self._identities.may_act_for(actor, user.cloudauth_id):
                    raise Refusal(f"there is no user {item}", 404)
                if body.get("cloudauth-id", user.cloudauth_id) != user.cloudauth_id:
                    raise Refusal("cloudauth-id is not this user's")
                return self._tell_user(self._accounts.change_keys(user, body))
            case "server-instance":
                instance = self._nodes.resize(self._instance(actor, item), body)
                return self._tell_instance(instance)
        raise Refusal(f"{resource} cannot be changed", 405)

    def _subject(self, actor: str, body: Mapping[str, Any]) -> str:
        subject = body.get("cloudauth-id", actor)
        if not isinstance(subject, str) or not self._identities.may_act_for(actor, subject):
            raise Refusal("cloudauth-id is not yours and not managed by you", 403)
        return subject

    def _instance(self, actor: str, item: str) -> Instance:
        for instance in self._nodes.known_instances():
            mine = self._identities.may_act_for(actor, instance.cloudauth_id)
            if instance.id == item and mine:
                return instance
        raise Refusal(f"there is no server-instance {item}", 404)

    def _tell_user(self, user: SystemUser) -> Payload:
        groups = [
            group.name
            for group in self._directory.contents.groups
            if user.user_id in group.members and group.name != user.primary_group
        ]
        instances = [
            one.id
            for one in self._nodes.known_instances()
            if one.user_id == user.user_id and one.deleted is None
        ]
        return user_payload(user, groups, instances)

    def _tell_instance(self, instance: Instance) -> Payload:
        return instance_payload(instance, self._nodes.status(instance))

    def _tell_image(self, image: Image) -> Payload:
        return {
            "id": image.id,
            "name": image.name,
            "public": True,
            "operating-system": {"name": "", "major_version": "", "minor_version": ""},
            "min-disk": image.min_disk,
            "min-ram": image.min_ram,
            "creation-date": iso_utc(self._opened),
            "active": image.active,
        }


def _tell_flavor(size: Flavor) -> Payload:
    return {
        "id": size.id,
        "name": size.name,
        "memory": size.memory,
        "disk": size.disk,
        "vcpu": size.vcpu,
    }


def _named(request: Request) -> tuple[str, str | None]:
    match segments(request.url.path, _VERSION):
        case [resource]:
            return resource, None
        case [resource, item]:
            return resource, item
    raise Refusal("there is no such resource", 404)
