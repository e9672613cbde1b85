"""Who reads a record and who adds to it, and on which ground."""

from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, SYSTEM, Actor, Role
from domain.consents.errors import ConsentWithdrawn
from domain.errors import Forbidden, Unauthenticated
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope
from domain.records import policy
from domain.records.errors import NoSuchRecord
from domain.records.policy import Basis
from tests.factories.actors import OTHER, PEOPLE, THEIRS, person, refused, system_of
from tests.factories.neighbours import (
    CONSENT,
    ENDED,
    EPISODE,
    HELD,
    PATIENT,
    SUBJECT,
    Neighbours,
    every_ground,
)

SELF, PROXY, MANDATE = AccessKind.SELF, AccessKind.PROXY, AccessKind.MANDATE
VIEW = [AccessScope.VIEW]
ACTOR, DOCTOR = person(Role.PATIENT), person(Role.REFERRING_DOCTOR)
CLINICIAN = person(Role.CLINICIAN)
CARE, CONSENTED = Basis("UZ"), Basis("UZ", by_consent=True, consent_id=CONSENT)
CLINICAL = {Role.CLINICIAN, Role.COORDINATOR}
SIGNED_OUT = [ANONYMOUS, SYSTEM]


@pytest.mark.parametrize("role", PEOPLE)
async def test_each_role_reads_on_its_own_ground(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = person(role)
    every_ground(monkeypatch, actor)
    if role in {Role.PATIENT, Role.REFERRING_DOCTOR}:
        assert await policy.require_reader(actor, PATIENT) == CARE
    elif role in CLINICAL:
        assert await policy.require_reader(actor, PATIENT) == CONSENTED
    else:
        for reading in (
            policy.require_reader(actor, PATIENT),
            policy.require_consent(actor, PATIENT, None),
        ):
            with refused(Forbidden, "forbidden", SUBJECT) as caught:
                await reading
            assert "does not read records" in str(caught.value)


@pytest.mark.parametrize("actor", SIGNED_OUT, ids=["nobody", "the marketplace"])
async def test_without_signing_in_nobody_reads_or_writes(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_ground(monkeypatch, actor)
    for asking in (
        policy.require_reader(actor, PATIENT),
        policy.require_consent(actor, PATIENT, None),
        policy.require_writer(actor, PATIENT),
    ):
        with refused(Unauthenticated, "unauthenticated"):
            await asking


async def test_a_facilitys_system_neither_reads_nor_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor = system_of(THEIRS)
    every_ground(monkeypatch, actor)
    for asking in (
        policy.require_reader(actor, PATIENT),
        policy.require_consent(actor, PATIENT, None),
        policy.require_writer(actor, PATIENT),
    ):
        with refused(Forbidden, "forbidden", SUBJECT):
            await asking


@pytest.mark.parametrize(
    ("kinds", "behalf"),
    [([SELF], None), ([PROXY], PATIENT), ([MANDATE], PATIENT), ([MANDATE, SELF], None)],
)
async def test_the_patients_side_reads_with_the_scope_to_view(
    kinds: list[AccessKind], behalf: UUID | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, ACTOR, kinds=kinds, scopes=VIEW)
    assert await policy.require_reader(ACTOR, PATIENT) == Basis("UZ", behalf=behalf)
    Neighbours(monkeypatch, ACTOR, kinds=kinds, scopes=set(AccessScope) - set(VIEW))
    for asking in (policy.require_reader(ACTOR, PATIENT), policy.require_writer(ACTOR, PATIENT)):
        with refused(Forbidden, "forbidden", SUBJECT):
            await asking


async def test_a_stranger_learns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    every_ground(monkeypatch, ACTOR)
    other = person(Role.PATIENT, account_id=OTHER)
    for asking in (policy.require_reader(other, PATIENT), policy.require_writer(other, PATIENT)):
        with refused(NoSuchPatient, "patient_not_found", SUBJECT):
            await asking


@pytest.mark.parametrize("actor", [DOCTOR, CLINICIAN], ids=["practice", "facility"])
async def test_who_does_not_care_for_the_patient_needs_a_consent(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, actor, consent=HELD)
    assert await policy.require_reader(actor, PATIENT) == CONSENTED
    Neighbours(monkeypatch, actor, consent=ENDED)
    with refused(ConsentWithdrawn, "consent_withdrawn", SUBJECT):
        await policy.require_reader(actor, PATIENT)
    Neighbours(monkeypatch, actor)
    with refused(NoSuchRecord, "patient_not_found", SUBJECT):
        await policy.require_reader(actor, PATIENT)


async def test_a_consent_for_one_episode_opens_nothing_in_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Neighbours(monkeypatch, CLINICIAN, consent=HELD, episode=EPISODE)
    assert await policy.require_reader(CLINICIAN, PATIENT, EPISODE) == CONSENTED
    assert await policy.require_consent(CLINICIAN, PATIENT, EPISODE) == CONSENTED
    for episode in (None, UUID(int=1)):
        with refused(NoSuchRecord, "patient_not_found", SUBJECT):
            await policy.require_reader(CLINICIAN, PATIENT, episode)


async def test_a_consent_names_an_organisation_and_who_has_none_holds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for role in (Role.CLINICIAN, Role.PATIENT):
        actor = person(role, organisation_id=None)
        every_ground(monkeypatch, actor)
        with refused(Forbidden, "forbidden", SUBJECT) as caught:
            await policy.require_consent(actor, PATIENT, None)
        assert "does not read records" in str(caught.value)


@pytest.mark.parametrize("role", PEOPLE)
async def test_only_the_patients_side_and_their_doctor_add_to_a_record(
    role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = person(role)
    every_ground(monkeypatch, actor)
    if role in {Role.PATIENT, Role.REFERRING_DOCTOR}:
        assert await policy.require_writer(actor, PATIENT) == CARE
        return
    with refused(Forbidden, "forbidden", SUBJECT) as caught:
        await policy.require_writer(actor, PATIENT)
    assert "does not write records" in str(caught.value)


@pytest.mark.parametrize(
    ("kinds", "behalf"), [([SELF], None), ([PROXY], PATIENT), ([MANDATE, PROXY], PATIENT)]
)
async def test_a_parent_adds_to_a_childs_record_in_the_childs_name(
    kinds: list[AccessKind], behalf: UUID | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, ACTOR, kinds=kinds, scopes=VIEW)
    assert await policy.require_writer(ACTOR, PATIENT) == Basis("UZ", behalf=behalf)


async def test_whom_the_patient_asked_to_help_reads_but_does_not_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Neighbours(monkeypatch, ACTOR, kinds=[MANDATE], scopes=list(AccessScope))
    with refused(Forbidden, "forbidden", SUBJECT) as caught:
        await policy.require_writer(ACTOR, PATIENT)
    assert "adds to the record" in str(caught.value)


async def test_a_doctor_adds_to_the_records_of_patients_in_care_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Neighbours(monkeypatch, DOCTOR, in_care=True)
    assert await policy.require_doctor_of(DOCTOR, PATIENT) == CARE
    Neighbours(monkeypatch, DOCTOR, consent=HELD, kinds=[SELF], scopes=VIEW)
    for asking in (
        policy.require_doctor_of(DOCTOR, PATIENT),
        policy.require_writer(DOCTOR, PATIENT),
    ):
        with refused(NoSuchPatient, "patient_not_found", SUBJECT):
            await asking
