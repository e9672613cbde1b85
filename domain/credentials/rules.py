"""Pure decisions about credentials: which moves exist and what a complete one is."""

from datetime import date, datetime, timedelta

from domain.credentials.errors import (
    EvidenceMissing,
    ImpossibleDates,
    NotRecognised,
    WrongState,
)
from domain.credentials.types import (
    Accreditor,
    CredentialStatus,
    SubmitCredential,
    VerificationMethod,
    VerifyCredential,
)

COVER_AFTER_TREATMENT = timedelta(days=30)
"""For how long after the treatment begins the credentials must hold."""

_S = CredentialStatus
HOLDING = frozenset({_S.ACTIVE, _S.CONDITIONAL, _S.RENEWAL_FILED})
TRANSITIONS: dict[str, frozenset[CredentialStatus]] = {
    "verify": frozenset({_S.PENDING}),
    "confirm": frozenset({_S.PENDING}),
    "suspend": HOLDING,
    "reinstate": frozenset({_S.SUSPENDED}),
    "revoke": HOLDING | {_S.SUSPENDED},
}
"""From which states each move leads on."""


def require_move(move: str, status: CredentialStatus) -> None:
    """Refuse a move that does not start from this state."""
    if status not in TRANSITIONS[move]:
        raise WrongState(
            f"A credential that is {status.value} cannot be changed by {move!r}",
            status=status.value,
            possible_from=sorted(state.value for state in TRANSITIONS[move]),
        )


def require_consistent(command: SubmitCredential, today: date) -> None:
    """Refuse dates in the wrong order and an open end without a next check."""
    complaints: dict[str, str] = {}
    if command.issued > today + timedelta(days=1):
        complaints["issued"] = "A credential cannot have been issued in the future"
    if command.valid_to is not None and command.valid_to < command.valid_from:
        complaints["valid_to"] = "The last day lies before the first"
    if command.valid_to is None and command.next_check is None:
        complaints["next_check"] = "A credential without a last day names its next check"
    for field in ("issued", "valid_from", "valid_to", "next_check", "last_survey", "next_survey"):
        day: date | None = getattr(command, field)
        if day is not None and not 1950 <= day.year <= 2150:
            complaints[field] = "This year is not plausible"
    if complaints:
        raise ImpossibleDates(fields=complaints)


def require_recognised(accreditor: Accreditor, issued: date) -> None:
    """Refuse an accreditor that was not itself recognised when it issued the credential."""
    begins, ends = accreditor.recognised_from, accreditor.recognised_to
    if (begins is not None and issued < begins) or (ends is not None and issued > ends):
        raise NotRecognised(accreditor=accreditor.name)


def require_evidence(command: VerifyCredential, url: str | None, sha256: bytes | None) -> None:
    """Refuse a check without what it rests on."""
    if command.method in (VerificationMethod.REGISTRY_API, VerificationMethod.REGISTRY_PAGE):
        if not (command.url or url):
            raise EvidenceMissing(fields={"url": "The register's address is missing"})
    elif not (command.evidence_sha256 or sha256):
        raise EvidenceMissing(fields={"evidence_sha256": "The document's SHA-256 is missing"})


def effective_moment(asked: datetime | None, now: datetime) -> datetime:
    """Return when a decision takes effect: now, or the later moment that was asked for."""
    if asked is None:
        return now
    if asked.tzinfo is None:
        raise ImpossibleDates(fields={"effective_at": "The moment needs its offset from UTC"})
    if asked < now - timedelta(minutes=5) or asked > now + timedelta(days=3660):
        raise ImpossibleDates(fields={"effective_at": "A decision takes effect now or later"})
    return max(asked, now)
