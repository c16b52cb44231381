"""The token: read out of a login address, renewed from its source, asked of a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from podtui.backends.kotta.token import read_token
from podtui.config.model import Secret
from podtui.domain.job import Scope
from podtui.errors import Cancelled, LoginRequired, Unreachable
from tests.backends.kotta.conftest import NOW, Person, Wire, backend_of
from tests.emulators.kotta.cloud import Cloud
from tests.emulators.kotta.service import Service

PAGE = "https://turing.example/handle_login?access_token=Atza%7CIwEB-x%2By&token_type=bearer"


@pytest.mark.parametrize(
    ("text", "value", "lasts"),
    [
        ("Atza|good1\n", "Atza|good1", 3600),
        (PAGE, "Atza|IwEB-x+y", 3600),
        (f"{PAGE}&expires_in=1800&scope=profile\n", "Atza|IwEB-x+y", 1800),
        (f"{PAGE}&expires_in=-5", "Atza|IwEB-x+y", 3600),
        (f"{PAGE}&expires_in=99999999999", "Atza|IwEB-x+y", 3600),
        ("https://turing.example/#access_token=Atza%7Cz&expires_in=60", "Atza|z", 60),
        ("?access_token=a+b", "a+b", 3600),
    ],
)
def test_a_token_is_found_in_what_was_copied(text: str, value: str, lasts: int) -> None:
    token = read_token(text, NOW)
    assert (token.value, token.expires) == (value, NOW + timedelta(seconds=lasts))
    assert value not in repr(token)


@pytest.mark.parametrize(
    "text", ["", "two words", "https://x/?code=3", "http://[a?access_token=b", "a\x00b", "á"]
)
def test_what_holds_no_token_wants_a_login(text: str) -> None:
    with pytest.raises(LoginRequired) as told:
        read_token(text, NOW)
    assert "two words" not in str(told.value)


async def test_the_login_tells_when_it_ends(wire: Wire, person: Person, tmp_path: Path) -> None:
    page = PAGE.replace("Atza%7CIwEB-x%2By", "Atza%7Cgood1") + "&expires_in=900"
    backend = backend_of(wire, person, tmp_path, page)
    assert backend.status().token_expires is None
    await backend.connect()
    assert backend.status().token_expires == NOW + timedelta(minutes=15)
    assert person.asked == []
    await backend.close()


async def test_a_refused_token_is_read_anew_before_anybody_is_asked(
    wire: Wire, person: Person, tmp_path: Path
) -> None:
    kept = iter(["Atza|old", "Atza|good1"])
    backend = backend_of(wire, person, tmp_path, Secret(lambda: next(kept)))
    await backend.connect()
    assert person.asked == []
    await backend.close()


async def test_where_every_token_is_refused_a_person_is_asked(
    wire: Wire, person: Person, tmp_path: Path
) -> None:
    person.answers = ["https://x/?access_token=Atza%7Cgood2"]
    backend = backend_of(wire, person, tmp_path, "Atza|old")
    await backend.connect()
    (question,) = person.asked
    assert "does not know our token" in question
    assert "Atza" not in question
    await backend.jobs.list_jobs(Scope())
    await backend.close()


@pytest.mark.parametrize("answer", ["Atza|also old", "no token"])
async def test_a_wrong_answer_is_refused(
    wire: Wire, person: Person, tmp_path: Path, answer: str
) -> None:
    person.answers = [answer]
    backend = backend_of(wire, person, tmp_path, None)
    with pytest.raises(LoginRequired) as told:
        await backend.connect()
    assert answer not in f"{told.value} {told.value.hint}"
    with pytest.raises(Cancelled):
        await backend.connect()
    await backend.close()


async def test_a_token_that_ends_meanwhile_asks_for_a_login_and_polls_ask_nobody(
    wire: Wire, person: Person, tmp_path: Path, cloud: Cloud
) -> None:
    backend = backend_of(wire, person, tmp_path)
    await backend.connect()
    user = cloud.people.pop("Atza|good1")
    with pytest.raises(LoginRequired, match="does not know our token"):
        await backend.jobs.list_jobs(Scope())
    assert person.asked == []
    cloud.people["Atza|new"] = user
    person.answers = ["Atza|new"]
    await backend.connect()
    await backend.jobs.list_jobs(Scope())
    await backend.close()


async def test_no_session_lets_a_bad_token_pass(
    wire: Wire, person: Person, tmp_path: Path, service: Service
) -> None:
    """The service takes a bad token for the one before, where a cookie comes with it."""
    backend = backend_of(wire, person, tmp_path)
    await backend.connect()
    await backend.files.write("/inputs/a", b"x")
    assert service.sessions
    assert all("cookie" not in request.headers for request in wire.requests)
    await backend.close()


async def test_somebody_not_registered_is_told_of_it(
    wire: Wire, person: Person, tmp_path: Path
) -> None:
    backend = backend_of(wire, person, tmp_path, "Atza|nouser")
    with pytest.raises(Unreachable) as told:
        await backend.connect()
    assert "not registered" in told.value.hint
    await backend.close()


async def test_a_service_that_is_away_asks_nobody(
    wire: Wire, person: Person, tmp_path: Path
) -> None:
    wire.down = True
    backend = backend_of(wire, person, tmp_path)
    with pytest.raises(Unreachable):
        await backend.connect()
    assert person.asked == []
    wire.down = False
    await backend.connect()
    await backend.close()
