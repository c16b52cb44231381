"""The state folder: closed to others, one process at a time, and whole after any end."""

import asyncio
import json
import os
import signal
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from podtui.demo.client_config import local_user
from podtui.demo.pod import EmbeddedPod
from podtui.demo.private_files import read_json, write_json
from podtui.demo.state_folder import StateUnusable, default_state_folder

WAITING = b"#PBS -N waiting\nsleep 1000\n"
COUNTING = b"#PBS -N counting\necho once >> $PBS_O_WORKDIR/count\nsleep 0.5\n"


class Process:
    """`python -m podtui.demo` as another process, and what it printed."""

    def __init__(self, running):
        self.running = running
        self.description = None

    @classmethod
    async def start(cls, *arguments):
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "podtui.demo",
            "--no-ui",
            *map(str, arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(running)

    async def ready(self):
        line = await self.running.stdout.readline()
        assert line, (await self.running.stderr.read()).decode()
        self.description = json.loads(line)
        return self

    async def end(self, number=signal.SIGTERM):
        self.running.send_signal(number)
        async with asyncio.timeout(10):
            rest, errors = await self.running.communicate()
        assert rest == b""
        return self.running.returncode, errors.decode()


@pytest.fixture
async def launch(tmp_path):
    """Start pods on one state folder; whatever the test leaves running is killed."""
    started = []

    async def start(*arguments):
        process = await Process.start("--state", tmp_path / "pod", "--boot-seconds", 0, *arguments)
        started.append(process.running)
        return await process.ready()

    yield start
    for running in started:
        if running.returncode is None:
            running.kill()
            await running.communicate()


def modes(folder: Path):
    return {
        path.relative_to(folder): stat.S_IMODE(path.lstat().st_mode)
        for path in [folder, *folder.rglob("*")]
        if not path.is_symlink() and not path.is_socket()
    }


async def test_nobody_else_can_read_anything(tmp_path, make_hand, key_pair):
    os.umask(before := os.umask(0o022))
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0) as pod:
        hand = await make_hand(pod.description).log_in()
        user = await hand.open_account()
        await hand.open_home()
        await hand.push_key(user, key_pair[1])
        await hand.until(await hand.boot(user), "ACTIVE")
        session = await hand.open_session()
        jobid = (await hand.submit(session, COUNTING))["jobid"]
        await hand.until_state(session, jobid, "COMPLETE")
    found = modes(tmp_path / "pod")
    assert len(found) > 20
    assert {str(path): oct(mode) for path, mode in found.items() if mode & 0o077} == {}
    os.umask(now := os.umask(before))
    assert now == before


async def test_credentials_are_random_and_kept(tmp_path):
    kept = ("api_key", "api_secret", "cloudauth_id", "password", "auth_url", "controllers")
    async with EmbeddedPod(tmp_path / "one") as one, EmbeddedPod(tmp_path / "two") as two:
        first = one.description
        assert all(first[name] != two.description[name] for name in kept)
    async with EmbeddedPod(tmp_path / "one") as again:
        assert again.description == first


async def test_tokens_and_sessions_are_not_written_down(tmp_path, hand):
    await hand.open_account()
    session = await hand.open_session()
    for path in (tmp_path / "pod").rglob("*.json"):
        assert hand.token not in path.read_text()
        assert session not in path.read_text()


async def test_everything_is_there_again_after_a_kill(launch, make_hand, key_pair):
    process = await launch()
    hand = await make_hand(process.description).log_in()
    user = await hand.open_account()
    await hand.open_home()
    await hand.push_key(user, key_pair[1])
    node = await hand.until(await hand.boot(user), "ACTIVE")
    session = await hand.open_session()
    held = (await hand.submit(session, WAITING, name="held", hold=""))["jobid"]
    running = (await hand.submit(session, COUNTING, name="running"))["jobid"]
    await hand.until_state(session, running, "RUNNING")
    known = Path(process.description["state_dir"], "client", "known_hosts").read_text()
    assert (await process.end(signal.SIGKILL))[0] == -signal.SIGKILL
    again = await launch()
    assert again.description == process.description
    assert await hand.ok("GET", f"/server-instance/{node['id']}") == [node]
    assert [one["user-id"] for one in await hand.ok("GET", "/user")] == [user["user-id"]]
    jobs = (await hand.status(session))["data"]
    assert jobs.keys() == {held, running}
    assert jobs[held]["job_state"] == "HELD"
    done = await hand.until_state(session, running, "COMPLETE")
    assert done["sched_status"]["exit_status"] == 0
    folder = Path(again.description["state_dir"], "controllers/16/volumes/penguin/podsh_jobs")
    assert (folder / "count").read_text() == "once\n"
    assert Path(again.description["state_dir"], "client", "known_hosts").read_text() == known
    assert await again.end() == (0, "")


