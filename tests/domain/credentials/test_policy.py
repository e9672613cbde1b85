"""Who decides on credentials: officers of the facility's state, and never one alone."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.credentials.errors import NoSuchCredential, SameOfficer
from domain.credentials.policy import require_decider, require_second_officer
from tests.factories.actors import ME, OTHER, person, refused

CREDENTIAL: Any = SimpleNamespace(id=UUID(int=5), jurisdiction="KZ")
SUBJECT = ("credential", UUID(int=5))
OFFICER = person(Role.MINISTRY_OFFICER)


def test_an_officer_decides_in_their_own_state() -> None:
    require_decider(OFFICER, CREDENTIAL)
    require_decider(SYSTEM, CREDENTIAL)


@pytest.mark.parametrize(
    "actor",
    [
        person(Role.MINISTRY_OFFICER, jurisdiction="TR"),
        person(Role.MINISTRY_OFFICER, jurisdiction=None),
        ANONYMOUS,
    ],
    ids=["of another state", "of no state", "nobody"],
)
def test_an_officer_of_another_state_learns_nothing(actor: Actor) -> None:
    with refused(NoSuchCredential, "credential_not_found", SUBJECT):
        require_decider(actor, CREDENTIAL)


def test_whoever_verified_does_not_confirm() -> None:
    require_second_officer(OFFICER, OTHER, CREDENTIAL)
    with refused(SameOfficer, "four_eyes", SUBJECT):
        require_second_officer(OFFICER, ME, CREDENTIAL)


@pytest.mark.parametrize("verified_by", [None, OTHER])
def test_the_marketplace_is_nobodys_second_pair_of_eyes(verified_by: UUID | None) -> None:
    with refused(SameOfficer, "four_eyes", SUBJECT):
        require_second_officer(SYSTEM, verified_by, CREDENTIAL)
