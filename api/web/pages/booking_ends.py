"""Ending a booking: what comes back is shown first, reasons nobody can help, and where else."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.http.problems import status_of
from api.web.booking_steps import HELD
from api.web.forms import Form, read_form
from api.web.kept_files import FORM_LIMIT, keep_document
from api.web.languages import N_, language_of
from api.web.pages.booking_page import facts_of, shown
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.bookings import cancelling, claims, equivalents
from domain.bookings import service as bookings
from domain.bookings.claim_types import ClaimGround, ClaimStatus, Ground
from domain.bookings.types import BookingMove, BookingView
from domain.errors import DomainError
from domain.files import service as files
from domain.files.types import FilePurpose, FileStatus, FileView
from domain.ids import new_id
from domain.patients import service as patients

_HINTS = {
    "ground": N_("Choose what happened."),
    "note": N_("Write between 3 and 2000 characters, or nothing."),
}
_USABLE = (FileStatus.PENDING, FileStatus.AVAILABLE)


class BookingEndPages(Controller):
    path = "/bookings/{booking_id:uuid}"
    include_in_schema = False

    @get("/cancel", guards=[may("bookings.read")])
    async def ask_cancel(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what a cancellation would give back, before anything is done."""
        return await _cancel_page(request, actor, booking_id)

    @post("/cancel", guards=[may("bookings.cancel")])
    async def cancel(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Cancel under the terms that were shown."""
        form = await read_form(request, language_of(request))
        before = await bookings.show_booking(actor, booking_id)
        preview = await cancelling.preview_refund(actor, booking_id)
        if form.value("refund") != str(preview.refund.amount):
            form.complain("refund", "")  # a tier has ended since the page was shown: show it again
            return await _cancel_page(request, actor, booking_id, form, status=409)
        try:
            await cancelling.cancel_booking(actor, booking_id, form.version())
        except DomainError as error:
            form.refuse(error)
            return await _cancel_page(request, actor, booking_id, form, status=status_of(error))
        done = "released" if before.status in HELD else "cancelled"
        return go(f"/bookings/{booking_id}", done=done)

    @post("/claims", guards=[may("bookings.claim_ground")], request_max_body_size=FORM_LIMIT)
    async def claim(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Hand in a reason that nobody can help, with the document that shows it."""
        form = await read_form(request, language_of(request))
        booking = await bookings.show_booking(actor, booking_id)
        try:
            command = await _claim(actor, booking, form)
            if command is not None:
                await claims.claim_ground(actor, booking_id, command)
                return go(f"/bookings/{booking_id}", done="claimed")
        except DomainError as error:
            form.refuse(error)
            return await _cancel_page(request, actor, booking_id, form, status=status_of(error))
        return await _cancel_page(request, actor, booking_id, form, status=422)

    @get("/equivalents", guards=[may("bookings.read")])
    async def elsewhere(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show where else the same treatment can be had, in any state."""
        language = language_of(request)
        found = await equivalents.list_equivalents(actor, booking_id, language.tag)
        return page(
            request,
            "booking_equivalents.html",
            **shown(await facts_of(actor, booking_id, language)),
            found=found,
        )


async def _claim(actor: Actor, booking: BookingView, form: Form) -> ClaimGround | None:
    """Return the claim with its document: one that comes with the form, or one kept before."""
    if not form.files.get("document"):
        if form.value("file_id"):
            return form.read(ClaimGround, _HINTS)
        form.complain("document", N_("Choose the document that shows it."))
    # Everything else is looked at first: a form with a mistake leaves no document behind.
    if form.read(ClaimGround, _HINTS, file_id=new_id()) is None:
        return None
    file_id = await keep_document(actor, booking.patient_id, form, "document")
    return None if file_id is None else form.read(ClaimGround, _HINTS, file_id=file_id)


async def _documents(actor: Actor, booking: BookingView) -> list[FileView]:
    """Return the patient's own documents that can serve as evidence."""
    if not await patients.may_view(actor, booking.patient_id):
        return []
    found = await files.list_files(actor, booking.patient_id, limit=30)
    return [
        file for file in found.items
        if file.status in _USABLE and file.purpose is FilePurpose.DOCUMENT
    ]  # fmt: skip


async def _cancel_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    facts = await facts_of(actor, booking_id, language_of(request))
    moves = await bookings.list_moves(actor, booking_id)
    claimed = await claims.list_claims(actor, booking_id)
    may_claim = BookingMove.CLAIM_GROUND in moves and not any(
        each.status is not ClaimStatus.REFUSED for each in claimed
    )
    return page(
        request,
        "cancel.html",
        status=status,
        form=form,
        changed=bool(form and "refund" in form.errors),
        **shown(facts),
        moves=moves,
        preview=await cancelling.preview_refund(actor, booking_id),
        claims=claimed,
        may_claim=may_claim,
        grounds=list(Ground),
        documents=await _documents(actor, facts.booking) if may_claim else [],
    )
