"""The letter of a booking, and whether a letter holds."""

import functools
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from api.web.letter_words import written
from domain.actor import Actor
from domain.bookings.errors import NoSuchBooking, WrongState
from domain.errors import Forbidden, StaleVersion
from domain.letters import service
from domain.letters.errors import NoSuchLetter, PassportNameNeeded, PrinterUnavailable
from domain.letters.types import IssueLetter, LetterCheck, LetterView
from domain.patients.errors import NoSuchPatient

MEDIA_TYPE = "application/pdf"


class LettersController(Controller):
    path = "/v1"
    tags = ["Letters"]

    @post(
        "/bookings/{booking_id:uuid}/letter",
        operation_id="issueLetter",
        guards=[may("letters.issue")],
        summary="Issue the letter of a booking",
        status_code=200,
        responses=problems(
            NoSuchBooking, NoSuchPatient, Forbidden, WrongState, PassportNameNeeded, StaleVersion,
            PrinterUnavailable,
        ),
    )  # fmt: skip
    async def issue(
        self,
        request: Request[Any, Any, Any],
        booking_id: FromPath[UUID],
        data: JSONBody[IssueLetter],
        actor: NamedDependency[Actor],
    ) -> LetterView:
        """Issue the invitation that confirms a booking to authorities, free of charge.

        It names the passport's spelling, the facility, the time in both zones and how many come
        along; no diagnosis and no treatment. Asked again, the same letter answers while the
        booking is the same; after a change a new one revokes it. When the booking is cancelled
        or moved, its letter is revoked.
        """
        write = functools.partial(written, public_url=request.app.state.settings.public_url)
        return await service.issue_letter(actor, booking_id, data, write)

    @get(
        "/bookings/{booking_id:uuid}/letter",
        operation_id="readLetter",
        guards=[may("letters.read")],
        summary="The letter of a booking, as PDF",
        responses={
            200: ResponseSpec(
                data_container=bytes, generate_examples=False, media_type=MEDIA_TYPE,
                description="PDF/A-2b, in the patient's language and the destination's",
            ),
            **problems(NoSuchBooking, NoSuchPatient, Forbidden, NoSuchLetter),
        },
        response_headers=[ResponseHeader(name="Content-Disposition", documentation_only=True)],
    )  # fmt: skip
    async def read(
        self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Return the letter that holds now."""
        return Response(
            await service.read_letter(actor, booking_id),
            media_type=MEDIA_TYPE,
            headers={"Content-Disposition": 'attachment; filename="shifayol-letter.pdf"'},
        )

    @get(
        "/letters/{token:str}",
        operation_id="verifyLetter",
        guards=[may("letters.verify")],
        summary="Whether a letter holds",
    )
    async def verify(self, token: FromPath[str], actor: NamedDependency[Actor]) -> LetterCheck:
        """Say that a letter is valid, revoked or unknown, and nothing of what stands in it."""
        return await service.check_letter(token)
