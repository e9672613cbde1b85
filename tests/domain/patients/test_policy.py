"""Who acts for a patient: whom an access names, as far as its scopes go."""

from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Role
from domain.errors import Forbidden, Unauthenticated
from domain.patients import policy
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope, AccessView
from tests.factories.actors import EVERYBODY, ME, OTHER, PEOPLE, person, refused
from tests.factories.neighbours import PATIENT, SUBJECT, access

ACTOR = person(Role.PATIENT)
DOCTOR = person(Role.REFERRING_DOCTOR)
SELF, PROXY, MANDATE = AccessKind.SELF, AccessKind.PROXY, AccessKind.MANDATE


class Rows:
    """What is stored about one caller and `PATIENT`; about everybody else, nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, actor: Actor, *kinds: AccessKind) -> None:
        self.actor, self.kinds = actor, kinds
        self.scopes: set[AccessScope] | None = None
        self.in_care = False
        for name in ("scopes_of", "accesses", "cares_for"):
            monkeypatch.setattr(policy.queries, name, getattr(self, name))

    def _known(self, patient_id: UUID, visible_to: Actor) -> bool:
        return (patient_id, visible_to) == (PATIENT, self.actor)

    async def scopes_of(self, patient_id: UUID, *, visible_to: Actor) -> set[AccessScope] | None:
        return self.scopes if self._known(patient_id, visible_to) else None

    async def accesses(self, patient_id: UUID, *, visible_to: Actor) -> list[AccessView]:
        return [access(kind) for kind in self.kinds] if self._known(patient_id, visible_to) else []

    async def cares_for(self, patient_id: UUID, *, visible_to: Actor) -> bool:
        return self.in_care and self._known(patient_id, visible_to)


@pytest.mark.parametrize("held", AccessScope)
@pytest.mark.parametrize("asked", AccessScope)
async def test_an_access_reaches_as_far_as_its_scopes(
    held: AccessScope, asked: AccessScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(monkeypatch, ACTOR).scopes = {held}
    if held is asked:
        await policy.require_scope(ACTOR, PATIENT, asked)
        return
    with refused(Forbidden, "forbidden", SUBJECT) as caught:
        await policy.require_scope(ACTOR, PATIENT, asked)
    assert repr(asked.value) in str(caught.value)


@pytest.mark.parametrize("role", PEOPLE)
async def test_a_stranger_learns_nothing_of_a_patient(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(monkeypatch, ACTOR)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await policy.require_scope(person(role), PATIENT, AccessScope.VIEW)


async def test_without_signing_in_nothing_is_even_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Rows(monkeypatch, ANONYMOUS).scopes = set(AccessScope)
    with refused(Unauthenticated, "unauthenticated"):
        await policy.require_scope(ANONYMOUS, PATIENT, AccessScope.VIEW)


async def test_the_marketplace_needs_no_access(monkeypatch: pytest.MonkeyPatch) -> None:
    Rows(monkeypatch, ACTOR)
    for scope in AccessScope:
        await policy.require_scope(SYSTEM, PATIENT, scope)


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_only_a_person_has_an_account(who: str, actor: Actor) -> None:
    if actor.kind is ActorKind.PERSON:
        assert policy.require_account(actor) == ME
        return
    with refused(Unauthenticated, "unauthenticated"):
        policy.require_account(actor)


def test_neither_an_account_nor_being_a_person_is_enough_alone() -> None:
    for actor in (
        person(Role.PATIENT, account_id=None),
        Actor(kind=ActorKind.CLIENT, account_id=ME),
    ):
        with refused(Unauthenticated, "unauthenticated"):
            policy.require_account(actor)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([SELF], SELF),
        ([PROXY], PROXY),
        ([PROXY, SELF], SELF),
        ([MANDATE, PROXY], PROXY),
        ([MANDATE, SELF], SELF),
    ],
)
async def test_ones_own_side_is_the_patient_before_a_parent(
    kinds: list[AccessKind], expected: AccessKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(monkeypatch, ACTOR, *kinds)
    assert (await policy.require_own_side(ACTOR, PATIENT)).kind is expected


async def test_a_mandate_is_not_given_on(monkeypatch: pytest.MonkeyPatch) -> None:
    Rows(monkeypatch, ACTOR, MANDATE, MANDATE)
    with refused(Forbidden, "forbidden", SUBJECT) as caught:
        await policy.require_own_side(ACTOR, PATIENT)
    assert "mandate" in str(caught.value)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await policy.require_own_side(person(Role.PATIENT, account_id=OTHER), PATIENT)


def given(kind: AccessKind, account_id: UUID = OTHER) -> dict[str, Any]:
    return {"kind": kind.value, "account_id": account_id, "patient_id": PATIENT}


@pytest.mark.parametrize("kind", AccessKind)
async def test_only_a_mandate_is_ended_by_those_it_binds(
    kind: AccessKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(monkeypatch, ACTOR, SELF)
    assert await policy.may_end(ACTOR, given(kind)) is (kind is MANDATE)
    assert await policy.may_end(ACTOR, given(kind, ME)) is (kind is MANDATE)


@pytest.mark.parametrize(
    ("kinds", "may"),
    [([SELF], True), ([PROXY], True), ([MANDATE, PROXY], True), ([MANDATE], False), ([], False)],
)
async def test_a_mandate_is_ended_by_the_patients_own_side(
    kinds: list[AccessKind], may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(monkeypatch, ACTOR, *kinds)
    assert await policy.may_end(ACTOR, given(MANDATE)) is may
    assert await policy.may_end(ACTOR, given(MANDATE, ME)) is True


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("in_care", [True, False], ids=["in care", "not in care"])
async def test_a_mandate_is_ended_at_the_desk_of_the_caring_practice(
    role: Role, in_care: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    Rows(monkeypatch, person(role)).in_care = in_care
    expected = in_care and role is Role.REFERRING_DOCTOR
    assert await policy.may_end(person(role), given(MANDATE)) is expected
