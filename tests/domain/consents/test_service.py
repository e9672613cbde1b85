"""The life of a consent against the real database: who moves it, who sees it, who is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from domain.actor import SYSTEM, Actor
from domain.consents import service
from domain.consents.errors import (
    ConsentNeeded,
    ConsentTooLong,
    NoSuchConsent,
    NoSuchGrantee,
    OtherTextShown,
    WrongConsentState,
)
from domain.consents.types import Category, ConsentStatus, Grant, Label, Purpose
from domain.db import connection, transactional
from domain.errors import Forbidden, NotFound, StaleVersion
from domain.idempotency.service import Once
from tests.factories.care import Care, care_of, consented, request_of

pytestmark = pytest.mark.usefixtures("database")

PARTS = [Category.PROBLEMS, Category.MEDICATIONS]


@pytest.fixture
async def care(person: Any) -> Care:
    return await care_of(person)


@transactional
async def rows(actor: Actor, sql: str, *values: object) -> list[Any]:
    return list(await connection().fetch(sql, *values))


async def events_of(consent_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    found = await rows(
        SYSTEM,
        "SELECT kind, payload FROM outbox_event WHERE payload->>'consent_id' = $1 ORDER BY id",
        str(consent_id),
    )
    return [(row["kind"], msgspec.json.decode(row["payload"])) for row in found]


async def test_a_consent_is_asked_for_given_paused_resumed_and_taken_back(care: Care) -> None:
    episode = uuid4()
    asked = await service.request_consent(care.doctor, request_of(care, PARTS, episode_id=episode))
    assert (asked.status, asked.version) == (ConsentStatus.REQUESTED, 1)
    assert asked.grantee.country == "TR" and asked.safeguard == "primary_copy_stays_home"
    granted = await service.grant_consent(care.patient, asked.id, Grant(language="kk"), 1)
    assert granted.status is ConsentStatus.GRANTED and granted.version == 2
    assert granted.language == "kk" and granted.signature_sha256 and granted.granted_at
    paused = await service.suspend_consent(care.patient, asked.id, 2)
    assert paused.status is ConsentStatus.SUSPENDED
    resumed = await service.resume_consent(care.patient, asked.id, 3)
    assert resumed.status is ConsentStatus.GRANTED
    assert resumed.signature_sha256 == granted.signature_sha256
    ended = await service.revoke_consent(care.patient, asked.id, 4)
    assert (ended.status, ended.version) == (ConsentStatus.REVOKED, 5)
    told = await events_of(asked.id)
    assert sorted((kind, payload.get("reason") or "") for kind, payload in told) == [
        ("ConsentEnded", "expired"),
        ("ConsentEnded", "revoked"),
        ("ConsentEnded", "suspended"),
        ("ConsentGranted", ""),
        ("ConsentGranted", ""),
    ]
    assert all(payload["episode_id"] == str(episode) for _, payload in told)
    log = await rows(
        care.patient,
        "SELECT from_status, to_status, version FROM consent_transition WHERE consent_id = $1"
        " ORDER BY version",
        asked.id,
    )
    assert [tuple(each) for each in log] == [
        (None, "requested", 1),
        ("requested", "granted", 2),
        ("granted", "suspended", 3),
        ("suspended", "granted", 4),
        ("granted", "revoked", 5),
    ]
    audited = await rows(
        care.patient,
        "SELECT action, consent_id, purpose FROM audit_event WHERE subject_id = $1 ORDER BY id",
        str(asked.id),
    )
    assert [each["action"] for each in audited] == [
        "consents.request", "consents.grant", "consents.suspend", "consents.resume",
        "consents.revoke",
    ]  # fmt: skip
    assert {each["purpose"] for each in audited} == {"TREAT"}


async def test_expiry_is_told_when_it_falls_due_and_not_before(care: Care) -> None:
    given = await consented(care, PARTS)
    (due,) = await rows(
        SYSTEM,
        "SELECT due_at FROM outbox_event WHERE kind = 'ConsentEnded'"
        " AND payload->>'consent_id' = $1",
        str(given.id),
    )
    assert due["due_at"] == given.valid_until


async def test_a_refusal_ends_the_request(care: Care) -> None:
    asked = await service.request_consent(care.doctor, request_of(care, PARTS))
    denied = await service.deny_consent(care.patient, asked.id, 1)
    assert denied.status is ConsentStatus.DENIED
    assert [kind for kind, _ in await events_of(asked.id)] == ["ConsentDenied"]
    with pytest.raises(WrongConsentState):
        await service.grant_consent(care.patient, asked.id, Grant(), 2)


async def test_an_older_version_is_stale_and_a_wrong_state_is_a_conflict(care: Care) -> None:
    asked = await service.request_consent(care.doctor, request_of(care, PARTS))
    with pytest.raises(WrongConsentState):
        await service.suspend_consent(care.patient, asked.id, 1)
    with pytest.raises(WrongConsentState):
        await service.resume_consent(care.patient, asked.id, 1)
    await service.grant_consent(care.patient, asked.id, Grant(), 1)
    with pytest.raises(StaleVersion):
        await service.revoke_consent(care.patient, asked.id, 1)
    with pytest.raises(WrongConsentState):
        await service.resume_consent(care.patient, asked.id, 2)
    await service.revoke_consent(care.patient, asked.id, 2)
    with pytest.raises(WrongConsentState):
        await service.revoke_consent(care.patient, asked.id, 3)


async def test_of_two_moves_at_once_exactly_one_wins(care: Care) -> None:
    asked = await service.request_consent(care.doctor, request_of(care, PARTS))
    answers = await asyncio.gather(
        *(service.grant_consent(care.patient, asked.id, Grant(), 1) for _ in range(3)),
        *(service.deny_consent(care.patient, asked.id, 1) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(not isinstance(each, BaseException) for each in answers) == 1
    assert all(
        isinstance(each, StaleVersion) for each in answers if isinstance(each, BaseException)
    )


async def test_only_the_patients_side_decides(care: Care) -> None:
    asked = await service.request_consent(care.doctor, request_of(care, PARTS))
    with pytest.raises(Forbidden):
        await service.grant_consent(care.doctor, asked.id, Grant(), 1)
    for nobody in (care.stranger, care.other_doctor, care.clinician):
        with pytest.raises(NoSuchConsent):
            await service.grant_consent(nobody, asked.id, Grant(), 1)
    await service.grant_consent(care.patient, asked.id, Grant(), 1)
    for seeing in (care.doctor, care.clinician):
        with pytest.raises(Forbidden):
            await service.revoke_consent(seeing, asked.id, 2)


async def test_the_grantee_sees_a_consent_once_it_was_granted_and_after_it_ended(
    care: Care,
) -> None:
    asked = await service.request_consent(care.doctor, request_of(care, PARTS))
    assert (await service.list_consents(care.clinician)).items == []
    await service.grant_consent(care.patient, asked.id, Grant(), 1)
    assert [each.id for each in (await service.list_consents(care.clinician)).items] == [asked.id]
    await service.revoke_consent(care.patient, asked.id, 2)
    seen = await service.show_consent(care.clinician, asked.id)
    assert seen.status is ConsentStatus.REVOKED
    for nobody in (care.stranger, care.other_doctor, care.other_clinician):
        assert (await service.list_consents(nobody)).items == []
        assert await rows(nobody, "SELECT * FROM consent") == []
        assert await rows(nobody, "SELECT * FROM consent_transition") == []


@pytest.mark.parametrize("who", ["doctor", "clinician"])
async def test_the_database_itself_refuses_others_to_decide(care: Care, who: str) -> None:
    given = await consented(care, PARTS)
    changed = await rows(
        getattr(care, who),
        "UPDATE consent SET categories = categories || '{results}'::text[]"
        " WHERE id = $1 RETURNING id",
        given.id,
    )
    assert changed == []


async def test_only_a_practice_in_whose_care_the_patient_is_may_ask(care: Care) -> None:
    with pytest.raises(NotFound):
        await service.request_consent(care.other_doctor, request_of(care, PARTS))
    with pytest.raises(NotFound):
        await service.request_consent(care.stranger, request_of(care, PARTS))
    with pytest.raises(Forbidden):
        await service.request_consent(care.clinician, request_of(care, PARTS))
    own = await service.request_consent(care.patient, request_of(care, PARTS))
    assert own.requested_by is None


async def test_what_cannot_be_asked_for_is_refused(care: Care) -> None:
    with pytest.raises(NoSuchGrantee):
        await service.request_consent(
            care.doctor, request_of(care, PARTS, grantee_organisation_id=uuid4())
        )
    with pytest.raises(ConsentTooLong):
        await service.request_consent(
            care.doctor,
            request_of(care, PARTS, valid_until=datetime.now(UTC) + timedelta(days=400)),
        )


async def test_the_same_request_twice_is_one_consent(care: Care) -> None:
    command = request_of(care, PARTS)
    once = Once.of("a key of the doctor", command)
    first = await service.request_consent(care.doctor, command, once)
    again = await service.request_consent(care.doctor, command, once)
    assert first.id == again.id


async def test_the_signed_words_are_kept_sealed_and_shown_again(care: Care) -> None:
    asked = await service.request_consent(care.doctor, request_of(care, PARTS))
    narrower = Grant(categories=[Category.PROBLEMS], excluded_labels=[Label.HIV], language="ru")
    offer = await service.consider_consent(care.patient, asked.id, narrower)
    wrong = msgspec.structs.replace(narrower, text_sha256="0" * 64)
    with pytest.raises(OtherTextShown):
        await service.grant_consent(care.patient, asked.id, wrong, 1)
    shown = msgspec.structs.replace(narrower, text_sha256=offer.text.sha256)
    granted = await service.grant_consent(care.patient, asked.id, shown, 1)
    assert granted.signature_sha256 == offer.text.sha256
    assert granted.categories == [Category.PROBLEMS] and granted.excluded_labels == [Label.HIV]
    signed = await service.consider_consent(care.patient, asked.id, Grant())
    assert signed.text == offer.text
    (row,) = await rows(SYSTEM, "SELECT text_sealed FROM consent WHERE id = $1", asked.id)
    assert "Разрешаю".encode() not in row["text_sealed"]
    assert b"Shifayol" not in row["text_sealed"]
    with pytest.raises(Forbidden):
        await service.consider_consent(care.clinician, asked.id, Grant())


async def test_expiry_needs_no_job(care: Care) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    given = await consented(care, PARTS, valid_until=soon)
    organisation = care.clinician.organisation_id
    assert organisation is not None
    held = await service.standing(care.clinician, care.patient_id, organisation)
    assert held.consent_id == given.id
    await asyncio.sleep(1.1)
    ended = await service.standing(care.clinician, care.patient_id, organisation)
    assert (ended.consent_id, ended.ended) == (None, True)
    shown = await service.show_consent(care.patient, given.id)
    assert shown.status is ConsentStatus.EXPIRED
    with pytest.raises(WrongConsentState):
        await service.revoke_consent(care.patient, given.id, 2)


async def test_standing_tells_what_an_organisation_holds(care: Care) -> None:
    organisation, episode = care.clinician.organisation_id, uuid4()
    assert organisation is not None
    nothing = await service.standing(care.doctor, care.patient_id, organisation, episode)
    assert (nothing.consent_id, nothing.ended) == (None, False)
    with pytest.raises(ConsentNeeded):
        await service.require_standing(care.doctor, care.patient_id, organisation, episode)
    given = await consented(care, PARTS, episode_id=episode)
    asked = (care.patient_id, organisation)
    assert await service.require_standing(care.doctor, *asked, episode) == given.id
    assert await service.require_standing(SYSTEM, *asked, episode) == given.id
    with pytest.raises(ConsentNeeded):
        await service.require_standing(care.doctor, *asked, uuid4())
    paying = await consented(care, PARTS, purpose=Purpose.PAYMENT, episode_id=uuid4())
    with pytest.raises(ConsentNeeded):
        await service.require_standing(care.doctor, *asked, paying.episode_id)


async def test_an_episode_that_is_over_takes_its_consents_with_it(care: Care) -> None:
    episode = uuid4()
    given = await consented(care, PARTS, episode_id=episode)
    open_still = await service.request_consent(
        care.doctor, request_of(care, PARTS, episode_id=episode)
    )
    other = await consented(care, PARTS)
    with pytest.raises(Forbidden):
        await service.end_consents_of(care.doctor, episode)
    assert set(await service.end_consents_of(SYSTEM, episode)) == {given.id, open_still.id}
    states = [
        (await service.show_consent(care.patient, each)).status
        for each in (given.id, open_still.id, other.id)
    ]
    assert states == [ConsentStatus.REVOKED, ConsentStatus.DENIED, ConsentStatus.GRANTED]


async def test_pages_of_consents_are_complete_and_in_order(care: Care) -> None:
    made = [
        (await service.request_consent(care.doctor, request_of(care, PARTS))).id for _ in range(5)
    ]
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await service.list_consents(care.patient, care.patient_id, cursor, 2)
        seen += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_the_log_of_moves_cannot_be_rewritten(care: Care) -> None:
    given = await consented(care, PARTS)
    for sql in (
        "UPDATE consent_transition SET to_status = 'denied' WHERE consent_id = $1",
        "DELETE FROM consent_transition WHERE consent_id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await rows(SYSTEM, sql, given.id)
