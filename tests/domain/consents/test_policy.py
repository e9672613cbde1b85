"""Who asks for a consent, and who answers: never a role that reads nothing clinical."""

import pytest

from domain.actor import Actor, Role
from domain.consents.policy import require_asker, require_consenter
from domain.errors import Forbidden, Unauthenticated
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope
from tests.factories.actors import EVERYBODY, OTHER, person, refused
from tests.factories.neighbours import CONSENT, PATIENT, SUBJECT, Neighbours

ACTOR, DOCTOR = person(Role.PATIENT), person(Role.REFERRING_DOCTOR)
SELF, PROXY, MANDATE = AccessKind.SELF, AccessKind.PROXY, AccessKind.MANDATE
BUT_CONSENT = set(AccessScope) - {AccessScope.CONSENT}


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
async def test_the_patients_side_and_the_caring_practice_ask(
    who: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, actor, kinds=[SELF], scopes=[AccessScope.CONSENT], in_care=True)
    if who in {"patient", "referring_doctor"}:
        assert await require_asker(actor, PATIENT) == "UZ"
    elif who in {"nobody", "the marketplace"}:
        with refused(Unauthenticated, "unauthenticated"):
            await require_asker(actor, PATIENT)
    else:
        with refused(Forbidden, "forbidden") as caught:
            await require_asker(actor, PATIENT)
        assert "patient or a doctor" in str(caught.value)


async def test_a_doctor_asks_only_for_patients_in_care(monkeypatch: pytest.MonkeyPatch) -> None:
    # A doctor who may act for the patient privately asks as a patient, not under this hat.
    Neighbours(monkeypatch, DOCTOR, kinds=[SELF], scopes=[AccessScope.CONSENT])
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await require_asker(DOCTOR, PATIENT)


async def test_the_patients_side_asks_only_with_the_scope_to_consent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Neighbours(monkeypatch, ACTOR, kinds=[MANDATE], scopes=BUT_CONSENT)
    with refused(Forbidden, "forbidden", SUBJECT):
        await require_asker(ACTOR, PATIENT)
    with refused(NoSuchPatient, "patient_not_found", SUBJECT):
        await require_asker(person(Role.PATIENT, account_id=OTHER), PATIENT)


@pytest.mark.parametrize(
    ("kinds", "behalf"),
    [
        ([SELF], None),
        ([PROXY], PATIENT),
        ([MANDATE], PATIENT),
        ([MANDATE, SELF], None),
        ([PROXY, MANDATE], PATIENT),
    ],
)
async def test_an_answer_says_on_whose_behalf(
    kinds: list[AccessKind], behalf: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbours(monkeypatch, ACTOR, kinds=kinds, scopes=[AccessScope.CONSENT])
    assert await require_consenter(ACTOR, PATIENT, CONSENT) == behalf


async def test_who_may_not_consent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Neighbours(monkeypatch, ACTOR, kinds=[MANDATE], scopes=BUT_CONSENT)
    with refused(Forbidden, "forbidden", SUBJECT):
        await require_consenter(ACTOR, PATIENT, CONSENT)


async def test_who_sees_the_consent_of_another_is_told_that_it_is_not_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Neighbours(monkeypatch, DOCTOR, in_care=True)
    with refused(Forbidden, "forbidden", ("consent", CONSENT)) as caught:
        await require_consenter(DOCTOR, PATIENT, CONSENT)
    assert "decides about this" in str(caught.value)
