"""Who manages accounts, their factors, and teams."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.actor import Actor, ActorKind, Role
from domain.errors import Unauthenticated
from domain.identity import policy
from domain.permissions.errors import StepUpNeeded
from tests.factories.actors import EVERYBODY, ME, OTHER, PEOPLE, person, refused

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_person_acts_on_their_own_account_whatever_hat_they_wear(role: Role) -> None:
    assert policy.require_account(person(role)) == ME


@pytest.mark.parametrize("who", ["nobody", "the marketplace", "a system"])
def test_who_is_no_person_has_no_account(who: str) -> None:
    with refused(Unauthenticated, "unauthenticated"):
        policy.require_account(EVERYBODY[who])


def test_neither_an_account_nor_being_a_person_is_enough_alone() -> None:
    for actor in (
        person(Role.PATIENT, account_id=None),
        Actor(kind=ActorKind.CLIENT, account_id=ME),
    ):
        with refused(Unauthenticated, "unauthenticated"):
            policy.require_account(actor)


@pytest.mark.parametrize(
    ("proved", "admitted"),
    [
        (NOW, True),
        (NOW - timedelta(minutes=5), True),
        (NOW - timedelta(minutes=5, microseconds=1), False),
        (None, False),
    ],
)
def test_a_further_factor_needs_one_proved_in_the_last_five_minutes(
    proved: datetime | None, admitted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "utc_now", lambda: NOW)
    actor = person(Role.PATIENT, strong_at=proved)
    policy.require_fresh_factor(actor, has_factor=False)  # the first one is free
    if admitted:
        policy.require_fresh_factor(actor, has_factor=True)
        return
    with refused(StepUpNeeded, "step_up_needed"):
        policy.require_fresh_factor(actor, has_factor=True)


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_a_team_is_managed_by_operators_and_by_its_administrators(who: str, actor: Actor) -> None:
    always = {"the marketplace", "operator"}
    assert policy.may_manage_team(actor, administers=False) is (who in always)
    assert policy.may_manage_team(actor, administers=True) is True


@pytest.mark.parametrize("role", PEOPLE)
def test_a_lost_passkey_is_replaced_by_an_operator_or_the_teams_administrator(role: Role) -> None:
    assert policy.may_enrol(person(role), OTHER, administers=True)
    assert policy.may_enrol(person(role), OTHER, administers=False) is (role is Role.OPERATOR)


@pytest.mark.parametrize("role", PEOPLE)
def test_nobody_lets_themselves_in_anew(role: Role) -> None:
    assert policy.may_enrol(person(role), ME, administers=True) is False
    assert policy.may_enrol(person(role), ME, administers=False) is False
