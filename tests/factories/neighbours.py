"""The rooms of patients and consents as one caller finds them, without a database."""

from collections.abc import Iterable
from uuid import UUID

import pytest

from domain.actor import Actor
from domain.consents.service import Standing
from domain.errors import Forbidden
from domain.patients.errors import NoSuchPatient
from domain.patients.types import AccessKind, AccessScope, AccessView

PATIENT, CONSENT, EPISODE = UUID(int=0xD1), UUID(int=0xD2), UUID(int=0xD3)
SUBJECT = ("patient", PATIENT)
HELD, ENDED = Standing(CONSENT, "UZ", False), Standing(None, "UZ", True)
NOTHING = Standing(None, None, False)
"""What an organisation may hold from the patient: a consent, one that has ended, or nothing."""


def access(kind: AccessKind, *scopes: AccessScope) -> AccessView:
    """Return an access to the patient, without an end."""
    return AccessView(
        id=UUID(int=0xD4), account_id=UUID(int=0xB1), kind=kind, scopes=list(scopes), until=None
    )


class Neighbours:
    """What policies ask about `PATIENT`, and are told of this caller and of nobody else.

    `kinds` and `scopes` say how the caller may act for the patient, `in_care` that their practice
    cares for the patient, `consent` what their organisation holds for `episode`.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        actor: Actor,
        *,
        kinds: Iterable[AccessKind] = (),
        scopes: Iterable[AccessScope] = (),
        in_care: bool = False,
        consent: Standing = NOTHING,
        episode: UUID | None = None,
    ) -> None:
        self.actor, self.kinds, self.scopes = actor, list(kinds), set(scopes)
        self.in_care, self.consent, self.episode = in_care, consent, episode
        for name in ("require_scope", "require_care_of", "require_visible", "list_access"):
            monkeypatch.setattr(f"domain.patients.service.{name}", getattr(self, name))
        monkeypatch.setattr("domain.consents.service.standing", self.standing)

    async def require_scope(self, actor: Actor, patient_id: UUID, scope: AccessScope) -> None:
        self._require(actor, patient_id, bool(self.kinds))
        if scope not in self.scopes:
            raise Forbidden(subject=SUBJECT)

    async def require_care_of(self, actor: Actor, patient_id: UUID) -> str:
        self._require(actor, patient_id, self.in_care)
        return "UZ"

    async def require_visible(self, actor: Actor, patient_id: UUID) -> str:
        self._require(actor, patient_id, self.in_care or bool(self.kinds))
        return "UZ"

    async def list_access(self, actor: Actor, patient_id: UUID) -> list[AccessView]:
        self._require(actor, patient_id, bool(self.kinds))
        return [access(kind, *self.scopes) for kind in self.kinds]

    async def standing(
        self,
        actor: Actor,
        patient_id: UUID,
        organisation_id: UUID,
        episode_id: UUID | None = None,
    ) -> Standing:
        asked = (actor, patient_id, organisation_id, episode_id)
        known = asked == (self.actor, PATIENT, self.actor.organisation_id, self.episode)
        return self.consent if known else NOTHING

    def _require(self, actor: Actor, patient_id: UUID, holds: bool) -> None:
        if not holds or (actor, patient_id) != (self.actor, PATIENT):
            raise NoSuchPatient(subject=SUBJECT)


def every_ground(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    """Let the caller hold every ground there is, so that only the role decides."""
    Neighbours(
        monkeypatch,
        actor,
        kinds=[AccessKind.SELF],
        scopes=AccessScope,
        in_care=True,
        consent=HELD,
    )
