"""Which moves a payment and a refund may make, and what each posts to the ledger."""

from uuid import UUID

from domain.ledger.types import (
    PSP_CLEARING,
    PSP_FEES,
    Leg,
    Posting,
    deposit_of,
    refund_payable_of,
)
from domain.money import Money
from domain.payments.types import Intent, IntentStatus, PaymentStatus, RefundStatus

_S = PaymentStatus
TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    _S.CREATED: frozenset(
        {_S.REQUIRES_ACTION, _S.AUTHORIZED, _S.CAPTURED, _S.CANCELED, _S.EXPIRED, _S.FAILED}
    ),
    _S.REQUIRES_ACTION: frozenset({_S.AUTHORIZED, _S.CAPTURED, _S.CANCELED, _S.EXPIRED, _S.FAILED}),
    _S.AUTHORIZED: frozenset({_S.CAPTURED, _S.CANCELED, _S.EXPIRED, _S.FAILED}),
    _S.CAPTURED: frozenset({_S.PARTIALLY_REFUNDED, _S.REFUNDED}),
    _S.PARTIALLY_REFUNDED: frozenset({_S.REFUNDED}),
    _S.REFUNDED: frozenset(),
    # Money that arrives after we gave a payment up is still money: it is taken in and returned.
    _S.CANCELED: frozenset({_S.CAPTURED}),
    _S.EXPIRED: frozenset({_S.CAPTURED}),
    _S.FAILED: frozenset({_S.CAPTURED}),
}

_R = RefundStatus
REFUND_TRANSITIONS: dict[RefundStatus, frozenset[RefundStatus]] = {
    _R.REQUESTED: frozenset(
        {_R.APPROVED, _R.SUBMITTED, _R.PENDING, _R.SUCCEEDED, _R.FAILED, _R.CANCELED}
    ),
    _R.APPROVED: frozenset({_R.SUBMITTED, _R.PENDING, _R.SUCCEEDED, _R.FAILED, _R.CANCELED}),
    _R.SUBMITTED: frozenset({_R.PENDING, _R.SUCCEEDED, _R.FAILED}),
    _R.PENDING: frozenset({_R.SUCCEEDED, _R.FAILED, _R.CANCELED}),
    _R.SUCCEEDED: frozenset({_R.FAILED}),
    _R.FAILED: frozenset(),
    _R.CANCELED: frozenset(),
}

_MEANING = {
    IntentStatus.OPEN: None,
    IntentStatus.REQUIRES_ACTION: _S.REQUIRES_ACTION,
    IntentStatus.AUTHORIZED: _S.AUTHORIZED,
    IntentStatus.SUCCEEDED: _S.CAPTURED,
    IntentStatus.CANCELED: _S.CANCELED,
}


def next_status(present: PaymentStatus, intent: Intent) -> PaymentStatus | None:
    """Return where the provider's view moves a payment, or None when it tells nothing new.

    Whatever order views arrive in, and however often, the end state is the same.
    """
    meant = _MEANING[intent.status]
    return meant if meant is not None and meant in TRANSITIONS[present] else None


def capture_posting(payment_id: UUID, episode_id: UUID, amount: Money) -> Posting:
    """Return the posting of captured money: it lies at the provider and is the patient's."""
    return Posting(
        kind="payment_captured",
        external_reference=str(payment_id),
        episode_id=episode_id,
        legs=(
            Leg(PSP_CLEARING, -amount.amount, amount.currency),
            Leg(deposit_of(episode_id), amount.amount, amount.currency),
        ),
    )


def fee_posting(payment_id: UUID, episode_id: UUID, fee: Money) -> Posting:
    """Return the posting of what the provider kept for itself."""
    return Posting(
        kind="provider_fee",
        external_reference=str(payment_id),
        episode_id=episode_id,
        legs=(
            Leg(PSP_CLEARING, fee.amount, fee.currency),
            Leg(PSP_FEES, -fee.amount, fee.currency),
        ),
    )


def refund_owed_posting(refund_id: UUID, episode_id: UUID, amount: Money) -> Posting:
    """Return the posting of a decided refund: owed, not yet sent."""
    return Posting(
        kind="refund_owed",
        external_reference=str(refund_id),
        episode_id=episode_id,
        legs=(
            Leg(deposit_of(episode_id), -amount.amount, amount.currency),
            Leg(refund_payable_of(episode_id), amount.amount, amount.currency),
        ),
    )


CAME_BACK = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


def refund_postings(
    refund_id: UUID, episode_id: UUID, amount: Money, before: RefundStatus, after: RefundStatus
) -> list[Posting]:
    """Return what a refund's move posts: it left, or it came back and is the patient's again."""
    deposit, payable = deposit_of(episode_id), refund_payable_of(episode_id)

    def moved(kind: str, source: str, target: str) -> Posting:
        legs = (
            Leg(source, -amount.amount, amount.currency),
            Leg(target, amount.amount, amount.currency),
        )
        return Posting(kind, str(refund_id), legs, episode_id)

    if after is RefundStatus.SUCCEEDED:
        return [moved("refund_sent", payable, PSP_CLEARING)]
    if after not in CAME_BACK:
        return []
    returned = [moved("refund_returned", PSP_CLEARING, payable)]
    undone = moved("refund_undone", payable, deposit)
    return [*(returned if before is RefundStatus.SUCCEEDED else []), undone]
