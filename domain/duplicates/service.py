"""Finding facilities that are the same, merging two of them by four eyes, telling them apart."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.duplicates import policy, queries
from domain.duplicates.errors import (
    FacilitiesMoved,
    MergeDecided,
    MergeHindered,
    NoSuchFacilityMerge,
    SameFacility,
    StatesDiffer,
)
from domain.duplicates.tables import FacilityMerge
from domain.duplicates.types import (
    DuplicatePage,
    FacilityMergePage,
    FacilityMergeStatus,
    FacilityMergeView,
    MergeFacilities,
    TellApart,
)
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.facilities.types import FacilityRef
from domain.ids import new_id
from domain.permissions import service as permissions


@transactional
async def list_duplicates(
    actor: Actor, *, cursor: str | None = None, limit: int = 50
) -> DuplicatePage:
    """Return the pairs of the actor's state that may be the same; raises CursorInvalid."""
    permissions.require(actor, "duplicates.read")
    question = ("duplicates", actor.jurisdiction)
    after = None
    if cursor is not None:
        after = read_cursor(cursor, question, tuple[int, datetime, UUID, UUID])
    found = await queries.duplicates(after, limit + 1, visible_to=actor)
    items = found[:limit]
    following = make_cursor(question, items[-1][1]) if len(found) > limit else None
    return DuplicatePage([view for view, _ in items], following)


@transactional
async def list_merges(
    actor: Actor,
    status: FacilityMergeStatus | None = None,
    *,
    after: UUID | None = None,
    limit: int = 50,
) -> FacilityMergePage:
    """Return the merges of the actor's state, newest first."""
    permissions.require(actor, "duplicates.read")
    found = await queries.merges(status, after, limit + 1, visible_to=actor)
    items = found[:limit]
    return FacilityMergePage(items, items[-1].id if len(found) > limit else None)


@transactional
async def propose_merge(
    actor: Actor, survivor_id: UUID, command: MergeFacilities, *, version: int
) -> FacilityMergeView:
    """Propose that the other facility is this one; a second officer confirms it.

    A repeat by the same officer is the first one. Raises NoSuchFacility, FacilityElsewhere,
    SameFacility, StatesDiffer, StaleVersion, MergeHindered where the other has offers, credentials,
    staff, hours, bookings or patients, and MergeWaits.
    """
    survivor, other = await _pair(actor, "duplicates.merge", survivor_id, command.other_id)
    officer = policy.require_officer(actor, "duplicates.merge", survivor)
    known = await queries.open_merge_of(survivor.id, other.id, officer)
    if known is not None:
        return await _visible(actor, known)
    if (survivor.version, other.version) != (version, command.other_version):
        raise StaleVersion(subject=("facility", survivor.id), version=survivor.version)
    await _require_free(actor, other.id)
    made = FacilityMerge(
        id=new_id(),
        survivor_id=survivor.id,
        survivor_version=survivor.version,
        other_id=other.id,
        other_version=other.version,
        state=survivor.jurisdiction,
        status=FacilityMergeStatus.PROPOSED.value,
        proposed_by=officer,
        proposed_at=utc_now(),
    )
    await queries.insert_merge(made)
    return await _note(actor, "propose_merge", made.id)


