"""Which states make up each worklist of each desk."""

from domain.actor import Actor
from domain.referrals.rules import desk_of
from domain.referrals.types import ReferralStatus, Side

_S = ReferralStatus

LISTS: dict[Side, dict[str, tuple[ReferralStatus, ...]]] = {
    Side.PRACTICE: {
        "drafts": (_S.DRAFT,),
        "to-answer": (_S.INFO_REQUESTED,),
        "waiting": (_S.SUBMITTED, _S.RECEIVED, _S.ACCEPTED, _S.QUOTED, _S.CHOSEN, _S.FUNDED,
                    _S.SCHEDULED, _S.IN_TREATMENT, _S.DISCHARGED, _S.CANCEL_REQUESTED),
        "came-back": (_S.OUTCOME_SENT, _S.DECLINED, _S.ADVICE_RETURNED, _S.QUOTE_DECLINED),
        "closed": (_S.CLOSED, _S.CANCELLED, _S.NOT_SELECTED),
    },
    Side.FACILITY: {
        "to-triage": (_S.SUBMITTED, _S.RECEIVED),
        "to-quote": (_S.ACCEPTED, _S.QUOTE_DECLINED),
        "waiting": (_S.INFO_REQUESTED, _S.QUOTED, _S.CHOSEN, _S.FUNDED),
        "scheduled": (_S.SCHEDULED, _S.IN_TREATMENT, _S.CANCEL_REQUESTED),
        "to-report": (_S.DISCHARGED,),
        "closed": (_S.OUTCOME_SENT, _S.CLOSED, _S.DECLINED, _S.ADVICE_RETURNED, _S.CANCELLED,
                   _S.NOT_SELECTED),
    },
    Side.PATIENT: {
        "open": tuple(s for s in _S if s not in (_S.CLOSED, _S.CANCELLED, _S.NOT_SELECTED)),
        "to-choose": (_S.QUOTED,),
        "closed": (_S.CLOSED, _S.CANCELLED, _S.NOT_SELECTED),
    },
}  # fmt: skip


def list_of(actor: Actor, name: str) -> tuple[ReferralStatus, ...] | None:
    """Return the states of a worklist, or None when the actor's desk has none of that name."""
    return LISTS.get(desk_of(actor), {}).get(name)
