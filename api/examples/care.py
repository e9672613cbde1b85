"""Examples of cases, referrals, quotes, consents and records."""

import msgspec

from api.examples.people import PATIENT_VIEW
from api.examples.stays import BOOKING_VIEW
from api.examples.values import (
    BOOKING,
    CASE,
    CONSENT,
    EPISODE,
    FACILITY,
    HOSPITAL,
    OFFER,
    PATIENT,
    PRACTICE,
    QUOTE,
    REFERRAL,
    SHA256,
    at,
    eur,
    example_id,
)
from domain.actor import Role
from domain.cases.types import CaseView, EpisodeStatus, EpisodeView, Funding, OpenCase, Urgency
from domain.catalogue.types import LineKind
from domain.consents.types import (
    AccessMode,
    Category,
    ConsentPage,
    ConsentStatus,
    ConsentText,
    ConsentView,
    Grant,
    HowGiven,
    Label,
    Party,
    Purpose,
    RequestConsent,
)
from domain.records.types import (
    ConsentPreview,
    EntriesAdded,
    EntryTitle,
    EntryView,
    ImportReport,
    PreviewSection,
    QuickEntry,
    QuickForm,
    QuickResult,
    RecordPage,
    RecordView,
    SectionCount,
    SharedRecord,
)
from domain.referrals.types import (
    CreateQuote,
    CreateReferral,
    Decline,
    DeclineReason,
    Move,
    QuoteAccepted,
    QuoteLine,
    QuoteView,
    ReferralStatus,
    ReferralSummary,
    ReferralView,
    Reply,
    SendOutcome,
    TransitionView,
    Worklist,
)

_LETTER = "Osteoarthritis of the right knee, grade IV; please assess for a replacement."
_EPISODE = EpisodeView(EPISODE, CASE, PATIENT, FACILITY, EpisodeStatus.OPEN, at("2027-03-02"))
_LINES = [
    QuoteLine(kind=LineKind.MANDATORY, label="Operation and implant", amount=540_000),
    QuoteLine(kind=LineKind.CONDITIONAL, label="Second implant", amount=90_000, cap=120_000),
]
_QUOTE = QuoteView(
    id=QUOTE,
    number=1,
    status="open",
    offer_id=OFFER,
    offer_version=2,
    starts_at=at("2027-04-12", 6),
    lines=_LINES,
    total=eur(540_000),
    max_total=eur(660_000),
    deposit=eur(54_000),
    expires_at=at("2027-03-18"),
    created_at=at("2027-03-04"),
)
_REFERRAL = ReferralView(
    id=REFERRAL,
    case_id=CASE,
    episode_id=EPISODE,
    patient=PATIENT_VIEW,
    practice_id=PRACTICE,
    doctor_name="Dr. Serik Ahmetov",
    facility_id=FACILITY,
    facility_name="Erguvan Yolu Hospital",
    treatment="knee_replacement",
    priority=Urgency.ROUTINE,
    status=ReferralStatus.QUOTED,
    on_hold=False,
    consent_id=CONSENT,
    booking_id=None,
    letter=_LETTER,
    outcome=None,
    version=5,
    submitted_at=at("2027-03-02"),
    created_at=at("2027-03-01"),
    timeline=[
        TransitionView(
            move=Move.SUBMIT,
            status=ReferralStatus.SUBMITTED,
            role=Role.REFERRING_DOCTOR,
            reason=None,
            comment=None,
            version=2,
            at=at("2027-03-02"),
        )
    ],
    quotes=[_QUOTE],
)
_CHOSEN = msgspec.structs.replace(
    _REFERRAL, status=ReferralStatus.CHOSEN, version=6, booking_id=BOOKING
)
_CONSENT = ConsentView(
    id=CONSENT,
    patient_id=PATIENT,
    episode_id=EPISODE,
    status=ConsentStatus.GRANTED,
    version=2,
    purpose=Purpose.TREATMENT,
    grantee=Party(HOSPITAL, "Erguvan Yolu Hospital", "TR"),
    grantee_role=None,
    requested_by=Party(PRACTICE, "Dala Practice", "KZ"),
    categories=[Category.PROBLEMS, Category.MEDICATIONS],
    excluded_labels=[Label.PSYCHIATRY],
    data_from=None,
    data_to=None,
    access_mode=AccessMode.VIEW,
    valid_from=at("2027-03-01"),
    valid_until=at("2027-09-01"),
    legal_basis="explicit_consent",
    safeguard="contract",
    text_version="1",
    language="kk",
    signature_sha256=SHA256,
    how_given=HowGiven.OWN_DEVICE,
    created_at=at("2027-03-01"),
    granted_at=at("2027-03-01", 10),
)
_TEXT = ConsentText("I agree that Erguvan Yolu Hospital …", "1", "en", SHA256)
_ENTRY = EntryView(
    id=example_id(21),
    resource_type="Condition",
    title="Osteoarthritis of knee",
    effective_at=at("2025-11-03"),
    labels=[],
    source_country="KZ",
    source_organisation_id=PRACTICE,
    author_account_id=example_id(22),
    created_at=at("2027-03-01"),
    resource=msgspec.Raw(
        b'{"resourceType":"Condition","code":{"text":"Osteoarthritis of knee"},'
        b'"subject":{"reference":"Patient/1"}}'
    ),
)
_PAGE = RecordPage(Category.PROBLEMS, "11450-4", 1, [_ENTRY], None)

