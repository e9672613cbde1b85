"""Examples of credentials, of what is decided about them, and of who may issue them."""

from datetime import date

import msgspec

from api.credentials.proceedings import Appeals, Renewals
from api.credentials.recognitions import ListingRules
from api.credentials.routes import Credentials
from api.examples.values import ACCREDITOR, CREDENTIAL, FACILITY, OFFER, SHA256, at, example_id
from domain.credentials.feed_types import PublicChange, SignedChangePage
from domain.credentials.previews import HiddenOffer
from domain.credentials.proceeding_types import (
    AppealDecision,
    AppealOutcome,
    AppealView,
    DecideAppeal,
    FileRenewal,
    LiftStay,
    RefuseRenewal,
    RenewalStatus,
    RenewalView,
    StayDecision,
)
from domain.credentials.recognition_types import (
    AccreditorPage,
    AccreditorView,
    EndRecognition,
    NewAccreditor,
    RecognitionView,
    RecordRecognition,
)
from domain.credentials.types import (
    AppealStatus,
    CredentialChangeView,
    CredentialHistory,
    CredentialKind,
    CredentialMove,
    CredentialPage,
    CredentialStatus,
    CredentialView,
    DecidedBy,
    FacilitatorPage,
    FacilitatorView,
    ImposeConditions,
    LiftConditions,
    ListingRule,
    ReinstateCredential,
    RevokeCredential,
    RuleGroup,
    RuleTransition,
    SubmitAuthorisation,
    SubmitCredential,
    SuspendCredential,
    Verification,
    VerificationMethod,
    VerifyCredential,
)
from domain.credentials.worklist_types import CredentialWorklist, Due, WorklistItem
from domain.keys.signatures import KeySet, PublicKey
from domain.suspensions.types import (
    Affected,
    HiddenOffers,
    InWeek,
    OfState,
    SuspensionPreview,
)

_CREDENTIAL = CredentialView(
    id=CREDENTIAL,
    facility_id=FACILITY,
    facility_name="Erguvan Yolu Hospital",
    organisation_id=None,
    organisation_name=None,
    jurisdiction="TR",
    kind=CredentialKind.QUALITY_ACCREDITATION,
    body="National accreditation institute",
    accreditor_id=ACCREDITOR,
    standard="Hospital standard",
    edition="7",
    specialties=["orthopaedics"],
    treatments=[],
    grade=None,
    certificate_number="QA-2026-0417",
    issued=date(2026, 4, 17),
    valid_from=date(2026, 5, 1),
    valid_to=date(2029, 4, 30),
    next_check=None,
    last_survey=date(2026, 3, 2),
    next_survey=date(2028, 3, 1),
    status=CredentialStatus.ACTIVE,
    valid_now=True,
    recognised=True,
    status_reason=None,
    status_effective_at=at("2026-05-01"),
    suspended_specialties=[],
    suspended_treatments=[],
    conditions=None,
    conditions_until=None,
    appeal=None,
    stayed=False,
    stay_until=None,
    verification=Verification(
        VerificationMethod.REGISTRY_PAGE,
        "https://register.example/QA-2026-0417",
        True,
        at("2026-04-20"),
        None,
        date(2027, 4, 20),
    ),
    confirmed=True,
    supersedes=None,
    demo=False,
    version=3,
    updated_at=at("2026-05-01"),
)
_CHANGE = CredentialChangeView(
    version=4,
    move=CredentialMove.SUSPEND,
    status=CredentialStatus.SUSPENDED,
    reason="The survey of March found open points",
    effective_at=at("2027-03-20"),
    suspended_specialties=["orthopaedics"],
    suspended_treatments=[],
    conditions=None,
    conditions_until=None,
    stayed=False,
    at=at("2027-03-18"),
    by=DecidedBy("Ministry of Health", "TR"),
)
_APPEAL = AppealView(
    id=example_id(70),
    status=AppealStatus.FILED,
    against_version=4,
    grounds="The open points of the survey were closed in the week after it, as the file shows.",
    filed_at=at("2027-03-22"),
    closed_at=None,
    reason=None,
)
_RENEWAL = RenewalView(
    id=example_id(71),
    status=RenewalStatus.FILED,
    reference_number="R-2029-118",
    file_id=None,
    evidence_sha256=SHA256,
    filed_at=at("2029-02-01"),
    decided_at=None,
    reason=None,
)
_RECOGNITION = RecognitionView(
    id=example_id(72),
    jurisdiction="TR",
    reference="Decision 2026/14 on accreditation bodies",
    source_url="https://authority.example/decisions/2026-14",
    recognised_from=date(2026, 2, 1),
    recognised_to=None,
    confirmed=True,
    end_reason=None,
    version=2,
)
_ACCREDITOR = AccreditorView(
    ACCREDITOR, "National accreditation institute", "TR", False, [_RECOGNITION]
)
_RULE = ListingRule(
    jurisdiction="TR",
    version=2,
    valid_from=at("2025-04-26", 0),
    valid_to=None,
    facility_kinds=["hospital", "clinic"],
    groups=[
        RuleGroup([CredentialKind.LICENCE], "licence"),
        RuleGroup(
            [CredentialKind.QUALITY_ACCREDITATION],
            "quality_accreditation",
            RuleTransition(
                CredentialKind.HEALTH_TOURISM_AUTHORISATION,
                at("2025-04-26", 0),
                at("2026-04-26", 0),
            ),
        ),
    ],
    source="Regulation on International Health Tourism, official gazette of 2025-04-26",
)
_AUTHORISATION = msgspec.structs.replace(
    _CREDENTIAL,
    id=example_id(73),
    facility_id=None,
    facility_name=None,
    organisation_id=example_id(74),
    organisation_name="Healing Road Travel",
    kind=CredentialKind.FACILITATOR_AUTHORISATION,
    body="Ministry of Health",
    accreditor_id=None,
    standard=None,
    edition=None,
    specialties=[],
    certificate_number="F-2026-88",
    last_survey=None,
    next_survey=None,
    recognised=None,
)
_PUBLIC = PublicChange(
    position=118,
    credential_id=CREDENTIAL,
    facility_id=FACILITY,
    organisation_id=None,
    holder_name="Erguvan Yolu Hospital",
    kind=CredentialKind.QUALITY_ACCREDITATION,
    body="National accreditation institute",
    certificate_number="QA-2026-0417",
    specialties=["orthopaedics"],
    treatments=[],
    valid_from=date(2026, 5, 1),
    valid_to=date(2029, 4, 30),
    **{name: value for name, value in msgspec.structs.asdict(_CHANGE).items() if name != "version"},
)
_KEY = PublicKey(
    kty="OKP",
    crv="Ed25519",
    x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    kid="kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    use="sig",
    alg="Ed25519",
)

