"""Examples of merging two files of one person, and of acting for minors and wards."""

from api.examples.values import PATIENT, SHA256, at, example_id
from domain.identity.types import PersonName
from domain.merges.types import (
    CloseMerge,
    ConfirmMerge,
    Contents,
    Contradiction,
    MergeCode,
    MergePreview,
    MergeStatus,
    MergeView,
    ProposeMerge,
    Side,
)
from domain.patients.types import (
    CourtOrder,
    DeskCode,
    GuardianshipStatus,
    GuardianshipView,
    OfferClaim,
    OfferGuardianship,
    OpenWardFile,
    RedeemCode,
)

_MERGE, _OTHER = example_id(91), example_id(92)
_WARD = PersonName(given="Серік", family="Оспанов")
_ORDER = CourtOrder(court="Almaty district court no. 2", number="2-1187/26", until=at("2029-03-01"))

EXAMPLES = (
    MergeCode(example_id(93), "pN2v8oWkq0S5t7xYbA1cDzE4", at("2027-03-01", 9, 30)),
    ProposeMerge(survivor_id=PATIENT, alias_id=_OTHER, evidence="registry of births, no. 4120"),
    MergeView(
        id=_MERGE,
        survivor_id=PATIENT,
        alias_id=_OTHER,
        home_state="KZ",
        status=MergeStatus.PROPOSED,
        proposed_at=at("2027-03-01", 9),
        proposed_by_me=True,
        waits_for=[Side.ALIAS],
        accepted=[],
        merged_at=None,
        closed_at=None,
    ),
    MergePreview(
        merge_id=_MERGE,
        preview=SHA256,
        survivor=Contents(2, 1, 1, 3, 48, 4, 2, 1),
        alias=Contents(0, 0, 0, 0, 3, 1, 1, 1),
        contradictions=[Contradiction.NAME],
        waits_for=[],
        needs_officer=True,
    ),
    ConfirmMerge(preview=SHA256, accept=[Contradiction.NAME]),
    _ORDER,
    OpenWardFile(name=_WARD, birth_date="1961-08-14", home_state="KZ", order=_ORDER),
    OfferGuardianship(order=_ORDER, identity_checked="identity card, in person"),
    RedeemCode("pN2v8oWkq0S5t7xYbA1cDzE4"),
    OfferClaim("passport, in person"),
    DeskCode(example_id(94), "pN2v8oWkq0S5t7xYbA1cDzE4", at("2027-03-01", 9, 30)),
    GuardianshipView(
        id=example_id(95),
        patient_id=_OTHER,
        ward=_WARD,
        birth_date="1961-08-14",
        guardian=PersonName(given="Aygül", family="Serikqyzy"),
        home_state="KZ",
        order=_ORDER,
        status=GuardianshipStatus.CONFIRMED,
        requested_at=at("2027-03-01"),
        decided_at=at("2027-03-02"),
        ended_at=None,
    ),
    CloseMerge("Two sisters of one name were taken for one."),
)