async def test_a_node_goes_on_building_over_a_restart(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=1000) as pod:
        hand = await make_hand(pod.description).log_in()
        user = await hand.open_account()
        await hand.open_home()
        node = await hand.boot(user)
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0.1):
        active = await hand.until(node, "ACTIVE")
        assert active["creation-date"] == node["creation-date"]


async def test_a_node_that_cannot_start_is_in_error_and_the_rest_goes_on(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0) as pod:
        hand = await make_hand(pod.description).log_in()
        user = await hand.open_account()
        await hand.open_home()
        node = await hand.until(await hand.boot(user), "ACTIVE")
    key = tmp_path / "pod" / "controllers" / "16" / "nodes" / node["id"] / "host_key"
    key.unlink()
    key.mkdir()
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0) as pod:
        assert (await hand.until(node, "ERROR", "ACTIVE"))["status"] == "ERROR"
        known = (tmp_path / "pod" / "client" / "known_hosts").read_text()
        assert f":{node['ssh-port']} " not in known
        assert (await hand.ok("DELETE", f"/server-instance/{node['id']}"))[0]["status"] == "DELETED"
        second = await hand.until(await hand.boot(user), "ACTIVE")
        assert second["id"] != node["id"]


async def test_nodes_are_ended_while_they_build(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0) as pod:
        hand = await make_hand(pod.description).log_in()
        user = await hand.open_account()
        await hand.open_home()
        nodes = [await hand.boot(user) for _ in range(3)]
        for node in nodes:
            await hand.ok("DELETE", f"/server-instance/{node['id']}")
        assert await hand.ok("GET", "/server-instance") == []
        last = await hand.boot(user)
    async with EmbeddedPod(tmp_path / "pod", boot_seconds=0) as pod:
        await hand.until(last, "ACTIVE")
        known = (tmp_path / "pod" / "client" / "known_hosts").read_text()
        assert known.count("ssh-ed25519") == 3


