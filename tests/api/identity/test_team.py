"""Teams: invited by an administrator, verified by an officer, gone when the administrator says."""

import itertools
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.db import connection, transactional
from domain.identity import sessions
from domain.identity.types import Carrier, SignInMethod
from domain.settings import Settings
from tests.conftest import Person, Register, client_of
from tests.factories.mailbox import delivered, mails_to, token_in

_numbers = itertools.count(1)


def invitation(email: str, role: str = "clinician", **more: Any) -> dict[str, Any]:
    return {"email": email, "role": role, "display_name": "Dr. Invited",
            "licence_number": "UZ-77", **more}  # fmt: skip


def team(who: Person) -> str:
    return f"/v1/organisations/{who.organisation_id}"


async def age_factor(who: Person) -> None:
    @transactional
    async def as_system(actor: Actor) -> None:
        await connection().execute(
            "UPDATE session SET strong_at = now() - interval '6 minutes' WHERE account_id = $1",
            who.account_id,
        )

    await as_system(SYSTEM)


async def invited(administrator: Person, guest: Person, settings: Settings, **more: Any) -> str:
    made = await administrator.client.post(
        f"{team(administrator)}/invitations", json=invitation(guest.email, **more)
    )
    assert made.status_code == 201, made.text
    await delivered()
    return token_in(mails_to(settings.data_dir, guest.email)[-1])


async def test_an_invited_clinician_acts_once_an_officer_has_verified_the_licence(
    app: Any, person: Register, settings: Settings
) -> None:
    administrator, guest = await person(Role.COORDINATOR, state="UZ"), await person(state="UZ")
    officer, foreign = (
        await person(Role.MINISTRY_OFFICER, state="UZ"),
        await person(Role.MINISTRY_OFFICER, state="KZ"),
    )
    token = await invited(administrator, guest, settings)
    joined = await guest.client.post("/v1/invitations/accept", json={"token": token})
    assert joined.status_code == 201, joined.text
    membership = joined.json()["id"]
    me = (await guest.client.get("/v1/me")).json()
    assert me["memberships"] == [] and me["waiting"][0]["id"] == membership
    wear = await guest.client.post("/v1/sessions/membership", json={"membership_id": membership})
    assert wear.status_code == 404
    for asking, waits in ((foreign, False), (officer, True)):
        listed = (await asking.client.get("/v1/licences")).json()
        assert (membership in [each["membership_id"] for each in listed]) is waits
    path = f"/v1/licences/{membership}/verify"
    found = {"register": "Register of physicians, entry 77"}
    assert (await foreign.client.post(path, json=found)).status_code == 404
    assert (await administrator.client.post(path, json=found)).status_code == 403
    assert (await officer.client.post(path, json=found)).status_code == 204
    assert (await officer.client.post(path, json=found)).status_code == 404
    session = await sessions.start_session(
        SYSTEM, guest.account_id, UUID(membership), Carrier.BEARER, SignInMethod.PASSKEY
    )
    async with client_of(app, session.token) as clinician:
        assert (await clinician.get("/v1/me")).json()["role"] == "clinician"
        ended = await administrator.client.delete(f"{team(administrator)}/members/{membership}")
        assert ended.status_code == 204
        assert (await clinician.get("/v1/me")).status_code == 401
    await delivered()
    assert len(mails_to(settings.data_dir, guest.email)) == 3


async def test_a_licence_the_register_does_not_have_ends_the_role(
    person: Register, settings: Settings
) -> None:
    administrator, guest = await person(Role.COORDINATOR, state="AZ"), await person()
    officer = await person(Role.MINISTRY_OFFICER, state="AZ")
    token = await invited(administrator, guest, settings)
    membership = (await guest.client.post("/v1/invitations/accept", json={"token": token})).json()[
        "id"
    ]
    refused = await officer.client.post(
        f"/v1/licences/{membership}/refuse", json={"reason": "no such entry"}
    )
    assert refused.status_code == 204
    assert (await guest.client.get("/v1/me")).json()["waiting"] == []


