"""Who may see and decide on credentials."""

from uuid import UUID

from domain.actor import Actor, ActorKind
from domain.credentials.errors import (
    NoSuchCredential,
    NoSuchRecognition,
    OwnDecision,
    SameOfficer,
    SameRecorder,
)
from domain.credentials.types import CredentialView


def require_decider(actor: Actor, credential: CredentialView) -> None:
    """Refuse whoever is no officer of the credential's state.

    An officer of another state learns nothing (NoSuchCredential).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.jurisdiction != credential.jurisdiction:
        raise NoSuchCredential(subject=("credential", credential.id))


def require_holder(actor: Actor, credential: CredentialView, organisation_id: UUID | None) -> None:
    """Refuse whoever does not act for the organisation that holds the credential.

    Another organisation's people learn nothing (NoSuchCredential).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.organisation_id is None or actor.organisation_id != organisation_id:
        raise NoSuchCredential(subject=("credential", credential.id))


def require_second_officer(actor: Actor, verified_by: object, credential: CredentialView) -> None:
    """Refuse the officer who verified the credential: four eyes."""
    if actor.account_id is None or actor.account_id == verified_by:
        raise SameOfficer(subject=("credential", credential.id))


def require_other_officer(actor: Actor, decided_by: object, credential: CredentialView) -> None:
    """Refuse the officer whose decision is appealed: four eyes."""
    if actor.account_id is None or actor.account_id == decided_by:
        raise OwnDecision(subject=("credential", credential.id))


def require_own_recognition(actor: Actor, jurisdiction: str | None, recognition_id: UUID) -> None:
    """Refuse whoever is no officer of the jurisdiction that recognises.

    An officer of another state learns nothing (NoSuchRecognition); an international recognition
    is nobody's to change.
    """
    if jurisdiction is None or actor.jurisdiction != jurisdiction:
        raise NoSuchRecognition(subject=("recognition", recognition_id))


def require_second_recorder(actor: Actor, recorded_by: object, recognition_id: UUID) -> None:
    """Refuse the officer who recorded the recognition: four eyes."""
    if actor.account_id is None or actor.account_id == recorded_by:
        raise SameRecorder(subject=("recognition", recognition_id))