async def test_openssh_gets_in_with_the_known_hosts_and_the_pushed_key_alone(
    launch, make_hand, key_pair
):
    process = await launch()
    hand = await make_hand(process.description).log_in()
    user = await hand.open_account()
    await hand.open_home()
    node = await hand.until(await hand.boot(user), "ACTIVE")
    known = Path(process.description["state_dir"], "client", "known_hosts")
    command = ["ssh", "-F", "none", "-i", key_pair[0], "-p", str(node["ssh-port"])]
    for option in (
        f"UserKnownHostsFile={known}",
        "StrictHostKeyChecking=yes",
        "BatchMode=yes",
        "IdentitiesOnly=yes",
    ):
        command += ["-o", option]
    command += [f"penguin@{node['public-ip']}", "qstat -q > /dev/null; pwd"]

    async def run():
        ssh = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, errors = await ssh.communicate()
        return ssh.returncode, out.decode(), errors.decode()

    code, _, errors = await run()
    assert (code, "Permission denied" in errors) == (255, True)
    await hand.push_key(user, key_pair[1])
    code, out, _ = await run()
    assert (code, out.strip().rpartition("/")[2]) == (0, "penguin")
    await hand.push_key(user, key_pair[1], action="remove")
    assert (await run())[0] == 255
    assert await process.end() == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_soon_even_with_open_connections(launch, make_hand, number):
    process = await launch()
    hand = await make_hand(process.description).log_in()
    user = await hand.open_account()
    await hand.open_home()
    node = await hand.until(await hand.boot(user), "ACTIVE")
    host, port = process.description["auth_url"].removeprefix("http://").split(":")
    opened = [
        await asyncio.open_connection(host, port),
        await asyncio.open_connection(host, node["ssh-port"]),
        await asyncio.open_connection(host, process.description["controllers"][0]["ssh_auth_port"]),
    ]
    opened[0][1].write(
        b"POST /v1/auth/request_token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    )
    await opened[0][1].drain()
    async with asyncio.timeout(2):
        assert await process.end(number) == (0, "")
    for _, writer in opened:
        writer.close()


async def test_one_folder_is_served_by_one_process(launch, tmp_path):
    process = await launch()
    second = await Process.start("--state", tmp_path / "pod")
    out, errors = await second.running.communicate()
    assert (second.running.returncode, out) == (1, b"")
    assert errors.decode().startswith("podtui demo: another embedded pod is running on ")
    assert await process.end() == (0, "")


@pytest.mark.parametrize(
    "option",
    [["--slots", "0"], ["--slots", "x"], ["--boot-seconds", "-1"], ["--token-seconds", "x"]],
)
async def test_an_option_that_makes_no_sense_is_told(option, tmp_path):
    process = await Process.start("--state", tmp_path / "pod", *option)
    _, errors = await process.running.communicate()
    assert process.running.returncode == 2
    assert option[0] in errors.decode()


async def test_a_folder_of_something_else_is_left_alone(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir(mode=0o755)
    (folder / "letter").write_text("x")
    before = modes(folder)
    with pytest.raises(StateUnusable, match="not empty"):
        async with EmbeddedPod(folder):
            pass
    assert modes(folder) == before


async def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnusable, match="cannot be used"):
        async with EmbeddedPod(tmp_path / "file"):
            pass


async def test_a_port_taken_by_another_is_replaced(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod") as pod:
        first = pod.description
    port = int(first["auth_url"].rpartition(":")[2])
    other = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    async with other, EmbeddedPod(tmp_path / "pod") as pod:
        assert pod.description["auth_url"] != first["auth_url"]
        assert pod.description["controllers"] == first["controllers"]
        config = tomllib.loads(Path(pod.description["config"]).read_text())
        assert config["clusters"]["pod"]["auth_url"] == pod.description["auth_url"]


async def test_the_client_configuration_is_complete_and_keeps_edits(tmp_path):
    async with EmbeddedPod(tmp_path / "pod") as pod:
        told = pod.description
    path = Path(told["config"])
    config = tomllib.loads(path.read_text())
    client = tmp_path / "pod" / "client"
    assert config == {
        "default_cluster": "pod",
        "state_dir": str(client / "state"),
        "clusters": {
            "pod": {
                "kind": "pod",
                "auth_url": told["auth_url"],
                "api_key": told["api_key"],
                "api_secret": told["api_secret"],
                "cloudauth_id": told["cloudauth_id"],
                "user": local_user(),
                "identity_file": str(client / "id_ed25519"),
                "known_hosts": str(client / "known_hosts"),
                "poll_seconds": 1,
            }
        },
    }
    edited = path.read_text().replace("poll_seconds = 1", "poll_seconds = 9 # slow")
    edited = edited.replace(told["auth_url"], "http://elsewhere")
    path.write_text(edited + '\n[clusters.mine]\nkind = "slurm"\n')
    async with EmbeddedPod(tmp_path / "pod"):
        pass
    assert "# slow" in path.read_text()
    config = tomllib.loads(path.read_text())
    assert config["clusters"]["mine"] == {"kind": "slurm"}
    assert config["clusters"]["pod"]["auth_url"] == told["auth_url"]


@pytest.mark.parametrize("content", ["[clusters", 'clusters = "x"', "[clusters]\npod = 1\n"])
async def test_a_client_configuration_that_cannot_be_read_is_put_aside(tmp_path, content):
    async with EmbeddedPod(tmp_path / "pod") as pod:
        path = Path(pod.description["config"])
    path.write_text(content)
    async with EmbeddedPod(tmp_path / "pod"):
        assert tomllib.loads(path.read_text())["clusters"]["pod"]["kind"] == "pod"
    assert path.with_name("config.toml.broken").read_text() == content


@pytest.mark.parametrize(
    ("login", "name"),
    [("root", "penguin"), ("Ann.Lee", "annlee"), ("42", "penguin"), ("a" * 40, "a" * 32)],
)
def test_the_local_name_is_made_a_unix_name(monkeypatch, login, name):
    monkeypatch.setenv("LOGNAME", login)
    assert local_user() == name


def test_the_default_folder_is_the_users_state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state_folder().parts[-2:] == ("podtui", "demo")


def test_a_torn_write_leaves_the_old_content(tmp_path):
    path = tmp_path / "file.json"
    write_json(path, {"old": 1})
    (tmp_path / ".file.json.part").write_text('{"ne')
    assert read_json(path) == {"old": 1}
    write_json(path, {"new": 2})
    assert read_json(path) == {"new": 2}
    assert read_json(tmp_path / "none.json") is None


async def test_a_pod_of_the_screen_ends_when_the_screen_is_gone(launch):
    """A killed `podtui demo` leaves no pod that keeps the folder locked."""
    pod = await launch("--until-stdin-ends")
    pod.running.stdin.close()
    async with asyncio.timeout(10):
        assert await pod.running.wait() == 0
    await launch()
