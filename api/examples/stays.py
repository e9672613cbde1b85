"""Examples of stays, changes, items, claims and tasks."""

from datetime import date

from api.examples.market import OFFER_VIEW
from api.examples.values import (
    ACCOUNT,
    BOOKING,
    FACILITY,
    FILE,
    SHA256,
    at,
    eur,
    example_id,
)
from domain.bookings.claim_types import ClaimGround, ClaimStatus, ClaimView, DecideClaim, Ground
from domain.bookings.equivalents import Equivalent, Equivalents
from domain.bookings.item_types import (
    AddItem,
    ChangeItem,
    ItemDetails,
    ItemKind,
    ItemStatus,
    ItemView,
)
from domain.bookings.stay_types import (
    AssessPatient,
    BookingLogLine,
    ChangedLine,
    ChangeOrderKind,
    ChangeOrderStatus,
    ChangeOrderView,
    ComplicationView,
    CoverView,
    DischargeLetter,
    DischargePatient,
    ExtendStay,
    ExtensionReason,
    InsurerClaim,
    JustifyVariation,
    LeaveAgainstAdvice,
    LeavingReason,
    ProcedureConsentView,
    ProposedChange,
    RecordConsent,
    RecordCover,
    RecordDeath,
    RecordVariation,
    RefuseChange,
    ReportComplication,
    SignedBy,
    StartTreatment,
    StayView,
    TransferOut,
    TransferReason,
)
from domain.bookings.types import (
    Assessment,
    BookingMove,
    BookingStatus,
    BookingTermsView,
    Reschedule,
    SetTerms,
)
from domain.catalogue.types import LineKind
from domain.tasks.types import (
    AssignTask,
    FinishTask,
    HandedOver,
    HandOver,
    TaskCounts,
    TaskKind,
    TaskList,
    TaskPage,
    TaskSide,
    TaskStatus,
    TaskView,
)

_CHANGE, _TASK, _ITEM, _CLAIM = (example_id(n) for n in (201, 202, 203, 204))
_LINES = [
    ChangedLine(kind=LineKind.MANDATORY, label="Operation and a larger implant", amount=580_000)
]
_MORE = [ChangedLine(kind=LineKind.MANDATORY, label="Second implant", amount=90_000)]
_CHANGE_VIEW = ChangeOrderView(
    id=_CHANGE,
    booking_id=BOOKING,
    kind=ChangeOrderKind.INTRA_OPERATIVE,
    status=ChangeOrderStatus.RECORDED,
    starts_at=None,
    lines=_MORE,
    price=eur(630_000),
    max_price=eur(660_000),
    note="The second joint was worn as well.",
    proposed_at=at("2027-04-13"),
    decided_at=at("2027-04-13"),
    justify_by=at("2027-04-14"),
    justified_at=None,
    justification=None,
    overdue=False,
    version=1,
)
_CONSENT = ProcedureConsentView(
    id=example_id(205),
    treatment="knee_replacement",
    language="kk",
    text_version="2027-1",
    document_sha256=SHA256,
    signed_by=SignedBy.PATIENT,
    signatory="Айгүл Серікқызы",
    interpreter="Zeynep Arslan",
    signed_at=at("2027-04-12", 7),
    recorded_at=at("2027-04-12", 8),
    withdrawn_at=None,
)
_COVER = CoverView(
    id=example_id(206),
    insurer="Altyn Insurance",
    policy_number="AI-2027-118",
    valid_from=date(2027, 4, 10),
    valid_to=date(2027, 6, 10),
    recorded_at=at("2027-04-11"),
)
_COMPLICATION = ComplicationView(
    id=example_id(207),
    what="Bleeding on the second day, revised in theatre.",
    occurred_at=at("2027-04-14"),
    insurer_told_at=at("2027-04-14", 15),
    claim_number="C-5521",
    version=2,
    recorded_at=at("2027-04-14", 12),
)
_DETAILS = ItemDetails(name="Серік Ахметов")
_ITEM_VIEW = ItemView(
    id=_ITEM,
    booking_id=BOOKING,
    kind=ItemKind.COMPANION,
    status=ItemStatus.REQUESTED,
    supplier=None,
    details=_DETAILS,
    version=1,
    created_at=at("2027-03-10"),
    updated_at=at("2027-03-10"),
)
_CLAIM_VIEW = ClaimView(
    id=_CLAIM,
    booking_id=BOOKING,
    ground=Ground.VISA_REFUSED,
    status=ClaimStatus.CLAIMED,
    file_id=FILE,
    note="The consulate's answer came today.",
    answer=None,
    due_at=at("2027-04-05"),
    overdue=False,
    claimed_at=at("2027-03-31"),
    decided_at=None,
    version=1,
)
_TASK_VIEW = TaskView(
    id=_TASK,
    kind=TaskKind.ANSWER_REQUEST,
    side=TaskSide.FACILITY,
    status=TaskStatus.OPEN,
    facility_id=FACILITY,
    booking_id=BOOKING,
    focus_id=None,
    reason=None,
    due_at=at("2027-03-09"),
    overdue=False,
    assignee_account_id=ACCOUNT,
    note=None,
    version=1,
    created_at=at("2027-03-05"),
    done_at=None,
)

