"""Cloud Auth, by hand."""

import asyncio
import re
import time
from datetime import UTC, datetime

import pytest

from podtui.demo.pod import EmbeddedPod


async def test_a_signed_header_buys_a_token(hand):
    answer = (await hand.ask_token()).json()
    assert re.fullmatch(r"[A-Za-z0-9]{32}", answer["authentication_token"])
    expires = datetime.strptime(answer["expires_at_utc"], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    assert 3595 < expires.timestamp() - time.time() <= 3600
    assert answer.keys() == {"authentication_token", "expires_at_utc", "success"}


@pytest.mark.parametrize("kind", ["HEADER", "QUERY", "BODY"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_each_form_of_the_signature_is_taken(hand, kind, method):
    signer = hand.signer(signature_type=kind)
    signer.further = (("oauth_body_hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="), ("oauth_odd", "a+ b~é"))
    assert (await hand.ask_token(signer, method=method)).json()["success"] is True


@pytest.mark.parametrize("version", ["/v1", "/v1.0", "/v1.1", ""])
async def test_the_version_is_optional(hand, version):
    assert (await hand.ask_token(path=f"{version}/auth/request_token")).status_code == 200
    assert (await hand.auth(f"{version}/cloud_controller/list/")).json()["success"] is True


async def test_an_unknown_version_is_no_call(hand):
    answer = await hand.auth("/v2/cloud_controller/list")
    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert answer.json()["error"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "PATCH", "TRACE", "PURGE"])
async def test_only_get_and_post_are_understood(hand, method):
    url = hand.description["auth_url"] + "/v1/cloud_controller/list"
    answer = await hand.http.request(method, url, headers={"X-Auth-Token": hand.token})
    assert answer.status_code == 400


@pytest.mark.parametrize("field", ["api_key", "api_secret"])
async def test_a_wrong_key_or_secret_is_refused(hand, field):
    hand.who = hand.description | {field: "wrong"}
    answer = await hand.ask_token()
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert "wrong" in answer.json()["error"]


@pytest.mark.parametrize("skew", [-310, 310])
async def test_a_clock_that_is_too_far_off_is_refused(hand, skew):
    signer = hand.signer()
    signer.skew = skew
    assert (await hand.ask_token(signer)).status_code == 401


@pytest.mark.parametrize("skew", [-290, 290])
async def test_a_clock_that_is_a_little_off_is_taken(hand, skew):
    signer = hand.signer()
    signer.skew = skew
    assert (await hand.ask_token(signer)).status_code == 200


async def test_a_request_seen_before_is_refused(hand):
    url = hand.description["auth_url"] + "/v1/auth/request_token"
    url, headers, _ = hand.signer().prepare("GET", url, {}, b"")
    assert (await hand.http.get(url, headers=headers)).status_code == 200
    again = await hand.http.get(url, headers=headers)
    assert again.status_code == 401
    assert "nonce" in again.json()["error"]


async def test_a_nonce_seen_before_is_refused_under_another_timestamp_too(hand):
    first, second = hand.signer(), hand.signer()
    first.nonce = second.nonce = "seen-before"
    second.skew = 10
    assert (await hand.ask_token(first)).status_code == 200
    assert (await hand.ask_token(second)).status_code == 401


async def test_a_request_seen_before_is_refused_after_a_restart(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod") as pod:
        hand = make_hand(pod.description)
        url = pod.description["auth_url"] + "/auth/request_token"
        url, headers, _ = hand.signer().prepare("GET", url, {}, b"")
        assert (await hand.http.get(url, headers=headers)).status_code == 200
    async with EmbeddedPod(tmp_path / "pod"):
        assert (await hand.http.get(url, headers=headers)).status_code == 401


async def test_a_refused_request_does_not_spend_its_nonce(hand):
    right, wrong = hand.signer(), hand.signer()
    right.nonce = wrong.nonce = "only-once"
    wrong.client_secret = "guessed"
    assert (await hand.ask_token(wrong)).status_code == 401
    assert (await hand.ask_token(right)).status_code == 200


@pytest.mark.parametrize("header", ["", "Basic YTpi", "OAuth", "OAuth oauth_nonce", "OAuth a=b"])
async def test_an_unsigned_request_is_refused(hand, header):
    url = hand.description["auth_url"] + "/v1/auth/request_token"
    answer = await hand.http.get(url, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401


async def test_the_controllers_are_listed_as_documented(hand):
    answer = (await hand.auth("/v1/cloud_controller/list")).json()
    assert answer.keys() >= {"success", "message", "version", "data"}
    assert answer["data"]["total"] == 3
    mt0, mt1, mt2 = answer["data"]["cloud_controllers"]
    assert (mt0["id"], mt0["active"]) == (12, False)
    assert (mt1["id"], mt1["name"], mt1["active"]) == (16, "POD MT1", True)
    assert (mt2["id"], mt2["name"], mt2["active"]) == (17, "POD MT2", True)
    assert mt1["api_ssl"] is mt1["beoweb_ssl"] is False
    assert f"http://{mt1['api_endpoint']}" == hand.description["controllers"][0]["api_url"]
    assert f"http://{mt2['beoweb_endpoint']}" == hand.description["controllers"][1]["beoweb_url"]
    datetime.strptime(mt1["created_at_utc"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    for endpoint in (mt0["api_endpoint"], mt0["beoweb_endpoint"]):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*endpoint.split(":"))


@pytest.mark.parametrize("call", ["cloud_controller/list", "auth/verify_token", "user/list"])
@pytest.mark.parametrize("token", [None, "", "x" * 32])
async def test_nothing_is_told_without_a_token(hand, call, token):
    headers = {} if token is None else {"X-Auth-Token": token}
    answer = await hand.auth(f"/v1/{call}", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert answer.json()["data"] is None


async def test_a_token_tells_whose_it_is(hand, member):
    mine = (await hand.auth("/v1/auth/verify_token")).json()["data"]
    assert mine["cloudauth_id"] == hand.cloudauth_id
    assert (await member.auth("/v1/auth/verify_token")).json()["data"]["cloudauth_id"] == (
        member.cloudauth_id
    )


async def test_an_owner_sees_the_managed_users_and_a_member_only_itself(hand, member):
    def ids(answer):
        return [one["id"] for one in answer.json()["data"]["users"]]

    assert ids(await hand.auth("/v1/user/list")) == [hand.cloudauth_id, member.cloudauth_id]
    assert ids(await member.auth("/v1/user/list")) == [member.cloudauth_id]


async def test_a_token_expires(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod", token_seconds=0.3) as pod:
        hand = await make_hand(pod.description).log_in()
        assert (await hand.auth("/v1/auth/verify_token")).status_code == 200
        async with asyncio.timeout(10):
            while (await hand.auth("/v1/auth/verify_token")).status_code == 200:
                await asyncio.sleep(0.02)
        assert (await hand.api("GET", "/v1/user")).status_code == 401
