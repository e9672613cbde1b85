"""The OneID adapter against our own counterpart: see its docstring for what that is worth."""

from typing import Any

import httpx
import msgspec
import pytest

from domain.identity.eid.configuration import OneIdSettings
from domain.identity.eid.errors import EidUnavailable
from domain.identity.eid.oneid import OneIdProvider
from domain.identity.eid.providers import NotProved
from tests.domain.identity.eid.conftest import TRIED
from tests.factories.counterparts import OneId, Server


@pytest.fixture
def oneid(server: Server) -> OneId:
    return OneId(server, "https://x/return")


def of_uzbekistan(oneid: OneId, **changes: Any) -> OneIdProvider:
    settings = msgspec.convert(oneid.settings(**changes), OneIdSettings)
    return OneIdProvider("uz", settings, "https://x/return")


async def told(oneid: OneId, **person: Any) -> Any:
    """Return what the adapter makes of a person, or the word for what is wrong."""
    who = of_uzbekistan(oneid)
    oneid.person.update(person)
    async with httpx.AsyncClient() as browser:
        back = await browser.get(who.authorize_url(TRIED))
    assert back.next_request is not None
    sent = dict(back.next_request.url.params)
    assert sent["state"] == TRIED.state
    try:
        return await who.userinfo(await who.exchange(sent["code"], TRIED), TRIED)
    except NotProved as error:
        return error.reason


async def test_oneid_vouches_for_a_person(oneid: OneId) -> None:
    found = await told(oneid)
    assert (found.issuer, found.subject) == (oneid.issuer, "30101851234567")
    assert (found.given, found.family, found.birth_date) == ("ALI", "KARIMOV", "1980-02-29")
    assert (found.level, found.national_id, found.seen_at) == ("high", "30101851234567", None)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"auth_method": "MOBILEMETHOD"}, "substantial"),
        ({"auth_method": "LOGINPASSMETHOD"}, "low"),
        ({"auth_method": None}, "low"),
        ({"valid": "false"}, "low"),
        ({"valid": True}, "high"),
    ],
)
async def test_oneid_is_believed_as_far_as_the_person_was_checked(
    oneid: OneId, person: dict[str, Any], expected: str
) -> None:
    assert (await told(oneid, **person)).level == expected


@pytest.mark.parametrize(
    ("person", "word"),
    [
        ({"ret_cd": "1"}, "token_refused"),
        ({"user_type": "L"}, "not_a_person"),
        ({"user_type": None}, "not_a_person"),
        ({"pin": None}, "no_number"),
        ({"pin": "3010185123456"}, "no_number"),
        ({"pin": "٣٠١٠١٨٥١٢٣٤٥٦٧"}, "no_number"),
    ],
)
async def test_oneid_proves_nothing_without_a_person_and_their_number(
    oneid: OneId, person: dict[str, Any], word: str
) -> None:
    assert await told(oneid, **person) == word


async def test_oneids_codes_work_once_for_our_secret_and_our_address(oneid: OneId) -> None:
    who = of_uzbekistan(oneid)

    async def code() -> str:
        async with httpx.AsyncClient() as browser:
            back = await browser.get(who.authorize_url(TRIED))
        assert back.next_request is not None
        return str(back.next_request.url.params["code"])

    used = await code()
    await who.exchange(used, TRIED)
    with pytest.raises(NotProved, match="invalid_grant"):
        await who.exchange(used, TRIED)
    with pytest.raises(EidUnavailable):
        await of_uzbekistan(oneid, client_secret="another").exchange(await code(), TRIED)
    elsewhere = OneIdProvider(
        "uz", msgspec.convert(oneid.settings(), OneIdSettings), "https://y/return"
    )
    with pytest.raises(NotProved, match="invalid_grant"):
        await elsewhere.exchange(await code(), TRIED)
