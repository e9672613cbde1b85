"""Erasure by four eyes, and the legal holds that stop it."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.bookings import service as bookings
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import NotFound
from domain.ids import new_id
from domain.outbox import service as outbox
from domain.patients import ownership
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.rights import queries, rules
from domain.rights.errors import CareUnderWay, NoSuchErasure, NoSuchHold, OnHold, SameEyes
from domain.rights.events import ErasureConfirmed
from domain.rights.tables import Erasure, LegalHold
from domain.rights.types import ErasureStatus, ErasureView, HoldView, PlaceHold, RefuseErasure
from domain.text import cleaned


@transactional
async def ask_erasure(actor: Actor, patient_id: UUID) -> ErasureView:
    """Ask that everything about a patient be erased; the patient's own side only.

    Raises NoSuchPatient, CareUnderWay, OnHold, ErasureAsked.
    """
    home_state = await patients.require_own_side(actor, patient_id)
    patient_id = await patients.current_number(actor, patient_id)
    await _require_nothing_open(patient_id)
    now, erasure_id = utc_now(), new_id()
    await queries.insert_erasure(
        Erasure(
            id=erasure_id,
            patient_id=patient_id,
            home_state=home_state,
            status=ErasureStatus.ASKED.value,
            asked_by=actor.account_id,
            asked_at=now,
            reviewed_by=None,
            confirmed_by=None,
            reason=None,
            decided_at=None,
            done_at=None,
        )
    )
    return await _noted(actor, erasure_id, "ask")


async def _require_nothing_open(patient_id: UUID) -> None:
    for each in await ownership.files_of(SYSTEM, patient_id):
        if await bookings.open_bookings(SYSTEM, each):
            raise CareUnderWay(subject=("patient", patient_id))


async def _noted(actor: Actor, erasure_id: UUID, verb: str) -> ErasureView:
    view = _view(await _row(actor, erasure_id))
    await audit.record(
        actor, f"erasures.{verb}", subject=("erasure", erasure_id), patient_id=view.patient_id,
        home_state=view.home_state,
    )  # fmt: skip
    return view


async def _row(actor: Actor, erasure_id: UUID, *, lock: bool = False) -> Any:
    row = await queries.erasure(erasure_id, visible_to=actor, lock=lock)
    if row is None:
        raise NoSuchErasure(subject=("erasure", erasure_id))
    return row


def _view(row: Any) -> ErasureView:
    return ErasureView(
        id=row["id"],
        patient_id=row["patient_id"],
        home_state=row["home_state"],
        status=ErasureStatus(row["status"]),
        asked_at=row["asked_at"],
        reason=row["reason"],
        held=row["held"],
        done_at=row["done_at"],
        backups_gone_by=row["done_at"] + rules.BACKUPS_LAST if row["done_at"] else None,
    )


@transactional
async def list_erasures(actor: Actor, patient_id: UUID | None = None) -> list[ErasureView]:
    """Return the requests the actor may see: one's own side's, or all for who decides them."""
    return [_view(row) for row in await queries.erasures(patient_id, visible_to=actor)]


@transactional
async def withdraw_erasure(actor: Actor, erasure_id: UUID) -> ErasureView:
    """Take the request back before it is confirmed; the patient's own side only."""
    row = await _row(actor, erasure_id, lock=True)
    await patients.require_own_side(actor, row["patient_id"])
    return await _move(actor, row, ErasureStatus.WITHDRAWN, "withdraw")


@transactional
async def review_erasure(actor: Actor, erasure_id: UUID) -> ErasureView:
    """Find, as the first of two, that nothing stands against the erasure.

    Raises CareUnderWay, OnHold, SameEyes for who asked, WrongErasureState.
    """
    permissions.require(actor, "erasures.review")
    row = await _row(actor, erasure_id, lock=True)
    if actor.account_id == row["asked_by"]:
        raise SameEyes(subject=("erasure", erasure_id))
    await _require_free(row)
    return await _move(actor, row, ErasureStatus.REVIEWED, "review")


