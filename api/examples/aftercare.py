"""Examples of the waitlist and of aftercare."""

from datetime import date

from api.examples.values import BOOKING, FACILITY, OFFER, PATIENT, PRACTICE, at, example_id
from domain.aftercare.types import (
    AftercareView,
    AnswerPlan,
    AnswerQuestion,
    AskQuestion,
    PlanAftercare,
    PlanList,
    PlanStatus,
    PlanView,
    QuestionView,
    ReportVisit,
    VisitView,
)
from domain.waitlist.types import JoinWaitlist, WaitStatus, WaitView

_PLAN = PlanView(
    id=example_id(221),
    booking_id=BOOKING,
    patient_id=PATIENT,
    status=PlanStatus.ACCEPTED,
    organisation_id=PRACTICE,
    organisation_name="Dala Practice",
    provider=None,
    note="Please bring the letter.",
    treatment="knee_replacement",
    facility_name="Erguvan Yolu Hospital",
    starts_at=at("2027-04-12", 6),
    zone="Europe/Istanbul",
    version=2,
    asked_at=at("2027-03-06"),
    answered_at=at("2027-03-07"),
)
_VISIT = VisitView(
    id=example_id(222),
    booking_id=BOOKING,
    day=30,
    due_on=date(2027, 5, 16),
    overdue=False,
    visited_on=date(2027, 5, 17),
    report="Walks without a stick; the wound is closed.",
    version=2,
)
_QUESTION = QuestionView(
    id=example_id(223),
    booking_id=BOOKING,
    text="May I swim again?",
    asked_at=at("2027-05-02"),
    due_at=at("2027-05-03"),
    overdue=False,
    answer="From the sixth week on.",
    answered_at=at("2027-05-02", 14),
    version=2,
)

EXAMPLES = (
    JoinWaitlist(
        patient_id=PATIENT,
        offer_id=OFFER,
        first_day=date(2027, 4, 1),
        last_day=date(2027, 4, 30),
    ),
    WaitView(
        id=example_id(224),
        offer_id=OFFER,
        facility_id=FACILITY,
        patient_id=PATIENT,
        status=WaitStatus.WAITING,
        first_day=date(2027, 4, 1),
        last_day=date(2027, 4, 30),
        zone="Europe/Istanbul",
        position=2,
        booking_id=None,
        missed=0,
        joined_at=at("2027-03-05"),
    ),
    PlanAftercare(organisation_id=PRACTICE),
    AnswerPlan(accepted=True, note="Please bring the letter."),
    _PLAN,
    PlanList([_PLAN]),
    ReportVisit(visited_on=date(2027, 5, 17), report="Walks without a stick."),
    _VISIT,
    AskQuestion("May I swim again?"),
    AnswerQuestion("From the sixth week on."),
    _QUESTION,
    AftercareView(BOOKING, [_PLAN], [_VISIT], [_QUESTION]),
)
