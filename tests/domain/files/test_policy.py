"""Who reads, brings and removes files: of patients by their grounds, evidence by its owner."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, ClientScope, Role
from domain.consents.errors import ConsentWithdrawn
from domain.errors import Forbidden, Unauthenticated
from domain.files import policy
from domain.files.errors import NoSuchFile
from domain.files.policy import Basis
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope
from domain.permissions import service as permissions
from domain.permissions.errors import WrongRole
from domain.permissions.table import TABLE
from domain.permissions.types import Permission, Relation
from tests.factories.actors import (
    EVERYBODY,
    OTHER,
    OURS,
    PEOPLE,
    STAFF,
    THEIRS,
    person,
    refused,
    system_of,
)
from tests.factories.neighbours import (
    CONSENT,
    ENDED,
    HELD,
    PATIENT,
    SUBJECT,
    Neighbours,
    every_ground,
)

FILE = UUID(int=0xF1)
OF_FILE, OF_US = ("file", FILE), ("organisation", OURS)
SELF, PROXY, MANDATE = AccessKind.SELF, AccessKind.PROXY, AccessKind.MANDATE
VIEW = [AccessScope.VIEW]
ACTOR, DOCTOR = person(Role.PATIENT), person(Role.REFERRING_DOCTOR)
CLINICIAN = person(Role.CLINICIAN)
CLINICAL = {Role.CLINICIAN, Role.COORDINATOR}
CARE, CONSENTED = Basis("UZ"), Basis("UZ", by_consent=True, consent_id=CONSENT)
SIGNED_OUT = {who: EVERYBODY[who] for who in ("nobody", "the marketplace")}


def of_patient(**known: Any) -> dict[str, Any]:
    values = {"patient_id": PATIENT, "organisation_id": None, "home_state": "UZ"}
    return {**values, "consent_id": None, "status": "available", **known}


def evidence(**known: Any) -> dict[str, Any]:
    return of_patient(patient_id=None, organisation_id=OURS, home_state="KZ", **known)


async def allowed(asking: Callable[[Actor], Awaitable[object]], actor: Actor) -> bool:
    """Tell whether a role is let through; it is either that, or told that it is another's."""
    try:
        await asking(actor)
    except WrongRole as error:
        assert error.code == "wrong_role"
        assert error.subject in (SUBJECT, OF_FILE)
        return False
    return True


