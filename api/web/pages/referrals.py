"""A referral as its three sides see it: timeline, letter, the shared record, quotes, and moves."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web import labels
from api.web.forms import MISSING, Form, read_form
from api.web.languages import N_, home_zone, language_of
from api.web.pages.sign_in import home_of
from api.web.pages.step_up import or_step_up
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor, Role
from domain.availability import service as availability
from domain.catalogue import service as catalogue
from domain.catalogue.types import LineKind, OfferView
from domain.consents import service as consents
from domain.consents.errors import ConsentWithdrawn
from domain.errors import DomainError, NotFound
from domain.facilities import service as facilities
from domain.money import COLLECTION_CURRENCIES
from domain.permissions.service import PERMISSIONS
from domain.records.types import SharedRecord
from domain.referrals import quotes
from domain.referrals import service as referrals
from domain.referrals.types import (
    CreateQuote,
    Decline,
    DeclineReason,
    Move,
    QuoteLine,
    ReferralView,
    SendOutcome,
)

_WITH_WORDS = frozenset({Move.REQUEST_INFO, Move.ANSWER, Move.ADVISE, Move.REPORT})
_PLAIN = frozenset({Move.ACCEPT, Move.START, Move.DISCHARGE, Move.ACKNOWLEDGE})
_DONE = {
    Move.SUBMIT: "sent", Move.ACCEPT: "accepted", Move.DECLINE: "declined",
    Move.DISCHARGE: "discharged", Move.OUTCOME: "outcome", Move.ACKNOWLEDGE: "closed",
}  # fmt: skip
_COMMENT_LIMIT = 4000
LINES = 14


def path_of(actor: Actor, referral_id: UUID) -> str:
    """Return a referral's address on the side of this reader."""
    return f"{home_of(actor.role)}/referrals/{referral_id}"


