"""Jobs, keys, nodes, clusters and transfers as values."""

import base64
import contextlib
import hashlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.node import Flavor, Image, LoginNode
from podtui.domain.transfer import Direction, Meter, Transfer, TransferState
from podtui.errors import InputError

BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(32))
DATA = base64.b64encode(BLOB).decode()
LINE = f"ssh-ed25519 {DATA} ann@host with words"


def test_a_state_is_pending_running_or_ended():
    ended = {s for s in JobState if s.ended}
    assert {s.name for s in ended} == {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}
    assert {s.name for s in JobState if s.pending} == {"HELD", "QUEUED"}
    assert not any(s.ended and s.pending for s in JobState)


def test_a_job_is_called_by_cluster_and_id():
    job = Job(JobKey("pod", "7"), JobState.RUNNING, attributes=(("queue", "H30"),))
    assert (job.cluster, job.id) == ("pod", "7")
    assert (job.attribute("queue"), job.attribute("none")) == ("H30", "")
    assert job.key != JobKey("mt2", "7")


@pytest.mark.parametrize(
    "text", [LINE, LINE + "\n", f"# note\n\n{LINE}", LINE.replace(" ", "\t", 1)]
)
def test_a_public_key_line_is_taken_apart(text):
    key = parse_public_key(text)
    assert key == PublicKey("ssh-ed25519", DATA, "ann@host with words")
    assert key.line == LINE
    assert key.same_as(PublicKey("ssh-ed25519", DATA))
    digest = base64.b64encode(hashlib.sha256(BLOB).digest()).decode().rstrip("=")
    assert key.fingerprint == f"SHA256:{digest}"


def test_the_fingerprint_is_the_one_ssh_keygen_prints(tmp_path):
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    told = subprocess.run(["ssh-keygen", "-l", "-f", file], check=True, capture_output=True)
    key = parse_public_key((tmp_path / "key.pub").read_text())
    assert key.fingerprint == told.stdout.split()[1].decode()
    with pytest.raises(InputError, match="never leaves this machine"):
        parse_public_key(file.read_text())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 ÄÖÜ=",
        f"ssh-rsa {DATA}",
        f"{LINE}\n{LINE}",
        f'command="x" {LINE}',
    ],
)
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(InputError) as caught:
        parse_public_key(text)
    assert caught.value.title == "Not a key"


@pytest.mark.parametrize(
    "head", ["-----BEGIN OPENSSH PRIVATE KEY-----", "PuTTY-User-Key-File-3: x"]
)
def test_a_private_key_is_refused_as_one(head):
    with pytest.raises(InputError) as caught:
        parse_public_key(f"\n{head}\nabc\n")
    assert caught.value.title == "Private key refused"


@given(st.text())
def test_any_text_is_a_key_or_an_input_error(text):
    with contextlib.suppress(InputError):
        assert parse_public_key(text).fingerprint.startswith("SHA256:")


def test_an_image_fits_where_disk_and_memory_suffice():
    flavor = Flavor("1", "small", memory=2048, disk=10, vcpu=1)
    assert flavor.fits(Image("i", "n", True, min_disk=10, min_ram=2048))
    assert not flavor.fits(Image("i", "n", True, min_disk=11, min_ram=1))
    assert not flavor.fits(Image("i", "n", True, min_disk=1, min_ram=2049))


def test_a_node_answers_when_it_is_active_and_has_an_address():
    assert LoginNode("1", "ACTIVE", public_ip="10.0.0.1").active
    assert LoginNode("1", "ACTIVE", hostname="login-29-45").address == "login-29-45"
    assert not LoginNode("1", "ACTIVE").active
    assert not LoginNode("1", "BUILD", public_ip="10.0.0.1").active
    assert LoginNode("1", "ERROR").failed


def test_an_unknown_offer_is_no_offer():
    status = ClusterStatus("pod", "pod", offers=(Offer(Facet.JOBS, True),))
    assert status.offer(Facet.JOBS).offered
    assert status.offer(Facet.FILES) == Offer(Facet.FILES, False, "Not connected yet.")


def test_the_fraction_of_a_transfer():
    transfer = Transfer("1", "pod", Direction.UPLOAD, "a", "b", bytes_done=1, bytes_total=4)
    assert transfer.fraction == 0.25
    assert Transfer("1", "p", Direction.UPLOAD, "a", "b").fraction == 0.0
    assert Transfer("1", "p", Direction.UPLOAD, "a", "b", TransferState.DONE).fraction == 1.0
    grown = Transfer("1", "p", Direction.UPLOAD, "a", "b", bytes_done=9, bytes_total=4)
    assert grown.fraction == 1.0


def test_a_meter_tells_at_most_ten_times_a_second():
    meter = Meter(1_000_000)
    told = [meter.add(100, now / 1000) for now in range(0, 1000, 2)]
    assert sum(told) == 10
    assert meter.done == 50_000
    assert meter.rate == pytest.approx(50_000)
    assert meter.seconds_left == pytest.approx(19)


def test_a_resumed_transfers_head_start_is_no_speed():
    meter = Meter(1_000_000, done=900_000)
    meter.add(0, 1.0)
    assert meter.add(100, 2.0)
    assert meter.rate == pytest.approx(100)


def test_a_meter_knows_no_rate_before_time_has_passed():
    meter = Meter(10)
    assert meter.add(5, 3.0)
    assert not meter.add(5, 2.0), "a clock that goes back tells nothing"
    assert meter.rate == 0.0
    assert meter.seconds_left is None


@given(st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 100)), min_size=1))
def test_a_meter_counts_every_byte_and_its_rate_stays_between_the_seen_ones(steps):
    meter, now, seen = Meter(0), 0.0, [0.0]
    told_at, told_bytes = None, 0
    for count, wait in steps:
        now += wait
        told = meter.add(count, now)
        if told and told_at is not None:
            seen.append((meter.done - told_bytes) / (now - told_at))
        if told:
            told_at, told_bytes = now, meter.done
    assert meter.done == sum(count for count, _ in steps)
    assert 0 <= meter.rate <= max(seen) * 1.000001
