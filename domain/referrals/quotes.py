"""Quoting an accepted referral, and the patient's choice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.availability import quotes as kept_time
from domain.bookings import holding
from domain.bookings import service as bookings
from domain.cases import service as cases
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.clock import utc_now
from domain.consents import service as consents
from domain.db import transactional
from domain.ids import new_id
from domain.money import Money, currency
from domain.referrals import queries, rules
from domain.referrals.errors import NoSuchQuote, QuoteExpired, WrongState
from domain.referrals.service import apply_move, locked_for, show_referral
from domain.referrals.tables import Quote
from domain.referrals.types import CreateQuote, Move, QuoteAccepted, ReferralStatus, ReferralView
from domain.text import cleaned


@transactional
async def create_quote(
    actor: Actor, referral_id: UUID, command: CreateQuote, version: int
) -> ReferralView:
    """Answer an accepted referral with an itemised price and a date; an open quote is superseded.

    Raises QuoteUnsound and NoSuchOffer (an offer of another facility is none of this one's), and
    NoSuchSlot and SlotTaken where its time shall be kept and cannot.
    """
    command = cleaned(command)
    row = await locked_for(actor, referral_id, Move.QUOTE, version)
    total, max_total, deposit = rules.quote_totals(command)
    offer = await catalogue.bookable_offer(actor, command.offer_id)
    if offer.facility_id != row["facility_id"]:
        raise NoSuchOffer(fields={"offer_id": NoSuchOffer.title})
    await apply_move(actor, row, Move.QUOTE)
    now, quote_id = utc_now(), new_id()
    expires_at = now + timedelta(days=command.valid_days)
    superseded = await queries.insert_quote(
        Quote(
            id=quote_id,
            referral_id=referral_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            practice_id=row["practice_id"],
            facility_organisation_id=row["facility_organisation_id"],
            number=await queries.next_quote_number(referral_id),
            status="offered",
            offer_id=command.offer_id,
            offer_version=command.offer_version,
            starts_at=command.starts_at,
            currency=total.currency.value,
            lines=msgspec.json.encode(command.lines).decode(),
            total_minor=total.amount,
            max_total_minor=max_total.amount,
            deposit_minor=deposit.amount,
            expires_at=expires_at,
            issued_by=actor.account_id,
            created_at=now,
        )
    )
    if superseded is not None:
        await kept_time.release_quote(actor, superseded)
    if command.keep_time:
        until = min(expires_at, kept_time.kept_until(offer, now))
        await kept_time.reserve_for_quote(actor, offer, command.starts_at, quote_id, until)
    return await show_referral(actor, referral_id)


async def _open_quote(actor: Actor, quote_id: UUID, move: Move, version: int) -> tuple[Any, Any]:
    """Return an offered quote and its referral, both locked, the referral first like everywhere."""
    seen = await queries.quote(quote_id, visible_to=actor)
    if seen is None:
        raise NoSuchQuote(subject=("quote", quote_id))
    row = await locked_for(actor, seen["referral_id"], move, version)
    quote = await queries.quote(quote_id, visible_to=actor, lock=True)
    if quote is None or quote["status"] != "offered":
        stands = quote["status"] if quote else "gone"
        raise WrongState(f"The quote is {stands}", status_now=stands)
    return quote, row


@transactional
async def accept_quote(actor: Actor, quote_id: UUID, version: int) -> QuoteAccepted:
    """Choose a quote: its time is held, the case's other episodes end, the deposit is due.

    `version` is the referral's. Raises QuoteExpired and everything that holding a slot raises;
    then nothing is chosen.
    """
    quote, row = await _open_quote(actor, quote_id, Move.CHOOSE, version)
    if quote["expires_at"] <= utc_now():
        raise QuoteExpired
    await apply_move(actor, row, Move.CHOOSE)
    await queries.move_quote(quote_id, "accepted")
    # The booking takes what the quote kept: until this commits, nobody else passes its locks.
    await kept_time.release_quote(actor, quote_id)
    paid_in = currency(quote["currency"])
    booking_id = await holding.hold_for_episode(
        actor, row["episode_id"], quote["offer_id"], quote["offer_version"], quote["starts_at"],
        Money(quote["total_minor"], paid_in), Money(quote["max_total_minor"], paid_in),
        Money(quote["deposit_minor"], paid_in),
    )  # fmt: skip
    await queries.set_booking(row["id"], booking_id)
    for rival in await cases.choose_episode(actor, row["episode_id"]):
        await _not_select(SYSTEM, rival)
    return QuoteAccepted(
        await show_referral(actor, row["id"]), await bookings.show_booking(actor, booking_id)
    )


@transactional
async def _not_select(actor: Actor, episode_id: UUID) -> None:
    row = await queries.referral_of_episode(episode_id)
    if (
        row is not None
        and ReferralStatus(row["status"]) in rules.TRANSITIONS[Move.NOT_SELECT].before
    ):
        await apply_move(actor, row, Move.NOT_SELECT)
    await consents.end_consents_of(actor, episode_id)


@transactional
async def refuse_quote(actor: Actor, quote_id: UUID, version: int) -> ReferralView:
    """Refuse a quote, without any penalty; the facility may quote again."""
    _, row = await _open_quote(actor, quote_id, Move.REFUSE, version)
    await apply_move(actor, row, Move.REFUSE)
    await queries.move_quote(quote_id, "refused")
    await kept_time.release_quote(actor, quote_id)
    return await show_referral(actor, row["id"])
