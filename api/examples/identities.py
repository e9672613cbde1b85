"""Examples of merging two files of one person, and of acting for minors and wards."""

from api.examples.values import PATIENT, SHA256, at, example_id
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

_MERGE, _OTHER = example_id(91), example_id(92)

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
    CloseMerge("Two sisters of one name were taken for one."),
)
