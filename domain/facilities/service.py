"""Registering facilities, showing them, and handing them to the organisations that run them."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import policy, queries, rules
from domain.facilities.errors import NoSuchFacility, NotAFacilityOrganisation, OrganisationElsewhere
from domain.facilities.types import (
    CreateFacility,
    FacilityPage,
    FacilityQuery,
    FacilityRef,
    FacilityView,
    Source,
)
from domain.identity.errors import NoSuchOrganisation
from domain.identity.types import OrganisationKind
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.permissions import service as permissions
from domain.text import clean, fold, fold_words

MAX_WORDS = 8


@transactional
async def list_facilities(actor: Actor, query: FacilityQuery) -> FacilityPage:
    """Return facilities in the order of their names; raises CursorInvalid."""
    for code in query.state:
        jurisdiction(code)
    after = None
    if query.cursor is not None:
        after = read_cursor(query.cursor, _question(query), tuple[str, UUID])
    words = fold_words(query.q or "")[:MAX_WORDS]
    if query.q is not None and query.q.strip() and not words:
        return FacilityPage([], None, 0)
    found, total = await queries.facilities(
        states=query.state,
        city_folded=fold(query.city) if query.city is not None else None,
        words=words,
        listed=query.listed,
        after=after,
        limit=query.limit + 1,
    )
    items = found[: query.limit]
    following = None
    if len(found) > query.limit:
        following = make_cursor(_question(query), (fold(items[-1].name), items[-1].id))
    return FacilityPage(items, following, total)


def _question(query: FacilityQuery) -> object:
    return (sorted(query.state), query.city, query.q, query.listed.value)


@transactional
async def show_facility(actor: Actor, facility_id: UUID) -> FacilityView:
    """Return a facility with its listing as it stands now; raises NoSuchFacility."""
    found = await queries.facility(facility_id)
    if found is None:
        raise NoSuchFacility(subject=("facility", facility_id))
    return found


@transactional
async def own_facilities(actor: Actor) -> list[FacilityView]:
    """Return the facilities that the actor's organisation runs, by name."""
    if actor.organisation_id is None:
        return []
    return await queries.of_organisation(actor.organisation_id)


@transactional
async def facility_ref(actor: Actor, facility_id: UUID) -> FacilityRef:
    """Return whose a facility is and where it lies; raises NoSuchFacility."""
    found = await queries.facility_ref(facility_id)
    if found is None:
        raise NoSuchFacility(subject=("facility", facility_id))
    return found


@transactional
async def facility_of(actor: Actor, facility_id: UUID, action: str) -> FacilityRef:
    """Return the facility to whoever may do the action there.

    Raises WrongRole for another role and NoSuchFacility for staff of another facility.
    """
    found = await facility_ref(actor, facility_id)
    policy.require_staff(actor, found, action)
    return found


@transactional
async def create_facility(
    actor: Actor,
    command: CreateFacility,
    *,
    source: Source = Source.OWN,
    source_key: str | None = None,
) -> FacilityView:
    """Register a facility; operators only. It is not listed before credentials are verified."""
    permissions.require(actor, "facilities.create")
    facility_id, _, _ = await store_facility(
        actor, command, source=source, source_key=source_key or str(new_id())
    )
    await audit.record(
        actor, "facilities.create_facility", subject=("facility", facility_id),
        home_state=command.jurisdiction,
    )  # fmt: skip
    return await show_facility(actor, facility_id)


async def store_facility(
    actor: Actor, command: CreateFacility, *, source: Source, source_key: str
) -> tuple[UUID, bool, bool]:
    """Store a facility under its source's key, with the names it is found by.

    Runs inside the caller's operation. Returns its id, whether it is new, whether it changed.
    """
    rules.require_valid(command)
    city, names, city_names = (
        clean(command.city), rules.spoken(command.names), rules.spoken(command.city_names)
    )  # fmt: skip
    name, now = clean(command.name), utc_now()
    row: dict[str, Any] = {
        "jurisdiction": command.jurisdiction,
        "kind": command.kind.value,
        "name": name,
        "name_folded": fold(name),
        "names": msgspec.json.encode(names, order="sorted").decode(),
        "city": city,
        "city_key": fold(city),
        "city_names": msgspec.json.encode(city_names, order="sorted").decode(),
        "zone": command.zone or jurisdiction(command.jurisdiction).zone,
        "latitude": command.latitude,
        "longitude": command.longitude,
        "address": clean(command.address or "") or None,
        "phone": clean(command.phone or "") or None,
        "website": command.website,
        "languages": list(dict.fromkeys(command.languages)),
        "demo": source is Source.DEMO,
        "source": source.value,
        "source_key": source_key,
    }
    facility_id, new, changed = await queries.upsert_facility(row, now)
    if changed:
        await queries.replace_names(facility_id, rules.spellings(name, names))
        await queries.add_place_names(
            command.jurisdiction, row["city_key"], rules.spellings(city, city_names)
        )
    return facility_id, new, changed


@transactional
async def find_by_source_key(actor: Actor, source: Source, source_key: str) -> UUID | None:
    """Return the facility that a source knows under this key, or None."""
    return await queries.by_source_key(source, source_key)


@transactional
async def assign_facility(
    actor: Actor, facility_id: UUID, organisation_id: UUID, *, version: int | None = None
) -> FacilityView:
    """Hand a facility to the organisation that runs it; operators only.

    Raises NoSuchFacility, NotAFacilityOrganisation, OrganisationElsewhere, and StaleVersion when
    `version` is given and is not the stored one.
    """
    permissions.require(actor, "facilities.assign")
    found = await show_facility(actor, facility_id)
    if version is not None and version != found.version:
        raise StaleVersion
    kind, state = await queries.organisation(organisation_id) or (None, "")
    if kind is None:
        raise NoSuchOrganisation(subject=("organisation", organisation_id))
    if kind is not OrganisationKind.FACILITY:
        raise NotAFacilityOrganisation(fields={"organisation_id": NotAFacilityOrganisation.title})
    if state != found.jurisdiction:
        raise OrganisationElsewhere(fields={"organisation_id": OrganisationElsewhere.title})
    await queries.assign(facility_id, organisation_id, utc_now())
    await audit.record(
        actor, "facilities.assign_facility", subject=("facility", facility_id),
        home_state=found.jurisdiction, detail={"organisation_id": str(organisation_id)},
    )  # fmt: skip
    return await show_facility(actor, facility_id)
