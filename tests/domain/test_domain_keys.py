"""How strong a key is, how its fingerprint looks, and what an authorized_keys file says."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.key import Certificate, LocalKey, PublicKey, parse_public_key
from podtui.domain.key_art import randomart
from podtui.domain.key_certificate import parse_certificate
from podtui.domain.key_lifetime import parse_lifetime
from podtui.domain.key_lines import key_of, keys_in, with_key, without_key
from podtui.domain.key_rotation import Act, Place, Rotation
from podtui.domain.key_strength import key_bits, local_weakness, weakness
from podtui.domain.known_host import parse_known_host
from podtui.errors import InputError

ONE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5eCLwvCAcdnW1kzqCxgJj8E8xQ2cZmy7Fj1cXm0xUu one"
TWO = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGeZk+TZIRjtHFTUr3Qty3JGUAh3XglOIU9ke8g4osJ8 two"
DSA = "ssh-dss AAAAB3NzaC1kc3MAAAAJAP//////////AAAACQD//////////wAAAAEDAAAAAQQ="


def keygen(*words: str | Path) -> str:
    done = subprocess.run(["ssh-keygen", *words], check=True, capture_output=True, text=True)
    return done.stdout


def made(folder: Path, kind: str, bits: str = "") -> Path:
    path = folder / f"{kind}{bits}"
    size = ["-b", bits] if bits else []
    keygen("-q", "-t", kind, *size, "-N", "", "-C", "c", "-f", path)
    return path


@pytest.mark.parametrize(
    ("kind", "bits", "weak"),
    [
        ("ed25519", "", False),
        ("ecdsa", "256", False),
        ("ecdsa", "521", False),
        ("rsa", "1024", True),
        ("rsa", "2048", False),
        ("rsa", "3072", False),
    ],
)
def test_size_strength_and_picture_are_as_ssh_keygen_tells(tmp_path, kind, bits, weak):
    path = made(tmp_path, kind, bits)
    key = parse_public_key(path.with_name(path.name + ".pub").read_text())
    told = keygen("-lv", "-f", path).splitlines()
    assert key_bits(key) == int(told[0].split()[0])
    assert list(randomart(key)) == told[1:]
    found = weakness(key)
    assert bool(found) is weak
    assert not found or "ed25519" in found.advice


def test_dsa_is_weak_whatever_its_size():  # these numbers are no key, only laid out as one
    found = weakness(parse_public_key(DSA))
    assert found is not None
    assert "DSA" in found.reason


@given(st.binary(min_size=0, max_size=80))
def test_any_key_has_a_picture(data):
    blob = b"\0\0\0\7ssh-rsa" + data
    lines = randomart(PublicKey("ssh-rsa", base64.b64encode(blob).decode()))
    assert [len(line) for line in lines] == [19] * 11


@pytest.mark.parametrize(
    ("ca", "flags", "signed", "weak"),
    [
        ("ed25519", [], "ssh-ed25519", False),
        ("rsa", ["-t", "rsa-sha2-256"], "rsa-sha2-256", False),
    ],
)
def test_a_certificate_tells_its_end_its_names_and_how_it_is_signed(
    tmp_path, ca, flags, signed, weak
):
    authority = made(tmp_path, ca, "3072" if ca == "rsa" else "")
    for kind in ("ecdsa", "ed25519"):
        folder = tmp_path / f"user-{kind}"
        folder.mkdir()
        key = made(folder, kind)
        valid = "20200101000000Z:20300102030405Z"
        keygen(
            "-q", "-s", authority, *flags, "-I", "me", "-n", "ann,bob", "-V", valid, f"{key}.pub"
        )
        text = key.with_name(key.name + "-cert.pub").read_text()
        found = parse_certificate(text)
        end = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert found == Certificate(signed, end, ("ann", "bob"))
        public = parse_public_key(Path(f"{key}.pub").read_text())
        local = LocalKey(key, public, 256, encrypted=False, certificate=found)
        assert bool(local_weakness(local)) is weak
        old = replace(local, certificate=replace(found, signed_with="ssh-rsa"))
        assert "SHA-1" in local_weakness(old).reason


@given(st.text())
def test_what_is_no_certificate_is_none(text):
    assert parse_certificate(text) is None


def test_a_certificate_cut_anywhere_is_none(tmp_path):
    key = made(tmp_path, "ed25519")
    keygen("-q", "-s", key, "-I", "me", f"{key}.pub")
    name, data = key.with_name(key.name + "-cert.pub").read_text().split()[:2]
    assert parse_certificate(f"{name} {data}").expires is None, "without -V it holds for ever"
    blob = base64.b64decode(data)
    for length in range(0, len(blob) - 90, 7):
        assert parse_certificate(f"{name} {base64.b64encode(blob[:length]).decode()}") is None


@pytest.mark.parametrize(
    ("line", "options"),
    [
        (ONE, ""),
        (f"  {ONE}\r", ""),
        (f"no-pty {ONE}", "no-pty"),
        (f'command="a \\"b c\\" d",no-pty  {ONE}', 'command="a \\"b c\\" d",no-pty'),
        (
            f'from="a,b",environment="X=ssh-rsa AAAA" {ONE}',
            'from="a,b",environment="X=ssh-rsa AAAA"',
        ),
        (f'command="cert-authority" {ONE}', 'command="cert-authority"'),
    ],
)
def test_a_line_lets_a_key_in_with_its_options(line, options):
    key = key_of(line.encode())
    assert key == parse_public_key(ONE)
    assert key.options == options
    assert key.line == ONE, "options are never sent"


@pytest.mark.parametrize(
    "line",
    ["", "# " + ONE, f"cert-authority {ONE}", f'no-pty,CERT-AUTHORITY,from="x" {ONE}', "x y"],
)
def test_a_line_that_lets_no_key_in(line):
    assert key_of(line.encode()) is None


_lines = st.lists(
    st.one_of(
        st.binary(max_size=30).filter(lambda b: b"\n" not in b),
        st.sampled_from([TWO.encode(), b"# " + ONE.encode(), b"cert-authority " + ONE.encode()]),
    ),
    max_size=8,
)


@given(_lines, st.booleans())
def test_adding_and_taking_off_leave_every_other_byte(lines, ended):
    before = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    key = parse_public_key(ONE)
    after = with_key(before, key)
    assert after.startswith(before)
    assert with_key(after, key) == after
    assert any(key.same_as(one) for one in keys_in(after))
    back = without_key(after, key)
    assert back in (before, before + b"\n")
    assert without_key(before, key) == before


def test_a_key_with_two_lines_goes_from_both():
    content = f"{ONE}\n{TWO}\nno-pty {ONE} again\n".encode()
    assert without_key(content, parse_public_key(ONE)) == f"{TWO}\n".encode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        (" ", 0),
        ("90", 90),
        ("30m", 1800),
        ("8H", 28800),
        ("1d12h", 129600),
        ("2w", 1209600),
    ],
)
def test_a_lifetime_as_people_write_it(text, seconds):
    assert parse_lifetime(text) == seconds


@pytest.mark.parametrize("text", ["0", "soon", "-5", "1.5h", "h", "5 m", "99999999w", "1h ago"])
def test_what_is_no_lifetime_is_refused(text):
    with pytest.raises(InputError):
        parse_lifetime(text)


def test_a_known_host_is_taken_apart_and_hashed_names_are_compared(tmp_path):
    file = tmp_path / "known_hosts"
    file.write_text(f"farm,[lab]:2222 {TWO}\n")
    keygen("-q", "-H", "-f", file)
    hashed, other = (
        parse_known_host(file, at, line)
        for at, line in enumerate(file.read_bytes().split(b"\n")[:2])
    )
    assert hashed.hashed
    assert [hashed.means(name) or other.means(name) for name in ("farm", "[lab]:2222", "lab")] == [
        True,
        True,
        False,
    ]
    plain = parse_known_host(file, 1, f"@revoked Farm,*.x {ONE}".encode())
    assert (plain.marker, plain.names, plain.means("farm")) == ("revoked", ("Farm", "*.x"), True)
    for text in ("", "# x", "farm", "farm ssh-ed25519", "@revoked", "|1|x|y zz"):
        assert parse_known_host(file, 1, text.encode()) is None


def test_no_old_key_goes_before_every_login_is_proved():
    places = (Place("a", installed=True, proved="me@a"), Place("b", installed=True))
    rotation = Rotation(
        *(Path("k"), Path("n"), Path("o"), parse_public_key(ONE), datetime.now(UTC)),
        new=parse_public_key(TWO),
        places=places,
    )
    assert rotation.next_step.act is Act.PROVE
    assert rotation.next_step.cluster == "b"
    assert rotation.without("b").next_step.act is Act.REMOVE
    assert rotation.without("b").old_still_needed
    assert not rotation.old_still_needed
