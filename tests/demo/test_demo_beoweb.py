"""Beoweb, by hand: the logins, and a job's whole life."""

import asyncio
from pathlib import Path

import asyncssh
import pytest
from passlib.hash import md5_crypt, sha512_crypt

from podtui.demo.pod import EmbeddedPod

SCRIPT = (
    b"#!/bin/sh\n#PBS -N hello\n#PBS -j oe\n#PBS -v PODTUI_ID=abc\necho hello from $PBS_JOBID\n"
)
WAITING = b"#PBS -N waiting\nsleep 1000\n"


@pytest.fixture
async def session(hand):
    await hand.open_account()
    await hand.open_home()
    return await hand.open_session()


def home(hand):
    return hand_state(hand) / "controllers/16/volumes/penguin"


def hand_state(hand):
    return Path(hand.description["state_dir"])


async def test_a_job_runs_and_its_output_is_where_qsub_was_run(hand, session):
    answer = await hand.submit(session, SCRIPT)
    assert answer == {"success": True, "jobid": "22783.pod"}
    job = await hand.until_state(session, "22783.pod", "COMPLETE")
    assert (job["uploadstat"], job["stageoutstat"]) == ("NONE", "NONE")
    told = job["sched_status"]
    assert told["Job_Name"] == "hello"
    assert told["job_state"] == "C"
    assert told["exit_status"] == 0
    assert "PODTUI_ID=abc" in told["Variable_List"]
    assert isinstance(told["qtime"], int)
    assert (home(hand) / "podsh_jobs" / "job.sub").read_bytes() == SCRIPT
    output = home(hand) / "podsh_jobs" / "hello.o22783"
    assert output.read_text() == "hello from 22783.pod\n"


async def test_a_held_job_waits_for_its_release(hand, session):
    jobid = (await hand.submit(session, SCRIPT, hold="true"))["jobid"]
    assert (await hand.until_state(session, jobid, "HELD"))["sched_status"]["Hold_Types"] == "u"
    form = {"jobid": jobid, "pod_user": "penguin"}
    assert await hand.call(session, "/pod/release", form) == {"success": True, "msg": ""}
    await hand.until_state(session, jobid, "COMPLETE")
    assert (await hand.call(session, "/pod/release", form))["success"] is False


async def test_jobs_are_deleted_and_success_is_a_word(hand, session):
    first = (await hand.submit(session, WAITING, name="a"))["jobid"]
    second = (await hand.submit(session, WAITING, name="b", hold=""))["jobid"]
    await hand.until_state(session, first, "RUNNING")
    answer = await hand.call(session, "/scheduler/delete_job", {"job_ids": f"{first},{second}"})
    assert answer == {"success": "true"}
    await hand.until_state(session, first, "COMPLETE")
    await hand.until_state(session, second, "COMPLETE")
    for ids in ("", "99999.pod", f"{first},99999.pod"):
        refused = await hand.call(session, "/scheduler/delete_job", {"job_ids": ids})
        assert refused["success"] == "false"
        assert refused["error"]


async def test_all_jobs_and_single_ones_are_told(hand, session):
    first = (await hand.submit(session, WAITING, name="a", hold=""))["jobid"]
    second = (await hand.submit(session, WAITING, name="b", hold=""))["jobid"]
    assert (await hand.status(session))["data"].keys() == {first, second}
    assert (await hand.status(session, second))["data"].keys() == {second}
    unknown = await hand.status(session, "99999.pod")
    assert unknown["success"] is False
    assert "99999.pod" in unknown["msg"]


async def test_a_grid_engine_script_runs_as_one(hand, session):
    script = b"#!/bin/sh\n#$ -N engine\n#$ -j y\n#$ -cwd\necho $JOB_ID\n"
    jobid = (await hand.submit(session, script, name="g.sh", scheduler="SGE"))["jobid"]
    await hand.until_state(session, jobid, "COMPLETE")
    number = jobid.partition(".")[0]
    assert (home(hand) / "podsh_jobs" / f"engine.o{number}").read_text().startswith(number)


@pytest.mark.parametrize("scheduler", ["TRQ", "SGE"])
async def test_slurms_directives_are_remarks_to_both_schedulers(hand, session, scheduler):
    script = b"#!/bin/sh\n#SBATCH -J slurm -n 64\n#SBATCH -t 1\necho ran\n"
    jobid = (await hand.submit(session, script, name="s.sh", scheduler=scheduler))["jobid"]
    await hand.until_state(session, jobid, "COMPLETE")
    told = (await hand.status(session, jobid))["data"][jobid]["sched_status"]
    assert told["Job_Name"] == "s.sh"


