"""Bookings: sold once, held by the clock, paid once, and no money without a booking or a refund."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM, Role
from domain.bookings import jobs, rules
from domain.bookings.errors import WrongState
from domain.bookings.types import BookingStatus
from domain.catalogue.types import CancellationTier, OfferMode
from domain.credentials import decisions
from domain.credentials import service as credentials
from domain.credentials.types import RevokeCredential, SuspendCredential
from domain.ledger import service as ledger
from domain.ledger.types import deposit_of, refund_payable_of
from domain.money import Currency, Money
from tests.factories.bookable import Bookable, bookable
from tests.factories.desk import end_hold, run, work
from tests.factories.directory import officer

pytestmark = pytest.mark.usefixtures("catalogue")


async def balance(code: str) -> int:
    return (await ledger.show_account(SYSTEM, code))[0].balance


@pytest.fixture
async def coordinator(person: Any) -> Any:
    return await person(Role.COORDINATOR)


@pytest.fixture
async def offer(coordinator: Any) -> Bookable:
    return await bookable(coordinator.organisation_id)


async def held(who: Any, offer: Bookable, number: int = 0) -> dict[str, Any]:
    answer = await who.client.post("/v1/bookings", json=offer.hold(who.patient_id, number))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def paid(who: Any, booking: dict[str, Any]) -> dict[str, Any]:
    """Open the deposit and let the demo gateway report it as paid; the worker has not run."""
    opened = await who.client.post(f"/v1/bookings/{booking['id']}/payments")
    assert opened.status_code == 201, opened.text
    done = await who.client.post(f"/v1/demo/payments/{opened.json()['id']}/confirm")
    assert done.status_code == 200, done.text
    return dict(done.json())


async def status(who: Any, booking: dict[str, Any]) -> str:
    return str((await who.client.get(f"/v1/bookings/{booking['id']}")).json()["status"])


async def test_of_ten_racers_one_holds_and_nine_hear_that_it_is_taken(
    person: Any, offer: Bookable
) -> None:
    racers = [await person() for _ in range(10)]
    answers = await asyncio.gather(
        *(r.client.post("/v1/bookings", json=offer.hold(r.patient_id)) for r in racers)
    )
    assert sorted(a.status_code for a in answers) == [201] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"slot_taken"}


async def test_a_paid_hold_is_confirmed_and_its_money_lies_on_the_episode(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    payment = await paid(patient, booking)
    assert payment["status"] == "captured"
    assert payment["demo"] is True
    await work()
    assert await status(patient, booking) == "confirmed"
    assert await balance(deposit_of(UUID(booking["episode_id"]))) == offer.offer.deposit.amount


async def test_a_doubled_and_a_late_webhook_change_nothing_more(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    payment = await paid(patient, booking)
    for _ in range(3):
        await patient.client.post(f"/v1/demo/payments/{payment['id']}/confirm")
        await work()
    assert await status(patient, booking) == "confirmed"
    assert await balance(deposit_of(UUID(booking["episode_id"]))) == offer.offer.deposit.amount
    rows = await run(
        SYSTEM, "SELECT status FROM provider_event WHERE body::text LIKE '%' || $1 || '%'",
        payment["id"].replace("-", ""),
    )  # fmt: skip
    assert len(rows) <= 1


async def test_a_webhook_before_our_own_record_finds_its_payment_by_metadata(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    opened = (await patient.client.post(f"/v1/bookings/{booking['id']}/payments")).json()
    await run(SYSTEM, "UPDATE payment SET provider_ref = NULL WHERE id = $1", UUID(opened["id"]))
    from domain.payments import service as payments
    from domain.payments.gateways import gateway

    event = await gateway().pay(f"demo_pi_{UUID(opened['id']).hex}")  # type: ignore[attr-defined]
    await payments.receive_event(*event)
    await work()
    assert await status(patient, booking) == "confirmed"


async def test_a_forged_webhook_is_400_and_leaves_no_row(client: Any) -> None:
    before = await run(SYSTEM, "SELECT count(*) FROM provider_event")
    for signature in ("", "t=1,v1=00", "nonsense"):
        answer = await client.post(
            "/stripe/webhooks", content=b"{}", headers={"Stripe-Signature": signature}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "webhook_signature_invalid")
    assert await run(SYSTEM, "SELECT count(*) FROM provider_event") == before


async def test_an_ended_hold_cannot_be_paid_and_its_time_is_free_again(
    person: Any, offer: Bookable
) -> None:
    patient, rival = await person(), await person()
    booking = await held(patient, offer)
    await end_hold(UUID(booking["id"]))
    assert await status(patient, booking) == "expired"
    answer = await patient.client.post(f"/v1/bookings/{booking['id']}/payments")
    assert (answer.status_code, answer.json()["code"]) == (409, "hold_expired")
    await held(rival, offer)
    await jobs.expire_holds()
    assert await status(patient, booking) == "expired"


async def test_money_after_the_hold_ended_still_books_a_time_nobody_took(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    opened = (await patient.client.post(f"/v1/bookings/{booking['id']}/payments")).json()
    await end_hold(UUID(booking["id"]))
    await jobs.expire_holds()
    await patient.client.post(f"/v1/demo/payments/{opened['id']}/confirm")
    await work()
    assert await status(patient, booking) == "confirmed"


async def test_money_after_somebody_else_took_the_time_goes_back_whole(
    person: Any, offer: Bookable
) -> None:
    patient, rival = await person(), await person()
    booking = await held(patient, offer)
    opened = (await patient.client.post(f"/v1/bookings/{booking['id']}/payments")).json()
    await end_hold(UUID(booking["id"]))
    await held(rival, offer)
    await patient.client.post(f"/v1/demo/payments/{opened['id']}/confirm")
    await work()
    assert await status(patient, booking) in ("expired", "cancelled_by_facility")
    payment = (await patient.client.get(f"/v1/payments/{opened['id']}")).json()
    assert payment["status"] == "refunded"
    episode = UUID(booking["episode_id"])
    assert await balance(deposit_of(episode)) == 0
    assert await balance(refund_payable_of(episode)) == 0


async def test_money_for_a_facility_that_lost_its_licence_meanwhile_goes_back(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    await paid(patient, booking)
    (licence,) = await credentials.list_credentials(SYSTEM, offer.facility_id)
    await decisions.revoke_credential(
        officer("KZ"), licence.id, RevokeCredential(reason="A test"), version=licence.version
    )
    await work()
    assert await status(patient, booking) == "cancelled_by_facility"
    assert await balance(deposit_of(UUID(booking["episode_id"]))) == 0


async def test_a_suspended_facility_cannot_be_booked(person: Any, offer: Bookable) -> None:
    (licence,) = await credentials.list_credentials(SYSTEM, offer.facility_id)
    await decisions.suspend_credential(
        officer("KZ"), licence.id, SuspendCredential(reason="A test"), version=licence.version
    )
    patient = await person()
    answer = await patient.client.post("/v1/bookings", json=offer.hold(patient.patient_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "credential_not_valid")


async def test_a_hold_against_a_changed_offer_tells_the_present_version(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    body = offer.hold(patient.patient_id, offer_version=offer.offer.version + 1)
    answer = await patient.client.post("/v1/bookings", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "offer_changed")
    assert answer.json()["offer_version_now"] == offer.offer.version


@pytest.mark.parametrize("shift", [timedelta(minutes=7), timedelta(hours=12), timedelta(days=-400)])
async def test_a_time_that_is_no_slot_is_refused(
    person: Any, offer: Bookable, shift: timedelta
) -> None:
    patient = await person()
    body = offer.hold(patient.patient_id, starts_at=(offer.starts[0] + shift).isoformat())
    answer = await patient.client.post("/v1/bookings", json=body)
    assert answer.status_code == 409
    assert answer.json()["code"] in ("no_such_slot", "credential_not_valid")


async def test_a_double_click_has_one_effect(person: Any, offer: Bookable) -> None:
    patient = await person()
    body, key = offer.hold(patient.patient_id), {"Idempotency-Key": "click-0001"}
    answers = [await patient.client.post("/v1/bookings", json=body, headers=key) for _ in range(3)]
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    other = await patient.client.post(
        "/v1/bookings", json=offer.hold(patient.patient_id, 1), headers=key
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_repeats_at_the_same_moment_have_one_effect(person: Any, offer: Bookable) -> None:
    patient = await person()
    body, key = offer.hold(patient.patient_id), {"Idempotency-Key": "click-0002"}
    answers = await asyncio.gather(
        *(patient.client.post("/v1/bookings", json=body, headers=key) for _ in range(6))
    )
    made = {a.json()["id"] for a in answers if a.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert answer.json()["code"] == "request_in_progress"


async def test_a_fourth_live_hold_of_one_patient_is_refused(person: Any, offer: Bookable) -> None:
    patient = await person()
    for number in range(3):
        await held(patient, offer, number * 2)
    answer = await patient.client.post("/v1/bookings", json=offer.hold(patient.patient_id, 10))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_holds")


async def test_nobody_books_pays_sees_or_cancels_for_a_stranger(
    person: Any, offer: Bookable
) -> None:
    patient, stranger = await person(), await person()
    answer = await stranger.client.post("/v1/bookings", json=offer.hold(patient.patient_id))
    assert (answer.status_code, answer.json()["code"]) == (404, "patient_not_found")
    booking = await held(patient, offer)
    for method, path in (("GET", ""), ("POST", "/payments"), ("GET", "/refund-preview"),
                         ("POST", "/cancel")):  # fmt: skip
        answer = await stranger.client.request(method, f"/v1/bookings/{booking['id']}{path}")
        assert answer.status_code == 404, (method, path)
    assert booking["id"] not in [
        b["id"] for b in (await stranger.client.get("/v1/bookings")).json()
    ]


async def test_a_facility_sees_a_booking_when_it_is_paid_and_not_before(
    person: Any, offer: Bookable, coordinator: Any
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    address = f"/v1/bookings/{booking['id']}"
    assert (await coordinator.client.get(address)).status_code == 404
    await paid(patient, booking)
    await work()
    assert (await coordinator.client.get(address)).status_code == 200
    foreign = await person(Role.COORDINATOR)
    assert (await foreign.client.get(address)).status_code == 404


async def test_a_facility_cancels_by_those_who_keep_its_times_and_by_nobody_else(
    person: Any, offer: Bookable, coordinator: Any
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    await paid(patient, booking)
    await work()
    address = f"/v1/bookings/{booking['id']}/cancel"
    for role in (Role.BILLING, Role.CLINICIAN):
        colleague = await person(role, organisation=coordinator.organisation_id)
        assert (await colleague.client.post(address)).status_code == 403
    assert (await coordinator.client.post(address)).status_code == 200
    await work()
    assert await balance(deposit_of(UUID(booking["episode_id"]))) == 0


async def test_a_booking_on_request_waits_for_the_facility_and_a_decline_gives_all_back(
    person: Any, coordinator: Any
) -> None:
    offer = await bookable(coordinator.organisation_id, mode=OfferMode.ON_REQUEST)
    patient = await person()
    for verb, body, expected in (
        ("accept", None, "confirmed"),
        ("decline", {"reason": "No surgeon that day"}, "cancelled_by_facility"),
    ):
        booking = await held(patient, offer, 0 if verb == "accept" else 4)
        await paid(patient, booking)
        await work()
        assert await status(patient, booking) == "awaiting_facility"
        answer = await coordinator.client.post(f"/v1/bookings/{booking['id']}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
        await work()
        assert await status(patient, booking) == expected
        kept = offer.offer.deposit.amount if verb == "accept" else 0
        assert await balance(deposit_of(UUID(booking["episode_id"]))) == kept
        again = await coordinator.client.post(f"/v1/bookings/{booking['id']}/accept")
        assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


async def test_a_cancellation_gives_back_what_the_preview_said(
    person: Any, offer: Bookable
) -> None:
    patient = await person()
    booking = await held(patient, offer)
    await paid(patient, booking)
    await work()
    address = f"/v1/bookings/{booking['id']}"
    preview = (await patient.client.get(f"{address}/refund-preview")).json()
    assert preview["percent"] == 50
    assert (await patient.client.post(f"{address}/cancel")).json()["status"] == (
        "cancelled_by_patient"
    )
    await work()
    kept = offer.offer.deposit.amount - preview["refund"]["amount"]
    assert await balance(deposit_of(UUID(booking["episode_id"]))) == kept
    again = await patient.client.post(f"{address}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"surprise": 1}, "body"),
        ({"offer_version": "one"}, "offer_version"),
        ({"offer_version": 10**400}, "body"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "2026-12-01T09:00:00"}, "starts_at"),
        ({"patient_id": "me"}, "patient_id"),
        ({"offer_id": None}, "offer_id"),
    ],
)
async def test_wrong_input_names_its_field_and_holds_nothing(
    person: Any, offer: Bookable, change: dict[str, Any], pointer: str
) -> None:
    patient = await person()
    answer = await patient.client.post(
        "/v1/bookings", json={**offer.hold(patient.patient_id), **change}
    )
    assert answer.status_code in (400, 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["code"] == "invalid_request"
    assert (await patient.client.get("/v1/bookings")).json() == []


tiers = st.lists(st.builds(CancellationTier, st.integers(0, 2000), st.integers(0, 100)), max_size=6)


@given(st.integers(1, 10**9), tiers, st.integers(-100, 5000))
def test_a_refund_is_part_of_the_deposit_and_whole_when_the_facility_cancels(
    amount: int, frozen: list[CancellationTier], hours: int
) -> None:
    deposit, now = Money(amount, Currency.EUR), datetime(2026, 12, 1, tzinfo=UTC)
    starts_at = now + timedelta(hours=hours)
    mine = rules.refund_preview(deposit, frozen, starts_at, now)
    assert 0 <= mine.refund.amount <= amount
    later = rules.refund_preview(deposit, frozen, starts_at, now + timedelta(hours=1))
    assert later.refund.amount <= mine.refund.amount
    theirs = rules.refund_preview(deposit, frozen, starts_at, now, whole=True)
    assert theirs.refund == deposit


@given(st.sampled_from(BookingStatus), st.sampled_from(BookingStatus))
def test_a_move_the_table_does_not_have_is_refused(
    present: BookingStatus, wanted: BookingStatus
) -> None:
    if wanted in rules.TRANSITIONS[present]:
        rules.require_move(present, wanted)
    else:
        with pytest.raises(WrongState):
            rules.require_move(present, wanted)


@pytest.mark.parametrize(
    "instant",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
    ],
)
async def test_an_instant_at_the_edge_of_the_calendar_is_refused(
    person: Any, offer: Bookable, instant: str
) -> None:
    patient = await person()
    body = offer.hold(patient.patient_id, starts_at=instant)
    answer = await patient.client.post("/v1/bookings", json=body)
    assert answer.status_code in (409, 422), answer.text
