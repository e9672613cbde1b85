"""What the forms of a stay do: which operation, read how, admitted by which action."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from api.web.forms import MISSING, UNREADABLE, Form
from api.web.languages import N_
from domain.actor import Actor
from domain.aftercare import service as aftercare
from domain.aftercare.types import AnswerQuestion, ReportVisit
from domain.bookings import (
    answering,
    cancelling,
    changes,
    claims,
    items,
    rescheduling,
    safety,
    stay,
)
from domain.bookings.claim_types import DecideClaim
from domain.bookings.item_types import AddItem, ChangeItem, ItemDetails
from domain.bookings.stay_types import (
    AssessPatient,
    ChangedLine,
    DischargeLetter,
    DischargePatient,
    ExtendStay,
    InsurerClaim,
    JustifyVariation,
    LeaveAgainstAdvice,
    ProposedChange,
    RecordConsent,
    RecordCover,
    RecordDeath,
    RecordVariation,
    ReportComplication,
    StartTreatment,
    TransferOut,
)
from domain.bookings.types import Assessment, DeclineBooking, Reschedule
from domain.catalogue.types import LineKind
from domain.clock import from_wall_clock
from domain.errors import NotFound
from domain.files.errors import NoSuchFile

LINES = 10
"""Rows of a price that a form has."""

Read = Callable[[Form, str], msgspec.Struct | None]


class On(StrEnum):
    """What a move is made on: the booking, a part of it, or something with a number of its own."""

    BOOKING = "booking"
    PART = "part"
    ALONE = "alone"


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A form's operation, the action that admits to it, and what is said once it is done.

    `once` is for what creates; everything else is made on the version that the page showed.
    """

    action: str
    done: str
    run: Callable[..., Awaitable[object]]
    read: Read | None = None
    on: On = On.BOOKING
    once: bool = False

    async def make(self, actor: Actor, booking_id: UUID, form: Form, zone: str) -> None:
        """Carry out what the form says; its complaints tell whether it was complete."""
        arguments: list[Any] = [] if self.on is On.ALONE else [booking_id]
        if self.on is not On.BOOKING:
            arguments.append(_focus(form))
        command = self.read(form, zone) if self.read else None
        if form.failed:
            return
        if command is not None:
            arguments.append(command)
        if self.once and command is not None:
            arguments.append(form.once(command))
        else:
            arguments.append(form.version())
        await self.run(actor, *arguments)


def _focus(form: Form) -> UUID:
    try:
        return UUID(form.value("focus"))
    except ValueError:
        raise NotFound from None


def moment(form: Form, name: str, zone: str, *, required: bool = False) -> datetime | None:
    """Read a field's day and time by the clock of a zone; what has an offset keeps it."""
    text = form.value(name).strip()
    if not text:
        if required:
            form.complain(name, MISSING)
        return None
    try:
        typed = datetime.fromisoformat(text)
        found = (
            typed if typed.tzinfo else from_wall_clock(typed.date(), typed.time(), ZoneInfo(zone))
        )
    except (ValueError, OverflowError):
        found = None
    if found is None:
        form.complain(name, UNREADABLE)
    return found


def _reading(
    command: type[msgspec.Struct], *, optional: Iterable[str] = (), moments: Iterable[str] = ()
) -> Read:
    """Return how a command is read whose moments are typed by the facility's clock."""

    def read(form: Form, zone: str) -> msgspec.Struct | None:
        given = {name: moment(form, name, zone, required=True) for name in moments}
        given |= {name: moment(form, name, zone) for name in optional}
        return form.read(command, None, **given)

    return read


def lines_of(form: Form, *, mandatory: bool = False) -> list[ChangedLine]:
    """Read the rows of a price; complains where there is none."""
    kinds = {kind.value: kind for kind in LineKind}
    lines = []
    for number in range(1, LINES + 1):
        text = form.value(f"label{number}").strip()
        if not text:
            continue
        kind = kinds.get(form.value(f"kind{number}"), LineKind.MANDATORY)
        amount = form.minor_units(f"amount{number}")
        if amount is None:
            form.complain(f"amount{number}", MISSING)
        if len(text) < 2:
            form.complain(f"label{number}", UNREADABLE)
        lines.append(
            ChangedLine(
                kind=LineKind.MANDATORY if mandatory else kind,
                label=text[:200],
                amount=amount or 0,
                cap=form.minor_units(f"cap{number}"),
            )
        )
    if not lines:
        form.complain("label1", N_("At least one line is needed."))
    return lines


def _assessment(form: Form, zone: str) -> AssessPatient | None:
    change = None
    if form.value("outcome") == Assessment.CHANGE_ORDER.value:
        change = ProposedChange(lines=lines_of(form), starts_at=moment(form, "starts_at", zone))
    return form.read(AssessPatient, None, change=change)


def _consent(form: Form, zone: str) -> RecordConsent | None:
    document = form.files.get("document")
    given: dict[str, object] = {
        "interpreter": form.value("interpreter").strip() or None,
        "signed_at": moment(form, "signed_at", zone, required=True),
    }
    if document:
        given["document_sha256"] = hashlib.sha256(document).hexdigest()
    elif re.fullmatch("[0-9a-fA-F]{64}", form.value("document_sha256").strip()):
        given["document_sha256"] = form.value("document_sha256").strip().lower()
    else:
        form.complain(
            "document_sha256", N_("Choose the document, or write its fingerprint of 64 digits.")
        )
        given["document_sha256"] = ""
    if len(form.value("interpreter").strip()) == 1 or len(form.value("interpreter")) > 200:
        form.complain("interpreter", UNREADABLE)
    return form.read(RecordConsent, None, **given)