async def test_a_script_is_only_replaced_when_asked(hand, session):
    await hand.submit(session, WAITING, hold="")
    refused = await hand.submit(session, SCRIPT)
    assert (refused["success"], "exists" in refused["msg"]) == (False, True)
    assert (home(hand) / "podsh_jobs" / "job.sub").read_bytes() == WAITING
    assert (await hand.submit(session, SCRIPT, overwrite="true"))["success"] is True
    assert (home(hand) / "podsh_jobs" / "job.sub").read_bytes() == SCRIPT


@pytest.mark.parametrize(
    ("script", "fields", "reason"),
    [
        (b"", {}, "empty"),
        (b" \n\t\n", {}, "empty"),
        (b"#$ -N x\n:\n", {}, "written for SGE"),
        (b"#PBS -N x\n:\n", {"scheduler": "SGE"}, "written for TORQUE"),
        (SCRIPT, {"scheduler": "LSF"}, "scheduler"),
        (SCRIPT, {"hash_algo": "crc32"}, "hash_algo"),
        (SCRIPT, {"pod_user": "puffin"}, "another user"),
        (b"#PBS -q NOWHERE\n:\n", {}, ""),
    ],
)
async def test_a_script_that_cannot_be_run_is_refused(hand, session, script, fields, reason):
    answer = await hand.submit(session, script, **fields)
    assert (answer["success"], reason in answer["msg"]) == (False, True)
    assert not list(home(hand).glob("podsh_jobs/*"))
    assert (await hand.status(session))["data"] == {}


