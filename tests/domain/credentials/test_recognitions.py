"""Accreditors are recognised themselves, or their accreditations do not count."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Role
from domain.credentials import recognitions, service
from domain.credentials.errors import (
    AccreditorKnown,
    ImpossibleDates,
    NoSuchRecognition,
    NotRecognised,
    RecognitionConfirmed,
    RecognitionKnown,
    RecognitionOver,
    SameRecorder,
    UnknownAccreditor,
)
from domain.credentials.recognition_types import (
    EndRecognition,
    NewAccreditor,
    RecognitionView,
    RecordRecognition,
)
from domain.credentials.types import CredentialKind, CredentialView
from domain.errors import Forbidden, StaleVersion
from domain.facilities import service as facilities
from domain.facilities.types import ListingReason
from domain.ids import new_id
from domain.jurisdictions import UnknownJurisdiction
from tests.factories import directory
from tests.factories.desk import one, run
from tests.factories.directory import certificate, officer, staff, today

pytestmark = pytest.mark.usefixtures("catalogue")
KIND = CredentialKind.QUALITY_ACCREDITATION
END = EndRecognition(reason="The body has closed")


async def body() -> str:
    """Name a body that nobody recognises yet."""
    name = f"Body {new_id()}"
    await recognitions.add_accreditor(officer(), NewAccreditor(name=f"  {name} "))
    return name


def recording(name: str, **more: object) -> RecordRecognition:
    values: dict[str, object] = {
        "accreditor": name,
        "reference": "Decision 14",
        "source_url": "https://authority.example/14",
        "recognised_from": today() - timedelta(days=700),
    }
    return RecordRecognition(**{**values, **more})  # type: ignore[arg-type]


async def recognised(name: str, state: str = "KZ", **more: object) -> RecognitionView:
    recorded = await recognitions.record_recognition(officer(state), recording(name, **more))
    return await recognitions.confirm_recognition(
        officer(state), recorded.id, version=recorded.version
    )


async def id_of(name: str) -> UUID:
    found = await recognitions.find_accreditor(SYSTEM, name)
    assert found is not None
    return found.id


async def accredited(name: str, state: str = "KZ", **more: object) -> CredentialView:
    made = await directory.licensed(state)
    return await directory.credential(
        made.id, state, KIND, accreditor_id=await id_of(name), body=None, **more
    )


async def reason(facility_id: UUID | None) -> ListingReason:
    assert facility_id is not None
    return (await facilities.show_facility(ANONYMOUS, facility_id)).listing.reason


async def test_a_recognition_counts_once_a_second_officer_has_confirmed_it() -> None:
    name, first = await body(), officer()
    recorded = await recognitions.record_recognition(first, recording(name))
    for reader, sees in ((ANONYMOUS, 0), (officer("TR"), 0), (officer("KZ"), 1)):
        found = await recognitions.find_accreditor(reader, name)
        assert found is not None and len(found.recognitions) == sees
    made = await directory.facility()
    handed_in = certificate(KIND, accreditor_id=await id_of(name), body=None)
    with pytest.raises(NotRecognised):
        await service.submit_credential(SYSTEM, made.id, handed_in)
    with pytest.raises(SameRecorder):
        await recognitions.confirm_recognition(first, recorded.id, version=1)
    confirmed = await recognitions.confirm_recognition(officer(), recorded.id, version=1)
    assert confirmed.confirmed
    with pytest.raises(RecognitionConfirmed):
        await recognitions.confirm_recognition(officer(), recorded.id, version=2)
    found = await recognitions.find_accreditor(ANONYMOUS, name)
    assert found is not None and found.recognitions == [confirmed]
    await service.submit_credential(SYSTEM, made.id, handed_in)


async def test_the_database_refuses_one_recorder_too() -> None:
    recorded = await recognitions.record_recognition(officer(), recording(await body()))
    with pytest.raises(SameRecorder):
        await run(
            SYSTEM, "UPDATE accreditor_recognition SET confirmed_at = now(),"
            " confirmed_by = recorded_by WHERE id = $1", recorded.id,
        )  # fmt: skip


async def test_an_accreditation_counts_where_its_body_was_recognised_on_the_day_of_issue() -> None:
    name = await body()
    await recognised(name, "KZ", recognised_to=today() - timedelta(days=100))
    counted = await accredited(name, "KZ")
    assert (counted.recognised, counted.valid_now) == (True, True)
    assert await reason(counted.facility_id) is ListingReason.ACCREDITED
    for state, issued in (("UZ", today() - timedelta(days=365)),
                          ("KZ", today() - timedelta(days=99)),
                          ("KZ", today() - timedelta(days=701))):  # fmt: skip
        with pytest.raises(NotRecognised):
            await accredited(name, state, issued=issued)
    for issued in (today() - timedelta(days=100), today() - timedelta(days=700)):
        await accredited(name, "KZ", issued=issued)


async def test_international_recognition_counts_everywhere() -> None:
    everywhere = await directory.accreditor(None)
    for state in ("KZ", "HU"):
        made = await directory.licensed(state)
        counted = await directory.credential(
            made.id, state, KIND, accreditor_id=everywhere, body=None
        )
        assert counted.recognised
        assert await reason(made.id) is ListingReason.ACCREDITED


async def test_a_body_that_nobody_knows_is_shown_and_does_not_count() -> None:
    made = await directory.licensed()
    shown = await directory.credential(made.id, kind=KIND, body="Best Clinics Award")
    assert (shown.recognised, shown.valid_now) == (False, False)
    assert await reason(made.id) is ListingReason.LICENSED_NOT_ACCREDITED
    licence = await directory.credential(made.id)
    assert licence.recognised is None


async def test_where_the_rule_asks_for_accreditation_listing_follows_the_recognition() -> None:
    """Corrected behind the services' back, a recognition is followed all the same."""
    name = await body()
    stands = await recognised(name, "TR")
    hospital = await directory.licensed("TR")
    await directory.credential(hospital.id, "TR", CredentialKind.HEALTH_TOURISM_AUTHORISATION)
    counted = await directory.credential(
        hospital.id, "TR", KIND, accreditor_id=await id_of(name), body=None
    )
    offer = await directory.offer(hospital.id)
    listed = "SELECT listed_during @> now() FROM offer WHERE id = $1"
    assert await one(listed, offer.id)
    move = "UPDATE accreditor_recognition SET recognised_to = $2 WHERE id = $1"
    await run(SYSTEM, move, stands.id, today() - timedelta(days=500))
    assert not await one(listed, offer.id)
    shown = await facilities.show_facility(ANONYMOUS, hospital.id)
    assert shown.listing.missing == ["quality_accreditation"]
    assert not (await service.show_credential(ANONYMOUS, counted.id)).valid_now
    await run(SYSTEM, move, stands.id, None)
    assert await one(listed, offer.id)


