"""OAuth 1.0 signatures and Unix crypt, against vectors from elsewhere."""

import pytest

from podtui.demo import oauth1
from podtui.demo.unix_crypt import crypt_hash

URL = "https://auth.pod.penguincomputing.com/v1/auth/request_token"
HEADER = (
    'OAuth realm="", oauth_consumer_key="my_key", oauth_nonce="1234",'
    ' oauth_timestamp="1300228849", oauth_signature_method="HMAC-SHA1", oauth_version="1.0",'
    ' oauth_signature="vHP4GXPJbsZyb8ouxCMOVxcoY7w%3D"'
)


def test_the_published_vector_is_signed_right():
    request = oauth1.collect("GET", URL, HEADER)
    assert oauth1.signature(request, "my_secret") == "vHP4GXPJbsZyb8ouxCMOVxcoY7w="
    assert oauth1.is_signed(request, "my_secret")
    assert not oauth1.is_signed(request, "my_secret2")


def test_the_base_string_of_the_rfc_example():
    """RFC 5849 section 3.4.1.1, with its repeated, empty and reserved parameters."""
    header = (
        'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2",'
        ' oauth_token="", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201",'
        ' oauth_nonce="7d8f3e4a", oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"'
    )
    request = oauth1.collect(
        "post", "http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", header, "c2&a3=2+q"
    )
    assert oauth1.base_string(request) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D"
        "%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e"
        "4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3D"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('oauth_nonce="1234",', ""),
        ('oauth_nonce="1234",', 'oauth_nonce="1234", oauth_nonce="1234",'),
        ("HMAC-SHA1", "PLAINTEXT"),
        ('version="1.0"', 'version="2.0"'),
        ('nonce="1234"', "nonce=1234"),
        ('oauth_version="1.0"', 'oauth_token="somebody"'),
    ],
)
def test_an_unreadable_request_is_refused(old, new):
    with pytest.raises(oauth1.BadRequest):
        oauth1.collect("GET", URL, HEADER.replace(old, new))


@pytest.mark.parametrize("stamp", ["-1", "1e9", "", "٣", "9" * 13])
def test_a_timestamp_that_is_no_number_is_refused(stamp):
    request = oauth1.collect("GET", URL, HEADER.replace("1300228849", stamp))
    with pytest.raises(oauth1.BadRequest):
        _ = request.timestamp


@pytest.mark.parametrize(
    ("mode", "salt", "password", "known"),
    [
        ("1", "abcdefgh", "password", "G//4keteveJp0qb8z2DxG/"),
        ("5", "saltstring", "Hello world!", "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        (
            "6",
            "saltstring",
            "Hello world!",
            "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        ),
    ],
)
def test_unix_crypt_agrees_with_openssl_passwd(mode, salt, password, known):
    assert crypt_hash(password, mode, salt) == known
