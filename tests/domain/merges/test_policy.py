"""Who proposes, agrees to, confirms and undoes a merge of two files."""

from typing import Any
from uuid import UUID

import pytest

from domain.actor import Actor, ActorKind, Role
from domain.errors import Forbidden, Unauthenticated
from domain.merges import policy
from domain.merges.errors import FilesContradict, MergeNotAgreed, OwnFileMerge, SameOfficer
from domain.merges.types import Contradiction, MergePreview
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind
from tests.factories.actors import EVERYBODY, ME, OTHER, PEOPLE, person, refused

SURVIVOR, ALIAS, MERGE = UUID(int=1), UUID(int=2), UUID(int=3)
SELF, PROXY = AccessKind.SELF, AccessKind.PROXY
OFFICER, OPERATOR = person(Role.MINISTRY_OFFICER), person(Role.OPERATOR)
PATIENT = person(Role.PATIENT)
STRANGERS: Any = {SURVIVOR: {OTHER: SELF}, ALIAS: {OTHER: PROXY}}
MINE: Any = {SURVIVOR: {ME: SELF}, ALIAS: {ME: PROXY}}


def merge(**known: Any) -> dict[str, Any]:
    values = {"id": MERGE, "survivor_id": SURVIVOR, "proposed_by": OTHER}
    agreed = {"survivor_agreed_by": None, "alias_agreed_by": None}
    return {**values, **agreed, **known}


def preview(*contradictions: Contradiction, needs_officer: bool = False) -> MergePreview:
    return MergePreview(
        merge_id=MERGE, preview="", survivor=None, alias=None, waits_for=[],
        contradictions=list(contradictions), needs_officer=needs_officer,
    )  # fmt: skip


@pytest.mark.parametrize(("who", "actor"), EVERYBODY.items(), ids=list(EVERYBODY))
def test_only_people_merge_files_and_only_officers_merge_others(who: str, actor: Actor) -> None:
    assert policy.is_officer(actor) is (who in {"ministry_officer", "operator"})
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


@pytest.mark.parametrize("role", PEOPLE)
def test_an_officer_reaches_files_of_their_state_only(role: Role) -> None:
    actor, subject = person(role, jurisdiction="KZ"), ("patient", ALIAS)
    policy.require_reach(actor, {"home_state": "KZ"}, ALIAS)
    with refused(NoSuchPatient, "patient_not_found", subject):
        policy.require_reach(actor, None, ALIAS)
    if role is Role.MINISTRY_OFFICER:
        with refused(NoSuchPatient, "patient_not_found", subject):
            policy.require_reach(actor, {"home_state": "TR"}, ALIAS)
    else:
        policy.require_reach(actor, {"home_state": "TR"}, ALIAS)


def test_an_officer_does_not_decide_about_a_file_they_act_for() -> None:
    policy.require_no_stake(OFFICER, STRANGERS)
    for holders in ({**STRANGERS, SURVIVOR: {ME: PROXY}}, {**STRANGERS, ALIAS: {ME: SELF}}):
        with refused(OwnFileMerge, "own_file_merge"):
            policy.require_no_stake(OFFICER, holders)


def test_a_parent_speaks_for_a_file_until_the_patient_signs_in() -> None:
    policy.require_speaker(PATIENT, {ME: SELF, OTHER: PROXY}, ALIAS)
    policy.require_speaker(PATIENT, {ME: PROXY}, ALIAS)
    for holders in ({OTHER: SELF, ME: PROXY}, {OTHER: SELF}, {}):
        with refused(Forbidden, "forbidden", ("patient", ALIAS)) as caught:
            policy.require_speaker(PATIENT, holders, ALIAS)
        assert "in person" in str(caught.value)


@pytest.mark.parametrize("officer", [OFFICER, OPERATOR], ids=["officer", "operator"])
def test_a_second_officer_confirms_whatever_the_files_say(officer: Actor) -> None:
    doubtful = preview(Contradiction.NAME, needs_officer=True)
    assert policy.require_confirmer(officer, merge(), STRANGERS, doubtful) is True
    with refused(SameOfficer, "four_eyes", ("patient_merge", MERGE)):
        policy.require_confirmer(officer, merge(proposed_by=ME), STRANGERS, doubtful)
    with refused(OwnFileMerge, "own_file_merge"):
        policy.require_confirmer(officer, merge(), {**STRANGERS, ALIAS: {ME: SELF}}, doubtful)


@pytest.mark.parametrize("holders", [MINE, {**MINE, ALIAS: {OTHER: SELF}}], ids=["both", "one"])
def test_who_speaks_for_a_file_confirms_what_is_plain(holders: Any) -> None:
    # That the other side has agreed is asked of the preview, not of the person.
    assert policy.require_confirmer(PATIENT, merge(), holders, preview()) is False


def test_who_speaks_for_neither_file_confirms_nothing() -> None:
    for holders in (STRANGERS, {SURVIVOR: {OTHER: SELF, ME: PROXY}, ALIAS: {}}):
        with refused(Forbidden, "forbidden", ("patient", SURVIVOR)):
            policy.require_confirmer(PATIENT, merge(), holders, preview())


def test_what_contradicts_waits_for_an_officer() -> None:
    found = preview(Contradiction.NAME, Contradiction.BIRTH_DATE)
    with refused(FilesContradict, "files_contradict") as caught:
        policy.require_confirmer(PATIENT, merge(), MINE, found)
    assert caught.value.extensions == {"contradictions": ["birth_date", "name"]}


def test_a_file_to_which_nobody_signs_in_waits_for_an_officer() -> None:
    with refused(MergeNotAgreed, "merge_not_agreed") as caught:
        policy.require_confirmer(PATIENT, merge(), MINE, preview(needs_officer=True))
    assert "officer confirms" in str(caught.value)


@pytest.mark.parametrize("side", ["survivor", "alias"])
def test_officers_undo_a_merge_and_so_does_who_agreed_to_it(side: str) -> None:
    policy.require_undoer(PATIENT, merge(**{f"{side}_agreed_by": ME}))
    for officer in (OFFICER, OPERATOR):
        policy.require_undoer(officer, merge())
    with refused(Forbidden, "forbidden", ("patient", SURVIVOR)):
        policy.require_undoer(PATIENT, merge(**{f"{side}_agreed_by": OTHER}))


def test_whom_nobody_asked_has_not_agreed() -> None:
    # An officer confirms where a file has no side of its own: then nobody's account is written.
    for actor in (person(Role.PATIENT, account_id=None), EVERYBODY["a system"]):
        with refused(Forbidden, "forbidden", ("patient", SURVIVOR)):
            policy.require_undoer(actor, merge())
