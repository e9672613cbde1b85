"""Offers through the services: versions, price history, who may change and who may see them."""

from typing import Any

import asyncpg
import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.catalogue import reference, service
from domain.catalogue.errors import (
    NoSuchOffer,
    NoSuchTreatment,
    OfferWithdrawn,
    TreatmentRestricted,
    UnknownTreatment,
)
from domain.catalogue.types import CancellationTier, OfferMode, OfferTerms
from domain.db import connection, transactional
from domain.errors import Conflict, Forbidden, StaleVersion
from domain.facilities.errors import NoSuchFacility
from domain.ids import new_id
from domain.money import Currency, Money
from tests.conftest import organisation_of
from tests.factories import directory
from tests.factories.directory import offering, officer, staff

pytestmark = pytest.mark.usefixtures("catalogue")


@transactional
async def fetch(actor: Actor, statement: str, *args: object) -> list[asyncpg.Record]:
    return list(await connection().fetch(statement, *args))


def terms(price: int, **more: Any) -> OfferTerms:
    body = msgspec.to_builtins(offering(price=price, **more))
    del body["treatment"]
    return msgspec.convert(body, OfferTerms)


async def test_the_reference_is_loaded_once() -> None:
    assert not await reference.load_reference(SYSTEM)
    treatments = await service.list_treatments(ANONYMOUS, "kk")
    assert len(treatments) >= 50
    assert len(await service.list_specialties(ANONYMOUS, "hu")) >= 16
    names = await fetch(SYSTEM, "SELECT count(*) AS n FROM treatment_name")
    await fetch(SYSTEM, "UPDATE reference_set SET content_hash = 'x'::bytea")
    assert await reference.load_reference(SYSTEM)
    assert await fetch(SYSTEM, "SELECT count(*) AS n FROM treatment_name") == names


async def test_treatments_speak_every_language() -> None:
    for language, name in (("kk", "Тіс имплантаты"), ("tr", "Diş implantı")):
        shown = await service.show_treatment(ANONYMOUS, "dental-implant", language)
        assert shown.name == name
    dental = await service.list_treatments(ANONYMOUS, "en", "dentistry")
    assert {item.specialty.code for item in dental} == {"dentistry"}
    with pytest.raises(NoSuchTreatment):
        await service.require_treatment(ANONYMOUS, "time-travel")


async def test_an_offer_takes_what_it_does_not_say_from_the_treatment() -> None:
    made = await directory.licensed()
    offer = await directory.offer(made.id, "dental-implant")
    treatment = await service.show_treatment(SYSTEM, "dental-implant")
    assert (offer.duration_minutes, offer.stay_nights) == (
        treatment.duration_minutes, treatment.stay_nights,
    )  # fmt: skip
    assert offer.specialty.code == "dentistry"
    with pytest.raises(UnknownTreatment):
        await directory.offer(made.id, "time-travel")


async def test_a_change_is_a_new_version_with_the_old_price_kept() -> None:
    made = await directory.licensed()
    offer = await directory.offer(made.id, price=100_000)
    dearer = await service.update_offer(
        SYSTEM, made.id, offer.id, terms(120_000, mode=OfferMode.ON_REQUEST), version=1
    )
    assert (dearer.version, dearer.price.amount) == (2, 120_000)
    assert [line.amount for line in dearer.lines] == [120_000]
    with pytest.raises(StaleVersion):
        await service.update_offer(SYSTEM, made.id, offer.id, terms(1_000), version=1)
    history = await service.price_history(ANONYMOUS, offer.id)
    assert [(point.version, point.price.amount) for point in history] == [
        (2, 120_000), (1, 100_000),
    ]  # fmt: skip
    for statement in (
        "UPDATE offer_revision SET price_minor = 1 WHERE offer_id = $1",
        "DELETE FROM offer_revision WHERE offer_id = $1",
    ):
        with pytest.raises((Conflict, asyncpg.InsufficientPrivilegeError)):
            await fetch(SYSTEM, statement, offer.id)


