"""Who may propose, agree to, confirm and undo a merge."""

from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import UUID

from domain.actor import Actor, Role
from domain.errors import Forbidden
from domain.merges.errors import FilesContradict, MergeNotAgreed, OwnFileMerge, SameOfficer
from domain.merges.rules import Holders, speakers
from domain.merges.types import MergePreview
from domain.patients.errors import NoSuchPatient
from domain.permissions.service import require_account as require_account


def is_officer(actor: Actor) -> bool:
    """Tell whether the actor decides about others' files."""
    return actor.role in (Role.MINISTRY_OFFICER, Role.OPERATOR)


def require_reach(actor: Actor, file: Any | None, patient_id: UUID) -> None:
    """Refuse an officer a file of another state, as if it did not exist; raises NoSuchPatient."""
    elsewhere = actor.role is Role.MINISTRY_OFFICER and (
        file is not None and file["home_state"] != actor.jurisdiction
    )
    if file is None or elsewhere:
        raise NoSuchPatient(subject=("patient", patient_id))


def require_no_stake(actor: Actor, holders: Mapping[UUID, Holders]) -> None:
    """Refuse an officer who acts for one of the files."""
    if any(actor.account_id in each for each in holders.values()):
        raise OwnFileMerge


def require_speaker(actor: Actor, holders: Holders, patient_id: UUID) -> None:
    """Refuse whoever does not speak for a file, such as a parent whose child signs in."""
    if actor.account_id not in speakers(holders):
        refuse_speaker(patient_id)


def refuse_speaker(patient_id: UUID) -> NoReturn:
    """Say that another speaks for the file."""
    raise Forbidden("The patient agrees to this in person", subject=("patient", patient_id))


def require_confirmer(
    actor: Actor, merge: Any, holders: Mapping[UUID, Holders], preview: MergePreview
) -> bool:
    """Return whether an officer confirms; refuse whoever may not.

    Those who speak for both files confirm alone where nothing contradicts.
    """
    if is_officer(actor):
        require_no_stake(actor, holders)
        if merge["proposed_by"] == actor.account_id:
            raise SameOfficer(subject=("patient_merge", merge["id"]))
        return True
    if not any(actor.account_id in speakers(each) for each in holders.values()):
        refuse_speaker(merge["survivor_id"])
    if preview.contradictions:
        raise FilesContradict(contradictions=sorted(preview.contradictions))
    if preview.needs_officer:
        raise MergeNotAgreed("A second officer confirms, since nobody signs in to one of the files")
    return False


def require_undoer(actor: Actor, merge: Any) -> None:
    """Admit an officer, and whoever agreed for one of the files."""
    agreed = {merge["survivor_agreed_by"], merge["alias_agreed_by"]} - {None}
    if not is_officer(actor) and actor.account_id not in agreed:
        refuse_speaker(merge["survivor_id"])