@transactional
async def confirm_erasure(actor: Actor, erasure_id: UUID) -> ErasureView:
    """Decide, as the second of two, that the data is erased now; nothing brings it back.

    Raises as `review_erasure` does, and SameEyes for who reviewed it.
    """
    permissions.require(actor, "erasures.confirm")
    row = await _row(actor, erasure_id, lock=True)
    rules.require_move(ErasureStatus(row["status"]), ErasureStatus.CONFIRMED)
    if actor.account_id in (row["asked_by"], row["reviewed_by"]):
        raise SameEyes(subject=("erasure", erasure_id))
    await _require_free(row)
    await outbox.publish(
        ErasureConfirmed(erasure_id, await ownership.own_account(SYSTEM, row["patient_id"]))
    )
    return await _move(actor, row, ErasureStatus.CONFIRMED, "confirm")


async def _require_free(row: Any) -> None:
    if row["held"]:
        raise OnHold(subject=("erasure", row["id"]))
    await _require_nothing_open(row["patient_id"])


@transactional
async def refuse_erasure(actor: Actor, erasure_id: UUID, command: RefuseErasure) -> ErasureView:
    """Refuse a request, with the law that keeps the data, for the person to read."""
    permissions.require(actor, "erasures.refuse")
    row = await _row(actor, erasure_id, lock=True)
    return await _move(actor, row, ErasureStatus.REFUSED, "refuse", reason=cleaned(command).reason)


async def _move(
    actor: Actor, row: Any, to: ErasureStatus, verb: str, *, reason: str | None = None
) -> ErasureView:
    rules.require_move(ErasureStatus(row["status"]), to)
    await queries.move(row["id"], to.value, by=actor.account_id, reason=reason, now=utc_now())
    return await _noted(actor, row["id"], verb)


@transactional
async def place_hold(actor: Actor, patient_id: UUID, command: PlaceHold) -> HoldView:
    """Keep a patient of the officer's state from erasure; raises NotFound, HeldAlready."""
    permissions.require(actor, "holds.place")
    await _require_own_state(actor, patient_id)
    command, hold_id = cleaned(command), new_id()
    await queries.insert_hold(
        LegalHold(
            id=hold_id,
            patient_id=patient_id,
            home_state=actor.jurisdiction,
            authority=command.authority,
            reference=command.reference,
            placed_by=actor.account_id,
            placed_at=utc_now(),
            lifted_by=None,
            lifted_at=None,
        )
    )
    await audit.record(
        actor, "holds.place", subject=("legal_hold", hold_id), patient_id=patient_id,
        home_state=actor.jurisdiction, detail={"authority": command.authority},
    )  # fmt: skip
    return next(h for h in await queries.holds(patient_id, visible_to=actor) if h.id == hold_id)


async def _require_own_state(actor: Actor, patient_id: UUID) -> None:
    if await _home_of(SYSTEM, patient_id) != actor.jurisdiction:
        raise NotFound(subject=("patient", patient_id))


@transactional
async def _home_of(system: Actor, patient_id: UUID) -> str | None:
    return await queries.home_of(patient_id)


@transactional
async def list_holds(actor: Actor, patient_id: UUID) -> list[HoldView]:
    """Return the legal holds of a patient of the officer's state, newest first."""
    permissions.require(actor, "holds.list")
    await _require_own_state(actor, patient_id)
    return await queries.holds(patient_id, visible_to=actor)


@transactional
async def lift_hold(actor: Actor, hold_id: UUID) -> HoldView:
    """End a legal hold; an erasure that waited for it goes on. Raises NoSuchHold."""
    permissions.require(actor, "holds.lift")
    lifted = await queries.lift(hold_id, actor.account_id, utc_now())
    if lifted is None:
        raise NoSuchHold(subject=("legal_hold", hold_id))
    await audit.record(
        actor, "holds.lift", subject=("legal_hold", hold_id), patient_id=lifted.patient_id,
        home_state=actor.jurisdiction,
    )  # fmt: skip
    return lifted