async def test_a_withdrawn_offer_is_gone_for_patients() -> None:
    made = await directory.licensed()
    offer = await directory.offer(made.id)
    assert (await service.bookable_offer(SYSTEM, offer.id)).version == 1
    withdrawn = await service.withdraw_offer(SYSTEM, made.id, offer.id, version=1)
    assert not withdrawn.active
    with pytest.raises(NoSuchOffer):
        await service.show_offer(ANONYMOUS, offer.id)
    with pytest.raises(OfferWithdrawn):
        await service.bookable_offer(SYSTEM, offer.id)
    with pytest.raises(OfferWithdrawn):
        await service.update_offer(SYSTEM, made.id, offer.id, terms(1_000), version=2)
    with pytest.raises(NoSuchOffer):
        await service.bookable_offer(SYSTEM, new_id())


async def test_a_booking_learns_what_it_needs() -> None:
    organisation = await organisation_of(Role.COORDINATOR, "KZ")
    made = await directory.licensed(organisation=organisation)
    steps = [CancellationTier(72, 80), CancellationTier(0, 0)]
    offer = await directory.offer(
        made.id, price=500_00, currency=Currency.USD, deposit=100_00, tiers=steps
    )
    found = await service.bookable_offer(SYSTEM, offer.id)
    assert (found.facility_id, found.organisation_id) == (made.id, organisation)
    assert (found.jurisdiction, found.zone) == ("KZ", "Asia/Almaty")
    assert found.price == Money(500_00, Currency.USD)
    assert found.deposit == Money(100_00, Currency.USD)
    assert found.tiers == steps
    rows = await fetch(SYSTEM, "SELECT price_eur_minor FROM offer WHERE id = $1", offer.id)
    assert rows[0]["price_eur_minor"] == 44011  # 500 USD at 1.13607202


async def test_staff_manage_their_own_offers_only() -> None:
    organisation = await organisation_of(Role.COORDINATOR, "KZ")
    made = await directory.licensed(organisation=organisation)
    offer = await service.create_offer(staff(organisation), made.id, offering())
    for actor, error in (
        (staff(new_id()), NoSuchFacility),
        (officer(), Forbidden),
        (ANONYMOUS, Forbidden),
    ):
        with pytest.raises(error):
            await service.create_offer(actor, made.id, offering())
        with pytest.raises(error):
            await service.update_offer(actor, made.id, offer.id, terms(1_000), version=1)
        with pytest.raises(error):
            await service.withdraw_offer(actor, made.id, offer.id, version=1)
    own = await directory.licensed(organisation=organisation)
    with pytest.raises(NoSuchOffer):
        await service.update_offer(staff(organisation), own.id, offer.id, terms(1_000), version=1)


async def test_unlisted_offers_are_seen_by_those_they_concern() -> None:
    organisation = await organisation_of(Role.COORDINATOR, "KZ")
    made = await directory.facility(organisation=organisation)
    offer = await directory.offer(made.id)
    for actor in (ANONYMOUS, staff(new_id()), officer("TR")):
        with pytest.raises(NoSuchOffer):
            await service.show_offer(actor, offer.id)
        assert (await service.list_offers_of(actor, made.id)).items == []
    for actor in (SYSTEM, staff(organisation), officer("KZ")):
        assert not (await service.show_offer(actor, offer.id)).listed
        assert len((await service.list_offers_of(actor, made.id)).items) == 1


async def test_a_state_may_restrict_a_treatment() -> None:
    await fetch(SYSTEM, "UPDATE treatment SET restricted_in = '{KG}' WHERE code = 'dental-veneers'")
    made = await directory.facility("KG")
    with pytest.raises(TreatmentRestricted):
        await directory.offer(made.id, "dental-veneers")
    await fetch(SYSTEM, "UPDATE treatment SET restricted_in = '{}' WHERE code = 'dental-veneers'")
