"""A stay from arrival to the closed file: who moves it, in which state, and what must precede."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.actor import SYSTEM, Role
from domain.bookings.errors import ProcedureConsentMissing
from domain.credentials.types import CredentialKind
from domain.db import RuleBroken
from tests.factories import directory
from tests.factories.bookable import bookable
from tests.factories.desk import one, run, work
from tests.factories.stays import HASH, Stay, consent, line, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_the_whole_way_tells_every_step_and_every_milestone(stay: Stay) -> None:
    await stay.completed()
    assert await stay.status() == "completed"
    assert await stay.news() == [
        "checked_in", "assessed", "treatment_started", "discharged", "completed",
    ]  # fmt: skip
    assert await stay.rules() == [
        "milestone_admission", "milestone_discharge", "milestone_final",
    ]  # fmt: skip
    versions = [each["version"] for each in await stay.told("BookingChanged")]
    assert versions == sorted(set(versions))
    shown = (await stay.patient.client.get(f"{stay.address}/stay")).json()
    assert [each["status"] for each in shown["moves"]][-5:] == [
        "checked_in", "pre_op_assessed", "in_treatment", "discharged", "completed",
    ]  # fmt: skip
    assert shown["consents"][0]["interpreter"] == "Zeynep Arslan"
    assert shown["consents"][0]["document_sha256"] == HASH


async def test_what_is_sealed_is_nowhere_in_the_clear(stay: Stay) -> None:
    await stay.assessed()
    await stay.consent()
    plain = await one(
        "SELECT count(*) FROM procedure_consent c WHERE c::text LIKE '%Zeynep%'",
    )
    assert plain == 0


async def test_treatment_waits_for_assessment_and_signed_consent(stay: Stay) -> None:
    await stay.checked_in()
    assert refusal(await stay.act(stay.clinician, "start", {})) == (409, "wrong_state")
    await stay.done(stay.clinician, "assess", {"outcome": "proceed"})
    assert refusal(await stay.act(stay.clinician, "start", {})) == (
        409, "procedure_consent_missing",
    )  # fmt: skip
    await stay.consent()
    again = await stay.act(stay.clinician, "consent", consent())
    assert refusal(again) == (409, "procedure_consent_known")
    assert (await stay.done(stay.clinician, "start", {}))["status"] == "in_treatment"


async def test_the_database_itself_asks_for_the_consent(stay: Stay) -> None:
    await stay.assessed()
    with pytest.raises(ProcedureConsentMissing):
        await run(SYSTEM, "UPDATE booking SET status = 'in_treatment' WHERE id = $1", UUID(stay.id))


async def test_another_bookings_consent_does_not_serve(person: Any, stay: Stay) -> None:
    other = await stay_of(person, stay.offer, number=4, coordinator=stay.coordinator)
    await other.assessed()
    await other.consent()
    theirs = await one("SELECT procedure_consent_id FROM booking WHERE id = $1", UUID(other.id))
    with pytest.raises(RuleBroken):
        await run(
            SYSTEM, "UPDATE booking SET procedure_consent_id = $2 WHERE id = $1",
            UUID(stay.id), theirs,
        )  # fmt: skip


async def test_a_patient_takes_the_consent_back_before_treatment_and_not_after(
    stay: Stay,
) -> None:
    await stay.assessed()
    await stay.consent()
    await stay.done(stay.patient, "withdraw-consent")
    assert refusal(await stay.act(stay.clinician, "start", {})) == (
        409, "procedure_consent_missing",
    )  # fmt: skip
    await stay.consent()
    await stay.done(stay.clinician, "start", {})
    assert refusal(await stay.act(stay.patient, "withdraw-consent")) == (409, "wrong_state")


async def test_four_refusals_are_four_different_answers(person: Any, stay: Stay) -> None:
    await stay.checked_in()
    stranger = await person(Role.CLINICIAN)
    body = {"outcome": "proceed"}
    assert refusal(await stay.act(stay.coordinator, "assess", body)) == (403, "wrong_role")
    assert refusal(await stay.act(stranger, "assess", body)) == (404, "booking_not_found")
    assert refusal(await stay.act(stay.clinician, "assess", body, version=1)) == (
        412, "stale_version",
    )  # fmt: skip
    assert refusal(await stay.act(stay.coordinator, "check-in")) == (409, "wrong_state")
    wrong = await stay.act(stay.clinician, "assess", {"outcome": "not_treated"})
    assert refusal(wrong) == (422, "contradictory_request")
    bare = await stay.clinician.client.post(f"{stay.address}/assess", json=body)
    assert refusal(bare) == (422, "if_match_needed")


async def test_a_double_click_moves_once(stay: Stay) -> None:
    await stay.begins()
    version = (await stay.shown())["version"]
    answers = await asyncio.gather(
        *(stay.act(stay.coordinator, "check-in", version=version) for _ in range(5))
    )
    assert sorted(a.status_code for a in answers) == [200, 412, 412, 412, 412]
    assert await stay.news() == ["checked_in"]


async def test_nobody_checks_in_days_before_or_is_missed_before_the_time(stay: Stay) -> None:
    assert refusal(await stay.act(stay.coordinator, "check-in")) == (409, "too_early")
    await stay.begins(timedelta(minutes=-30))
    assert refusal(await stay.act(stay.coordinator, "no-show")) == (409, "too_early")
    await stay.begins(timedelta(hours=-3))
    before = await stay.deposit_left()
    assert (await stay.done(stay.coordinator, "no-show"))["status"] == "no_show"
    assert await stay.rules() == ["no_show"]
    assert await stay.deposit_left() == before == stay.offer.offer.deposit.amount


@pytest.mark.parametrize(
    ("path", "body", "status", "rule"),
    [
        ("transfer-out", {"to": "City Hospital", "reason": "complication"}, "transferred_out",
         "transferred_out"),
        ("leave", {"reason": "family", "note": "Told of the risk."}, "left_against_advice",
         "left_against_advice"),
        ("record-death", {"died_at": None, "note": "After an embolism."}, "died", "died"),
    ],
)  # fmt: skip
async def test_a_stay_that_ends_otherwise_is_over_and_says_by_which_rule(
    stay: Stay, path: str, body: dict[str, Any], status: str, rule: str
) -> None:
    await stay.started()
    if "died_at" in body:
        body = {**body, "died_at": datetime.now(UTC).isoformat()}
    assert (await stay.done(stay.clinician, path, body))["status"] == status
    assert rule in await stay.rules()
    assert await stay.kinds() == ["write_letter"]
    for other in ("discharge", "extend-stay", "start", "complete"):
        more = {"ends_at": datetime.now(UTC).isoformat(), "reason": "other"}
        answer = await stay.act(stay.clinician, other, more if other == "extend-stay" else {})
        assert refusal(answer) == (409, "wrong_state"), other
    await stay.done(stay.clinician, "discharge-letter", {"reference": "Composition/9"})
    assert await stay.kinds() == []
    assert "milestone_discharge" not in await stay.rules()


async def test_not_treated_after_arrival_gives_back_what_was_not_rendered(stay: Stay) -> None:
    await stay.checked_in()
    body = {"outcome": "not_treated", "reason": "medically_unfit", "note": "Fever of 39."}
    assert (await stay.done(stay.clinician, "assess", body))["status"] == "not_treated"
    assert await stay.rules() == ["milestone_admission", "not_treated_refund_unrendered"]
    shown = (await stay.patient.client.get(f"{stay.address}/stay")).json()
    assert shown["moves"][-1]["reason"] == "medically_unfit"
    assert shown["moves"][-1]["note"] == "Fever of 39."


async def test_an_extension_keeps_the_bed_or_sends_the_desk_looking(
    person: Any, stay: Stay
) -> None:
    await stay.started()
    ends_at = datetime.fromisoformat((await stay.shown())["ends_at"]) + timedelta(days=2)
    body = {"ends_at": ends_at.isoformat(), "reason": "recovery"}
    shown = await stay.done(stay.clinician, "extend-stay", body)
    assert shown["status"] == "extended"
    assert datetime.fromisoformat(shown["ends_at"]) == ends_at
    earlier = {"ends_at": (ends_at - timedelta(days=9)).isoformat(), "reason": "other"}
    assert refusal(await stay.act(stay.clinician, "extend-stay", earlier)) == (
        422, "impossible_time",
    )  # fmt: skip


async def test_flying_waits_for_the_treatments_days_and_for_discharge(stay: Stay) -> None:
    await stay.started()
    shown = await stay.done(stay.clinician, "discharge", {})
    treatment = (
        await stay.patient.client.get(f"/v1/treatments/{stay.offer.offer.treatment.code}")
    ).json()
    today = datetime.now(ZoneInfo(shown["zone"])).date()
    assert date.fromisoformat(shown["fit_to_fly_on"]) == today + timedelta(
        days=treatment["fit_to_fly_days"]
    )


async def test_the_letter_precedes_the_closed_file(stay: Stay) -> None:
    await stay.discharged()
    assert await stay.kinds() == ["write_letter"]
    assert refusal(await stay.act(stay.coordinator, "complete")) == (
        409, "discharge_letter_missing",
    )  # fmt: skip
    both = {"reference": "Composition/1", "file_id": stay.id}
    for wrong in ({}, both):
        answer = await stay.act(stay.clinician, "discharge-letter", wrong)
        assert refusal(answer) == (422, "contradictory_request")
    stranger = await stay.act(stay.clinician, "discharge-letter", {"file_id": stay.id})
    assert stranger.status_code == 404
    await stay.done(stay.clinician, "discharge-letter", {"reference": "Composition/1"})
    await stay.done(stay.clinician, "discharge-letter", {"reference": "Composition/2"})
    assert (await stay.rules()).count("milestone_discharge") == 1
    assert (await stay.done(stay.coordinator, "complete"))["status"] == "completed"


async def test_where_the_state_asks_for_it_cover_precedes_treatment(person: Any) -> None:
    coordinator = await person(Role.COORDINATOR, state="TR")
    offer = await bookable(coordinator.organisation_id, "TR")
    for kind in (
        CredentialKind.HEALTH_TOURISM_AUTHORISATION,
        CredentialKind.QUALITY_ACCREDITATION,
    ):
        await directory.credential(offer.facility_id, "TR", kind)
    stay = await stay_of(person, offer, state="TR", coordinator=coordinator)
    await stay.assessed()
    await stay.consent()
    answer = await stay.act(stay.clinician, "start", {})
    assert refusal(answer) == (409, "complication_cover_missing")
    today = directory.today()
    short = {
        "insurer": "Altyn", "policy_number": "A-1",
        "valid_from": (today - timedelta(days=2)).isoformat(),
        "valid_to": (today + timedelta(days=5)).isoformat(),
    }  # fmt: skip
    assert (await stay.act(stay.patient, "cover", short)).status_code == 201
    assert refusal(await stay.act(stay.clinician, "start", {}))[0] == 409
    long = {**short, "valid_to": (today + timedelta(days=60)).isoformat()}
    assert (await stay.act(stay.clinician, "cover", long)).status_code == 201
    turned = {**long, "valid_to": (today - timedelta(days=60)).isoformat()}
    assert refusal(await stay.act(stay.clinician, "cover", turned))[0] == 422
    await stay.done(stay.clinician, "start", {})
    shown = (await stay.patient.client.get(f"{stay.address}/stay")).json()
    assert shown["cover_required"] and len(shown["cover"]) == 2


async def test_a_complication_is_reported_once_and_its_claim_ends_the_task(stay: Stay) -> None:
    await stay.started()
    now = datetime.now(UTC)
    body = {"what": "Bleeding, revised.", "occurred_at": now.isoformat()}
    key = {"Idempotency-Key": "complication-1"}
    made = [
        await stay.clinician.client.post(f"{stay.address}/complications", json=body, headers=key)
        for _ in range(2)
    ]
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.json()["id"] for answer in made}) == 1
    assert await stay.kinds() == ["report_to_insurer"]
    address = f"complications/{made[0].json()['id']}/claim"
    early = {"insurer_told_at": (now - timedelta(hours=1)).isoformat()}
    answer = await stay.act(stay.clinician, address, early, method="PUT", version=1)
    assert refusal(answer) == (422, "impossible_time")
    claim = {"insurer_told_at": datetime.now(UTC).isoformat(), "claim_number": "C-1"}
    shown = await stay.done(stay.clinician, address, claim, method="PUT", version=1)
    assert (shown["claim_number"], shown["what"]) == ("C-1", "Bleeding, revised.")
    assert await stay.kinds() == []
    assert "complication_reported" in await stay.news()


async def test_actions_are_exactly_what_succeeds(stay: Stay) -> None:
    async def offered(who: Any) -> set[str]:
        return set((await who.client.get(f"{stay.address}/actions")).json())

    assert await offered(stay.coordinator) == {"cancel", "reschedule", "change_items",
                                               "record_consent", "record_cover"}  # fmt: skip
    assert "check_in" not in await offered(stay.coordinator)
    await stay.begins()
    assert "check_in" in await offered(stay.coordinator)
    assert "check_in" not in await offered(stay.clinician)
    await stay.assessed()
    assert "start" not in await offered(stay.clinician)
    await stay.consent()
    assert "start" in await offered(stay.clinician)
    assert await offered(stay.patient) == {"change_items", "withdraw_consent", "record_cover"}
    await stay.done(stay.clinician, "start", {})
    await work()
    assert await offered(stay.patient) == {"change_items"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("assess", {"outcome": "proceed", "surprise": 1}),
        ("assess", {"outcome": "maybe"}),
        ("assess", {"outcome": "change_order", "change": {"lines": []}}),
        ("assess", {"outcome": "change_order", "change": {"lines": [line(10**400)]}}),
        ("assess", {"outcome": "change_order", "change": {"lines": [line(1)]}}),
        ("assess", {"outcome": "proceed", "note": "a"}),
        ("consent", consent(signed_at="9999-12-31T23:59:59Z")),
        ("consent", consent(signed_at="0001-01-01T00:00:00+23:59")),
        ("consent", consent(language="xx-Klingon")),
        ("consent", consent(document_sha256="AB" * 32)),
        ("consent", consent(signatory="\ud800")),
        ("record-death", {"died_at": "9999-12-31T23:59:59-23:59", "note": "Impossible."}),
    ],
)
async def test_impossible_input_is_refused_and_changes_nothing(
    stay: Stay, path: str, body: dict[str, Any]
) -> None:
    await stay.checked_in()
    before = await stay.shown()
    answer = await stay.clinician.client.post(
        f"{stay.address}/{path}",
        content=json.dumps(body).encode(),
        headers={"If-Match": f'"{before["version"]}"', "Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422), answer.text
    after = await stay.shown()
    assert {**after, "server_time": 0} == {**before, "server_time": 0}
