"""Changes of what was agreed: the patient's to decide, or within the limit and justified."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM
from domain.bookings import stay_rules
from domain.bookings.errors import ChangeUnsound
from domain.bookings.stay_types import ChangedLine
from domain.catalogue.types import LineKind, OfferLine
from domain.money import Currency, Money
from tests.factories.desk import run
from tests.factories.directory import offering
from tests.factories.stays import Stay, line, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


async def proposed(stay: Stay, *lines: dict[str, Any], **change: Any) -> str:
    """Let the clinician propose a change and return its number."""
    await stay.checked_in()
    body = {
        "outcome": "change_order",
        "note": "Needs more bone.",
        "change": {"lines": list(lines or [line(130_000)]), **change},
    }
    return str((await stay.done(stay.clinician, "assess", body))["change_order_id"])


async def test_an_accepted_change_sets_price_and_limit_and_opens_the_way(stay: Stay) -> None:
    conditional = {**line(20_000, "Second stage"), "kind": "conditional", "cap": 30_000}
    change = await proposed(stay, line(130_000), conditional)
    assert [each["kind"] for each in await own_tasks(stay.patient)] == ["decide_change"]
    await stay.consent()
    early = await stay.act(stay.clinician, "start", {})
    assert (early.status_code, early.json()["code"]) == (409, "not_assessed")
    shown = await stay.done(stay.patient, f"changes/{change}/accept")
    assert (shown["price"]["amount"], shown["max_price"]["amount"]) == (130_000, 160_000)
    assert (shown["assessment"], shown["change_order_id"]) == ("proceed", None)
    assert await own_tasks(stay.patient) == []
    assert "price_changed" in await stay.rules()
    assert [n for n in await stay.news() if n.startswith("change")] == [
        "change_proposed", "change_accepted",
    ]  # fmt: skip
    await stay.done(stay.clinician, "start", {})


async def own_tasks(patient: Any) -> list[dict[str, Any]]:
    return list((await patient.client.get("/v1/me/tasks")).json()["items"])


async def test_refusing_costs_nothing_and_leaves_what_was_agreed(stay: Stay) -> None:
    before = await stay.shown()
    change = await proposed(stay)
    shown = await stay.done(stay.patient, f"changes/{change}/refuse", {})
    assert shown["price"] == before["price"] and shown["assessment"] is None
    assert await stay.deposit_left() == stay.offer.offer.deposit.amount
    again = await stay.act(stay.patient, f"changes/{change}/accept")
    assert (again.status_code, again.json()["code"]) == (409, "change_order_decided")
    await stay.done(stay.clinician, "assess", {"outcome": "proceed"})


async def test_refusing_and_going_home_is_not_a_cancellation(stay: Stay) -> None:
    change = await proposed(stay)
    shown = await stay.done(stay.patient, f"changes/{change}/refuse", {"withdraw": True})
    assert (shown["status"], shown["reason"]) == ("not_treated", "change_refused")
    assert "not_treated_refund_unrendered" in await stay.rules()


async def test_a_new_assessment_takes_the_waiting_change_back(stay: Stay) -> None:
    change = await proposed(stay)
    await stay.done(stay.clinician, "assess", {"outcome": "proceed"})
    answer = await stay.act(stay.patient, f"changes/{change}/accept")
    assert (answer.status_code, answer.json()["code"]) == (409, "change_order_decided")
    kept = (await stay.patient.client.get(f"{stay.address}/stay")).json()["changes"]
    assert [each["status"] for each in kept] == ["withdrawn"]
    assert kept[0]["note"] == "Needs more bone."


async def test_only_the_patients_side_decides_and_once(person: Any, stay: Stay) -> None:
    change = await proposed(stay)
    stranger = await person()
    path = f"changes/{change}/accept"
    assert (await stay.act(stay.clinician, path)).status_code == 403
    assert (await stay.act(stranger, path)).status_code == 404
    unknown = await stay.act(stay.patient, f"changes/{stay.id}/accept")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "change_order_not_found")
    version = (await stay.shown())["version"]
    answers = await asyncio.gather(
        *(stay.act(stay.patient, path, version=version) for _ in range(4)),
        *(stay.act(stay.patient, f"changes/{change}/refuse", {}, version=version)
          for _ in range(4)),
    )  # fmt: skip
    assert sorted(a.status_code for a in answers) == [200] + [412] * 7


async def test_another_bookings_change_is_none_of_this_one(person: Any, stay: Stay) -> None:
    other = await stay_of(person, stay.offer, number=4, coordinator=stay.coordinator)
    theirs = await proposed(other)
    await proposed(stay)
    answer = await stay.act(stay.patient, f"changes/{theirs}/accept")
    assert (answer.status_code, answer.json()["code"]) == (404, "change_order_not_found")


async def test_a_variation_stays_within_the_limit_and_is_justified_in_time(
    person: Any,
) -> None:
    graft = OfferLine(kind=LineKind.CONDITIONAL, label="Bone graft", amount=20_000, cap=30_000)
    stay = await stay_of(person, lines=[*offering().lines, graft])
    assert (await stay.shown())["max_price"]["amount"] == 130_000
    await stay.started()
    beyond = {"lines": [line(30_001)], "note": "Graft was needed."}
    answer = await stay.act(stay.clinician, "variations", beyond)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_limit_exceeded")
    shown = await stay.done(
        stay.clinician, "variations", {"lines": [line(25_000)], "note": "Graft was needed."}
    )
    assert shown["price"]["amount"] == 125_000
    (task,) = await stay.tasks()
    assert task["kind"] == "justify_variation" and not task["overdue"]
    await run(
        SYSTEM, "UPDATE change_order SET justify_by = now() - interval '1 s' WHERE id = $1",
        UUID(task["focus_id"]),
    )  # fmt: skip
    await run(
        SYSTEM, "UPDATE task SET due_at = now() - interval '1 s' WHERE id = $1", UUID(task["id"])
    )
    late = (await stay.patient.client.get(f"{stay.address}/stay")).json()["changes"][0]
    assert late["overdue"] and (await stay.tasks())[0]["overdue"]
    path, body = f"changes/{task['focus_id']}/justify", {"justification": "Defect of 4 mm."}
    assert (await stay.act(stay.coordinator, path, body, version=1)).status_code == 403
    assert (await stay.act(stay.clinician, path, body, version=2)).status_code == 412
    done = await stay.done(stay.clinician, path, body, version=1)
    assert done["justification"] == "Defect of 4 mm." and not done["overdue"]
    again = await stay.act(stay.clinician, path, body, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "change_order_decided")
    assert await stay.kinds() == []


async def test_a_facility_that_proposes_another_day_lets_the_patient_go_free(stay: Stay) -> None:
    later = stay.offer.starts[-1].isoformat()
    shown = await stay.done(stay.coordinator, "reschedule", {"starts_at": later})
    change = shown["change_order_id"]
    ended = await stay.done(stay.patient, f"changes/{change}/refuse", {"withdraw": True})
    assert ended["status"] == "cancelled_by_patient"
    assert await stay.deposit_left() == 0


LINES = st.lists(
    st.builds(
        ChangedLine,
        kind=st.sampled_from(LineKind),
        label=st.just("A line"),
        amount=st.integers(0, 10**12),
        cap=st.none() | st.integers(0, 10**12),
    ),
    min_size=1,
    max_size=6,
)


@given(LINES, st.integers(1, 10**6))
def test_a_changed_price_covers_the_deposit_and_its_limit_the_price(
    lines: list[ChangedLine], paid: int
) -> None:
    deposit = Money(paid, Currency.EUR)
    try:
        price, most = stay_rules.changed_price(lines, deposit)
    except ChangeUnsound:
        return
    mandatory = sum(each.amount for each in lines if each.kind is LineKind.MANDATORY)
    assert deposit.amount <= price.amount == mandatory <= most.amount <= 999_999_999_999
    assert all(
        each.cap is not None and each.cap >= each.amount
        for each in lines
        if each.kind is LineKind.CONDITIONAL
    )


def test_flying_counts_from_the_treatment_and_never_before_discharge() -> None:
    where = ZoneInfo("Asia/Almaty")
    # 20:00 in UTC is the next morning in Almaty.
    treated = datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert stay_rules.fit_to_fly_on(treated, treated, 10, where) == date(2026, 12, 12)
    late = treated + timedelta(days=20)
    assert stay_rules.fit_to_fly_on(treated, late, 10, where) == date(2026, 12, 22)
