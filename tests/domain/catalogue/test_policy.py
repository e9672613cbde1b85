"""Who sees an offer that patients may not book."""

from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ClientScope, Role
from domain.catalogue.policy import sees_unlisted
from tests.factories.actors import EVERYBODY, OURS, STAFF, THEIRS, person, system_of


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_of_ones_own_state_and_organisation(who: str, actor: Actor) -> None:
    may = {"the marketplace", "a system", "operator", "ministry_officer", *STAFF}
    assert sees_unlisted(actor, OURS, "KZ") is (who in may)


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
@pytest.mark.parametrize("organisation", [THEIRS, None], ids=["another's", "nobody's"])
def test_of_another_facility_in_another_state(
    who: str, actor: Actor, organisation: UUID | None
) -> None:
    assert sees_unlisted(actor, organisation, "TR") is (who in {"the marketplace", "operator"})


def test_an_officer_sees_the_whole_state_and_staff_only_their_own() -> None:
    officer = person(Role.MINISTRY_OFFICER)
    assert sees_unlisted(officer, THEIRS, "KZ")
    assert not sees_unlisted(officer, OURS, "TR")
    assert sees_unlisted(person(Role.BILLING), OURS, "TR")
    assert not sees_unlisted(person(Role.BILLING), THEIRS, "KZ")


def test_a_system_sees_the_offers_it_makes() -> None:
    maker = system_of(OURS, ClientScope.OFFERS_WRITE)
    assert sees_unlisted(maker, OURS, "KZ")
    assert not sees_unlisted(maker, THEIRS, "KZ")
    others = set(ClientScope) - {ClientScope.OFFERS_WRITE}
    assert not sees_unlisted(system_of(OURS, *others), OURS, "KZ")


def test_the_public_sees_nothing_that_is_not_listed() -> None:
    assert not sees_unlisted(ANONYMOUS, None, "KZ")
    assert sees_unlisted(SYSTEM, None, "KZ")
