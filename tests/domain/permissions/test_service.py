"""Asking the table: which rows admit whom, and what a refusal tells the one who asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Assurance, ClientScope, Role
from domain.errors import Unauthenticated
from domain.patients.types import AccessScope
from domain.permissions import service
from domain.permissions.errors import ScopeMissing, SecondFactorNeeded, StepUpNeeded, WrongRole
from domain.permissions.types import Permission, PermissionView, Relation
from tests.factories.actors import EVERYBODY, OURS, PEOPLE, STAFF, person, refused, system_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SUBJECT = ("booking", 7)
PATIENT, DOCTOR = person(Role.PATIENT), person(Role.REFERRING_DOCTOR)


def row(action: str, *roles: Role, relation: Relation = Relation.ACCESS, **more: Any) -> Permission:
    return Permission(action=action, roles=frozenset(roles), relation=relation, **more)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put invented rows in the place of the table."""

    def put(*rows: Permission) -> None:
        monkeypatch.setattr(service, "PERMISSIONS", service.by_action(rows))

    return put


def test_rows_are_found_by_their_action_in_the_tables_order_and_stay_as_they_are() -> None:
    first, other, second = row("a", Role.PATIENT), row("b", Role.PAYER), row("a", Role.AUDITOR)
    found: Any = service.by_action([first, other, second])
    assert list(found.items()) == [("a", (first, second)), ("b", (other,))]
    with pytest.raises(TypeError):
        found["c"] = (first,)
    assert service.by_action([]) == {}


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_who_is_admitted_by_a_row(who: str, actor: Actor, table: Any) -> None:
    public = row("read", *PEOPLE, relation=Relation.ANYONE)
    of_role = row("read", *(role for role in PEOPLE if role == who))
    of_others = row("read", *(role for role in PEOPLE if role != who))
    scoped = row("read", client_scope=ClientScope.BOOKINGS_READ)
    any_client = row("read", any_client=True)
    table(public, of_role, of_others, scoped, any_client)
    expected = {"a system": (public, scoped, any_client)}
    if who in {"nobody", "the marketplace"}:
        expected[who] = (public,)
    assert service.rows_for(actor, "read") == expected.get(who, (public, of_role))


def test_an_action_that_the_table_does_not_know_is_a_mistake_in_the_code() -> None:
    for asking in (service.rows_for, service.require):
        with pytest.raises(KeyError):
            asking(PATIENT, "bookings.steal")


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_who_accepts_bookings(who: str, actor: Actor) -> None:
    if who in {"the marketplace", "a system", "coordinator", "scheduler"}:
        service.require(actor, "bookings.accept", subject=SUBJECT)
    elif who == "nobody":
        with refused(Unauthenticated, "unauthenticated"):
            service.require(actor, "bookings.accept", subject=SUBJECT)
    else:
        with refused(WrongRole, "wrong_role", SUBJECT) as caught:
            service.require(actor, "bookings.accept", subject=SUBJECT)
        assert str(caught.value).endswith("coordinator, scheduler")
        assert caught.value.extensions == {"action": "bookings.accept"}


def test_a_refusal_names_the_roles_of_every_relation() -> None:
    with refused(WrongRole, "wrong_role") as caught:
        service.require(person(Role.PAYER), "records.read")
    assert str(caught.value).endswith("clinician, coordinator, patient, referring_doctor")


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("role", PEOPLE)
def test_a_relation_that_was_found_admits_only_its_own_rows(role: Role, relation: Relation) -> None:
    may = {
        Relation.ACCESS: {Role.PATIENT},
        Relation.PRACTICE: {Role.REFERRING_DOCTOR},
        Relation.CONSENT: {Role.CLINICIAN, Role.COORDINATOR, Role.REFERRING_DOCTOR},
        Relation.ORGANISATION: set(STAFF),
        Relation.JURISDICTION: {Role.MINISTRY_OFFICER},
    }
    actor = person(role)
    if role in may.get(relation, set()):
        service.require(actor, "files.read", relation=relation, subject=SUBJECT)
        return
    with refused(WrongRole, "wrong_role", SUBJECT):
        service.require(actor, "files.read", relation=relation, subject=SUBJECT)


