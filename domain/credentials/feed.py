"""The public changes of a state's credentials, one after the other, signed for whoever follows.

Positions are given one by one at commit, so whoever asks for what comes after the last position
misses nothing, however long a change took to be committed.
"""

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import history_queries
from domain.credentials.feed_types import ChangePage, SignedChangePage
from domain.db import transactional
from domain.jurisdictions import jurisdiction
from domain.keys.signatures import signature_of


@transactional
async def list_changes(
    actor: Actor, state: str, *, after: int = 0, limit: int = 50
) -> SignedChangePage:
    """Return the public changes of a state after a position, signed; raises UnknownJurisdiction."""
    code = jurisdiction(state).code
    head = await history_queries.last_position(code)
    found = await history_queries.public_changes(code, after, head, limit + 1)
    items = found[:limit]
    page = ChangePage(
        state=code,
        after=after,
        items=items,
        next=items[-1].position if len(found) > limit else None,
        head=head,
        issued_at=utc_now(),
    )
    return SignedChangePage(**msgspec.structs.asdict(page), signature=signature_of(page))
