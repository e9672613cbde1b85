"""What a complete credential is and which moves exist, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.credentials import rules
from domain.credentials.errors import (
    EvidenceMissing,
    ImpossibleDates,
    WrongState,
)
from domain.credentials.types import (
    CredentialMove,
    CredentialStatus,
    VerificationMethod,
    VerifyCredential,
)
from domain.permissions.service import states_of
from tests.factories.directory import certificate

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


HOLDING = {"active", "conditional", "renewal_filed"}
DECIDED = {"suspended", "revoked"}
APPEALING = (
    CredentialMove.APPEAL,
    CredentialMove.WITHDRAW_APPEAL,
    CredentialMove.STAY,
    CredentialMove.LIFT_STAY,
    CredentialMove.UPHOLD,
    CredentialMove.OVERTURN,
)


@pytest.mark.parametrize(
    ("move", "admitted"),
    [
        (CredentialMove.VERIFY, {"pending"}),
        (CredentialMove.CONFIRM, {"pending"}),
        (CredentialMove.RECHECK, HOLDING | {"suspended"}),
        (CredentialMove.IMPOSE_CONDITIONS, {"active", "conditional"}),
        (CredentialMove.LIFT_CONDITIONS, {"conditional", "renewal_filed"}),
        (CredentialMove.FILE_RENEWAL, {"active", "conditional"}),
        (CredentialMove.ACKNOWLEDGE_RENEWAL, {"active", "conditional"}),
        (CredentialMove.SUSPEND, HOLDING),
        (CredentialMove.REINSTATE, {"suspended"}),
        (CredentialMove.REVOKE, HOLDING | {"suspended"}),
        *((move, DECIDED) for move in APPEALING),
    ],
)
def test_a_move_starts_from_its_states_only(move: CredentialMove, admitted: set[str]) -> None:
    for status in CredentialStatus:
        if status.value in admitted:
            rules.require_move(move, status)
        else:
            with pytest.raises(WrongState):
                rules.require_move(move, status)


def test_the_permission_table_knows_the_same_states() -> None:
    for move, states in rules.TRANSITIONS.items():
        told = states_of(rules.action_of(move))
        assert told in (frozenset(), {status.value for status in states}), move


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


def test_a_decision_takes_effect_now_or_later() -> None:
    later = NOW + timedelta(days=2)
    assert rules.effective_moment(None, NOW) == NOW
    assert rules.effective_moment(later, NOW) == later
    assert rules.effective_moment(NOW - timedelta(minutes=1), NOW) == NOW
    for asked in (NOW - timedelta(hours=1), later.replace(tzinfo=None)):
        with pytest.raises(ImpossibleDates):
            rules.effective_moment(asked, NOW)
