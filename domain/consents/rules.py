"""Pure decisions about consents: their moves, their limits and what they permit."""

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta

from domain.actor import Role
from domain.consents.errors import (
    BroaderThanAsked,
    ConsentTooLong,
    EmptyPeriod,
    UnreadableCursor,
    WrongConsentState,
)
from domain.consents.types import (
    CLINICAL_PURPOSES,
    Category,
    ConsentStatus,
    Grant,
    Label,
    Terms,
)

LONGEST = relativedelta(months=12)
ANSWER_WITHIN = timedelta(days=30)
"""A request nobody answers expires after this time (ours)."""

_S = ConsentStatus
TRANSITIONS: dict[ConsentStatus, frozenset[ConsentStatus]] = {
    _S.REQUESTED: frozenset({_S.GRANTED, _S.DENIED, _S.EXPIRED}),
    _S.GRANTED: frozenset({_S.SUSPENDED, _S.REVOKED, _S.EXPIRED}),
    _S.SUSPENDED: frozenset({_S.GRANTED, _S.REVOKED, _S.EXPIRED}),
    _S.DENIED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.REVOKED: frozenset(),
}

CROSS_BORDER: dict[str, tuple[str, str]] = {
    "KZ": ("explicit_consent", "primary_copy_stays_home"),
    "UZ": ("explicit_consent", "biometric_and_genetic_data_stay_home"),
    "TR": ("explicit_consent", "standard_contract"),
    "XN": ("explicit_consent", "standard_contract"),
    "HU": ("gdpr_49_1_a_explicit_consent", "gdpr_chapter_v"),
}
"""By home state: on which basis data may leave it, and under which safeguard."""


def basis_for(home_state: str, grantee_country: str) -> tuple[str, str]:
    """Return legal basis and safeguard of a disclosure from one state to another."""
    if home_state == grantee_country:
        return "explicit_consent", "within_the_state"
    return CROSS_BORDER.get(home_state, ("explicit_consent", "none_known"))


def status_at(
    status: ConsentStatus, created_at: datetime, valid_until: datetime, now: datetime
) -> ConsentStatus:
    """Return where a consent stands at `now`: expiry is the clock's doing, not a job's."""
    if status is _S.REQUESTED and now >= min(valid_until, created_at + ANSWER_WITHIN):
        return _S.EXPIRED
    if status in (_S.GRANTED, _S.SUSPENDED) and now >= valid_until:
        return _S.EXPIRED
    return status


def require_move(
    current: ConsentStatus, to: ConsentStatus, only_from: Collection[ConsentStatus] | None = None
) -> None:
    """Refuse a move that TRANSITIONS does not name, or that starts from another state."""
    if to not in TRANSITIONS[current] or current not in (only_from or TRANSITIONS):
        raise WrongConsentState(
            f"The consent is {current.value}; it cannot become {to.value}",
            status=current.value,
        )


def require_validity(valid_from: datetime, valid_until: datetime, now: datetime) -> None:
    """Refuse a period that is empty, past or longer than twelve months."""
    if valid_until <= max(valid_from, now):
        raise EmptyPeriod(fields={"valid_until": EmptyPeriod.title})
    if valid_until > valid_from + LONGEST:
        raise ConsentTooLong(fields={"valid_until": ConsentTooLong.title})


def require_data_period(data_from: datetime | None, data_to: datetime | None) -> None:
    """Refuse a data period that ends before it begins."""
    if data_from and data_to and data_to < data_from:
        raise EmptyPeriod(fields={"data_to": EmptyPeriod.title})


def narrowed(asked: Terms, grant: Grant, now: datetime) -> Terms:
    """Return the terms the patient agrees to, which are never broader than what was asked."""
    categories = frozenset(grant.categories or asked.categories)
    if more := categories - asked.categories:
        raise BroaderThanAsked(fields={"categories": ", ".join(sorted(more))})
    valid_until = grant.valid_until or asked.valid_until
    if valid_until > asked.valid_until:
        raise BroaderThanAsked(fields={"valid_until": BroaderThanAsked.title})
    if valid_until <= max(now, asked.valid_from):
        raise EmptyPeriod(fields={"valid_until": EmptyPeriod.title})
    return Terms(
        id=asked.id,
        status=asked.status,
        purpose=asked.purpose,
        organisation_id=asked.organisation_id,
        role=asked.role,
        episode_id=asked.episode_id,
        categories=categories,
        excluded_labels=asked.excluded_labels | frozenset(grant.excluded_labels),
        data_from=asked.data_from,
        data_to=asked.data_to,
        valid_from=asked.valid_from,
        valid_until=valid_until,
    )


def covers(
    terms: Terms, category: Category, labels: frozenset[Label], effective: datetime | None
) -> bool:
    """Tell whether an entry lies within the terms.

    An entry without a date lies in no data period: what cannot be shown to be inside is outside.
    """
    if category not in terms.categories or labels & terms.excluded_labels:
        return False
    if terms.data_from and (effective is None or effective < terms.data_from):
        return False
    return not (terms.data_to and (effective is None or effective > terms.data_to))


def decide(
    consents: Sequence[Terms],
    organisation: UUID,
    category: Category,
    labels: frozenset[Label],
    effective: datetime | None,
    now: datetime,
    *,
    role: Role | None = None,
    episode: UUID | None = None,
) -> UUID | None:
    """Return the newest consent that lets the organisation read the entry, else None.

    The same decision as the SQL function `consent_permits`, whose oracle this is in the tests.
    """
    permitting = [
        terms.id
        for terms in consents
        if terms.organisation_id == organisation
        and terms.status is ConsentStatus.GRANTED
        and terms.purpose in CLINICAL_PURPOSES
        and terms.valid_from <= now < terms.valid_until
        and (terms.role is None or terms.role is role)
        and (episode is None or terms.episode_id is None or terms.episode_id == episode)
        and covers(terms, category, labels, effective)
    ]
    return max(permitting, default=None)


def cursor_after(consent_id: UUID) -> str:
    """Return the opaque cursor of the page after this consent."""
    return base64.urlsafe_b64encode(consent_id.bytes).decode().rstrip("=")


def consent_before(cursor: str | None) -> UUID | None:
    """Return where the page of a cursor begins; raises UnreadableCursor."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
    except (ValueError, binascii.Error):
        raise UnreadableCursor(fields={"cursor": UnreadableCursor.title}) from None
