"""A Cloud Controller, by hand: every documented call, and what it refuses."""

import json
import re

import pytest

from podtui.demo.pod import EmbeddedPod


async def test_images_and_flavors_are_told_as_documented(hand):
    images = await hand.ok("GET", "/v1/server-image")
    small = next(one for one in images if one["min-disk"] == 5 and one["active"])
    assert small["min-ram"] == 256
    assert small["public"] is True
    assert small["operating-system"].keys() == {"name", "major_version", "minor_version"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", small["creation-date"])
    assert [one["active"] for one in images].count(False) == 1
    flavors = await hand.ok("GET", "/v1/server-flavor")
    assert flavors[0] == {"id": "1", "name": "pod.free", "memory": 256, "disk": 5, "vcpu": 1}
    assert await hand.ok("GET", "/v1/server-flavor/1") == [flavors[0]]


async def test_the_first_image_boots_on_the_first_flavor(hand):
    """Clients that follow the guide take `data[0]` of every list."""
    first = (await hand.ok("GET", "/v1/server-image"))[0]
    flavor = (await hand.ok("GET", "/v1/server-flavor"))[0]
    assert first["active"]
    assert (first["min-disk"], first["min-ram"]) <= (flavor["disk"], flavor["memory"])
    assert not first["name"].endswith("(broken)")


@pytest.mark.parametrize("path", ["/v1/user", "/v1/user/", "/user", "/v1.0/user/", "/v2/user"])
async def test_version_and_trailing_slash_are_optional(hand, path):
    assert await hand.ok("GET", path) == []


async def test_the_guide_from_account_to_login_node(hand, key_pair):
    user = await hand.open_account()
    assert user["id"] == user["user-id"]
    assert user["cloudauth-id"] == hand.cloudauth_id
    assert user["system-name"] == "penguin"
    assert user["system-primary-group"] == "podusers"
    assert "ssh-public-keys" not in user
    volume = await hand.open_home(50)
    assert volume["volume-size"] == 50
    assert volume["volume-type"] == {"visibility": "cluster"}
    assert volume["cloudauth-id"] == hand.cloudauth_id
    assert await hand.ok("GET", f"/storage-volume?cloudauth-id={hand.cloudauth_id}") == [volume]
    made = await hand.boot(user)
    assert made["status"] == "BUILD"
    assert "public-ip" not in made
    assert "hostname" not in made
    changed = await hand.push_key(user, key_pair[1])
    assert changed["ssh-public-keys"] == [{"key": key_pair[1]}]
    assert changed["server-instances"] == [made["id"]]
    active = await hand.until(made, "ACTIVE")
    assert active["public-ip"] == "127.0.0.1"
    assert active["users"] == [user["user-id"]]
    assert active["ssh-port"] > 0
    assert active["hostname"].startswith("login-")
    assert await hand.ok("GET", "/v1/server-instance") == [active]


async def test_a_node_is_built_for_as_long_as_told(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=1000) as pod:
        hand = await make_hand(pod.description).log_in()
        user = await hand.open_account()
        await hand.open_home()
        instance = await hand.boot(user)
        [again] = await hand.ok("GET", f"/server-instance/{instance['id']}")
        assert again["status"] == "BUILD"
        [deleted] = await hand.ok("DELETE", f"/v1/server-instance/{instance['id']}")
        assert deleted["status"] == "DELETED"
        [remembered] = await hand.ok("GET", f"/server-instance/{instance['id']}")
        assert remembered["status"] == "DELETED"
        [user] = await hand.ok("GET", "/user")
        assert "server-instances" not in user


async def test_a_deleted_node_is_gone(hand):
    user = await hand.open_account()
    await hand.open_home()
    instance = await hand.until(await hand.boot(user), "ACTIVE")
    path = f"/v1/server-instance/{instance['id']}"
    [deleted] = await hand.ok("DELETE", path)
    assert deleted["status"] == "DELETED"
    assert "public-ip" not in deleted
    assert (await hand.refused("GET", path))[0] == 404
    assert (await hand.refused("DELETE", path))[0] == 404
    second = await hand.until(await hand.boot(user), "ACTIVE")
    assert second["hostname"] != instance["hostname"]


async def test_the_image_that_says_it_is_broken_ends_in_error(hand):
    user = await hand.open_account()
    await hand.open_home()
    instance = await hand.until(await hand.boot(user, image="(broken)", flavor="4"), "ERROR")
    assert "public-ip" not in instance


async def test_an_instance_can_get_another_flavor(hand):
    user = await hand.open_account()
    await hand.open_home()
    instance = await hand.boot(user, image="(large)", flavor="2")
    path = f"/v1/server-instance/{instance['id']}"
    [changed] = await hand.ok("PUT", path, {"server-flavor": "3"})
    assert changed["server-flavor"] == "3"
    assert "too small" in (await hand.refused("PUT", path, {"server-flavor": "1"}))[1]
    assert "only server-flavor" in (await hand.refused("PUT", path, {"users": []}))[1]


@pytest.mark.parametrize(
    ("image", "flavor", "reason"),
    [
        ("(large)", "1", "too small"),
        ("(broken)", "2", "too small"),
        ("(retired)", "1", "no longer active"),
        ("Login Node", "99", "server-flavor is unknown"),
        ("Login Node", 1, "server-flavor is unknown"),
    ],
)
async def test_an_image_that_does_not_fit_is_refused(hand, image, flavor, reason):
    user = await hand.open_account()
    await hand.open_home()
    body = {"users": [user["id"]], "server-image": await hand.image(image)}
    status, message = await hand.refused(
        "POST", "/server-instance", body | {"server-flavor": flavor}
    )
    assert (status, reason in message) == (200, True)
    assert await hand.ok("GET", "/server-instance") == []


async def test_the_steps_have_an_order(hand, key_pair):
    volume = {"volume-size": 5, "volume-type": {"visibility": "cluster"}}
    assert "account" in (await hand.refused("POST", "/storage-volume", volume))[1]
    user = await hand.open_account()
    body = {"users": [user["id"]], "server-image": await hand.image(), "server-flavor": "1"}
    assert "volume" in (await hand.refused("POST", "/server-instance", body))[1]
    keys = {"action": "add", "ssh-public-keys": [{"key": key_pair[1]}]}
    status, message = await hand.refused("PUT", f"/user/{user['id']}", keys)
    assert (status, "volume" in message) == (200, True)
    assert "unknown" not in message
    await hand.open_home()
    assert "already" in (await hand.refused("POST", "/storage-volume", volume))[1]
    for users in ([], ["nobody"], [user["id"]] * 2, user["id"], [7], None):
        assert (
            "users" in (await hand.refused("POST", "/server-instance", body | {"users": users}))[1]
        )


@pytest.mark.parametrize("size", [0, -1, 1.5, "5", True, None, 10**6])
async def test_a_size_that_is_none_is_refused(hand, size):
    await hand.open_account()
    assert (
        "volume-size" in (await hand.refused("POST", "/storage-volume", {"volume-size": size}))[1]
    )


@pytest.mark.parametrize("field", [{"volume-type": {}}, {"volume-name": "\ud800"}])
async def test_a_volume_of_another_kind_is_refused(hand, field):
    await hand.open_account()
    content = json.dumps({"volume-size": 1} | field)
    assert (await hand.refused("POST", "/storage-volume", content=content))[0] == 200


@pytest.mark.parametrize(
    "name", ["", "root", "Penguin", "1st", "a b", "../x", "a" * 33, "pen\n", None, ["penguin"]]
)
async def test_a_name_that_is_no_unix_name_is_refused(hand, name):
    assert "system-name" in (await hand.refused("POST", "/user", {"system-name": name}))[1]


async def test_names_are_unique_and_accounts_single(hand, member):
    await hand.open_account()
    assert "already" in (await hand.refused("POST", "/user", {"system-name": "other"}))[1]
    assert "in use" in (await member.refused("POST", "/user", {"system-name": "penguin"}))[1]


async def test_keys_are_added_once_and_removed(hand, key_pair):
    user = await hand.open_account()
    await hand.open_home()
    bare = " ".join(key_pair[1].split()[:2])
    await hand.push_key(user, key_pair[1])
    assert len((await hand.push_key(user, bare))["ssh-public-keys"]) == 1
    assert "ssh-public-keys" not in await hand.push_key(user, bare, action="remove")
    body = {"action": "remove", "ssh-public-keys": [{"key": bare}]}
    assert "no such key" in (await hand.refused("PUT", f"/user/{user['id']}", body))[1]


@pytest.mark.parametrize(
    "keys",
    [
        [],
        None,
        "ssh-ed25519 AAAA",
        [7],
        [{}],
        [{"key": ""}],
        [{"key": "ssh-ed25519 AAAA"}],
        [{"key": "ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA1u"}],
        [{"key": 'command="sh" ssh-ed25519 AAAA'}],
    ],
)
async def test_what_is_no_public_key_is_refused(hand, keys):
    user = await hand.open_account()
    await hand.open_home()
    body = {"action": "add", "ssh-public-keys": keys}
    assert (await hand.refused("PUT", f"/user/{user['id']}", body))[0] == 200
    [user] = await hand.ok("GET", "/user")
    assert "ssh-public-keys" not in user


async def test_a_private_key_is_refused_and_not_kept(hand, key_pair, tmp_path):
    user = await hand.open_account()
    await hand.open_home()
    secret = key_pair[0].read_text()
    body = {"action": "add", "ssh-public-keys": [{"key": secret}]}
    assert "PRIVATE" in (await hand.refused("PUT", f"/user/{user['id']}", body))[1]
    line = secret.splitlines()[2]
    assert not any(
        line in path.read_text() for path in (tmp_path / "pod").rglob("*.json") if path.is_file()
    )


@pytest.mark.parametrize("action", ["replace", None])
async def test_an_unknown_action_is_refused(hand, key_pair, action):
    user = await hand.open_account()
    await hand.open_home()
    body = {"action": action, "ssh-public-keys": [{"key": key_pair[1]}]}
    assert "action" in (await hand.refused("PUT", f"/user/{user['id']}", body))[1]


async def test_users_are_found_by_name_or_by_identity_but_not_by_both(hand):
    user = await hand.open_account()
    assert await hand.ok("GET", "/user?system-name=penguin") == [user]
    assert await hand.ok("GET", "/user?system-name=nobody") == []
    assert await hand.ok("GET", f"/user?cloudauth-id={hand.cloudauth_id}") == [user]
    both = f"/user?system-name=penguin&cloudauth-id={hand.cloudauth_id}"
    assert (await hand.refused("GET", both))[0] == 200


async def test_an_owner_acts_for_a_member_and_not_the_other_way_round(hand, member):
    await hand.open_account("penguin")
    [theirs] = await hand.ok(
        "POST", "/user", {"cloudauth-id": member.cloudauth_id, "system-name": "puffin"}
    )
    assert [one["system-name"] for one in await hand.ok("GET", "/user")] == ["penguin", "puffin"]
    assert await member.ok("GET", "/user") == [theirs]
    [mine] = await hand.ok("GET", "/user?system-name=penguin")
    assert (await member.refused("GET", f"/user/{mine['id']}"))[0] == 404
    assert (await member.refused("PUT", f"/user/{mine['id']}", {}))[0] == 404
    body = {"cloudauth-id": hand.cloudauth_id, "volume-size": 5}
    assert (await member.refused("POST", "/storage-volume", body))[0] == 403


async def test_a_token_belongs_with_its_own_identity(hand, member):
    for headers in (
        {},
        {"X-Auth-Token": hand.token},
        {"X-Auth-Cloudauth-Id": hand.cloudauth_id},
        {"X-Auth-Token": hand.token, "X-Auth-Cloudauth-Id": member.cloudauth_id},
        {"X-Auth-Token": member.token, "X-Auth-Cloudauth-Id": hand.cloudauth_id},
        {"X-Auth-Token": "x" * 32, "X-Auth-Cloudauth-Id": hand.cloudauth_id},
    ):
        assert (await hand.refused("GET", "/v1/user", headers=headers))[0] == 401


async def test_groups_are_made_and_told(hand, member):
    user = await hand.open_account()
    [group] = await hand.ok(
        "POST", "/group", {"group-name": "divers", "group-members": [user["id"]]}
    )
    assert group["group-members"] == [user["id"]]
    assert [one["group-name"] for one in await hand.ok("GET", "/group")] == ["podusers", "divers"]
    [user] = await hand.ok("GET", "/user")
    assert user["system-groups"] == ["divers"]
    for body in (
        {"group-name": "divers"},
        {"group-name": "podusers"},
        {"group-name": "No Name"},
        {"group-name": "x", "group-members": ["nobody"]},
        {"group-name": "x", "group-members": [["nobody"]]},
        {"group-name": "x", "group-members": "nobody"},
    ):
        assert (await hand.refused("POST", "/group", body))[0] == 200
    foreign = {"group-name": "x", "group-members": [user["id"]]}
    assert "unknown user" in (await member.refused("POST", "/group", foreign))[1]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'"x"', b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(hand, content):
    headers = {"X-Auth-Token": hand.token, "X-Auth-Cloudauth-Id": hand.cloudauth_id}
    url = hand.description["controllers"][0]["api_url"] + "/v1/user"
    answer = await hand.http.post(url, headers=headers, content=content)
    assert answer.status_code == 400
    assert answer.json()["success"] is False


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/user/nobody", 404),
        ("GET", "/v1/server-instance/none", 404),
        ("GET", "/v1/server-image/none", 404),
        ("DELETE", "/v1/server-instance/none", 404),
        ("PUT", "/v1/server-instance/none", 404),
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/v1/user/a/b", 404),
        ("POST", "/v1/server-flavor", 405),
        ("POST", "/v1/user/some", 405),
        ("PUT", "/v1/storage-volume/some", 405),
        ("PUT", "/v1/user", 405),
        ("DELETE", "/v1/user/some", 405),
        ("PATCH", "/v1/user", 405),
    ],
)
async def test_what_is_not_there_is_told_in_the_envelope(hand, method, path, status):
    assert (await hand.refused(method, path, {}))[0] == status


async def test_the_controllers_are_worlds_of_their_own(hand):
    await hand.open_account()
    assert await hand.ok("GET", "/user", controller=1) == []
    await hand.open_account(controller=1)
