"""Who speaks for a file, what contradicts, and until when a proposal holds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.identity.types import PersonName
from domain.merges import rules
from domain.merges.types import Contradiction, MergeStatus, Side
from domain.patients.types import AccessKind, PatientView

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
A, B, C = uuid4(), uuid4(), uuid4()
SELF, PROXY = AccessKind.SELF, AccessKind.PROXY


def file(given: str = "Aigül", family: str = "Omarova", born: str | None = "1979-03-08") -> Any:
    return PatientView(uuid4(), PersonName(given=given, family=family), born, "KZ")


def test_a_parent_speaks_only_where_the_patient_does_not_sign_in() -> None:
    assert rules.speakers({A: SELF, B: PROXY}) == {A}
    assert rules.speakers({B: PROXY, C: PROXY}) == {B, C}
    assert rules.speakers({}) == set()


@pytest.mark.parametrize(
    ("survivor_by", "alias_by", "expected"),
    [
        (None, None, [Side.SURVIVOR, Side.ALIAS]),
        (A, None, [Side.ALIAS]),
        (A, B, []),
        (B, B, [Side.SURVIVOR]),
        (A, C, [Side.ALIAS]),
    ],
)
def test_each_file_needs_the_agreement_of_its_own_side(
    survivor_by: UUID | None, alias_by: UUID | None, expected: list[Side]
) -> None:
    row = {
        "survivor_id": 1, "alias_id": 2,
        "survivor_agreed_by": survivor_by, "alias_agreed_by": alias_by,
    }  # fmt: skip
    holders: Any = {1: {A: SELF, C: PROXY}, 2: {B: PROXY}}
    assert rules.missing(row, holders) == expected
    assert Side.ALIAS not in rules.missing(row, {**holders, 2: {}})


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (file(), []),
        (file("Айгүл", "Омарова"), []),
        (file("Omarova", "Aigul"), []),
        (file(born=None), []),
        (file(born="1979-08-03"), [Contradiction.BIRTH_DATE]),
        (file("Aigerim"), [Contradiction.NAME]),
    ],
)
def test_one_name_in_two_scripts_agrees_and_what_is_unknown_too(
    other: PatientView, expected: list[Contradiction]
) -> None:
    assert rules.contradictions(file(), other, {}, {}) == expected


def test_blood_groups_are_compared_code_by_code() -> None:
    found = rules.contradictions(file(), file(), {"882-1": {"a"}}, {"882-1": {"0"}})
    assert found == [Contradiction.BLOOD_GROUP]
    assert rules.contradictions(file(), file(), {"882-1": {"a"}}, {"883-9": {"0"}}) == []


def test_a_proposal_holds_for_two_weeks() -> None:
    row = {"status": "proposed", "proposed_at": NOW}
    assert rules.status_of(row, NOW + timedelta(days=13)) is MergeStatus.PROPOSED
    assert rules.status_of(row, NOW + timedelta(days=14)) is MergeStatus.EXPIRED
    merged = {**row, "status": "merged"}
    assert rules.status_of(merged, NOW + timedelta(days=99)) is MergeStatus.MERGED
