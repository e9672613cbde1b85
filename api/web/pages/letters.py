"""The letter of a booking for its patient, and the page that its QR code leads to."""

import functools
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import N_, language_of
from api.web.letter_words import written
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.bookings import service as bookings
from domain.errors import DomainError
from domain.letters import service
from domain.letters.types import IssueLetter

_HINTS = {
    "passport_name": N_("Write the name in letters from A to Z, as the passport spells it."),
}


class LetterPages(Controller):
    path = "/"
    include_in_schema = False

    @get("/bookings/{booking_id:uuid}/letter", guards=[may("letters.read")])
    async def show(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the letter that holds, and the form that issues one."""
        return await _letter_page(request, actor, booking_id)

    @post("/bookings/{booking_id:uuid}/letter", guards=[may("letters.issue")])
    async def issue(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Issue the letter."""
        form = await read_form(request, language_of(request))
        command = form.read(IssueLetter, _HINTS)
        if command is None:
            return await _letter_page(request, actor, booking_id, form, status=422)
        write = functools.partial(written, public_url=request.app.state.settings.public_url)
        try:
            await service.issue_letter(actor, booking_id, command, write)
        except DomainError as error:
            form.refuse(error)
            return await _letter_page(request, actor, booking_id, form, status=409)
        return go(f"/bookings/{booking_id}/letter", done="letter-issued")

    @get("/letters/{token:str}", guards=[may("letters.verify")])
    async def verify(
        self, request: PageRequest, token: FromPath[str], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Say whether a letter holds, and nothing else."""
        return page(
            request,
            "letter_check.html",
            check=await service.check_letter(token),
            headers={"X-Robots-Tag": "noindex"},
        )


async def _letter_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    return page(
        request,
        "letter.html",
        status=status,
        form=form,
        booking=await bookings.show_booking(actor, booking_id),
        letter=await service.find_letter(actor, booking_id),
    )