async def test_what_was_issued_before_a_recognition_ended_still_counts() -> None:
    name = await body()
    stands = await recognised(name)
    counted = await accredited(name)
    ended = await recognitions.end_recognition(officer(), stands.id, END, version=stands.version)
    in_almaty = datetime.now(ZoneInfo("Asia/Almaty")).date()
    assert (ended.recognised_to, ended.end_reason) == (in_almaty, "The body has closed")
    assert await reason(counted.facility_id) is ListingReason.ACCREDITED
    with pytest.raises(RecognitionOver):
        await recognitions.end_recognition(officer(), stands.id, END, version=ended.version)


async def test_an_ended_proposal_is_not_confirmed() -> None:
    recorded = await recognitions.record_recognition(officer(), recording(await body()))
    ended = await recognitions.end_recognition(officer(), recorded.id, END, version=1)
    with pytest.raises(RecognitionOver):
        await recognitions.confirm_recognition(officer(), recorded.id, version=ended.version)


async def test_officers_decide_for_their_own_jurisdiction_only() -> None:
    name = await body()
    stands = await recognised(name)
    waiting = await recognitions.record_recognition(
        officer(), recording(name, reference="Decision 15")
    )
    for each in (stands, waiting):
        with pytest.raises(NoSuchRecognition):
            await recognitions.end_recognition(officer("TR"), each.id, END, version=each.version)
        with pytest.raises(StaleVersion):
            await recognitions.end_recognition(officer(), each.id, END, version=each.version + 1)
    with pytest.raises(NoSuchRecognition):
        await recognitions.confirm_recognition(officer("TR"), waiting.id, version=1)
    everywhere = await directory.accreditor(None)
    shipped = await one(
        "SELECT id FROM accreditor_recognition WHERE accreditor_id = $1", everywhere
    )
    with pytest.raises(NoSuchRecognition):
        await recognitions.end_recognition(officer(), shipped, END, version=1)
    for other in (staff(new_id()), staff(None, Role.OPERATOR)):
        with pytest.raises(Forbidden):
            await recognitions.record_recognition(other, recording(name))
        with pytest.raises(Forbidden):
            await recognitions.add_accreditor(other, NewAccreditor(name="Mine"))


