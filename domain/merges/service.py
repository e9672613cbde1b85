"""Two files of one person become one: the survivor stays, the other is another number of it.

Nothing of the merged file is moved or sealed anew. Its rows, its append-only logs and its objects
in the store keep their number and their key, and every wall looks through the alias. So each sum
stays what it was, each seal opens, a consent covers what it covered, and telling the two apart
again takes no more than dropping the alias, as long as nothing was done with both.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional
from domain.ids import new_id
from domain.keys.service import Place, SubjectKind, data_key
from domain.merges import policy, queries, rules, views
from domain.merges.errors import (
    BookingsCross,
    DifferentStates,
    EvidenceNeeded,
    FileHeld,
    FilesContradict,
    MergeCodeRefused,
    MergedBefore,
    MergeNotAgreed,
    MergeOver,
    MergeUsed,
    OneOfCodeAndNumber,
    PreviewStale,
    SameFile,
)
from domain.merges.tables import PatientAlias, PatientMerge
from domain.merges.types import (
    CloseMerge,
    ConfirmMerge,
    MergeCode,
    MergeStatus,
    MergeView,
    ProposeMerge,
    Side,
)
from domain.patients import file_codes
from domain.patients import service as patients
from domain.patients.file_codes import CodePurpose
from domain.text import clean


@transactional
async def make_merge_code(actor: Actor, patient_id: UUID) -> MergeCode:
    """Make the code with which one's other account proposes to merge this file into its own.

    The patient may, or a parent or guardian where the patient does not sign in; it is their
    agreement. Raises NoSuchPatient and Forbidden.
    """
    home_state = await patients.require_own_side(actor, patient_id)
    policy.require_speaker(
        actor, (await views.holders_of(SYSTEM, [patient_id]))[patient_id], patient_id
    )
    made = await file_codes.make_code(actor, patient_id, home_state, CodePurpose.MERGE)
    await audit.record(
        actor, "merges.make_code", subject=("patient", patient_id), patient_id=patient_id,
        home_state=home_state,
    )  # fmt: skip
    return MergeCode(made.id, made.code, made.expires_at)


@transactional
async def propose_merge(actor: Actor, command: ProposeMerge) -> MergeView:
    """Propose that two files are one person's; a repeat by the same account is the first one.

    A patient proves both accounts; an officer of the home state, or the operator, says on what
    evidence. Raises NoSuchPatient, MergeCodeRefused, OneOfCodeAndNumber, EvidenceNeeded, SameFile,
    DifferentStates, MergedBefore, BookingsCross, MergeProposed.
    """
    account_id = policy.require_account(actor)
    if (command.code is None) == (command.alias_id is None):
        raise OneOfCodeAndNumber
    if policy.is_officer(actor):
        if command.alias_id is None or command.evidence is None:
            raise EvidenceNeeded(fields={"evidence": EvidenceNeeded.title})
    else:
        await patients.require_own_side(actor, command.survivor_id)
        if command.alias_id is not None:
            await patients.require_own_side(actor, command.alias_id)
    merge = await _propose(SYSTEM, actor, account_id, command)
    return await views.view(actor, merge)


@transactional
async def _propose(system: Actor, asker: Actor, account_id: UUID, command: ProposeMerge) -> Any:
    agreed_there, repeated = None, False
    if command.alias_id is not None:
        alias_id = command.alias_id
    else:
        used = await file_codes.use_code(SYSTEM, command.code or "", CodePurpose.MERGE, account_id)
        if used is None:
            raise MergeCodeRefused(fields={"code": MergeCodeRefused.title})
        alias_id, agreed_there = used["patient_id"], used["made_by"]
        repeated = used["repeated"]
    survivor_id = command.survivor_id
    if survivor_id == alias_id:
        raise SameFile
    now = utc_now()
    await queries.expire(now, now - rules.PROPOSAL_LASTS)
    files = await queries.lock_files([survivor_id, alias_id])
    known = await queries.open_merge_of(survivor_id, alias_id, account_id)
    if known is not None:
        return await queries.merge(known, visible_to=SYSTEM)
    if repeated:
        # What came of the first use is over: agreeing again takes a new code.
        raise MergeCodeRefused(fields={"code": MergeCodeRefused.title})
    for each in (survivor_id, alias_id):
        policy.require_reach(asker, files.get(each), each)
    holders = await queries.holders([survivor_id, alias_id])
    agrees = [None, agreed_there]
    if policy.is_officer(asker):
        policy.require_no_stake(asker, holders)
    else:
        policy.require_speaker(asker, holders[survivor_id], survivor_id)
        agrees[0] = account_id
        if command.alias_id is not None:
            policy.require_speaker(asker, holders[alias_id], alias_id)
            agrees[1] = account_id
    await _require_fit(files, survivor_id, alias_id)
    merge_id, sealed = new_id(), None
    if command.evidence is not None:
        keyring = await data_key(SubjectKind.PATIENT, survivor_id)
        place = Place("patient_merge", "evidence", merge_id)
        sealed = keyring.seal_text(place, clean(command.evidence))
    await queries.insert_merge(
        PatientMerge(
            id=merge_id,
            survivor_id=survivor_id,
            alias_id=alias_id,
            home_state=files[survivor_id]["home_state"],
            status=MergeStatus.PROPOSED.value,
            evidence_sealed=sealed,
            proposed_by=account_id,
            proposed_at=now,
            survivor_agreed_by=agrees[0],
            alias_agreed_by=agrees[1],
            accepted=[],
            merged_by=None,
            officer_id=None,
            merged_at=None,
            closed_by=None,
            closed_at=None,
            closed_reason_sealed=None,
        )
    )
    merge = await queries.merge(merge_id, visible_to=SYSTEM)
    await views.note(asker, merge, "propose")
    return merge


async def _require_fit(files: Mapping[UUID, Any], survivor_id: UUID, alias_id: UUID) -> None:
    """Refuse files of two states, such as were merged before, and such as cannot both be true.

    An order to keep a file means to keep it as it is.
    """
    _require_no_hold(files)
    if files[survivor_id]["home_state"] != files[alias_id]["home_state"]:
        raise DifferentStates
    if files[survivor_id]["is_alias"] or files[alias_id]["is_alias"]:
        raise MergedBefore
    if files[alias_id]["is_survivor"]:
        raise MergedBefore
    if await queries.bookings_cross(survivor_id, alias_id):
        raise BookingsCross


def _require_no_hold(files: Mapping[UUID, Any]) -> None:
    if any(row["held"] for row in files.values()):
        raise FileHeld


@transactional
async def agree_to_merge(actor: Actor, merge_id: UUID) -> MergeView:
    """Agree as the own side of one of the files, or of both; raises NoSuchMerge and MergeOver."""
    account_id = policy.require_account(actor)
    await views.visible(actor, merge_id)
    return await views.view(actor, await _agree(SYSTEM, actor, account_id, merge_id))


@transactional
async def _agree(system: Actor, asker: Actor, account_id: UUID, merge_id: UUID) -> Any:
    merge = await _locked(merge_id)
    holders = await queries.holders([merge["survivor_id"], merge["alias_id"]])
    speaks = {side: account_id in rules.speakers(holders[merge[f"{side}_id"]]) for side in Side}
    if not any(speaks.values()):
        policy.refuse_speaker(merge["survivor_id"])
    await queries.agree(
        merge_id, account_id, survivor=speaks[Side.SURVIVOR], alias=speaks[Side.ALIAS]
    )
    await views.note(asker, merge, "agree")
    return await queries.merge(merge_id, visible_to=SYSTEM)


async def _locked(merge_id: UUID) -> Any:
    """Return an open proposal, locked; for the system only."""
    merge = await queries.merge(merge_id, visible_to=SYSTEM, lock=True)
    if merge is None or rules.status_of(merge, utc_now()) is not MergeStatus.PROPOSED:
        raise MergeOver
    return merge


@transactional
async def confirm_merge(actor: Actor, merge_id: UUID, command: ConfirmMerge) -> MergeView:
    """Merge exactly what the preview showed; confirming again changes nothing.

    Where both own sides agreed and nothing contradicts, either of them may; else a second officer.
    Raises NoSuchMerge, MergeOver, PreviewStale, FilesContradict, MergeNotAgreed, SameOfficer,
    OwnFileMerge, MergedBefore, BookingsCross.
    """
    account_id = policy.require_account(actor)
    seen = await views.visible(actor, merge_id)
    if seen["status"] == MergeStatus.MERGED and seen["merged_by"] == account_id:
        return await views.view(actor, seen)
    return await views.view(actor, await _confirm(SYSTEM, actor, account_id, merge_id, command))


@transactional
async def _confirm(
    system: Actor, asker: Actor, account_id: UUID, merge_id: UUID, command: ConfirmMerge
) -> Any:
    merge = await queries.merge(merge_id, visible_to=SYSTEM, lock=True)
    if merge["status"] == MergeStatus.MERGED and merge["merged_by"] == account_id:
        return merge  # the other of two clicks
    merge, now = await _locked(merge_id), utc_now()
    survivor_id, alias_id = merge["survivor_id"], merge["alias_id"]
    files = await queries.lock_files([survivor_id, alias_id])
    await _require_fit(files, survivor_id, alias_id)
    preview, holders = await views.preview_of(SYSTEM, merge)
    officer = policy.require_confirmer(asker, merge, holders, preview)
    if preview.preview != command.preview:
        raise PreviewStale(preview=preview.preview)
    if preview.waits_for:
        raise MergeNotAgreed(waits_for=[side.value for side in preview.waits_for])
    if open_points := set(preview.contradictions) - set(command.accept):
        raise FilesContradict(contradictions=sorted(open_points))
    await queries.insert_alias(
        PatientAlias(
            id=new_id(),
            alias_id=alias_id,
            patient_id=survivor_id,
            home_state=merge["home_state"],
            merge_id=merge_id,
            merged_at=now,
        )
    )
    accepted = sorted(each.value for each in preview.contradictions)
    await queries.settle(merge_id, account_id, account_id if officer else None, accepted, now)
    await views.note(asker, merge, "confirm", accepted=accepted)
    return await queries.merge(merge_id, visible_to=SYSTEM)


@transactional
async def withdraw_merge(actor: Actor, merge_id: UUID, command: CloseMerge) -> MergeView:
    """Close a proposal: either own side may, whoever proposed it, and an officer."""
    account_id = policy.require_account(actor)
    await views.visible(actor, merge_id)
    return await views.view(
        actor, await _withdraw(SYSTEM, actor, account_id, merge_id, command.reason)
    )


@transactional
async def _withdraw(
    system: Actor, asker: Actor, account_id: UUID, merge_id: UUID, reason: str
) -> Any:
    merge = await _locked(merge_id)
    await _close(asker, account_id, merge, MergeStatus.WITHDRAWN, reason)
    return await queries.merge(merge_id, visible_to=SYSTEM)


async def _close(
    asker: Actor, account_id: UUID, merge: Any, status: MergeStatus, reason: str
) -> None:
    keyring = await data_key(SubjectKind.PATIENT, merge["survivor_id"])
    place = Place("patient_merge", "closed_reason", merge["id"])
    sealed = keyring.seal_text(place, clean(reason))
    await queries.close(merge["id"], status.value, account_id, sealed, utc_now())
    await views.note(asker, merge, "undo" if status is MergeStatus.UNDONE else "withdraw")


@transactional
async def undo_merge(actor: Actor, merge_id: UUID, command: CloseMerge) -> MergeView:
    """Tell two files apart again, while nothing was done since with either; undone stays undone.

    An officer may, and the own side that agreed. Raises NoSuchMerge, MergeOver and MergeUsed.
    """
    account_id = policy.require_account(actor)
    await views.visible(actor, merge_id)
    return await views.view(actor, await _undo(SYSTEM, actor, account_id, merge_id, command.reason))


@transactional
async def _undo(system: Actor, asker: Actor, account_id: UUID, merge_id: UUID, reason: str) -> Any:
    merge = await queries.merge(merge_id, visible_to=SYSTEM, lock=True)
    if merge["status"] == MergeStatus.UNDONE and merge["closed_by"] == account_id:
        return merge
    if merge["status"] != MergeStatus.MERGED:
        raise MergeOver
    policy.require_undoer(asker, merge)
    _require_no_hold(await queries.lock_files([merge["survivor_id"], merge["alias_id"]]))
    if await queries.used_since(merge["survivor_id"], merge["merged_at"]):
        raise MergeUsed
    await queries.remove_alias(merge["alias_id"])
    await _close(asker, account_id, merge, MergeStatus.UNDONE, reason)
    return await queries.merge(merge_id, visible_to=SYSTEM)
