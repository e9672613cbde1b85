"""Importing registers of facilities: read, looked at, and applied or discarded.

An imported facility is not listed before its credentials are verified, and one that a register no
longer has is marked and stays: only credentials list and unlist.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.clock import utc_now
from domain.db import transactional, translated
from domain.errors import DomainError, StaleVersion
from domain.facilities import service as facilities
from domain.facilities.types import FacilityPage, Source
from domain.ids import new_id
from domain.permissions import service as permissions
from domain.registers import policy, queries, rules
from domain.registers.errors import ImportDecided, NoSuchRegisterImport, RegisterUnreadable
from domain.registers.formats import FORMATS
from domain.registers.reading import Reading, read_file, read_rows, refusal
from domain.registers.tables import RegisterImport
from domain.registers.types import (
    ApplyRegisterImport,
    Change,
    ChangeKind,
    Entry,
    ImportReport,
    ImportStatus,
    Outcome,
    RegisterFormat,
    RegisterImportDetail,
    RegisterImportPage,
    RegisterImportView,
)

Progress = Callable[[int, int], None]


async def read_register(actor: Actor, register: RegisterFormat, raw: bytes) -> RegisterImportView:
    """Read a register's file into an import that waits to be looked at; nothing changes yet.

    An officer's import speaks of their own state only; rows of others are refused. Raises
    RegisterElsewhere, and RegisterUnreadable where the file as a whole is not that register.
    """
    states = await _scope(actor, register)
    reading = await asyncio.to_thread(read_rows, raw, FORMATS[register])
    return await _propose(actor, register, states, reading, hashlib.sha256(raw).digest())


@transactional
async def _scope(actor: Actor, register: RegisterFormat) -> list[str]:
    return policy.require_scope(actor, FORMATS[register].states)


@transactional
async def _propose(
    actor: Actor, register: RegisterFormat, states: list[str], reading: Reading, sha256: bytes
) -> RegisterImportView:
    ours = [each for each in reading.entries if each[1].facility.jurisdiction in states]
    foreign = [
        refusal(line, "of another state")
        for line, entry in reading.entries
        if entry.facility.jurisdiction not in states
    ]
    known = await facilities.known_by_source(actor, Source(register.value), states=states)
    proposed = list(rules.compare([(line, each, _facts(each)) for line, each in ours], known))
    refused = sorted([*reading.refused, *foreign], key=lambda change: change.line or 0)
    count = dict.fromkeys(ChangeKind, 0)
    for change in proposed:
        count[change.kind] += 1
    made = RegisterImport(
        id=new_id(),
        format=register.value,
        file_sha256=sha256,
        states=states,
        status=ImportStatus.PROPOSED.value,
        rows_new=count[ChangeKind.NEW],
        rows_changed=count[ChangeKind.CHANGED],
        rows_gone=count[ChangeKind.GONE],
        rows_unchanged=len(ours) - count[ChangeKind.NEW] - count[ChangeKind.CHANGED],
        rows_refused=len(refused),
        rows_applied=0,
        made_by=actor.account_id,
        made_at=utc_now(),
        version=1,
    )
    await queries.insert_import(made, [*proposed, *refused])
    view = await _visible(actor, made.id)
    await _note(actor, "read_register", view)
    return view


def _facts(entry: Entry) -> Mapping[str, str]:
    return facilities.facts_of(entry.facility, entry.specialties)


@transactional
async def list_imports(
    actor: Actor,
    status: ImportStatus | None = None,
    *,
    after: UUID | None = None,
    limit: int = 50,
) -> RegisterImportPage:
    """Return the imports of the actor's states, newest first."""
    permissions.require(actor, "registers.read")
    found = await queries.register_imports(status, after, limit + 1, visible_to=actor)
    items = found[:limit]
    return RegisterImportPage(items, items[-1].id if len(found) > limit else None)


@transactional
async def list_gone(actor: Actor, *, cursor: str | None = None, limit: int = 50) -> FacilityPage:
    """Return the facilities of the actor's states that their registers no longer have."""
    permissions.require(actor, "registers.read")
    state = None if policy.sees_all(actor) else actor.jurisdiction or ""
    return await facilities.list_gone(actor, state=state, cursor=cursor, limit=limit)


@transactional
async def show_import(
    actor: Actor,
    import_id: UUID,
    kind: ChangeKind | None = None,
    *,
    after: UUID | None = None,
    limit: int = 50,
) -> RegisterImportDetail:
    """Return an import with a page of its changes; raises NoSuchRegisterImport."""
    permissions.require(actor, "registers.read")
    view = await _visible(actor, import_id)
    found = await queries.changes(import_id, kind, after, limit + 1)
    items = found[:limit]
    return RegisterImportDetail(
        **msgspec.structs.asdict(view),
        items=items,
        next=items[-1].id if len(found) > limit else None,
    )


