"""What a client certificate and an authority's file can be, before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from podtui.backends.http import build_client
from podtui.errors import ConfigError

URL = "https://127.0.0.1:1"


def certificate(folder: Path, password: bytes = b"") -> tuple[Path, Path]:
    """A certificate and its key, encrypted with `password` if given."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        locked = serialization.BestAvailableEncryption(password)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    (folder / "id.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "id.key").write_bytes(key.private_bytes(*form))
    return folder / "id.crt", folder / "id.key"


async def test_a_certificate_with_its_key(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    client = build_client(URL, ca_file=cert, client_cert=cert, client_key=key)
    await client.aclose()


def test_what_cannot_be_used_is_said_and_nobody_asked_for_a_passphrase(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, b"secret")
    other = tmp_path / "other"
    other.mkdir()
    _, stranger = certificate(other)
    for wrong in (key, stranger, tmp_path / "missing", cert):
        with pytest.raises(ConfigError, match=r"id\.crt"):
            build_client(URL, client_cert=cert, client_key=wrong)
    with pytest.raises(ConfigError, match="CA file"):
        build_client(URL, ca_file=key)