@pytest.mark.parametrize("name", ["../x", "/etc/x", "..", ".", "a/b", "a\x00b", "a\x1bb"])
async def test_a_script_stays_in_its_folder(hand, session, name):
    boundary = "cut"
    body = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="jobscript"; filename="{name}"\r\n\r\n'
        f":\r\n--{boundary}--\r\n"
    )
    answer = await hand.beoweb(
        "POST",
        f"/pod/submit?session_id={session}",
        content=body.encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert answer.status_code in (200, 400)
    assert answer.json()["success"] is False
    assert not list(home(hand).rglob("*"))


async def test_a_folder_or_link_in_the_way_is_no_way_out(hand, session, tmp_path):
    (folder := home(hand) / "podsh_jobs").mkdir()
    (folder / "job.sub").mkdir()
    assert (await hand.submit(session, SCRIPT, overwrite=""))["success"] is False
    target = tmp_path / "target"
    target.write_text("kept")
    (folder / "link.sub").symlink_to(target)
    assert (await hand.submit(session, SCRIPT, name="link.sub"))["success"] is False
    assert (await hand.submit(session, SCRIPT, name="link.sub", overwrite=""))["success"] is True
    assert target.read_text() == "kept"


@pytest.mark.parametrize("content", [b"", b"--cut\r\nnonsense", b"x=1"])
async def test_a_submission_that_cannot_be_read_is_refused(hand, session, content):
    for kind in ("multipart/form-data; boundary=cut", "multipart/form-data", "text/plain"):
        answer = await hand.beoweb(
            "POST",
            f"/pod/submit?session_id={session}",
            content=content,
            headers={"Content-Type": kind},
        )
        assert answer.status_code in (200, 400)
        assert answer.json()["success"] is False


async def test_the_cookie_is_a_session_too(hand, session):
    answer = await hand.beoweb("POST", "/pod/status", data={"jobid": "ALL"})
    assert answer.json() == {"success": True, "data": {}}
    hand.http.cookies.clear()
    answer = await hand.beoweb("POST", "/pod/status", data={"jobid": "ALL"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", ["/pod/status", "/pod/submit", "/pod/release", "/scheduler/delete_job"]
)
async def test_nothing_is_done_without_a_session(hand, path):
    for query in ("", "?session_id=", f"?session_id={'x' * 20}"):
        answer = await hand.beoweb("POST", path + query, data={"jobid": "ALL"})
        assert answer.status_code == 401
        assert answer.json()["success"] in (False, "false")


async def test_logging_out_ends_the_session(hand, session):
    hand.http.cookies.clear()
    assert (await hand.beoweb("GET", f"/auth/logout?session_id={session}")).status_code == 200
    answer = await hand.beoweb("POST", f"/pod/status?session_id={session}", data={})
    assert answer.status_code == 401


async def test_a_session_ends_by_itself(tmp_path, make_hand):
    async with EmbeddedPod(tmp_path / "pod", token_seconds=0.5) as pod:
        hand = await make_hand(pod.description).log_in()
        await hand.open_account()
        session = await hand.open_session()
        url = f"/pod/status?session_id={session}"
        async with asyncio.timeout(10):
            while (await hand.beoweb("POST", url)).status_code == 200:
                await asyncio.sleep(0.02)
        assert (await hand.beoweb("POST", url)).status_code == 401


async def test_a_token_opens_only_its_owners_users(hand, member, session):
    for name, token in (
        ("penguin", member.token),
        ("penguin", "x" * 32),
        ("nobody", hand.token),
        ("podusers", member.token),
        ("", hand.token),
    ):
        form = {"beoweb_user": name, "auth_token": token}
        answer = await hand.beoweb("POST", "/cloud_auth/login", data=form)
        assert answer.status_code == 200
        assert answer.json()["success"] is False
        assert answer.json()["error"]


async def test_the_password_challenge_as_the_reference_client_answers_it(hand, session):
    await hand.open_account(controller=1)
    for controller, mode, scheme in ((0, "6", sha512_crypt), (1, "1", md5_crypt)):

        def crypt(password, salt, scheme=scheme):
            rounds = {"rounds": 5000} if scheme is sha512_crypt else {}
            return scheme.using(salt=salt, **rounds).hash(password).split("$")[3]

        async def answer_to(password, controller=controller, mode=mode, crypt=crypt):
            url = "/auth/request_public_keys?format=json&user=penguin"
            salts = (await hand.beoweb("GET", url, controller=controller)).json()["data"]
            assert salts["mode"] == mode
            answer = crypt(crypt(password, salts["permSalt"]), salts["tempSalt"])
            return {"user": "penguin", "password": answer}

        async def log_in(form, controller=controller):
            url = "/auth/login?format=json"
            return (await hand.beoweb("POST", url, data=form, controller=controller)).json()

        assert (await log_in(await answer_to("guess")))["success"] is False
        right = await answer_to(hand.description["password"])
        assert (await log_in(right))["success"] is True
        assert (await log_in(right))["success"] is False


async def test_an_unknown_user_is_challenged_alike(hand, session):
    url = "/auth/request_public_keys?user="
    known = (await hand.beoweb("GET", url + "penguin")).json()["data"]
    unknown = [(await hand.beoweb("GET", url + "nobody")).json()["data"] for _ in range(2)]
    assert unknown[0].keys() == known.keys()
    assert unknown[0]["permSalt"] == unknown[1]["permSalt"]
    assert unknown[0]["tempSalt"] != unknown[1]["tempSalt"]
    form = {"user": "nobody", "password": "x"}
    assert (await hand.beoweb("POST", "/auth/login", data=form)).json()["success"] is False


async def test_members_see_their_groups_jobs_and_no_others(hand, member, session):
    [theirs] = await hand.ok(
        "POST", "/user", {"cloudauth-id": member.cloudauth_id, "system-name": "puffin"}
    )
    await member.open_home()
    mine = (await hand.submit(session, WAITING, hold=""))["jobid"]
    other = await member.open_session("puffin")
    yours = (await member.submit(other, WAITING, hold="", pod_user="puffin"))["jobid"]
    together = await hand.status(session, group="podusers")
    assert together["data"].keys() == {mine, yours}
    assert (await member.status(other, pod_user="puffin"))["data"].keys() == {yours}
    assert (await member.status(other, mine, pod_user="puffin"))["success"] is False
    deletion = await member.call(other, "/scheduler/delete_job", {"job_ids": mine})
    assert deletion["success"] == "false"
    release = {"jobid": mine, "pod_user": "puffin"}
    assert (await member.call(other, "/pod/release", release))["success"] is False
    await hand.ok("POST", "/group", {"group-name": "divers", "group-members": [theirs["id"]]})
    assert (await hand.status(session, group="divers"))["success"] is False
    assert (await hand.status(session, group="nothing"))["success"] is False
    of_group = await hand.open_session("divers")
    assert (await hand.status(of_group, group="divers"))["data"].keys() == {yours}
    assert (await hand.status(of_group, group="podusers"))["success"] is False
    assert (await hand.submit(of_group, SCRIPT))["success"] is False


async def test_a_user_without_a_home_cannot_submit(hand):
    await hand.open_account()
    answer = await hand.submit(await hand.open_session(), SCRIPT)
    assert (answer["success"], "volume" in answer["msg"]) == (False, True)


async def test_a_pushed_key_opens_a_session(hand, session, key_pair):
    [user] = await hand.ok("GET", "/user")
    await hand.push_key(user, key_pair[1])
    port = hand.description["controllers"][0]["ssh_auth_port"]
    known = (hand_state(hand) / "client" / "known_hosts").read_text()
    assert f"[127.0.0.1]:{port} ssh-ed25519 " in known
    async with asyncssh.connect(
        "127.0.0.1",
        port,
        username="penguin",
        client_keys=[str(key_pair[0])],
        known_hosts=str(hand_state(hand) / "client" / "known_hosts"),
        config=None,
        agent_path=None,
    ) as connection:
        _, packet = await connection._make_global_request(b"session_id")
        opened = packet.get_string().decode()
    hand.http.cookies.clear()
    assert (await hand.status(opened))["success"] is True


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/pod/status"), ("POST", "/pod/stagein"), ("POST", "/x")],
)
async def test_what_is_no_call_is_not_found(hand, method, path):
    assert (await hand.beoweb(method, path)).status_code == 404
