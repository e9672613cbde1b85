"""What a complete credential is and which moves exist, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.credentials import rules
from domain.credentials.errors import (
    EvidenceMissing,
    ImpossibleDates,
    NotRecognised,
    WrongState,
)
from domain.credentials.types import (
    Accreditor,
    CredentialStatus,
    VerificationMethod,
    VerifyCredential,
)
from domain.ids import new_id
from tests.factories.directory import certificate

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("move", "admitted"),
    [
        ("verify", {"pending"}),
        ("confirm", {"pending"}),
        ("suspend", {"active", "conditional", "renewal_filed"}),
        ("reinstate", {"suspended"}),
        ("revoke", {"active", "conditional", "renewal_filed", "suspended"}),
    ],
)
def test_a_move_starts_from_its_states_only(move: str, admitted: set[str]) -> None:
    for status in CredentialStatus:
        if status.value in admitted:
            rules.require_move(move, status)
        else:
            with pytest.raises(WrongState):
                rules.require_move(move, status)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"valid_to": date(2020, 1, 1)}, "valid_to"),
        ({"valid_to": None}, "next_check"),
        ({"issued": TODAY + timedelta(days=2)}, "issued"),
        ({"valid_from": date(1, 1, 1)}, "valid_from"),
        ({"next_survey": date(9999, 12, 31)}, "next_survey"),
    ],
)
def test_dates_that_contradict_each_other_are_refused(changed: dict[str, date], field: str) -> None:
    with pytest.raises(ImpossibleDates) as refused:
        rules.require_consistent(certificate(**changed), TODAY)
    assert field in refused.value.fields


def test_an_open_end_with_a_next_check_is_complete() -> None:
    rules.require_consistent(certificate(valid_to=None, next_check=date(2027, 1, 1)), TODAY)


def test_a_check_needs_what_it_rests_on() -> None:
    page = VerifyCredential(method=VerificationMethod.REGISTRY_PAGE, primary_source=True)
    letter = VerifyCredential(method=VerificationMethod.LETTER, primary_source=True)
    with pytest.raises(EvidenceMissing):
        rules.require_evidence(page, None, b"x" * 32)
    with pytest.raises(EvidenceMissing):
        rules.require_evidence(letter, "https://example.org", None)
    rules.require_evidence(page, "https://example.org", None)
    rules.require_evidence(letter, None, b"x" * 32)


def test_an_accreditor_must_have_been_recognised_on_the_day() -> None:
    body = Accreditor(
        new_id(), "A", "TR", "X", date(2020, 1, 1), date(2022, 12, 31), False
    )  # fmt: skip
    rules.require_recognised(body, date(2020, 1, 1))
    rules.require_recognised(body, date(2022, 12, 31))
    for day in (date(2019, 12, 31), date(2023, 1, 1)):
        with pytest.raises(NotRecognised):
            rules.require_recognised(body, day)


def test_a_decision_takes_effect_now_or_later() -> None:
    later = NOW + timedelta(days=2)
    assert rules.effective_moment(None, NOW) == NOW
    assert rules.effective_moment(later, NOW) == later
    assert rules.effective_moment(NOW - timedelta(minutes=1), NOW) == NOW
    for asked in (NOW - timedelta(hours=1), later.replace(tzinfo=None)):
        with pytest.raises(ImpossibleDates):
            rules.effective_moment(asked, NOW)
