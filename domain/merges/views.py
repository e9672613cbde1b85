"""Merges as they are read: lists, one merge, and the preview of what comes together."""

from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.keys.service import blind_index
from domain.merges import policy, queries, rules
from domain.merges.errors import MergeOver, NoSuchMerge
from domain.merges.rules import Holders
from domain.merges.types import Contents, Contradiction, MergePreview, MergeStatus, MergeView, Side
from domain.patients import service as patients
from domain.records import facts


@transactional
async def list_merges(actor: Actor) -> list[MergeView]:
    """Return the merges the actor may see, newest first."""
    return [await view(actor, row) for row in await queries.merges(visible_to=actor)]


@transactional
async def show_merge(actor: Actor, merge_id: UUID) -> MergeView:
    """Return one merge; raises NoSuchMerge."""
    return await view(actor, await visible(actor, merge_id))


async def visible(actor: Actor, merge_id: UUID) -> Any:
    """Return a merge the actor may see; raises NoSuchMerge."""
    row = await queries.merge(merge_id, visible_to=actor)
    if row is None:
        raise NoSuchMerge(subject=("patient_merge", merge_id))
    return row


async def view(actor: Actor, row: Any) -> MergeView:
    """Return a merge as the actor sees it."""
    status, waits = rules.status_of(row, utc_now()), list[Side]()
    if status is MergeStatus.PROPOSED:
        waits = rules.missing(row, await holders_of(SYSTEM, [row["survivor_id"], row["alias_id"]]))
    return MergeView(
        id=row["id"],
        survivor_id=row["survivor_id"],
        alias_id=row["alias_id"],
        home_state=row["home_state"],
        status=status,
        proposed_at=row["proposed_at"],
        proposed_by_me=row["proposed_by"] == actor.account_id,
        waits_for=waits,
        accepted=[Contradiction(each) for each in row["accepted"]],
        merged_at=row["merged_at"],
        closed_at=row["closed_at"],
    )


@transactional
async def preview_merge(actor: Actor, merge_id: UUID) -> MergePreview:
    """Return what comes together and what contradicts; raises NoSuchMerge and MergeOver."""
    merge = await visible(actor, merge_id)
    if rules.status_of(merge, utc_now()) is not MergeStatus.PROPOSED:
        raise MergeOver
    seen, holders = await preview_of(SYSTEM, merge)
    await note(actor, merge, "preview")
    if policy.is_officer(actor):
        return seen
    shown = {}
    for side in Side:
        theirs = holders[merge[f"{side}_id"]]
        agreed = bool(theirs) and side not in seen.waits_for
        shown[side] = actor.account_id in theirs or agreed
    return msgspec.structs.replace(
        seen,
        survivor=seen.survivor if shown[Side.SURVIVOR] else None,
        alias=seen.alias if shown[Side.ALIAS] else None,
    )


@transactional
async def preview_of(system: Actor, merge: Any) -> tuple[MergePreview, dict[UUID, Holders]]:
    """Return everything that comes together, and who is whose side; for the system only."""
    ids = [merge["survivor_id"], merge["alias_id"]]
    views = {view.id: view for view in await patients.list_patients(system, ids)}
    groups = [await facts.blood_groups(system, each) for each in ids]
    found = rules.contradictions(views[ids[0]], views[ids[1]], *groups)
    holders = await queries.holders(ids)
    waits = rules.missing(merge, holders)
    counted = [dict(await queries.contents(each)) for each in ids]
    about = [str(merge["id"]), [each.value for each in found], [w.value for w in waits], counted]
    mark = blind_index("merge-preview", msgspec.json.encode(about).decode()).hex()
    return MergePreview(
        merge_id=merge["id"],
        preview=mark,
        survivor=msgspec.convert(counted[0], Contents),
        alias=msgspec.convert(counted[1], Contents),
        contradictions=found,
        waits_for=waits,
        needs_officer=bool(found) or not all(holders.values()),
    ), holders


@transactional
async def holders_of(system: Actor, ids: list[UUID]) -> dict[UUID, Holders]:
    """Return, by file, who is its own side now; for the system only."""
    return await queries.holders(ids)


async def note(actor: Actor, merge: Any, verb: str, **detail: Any) -> None:
    """Write an act into the history of both files."""
    for patient_id in (merge["survivor_id"], merge["alias_id"]):
        await audit.record(
            actor, f"merges.{verb}", subject=("patient_merge", merge["id"]),
            patient_id=patient_id, home_state=merge["home_state"], detail=detail or None,
        )  # fmt: skip