@transactional
async def apply_import(
    actor: Actor,
    import_id: UUID,
    command: ApplyRegisterImport,
    *,
    version: int,
    progress: Progress | None = None,
) -> RegisterImportView:
    """Carry out all or the chosen changes; the same choice again is answered as the first time.

    A row that cannot be stored after all is refused with its reason, the others are stored.
    Raises NoSuchRegisterImport, ImportDecided, StaleVersion, NoSuchChange, and RegisterMoved where
    a facility is no longer what the import was compared with.
    """
    permissions.require(actor, "registers.apply")
    view = await _visible(actor, import_id, lock=True)
    proposed = await queries.proposals(import_id)
    chosen = set(proposed if command.changes is None else command.changes)
    rules.require_proposed(chosen, proposed)
    if view.status is ImportStatus.APPLIED and chosen == await queries.applied_of(import_id):
        return view
    _require_open(view, version)
    outcomes = {each: Outcome.LEFT_OUT for each in proposed if each not in chosen}
    wanted = {each: change for each, change in proposed.items() if each in chosen}
    refused: list[tuple[UUID, str]] = []
    source = Source(view.format.value)
    await _require_unmoved(actor, source, wanted)
    for done, (change_id, change) in enumerate(wanted.items(), start=1):
        reason = await _carry_out(actor, source, change)
        outcomes[change_id] = Outcome.REFUSED if reason else Outcome.APPLIED
        if reason:
            refused.append((change_id, reason))
        if progress is not None:
            progress(done, len(wanted))
    await queries.note_outcomes(outcomes, refused)
    applied = len(wanted) - len(refused)
    await queries.decide(import_id, ImportStatus.APPLIED, applied, actor.account_id, utc_now())
    view = await _visible(actor, import_id)
    await _note(actor, "apply_register_import", view, left_out=len(proposed) - len(wanted))
    return view


async def _require_unmoved(actor: Actor, source: Source, wanted: Mapping[UUID, Change]) -> None:
    keys = [change.source_key for change in wanted.values() if change.source_key]
    known = await facilities.known_by_source(actor, source, keys=keys, lock=True)
    for change in wanted.values():
        after = _facts(change.entry) if change.entry else {}
        rules.require_unmoved(change, known.get(change.source_key or ""), after)


async def _carry_out(actor: Actor, source: Source, change: Change) -> str | None:
    """Carry out a change, or return why it cannot be."""
    try:
        await _store(actor, source, change)
    except DomainError as error:
        return error.title
    except asyncpg.DataError as error:
        return str(translated(error) or error)
    return None


@transactional
async def _store(actor: Actor, source: Source, change: Change) -> None:
    if change.entry is not None:
        await facilities.store_facility(
            actor, change.entry.facility, source=source, source_key=change.entry.source_key,
            register_specialties=change.entry.specialties,
        )  # fmt: skip
    elif change.facility_id is not None:
        await facilities.mark_gone(actor, change.facility_id)


@transactional
async def discard_import(actor: Actor, import_id: UUID, *, version: int) -> RegisterImportView:
    """Close an import without changing anything; raises ImportDecided and StaleVersion."""
    permissions.require(actor, "registers.discard")
    view = await _visible(actor, import_id, lock=True)
    if view.status is ImportStatus.DISCARDED:
        return view
    _require_open(view, version)
    await queries.decide(import_id, ImportStatus.DISCARDED, 0, actor.account_id, utc_now())
    view = await _visible(actor, import_id)
    await _note(actor, "discard_register_import", view)
    return view


def _require_open(view: RegisterImportView, version: int) -> None:
    if view.status is not ImportStatus.PROPOSED:
        raise ImportDecided(subject=("register_import", view.id), status=view.status.value)
    if view.version != version:
        raise StaleVersion(subject=("register_import", view.id), version=view.version)


async def import_register(
    register: RegisterFormat | str, path: Path | str, *, progress: Progress | None = None
) -> ImportReport:
    """Read a register's file and apply all of it, for the command line; a second run does nothing.

    `progress` is told (rows done, rows in all). Raises RegisterUnreadable.
    """
    try:
        kind = RegisterFormat(register)
    except ValueError:
        known = ", ".join(sorted(known.value for known in RegisterFormat))
        raise RegisterUnreadable(f"There is no register format {register!r}; use {known}") from None
    raw = await asyncio.to_thread(read_file, Path(path))
    made = await read_register(SYSTEM, kind, raw)
    total = made.new + made.changed + made.gone + made.unchanged + made.refused
    before = total - made.new - made.changed - made.gone
    await apply_import(
        SYSTEM, made.id, ApplyRegisterImport(), version=made.version,
        progress=progress and (lambda done, _: progress(before + done, total)),
    )  # fmt: skip
    if progress is not None and before == total:
        progress(total, total)
    return await _report(SYSTEM, made)


@transactional
async def _report(actor: Actor, made: RegisterImportView) -> ImportReport:
    changes = await queries.changes(made.id, None, None, None)
    applied = [each.kind for each in changes if each.outcome is Outcome.APPLIED]
    return ImportReport(
        taken=applied.count(ChangeKind.NEW),
        updated=applied.count(ChangeKind.CHANGED),
        unchanged=made.unchanged,
        skipped=sorted((each.line or 0, each.reason) for each in changes if each.reason),
        gone=applied.count(ChangeKind.GONE),
    )


async def _visible(actor: Actor, import_id: UUID, *, lock: bool = False) -> RegisterImportView:
    found = await queries.register_import(import_id, visible_to=actor, lock=lock)
    if found is None:
        raise NoSuchRegisterImport(subject=("register_import", import_id))
    return found


async def _note(actor: Actor, operation: str, view: RegisterImportView, **more: Any) -> None:
    await audit.record(
        actor, f"registers.{operation}", subject=("register_import", view.id),
        home_state=view.states[0] if len(view.states) == 1 else None,
        detail={
            "register": view.format.value, "file_sha256": view.file_sha256, "new": view.new,
            "changed": view.changed, "gone": view.gone, "refused": view.refused,
            "applied": view.applied, **more,
        },
    )  # fmt: skip
