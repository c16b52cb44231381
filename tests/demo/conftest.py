"""A pod, and a client of it made by hand: raw HTTP, signed by another OAuth 1.0 library."""

import asyncio
import subprocess

import httpx
import pytest
from authlib.oauth1 import ClientAuth

from podtui.demo.pod import EmbeddedPod


class Signer(ClientAuth):
    """Signs as told: another nonce, another clock, further parameters."""

    nonce: str | None = None
    skew: int = 0
    further: tuple[tuple[str, str], ...] = ()

    def get_oauth_params(self, nonce, timestamp):
        given = super().get_oauth_params(self.nonce or nonce, str(int(timestamp) + self.skew))
        return [*given, *self.further]


class Hand:
    """Calls a pod by hand, as the user whose key it is given."""

    def __init__(self, http, description, who=None):
        self.http = http
        self.description = description
        self.who = who or description
        self.token = None

    @property
    def cloudauth_id(self):
        return self.who["cloudauth_id"]

    def signer(self, **options):
        return Signer(self.who["api_key"], self.who["api_secret"], **options)

    async def ask_token(self, signer=None, path="/v1/auth/request_token", method="GET"):
        url = self.description["auth_url"] + path
        url, headers, body = (signer or self.signer()).prepare(method, url, {}, b"")
        return await self.http.request(method, url, headers=headers, content=body)

    async def log_in(self):
        answer = await self.ask_token()
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["authentication_token"]
        return self

    async def auth(self, path, **options):
        options.setdefault("headers", {"X-Auth-Token": self.token})
        return await self.http.request("GET", self.description["auth_url"] + path, **options)

    async def api(self, method, path, body=None, *, controller=0, **options):
        headers = {"X-Auth-Token": self.token, "X-Auth-Cloudauth-Id": self.cloudauth_id}
        options.setdefault("headers", headers)
        url = self.description["controllers"][controller]["api_url"] + path
        return await self.http.request(method, url, json=body, **options)

    async def ok(self, method, path, body=None, **options):
        answer = await self.api(method, path, body, **options)
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True, answer.text
        assert answer.json()["msg"] == ""
        return answer.json()["data"]

    async def refused(self, method, path, body=None, **options):
        answer = await self.api(method, path, body, **options)
        assert answer.json()["success"] is False, answer.text
        assert answer.json()["data"] == []
        return answer.status_code, answer.json()["msg"]

    async def open_account(self, name="penguin", **options):
        body = {"cloudauth-id": self.cloudauth_id, "system-name": name}
        [user] = await self.ok("POST", "/v1/user", body, **options)
        return user

    async def open_home(self, size=5, **options):
        body = {"cloudauth-id": self.cloudauth_id, "volume-size": size}
        body["volume-type"] = {"visibility": "cluster"}
        [volume] = await self.ok("POST", "/v1/storage-volume", body, **options)
        return volume

    async def push_key(self, user, key, action="add"):
        body = {"cloudauth-id": self.cloudauth_id, "action": action}
        body["ssh-public-keys"] = [{"key": key}]
        [changed] = await self.ok("PUT", f"/v1/user/{user['user-id']}", body)
        return changed

    async def image(self, ending="Login Node"):
        images = await self.ok("GET", "/v1/server-image")
        return next(one["id"] for one in images if one["name"].endswith(ending))

    async def boot(self, user, *, image="Login Node", flavor="1"):
        body = {"cloudauth-id": self.cloudauth_id, "users": [user["user-id"]]}
        body |= {"server-image": await self.image(image), "server-flavor": flavor}
        [instance] = await self.ok("POST", "/v1/server-instance/", body)
        return instance

    async def until(self, instance, *words):
        """Ask for the instance until its status is one of `words`."""
        async with asyncio.timeout(20):
            while True:
                [now] = await self.ok("GET", f"/v1/server-instance/{instance['id']}")
                if now["status"] in words:
                    return now
                await asyncio.sleep(0.02)

    async def beoweb(self, method, path, *, controller=0, **options):
        url = self.description["controllers"][controller]["beoweb_url"] + path
        return await self.http.request(method, url, **options)

    async def open_session(self, name="penguin"):
        form = {"beoweb_user": name, "auth_token": self.token}
        answer = await self.beoweb("POST", "/cloud_auth/login?format=json", data=form)
        assert answer.json()["success"] is True, answer.text
        return answer.json()["data"]["sessionID"]

    async def call(self, session, path, form=None, files=None):
        url = f"{path}?format=json&session_id={session}"
        answer = await self.beoweb("POST", url, data=form or {}, files=files)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def submit(self, session, script, name="job.sub", **fields):
        form = {"pod_user": "penguin", "scheduler": "TRQ", "hash_algo": "md5"} | fields
        return await self.call(session, "/pod/submit", form, {"jobscript": (name, script)})

    async def status(self, session, jobid="ALL", **fields):
        form = {"pod_user": "penguin", "jobid": jobid} | fields
        return await self.call(session, "/pod/status", form)

    async def until_state(self, session, jobid, *words):
        """Ask for the job until its state is one of `words`."""
        async with asyncio.timeout(20):
            while True:
                job = (await self.status(session, jobid))["data"][jobid]
                if job["job_state"] in words:
                    return job
                await asyncio.sleep(0.02)


@pytest.fixture
async def pod(tmp_path):
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0) as pod:
        yield pod


@pytest.fixture
async def http():
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
async def hand(pod, http):
    return await Hand(http, pod.description).log_in()


@pytest.fixture
async def member(pod, http):
    return await Hand(http, pod.description, pod.description["managed"][0]).log_in()


@pytest.fixture
def make_hand(http):
    return lambda description: Hand(http, description)


@pytest.fixture
def key_pair(tmp_path):
    """A key made by OpenSSH: the private file and the public line."""
    path = tmp_path / "id_ed25519"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a b", "-f", str(path)]
    subprocess.run(command, check=True)
    return path, path.with_suffix(".pub").read_text().strip()