@pytest.mark.parametrize("role", PEOPLE)
async def test_each_role_lists_and_reads_on_its_own_ground(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, file = person(role), of_patient(consent_id=CONSENT)
    every_ground(monkeypatch, actor)
    expected = {Role.PATIENT: CARE, Role.REFERRING_DOCTOR: CARE}
    expected |= dict.fromkeys(CLINICAL, CONSENTED)
    if role in expected:
        assert await policy.require_reader(actor, PATIENT) == expected[role]
        assert await policy.require_reader_of(actor, file, FILE) == expected[role]
        return
    with refused(WrongRole, "wrong_role", SUBJECT) as caught:
        await policy.require_reader(actor, PATIENT)
    assert caught.value.extensions == {"action": "files.list"}


@pytest.mark.parametrize("role", PEOPLE)
async def test_the_patients_side_brings_and_removes_files_and_the_doctor_brings_them(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = person(role)
    every_ground(monkeypatch, actor)
    assert await allowed(lambda who: policy.require_uploader(who, PATIENT), actor) is (
        role in {Role.PATIENT, Role.REFERRING_DOCTOR}
    )
    assert await allowed(lambda who: policy.require_remover_of(who, of_patient(), FILE), actor) is (
        role is Role.PATIENT
    )


@pytest.mark.parametrize("who", SIGNED_OUT)
async def test_without_signing_in_nothing_is_read_or_brought(
    who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = SIGNED_OUT[who]
    every_ground(monkeypatch, actor)
    for asking in (
        policy.require_uploader(actor, PATIENT),
        policy.require_reader(actor, PATIENT),
        policy.require_reader_of(actor, of_patient(), FILE),
        policy.require_reader_of(actor, evidence(), FILE),
        policy.require_writer_of(actor, of_patient(), FILE),
        policy.require_writer_of(actor, evidence(), FILE),
    ):
        with refused(Unauthenticated, "unauthenticated"):
            await asking
    with refused(Unauthenticated, "unauthenticated"):
        policy.require_own_organisation(actor, OURS)


async def test_nobody_removes_what_is_not_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    every_ground(monkeypatch, ACTOR)
    with refused(Unauthenticated, "unauthenticated"):
        await policy.require_remover_of(ANONYMOUS, of_patient(), FILE)
    for file in (None, evidence()):
        with refused(NoSuchFile, "file_not_found", OF_FILE):
            await policy.require_remover_of(ACTOR, file, FILE)
    with refused(WrongRole, "wrong_role", OF_FILE):
        await policy.require_remover_of(DOCTOR, of_patient(), FILE)
    other = person(Role.PATIENT, account_id=OTHER)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await policy.require_remover_of(other, of_patient(), FILE)


@pytest.mark.parametrize(
    ("kinds", "behalf"),
    [([SELF], None), ([PROXY], PATIENT), ([MANDATE], PATIENT), ([MANDATE, SELF], None)],
)
async def test_the_patients_side_acts_with_the_scope_to_view_and_says_for_whom(
    kinds: list[AccessKind], behalf: UUID | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ways() -> list[Awaitable[Basis]]:
        return [
            policy.require_uploader(ACTOR, PATIENT),
            policy.require_reader(ACTOR, PATIENT),
            policy.require_reader_of(ACTOR, of_patient(), FILE),
            policy.require_remover_of(ACTOR, of_patient(), FILE),
        ]

    Neighbours(monkeypatch, ACTOR, kinds=kinds, scopes=VIEW)
    for way in ways():
        assert await way == Basis("UZ", behalf=behalf)
    Neighbours(monkeypatch, ACTOR, kinds=kinds, scopes=set(AccessScope) - set(VIEW))
    for way in ways():
        with refused(Forbidden, "forbidden", SUBJECT):
            await way


@pytest.mark.parametrize("actor", [DOCTOR, CLINICIAN], ids=["practice", "facility"])
async def test_who_does_not_care_for_the_patient_lists_files_by_consent(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, actor, consent=HELD)
    assert await policy.require_reader(actor, PATIENT) == CONSENTED
    Neighbours(monkeypatch, actor, consent=ENDED)
    with refused(ConsentWithdrawn, "consent_withdrawn", SUBJECT):
        await policy.require_reader(actor, PATIENT)
    Neighbours(monkeypatch, actor)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await policy.require_reader(actor, PATIENT)


async def test_a_consent_names_an_organisation_and_who_has_none_holds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    homeless = person(Role.CLINICIAN, organisation_id=None)
    Neighbours(monkeypatch, homeless, consent=HELD)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await policy.require_reader(homeless, PATIENT)


@pytest.mark.parametrize("actor", [DOCTOR, CLINICIAN], ids=["practice", "facility"])
async def test_a_consent_opens_a_file_only_when_it_permits_it_and_it_was_checked(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, actor)
    permitted = of_patient(consent_id=CONSENT)
    assert await policy.require_reader_of(actor, permitted, FILE) == CONSENTED
    for file in (
        None,
        of_patient(),
        *(of_patient(consent_id=CONSENT, status=status) for status in ("pending", "deleted")),
    ):
        with refused(NoSuchFile, "file_not_found", OF_FILE):
            await policy.require_reader_of(actor, file, FILE)


async def test_the_caring_practice_reads_files_before_they_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Neighbours(monkeypatch, DOCTOR, in_care=True)
    assert await policy.require_reader_of(DOCTOR, of_patient(status="pending"), FILE) == CARE


@pytest.mark.parametrize("role", PEOPLE)
async def test_evidence_is_read_by_the_staff_of_its_facility(role: Role) -> None:
    colleague = person(role, organisation_id=OURS, jurisdiction="TR")
    if role in STAFF:
        assert await policy.require_reader_of(colleague, evidence(), FILE) == Basis("KZ")
        return
    with refused(WrongRole, "wrong_role", OF_FILE):
        await policy.require_reader_of(colleague, evidence(), FILE)


async def test_evidence_is_read_by_officers_of_the_state_that_lists_it() -> None:
    officer = person(Role.MINISTRY_OFFICER, organisation_id=THEIRS)
    assert await policy.require_reader_of(officer, evidence(), FILE) == Basis("KZ")
    for state in ("TR", None):
        abroad = person(Role.MINISTRY_OFFICER, organisation_id=THEIRS, jurisdiction=state)
        with refused(NoSuchFile, "file_not_found", OF_FILE):
            await policy.require_reader_of(abroad, evidence(), FILE)


@pytest.mark.parametrize("role", [*STAFF, Role.REFERRING_DOCTOR, Role.PATIENT])
async def test_another_facility_learns_nothing_of_evidence(role: Role) -> None:
    for state in ("KZ", "TR"):
        stranger = person(role, organisation_id=THEIRS, jurisdiction=state)
        with refused(NoSuchFile, "file_not_found", OF_FILE):
            await policy.require_reader_of(stranger, evidence(), FILE)


@pytest.mark.parametrize("role", PEOPLE)
def test_evidence_is_brought_by_the_staff_of_exactly_this_organisation(role: Role) -> None:
    actor = person(role, organisation_id=OURS)
    if role not in STAFF:
        with refused(WrongRole, "wrong_role", OF_US) as caught:
            policy.require_own_organisation(actor, OURS)
        assert caught.value.extensions == {"action": "files.upload_evidence"}
        return
    policy.require_own_organisation(actor, OURS)
    with refused(Forbidden, "forbidden", OF_US) as caught:
        policy.require_own_organisation(person(role, organisation_id=THEIRS), OURS)
    assert "this organisation" in str(caught.value)


async def test_content_is_sent_by_who_may_bring_files_to_its_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    every_ground(monkeypatch, ACTOR)
    await policy.require_writer_of(ACTOR, of_patient(), FILE)
    await policy.require_writer_of(CLINICIAN, evidence(), FILE)
    with refused(WrongRole, "wrong_role", OF_US):
        await policy.require_writer_of(DOCTOR, evidence(), FILE)
    with refused(WrongRole, "wrong_role", SUBJECT):
        await policy.require_writer_of(CLINICIAN, of_patient(), FILE)
    for actor, file in (
        (ACTOR, None),
        (person(Role.PATIENT, account_id=OTHER), of_patient()),
        (DOCTOR, of_patient()),
    ):
        with refused(NoSuchFile, "file_not_found", OF_FILE):
            await policy.require_writer_of(actor, file, FILE)


async def test_a_facilitys_system_touches_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    actor = system_of(OURS, *ClientScope)
    every_ground(monkeypatch, actor)
    for asking, subject in (
        (policy.require_reader(actor, PATIENT), SUBJECT),
        (policy.require_uploader(actor, PATIENT), SUBJECT),
        (policy.require_reader_of(actor, evidence(), FILE), OF_FILE),
        (policy.require_remover_of(actor, of_patient(), FILE), OF_FILE),
        (policy.require_writer_of(actor, evidence(), FILE), OF_US),
    ):
        with refused(WrongRole, "wrong_role", subject):
            await asking


async def test_the_marketplace_itself_holds_no_access(monkeypatch: pytest.MonkeyPatch) -> None:
    Neighbours(monkeypatch, SYSTEM)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await policy.require_remover_of(SYSTEM, of_patient(), FILE)


async def test_what_the_table_grants_by_another_relation_opens_nothing_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    doctors = frozenset({Role.REFERRING_DOCTOR})
    rows = [
        Permission(action=action, roles=doctors, relation=Relation.PRACTICE)
        for action in ("files.delete", "files.upload_evidence")
    ]
    more = permissions.by_action([*TABLE, *rows])
    monkeypatch.setattr(permissions, "PERMISSIONS", more)
    every_ground(monkeypatch, DOCTOR)
    with refused(WrongRole, "wrong_role", OF_FILE):
        await policy.require_remover_of(DOCTOR, of_patient(), FILE)
    with refused(WrongRole, "wrong_role", OF_US):
        policy.require_own_organisation(DOCTOR, OURS)