def test_a_system_is_told_which_scopes_would_do(table: Any) -> None:
    table(
        row("do", Role.PATIENT),
        row("do", client_scope=ClientScope.OFFERS_WRITE),
        row("do", client_scope=ClientScope.BOOKINGS_READ),
        row("do", client_scope=ClientScope.BOOKINGS_READ, relation=Relation.CONSENT),
        row("other", client_scope=ClientScope.AVAILABILITY_READ),
    )
    for scope in (ClientScope.OFFERS_WRITE, ClientScope.BOOKINGS_READ):
        service.require(system_of(OURS, scope), "do")
    for scopes in ((), (ClientScope.AVAILABILITY_READ,)):
        with refused(ScopeMissing, "scope_missing", SUBJECT) as caught:
            service.require(system_of(OURS, *scopes), "do", subject=SUBJECT)
        wanted = ["bookings:read", "offers:write"]
        assert caught.value.extensions == {"action": "do", "scopes": wanted}
    with refused(ScopeMissing, "scope_missing") as caught:
        service.require(system_of(OURS, ClientScope.OFFERS_WRITE), "do", relation=Relation.CONSENT)
    assert caught.value.extensions["scopes"] == ["bookings:read"]


def test_a_scope_that_a_person_could_not_hold_does_not_matter_for_people(table: Any) -> None:
    table(row("do", Role.CLINICIAN, client_scope=ClientScope.BOOKINGS_READ))
    service.require(person(Role.CLINICIAN), "do")
    with refused(WrongRole, "wrong_role"):
        service.require(PATIENT, "do")


@pytest.mark.parametrize("action", ["identity.me", "records.read", "referrals.accept"])
def test_no_scope_lets_a_system_do_what_is_for_people(action: str) -> None:
    with refused(WrongRole, "wrong_role", SUBJECT):
        service.require(system_of(OURS, *ClientScope), action, subject=SUBJECT)


@pytest.mark.parametrize(
    ("action", "states"),
    [
        ("bookings.pay", {"held", "pending_payment"}),
        ("erasures.refuse", {"asked", "reviewed"}),
        ("referrals.cancel", {
            "draft", "submitted", "received", "info_requested", "accepted", "quoted", "chosen",
            "funded", "scheduled",
        }),
        ("ledger.read", set()),
    ],
)  # fmt: skip
def test_the_states_of_an_action_are_those_of_all_its_rows(action: str, states: set[str]) -> None:
    assert service.states_of(action) == states


def test_states_that_two_rows_name_apart_come_together(table: Any) -> None:
    table(row("do", states=frozenset({"a", "b"})), row("do", states=frozenset({"c"})))
    assert service.states_of("do") == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, microseconds=1), False),
        (timedelta(seconds=-1), True),  # by the clock of another process, a little ahead
    ],
)
def test_a_strong_factor_is_fresh_for_five_minutes(ago: timedelta, expected: bool) -> None:
    assert service.fresh(person(Role.PATIENT, strong_at=NOW - ago), NOW) is expected


def test_a_factor_that_was_never_proved_is_not_fresh() -> None:
    assert service.fresh(PATIENT, NOW) is False


def test_a_step_up_is_asked_where_every_row_of_the_caller_asks_it(table: Any) -> None:
    table(
        row("both", Role.PATIENT, step_up=True),
        row("both", Role.PATIENT, step_up=True, relation=Relation.CONSENT),
        row("one", Role.PATIENT, step_up=True),
        row("one", Role.PATIENT, relation=Relation.CONSENT),
        row("others", Role.PATIENT, step_up=True),
        row("others", Role.PAYER),
    )
    service.admit(PATIENT, "one", NOW)
    for action in ("both", "others"):
        with refused(StepUpNeeded, "step_up_needed") as caught:
            service.admit(PATIENT, action, NOW)
        assert caught.value.extensions == {"action": action}
        service.admit(person(Role.PATIENT, strong_at=NOW), action, NOW)