def _variation(form: Form, zone: str) -> RecordVariation | None:
    return form.read(RecordVariation, None, lines=lines_of(form, mandatory=True))


def _complication(form: Form, zone: str) -> ReportComplication | None:
    told = moment(form, "insurer_told_at", zone)
    claim = _claim(form, told) if told else None
    occurred = moment(form, "occurred_at", zone, required=True)
    return form.read(ReportComplication, None, occurred_at=occurred, claim=claim)


def _claim(form: Form, told: datetime) -> InsurerClaim | None:
    return form.read(InsurerClaim, None, insurer_told_at=told)


def _decision(form: Form, zone: str) -> DecideClaim | None:
    if form.value("confirmed") not in ("yes", "no"):
        form.complain("confirmed", MISSING)
    return form.read(DecideClaim, None, confirmed=form.value("confirmed") == "yes")


def _details(form: Form, zone: str) -> ItemDetails | None:
    return form.read(
        ItemDetails,
        None,
        stretcher=form.checked("stretcher"),
        starts_at=moment(form, "starts_at", zone),
        ends_at=moment(form, "ends_at", zone),
    )


def _new_item(form: Form, zone: str) -> AddItem | None:
    details = _details(form, zone)
    return form.read(AddItem, None, details=details)


def _item(form: Form, zone: str) -> ChangeItem | None:
    details = _details(form, zone)
    return form.read(ChangeItem, None, details=details, confirmed=form.checked("confirmed"))


async def _letter(actor: Actor, booking_id: UUID, command: DischargeLetter, version: int) -> None:
    try:
        await stay.add_letter(actor, booking_id, command, version)
    except NoSuchFile:
        raise NoSuchFile(fields={"file_id": NoSuchFile.title}) from None


MOVES = {
    "accept": Move(
        action="bookings.accept", done="accepted", run=answering.accept_booking
    ),
    "decline": Move(
        action="bookings.decline", done="declined", run=answering.decline_booking,
        read=_reading(DeclineBooking),
    ),
    "cancel": Move(action="bookings.cancel", done="cancelled", run=cancelling.cancel_booking),
    "reschedule": Move(
        action="bookings.reschedule", done="time-proposed", run=rescheduling.reschedule_booking,
        read=_reading(Reschedule, moments=["starts_at"]),
    ),
    "check-in": Move(action="bookings.check_in", done="checked-in", run=stay.check_in),
    "no-show": Move(action="bookings.no_show", done="no-show", run=stay.note_no_show),
    "assess": Move(
        action="bookings.assess", done="assessed", run=stay.assess_patient, read=_assessment
    ),
    "record-consent": Move(
        action="bookings.record_consent", done="consent-recorded", run=safety.record_consent,
        read=_consent,
    ),
    "record-cover": Move(
        action="bookings.record_cover", done="cover-recorded", run=safety.record_cover,
        read=_reading(RecordCover), once=True,
    ),
    "start": Move(
        action="bookings.start", done="started", run=stay.start_treatment,
        read=_reading(StartTreatment, optional=["started_at"]),
    ),
    "record-variation": Move(
        action="bookings.record_variation", done="varied", run=changes.record_variation,
        read=_variation,
    ),
    "justify-variation": Move(
        action="bookings.justify_variation", done="justified", run=changes.justify_variation,
        read=_reading(JustifyVariation), on=On.PART,
    ),
    "report-complication": Move(
        action="bookings.report_complication", done="complication", run=safety.report_complication,
        read=_complication, once=True,
    ),
    "add-claim": Move(
        action="bookings.add_claim", done="insurer-told", run=safety.add_claim,
        read=_reading(InsurerClaim, moments=["insurer_told_at"]), on=On.PART,
    ),
    "extend-stay": Move(
        action="bookings.extend_stay", done="extended", run=stay.extend_stay,
        read=_reading(ExtendStay, moments=["ends_at"]),
    ),
    "transfer-out": Move(
        action="bookings.transfer_out", done="left", run=stay.transfer_out,
        read=_reading(TransferOut),
    ),
    "leave": Move(
        action="bookings.leave", done="left", run=stay.leave_against_advice,
        read=_reading(LeaveAgainstAdvice),
    ),
    "record-death": Move(
        action="bookings.record_death", done="left", run=stay.record_death,
        read=_reading(RecordDeath, moments=["died_at"]),
    ),
    "discharge": Move(
        action="bookings.discharge", done="discharged", run=stay.discharge_patient,
        read=_reading(DischargePatient, optional=["discharged_at"]),
    ),
    "add-letter": Move(
        action="bookings.add_letter", done="letter-added", run=_letter,
        read=_reading(DischargeLetter),
    ),
    "complete": Move(action="bookings.complete", done="completed", run=stay.complete_stay),
    "add-item": Move(
        action="bookings.change_items", done="item-saved", run=items.add_item, read=_new_item,
        once=True,
    ),
    "change-item": Move(
        action="bookings.change_items", done="item-saved", run=items.change_item, read=_item,
        on=On.PART,
    ),
    "cancel-item": Move(
        action="bookings.change_items", done="item-cancelled", run=items.cancel_item, on=On.PART
    ),
    "decide-claim": Move(
        action="bookings.decide_claim", done="claim-decided", run=claims.decide_claim,
        read=_decision, on=On.ALONE,
    ),
    "answer-question": Move(
        action="aftercare.answer_question", done="question-answered", run=aftercare.answer_question,
        read=_reading(AnswerQuestion), on=On.ALONE,
    ),
    "report-visit": Move(
        action="aftercare.report_visit", done="visit-reported", run=aftercare.report_visit,
        read=_reading(ReportVisit), on=On.ALONE,
    ),
}  # fmt: skip
"""What a page's forms may do, by the last part of their address."""
