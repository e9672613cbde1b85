"""Two files of one person: proved, previewed, merged without moving a row, and told apart again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from domain.actor import Role
from domain.errors import DomainError
from domain.merges.errors import MergedBefore, SameOfficer
from tests.conftest import Person, Register
from tests.factories.bookable import bookable
from tests.factories.story import story_of
from tests.factories.twins import confirmed, merged, proposed, twin_of
from tests.walls.world import run

WHY = {"reason": "They were two people after all"}


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def entry(who: Person, doctor: Person, text: str) -> None:
    code = await who.client.post(f"/v1/patients/{who.patient_id}/care-codes")
    await doctor.client.post("/v1/care-relations", json={"code": code.json()["code"]})
    added = await doctor.client.post(
        f"/v1/patients/{who.patient_id}/record/entries", json={"problems": [{"text": text}]}
    )
    assert added.status_code == 201, added.text


async def problems(who: Person, patient_id: Any) -> list[str]:
    answer = await who.client.get(f"/v1/patients/{patient_id}/record/problems")
    assert answer.status_code == 200, answer.text
    return sorted(each["title"] for each in answer.json()["items"])


async def test_one_file_keeps_everything_and_answers_to_both_numbers(person: Register) -> None:
    first, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    second, stranger = await twin_of(person, first), await person()
    elsewhere = await person(Role.REFERRING_DOCTOR)
    await entry(first, doctor, "Gonarthrosis")
    await entry(second, elsewhere, "Asthma")
    before = await run(
        "SELECT id, patient_id, body_sealed FROM record_entry WHERE patient_id = ANY($1)"
        " ORDER BY id", [first.patient_id, second.patient_id],
    )  # fmt: skip
    await merged(first, second)
    # Read by either number, from either account and either practice.
    for who in (first, second, doctor, elsewhere):
        for number in (first.patient_id, second.patient_id):
            assert await problems(who, number) == ["Asthma", "Gonarthrosis"]
            shown = (await who.client.get(f"/v1/patients/{number}")).json()
            assert shown["id"] == str(first.patient_id)
            assert shown["replaces"] == [str(second.patient_id)]
    listed = (await second.client.get("/v1/patients")).json()
    assert [each["id"] for each in listed] == [str(first.patient_id)]
    told = (await first.client.get(f"/v1/patients/{first.patient_id}/accesses")).json()
    assert {"merges.confirm", "records.add_entries"} <= {each["action"] for each in told}
    # Nothing sealed was touched, and strangers see neither number.
    after = await run(
        "SELECT id, patient_id, body_sealed FROM record_entry WHERE patient_id = ANY($1)"
        " ORDER BY id", [first.patient_id, second.patient_id],
    )  # fmt: skip
    assert [tuple(row) for row in before] == [tuple(row) for row in after]
    for number in (first.patient_id, second.patient_id):
        answer = await stranger.client.get(f"/v1/patients/{number}")
        assert said(answer) == (404, "patient_not_found")
        answer = await stranger.client.get(f"/v1/patients/{number}/record/problems")
        assert said(answer) == (404, "patient_not_found")


async def test_bookings_consents_referrals_files_and_mandates_come_along(
    person: Register, catalogue: None
) -> None:
    story = await story_of(person)
    old, new = story.patient, await twin_of(person, story.patient)
    daughter = await person()
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    offer = await old.client.post(
        f"/v1/patients/{old.patient_id}/mandates", json={"scopes": ["view"], "until": until}
    )
    taken = await daughter.client.post("/v1/me/mandates", json={"code": offer.json()["code"]})
    assert taken.status_code == 201, taken.text
    declared = {"name": "knee.pdf", "media_type": "application/pdf", "size": 400}
    file = await old.client.post(f"/v1/patients/{old.patient_id}/files", json=declared)
    await merged(new, old)
    referral = story.referral["id"]
    assert (await new.client.get(f"/v1/referrals/{referral}")).status_code == 200
    consents = (await new.client.get(f"/v1/consents?patient_id={new.patient_id}")).json()
    assert story.referral["consent_id"] in [each["id"] for each in consents["items"]]
    files = (await new.client.get(f"/v1/patients/{new.patient_id}/files")).json()["items"]
    assert [each["id"] for each in files] == [file.json()["id"]]
    people = (await new.client.get(f"/v1/patients/{new.patient_id}/access")).json()
    assert sorted(each["kind"] for each in people) == ["mandate", "self", "self"]
    assert (await daughter.client.get(f"/v1/patients/{new.patient_id}")).status_code == 200
    # The mandate is to view: it does not grow.
    refused = await daughter.client.post(f"/v1/patients/{new.patient_id}/care-codes")
    assert said(refused) == (403, "forbidden")
    refused = await daughter.client.post(f"/v1/patients/{new.patient_id}/merge-codes")
    assert said(refused) == (403, "forbidden")
    # The facility goes on with the number it was sent, and learns no other.
    assert (await new.client.get(f"/v1/cases/{story.referral['case_id']}")).status_code == 200


async def test_a_consent_given_before_covers_no_more_than_it_did(
    person: Register, catalogue: None
) -> None:
    story = await story_of(person)
    old, new = story.patient, await twin_of(person, story.patient)
    doctor = await person(Role.REFERRING_DOCTOR)
    await entry(new, doctor, "Asthma")
    await entry(old, story.doctor, "Gonarthrosis")

    async def consent(who: Person, facility: Person) -> None:
        asked = await who.client.post(
            "/v1/consents",
            json={
                "patient_id": str(who.patient_id), "categories": ["problems"],
                "grantee_organisation_id": str(facility.organisation_id),
                "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            },
        )  # fmt: skip
        assert asked.status_code == 201, asked.text
        granted = await who.client.post(
            f"/v1/consents/{asked.json()['id']}/grant", json={}, headers={"If-Match": '"1"'}
        )
        assert granted.status_code == 200, granted.text

    earlier, later = await person(Role.CLINICIAN), await person(Role.CLINICIAN)
    await consent(new, earlier)
    await merged(new, old)
    assert await problems(earlier, new.patient_id) == ["Asthma"]
    answer = await earlier.client.get(f"/v1/patients/{old.patient_id}/record/problems")
    assert answer.status_code == 404
    await consent(new, later)
    assert await problems(later, new.patient_id) == ["Asthma", "Gonarthrosis"]


async def test_only_both_accounts_merge(person: Register) -> None:
    first, other, mallory = await person(), await person(), await person()
    made = await other.client.post(f"/v1/patients/{other.patient_id}/merge-codes")
    code = made.json()["code"]
    propose = "/v1/patient-merges"
    mine = str(first.patient_id)
    for body, expected in (
        ({"survivor_id": mine, "alias_id": str(other.patient_id)}, (404, "patient_not_found")),
        ({"survivor_id": str(other.patient_id), "alias_id": mine}, (404, "patient_not_found")),
        ({"survivor_id": str(other.patient_id), "code": code}, (404, "patient_not_found")),
        ({"survivor_id": mine, "alias_id": mine}, (422, "same_file")),
        ({"survivor_id": mine, "alias_id": str(uuid4())}, (404, "patient_not_found")),
        ({"survivor_id": mine, "code": "x" * 24}, (422, "merge_code_refused")),
        ({"survivor_id": mine, "code": code, "alias_id": mine}, (422, "other_file_unclear")),
        ({"survivor_id": mine}, (422, "other_file_unclear")),
    ):
        assert said(await first.client.post(propose, json=body)) == expected, body
    assert (
        await first.client.post(propose, json={"survivor_id": mine, "code": "\0" * 24})
    ).status_code == 422
    refused = await mallory.client.post(f"/v1/patients/{other.patient_id}/merge-codes")
    assert said(refused) == (404, "patient_not_found")
    address = await proposed(first, other)
    for verb, body in (("agree", None), ("confirm", {"preview": "0" * 64}), ("withdraw", WHY)):
        answer = await mallory.client.post(f"{address}/{verb}", json=body)
        assert said(answer) == (404, "merge_not_found"), verb
    assert said(await mallory.client.get(f"{address}/preview")) == (404, "merge_not_found")
    # Two names: their bearers alone do not decide that they are one person.
    assert said(await confirmed(first, address, "name")) == (409, "files_contradict")


async def test_a_preview_counts_names_contradictions_and_goes_stale(person: Register) -> None:
    first, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    second = await twin_of(person, first)
    await entry(second, doctor, "Asthma")
    address = await proposed(first, second)
    seen = (await first.client.get(f"{address}/preview")).json()
    assert seen["contradictions"] == [] and not seen["needs_officer"]
    assert (seen["survivor"]["entries"], seen["alias"]["entries"]) == (0, 1)
    assert (seen["alias"]["people"], seen["alias"]["practices"]) == (1, 1)
    await entry(first, doctor, "Gonarthrosis")
    late = await first.client.post(f"{address}/confirm", json={"preview": seen["preview"]})
    assert said(late) == (412, "preview_stale")
    assert (await confirmed(first, address)).status_code == 200
    assert said(await first.client.get(f"{address}/preview")) == (409, "merge_over")


async def test_blood_groups_and_birth_dates_that_differ_need_an_officer(person: Register) -> None:
    first, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    second = await twin_of(person, first)
    for who, value in ((first, "A Rh+"), (second, "0 Rh-")):
        await entry(who, doctor, f"Seen for {value}")
        group = {"text": "Blood group", "code": "882-1", "system": "http://loinc.org"}
        added = await doctor.client.post(
            f"/v1/patients/{who.patient_id}/record/entries",
            json={"results": [group | {"value": value}]},
        )
        assert added.status_code == 201, added.text
    address = await proposed(first, second)
    seen = (await first.client.get(f"{address}/preview")).json()
    assert seen["contradictions"] == ["blood_group"] and seen["needs_officer"]
    assert said(await confirmed(first, address, "blood_group")) == (409, "files_contradict")
    officer = await person(Role.MINISTRY_OFFICER)
    abroad = await person(Role.MINISTRY_OFFICER, state="UZ")
    assert said(await abroad.client.get(f"{address}/preview")) == (404, "merge_not_found")
    assert said(await confirmed(officer, address)) == (409, "files_contradict")
    done = await confirmed(officer, address, "blood_group")
    assert done.status_code == 200 and done.json()["accepted"] == ["blood_group"]


async def test_officers_need_two_pairs_of_eyes_and_the_files_own_sides(person: Register) -> None:
    first, other = await person(), await person()
    officer, second = await person(Role.MINISTRY_OFFICER), await person(Role.OPERATOR)
    abroad = await person(Role.MINISTRY_OFFICER, state="UZ")
    body = {"survivor_id": str(first.patient_id), "alias_id": str(other.patient_id)}
    propose = "/v1/patient-merges"
    assert said(await officer.client.post(propose, json=body)) == (422, "evidence_needed")
    body["evidence"] = "identity card 0412, seen at the registry"
    assert said(await abroad.client.post(propose, json=body)) == (404, "patient_not_found")
    made = await officer.client.post(propose, json=body)
    assert made.status_code == 201 and made.json()["waits_for"] == ["survivor", "alias"]
    again = await officer.client.post(propose, json=body)
    assert again.json()["id"] == made.json()["id"]
    crossing = {**body, "survivor_id": body["alias_id"], "alias_id": body["survivor_id"]}
    assert said(await second.client.post(propose, json=crossing)) == (409, "merge_proposed")
    address = f"{propose}/{made.json()['id']}"
    assert said(await confirmed(officer, address, "name")) == (403, "four_eyes")
    assert said(await confirmed(second, address, "name")) == (409, "merge_not_agreed")
    # What lies in the other file is nobody's business before its own side agrees.
    seen = (await first.client.get(f"{address}/preview")).json()
    assert seen["alias"] is None and seen["survivor"]["people"] == 1
    for who in (first, other):
        assert (await who.client.post(f"{address}/agree")).status_code == 200
    assert (await first.client.get(f"{address}/preview")).json()["alias"]["people"] == 1
    assert said(await confirmed(second, address)) == (409, "files_contradict")
    assert (await confirmed(second, address, "name")).status_code == 200
    for row in await run("SELECT patient_merge::text AS text FROM patient_merge"):
        assert "identity card" not in row["text"]
        assert b"identity card".hex() not in row["text"]


async def test_the_database_itself_wants_two_pairs_of_eyes_and_proof(person: Register) -> None:
    first, officer = await person(), await person(Role.MINISTRY_OFFICER)
    second = await twin_of(person, first)
    body = {
        "survivor_id": str(first.patient_id), "alias_id": str(second.patient_id),
        "evidence": "identity card, seen",
    }  # fmt: skip
    made = await officer.client.post("/v1/patient-merges", json=body)
    merge_id = UUID(made.json()["id"])
    with pytest.raises(SameOfficer):
        await run("UPDATE patient_merge SET officer_id = proposed_by WHERE id = $1", merge_id)
    with pytest.raises(DomainError) as refused:
        await run(
            "UPDATE patient_merge SET status = 'merged', merged_at = now(), merged_by = $2"
            " WHERE id = $1", merge_id, first.account_id,
        )  # fmt: skip
    assert refused.value.extensions["constraint"] == "patient_merge_proved"


async def test_an_officer_does_not_decide_about_their_own_file(person: Register) -> None:
    first, other = await person(), await person()
    # One human who is both: the same account wears the officer's hat.
    ministry = await person(Role.MINISTRY_OFFICER)
    await run(
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
        " created_at) VALUES (gen_random_uuid(), $1, $2, 'KZ', 'proxy', '{view}',"
        " now() + interval '1 year', now())",
        ministry.account_id, first.patient_id,
    )  # fmt: skip
    body = {
        "survivor_id": str(first.patient_id), "alias_id": str(other.patient_id),
        "evidence": "identity card, seen",
    }  # fmt: skip
    assert said(await ministry.client.post("/v1/patient-merges", json=body)) == (
        403, "own_file_merge",
    )  # fmt: skip
    address = await proposed(first, other)
    assert said(await confirmed(ministry, address, "name")) == (403, "own_file_merge")


async def test_no_alias_of_an_alias_no_circle_and_nothing_twice(person: Register) -> None:
    a = await person()
    b, c = await twin_of(person, a), await twin_of(person, a)
    await merged(a, b)

    async def refused(survivor: Person, other: Person) -> tuple[int, str]:
        code = await other.client.post(f"/v1/patients/{other.patient_id}/merge-codes")
        body = {"survivor_id": str(survivor.patient_id), "code": code.json()["code"]}
        return said(await survivor.client.post("/v1/patient-merges", json=body))

    assert await refused(b, a) == (409, "merged_before")
    assert await refused(b, c) == (409, "merged_before")
    assert await refused(c, b) == (409, "merged_before")
    assert await refused(c, a) == (409, "merged_before")
    await merged(a, c)
    shown = (await b.client.get(f"/v1/patients/{c.patient_id}")).json()
    assert shown["replaces"] == sorted([str(b.patient_id), str(c.patient_id)])


async def test_the_database_itself_admits_no_chain(person: Register) -> None:
    a, b = await person(), await person()
    c = await twin_of(person, a)
    await merged(a, c)
    (merge,) = await run("SELECT id FROM patient_merge WHERE alias_id = $1", c.patient_id)
    insert = (
        "INSERT INTO patient_alias (id, alias_id, patient_id, home_state, merge_id, merged_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'KZ', $3, now())"
    )
    mark = "WITH marked AS (UPDATE patient SET is_alias = true WHERE id = $1) "
    for sql, alias, survivor, constraint in (
        (mark + insert, b.patient_id, c.patient_id, "patient_alias_of_a_survivor"),
        (insert, b.patient_id, a.patient_id, "patient_alias_marked"),
        (insert, c.patient_id, b.patient_id, "patient_alias_once"),
        (insert, b.patient_id, b.patient_id, "patient_alias_not_itself"),
    ):
        with pytest.raises(DomainError) as refused:
            await run(sql, alias, survivor, merge["id"])
        cause = refused.value.__cause__
        assert isinstance(cause, asyncpg.IntegrityConstraintViolationError)
        assert cause.constraint_name == constraint
    with pytest.raises(MergedBefore):
        await run("UPDATE patient SET is_alias = true WHERE id = $1", a.patient_id)


async def test_merges_that_cross_each_other_leave_one(person: Register) -> None:
    a = await person()
    b, c = await twin_of(person, a), await twin_of(person, a)
    first, second = await proposed(a, b), await proposed(b, c)
    answers = await asyncio.gather(confirmed(a, first), confirmed(b, second))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    rows = await run(
        "SELECT alias_id, patient_id FROM patient_alias WHERE alias_id = ANY($1)",
        [a.patient_id, b.patient_id, c.patient_id],
    )
    assert len(rows) == 1


async def test_a_double_click_merges_once(person: Register) -> None:
    first = await person()
    second = await twin_of(person, first)
    code = await second.client.post(f"/v1/patients/{second.patient_id}/merge-codes")
    body = {"survivor_id": str(first.patient_id), "code": code.json()["code"]}
    made = await asyncio.gather(
        *(first.client.post("/v1/patient-merges", json=body) for _ in range(3))
    )
    assert len({answer.json()["id"] for answer in made}) == 1
    address = f"/v1/patient-merges/{made[0].json()['id']}"
    preview = (await first.client.get(f"{address}/preview")).json()["preview"]
    done = await asyncio.gather(
        *(first.client.post(f"{address}/confirm", json={"preview": preview}) for _ in range(3))
    )
    assert [answer.status_code for answer in done] == [200, 200, 200]
    (count,) = await run(
        "SELECT count(*) AS n FROM audit_event WHERE action = 'merges.confirm'"
        " AND patient_id = $1 AND outcome = 'success'", first.patient_id,
    )  # fmt: skip
    assert count["n"] == 1
    assert said(await second.client.post(f"{address}/withdraw", json=WHY)) == (409, "merge_over")


async def test_a_merge_is_undone_while_nothing_hangs_on_it(person: Register) -> None:
    first, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    second, officer = await twin_of(person, first), await person(Role.MINISTRY_OFFICER)
    await entry(second, doctor, "Asthma")
    address = await merged(first, second)
    assert await problems(first, first.patient_id) == ["Asthma"]
    undone = await officer.client.post(f"{address}/undo", json=WHY)
    assert undone.status_code == 200 and undone.json()["status"] == "undone"
    assert await problems(first, first.patient_id) == []
    answer = await first.client.get(f"/v1/patients/{second.patient_id}")
    assert said(answer) == (404, "patient_not_found")
    # Merged anew, and used: then there is no way back.
    address = await merged(first, second)
    code = await first.client.post(f"/v1/patients/{second.patient_id}/care-codes")
    other = await person(Role.REFERRING_DOCTOR)
    await other.client.post("/v1/care-relations", json={"code": code.json()["code"]})
    assert said(await officer.client.post(f"{address}/undo", json=WHY)) == (409, "merge_used")


async def test_files_with_bookings_at_one_time_wait(person: Register, catalogue: None) -> None:
    first = await person()
    second, coordinator = await twin_of(person, first), await person(Role.COORDINATOR)
    places = [await bookable(coordinator.organisation_id) for _ in range(2)]
    made = []
    for who, place in zip((first, second), places, strict=True):
        held = await who.client.post(
            "/v1/bookings",
            json={
                "patient_id": str(who.patient_id), "offer_id": str(place.offer.id),
                "offer_version": place.offer.version, "starts_at": place.starts[0].isoformat(),
            },
        )  # fmt: skip
        assert held.status_code == 201, held.text
        made.append(held.json()["id"])
    code = await second.client.post(f"/v1/patients/{second.patient_id}/merge-codes")
    body = {"survivor_id": str(first.patient_id), "code": code.json()["code"]}
    refused = await first.client.post("/v1/patient-merges", json=body)
    assert said(refused) == (409, "bookings_cross")
    gone = await second.client.post(f"/v1/bookings/{made[1]}/cancel", headers={"If-Match": '"1"'})
    assert gone.status_code == 200, gone.text
    assert (await first.client.post("/v1/patient-merges", json=body)).status_code == 201


async def test_an_agreement_holds_only_while_its_giver_speaks_for_the_file(
    person: Register,
) -> None:
    first = await person()
    second = await twin_of(person, first)
    address = await proposed(first, second)
    await run(
        "UPDATE access SET until = now(), ended_at = now() WHERE account_id = $1",
        second.account_id,
    )
    officer = await person(Role.MINISTRY_OFFICER)
    # Nobody signs in to the other file any more: the first account alone does not suffice.
    assert said(await confirmed(first, address)) == (409, "merge_not_agreed")
    assert (await confirmed(officer, address)).status_code == 200


async def test_a_proposal_ends_by_the_clock_and_by_withdrawal(person: Register) -> None:
    first = await person()
    second = await twin_of(person, first)
    address = await proposed(first, second)
    assert (await second.client.post(f"{address}/withdraw", json=WHY)).status_code == 200
    assert said(await first.client.post(f"{address}/agree")) == (409, "merge_over")
    # The code was an agreement to that proposal, not to the next.
    code = await second.client.post(f"/v1/patients/{second.patient_id}/merge-codes")
    body = {"survivor_id": str(first.patient_id), "code": code.json()["code"]}
    again = await first.client.post("/v1/patient-merges", json=body)
    closing = f"/v1/patient-merges/{again.json()['id']}/withdraw"
    assert (await second.client.post(closing, json=WHY)).status_code == 200
    replayed = await first.client.post("/v1/patient-merges", json=body)
    assert said(replayed) == (422, "merge_code_refused")
    late = await proposed(first, second)
    await run(
        "UPDATE patient_merge SET proposed_at = now() - interval '15 days' WHERE id = $1",
        UUID(late.rpartition("/")[2]),
    )
    assert (await first.client.get(late)).json()["status"] == "expired"
    assert said(await first.client.post(f"{late}/agree")) == (409, "merge_over")
    assert await merged(first, second)