EXAMPLES: tuple[object, ...] = (
    SubmitCredential(
        kind=CredentialKind.QUALITY_ACCREDITATION,
        body="National accreditation institute",
        standard="Hospital standard",
        specialties=["orthopaedics"],
        certificate_number="QA-2026-0417",
        issued=date(2026, 4, 17),
        valid_from=date(2026, 5, 1),
        valid_to=date(2029, 4, 30),
        evidence_sha256=SHA256,
    ),
    VerifyCredential(
        method=VerificationMethod.REGISTRY_PAGE,
        primary_source=True,
        url="https://register.example/QA-2026-0417",
    ),
    SuspendCredential(reason="The survey of March found open points", specialties=["orthopaedics"]),
    ReinstateCredential(reason="The open points are closed"),
    RevokeCredential(reason="The accreditor withdrew the certificate"),
    _CREDENTIAL,
    Credentials([_CREDENTIAL]),
    CredentialPage([_CREDENTIAL], None),
    CredentialWorklist(
        [WorklistItem(_CREDENTIAL, None, Due.NEXT_CHECK, date(2027, 4, 20))],
        None,
        {"pending": 2, "renewals": 0, "appeals": 1, "due": 1},
    ),
    CredentialHistory([_CHANGE], None),
    SuspensionPreview(
        credential_id=CREDENTIAL,
        effective_at=at("2027-03-20"),
        facility_stays_listed=True,
        offers=HiddenOffers(1, [HiddenOffer(OFFER, "knee_replacement", "orthopaedics")]),
        bookings=Affected(3, [OfState("KZ", 2), OfState("UZ", 1)], [InWeek(date(2027, 4, 12), 3)]),
        referrals=Affected(1, [OfState("KZ", 1)], [InWeek(date(2027, 3, 8), 1)]),
        in_treatment=1,
    ),
    ImposeConditions(conditions="Close the open points of the survey", until=date(2027, 9, 30)),
    LiftConditions(reason="The open points are closed"),
    AppealDecision(grounds=_APPEAL.grounds),
    StayDecision(reason="The grounds need a survey on site", until=at("2027-05-01")),
    LiftStay(reason="The survey on site confirmed the points"),
    DecideAppeal(outcome=AppealOutcome.OVERTURNED, reason="The points were closed in time"),
    Appeals([_APPEAL]),
    FileRenewal(reference_number="R-2029-118", evidence_sha256=SHA256),
    RefuseRenewal(reason="The number is not known to the issuer"),
    Renewals([_RENEWAL]),
    AccreditorPage([_ACCREDITOR], None),
    _ACCREDITOR,
    NewAccreditor(name="National accreditation institute", jurisdiction="TR"),
    RecordRecognition(
        accreditor="National accreditation institute",
        reference="Decision 2026/14 on accreditation bodies",
        source_url="https://authority.example/decisions/2026-14",
        recognised_from=date(2026, 2, 1),
    ),
    EndRecognition(reason="The body has given up its seat in the state"),
    _RECOGNITION,
    ListingRules([_RULE]),
    SignedChangePage(
        state="TR",
        after=117,
        items=[_PUBLIC],
        next=None,
        head=118,
        issued_at=at("2027-03-18", 10),
        signature=(
            "eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoia1ByS19xbXhWV2FZVkE5d3dCRjZJdW8zdlZ6ejdUeEhDVHdYQnlnclM0a"
            "yJ9..hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ),
    ),
    KeySet([_KEY]),
    SubmitAuthorisation(
        kind=CredentialKind.FACILITATOR_AUTHORISATION,
        jurisdiction="TR",
        body="Ministry of Health",
        certificate_number="F-2026-88",
        issued=date(2026, 4, 17),
        valid_from=date(2026, 5, 1),
        valid_to=date(2029, 4, 30),
        evidence_sha256=SHA256,
    ),
    FacilitatorPage(
        [
            FacilitatorView(
                example_id(74), "Healing Road Travel", "TR", False, [_AUTHORISATION]
            )
        ],
        None,
    ),
)  # fmt: skip
