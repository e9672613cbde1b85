"""What waits for an officer, and dates that come near: listed for officers, told to holders."""

from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import worklist_queries
from domain.credentials.errors import NoSuchList
from domain.credentials.events import CredentialDue
from domain.credentials.types import CredentialKind
from domain.credentials.worklist_types import CredentialList, CredentialWorklist, Due, Reminder
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.outbox import service as outbox
from domain.permissions import service as permissions

REMINDED_AT_ONCE = 200


@transactional
async def list_waiting(
    actor: Actor, name: str, *, cursor: str | None = None, limit: int = 50
) -> CredentialWorklist:
    """Return one worklist of the officer's own state with the counts of all, oldest first.

    Raises NoSuchList, CursorInvalid.
    """
    permissions.require(actor, "credentials.list_queue")
    if name not in set(CredentialList):
        raise NoSuchList(lists=[each.value for each in CredentialList])
    chosen = CredentialList(name)
    after = None
    if cursor is not None:
        after = read_cursor(cursor, chosen.value, tuple[datetime, UUID])
    found = await worklist_queries.waiting(chosen, after, limit + 1, visible_to=actor)
    shown, following = found[:limit], None
    if len(found) > limit:
        since, last = shown[-1]
        following = make_cursor(chosen.value, (since, last.credential.id))
    counts = await worklist_queries.counts(visible_to=actor)
    return CredentialWorklist([item for _, item in shown], following, counts)


@transactional
async def note_due(actor: Actor) -> int:
    """Note dates that came near, each once at 90, 30 and 7 days, and have the holders told.

    Return how many were noted; run as the system.
    """
    noted, now = 0, utc_now()
    for row in await worklist_queries.unreminded(REMINDED_AT_ONCE):
        reminder_id = await worklist_queries.note_reminder(row, now)
        if reminder_id is not None:
            await outbox.publish(CredentialDue(reminder_id))
            noted += 1
    return noted


@transactional
async def due_reminder(actor: Actor, reminder_id: UUID) -> Reminder | None:
    """Return what a reminder says; None when its date has moved, or nobody holds the credential."""
    row = await worklist_queries.reminder(reminder_id)
    if row is None or row["organisation_id"] is None:
        return None
    return Reminder(
        reminder_id, row["organisation_id"], row["holder_name"], CredentialKind(row["kind"]),
        row["body"], row["certificate_number"], Due(row["what"]), row["due_on"],
    )  # fmt: skip
