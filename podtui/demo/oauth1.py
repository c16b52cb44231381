"""OAuth 1.0 signatures (RFC 5849, two-legged, HMAC-SHA1), checked without any OAuth library.

Pure: no clock and no memory. Whether a timestamp is fresh and a nonce is new is asked elsewhere.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

Parameters = tuple[tuple[str, str], ...]

_PROTOCOL_NAMES = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
)


class BadRequest(Exception):
    """The request is not a readable OAuth 1.0 request; str() says what is missing."""


@dataclass(frozen=True)
class SignedRequest:
    """What was signed: the method, the URL as the client saw it and all parameters but `realm`."""

    method: str
    url: str
    parameters: Parameters

    def value(self, name: str) -> str:
        """Give the one value of an OAuth parameter; none or several raise BadRequest."""
        values = [value for key, value in self.parameters if key == name]
        if len(values) != 1:
            raise BadRequest(f"{name} must be given once")
        return values[0]

    @property
    def timestamp(self) -> int:
        """The second since the epoch at which the client says it signed."""
        text = self.value("oauth_timestamp")
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise BadRequest("oauth_timestamp must be a positive number")
        return int(text)


def escape(text: str) -> str:
    """Percent-encode as RFC 5849 section 3.6 demands: all but letters, digits, `-._~`."""
    return quote(text, safe="-._~")


def read_authorization(header: str) -> Parameters:
    """Read the parameters of an `Authorization: OAuth …` header; another scheme gives none."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "oauth":
        return ()
    found: list[tuple[str, str]] = []
    for piece in rest.split(","):
        name, equals, value = piece.strip().partition("=")
        if not equals or len(value) < 2 or value[0] != '"' or value[-1] != '"':
            raise BadRequest("the Authorization header cannot be read")
        if name.lower() != "realm":
            found.append((unquote(name), unquote(value[1:-1])))
    return tuple(found)


def collect(method: str, url: str, authorization: str = "", form: str = "") -> SignedRequest:
    """Gather what a client signed from the header, the query and a url-encoded body."""
    split = urlsplit(url)
    parameters = read_authorization(authorization)
    for text in (split.query, form):
        parameters += tuple(parse_qsl(text, keep_blank_values=True))
    request = SignedRequest(method.upper(), url, parameters)
    for name in _PROTOCOL_NAMES:
        request.value(name)
    if request.value("oauth_signature_method") != "HMAC-SHA1":
        raise BadRequest("oauth_signature_method must be HMAC-SHA1")
    names = dict(parameters)
    if names.get("oauth_version", "1.0") != "1.0":
        raise BadRequest("oauth_version must be 1.0")
    if names.get("oauth_token"):
        raise BadRequest("a two-legged request carries no oauth_token")
    return request


def base_url(url: str) -> str:
    """Give the URL without query, lower-cased in scheme and host, without a default port."""
    split = urlsplit(url)
    host = (split.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(split.scheme.lower())
    if split.port is not None and split.port != default:
        host = f"{host}:{split.port}"
    return f"{split.scheme.lower()}://{host}{split.path or '/'}"


def base_string(request: SignedRequest) -> str:
    """Give the text that is signed (RFC 5849 section 3.4.1): unknown `oauth_*` take part too."""
    pairs = sorted(
        (escape(name), escape(value))
        for name, value in request.parameters
        if name != "oauth_signature"
    )
    normalized = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((request.method, escape(base_url(request.url)), escape(normalized)))


def signature(request: SignedRequest, secret: str) -> str:
    """Sign with the consumer's secret and no token; the answer is base64."""
    key = f"{escape(secret)}&".encode()
    digest = hmac.new(key, base_string(request).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(request: SignedRequest, secret: str) -> bool:
    """Say whether the request carries the signature of `secret`, compared in constant time."""
    given = request.value("oauth_signature").encode()
    return hmac.compare_digest(given, signature(request, secret).encode())