async def test_a_forwarded_or_spent_invitation_opens_nothing(
    client: httpx.AsyncClient, person: Register, settings: Settings
) -> None:
    administrator, guest, thief = await person(Role.COORDINATOR), await person(), await person()
    token = {"token": await invited(administrator, guest, settings, role="billing")}
    stolen = await thief.client.post("/v1/invitations/accept", json=token)
    assert (stolen.status_code, stolen.json()["code"]) == (403, "invitation_for_another")
    assert (await client.post("/v1/invitations/accept", json=token)).status_code == 401
    assert (await guest.client.post("/v1/invitations/accept", json=token)).status_code == 201
    again = await guest.client.post("/v1/invitations/accept", json=token)
    assert (again.status_code, again.json()["code"]) == (422, "link_refused")
    twice = await administrator.client.post(
        f"{team(administrator)}/invitations", json=invitation(guest.email, role="billing")
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "already_member")


async def test_a_withdrawn_or_superseded_invitation_no_longer_holds(
    person: Register, settings: Settings
) -> None:
    administrator, guest = await person(Role.COORDINATOR), await person()
    first = await invited(administrator, guest, settings)
    second = await invited(administrator, guest, settings)
    for spent in (first,):
        answer = await guest.client.post("/v1/invitations/accept", json={"token": spent})
        assert answer.json()["code"] == "link_refused"
    open_ones = (await administrator.client.get(f"{team(administrator)}/invitations")).json()
    assert [each["email"] for each in open_ones] == [guest.email]
    path = f"{team(administrator)}/invitations/{open_ones[0]['id']}"
    assert (await administrator.client.delete(path)).status_code == 204
    assert (await administrator.client.delete(path)).status_code == 404
    answer = await guest.client.post("/v1/invitations/accept", json={"token": second})
    assert answer.json()["code"] == "link_refused"


async def test_only_an_administrator_or_an_operator_manages_a_team(person: Register) -> None:
    administrator = await person(Role.COORDINATOR)
    member = await person(Role.SCHEDULER, organisation=administrator.organisation_id)
    foreign, operator = await person(Role.COORDINATOR), await person(Role.OPERATOR)
    body = invitation("somebody@example.org", role="billing")
    for who, status in ((member, 404), (foreign, 404), (await person(), 403), (operator, 201)):
        answer = await who.client.post(f"{team(administrator)}/invitations", json=body)
        assert answer.status_code == status, answer.text
    assert (await foreign.client.get(f"{team(administrator)}/members")).status_code == 404
    listed = (await operator.client.get(f"{team(administrator)}/members")).json()
    assert [each["administers"] for each in listed] == [True, False]
    await age_factor(administrator)
    late = await administrator.client.post(f"{team(administrator)}/invitations", json=body)
    assert (late.status_code, late.json()["code"]) == (403, "step_up_needed")


async def test_a_team_keeps_somebody_who_administers_it(person: Register) -> None:
    administrator = await person(Role.COORDINATOR)
    second = await person(Role.SCHEDULER, organisation=administrator.organisation_id)
    members = (await administrator.client.get(f"{team(administrator)}/members")).json()
    own, other = (f"{team(administrator)}/members/{each['id']}" for each in members)
    for answer in (
        await administrator.client.delete(own),
        await administrator.client.put(f"{own}/administers", json={"administers": False}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_administrator")
    made = await administrator.client.put(f"{other}/administers", json={"administers": True})
    assert made.json()["administers"] is True
    assert (await second.client.delete(own)).status_code == 204
    assert (await administrator.client.get("/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role": "patient"}, "wrong_role_for_organisation"),
        ({"role": "operator"}, "wrong_role_for_organisation"),
        ({"licence_number": None}, "licence_number_needed"),
        ({"licence_number": " "}, "empty_text"),
        ({"language": "xx"}, "unknown_language"),
        ({"email": "nobody"}, "invalid_request"),
        ({"display_name": "\u200b\u200b"}, "empty_text"),
    ],
)
async def test_an_invitation_that_makes_no_sense_is_refused(
    person: Register, change: dict[str, Any], code: str
) -> None:
    administrator = await person(Role.COORDINATOR)
    body = invitation(f"odd{next(_numbers)}@example.org") | change
    answer = await administrator.client.post(f"{team(administrator)}/invitations", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
