"""Listing by the clock: what credentials, rules and decisions mean for an offer, now and later."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.credentials import decisions, service
from domain.credentials.errors import CredentialNotValid
from domain.credentials.types import (
    CredentialKind,
    CredentialStatus,
    ReinstateCredential,
    RevokeCredential,
    SuspendCredential,
)
from domain.db import connection, transactional
from domain.facilities import service as facilities
from domain.facilities.types import FacilityKind, ListingReason
from tests.factories import directory
from tests.factories.directory import CHECKED, officer, today

pytestmark = pytest.mark.usefixtures("catalogue")
REASON = "The evidence no longer holds"


def in_days(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


async def visible(offer_id: UUID) -> bool:
    try:
        return (await catalogue.show_offer(ANONYMOUS, offer_id)).listed
    except NoSuchOffer:
        return False


@transactional
async def listed_at(actor: Actor, offer_id: UUID, at: datetime) -> bool:
    return bool(
        await connection().fetchval(
            "SELECT listed_during @> $2::timestamptz FROM offer WHERE id = $1", offer_id, at
        )
    )


@transactional
async def set_status(actor: Actor, credential_id: UUID, status: str) -> None:
    await connection().execute(
        "UPDATE credential SET status = $2 WHERE id = $1", credential_id, status
    )


async def test_without_credentials_nothing_is_listed() -> None:
    made = await directory.facility()
    offer = await directory.offer(made.id)
    assert not await visible(offer.id)
    with pytest.raises(CredentialNotValid):
        await service.require_cover(SYSTEM, offer.id, in_days(5))
    shown = await facilities.show_facility(ANONYMOUS, made.id)
    assert shown.listing.reason is ListingReason.NOT_LISTED
    assert shown.listing.missing == ["licence"]


async def test_a_licence_lists_where_the_rule_asks_for_no_more() -> None:
    made = await directory.licensed()
    offer = await directory.offer(made.id)
    assert await visible(offer.id)
    await service.require_cover(SYSTEM, offer.id, in_days(5))
    assert made.listing.reason is ListingReason.LICENSED_NOT_ACCREDITED
    await directory.credential(made.id, kind=CredentialKind.QUALITY_ACCREDITATION)
    shown = await facilities.show_facility(ANONYMOUS, made.id)
    assert shown.listing.reason is ListingReason.ACCREDITED


async def test_an_offer_follows_credentials_in_either_order() -> None:
    made = await directory.facility()
    before = await directory.offer(made.id)
    await directory.credential(made.id)
    after = await directory.offer(made.id)
    assert await visible(before.id)
    assert await visible(after.id)


async def test_turkish_hospitals_need_three_kinds_and_spas_two() -> None:
    hospital = await directory.licensed("TR")
    assert hospital.listing.missing == ["health_tourism_authorisation", "quality_accreditation"]
    kinds = CredentialKind
    await directory.credential(hospital.id, "TR", kinds.HEALTH_TOURISM_AUTHORISATION)
    hospital = await facilities.show_facility(ANONYMOUS, hospital.id)
    assert hospital.listing.missing == ["quality_accreditation"]
    await directory.credential(hospital.id, "TR", kinds.QUALITY_ACCREDITATION)
    assert (await facilities.show_facility(ANONYMOUS, hospital.id)).listing.listed

    spa = await directory.licensed("TR", kind=FacilityKind.SPA)
    assert not spa.listing.listed
    await directory.credential(spa.id, "TR", kinds.HEALTH_TOURISM_AUTHORISATION)
    assert (await facilities.show_facility(ANONYMOUS, spa.id)).listing.listed


async def test_a_transition_spares_who_was_authorised_before_until_its_end() -> None:
    made = await directory.facility("TR")
    old = {"issued": today() - timedelta(days=900), "valid_from": today() - timedelta(days=900)}
    await directory.credential(made.id, "TR", **old)
    offer = await directory.offer(made.id)
    await directory.credential(made.id, "TR", CredentialKind.HEALTH_TOURISM_AUTHORISATION, **old)

    @transactional
    async def windows(actor: Actor) -> list[tuple[datetime | None, datetime | None]]:
        rows = await connection().fetch(
            "SELECT lower(r) AS since, upper(r) AS until FROM unnest("
            " listing_during($1, $2, $3)) r", made.id, offer.specialty.code, offer.treatment.code,
        )  # fmt: skip
        return [(row["since"], row["until"]) for row in rows]

    ((_, until),) = await windows(SYSTEM)
    assert until == datetime(2026, 4, 25, 21, tzinfo=UTC)
    assert not await visible(offer.id)


async def test_a_lapsed_credential_hides_the_offer_without_a_job() -> None:
    made = await directory.facility()
    lapsed = await directory.credential(made.id, valid_to=today() - timedelta(days=2))
    offer = await directory.offer(made.id)
    assert lapsed.status is CredentialStatus.EXPIRED
    assert not lapsed.valid_now
    assert not await visible(offer.id)


async def test_the_last_day_ends_at_midnight_of_the_facilitys_calendar() -> None:
    made = await directory.facility("KZ")
    last = today() + timedelta(days=40)
    await directory.credential(made.id, valid_to=last)
    offer = await directory.offer(made.id)
    midnight = datetime(last.year, last.month, last.day, 19, tzinfo=UTC)  # 24:00 in Almaty
    assert await listed_at(SYSTEM, offer.id, midnight - timedelta(seconds=1))
    assert not await listed_at(SYSTEM, offer.id, midnight)


async def test_cover_reaches_thirty_days_past_the_treatment() -> None:
    made = await directory.facility()
    credential = await directory.credential(made.id, valid_to=today() + timedelta(days=40))
    offer = await directory.offer(made.id)
    await service.require_cover(SYSTEM, offer.id, in_days(9))
    with pytest.raises(CredentialNotValid):
        await service.require_cover(SYSTEM, offer.id, in_days(12))
    with pytest.raises(CredentialNotValid):
        await service.require_cover(SYSTEM, offer.id, in_days(-1) - timedelta(days=400))
    await set_status(SYSTEM, credential.id, "renewal_filed")
    await service.require_cover(SYSTEM, offer.id, in_days(12))
    await service.require_cover(SYSTEM, offer.id, in_days(80))


async def test_a_suspension_hides_at_its_moment_and_reinstatement_restores() -> None:
    made = await directory.facility()
    credential = await directory.credential(made.id)
    offer = await directory.offer(made.id)
    moment = datetime.now(UTC) + timedelta(seconds=1.2)
    suspended = await decisions.suspend_credential(
        officer(), credential.id, SuspendCredential(reason=REASON, effective_at=moment),
        version=credential.version,
    )  # fmt: skip
    assert await visible(offer.id)
    with pytest.raises(CredentialNotValid):
        await service.require_cover(SYSTEM, offer.id, in_days(1))
    await asyncio.sleep(1.3)
    assert not await visible(offer.id)
    restored = await decisions.reinstate_credential(
        officer(), credential.id, ReinstateCredential(reason=REASON), version=suspended.version
    )
    assert restored.status is CredentialStatus.ACTIVE
    assert await visible(offer.id)
    await decisions.revoke_credential(
        officer(), credential.id, RevokeCredential(reason=REASON), version=restored.version
    )
    assert not await visible(offer.id)


async def test_a_scoped_suspension_spares_other_treatments() -> None:
    made = await directory.facility()
    credential = await directory.credential(made.id)
    implant = await directory.offer(made.id, "dental-implant")
    cataract = await directory.offer(made.id, "cataract-surgery")
    await decisions.suspend_credential(
        officer(), credential.id, SuspendCredential(reason=REASON, treatments=["dental-implant"]),
        version=credential.version,
    )  # fmt: skip
    assert not await visible(implant.id)
    assert await visible(cataract.id)
    assert (await facilities.show_facility(ANONYMOUS, made.id)).listing.listed


async def test_a_scoped_credential_lists_its_scope_only() -> None:
    made = await directory.facility()
    await directory.credential(made.id, specialties=["dentistry"])
    implant = await directory.offer(made.id, "dental-implant")
    cataract = await directory.offer(made.id, "cataract-surgery")
    assert await visible(implant.id)
    assert not await visible(cataract.id)
    assert (await facilities.show_facility(ANONYMOUS, made.id)).listing.listed
    await directory.credential(made.id, treatments=["cataract-surgery"])
    assert await visible(cataract.id)


async def test_a_new_version_of_the_rule_takes_effect_on_its_day() -> None:
    made = await directory.licensed("XN")
    offer = await directory.offer(made.id)
    tomorrow = in_days(1)

    @transactional
    async def change(actor: Actor, statement: str, *args: object) -> None:
        await connection().execute(statement, *args)

    await change(
        SYSTEM, "UPDATE listing_rule SET valid_to = $1 WHERE jurisdiction = 'XN'", tomorrow
    )
    try:
        assert await listed_at(SYSTEM, offer.id, in_days(0))
        assert not await listed_at(SYSTEM, offer.id, in_days(2))
    finally:
        await change(SYSTEM, "UPDATE listing_rule SET valid_to = NULL WHERE jurisdiction = 'XN'")
    assert await listed_at(SYSTEM, offer.id, in_days(2))


async def test_a_credential_and_an_offer_written_at_once_see_each_other() -> None:
    for _ in range(8):
        made = await directory.facility()
        handed_in = await service.submit_credential(SYSTEM, made.id, directory.certificate())
        verified = await service.verify_credential(
            officer(), handed_in.id, CHECKED, version=handed_in.version
        )
        offer, _ = await asyncio.gather(
            directory.offer(made.id),
            service.confirm_credential(officer(), handed_in.id, version=verified.version),
        )
        assert await visible(offer.id)
