"""Moving a booking's time in place: its number, its money and its place in the queue stay."""

from datetime import datetime
from typing import Any

from domain.actor import Actor
from domain.availability import service as availability
from domain.catalogue import service as catalogue
from domain.credentials import service as credentials


async def retime(actor: Actor, row: Any, starts_at: datetime) -> dict[str, object]:
    """Take another time for a locked booking, and return what changes on its row.

    Raises CredentialNotValid for a day that is not covered, NoSuchSlot and SlotTaken.
    """
    await credentials.require_cover(actor, row["offer_id"], starts_at)
    offer = await catalogue.bookable_offer(actor, row["offer_id"])
    ends_at = await availability.move_slot(actor, offer, row["id"], starts_at)
    return {"starts_at": starts_at, "ends_at": ends_at}
