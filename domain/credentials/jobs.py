"""What the credentials do when the outbox delivers their events, and when the clock says so."""

import structlog

from domain.actor import SYSTEM
from domain.credentials import worklists
from domain.credentials.events import CredentialChanged

log = structlog.get_logger()


async def log_change(event: CredentialChanged) -> None:
    """Write a credential's new status into the log, where operators watch for suspensions."""
    log.info(
        "credential_changed",
        credential_id=str(event.credential_id),
        facility_id=str(event.facility_id),
        status=event.status,
    )


async def remind_of_due() -> int:
    """Have holders told of dates that came near; return how many (a periodic job)."""
    noted = 0
    while (taken := await worklists.note_due(SYSTEM)) == worklists.REMINDED_AT_ONCE:
        noted += taken
    return noted + taken