class ReferralPages(Controller):
    path = "/"
    include_in_schema = False

    @get(
        [
            "/me/referrals/{referral_id:uuid}",
            "/practice/referrals/{referral_id:uuid}",
            "/facility/referrals/{referral_id:uuid}",
        ],
        guards=[may("referrals.read")],
    )
    async def show(
        self, request: PageRequest, referral_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show a referral; the facility's first look receives it."""
        return await _referral_page(request, actor, referral_id)

    @post(
        [
            "/me/referrals/{referral_id:uuid}",
            "/practice/referrals/{referral_id:uuid}",
            "/facility/referrals/{referral_id:uuid}",
        ],
        guards=[may("referrals.read")],
    )
    async def move(
        self, request: PageRequest, referral_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Make one of the moves that the page offers."""
        form = await read_form(request, language_of(request))
        known = {move.value: move for move in Move}
        move = known.get(form.value("move"))
        action = f"referrals.{move.name.lower()}" if move else ""
        if move is None or action not in PERMISSIONS:
            raise NotFound
        await require_admitted(actor, action)
        try:
            await _make(actor, referral_id, move, form)
        except DomainError as error:
            form.refuse(error)
        if form.failed:
            return await _referral_page(request, actor, referral_id, form, status=409)
        return go(path_of(actor, referral_id), done=_DONE.get(move, "saved"))

    @post("/me/quotes/{quote_id:uuid}", guards=[may("pages.patient")])
    async def answer_quote(
        self, request: PageRequest, quote_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Choose a quote, which holds its time, or refuse it, which costs nothing."""
        form = await read_form(request, language_of(request))
        try:
            referral_id, version = UUID(form.value("referral_id")), form.version()
        except ValueError:
            raise NotFound from None
        choosing = form.value("answer") == "choose"
        action = f"referrals.{'choose' if choosing else 'refuse'}"
        if first := await or_step_up(request, actor, action, form):
            return first
        try:
            if choosing:
                accepted = await quotes.accept_quote(actor, quote_id, version)
                return go(f"/bookings/{accepted.booking.id}", done="held")
            await quotes.refuse_quote(actor, quote_id, version)
        except DomainError as error:
            form.refuse(error)
            return await _referral_page(request, actor, referral_id, form, status=409)
        return go(path_of(actor, referral_id), done="refused")

    @get("/facility/referrals/{referral_id:uuid}/quote", guards=[may("referrals.quote")])
    async def ask_quote(
        self, request: PageRequest, referral_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the quote form: first the offer, then its lines and times."""
        return await _quote_page(request, actor, referral_id)

    @post("/facility/referrals/{referral_id:uuid}/quote", guards=[may("referrals.quote")])
    async def quote(
        self, request: PageRequest, referral_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Send an itemised quote with a date."""
        form = await read_form(request, language_of(request))
        command = form.read(CreateQuote, lines=_lines(form), deposit=form.minor_units("deposit"))
        if command is not None:
            try:
                await quotes.create_quote(actor, referral_id, command, form.version())
                return go(path_of(actor, referral_id), done="quoted")
            except DomainError as error:
                form.refuse(error)
        return await _quote_page(request, actor, referral_id, form, status=422)


async def _make(actor: Actor, referral_id: UUID, move: Move, form: Form) -> None:
    version, comment = form.version(), form.value("comment").strip()[:_COMMENT_LIMIT]
    if move is Move.SUBMIT:
        await referrals.submit_referral(actor, referral_id, version)
    elif move is Move.DECLINE:
        if (decline := form.read(Decline)) is not None:
            await referrals.decline_referral(actor, referral_id, decline, version)
    elif move is Move.OUTCOME:
        pending = [line.strip() for line in form.value("pending").splitlines() if line.strip()]
        hints = {"summary": N_("Write at least a sentence about what was done.")}
        outcome = form.read(SendOutcome, hints, pending_results=pending)
        if outcome is not None:
            await referrals.send_outcome(actor, referral_id, outcome, version)
    elif move is Move.CANCEL:
        await referrals.cancel_referral(actor, referral_id, version, comment or None)
    elif move is Move.CONFIRM_CANCEL:
        await referrals.confirm_cancel(actor, referral_id, version)
    elif move in _WITH_WORDS and not comment:
        form.complain("comment", MISSING)
    elif move in _WITH_WORDS or move in _PLAIN:
        await referrals.move_referral(actor, referral_id, move, version, comment or None)
    else:
        raise NotFound


async def _referral_page(
    request: PageRequest, actor: Actor, referral_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    referral = await referrals.show_referral(actor, referral_id)
    facility = await facilities.facility_ref(actor, referral.facility_id)
    treatment = await catalogue.show_treatment(actor, referral.treatment, language.tag)
    moves = await referrals.list_actions(actor, referral_id)
    consent = None
    if referral.consent_id is not None and not actor.of_facility:
        consent = await consents.show_consent(actor, referral.consent_id)
    patient_zone = home_zone(referral.patient.home_state)
    return page(
        request,
        "referral.html",
        status=status,
        form=form,
        referral=referral,
        facility=facility,
        treatment=treatment.name,
        moves=moves,
        with_words=_WITH_WORDS,
        consent=consent,
        record=await _record(actor, referral) if actor.of_facility else None,
        side="patient" if actor.role is Role.PATIENT else home_of(actor.role).strip("/"),
        base=path_of(actor, referral_id),
        zone=facility.zone if actor.of_facility else patient_zone,
        own_zone=patient_zone,
        reasons=[(r.value, labels.label(language, "decline", r)) for r in DeclineReason],
        now=datetime.now(UTC),
    )


async def _record(actor: Actor, referral: ReferralView) -> SharedRecord | None:
    """Return the consented part of the record; None once the consent has ended."""
    try:
        return await referrals.read_record(actor, referral.id)
    except (ConsentWithdrawn, NotFound):
        return None


def _lines(form: Form) -> list[QuoteLine]:
    lines = []
    for number in range(1, LINES + 1):
        text = form.value(f"label{number}").strip()
        if not text:
            continue
        kinds = {kind.value: kind for kind in LineKind}
        lines.append(
            QuoteLine(
                kind=kinds.get(form.value(f"kind{number}"), LineKind.MANDATORY),
                label=text[:200],
                amount=form.minor_units(f"amount{number}") or 0,
                cap=form.minor_units(f"cap{number}"),
            )
        )
    if not lines:
        form.complain("label1", N_("At least one line is needed."))
    return lines


async def _quote_page(
    request: PageRequest, actor: Actor, referral_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    referral = await referrals.show_referral(actor, referral_id)
    facility = await facilities.facility_ref(actor, referral.facility_id)
    offers = (await catalogue.list_offers_of(actor, facility.id, language.tag)).items
    offers = [each for each in offers if each.active]
    offers.sort(key=lambda each: each.treatment.code != referral.treatment)
    wanted = form.value("offer_id") if form else request.query_params.get("offer")
    offer = next((each for each in offers if str(each.id) == wanted), None)
    if offer is None and offers and offers[0].treatment.code == referral.treatment:
        offer = offers[0]
    times: list[tuple[str, str]] = []
    if offer is not None:
        first = datetime.now(UTC).date() + timedelta(hours=offer.lead_time_hours)
        slots = await availability.list_slots(actor, offer.id, first, first + timedelta(days=30))
        times = [
            (slot.starts_at.isoformat(), language.moment(slot.starts_at, slots.zone))
            for slot in slots.items
        ]
    return page(
        request,
        "quote.html",
        status=status,
        form=form,
        referral=referral,
        facility=facility,
        offers=[(str(each.id), each.treatment.name) for each in offers],
        offer=offer,
        times=times,
        rows=_rows(form, offer),
        kinds=[(kind.value, labels.label(language, "line", kind)) for kind in LineKind],
        currencies=[(code.value, code.value) for code in sorted(COLLECTION_CURRENCIES)],
    )


def _rows(form: Form | None, offer: OfferView | None) -> list[dict[str, Any]]:
    rows = []
    for number in range(1, LINES + 1):
        line = offer.lines[number - 1] if offer and number <= len(offer.lines) else None
        row = {
            "kind": line.kind.value if line else "mandatory",
            "label": line.label if line else "",
            "amount": _major(line.amount) if line else "",
            "cap": _major(line.cap) if line else "",
        }
        if form is not None and form.value(f"label{number}", "\0") != "\0":
            row = {name: form.value(f"{name}{number}") for name in row}
        rows.append({"number": number, **row})
    return rows


def _major(minor: int | None) -> str:
    if minor is None:
        return ""
    return f"{minor // 100}.{minor % 100:02d}" if minor % 100 else str(minor // 100)