@transactional
async def confirm_merge(actor: Actor, merge_id: UUID) -> FacilityMergeView:
    """Merge two facilities, as the second officer; a second click is answered as the first.

    The other's identifiers go to the survivor, so that every register finds it, and its address
    answers with the survivor from now on. Raises NoSuchFacilityMerge, SecondOfficerNeeded,
    MergeDecided, FacilitiesMoved and MergeHindered.
    """
    view, row = await _decidable(actor, merge_id)
    officer = policy.require_officer(
        actor, "duplicates.confirm", await facilities.facility_ref(actor, view.survivor_id)
    )
    policy.require_second(officer, view.proposed_by, merge_id)
    if view.status is FacilityMergeStatus.CONFIRMED and view.decided_by == officer:
        return view
    if view.status is not FacilityMergeStatus.PROPOSED:
        raise MergeDecided(subject=("facility_merge", merge_id), status=view.status.value)
    now = await facilities.lock_versions(actor, (view.survivor_id, view.other_id))
    if now != {view.survivor_id: row["survivor_version"], view.other_id: row["other_version"]}:
        raise FacilitiesMoved(subject=("facility_merge", merge_id))
    await _require_free(actor, view.other_id)
    await facilities.fold_into(actor, view.survivor_id, view.other_id)
    await queries.decide(merge_id, FacilityMergeStatus.CONFIRMED, officer, utc_now())
    return await _note(actor, "confirm_merge", merge_id)


@transactional
async def withdraw_merge(actor: Actor, merge_id: UUID) -> FacilityMergeView:
    """Close a proposal without merging anything; any officer of the state may."""
    permissions.require(actor, "duplicates.withdraw")
    view, _ = await _decidable(actor, merge_id)
    if view.status is FacilityMergeStatus.WITHDRAWN:
        return view
    if view.status is not FacilityMergeStatus.PROPOSED or actor.account_id is None:
        raise MergeDecided(subject=("facility_merge", merge_id), status=view.status.value)
    await queries.decide(merge_id, FacilityMergeStatus.WITHDRAWN, actor.account_id, utc_now())
    return await _note(actor, "withdraw_merge", merge_id)


@transactional
async def tell_apart(actor: Actor, facility_id: UUID, command: TellApart) -> None:
    """Remember that two facilities are not the same: the pair is never listed again.

    Raises NoSuchFacility, FacilityElsewhere, SameFacility and StatesDiffer; a repeat does nothing.
    """
    one, other = await _pair(actor, "duplicates.tell_apart", facility_id, command.other_id)
    officer = policy.require_officer(actor, "duplicates.tell_apart", one)
    if await queries.tell_apart(one.id, other.id, officer, utc_now()):
        await audit.record(
            actor, "duplicates.tell_apart", subject=("facility", one.id),
            home_state=one.jurisdiction, detail={"other_id": str(other.id)},
        )  # fmt: skip


async def _pair(
    actor: Actor, action: str, one_id: UUID, other_id: UUID
) -> tuple[FacilityRef, FacilityRef]:
    one = await facilities.facility_ref(actor, one_id)
    policy.require_officer(actor, action, one)
    if one_id == other_id:
        raise SameFacility(fields={"other_id": SameFacility.title})
    other = await facilities.facility_ref(actor, other_id)
    if other.jurisdiction != one.jurisdiction:
        raise StatesDiffer(fields={"other_id": StatesDiffer.title})
    return one, other


async def _require_free(actor: Actor, facility_id: UUID) -> None:
    if ties := await facilities.ties_of(actor, facility_id):
        raise MergeHindered(subject=("facility", facility_id), ties=ties)


async def _decidable(actor: Actor, merge_id: UUID) -> tuple[FacilityMergeView, Any]:
    found = await queries.merge(merge_id, visible_to=actor, lock=True)
    if found is None:
        raise NoSuchFacilityMerge(subject=("facility_merge", merge_id))
    return found


async def _visible(actor: Actor, merge_id: UUID) -> FacilityMergeView:
    found = await queries.merge(merge_id, visible_to=actor)
    if found is None:
        raise NoSuchFacilityMerge(subject=("facility_merge", merge_id))
    return found[0]


async def _note(actor: Actor, operation: str, merge_id: UUID) -> FacilityMergeView:
    view = await _visible(actor, merge_id)
    await audit.record(
        actor, f"duplicates.{operation}", subject=("facility_merge", merge_id),
        home_state=view.state,
        detail={"survivor_id": str(view.survivor_id), "other_id": str(view.other_id)},
    )  # fmt: skip
    return view
