"""What the credentials do when the outbox delivers their events."""

import structlog

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