def test_one_factor_is_enough_where_any_row_of_the_caller_says_so(table: Any) -> None:
    table(
        row("account", Role.PATIENT, single_factor=True),
        row("account", Role.PATIENT, relation=Relation.CONSENT),
        row("public", *PEOPLE, relation=Relation.ANYONE),
        row("others", Role.PAYER, single_factor=True),
        row("others", Role.PATIENT),
    )
    single = person(Role.PATIENT, assurance=Assurance.SINGLE_FACTOR)
    for action in ("account", "public"):
        service.admit(single, action, NOW)
    with refused(SecondFactorNeeded, "second_factor_needed") as caught:
        service.admit(single, "others", NOW)
    assert caught.value.extensions == {"action": "others"}
    service.admit(PATIENT, "others", NOW)


def test_a_missing_second_factor_is_said_before_a_stale_one() -> None:
    single = person(Role.PATIENT, assurance=Assurance.SINGLE_FACTOR)
    with refused(SecondFactorNeeded, "second_factor_needed"):
        service.admit(single, "consents.grant", NOW)


def test_only_people_are_asked_for_factors(table: Any) -> None:
    table(
        row("do", Role.PATIENT, step_up=True, client_scope=ClientScope.BOOKINGS_READ),
        row("read", *PEOPLE, relation=Relation.ANYONE),
    )
    service.admit(SYSTEM, "do", NOW)
    service.admit(system_of(OURS, ClientScope.BOOKINGS_READ), "do", NOW)
    service.admit(ANONYMOUS, "read", NOW)
    with refused(Unauthenticated, "unauthenticated"):
        service.admit(ANONYMOUS, "do", NOW)
    with refused(ScopeMissing, "scope_missing"):
        service.admit(system_of(OURS), "do", NOW)


def test_the_caller_is_told_scopes_states_and_whether_to_step_up_in_the_tables_order(
    table: Any,
) -> None:
    table(
        row("z", Role.PATIENT, step_up=True, scopes=frozenset(AccessScope)),
        row("a", Role.PATIENT, states=frozenset({"sent", "draft"})),
        row("hidden", Role.PAYER),
        row("z", Role.PATIENT, relation=Relation.CONSENT),
    )
    accept, consent, message, pay, view = (
        AccessScope(name) for name in ("accept_quote", "consent", "message", "pay", "view")
    )
    scopes = [accept, consent, message, pay, view]

    def told(needs: bool) -> list[PermissionView]:
        return [
            PermissionView("z", Relation.ACCESS, scopes, [], needs),
            PermissionView("z", Relation.CONSENT, [], [], False),
            PermissionView("a", Relation.ACCESS, [], ["draft", "sent"], False),
        ]

    assert service.permissions_of(PATIENT, NOW) == told(True)
    assert service.permissions_of(person(Role.PATIENT, strong_at=NOW), NOW) == told(False)


def test_with_one_factor_the_caller_is_told_only_what_it_opens(table: Any) -> None:
    table(
        row("first", Role.PATIENT),
        row("public", *PEOPLE, relation=Relation.ANYONE),
        row("account", Role.PATIENT),
        row("account", Role.PATIENT, single_factor=True, relation=Relation.ACCOUNT),
    )
    single = person(Role.PATIENT, assurance=Assurance.SINGLE_FACTOR)
    told = [(view.action, view.relation) for view in service.permissions_of(single, NOW)]
    assert told == [("public", Relation.ANYONE), ("account", Relation.ACCOUNT)]
    assert len(service.permissions_of(PATIENT, NOW)) == 4


def test_a_system_is_told_what_its_scopes_open_and_never_to_step_up(table: Any) -> None:
    table(
        row("closed", Role.PATIENT),
        row("shut", client_scope=ClientScope.OFFERS_WRITE),
        row("open", client_scope=ClientScope.OFFERS_WRITE),
        row("open", step_up=True, client_scope=ClientScope.BOOKINGS_READ),
        row("public", *PEOPLE, relation=Relation.ANYONE),
        row("any", any_client=True),
    )
    system = system_of(OURS, ClientScope.BOOKINGS_READ)
    told = service.permissions_of(system, NOW)
    assert [view.action for view in told] == ["open", "public", "any"]
    assert not any(view.needs_step_up for view in told)
