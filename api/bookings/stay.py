"""A stay over HTTP: every move of the people at the facility, and what must precede treatment."""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.bookings.answers import MOVE, answer
from api.http.guards import may
from api.http.problems import problems
from api.http.versions import IfMatch, version_from
from domain.actor import Actor
from domain.bookings import safety, stay
from domain.bookings.errors import (
    ChangeUnsound,
    Contradictory,
    CoverMissing,
    ImpossibleTime,
    LetterMissing,
    NoSuchBooking,
    NotAssessed,
    ProcedureConsentKnown,
    ProcedureConsentMissing,
    TooEarly,
)
from domain.bookings.stay_types import (
    AssessPatient,
    DischargeLetter,
    DischargePatient,
    ExtendStay,
    LeaveAgainstAdvice,
    RecordConsent,
    RecordDeath,
    StartTreatment,
    StayView,
    TransferOut,
)
from domain.bookings.types import BookingView
from domain.errors import Forbidden
from domain.files.errors import NoSuchFile
from domain.languages import UnknownLanguage
from domain.patients.errors import NoSuchPatient


class StayController(Controller):
    path = "/v1/bookings/{booking_id:uuid}"
    tags = ["Stays"]

    @get(
        "/stay",
        operation_id="showStay",
        guards=[may("bookings.read_stay")],
        summary="What is kept of a stay",
        responses=problems(NoSuchBooking, NoSuchPatient, Forbidden),
    )
    async def show(self, booking_id: FromPath[UUID], actor: NamedDependency[Actor]) -> StayView:
        """Return the log of a booking with consents, cover, complications and changes."""
        return await safety.show_stay(actor, booking_id)

    @post(
        "/check-in",
        operation_id="checkInPatient",
        guards=[may("bookings.check_in")],
        summary="Take in a patient",
        status_code=200,
        responses=problems(*MOVE, TooEarly),
    )
    async def check_in(
        self,
        booking_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Note that the patient arrived; a day before the treatment at the earliest."""
        version = version_from(if_match)
        return answer(await stay.check_in(actor, booking_id, version))

    @post(
        "/no-show",
        operation_id="noteNoShow",
        guards=[may("bookings.no_show")],
        summary="Nobody came",
        status_code=200,
        responses=problems(*MOVE, TooEarly),
    )
    async def no_show(
        self,
        booking_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Note, two hours after the treatment was to begin, that the patient did not come."""
        version = version_from(if_match)
        return answer(await stay.note_no_show(actor, booking_id, version))

    @post(
        "/assess",
        operation_id="assessPatient",
        guards=[may("bookings.assess")],
        summary="Assess before treatment",
        status_code=200,
        responses=problems(*MOVE, Contradictory, ChangeUnsound),
    )
    async def assess(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[AssessPatient],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Say what the assessment found: go on, change what was agreed, or do not treat.

        A change waits for the patient, who accepts or refuses it without any cost.
        """
        version = version_from(if_match)
        return answer(await stay.assess_patient(actor, booking_id, data, version))

    @post(
        "/start",
        operation_id="startBookedTreatment",
        guards=[may("bookings.start")],
        summary="Treatment begins",
        status_code=200,
        responses=problems(
            *MOVE, NotAssessed, ProcedureConsentMissing, CoverMissing, ImpossibleTime
        ),
    )
    async def start(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[StartTreatment],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Begin the treatment: assessed, consented to, and covered where the state asks for it."""
        version = version_from(if_match)
        return answer(await stay.start_treatment(actor, booking_id, data, version))

    @post(
        "/extend-stay",
        operation_id="extendStay",
        guards=[may("bookings.extend_stay")],
        summary="Stay longer",
        status_code=200,
        responses=problems(*MOVE, ImpossibleTime),
    )
    async def extend_stay(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[ExtendStay],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Let the patient stay longer; where the bed is taken by then, the desk finds another."""
        version = version_from(if_match)
        return answer(await stay.extend_stay(actor, booking_id, data, version))

    @post(
        "/transfer-out",
        operation_id="transferOut",
        guards=[may("bookings.transfer_out")],
        summary="Taken on to another facility",
        status_code=200,
        responses=problems(*MOVE),
    )
    async def transfer_out(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[TransferOut],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Note that the patient was taken on to another facility."""
        version = version_from(if_match)
        return answer(await stay.transfer_out(actor, booking_id, data, version))

    @post(
        "/leave",
        operation_id="leaveAgainstAdvice",
        guards=[may("bookings.leave")],
        summary="Left against advice",
        status_code=200,
        responses=problems(*MOVE),
    )
    async def leave(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[LeaveAgainstAdvice],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Note that the patient left against advice, and what they were told."""
        version = version_from(if_match)
        return answer(await stay.leave_against_advice(actor, booking_id, data, version))

    @post(
        "/record-death",
        operation_id="recordDeath",
        guards=[may("bookings.record_death")],
        summary="The patient died",
        status_code=200,
        responses=problems(*MOVE, ImpossibleTime),
    )
    async def record_death(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[RecordDeath],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Record that the patient died."""
        version = version_from(if_match)
        return answer(await stay.record_death(actor, booking_id, data, version))

    @post(
        "/discharge",
        operation_id="dischargeBookedPatient",
        guards=[may("bookings.discharge")],
        summary="Discharge",
        status_code=200,
        responses=problems(*MOVE, ImpossibleTime),
    )
    async def discharge(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[DischargePatient],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Discharge the patient; `fit_to_fly_on` is computed from the treatment."""
        version = version_from(if_match)
        return answer(await stay.discharge_patient(actor, booking_id, data, version))

    @post(
        "/discharge-letter",
        operation_id="addDischargeLetter",
        guards=[may("bookings.add_letter")],
        summary="Say where the discharge letter is",
        status_code=200,
        responses=problems(*MOVE, Contradictory, NoSuchFile),
    )
    async def add_letter(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[DischargeLetter],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Name the file kept here, or the reference of the document; it precedes completion."""
        version = version_from(if_match)
        return answer(await stay.add_letter(actor, booking_id, data, version))

    @post(
        "/complete",
        operation_id="completeStay",
        guards=[may("bookings.complete")],
        summary="Close the file",
        status_code=200,
        responses=problems(*MOVE, LetterMissing),
    )
    async def complete(
        self,
        booking_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Complete the stay of a discharged patient whose letter is there."""
        version = version_from(if_match)
        return answer(await stay.complete_stay(actor, booking_id, version))

    @post(
        "/consent",
        operation_id="recordProcedureConsent",
        guards=[may("bookings.record_consent")],
        summary="Record the consent to the procedure",
        status_code=200,
        responses=problems(*MOVE, ProcedureConsentKnown, ImpossibleTime, UnknownLanguage),
    )
    async def record_consent(
        self,
        booking_id: FromPath[UUID],
        data: JSONBody[RecordConsent],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Record the signed consent with its language, interpreter and the document's hash."""
        version = version_from(if_match)
        return answer(await safety.record_consent(actor, booking_id, data, version))

    @post(
        "/withdraw-consent",
        operation_id="withdrawProcedureConsent",
        guards=[may("bookings.withdraw_consent")],
        summary="Take the consent to the procedure back",
        status_code=200,
        responses=problems(*MOVE),
    )
    async def withdraw_consent(
        self,
        booking_id: FromPath[UUID],
        actor: NamedDependency[Actor],
        if_match: IfMatch = None,
    ) -> Response[BookingView]:
        """Take back, before the treatment, the consent to it."""
        version = version_from(if_match)
        return answer(await safety.withdraw_consent(actor, booking_id, version))
