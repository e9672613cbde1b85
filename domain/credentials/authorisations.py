"""Authorisations of organisations: facilitators and operators, for one jurisdiction each."""

from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.clock import utc_now
from domain.credentials import queries, rules, writing
from domain.credentials.errors import NothingToSupersede
from domain.credentials.types import (
    CredentialMove,
    CredentialView,
    FacilitatorPage,
    SubmitAuthorisation,
    SubmitCredential,
)
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.identity import service as identity
from domain.jurisdictions import jurisdiction
from domain.permissions import service as permissions
from domain.text import clean


@transactional
async def list_authorisations(actor: Actor, organisation_id: UUID) -> list[CredentialView]:
    """Return an organisation's authorisations; unconfirmed ones to officers there and operators.

    Raises NoSuchOrganisation.
    """
    await identity.organisation_ref(actor, organisation_id)
    return await queries.held_by_organisation(organisation_id, visible_to=actor)


@transactional
async def list_facilitators(
    actor: Actor, state: str | None = None, *, cursor: str | None = None, limit: int = 50
) -> FacilitatorPage:
    """Return the agencies that are authorised now, for a state or any, by name.

    Raises UnknownJurisdiction, CursorInvalid.
    """
    code = None if state is None else jurisdiction(state).code
    question = ("facilitators", code)
    after = None if cursor is None else read_cursor(cursor, question, tuple[str, UUID])
    found = await queries.facilitators(code, after, limit + 1)
    items = found[:limit]
    following = None
    if len(found) > limit:
        following = make_cursor(question, (items[-1].name, items[-1].id))
    return FacilitatorPage(items, following)


@transactional
async def submit_authorisation(
    actor: Actor, organisation_id: UUID, command: SubmitAuthorisation
) -> CredentialView:
    """Hand in an organisation's authorisation, as the operator; two officers there decide.

    Raises NoSuchOrganisation, WrongHolder, UnknownJurisdiction, ImpossibleDates,
    NothingToSupersede, CredentialKnown.
    """
    permissions.require(actor, "credentials.submit_authorisation")
    organisation = await identity.organisation_ref(actor, organisation_id)
    rules.require_kind_of_organisation(command.kind, organisation.kind)
    place = jurisdiction(command.jurisdiction)
    facts = msgspec.structs.asdict(command)
    del facts["jurisdiction"]
    plain = SubmitCredential(**facts)
    rules.require_consistent(plain, utc_now().date())
    if command.supersedes and not await queries.belongs_to(
        command.supersedes, organisation_id=organisation_id
    ):
        raise NothingToSupersede(fields={"supersedes": NothingToSupersede.title})
    row = writing.handed_in(
        actor, plain, clean(command.body), organisation_id=organisation_id,
        jurisdiction=place.code, zone=place.zone, demo=organisation.demo,
    )  # fmt: skip
    await queries.insert_credential(row)
    return await writing.note(actor, "submit_authorisation", CredentialMove.SUBMIT, row.id)
