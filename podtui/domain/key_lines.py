"""An authorized_keys file as bytes: what is in it, a key more, a key less, and nothing else.

Format: AUTHORIZED_KEYS FILE FORMAT of sshd(8): `[options] algorithm base64 [comment]`.
"""

from __future__ import annotations

from podtui.domain.key import PublicKey, parse_public_key
from podtui.errors import InputError

_KINDS = ("ssh-", "ecdsa-", "sk-")


def keys_in(content: bytes) -> tuple[PublicKey, ...]:
    """The keys that may log in, each once, in order; what is no key line is left out."""
    found: dict[tuple[str, str], PublicKey] = {}
    for line in content.split(b"\n"):
        key = key_of(line)
        if key is not None:
            found.setdefault((key.algorithm, key.data), key)
    return tuple(found.values())


def with_key(content: bytes, key: PublicKey) -> bytes:
    """`content` and a line for `key` behind it; unchanged when the key is there already."""
    if any(key.same_as(one) for one in keys_in(content)):
        return content
    parse_public_key(key.line)  # the last gate: one line, and nothing but a public key
    newline = b"" if not content or content.endswith(b"\n") else b"\n"
    return content + newline + key.line.encode() + b"\n"


def without_key(content: bytes, key: PublicKey) -> bytes:
    """`content` without the lines of exactly this key; every other byte stays."""
    return b"".join(line for line in _split(content) if not _is(line, key))


def key_of(line: bytes) -> PublicKey | None:
    """The key a line lets in; None for a comment, a CA's line, or what cannot be read."""
    text = line.decode("utf-8", "surrogateescape").strip()
    if not text or text.startswith("#"):
        return None
    options, rest = _cut_options(text)
    if "cert-authority" in _names(options):
        return None
    try:
        key = parse_public_key(rest)
    except InputError:
        return None
    return PublicKey(key.algorithm, key.data, key.comment, options)


def _is(line: bytes, key: PublicKey) -> bool:
    found = key_of(line)
    return found is not None and found.same_as(key)


def _split(content: bytes) -> list[bytes]:
    """Lines as sshd reads them: a newline ends one, a carriage return does not."""
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _cut_options(text: str) -> tuple[str, str]:
    """The options before a key, and the key: blanks inside double quotes do not part them."""
    if text.startswith(_KINDS):
        return "", text
    quoted = False
    for at, char in enumerate(text):
        if char == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif char in " \t" and not quoted:
            return text[:at], text[at:].lstrip()
    return "", text


def _names(options: str) -> list[str]:
    names, quoted, name = [], False, ""
    for at, char in enumerate(options):
        if char == '"' and options[at - 1 : at] != "\\":
            quoted = not quoted
        if char == "," and not quoted:
            names.append(name)
            name = ""
        else:
            name += char
    return [one.partition("=")[0].strip().lower() for one in (*names, name)]