EXAMPLES = (
    OpenCase(
        patient_id=PATIENT,
        treatment="knee_replacement",
        funding=Funding.SELF,
        description="Pain at every step for two years",
    ),
    CaseView(
        CASE, PATIENT, "knee_replacement", Urgency.ROUTINE, Funding.SELF, None,
        at("2027-03-01"), [_EPISODE],
    ),
    _EPISODE,
    CreateReferral(
        case_id=CASE,
        facility_id=FACILITY,
        letter=_LETTER,
        categories=["problems", "medications"],
        declares_no_interest=True,
    ),
    Reply(comment="Please add the latest X-ray of both knees."),
    Decline(reason=DeclineReason.NO_CAPACITY, comment="Our orthopaedic ward is full until June."),
    CreateQuote(
        offer_id=OFFER,
        offer_version=2,
        starts_at=at("2027-04-12", 6),
        currency="EUR",
        lines=_LINES,
        deposit=54_000,
        keep_time=True,
    ),
    SendOutcome(
        summary="Replacement of the right knee without complications.",
        pending_results=["Histology"],
        follow_up="Remove the stitches after 14 days; X-ray after six weeks.",
    ),
    _REFERRAL,
    Move.CHOOSE,
    QuoteAccepted(_CHOSEN, BOOKING_VIEW),
    Worklist(
        [
            ReferralSummary(
                id=REFERRAL,
                patient_name="Айгүл Серікқызы",
                doctor_name="Dr. Serik Ahmetov",
                facility_name="Erguvan Yolu Hospital",
                treatment="knee_replacement",
                priority=Urgency.ROUTINE,
                status=ReferralStatus.QUOTED,
                on_hold=False,
                version=5,
                updated_at=at("2027-03-04"),
            )
        ],
        {"waiting": 1, "to-triage": 0},
    ),
    RequestConsent(
        patient_id=PATIENT,
        grantee_organisation_id=HOSPITAL,
        categories=[Category.PROBLEMS, Category.MEDICATIONS],
        valid_until=at("2027-09-01"),
    ),
    Grant(categories=[Category.PROBLEMS], excluded_labels=[Label.PSYCHIATRY], language="kk"),
    _CONSENT,
    ConsentPage([_CONSENT], None),
    ConsentPreview(
        _CONSENT,
        _TEXT,
        1,
        [
            PreviewSection(
                Category.PROBLEMS, "11450-4", 1,
                [EntryTitle(_ENTRY.id, _ENTRY.title, _ENTRY.effective_at, [])], None,
            )
        ],
    ),
    QuickForm(
        problems=[QuickEntry(text="Osteoarthritis of knee", date="2023-11")],
        results=[QuickResult(text="Haemoglobin", value="131 g/l", date="2024-02-20")],
    ),
    EntriesAdded(2, 0, {Category.PROBLEMS: 1, Category.RESULTS: 1}),
    RecordView(PATIENT, [SectionCount(Category.PROBLEMS, "11450-4", 1)]),
    _PAGE,
    SharedRecord(PATIENT, [CONSENT], Purpose.TREATMENT, [_PAGE]),
    ImportReport(
        id=example_id(23),
        patient_id=PATIENT,
        sha256=SHA256,
        source_country="KZ",
        created_at=at("2027-03-01"),
        entries=3,
        known=0,
        sections={Category.PROBLEMS: 1, Category.ALLERGIES: 1, Category.MEDICATIONS: 1},
        skipped=[],
        warnings=[],
    ),
)  # fmt: skip