async def test_names_references_and_dates_are_checked() -> None:
    name = await body()
    with pytest.raises(AccreditorKnown):
        await recognitions.add_accreditor(officer(), NewAccreditor(name=name))
    with pytest.raises(UnknownJurisdiction):
        await recognitions.add_accreditor(officer(), NewAccreditor(name="X", jurisdiction="XX"))
    with pytest.raises(UnknownAccreditor):
        await recognitions.record_recognition(officer(), recording("Nobody at all"))
    await recognitions.record_recognition(officer(), recording(name))
    with pytest.raises(RecognitionKnown):
        await recognitions.record_recognition(officer(), recording(name))
    for dates in (
        {"recognised_to": today() - timedelta(days=701)},
        {"recognised_from": today().replace(year=1), "recognised_to": None},
        {"recognised_to": today().replace(year=9999)},
    ):
        with pytest.raises(ImpossibleDates):
            await recognitions.record_recognition(
                officer(), recording(name, reference="Other", **dates)
            )
    stands = await recognised(name, "UZ", recognised_from=today() + timedelta(days=10))
    for last in (today() - timedelta(days=2), today() + timedelta(days=9)):
        with pytest.raises(ImpossibleDates):
            await recognitions.end_recognition(
                officer("UZ"), stands.id,
                EndRecognition(reason="Wrong dates", recognised_to=last), version=stands.version,
            )  # fmt: skip


async def test_accreditors_are_listed_by_name_page_by_page() -> None:
    for _ in range(3):
        await body()
    seen: list[str] = []
    cursor = None
    while True:
        page = await recognitions.list_accreditors(ANONYMOUS, cursor=cursor, limit=2)
        seen += [each.name for each in page.items]
        if (cursor := page.next) is None:
            break
    assert len(seen) == len(set(seen)) > 3
    assert seen == [row["name"] for row in await run(
        SYSTEM, "SELECT name FROM accreditor ORDER BY name")]  # fmt: skip
    tuska = await recognitions.find_accreditor(ANONYMOUS, "TÜSKA")
    assert tuska is not None and [r.jurisdiction for r in tuska.recognitions] == ["TR"]


async def test_every_version_of_a_listing_rule_can_be_read() -> None:
    rules = await service.list_listing_rules(ANONYMOUS, "TR")
    assert [rule.version for rule in rules] == [1, 2, 3]
    transition = rules[1].groups[2].transition
    assert transition is not None and transition.held is CredentialKind.HEALTH_TOURISM_AUTHORISATION
    assert all(rule.source for rule in rules)
    with pytest.raises(UnknownJurisdiction):
        await service.list_listing_rules(ANONYMOUS, "dental-implant")
