"""A facility's bookings: the list by day, and everything of one stay on one page."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web import labels
from api.web.forms import Form, read_form
from api.web.languages import PAGES, Language, home_zone, language_of
from api.web.pages.facility_desk import chosen_facility
from api.web.pages.patient import treatment_names
from api.web.pages.stay_moves import LINES, MOVES
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.aftercare import service as aftercare
from domain.availability import service as availability
from domain.bookings import claims, items, safety
from domain.bookings import service as bookings
from domain.bookings.claim_types import ClaimStatus, ClaimView
from domain.bookings.errors import NoSuchBooking
from domain.bookings.item_types import ItemKind
from domain.bookings.stay_types import (
    ExtensionReason,
    LeavingReason,
    NotTreatedReason,
    SignedBy,
    StayView,
    TransferReason,
)
from domain.bookings.types import (
    Assessment,
    BookingMove,
    BookingStatus,
    BookingView,
    DeskQuery,
)
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.catalogue.types import LineKind
from domain.clock import EARLIEST, LATEST, utc_now
from domain.cursor import CursorInvalid
from domain.errors import DomainError, Forbidden, NotFound
from domain.files import service as files
from domain.identity import team
from domain.patients import service as patients
from domain.permissions import service as permissions
from domain.tasks import service as tasks
from domain.tasks.types import TaskQuery

HERE = "/facility/bookings"
_S = BookingStatus
LISTS: dict[str, tuple[BookingStatus, ...]] = {
    "coming": (_S.AWAITING_FACILITY, _S.CONFIRMED),
    "here": (_S.CHECKED_IN, _S.PRE_OP_ASSESSED, _S.IN_TREATMENT, _S.EXTENDED),
    "left": (_S.DISCHARGED,),
    "ended": (
        _S.COMPLETED, _S.TRANSFERRED_OUT, _S.LEFT_AGAINST_ADVICE, _S.DIED, _S.NOT_TREATED,
        _S.NO_SHOW, _S.CANCELLED_BY_PATIENT, _S.CANCELLED_BY_FACILITY,
    ),
    "all": (),
}  # fmt: skip
_DAYS_AHEAD = 21
_DOCUMENT_LIMIT = 25 * 1024 * 1024


class FacilityBookingPages(Controller):
    path = HERE
    include_in_schema = False

    @get(guards=[may("bookings.list_of_facility")])
    async def list_bookings(
        self, request: PageRequest, actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """List a facility's bookings by day, in one group of states, or by a part of the number."""
        return await _list_page(request, actor)

    @get("/{booking_id:uuid}", guards=[may("pages.facility")])
    async def show(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show everything of one stay, and exactly what the reader may do with it now."""
        return await _stay_page(request, actor, booking_id)

    @post(
        "/{booking_id:uuid}/{name:str}",
        guards=[may("pages.facility")],
        request_max_body_size=_DOCUMENT_LIMIT + 65_536,
    )
    async def move(
        self,
        request: PageRequest,
        booking_id: FromPath[UUID],
        name: FromPath[str],
        actor: NamedDependency[Actor],
    ) -> Response[bytes]:
        """Do what one of the page's forms says."""
        form = await read_form(request, language_of(request))
        move = MOVES.get(name)
        if move is None:
            raise NotFound
        await require_admitted(actor, move.action)
        booking = await _own(actor, booking_id)
        try:
            await move.make(actor, booking_id, form, booking.zone)
        except DomainError as error:
            form.refuse(error)
        if form.failed:
            opened = f"{name}-{focus}" if (focus := form.value("focus")) else name
            status = 422 if form.errors else 409
            return await _stay_page(request, actor, booking_id, form, opened, status=status)
        return go(f"{HERE}/{booking_id}", done=move.done)


async def _own(actor: Actor, booking_id: UUID) -> BookingView:
    """Return a booking of the actor's own organisation; others' are not found, whoever asks."""
    booking = await bookings.show_booking(actor, booking_id)
    ref = await bookings.booking_ref(actor, booking_id)
    if ref.facility_organisation_id != actor.organisation_id:
        raise NoSuchBooking(subject=("booking", booking_id))
    return booking


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST < found < LATEST else None


def _reference(text: str) -> str | None:
    """Return the digits of a booking's number as somebody typed or pasted them."""
    digits = "".join(char for char in text.lower() if char in "0123456789abcdef")
    plain = len(digits) == len(text.replace("-", "").replace("…", "").replace(" ", ""))
    return digits if plain and 6 <= len(digits) <= 32 else None


async def _list_page(request: PageRequest, actor: Actor) -> Response[bytes]:
    language, asked = language_of(request), request.query_params
    own, facility = await chosen_facility(request, actor)
    wanted = asked.get("list") or ""
    name = wanted if wanted in LISTS else "coming"
    typed, day = (asked.get("reference") or "").strip()[:80], _day(asked.get("day") or "")
    reference = _reference(typed)
    query = DeskQuery(
        status=() if reference else LISTS[name],
        first=None if reference else day,
        reference=reference,
        cursor=asked.get("after"),
    )
    found, following = [], None
    if facility is not None and (reference or not typed):
        try:
            shown = await bookings.list_desk(actor, facility.id, query)
        except CursorInvalid:
            return go(HERE, list=name)
        found, following = shown.items, shown.next
    people = await patients.list_patients(actor, list({each.patient_id for each in found}))
    zone = facility.zone if facility else "UTC"
    today = utc_now().astimezone(ZoneInfo(zone)).date()
    return page(
        request,
        "facility_bookings.html",
        facilities=own,
        facility=facility,
        lists=list(LISTS),
        name=name,
        day=day,
        today=today,
        tomorrow=today + timedelta(days=1),
        typed=typed,
        unreadable=bool(typed) and reference is None,
        days=_by_day(found, zone),
        following=following,
        patients={each.id: each.name.display for each in people},
        treatments=await treatment_names(actor, language),
    )


def _by_day(found: list[BookingView], zone: str) -> list[tuple[date, list[BookingView]]]:
    days: dict[date, list[BookingView]] = {}
    for each in found:
        days.setdefault(each.starts_at.astimezone(ZoneInfo(zone)).date(), []).append(each)
    return list(days.items())


async def _stay_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    opened: str = "", *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    booking = await _own(actor, booking_id)
    moves = await bookings.list_moves(actor, booking_id)
    kept = await safety.show_stay(actor, booking_id)
    after = await aftercare.show_aftercare(actor, booking_id)
    claimed = await claims.list_claims(actor, booking_id)
    people = await patients.list_patients(actor, [booking.patient_id])
    treatment = await catalogue.show_treatment(actor, booking.treatment, language.tag)
    waiting = await tasks.list_tasks(
        actor, booking.facility_id, TaskQuery(booking_id=booking_id, limit=100)
    )
    return page(
        request,
        "facility_stay.html",
        status=status,
        form=form,
        open=opened,
        booking=booking,
        moves={move.value for move in moves},
        idle=set(moves) <= {BookingMove.CHANGE_ITEMS},
        allowed=_allowed(actor),
        stay=kept,
        items=await items.list_items(actor, booking_id),
        claims=claimed,
        readable=[each.id for each in claimed if await _readable(actor, each)],
        after=after,
        patient=people[0] if people else None,
        own_zone=home_zone(people[0].home_state) if people else None,
        treatment=treatment.name,
        tasks=waiting.items,
        colleagues=await team.list_colleagues(actor),
        missing=_missing(booking, kept, claimed),
        times=await _times(request, actor, booking, language, moves),
        rows=await _rows(actor, booking, form, moves),
        choices=_choices(language),
        here_path=f"{HERE}/{booking_id}",
        on_stay=True,
        wall=_wall,
    )


async def _readable(actor: Actor, claim: ClaimView) -> bool:
    """Tell whether the patient lets the actor read the evidence of a claim."""
    try:
        await files.show_file(actor, claim.file_id)
    except (NotFound, Forbidden):
        return False
    return True


def _allowed(actor: Actor) -> set[str]:
    """Name the forms about parts of a stay that the actor's role may send."""
    return {name for name, move in MOVES.items() if permissions.rows_for(actor, move.action)}


def _missing(booking: BookingView, kept: StayView, claimed: list[ClaimView]) -> list[str]:
    """Name what the page says is open, the most pressing first."""
    day = booking.starts_at.astimezone(ZoneInfo(booking.zone)).date()
    before = booking.status in (_S.CONFIRMED, _S.CHECKED_IN, _S.PRE_OP_ASSESSED)
    covered = any(each.valid_from <= day <= each.valid_to for each in kept.cover)
    left = (_S.DISCHARGED, _S.TRANSFERRED_OUT, _S.LEFT_AGAINST_ADVICE, _S.DIED)
    found = {
        "credential": booking.needs_attention,
        "claim": any(each.status is ClaimStatus.CLAIMED for each in claimed),
        "change": booking.change_order_id is not None,
        "consent": before and not booking.consented,
        "cover": before and kept.cover_required and not covered,
        "letter": booking.status in left and not booking.letter,
    }
    return [name for name, is_open in found.items() if is_open]


async def _times(
    request: PageRequest, actor: Actor, booking: BookingView, language: Language,
    moves: list[BookingMove],
) -> dict[str, Any]:  # fmt: skip
    """Return the free times from a day on, to propose one of them, and that day."""
    where = ZoneInfo(booking.zone)
    asked = _day(request.query_params.get("from") or "")
    first = asked or max(
        booking.starts_at.astimezone(where).date(), utc_now().astimezone(where).date()
    )
    found: dict[str, Any] = {"first": first, "asked": asked, "free": []}
    if BookingMove.RESCHEDULE not in moves:
        return found
    try:
        slots = await availability.list_slots(
            actor, booking.offer_id, first, first + timedelta(days=_DAYS_AHEAD), limit=120
        )
    except NoSuchOffer:
        return found
    found["free"] = [
        (slot.starts_at.isoformat(), language.moment(slot.starts_at, booking.zone))
        for slot in slots.items
        if slot.starts_at != booking.starts_at
    ]
    return found


async def _rows(
    actor: Actor, booking: BookingView, form: Form | None, moves: list[BookingMove]
) -> list[dict[str, Any]]:
    """Return the rows of a changed price: as they were typed, or as the offer has them."""
    if BookingMove.ASSESS not in moves:
        return []
    lines: list[Any] = []
    try:
        offer = await catalogue.show_offer(actor, booking.offer_id)
    except NoSuchOffer:
        offer = None
    if offer is not None and offer.version == booking.offer_version:
        lines = [each for each in offer.lines if each.kind is not LineKind.EXCLUDED][:LINES]
    typed = form is not None and form.value("label1", "\0") != "\0"
    rows = []
    for number in range(1, (LINES if typed else min(LINES, len(lines) + 3)) + 1):
        line = lines[number - 1] if number <= len(lines) else None
        rows.append(
            {
                "number": number,
                "kind": line.kind.value if line else LineKind.MANDATORY.value,
                "label": line.label if line else "",
                "amount": _major(line.amount) if line else "",
                "cap": _major(line.cap) if line else "",
            }
            if form is None or not typed
            else {
                "number": number,
                **{key: form.value(f"{key}{number}") for key in ("kind", "label", "amount", "cap")},
            }
        )
    return rows


def _major(minor: int | None) -> str:
    if minor is None:
        return ""
    return f"{minor // 100}.{minor % 100:02d}" if minor % 100 else str(minor // 100)


def _wall(at: datetime | None, zone: str) -> str:
    """Return a moment as the clock of a zone shows it, in the form that browsers fill in."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def _choices(language: Language) -> dict[str, list[tuple[str, str]]]:
    """Return the options of the page's selects, in words."""

    def of(kind: str, codes: type[Any]) -> list[tuple[str, str]]:
        return [(code.value, labels.label(language, kind, code)) for code in codes]

    return {
        "assessment": of("assessment", Assessment),
        "not_treated": of("stay_reason", NotTreatedReason),
        "extension": of("stay_reason", ExtensionReason),
        "transfer": of("stay_reason", TransferReason),
        "leaving": of("stay_reason", LeavingReason),
        "signed_by": of("signed_by", SignedBy),
        "line": [each for each in of("line", LineKind) if each[0] != LineKind.EXCLUDED.value],
        "item": of("item", ItemKind),
        "language": [(tag, language.language(tag)) for tag in PAGES],
    }
