"""Who moves a referral: its patient, its practice, its facility, each their own moves."""

from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, ClientScope, Role
from domain.errors import Forbidden
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope
from domain.permissions.errors import WrongRole
from domain.referrals.errors import NoSuchReferral
from domain.referrals.policy import require_move
from domain.referrals.types import Move
from tests.factories.actors import (
    OTHER,
    OURS,
    PEOPLE,
    STAFF,
    THEIRS,
    person,
    refused,
    system_of,
)
from tests.factories.neighbours import PATIENT, Neighbours
from tests.factories.neighbours import SUBJECT as THE_PATIENT

PRACTICE, FACILITY = OURS, THEIRS
REFERRAL = {
    "id": UUID(int=4), "patient_id": PATIENT,
    "practice_id": PRACTICE, "facility_organisation_id": FACILITY,
}  # fmt: skip
SUBJECT = ("referral", UUID(int=4))

BY_CLOCK_OR_MONEY = {Move.RELEASE, Move.FUND, Move.SCHEDULE, Move.NOT_SELECT}
BY_PATIENT = {Move.CHOOSE, Move.REFUSE, Move.CANCEL}
BY_PRACTICE = {Move.SUBMIT, Move.ANSWER, Move.ACKNOWLEDGE, Move.CANCEL}
BY_CLINICIAN = {Move.ADVISE, Move.DECLINE, Move.ACCEPT, Move.REPORT, Move.OUTCOME}
BY_STAFF = {
    Move.RECEIVE,
    Move.REQUEST_INFO,
    Move.QUOTE,
    Move.START,
    Move.DISCHARGE,
    Move.CONFIRM_CANCEL,
}


def moves_of(role: Role) -> set[Move]:
    """Who makes which move (BSeR and NHS e-RS, as the house reads them)."""
    return {
        Role.PATIENT: BY_PATIENT,
        Role.REFERRING_DOCTOR: BY_PRACTICE,
        Role.CLINICIAN: BY_STAFF | BY_CLINICIAN,
    }.get(role, BY_STAFF if role in STAFF else set())


def test_every_move_is_somebodys() -> None:
    assert set(Move) == BY_CLOCK_OR_MONEY | BY_PATIENT | BY_PRACTICE | BY_CLINICIAN | BY_STAFF


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("role", PEOPLE)
async def test_each_side_makes_its_own_moves(
    role: Role, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = {Role.PATIENT: None, Role.REFERRING_DOCTOR: PRACTICE}.get(role, FACILITY)
    actor = person(role, organisation_id=side)
    Neighbours(monkeypatch, actor, kinds=[AccessKind.SELF], scopes=[AccessScope.ACCEPT_QUOTE])
    if move in moves_of(role):
        await require_move(actor, REFERRAL, move)
    elif move in BY_CLOCK_OR_MONEY:
        with refused(Forbidden, "forbidden", SUBJECT) as caught:
            await require_move(actor, REFERRAL, move)
        assert "marketplace itself" in str(caught.value)
    else:
        with refused(WrongRole, "wrong_role", SUBJECT) as caught:
            await require_move(actor, REFERRAL, move)
        assert caught.value.extensions == {"action": f"referrals.{move.name.lower()}"}


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("role", [role for role in PEOPLE if role is not Role.PATIENT])
async def test_another_organisation_learns_nothing(role: Role, move: Move) -> None:
    for organisation in (UUID(int=99), None):
        stranger = person(role, organisation_id=organisation)
        with refused(NoSuchReferral, "referral_not_found", SUBJECT):
            await require_move(stranger, REFERRAL, move)


@pytest.mark.parametrize(
    ("role", "side", "move"),
    [
        (Role.REFERRING_DOCTOR, FACILITY, Move.SUBMIT),
        *((role, PRACTICE, Move.RECEIVE) for role in STAFF),
    ],
)
async def test_a_role_acts_on_its_own_side_only(role: Role, side: UUID, move: Move) -> None:
    with refused(NoSuchReferral, "referral_not_found", SUBJECT):
        await require_move(person(role, organisation_id=side), REFERRAL, move)


async def test_the_patients_side_needs_the_scope_to_accept_quotes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor, others = person(Role.PATIENT), set(AccessScope) - {AccessScope.ACCEPT_QUOTE}
    Neighbours(monkeypatch, actor, kinds=[AccessKind.MANDATE], scopes=others)
    with refused(Forbidden, "forbidden", THE_PATIENT):
        await require_move(actor, REFERRAL, Move.CHOOSE)
    with refused(NoSuchPatient, "patient_not_found", THE_PATIENT):
        await require_move(person(Role.PATIENT, account_id=OTHER), REFERRAL, Move.CHOOSE)


async def test_a_facilitys_system_does_not_move_referrals() -> None:
    ours = system_of(FACILITY, *ClientScope)
    with refused(WrongRole, "wrong_role", SUBJECT):
        await require_move(ours, REFERRAL, Move.RECEIVE)
    with refused(NoSuchReferral, "referral_not_found", SUBJECT):
        await require_move(system_of(UUID(int=99), *ClientScope), REFERRAL, Move.RECEIVE)


@pytest.mark.parametrize("move", Move)
async def test_the_marketplace_makes_every_move_and_nobody_none(move: Move) -> None:
    await require_move(SYSTEM, REFERRAL, move)
    with refused(NoSuchReferral, "referral_not_found", SUBJECT):
        await require_move(ANONYMOUS, REFERRAL, move)
