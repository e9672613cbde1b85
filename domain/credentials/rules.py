"""Pure decisions about credentials: which moves exist and what a complete one is."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.credentials.errors import (
    EvidenceMissing,
    ImpossibleDates,
    NotToRenew,
    WrongHolder,
    WrongState,
)
from domain.credentials.types import (
    CredentialKind,
    CredentialMove,
    CredentialStanding,
    CredentialStatus,
    SubmitCredential,
    VerificationMethod,
    VerifyCredential,
)
from domain.identity.types import OrganisationKind

COVER_AFTER_TREATMENT = timedelta(days=30)
"""For how long after the treatment begins the credentials must hold."""

AUTHORISATIONS = {
    CredentialKind.FACILITATOR_AUTHORISATION: OrganisationKind.FACILITATOR,
    CredentialKind.OPERATOR_AUTHORISATION: OrganisationKind.PLATFORM,
}
"""The kinds that an organisation holds, of which kind it is; all others belong to a facility."""

_S = CredentialStatus
HOLDING = frozenset({_S.ACTIVE, _S.CONDITIONAL, _S.RENEWAL_FILED})
_APPEALABLE = frozenset({_S.SUSPENDED, _S.REVOKED})
TRANSITIONS: dict[CredentialMove, frozenset[CredentialStatus]] = {
    CredentialMove.VERIFY: frozenset({_S.PENDING}),
    CredentialMove.CONFIRM: frozenset({_S.PENDING}),
    CredentialMove.RECHECK: HOLDING | {_S.SUSPENDED},
    CredentialMove.IMPOSE_CONDITIONS: frozenset({_S.ACTIVE, _S.CONDITIONAL}),
    CredentialMove.LIFT_CONDITIONS: frozenset({_S.CONDITIONAL, _S.RENEWAL_FILED}),
    CredentialMove.FILE_RENEWAL: frozenset({_S.ACTIVE, _S.CONDITIONAL}),
    CredentialMove.ACKNOWLEDGE_RENEWAL: frozenset({_S.ACTIVE, _S.CONDITIONAL}),
    CredentialMove.REFUSE_RENEWAL: frozenset(_S) - {_S.PENDING},
    CredentialMove.SUSPEND: HOLDING,
    CredentialMove.REINSTATE: frozenset({_S.SUSPENDED}),
    CredentialMove.REVOKE: HOLDING | {_S.SUSPENDED},
    CredentialMove.APPEAL: _APPEALABLE,
    CredentialMove.WITHDRAW_APPEAL: _APPEALABLE,
    CredentialMove.STAY: _APPEALABLE,
    CredentialMove.LIFT_STAY: _APPEALABLE,
    CredentialMove.UPHOLD: _APPEALABLE,
    CredentialMove.OVERTURN: _APPEALABLE,
}
"""From which states each move leads on."""


def action_of(move: CredentialMove) -> str:
    """Return the action of the permission table that a move is; judging an appeal is one."""
    judging = move in (CredentialMove.UPHOLD, CredentialMove.OVERTURN)
    return "credentials.decide_appeal" if judging else f"credentials.{move.value}"


def require_move(move: CredentialMove, status: CredentialStatus) -> None:
    """Refuse a move that does not start from this state."""
    if status not in TRANSITIONS[move]:
        raise WrongState(
            f"A credential that is {status.value} cannot be changed by {move.value!r}",
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


def stay_end(asked: datetime | None, now: datetime) -> datetime | None:
    """Return until when a stay lasts, None for an open one; raises ImpossibleDates."""
    if asked is None:
        return None
    if asked.tzinfo is None or not now < asked <= now + timedelta(days=3660):
        raise ImpossibleDates(fields={"until": "A stay ends at a later moment, with its offset"})
    return asked


def stayed(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a decision has no effect now."""
    begun, ends = row["stayed_at"], row["stay_until"]
    return begun is not None and (ends is None or ends > now)


def in_effect_since(row: Mapping[str, Any]) -> datetime | None:
    """Return from when a suspension cuts the credential short, None while a stay is open."""
    since: datetime = row["status_effective_at"]
    if row["stayed_at"] is None:
        return since
    return None if row["stay_until"] is None else max(since, row["stay_until"])


def require_conditions_end(until: date, today: date, last: date | None) -> None:
    """Refuse conditions whose last day has passed, or lies beyond the credential's own."""
    if not today <= until <= min(last or date.max, today + timedelta(days=3660)):
        raise ImpossibleDates(
            fields={"until": "Conditions end on a day to come, while the credential still holds"}
        )


def require_renewable(row: Mapping[str, Any], today: date) -> None:
    """Refuse to renew what has no last day, or is over."""
    if row["valid_to"] is None or min(row["valid_to"], row["conditions_until"] or today) < today:
        raise NotToRenew


def standing_of(row: Mapping[str, Any], before: CredentialStanding | None) -> CredentialStanding:
    """Return how a credential stands now, so that it can stand so again."""
    return CredentialStanding(
        status=CredentialStatus(row["status"]),
        reason=row["status_reason"],
        effective_at=row["status_effective_at"],
        suspended_specialties=list(row["suspended_specialties"]),
        suspended_treatments=list(row["suspended_treatments"]),
        decided_by=row["decided_by"],
        decided_version=row["decided_version"],
        before=before,
    )


def require_kind_of_facility(kind: CredentialKind) -> None:
    """Refuse an authorisation that only an organisation can hold."""
    if kind in AUTHORISATIONS:
        raise WrongHolder(fields={"kind": WrongHolder.title})


def require_kind_of_organisation(kind: CredentialKind, holder: OrganisationKind) -> None:
    """Refuse what organisations do not hold, and an authorisation for another kind of them."""
    if AUTHORISATIONS.get(kind) is not holder:
        raise WrongHolder(fields={"kind": WrongHolder.title})


def day_in(now: datetime, zone: str) -> date:
    """Return the day that a calendar in this zone shows."""
    return now.astimezone(ZoneInfo(zone)).date()


def require_order(first: date, last: date | None) -> None:
    """Refuse a recognition whose last day lies before its first, or in no plausible year."""
    complaints = {}
    if not 1950 <= first.year <= 2150:
        complaints["recognised_from"] = "This year is not plausible"
    if last is not None and not first <= last <= date(2150, 12, 31):
        complaints["recognised_to"] = "The last day lies before the first"
    if complaints:
        raise ImpossibleDates(fields=complaints)


def require_end(last: date, today: date, first: date | None) -> None:
    """Refuse to end a recognition in the past, before it began, or in no plausible year."""
    if not max(today, first or today) <= last <= date(2150, 12, 31):
        raise ImpossibleDates(
            fields={"recognised_to": "A recognition ends today or later, and after it has begun"}
        )


def standing_before(row: Mapping[str, Any]) -> CredentialStanding | None:
    """Return what the present decision replaced, if there is one."""
    kept = row["standing_before"]
    return None if kept is None else msgspec.json.decode(kept, type=CredentialStanding)


def restored(standing: CredentialStanding) -> dict[str, Any]:
    """Return the columns with which a credential stands as it once did."""
    before = standing.before
    return {
        "status": standing.status.value,
        "status_reason": standing.reason,
        "status_effective_at": standing.effective_at,
        "suspended_specialties": standing.suspended_specialties,
        "suspended_treatments": standing.suspended_treatments,
        "decided_by": standing.decided_by,
        "decided_version": standing.decided_version,
        "standing_before": None if before is None else msgspec.json.encode(before).decode(),
        "stayed_at": None,
        "stay_until": None,
    }
