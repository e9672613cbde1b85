"""Named grounds: claimed with evidence, decided by others, and all money back."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Role
from domain.files import jobs as files
from domain.files.types import MediaType
from tests.factories.desk import run
from tests.factories.papers import PAPERS
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def stay(person: Any) -> Stay:
    return await stay_of(person)


async def file_of(patient: Any) -> str:
    declared = {"name": "visa refusal.pdf", "media_type": "application/pdf", "size": 400}
    made = await patient.client.post(f"/v1/patients/{patient.patient_id}/files", json=declared)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def claim(stay: Stay, **more: Any) -> Any:
    body = {"ground": "visa_refused", "file_id": await file_of(stay.patient), **more}
    return await stay.patient.client.post(f"{stay.address}/cancellation-claims", json=body)


async def decide(who: Any, claim_id: str, confirmed: bool, version: int = 1) -> Any:
    return await who.client.post(
        f"/v1/cancellation-claims/{claim_id}/decide",
        json={"confirmed": confirmed, "answer": "We have seen it."},
        headers={"If-Match": f'"{version}"'},
    )


async def test_a_confirmed_ground_cancels_with_all_money_back(stay: Stay) -> None:
    made = (await claim(stay, note="The consulate said no.")).json()
    assert await stay.kinds() == ["decide_claim"]
    assert (await decide(stay.clinician, made["id"], True)).status_code == 403
    done = await decide(stay.coordinator, made["id"], True)
    assert (done.json()["status"], done.json()["answer"]) == ("confirmed", "We have seen it.")
    shown = await stay.shown()
    assert (shown["status"], shown["reason"]) == ("cancelled_by_patient", "visa_refused")
    assert await stay.deposit_left() == 0
    assert "named_ground" in await stay.rules()
    assert await stay.kinds() == []


async def test_after_cancelling_under_the_tiers_the_rest_follows(stay: Stay) -> None:
    await stay.done(stay.patient, "cancel")
    kept = await stay.deposit_left()
    assert 0 < kept < stay.offer.offer.deposit.amount
    made = (await claim(stay)).json()
    assert (await decide(stay.coordinator, made["id"], True)).status_code == 200
    assert await stay.deposit_left() == 0


async def test_a_refused_ground_changes_nothing_and_may_be_claimed_anew(stay: Stay) -> None:
    made = (await claim(stay)).json()
    assert (await decide(stay.coordinator, made["id"], False)).json()["status"] == "refused"
    assert await stay.status() == "confirmed"
    again = await decide(stay.coordinator, made["id"], True, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "cancellation_claim_decided")
    assert (await claim(stay, ground="medically_unfit")).status_code == 201
    listed = (await stay.coordinator.client.get(f"{stay.address}/cancellation-claims")).json()
    assert [each["status"] for each in listed] == ["refused", "claimed"]


async def test_two_deciders_decide_once(stay: Stay) -> None:
    made = (await claim(stay)).json()
    answers = await asyncio.gather(
        *(decide(stay.coordinator, made["id"], index % 2 == 0) for index in range(6))
    )
    assert sorted(a.status_code for a in answers).count(200) == 1
    assert {a.status_code for a in answers} <= {200, 409, 412}


async def test_an_operator_decides_once_the_facility_is_late_and_not_before(
    person: Any, stay: Stay
) -> None:
    operator = await person(Role.OPERATOR)
    made = (await claim(stay)).json()
    assert (await decide(operator, made["id"], True)).status_code == 404
    await run(
        SYSTEM, "UPDATE cancellation_claim SET due_at = now() - interval '1 s' WHERE id = $1",
        UUID(made["id"]),
    )  # fmt: skip
    assert (await decide(operator, made["id"], True)).status_code == 200
    assert await stay.deposit_left() == 0


async def test_evidence_is_the_patients_own_and_one_claim_is_open(person: Any, stay: Stay) -> None:
    stranger = await person()
    theirs = await file_of(stranger)
    answer = await claim(stay, file_id=theirs)
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")
    assert (await claim(stay)).status_code == 201
    answer = await claim(stay)
    assert (answer.status_code, answer.json()["code"]) == (409, "cancellation_claim_known")
    for body in ({"ground": "bad_mood"}, {"file_id": None}, {"note": ""}, {"surprise": 1}):
        assert (await claim(stay, **body)).status_code == 422
    foreign = await stranger.client.post(
        f"{stay.address}/cancellation-claims", json={"ground": "death", "file_id": theirs}
    )
    assert foreign.status_code == 404
    own = (await stay.patient.client.get(f"{stay.address}/cancellation-claims")).json()[0]
    assert (await decide(stay.patient, own["id"], True)).status_code == 403
    assert (await decide(stranger, own["id"], True)).status_code == 403
    elsewhere = await person(Role.COORDINATOR)
    assert (await decide(elsewhere, own["id"], True)).status_code == 404


async def handed_in(patient: Any) -> str:
    """Upload a document until it is available, and return its id."""
    content = PAPERS[MediaType.PDF]
    declared = {"name": "refusal.pdf", "media_type": "application/pdf", "size": len(content)}
    made = await patient.client.post(f"/v1/patients/{patient.patient_id}/files", json=declared)
    sent = await patient.client.patch(
        made.headers["location"], content=content,
        headers={"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"},
    )  # fmt: skip
    assert sent.status_code == 204, sent.text
    await files.check_waiting()
    return str(made.json()["id"])


async def test_who_decides_reads_the_evidence_and_the_patient_sees_that(stay: Stay) -> None:
    made = (await claim(stay, file_id=await handed_in(stay.patient))).json()
    evidence = f"/v1/cancellation-claims/{made['id']}/evidence"
    read = await stay.coordinator.client.get(evidence)
    assert (read.status_code, read.content) == (200, PAPERS[MediaType.PDF])
    assert "attachment" in read.headers["content-disposition"]
    assert (await stay.patient.client.get(evidence)).content == PAPERS[MediaType.PDF]
    seen = await stay.patient.client.get(f"/v1/patients/{stay.patient.patient_id}/accesses")
    assert "bookings.read_evidence" in seen.text


async def test_evidence_is_read_by_nobody_else_and_not_after_the_decision(
    person: Any, stay: Stay
) -> None:
    made = (await claim(stay, file_id=await handed_in(stay.patient))).json()
    evidence = f"/v1/cancellation-claims/{made['id']}/evidence"
    assert (await stay.clinician.client.get(evidence)).status_code == 403
    for stranger in (await person(), await person(Role.COORDINATOR), await person(Role.OPERATOR)):
        assert (await stranger.client.get(evidence)).status_code == 404
    await decide(stay.coordinator, made["id"], False)
    over = await stay.coordinator.client.get(evidence)
    assert (over.status_code, over.json()["code"]) == (409, "cancellation_claim_decided")
    assert (await stay.patient.client.get(evidence)).status_code == 200


async def test_evidence_that_never_arrived_cannot_be_read(stay: Stay) -> None:
    made = (await claim(stay)).json()
    read = await stay.coordinator.client.get(f"/v1/cancellation-claims/{made['id']}/evidence")
    assert (read.status_code, read.json()["code"]) == (409, "file_not_available")
