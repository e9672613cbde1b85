"""Who may see and decide on credentials."""

from domain.actor import Actor, ActorKind
from domain.credentials.errors import NoSuchCredential, SameOfficer
from domain.credentials.types import CredentialView


def require_decider(actor: Actor, credential: CredentialView) -> None:
    """Refuse whoever is no officer of the facility's state.

    An officer of another state learns nothing (NoSuchCredential).
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.jurisdiction != credential.jurisdiction:
        raise NoSuchCredential(subject=("credential", credential.id))


def require_second_officer(actor: Actor, verified_by: object, credential: CredentialView) -> None:
    """Refuse the officer who verified the credential: four eyes."""
    if actor.account_id is None or actor.account_id == verified_by:
        raise SameOfficer(subject=("credential", credential.id))
