"""Referrals: one table of moves, three sides, and a consent without which nothing moves on."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.worker import HANDLERS
from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.db import connection, transactional
from domain.ids import new_id
from domain.outbox import service as outbox
from domain.permissions.service import PERMISSIONS
from domain.referrals import rules
from domain.referrals.errors import QuoteUnsound, WrongState
from domain.referrals.types import CreateQuote, Move, QuoteLine, ReferralStatus
from tests.factories.bookable import bookable
from tests.factories.story import LETTER, Story, story_of


@transactional
async def run(actor: Actor, sql: str, *values: object) -> Any:
    return await connection().fetch(sql, *values)


async def work() -> None:
    while await outbox.deliver_due(HANDLERS):
        pass


@pytest.fixture
async def story(catalogue: None, person: Any) -> Story:
    return await story_of(person)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_draft_is_invisible_to_the_facility(story: Story) -> None:
    assert code(await story.clinician.client.get(story.address)) == (404, "referral_not_found")


async def test_a_strangers_referral_does_not_exist(story: Story, person: Any) -> None:
    await story.accepted()
    for role in (Role.PATIENT, Role.REFERRING_DOCTOR, Role.CLINICIAN):
        stranger = await person(role)
        for method, path in (("GET", ""), ("GET", "/actions"), ("POST", "/cancel")):
            answer = await stranger.client.request(
                method, story.address + path, headers={"If-Match": '"1"'}
            )
            # No clinician ever cancels: that is said before anything is looked for.
            expected = 403 if (role, path) == (Role.CLINICIAN, "/cancel") else 404
            assert answer.status_code == expected, (role, path)
    clinician = await person(Role.CLINICIAN)
    answer = await clinician.client.get(f"{story.address}/record")
    assert answer.status_code == 404


async def test_stale_wrong_state_not_yours_and_missing_version_are_told_apart(
    story: Story,
) -> None:
    await story.accepted()
    version = await story.version(story.patient)
    stale = await story.act(story.clinician, "decline",
                            {"reason": "no_capacity", "comment": "Full"}, version - 1)  # fmt: skip
    assert code(stale) == (412, "stale_version")
    assert code(await story.act(story.clinician, "accept")) == (409, "wrong_state")
    assert code(await story.act(story.coordinator, "accept")) == (403, "wrong_role")
    bare = await story.clinician.client.post(f"{story.address}/accept")
    assert code(bare) == (422, "if_match_needed")


async def test_submitting_needs_the_patients_consent(story: Story) -> None:
    assert code(await story.act(story.doctor, "submit")) == (409, "consent_needed")
    await story.grant()
    assert (await story.act(story.doctor, "submit")).status_code == 200


async def test_a_revoked_consent_stops_the_next_read_and_puts_the_referral_on_hold(
    story: Story,
) -> None:
    await story.accepted()
    assert (await story.clinician.client.get(f"{story.address}/record")).status_code == 200
    address = f"/v1/consents/{story.referral['consent_id']}"
    etag = (await story.patient.client.get(address)).headers["etag"]
    await story.patient.client.post(f"{address}/revoke", headers={"If-Match": etag})
    refused = await story.clinician.client.get(f"{story.address}/record")
    assert code(refused) == (403, "consent_withdrawn")
    await work()
    assert (await story.patient.client.get(story.address)).json()["on_hold"] is True
    quoted = await story.act(story.coordinator, "quotes", story.quote())
    assert code(quoted) == (409, "consent_needed")


async def test_a_quote_whose_time_was_taken_meanwhile_chooses_nothing(
    story: Story, person: Any
) -> None:
    await story.accepted()
    made = await story.act(story.coordinator, "quotes", story.quote())
    assert made.status_code == 201, made.text
    rival = await person()
    held = await rival.client.post("/v1/bookings", json=story.offer.hold(rival.patient_id))
    assert held.status_code == 201
    quote = made.json()["quotes"][0]["id"]
    stamp = {"If-Match": f'"{await story.version(story.patient)}"'}
    answer = await story.patient.client.post(f"/v1/quotes/{quote}/accept", headers=stamp)
    assert code(answer) == (409, "slot_taken")
    seen = (await story.patient.client.get(story.address)).json()
    assert (seen["status"], seen["booking_id"]) == ("quoted", None)
    assert seen["quotes"][0]["status"] == "offered"


async def test_a_chosen_time_that_is_not_paid_offers_the_quote_again(story: Story) -> None:
    from domain.bookings import jobs

    await story.accepted()
    made = await story.act(story.coordinator, "quotes", story.quote())
    quote = made.json()["quotes"][0]["id"]
    stamp = {"If-Match": f'"{await story.version(story.patient)}"'}
    chosen = await story.patient.client.post(f"/v1/quotes/{quote}/accept", headers=stamp)
    assert chosen.status_code == 200, chosen.text
    booking = chosen.json()["booking"]["id"]
    for table, column in (("booking", "id"), ("reservation", "booking_id")):
        await run(
            SYSTEM,
            f"UPDATE {table} SET hold_until = now() WHERE {column} = $1",
            msgspec.convert(booking, type(new_id())),
        )
    await jobs.expire_holds()
    await work()
    seen = (await story.patient.client.get(story.address)).json()
    assert (seen["status"], seen["quotes"][0]["status"]) == ("quoted", "offered")


async def test_cancelling_a_scheduled_referral_gives_time_and_money_back(story: Story) -> None:
    await story.accepted()
    made = await story.act(story.coordinator, "quotes", story.quote())
    quote = made.json()["quotes"][0]["id"]
    stamp = {"If-Match": f'"{await story.version(story.patient)}"'}
    chosen = (await story.patient.client.post(f"/v1/quotes/{quote}/accept", headers=stamp)).json()
    booking = chosen["booking"]["id"]
    payment = (await story.patient.client.post(f"/v1/bookings/{booking}/payments")).json()
    await story.patient.client.post(f"/v1/demo/payments/{payment['id']}/confirm")
    await work()
    assert (await story.patient.client.get(story.address)).json()["status"] == "scheduled"
    asked = await story.act(story.patient, "cancel")
    assert asked.json()["status"] == "cancel_requested"
    confirmed = await story.act(story.coordinator, "confirm-cancel")
    assert confirmed.json()["status"] == "cancelled", confirmed.text
    await work()
    kept = (await story.patient.client.get(f"/v1/bookings/{booking}")).json()
    assert kept["status"] == "cancelled_by_facility"
    paid = (await story.patient.client.get(f"/v1/payments/{payment['id']}")).json()
    assert paid["status"] == "refunded"


async def test_a_decline_is_coded_comes_back_and_is_acknowledged(story: Story) -> None:
    await story.grant()
    await story.act(story.doctor, "submit")
    await story.clinician.client.get(story.address)
    declined = await story.act(
        story.clinician, "decline", {"reason": "too_risky", "comment": "Heart first, please."}
    )
    assert declined.json()["timeline"][-1]["reason"] == "too_risky"
    back = (await story.doctor.client.get("/v1/worklists/came-back")).json()
    assert [item["id"] for item in back["items"]] == [story.referral["id"]]
    assert back["counts"]["came-back"] == 1
    assert (await story.act(story.doctor, "acknowledge")).json()["status"] == "closed"
    assert code(await story.clinician.client.get(f"{story.address}/record"))[0] in (403, 404)


async def test_choosing_one_facility_ends_the_other_and_its_consent(
    story: Story, person: Any
) -> None:
    await story.accepted()
    rival = await person(Role.COORDINATOR)
    other = await bookable(rival.organisation_id)
    second = await story.doctor.client.post(
        "/v1/referrals",
        json={
            "case_id": story.referral["case_id"],
            "facility_id": str(other.facility_id),
            "letter": LETTER,
            "declares_no_interest": True,
        },
    )
    assert second.status_code == 201, second.text
    made = await story.act(story.coordinator, "quotes", story.quote(2))
    quote = made.json()["quotes"][0]["id"]
    stamp = {"If-Match": f'"{await story.version(story.patient)}"'}
    chosen = await story.patient.client.post(f"/v1/quotes/{quote}/accept", headers=stamp)
    assert chosen.status_code == 200, chosen.text
    rivals = (await story.patient.client.get(f"/v1/referrals/{second.json()['id']}")).json()
    assert rivals["status"] == "not_selected"
    path = f"/v1/consents/{second.json()['consent_id']}"
    assert (await story.patient.client.get(path)).json()["status"] in ("denied", "revoked")


async def test_letters_and_comments_are_unreadable_in_the_database(story: Story) -> None:
    await story.accepted()
    for table in ("referral", "referral_transition", "care_case", "audit_event", "outbox_event"):
        for row in await run(SYSTEM, f"SELECT {table}::text AS text FROM {table}"):
            assert "molars" not in row["text"]


def person_of(role: Role) -> Actor:
    return Actor(kind=ActorKind.PERSON, role=role, account_id=new_id(), organisation_id=new_id())


def test_every_state_but_the_last_ones_has_a_way_out() -> None:
    last = {ReferralStatus.CLOSED, ReferralStatus.CANCELLED, ReferralStatus.NOT_SELECTED}
    for status in set(ReferralStatus) - last:
        assert any(status in step.before for step in rules.TRANSITIONS.values()), status
    for status in last:
        assert not any(status in step.before for step in rules.TRANSITIONS.values()), status


def test_money_and_the_clock_are_never_a_clients_move() -> None:
    for move in (Move.FUND, Move.SCHEDULE, Move.RELEASE, Move.NOT_SELECT):
        assert rules.action_of(move) not in PERMISSIONS
        for role in Role:
            for status in ReferralStatus:
                assert move not in rules.moves_of(person_of(role), status, on_hold=False)


@given(st.sampled_from(Move), st.sampled_from(ReferralStatus))
def test_a_move_leads_only_where_the_table_says(move: Move, status: ReferralStatus) -> None:
    if status in rules.TRANSITIONS[move].before:
        assert rules.target_of(move, status) in ReferralStatus
    else:
        with pytest.raises(WrongState):
            rules.target_of(move, status)


lines = st.builds(
    QuoteLine,
    kind=st.sampled_from(["mandatory", "conditional", "excluded"]),
    label=st.just("A line"),
    amount=st.integers(0, 10**7),
    cap=st.none() | st.integers(0, 10**7),
)


@given(st.lists(lines, min_size=1, max_size=8), st.integers(0, 10**8))
def test_a_quotes_total_is_its_mandatory_lines_and_never_grows_past_its_caps(
    found: list[QuoteLine], deposit: int
) -> None:
    from datetime import UTC, datetime

    command = CreateQuote(
        offer_id=new_id(), offer_version=1, starts_at=datetime.now(UTC) + timedelta(days=9),
        currency="EUR", lines=found, deposit=deposit,
    )  # fmt: skip
    try:
        total, most, due = rules.quote_totals(command)
    except QuoteUnsound:
        return
    assert total.amount == sum(line.amount for line in found if line.kind == "mandatory")
    assert total.amount <= most.amount
    assert 0 < due.amount <= total.amount
