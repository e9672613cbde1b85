"""Registering facilities, showing them, and handing them to the organisations that run them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import policy, queries, rules
from domain.facilities.errors import (
    FacilityMerged,
    NoSuchFacility,
    NotAFacilityOrganisation,
    OrganisationElsewhere,
)
from domain.facilities.places import all_places
from domain.facilities.places import reference_bytes as reference_bytes
from domain.facilities.types import (
    CreateFacility,
    FacilityPage,
    FacilityQuery,
    FacilityRef,
    FacilityView,
    KnownFacility,
    Source,
)
from domain.identity.errors import NoSuchOrganisation
from domain.identity.types import OrganisationKind
from domain.ids import new_id
from domain.jurisdictions import jurisdiction
from domain.permissions import service as permissions
from domain.text import fold, fold_words

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
    items = [policy.as_seen(actor, each) for each in found[: query.limit]]
    following = None
    if len(found) > query.limit:
        following = make_cursor(_question(query), (fold(items[-1].name), items[-1].id))
    return FacilityPage(items, following, total)


@transactional
async def list_listed(actor: Actor) -> list[tuple[UUID, datetime]]:
    """Return every facility listed now, with when it last changed: what a sitemap names."""
    return await queries.listed()


def _question(query: FacilityQuery) -> object:
    return (sorted(query.state), query.city, query.q, query.listed.value)


@transactional
async def show_facility(actor: Actor, facility_id: UUID) -> FacilityView:
    """Return a facility with its listing as it stands now; raises NoSuchFacility."""
    found = await queries.facility(facility_id)
    if found is None:
        raise NoSuchFacility(subject=("facility", facility_id))
    return policy.as_seen(actor, found)


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
async def list_own(actor: Actor) -> list[FacilityView]:
    """Return the facilities that the actor's organisation runs, by name."""
    if not actor.of_facility or actor.organisation_id is None:
        return []
    return await queries.of_organisation(actor.organisation_id)


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
    actor: Actor,
    command: CreateFacility,
    *,
    source: Source,
    source_key: str,
    register_specialties: Sequence[str] = (),
) -> tuple[UUID, bool, bool]:
    """Store a facility under its source's key, with the names it is found by.

    Runs inside the caller's operation. Returns its id, whether it is new, whether it changed; one
    that was gone from its register is there again. Where another source speaks for the facility
    since two were merged, this one changes nothing.
    """
    rules.require_valid(command)
    known = await queries.of_source(source, states=None, keys=[source_key], lock=False)
    if known and not known[0]["speaking"]:
        return known[0]["id"], False, False
    row = rules.columns_of(command, register_specialties) | {
        "register_gone_at": None,
        "demo": source is Source.DEMO,
        "source": source.value,
        "source_key": source_key,
    }
    facility_id, new, changed = await queries.upsert_facility(row, utc_now())
    if new:
        await queries.add_identifier(facility_id, source, source_key)
    if changed:
        await queries.replace_names(
            facility_id, rules.spellings(row["name"], rules.spoken(command.names))
        )
        await queries.add_place_names(
            command.jurisdiction,
            row["city_key"],
            rules.spellings(row["city"], rules.spoken(command.city_names)),
        )
    return facility_id, new, changed


def require_valid(command: CreateFacility) -> None:
    """Refuse a facility that contradicts itself or that nobody could find."""
    rules.require_valid(command)


def facts_of(command: CreateFacility, register_specialties: Sequence[str]) -> dict[str, str]:
    """Return what would be stored of a facility, flat by field."""
    return rules.facts(rules.columns_of(command, register_specialties))


@transactional
async def known_by_source(
    actor: Actor,
    source: Source,
    *,
    states: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    lock: bool = False,
) -> dict[str, KnownFacility]:
    """Return what a source said last of its facilities, by its keys, those gone included."""
    rows = await queries.of_source(source, states=states, keys=keys, lock=lock)
    return {
        row["key"]: KnownFacility(
            row["id"], rules.facts(row), row["register_gone_at"], row["speaking"]
        )
        for row in rows
    }


@transactional
async def mark_gone(actor: Actor, facility_id: UUID) -> None:
    """Note that a facility is no longer in its register; it stays, and stays listed or not."""
    await queries.mark_gone(facility_id, utc_now())


@transactional
async def list_gone(
    actor: Actor, *, state: str | None, cursor: str | None = None, limit: int = 50
) -> FacilityPage:
    """Return what registers no longer have, of one state or of all; the caller says who may ask.

    Raises CursorInvalid.
    """
    question = ("gone", state)
    after = read_cursor(cursor, question, UUID) if cursor is not None else None
    found, total = await queries.gone(state, after, limit + 1)
    items = found[:limit]
    following = make_cursor(question, items[-1].id) if len(found) > limit else None
    return FacilityPage(items, following, total)


@transactional
async def load_reference(actor: Actor) -> None:
    """Bring the positions that were looked up by the town to what this release ships."""
    await queries.locate(all_places())


@transactional
async def ties_of(actor: Actor, facility_id: UUID) -> list[str]:
    """Return the kinds of things that hang on a facility and cannot move to another."""
    return await queries.ties(facility_id)


@transactional
async def lock_versions(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Lock facilities for what follows and return their versions; merged ones are left out."""
    return await queries.lock_versions(ids)


@transactional
async def fold_into(actor: Actor, survivor_id: UUID, other_id: UUID) -> None:
    """Make a facility another address of the survivor; who may, the caller has decided."""
    await queries.fold_into(survivor_id, other_id, utc_now())


@transactional
async def find_by_source_key(actor: Actor, source: Source, source_key: str) -> UUID | None:
    """Return the facility that a source knows under this key, or None."""
    return await queries.by_source_key(source, source_key)


@transactional
async def assign_facility(
    actor: Actor, facility_id: UUID, organisation_id: UUID, *, version: int | None = None
) -> FacilityView:
    """Hand a facility to the organisation that runs it; operators only.

    Raises NoSuchFacility, FacilityMerged, NotAFacilityOrganisation, OrganisationElsewhere, and
    StaleVersion when `version` is given and is not the stored one.
    """
    permissions.require(actor, "facilities.assign")
    found = await show_facility(actor, facility_id)
    if found.id != facility_id:
        raise FacilityMerged(subject=("facility", facility_id))
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
