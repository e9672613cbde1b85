"""How often somebody may ask, by the action that the route names."""

from typing import Any

import structlog
from litestar import Request

from api.http.addresses import client_address
from domain.actor import Actor
from domain.errors import TooMany
from domain.limits import service as limits
from domain.limits.types import BY_ACTION, PUBLIC, SIGNED_IN, UNLIMITED

log = structlog.get_logger()


async def spend(request: Request[Any, Any, Any], actor: Actor, action: str) -> None:
    """Count the request against its limits; raises TooMany with the seconds to wait."""
    if not request.app.state.settings.rate_limits or action in UNLIMITED:
        return
    who = str(actor.principal or client_address(request))
    own = BY_ACTION.get(action)
    try:
        await limits.spend(SIGNED_IN if actor.principal else PUBLIC, who)
        # What is limited for the public is not limited again for people who have signed in.
        if own is not None and not (actor.principal and action.startswith("search.")):
            await limits.spend(own, who)
    except TooMany:
        log.warning("too_many_requests", action=action, limit=own.name if own else "general")
        raise


def address_to_slow(request: Request[Any, Any, Any]) -> str:
    """Return the address whose wrong attempts are counted, or nothing where limits are off."""
    return client_address(request) if request.app.state.settings.rate_limits else ""
