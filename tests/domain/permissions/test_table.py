"""The permission table: complete, without contradictions, and the one the routes ask."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, get

from api.app import create_app
from api.http.guards import RouteWithoutAction, action_of, may, require_actions
from domain.actor import ANONYMOUS, SYSTEM, Actor, ActorKind, Assurance, ClientScope, Role
from domain.errors import Unauthenticated
from domain.permissions import service
from domain.permissions.errors import ScopeMissing, SecondFactorNeeded, StepUpNeeded, WrongRole
from domain.permissions.table import PEOPLE, TABLE
from domain.permissions.types import Relation
from domain.referrals.rules import TRANSITIONS
from domain.referrals.rules import action_of as action_of_move
from domain.referrals.types import Move, ReferralStatus
from domain.settings import Settings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def person(role: Role, *, minutes: float | None = 0, single: bool = False) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        role=role,
        assurance=Assurance.SINGLE_FACTOR if single else Assurance.MULTI_FACTOR,
        strong_at=None if minutes is None else NOW - timedelta(minutes=minutes),
    )


def client(*scopes: str) -> Actor:
    held = frozenset(ClientScope(scope) for scope in scopes)
    return Actor(kind=ActorKind.CLIENT, role=Role.FACILITY_SYSTEM, scopes=held)


def used_actions(app: Litestar) -> set[str | None]:
    return {
        action_of(handler.resolve_guards())
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.http_methods != {"OPTIONS"}
    }


def test_every_route_names_an_action_and_no_action_is_nobodys(settings: Settings) -> None:
    named = used_actions(create_app(settings))
    assert None not in named
    # A row that no route or page names would promise what cannot be done.
    moves = {action_of_move(move) for move in Move}
    assert set(service.PERMISSIONS) - named - moves == set()


def test_a_route_without_an_action_stops_the_start() -> None:
    @get("/forgotten")
    async def forgotten() -> None:
        """Answer anybody."""

    @get("/twice", guards=[may("pages.read"), may("ledger.read")])
    async def twice() -> None:
        """Answer whom?"""

    for handler in (forgotten, twice):
        with pytest.raises(RouteWithoutAction):
            require_actions(Litestar([handler], openapi_config=None))


def test_an_action_without_a_row_cannot_be_named() -> None:
    with pytest.raises(KeyError):
        may("ledger.rewrite")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.action}-{row.relation}")
def test_each_row_makes_sense(row: service.Permission) -> None:
    assert row.roles
    assert Role.FACILITY_SYSTEM not in row.roles, "systems are admitted by scope, not by role"
    if row.public:
        assert row.roles == PEOPLE
        assert not (row.states or row.scopes or row.step_up)
    if row.scopes:
        assert row.relation is Relation.ACCESS
    if row.single_factor:
        assert row.relation is Relation.ACCOUNT
    if row.client_scope is not None:
        assert row.relation is Relation.FACILITY
        assert not row.step_up, "a system proves nothing more than its key"
    if row.any_client:
        assert row.action == "identity.permissions"
    if row.relation is Relation.PLATFORM:
        assert row.roles <= {Role.OPERATOR, Role.AUDITOR, Role.MINISTRY_OFFICER}


def test_no_action_is_public_in_one_row_and_closed_in_another() -> None:
    for rows in service.PERMISSIONS.values():
        assert len({row.public for row in rows}) == 1


def test_an_auditor_reaches_nothing_clinical() -> None:
    clinical = ("records.", "consents.grant", "referrals.read_record", "referrals.outcome")
    for action, rows in service.PERMISSIONS.items():
        if action.startswith(clinical):
            others = [row for row in rows if row.relation is not Relation.ACCESS]
            assert all(Role.AUDITOR not in row.roles for row in others), action


def test_the_states_of_a_referral_are_states_it_can_be_in() -> None:
    known = {status.value for status in ReferralStatus}
    for action, rows in service.PERMISSIONS.items():
        if action.startswith("referrals."):
            assert {state for row in rows for state in row.states} <= known
    assert set(TRANSITIONS) == set(Move)


@given(st.sampled_from(list(service.PERMISSIONS)), st.sampled_from(list(Role)))
def test_who_is_admitted_has_a_row(action: str, role: Role) -> None:
    rows = service.PERMISSIONS[action]
    expected = any(row.public or role in row.roles for row in rows)
    try:
        service.admit(person(role), action, NOW)
    except WrongRole:
        assert not expected
    else:
        assert expected


@given(st.sampled_from(list(service.PERMISSIONS)))
def test_nobody_without_a_session_passes_but_where_everybody_does(action: str) -> None:
    public = service.PERMISSIONS[action][0].public
    try:
        service.admit(ANONYMOUS, action, NOW)
    except Unauthenticated:
        assert not public
    else:
        assert public


def test_a_fresh_strong_factor_lasts_five_minutes_and_not_longer() -> None:
    service.admit(person(Role.PATIENT, minutes=5), "consents.grant", NOW)
    for actor in (person(Role.PATIENT, minutes=5.01), person(Role.PATIENT, minutes=None)):
        with pytest.raises(StepUpNeeded):
            service.admit(actor, "consents.grant", NOW)
        service.admit(actor, "consents.revoke", NOW)


def test_one_factor_opens_nothing_but_the_account_itself() -> None:
    single = person(Role.PATIENT, single=True)
    for action, rows in service.PERMISSIONS.items():
        if any(row.public or row.single_factor for row in rows):
            continue
        with pytest.raises((SecondFactorNeeded, WrongRole)):
            service.admit(single, action, NOW)


def test_a_system_does_what_its_scopes_say_and_nothing_else() -> None:
    service.admit(client("bookings:read"), "bookings.read", NOW)
    with pytest.raises(ScopeMissing):
        service.admit(client("bookings:read"), "bookings.accept", NOW)
    with pytest.raises(WrongRole):
        service.admit(client("bookings:read", "bookings:write"), "records.read", NOW)
    service.admit(client(), "identity.permissions", NOW)
    with pytest.raises(WrongRole):
        service.admit(client(*ClientScope), "identity.me", NOW)


@given(st.sets(st.sampled_from(list(ClientScope))))
def test_what_a_system_is_told_it_may_do_is_what_it_may_do(scopes: set[ClientScope]) -> None:
    actor = client(*scopes)
    told = {view.action: view for view in service.permissions_of(actor, NOW)}
    assert not any(view.needs_step_up for view in told.values())
    for action in service.PERMISSIONS:
        try:
            service.admit(actor, action, NOW)
        except (WrongRole, ScopeMissing):
            assert action not in told
        else:
            assert action in told


def test_no_scope_opens_what_is_clinical_or_personal() -> None:
    every = client(*ClientScope)
    rooms = {
        view.action.partition(".")[0]
        for view in service.permissions_of(every, NOW)
        if view.relation is not Relation.ANYONE
    }
    assert rooms == {"identity", "catalogue", "availability", "bookings"}


def test_a_relation_that_was_found_is_the_only_one_that_counts() -> None:
    clinician = person(Role.CLINICIAN)
    service.require(clinician, "bookings.cancel")
    with pytest.raises(WrongRole):
        service.require(clinician, "bookings.cancel", relation=Relation.FACILITY)
    service.require(SYSTEM, "bookings.cancel", relation=Relation.FACILITY)


@given(st.sampled_from(list(Role)), st.booleans(), st.sampled_from([0.0, 10.0, None]))
def test_what_a_client_is_told_it_may_do_is_what_it_may_do(
    role: Role, single: bool, minutes: float | None
) -> None:
    actor = person(role, single=single, minutes=minutes)
    told = {view.action: view for view in service.permissions_of(actor, NOW)}
    for action in service.PERMISSIONS:
        try:
            service.admit(actor, action, NOW)
            admitted = True
        except StepUpNeeded:
            assert told[action].needs_step_up
            continue
        except (WrongRole, SecondFactorNeeded):
            admitted = False
        assert (action in told) is admitted, action