EXAMPLES = (
    BookingMove.CANCEL,
    Equivalents([Equivalent(OFFER_VIEW, at("2027-04-13", 6))]),
    Reschedule(at("2027-04-19", 6)),
    SetTerms(answer_working_days=2),
    BookingTermsView(FACILITY, 2, 1),
    AssessPatient(
        outcome=Assessment.CHANGE_ORDER,
        note="The joint needs a larger implant.",
        change=ProposedChange(lines=_LINES),
    ),
    StartTreatment(),
    ExtendStay(ends_at=at("2027-04-20"), reason=ExtensionReason.RECOVERY),
    TransferOut(to="City Hospital No. 7", reason=TransferReason.HIGHER_LEVEL_OF_CARE),
    LeaveAgainstAdvice(
        reason=LeavingReason.FAMILY, note="Told of the risk of a thrombosis; signed."
    ),
    RecordDeath(died_at=at("2027-04-14"), note="After a pulmonary embolism."),
    DischargePatient(),
    DischargeLetter(reference="Composition/4711"),
    RecordConsent(
        language="kk",
        text_version="2027-1",
        document_sha256=SHA256,
        signed_by=SignedBy.PATIENT,
        signatory="Айгүл Серікқызы",
        interpreter="Zeynep Arslan",
        signed_at=at("2026-10-01", 7),
    ),
    RecordCover(
        insurer="Altyn Insurance",
        policy_number="AI-2027-118",
        valid_from=date(2027, 4, 10),
        valid_to=date(2027, 6, 10),
    ),
    _COVER,
    ReportComplication(what="Bleeding on the second day.", occurred_at=at("2027-04-14")),
    InsurerClaim(insurer_told_at=at("2027-04-14", 15), claim_number="C-5521"),
    _COMPLICATION,
    RecordVariation(lines=_MORE, note="The second joint was worn as well."),
    JustifyVariation("The wear was found only when the joint was open; images are attached."),
    RefuseChange(withdraw=False),
    _CHANGE_VIEW,
    StayView(
        booking_id=BOOKING,
        cover_required=True,
        moves=[
            BookingLogLine(
                status=BookingStatus.CHECKED_IN,
                reason=None,
                note=None,
                version=6,
                at=at("2027-04-12", 5),
            )
        ],
        consents=[_CONSENT],
        cover=[_COVER],
        complications=[_COMPLICATION],
        changes=[_CHANGE_VIEW],
    ),
    AddItem(kind=ItemKind.COMPANION, details=_DETAILS),
    ChangeItem(details=_DETAILS, supplier="Erguvan Yolu Guest House", confirmed=True),
    _ITEM_VIEW,
    ClaimGround(ground=Ground.VISA_REFUSED, file_id=FILE),
    DecideClaim(confirmed=True),
    _CLAIM_VIEW,
    AssignTask(assignee_account_id=ACCOUNT),
    HandOver(
        facility_id=FACILITY,
        from_account_id=ACCOUNT,
        to_account_id=example_id(208),
        note="Night shift: the family of room 4 waits for a call.",
    ),
    HandedOver(3),
    FinishTask(note="Called, bed 12 is free."),
    _TASK_VIEW,
    TaskList([_TASK_VIEW]),
    TaskPage([_TASK_VIEW], TaskCounts(open=1, overdue=0, unassigned=0), None),
)  # fmt: skip
