"""Callers of every kind and role, and exact refusals, for tests of policies without a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from domain.actor import ANONYMOUS, FACILITY_ROLES, SYSTEM, Actor, ActorKind, ClientScope, Role
from domain.errors import DomainError

OURS, THEIRS = UUID(int=0xA1), UUID(int=0xA2)
"""Two organisations: whoever is not a patient belongs to the first unless a test says otherwise."""

ME, OTHER = UUID(int=0xB1), UUID(int=0xB2)
"""Two accounts: everybody signs in with the first unless a test says otherwise."""

PEOPLE = [role for role in Role if role is not Role.FACILITY_SYSTEM]
STAFF = sorted(FACILITY_ROLES)


def person(role: Role, **known: Any) -> Actor:
    """Return a signed-in person of Kazakhstan; `known` changes what their session proved."""
    organisation = None if role is Role.PATIENT else OURS
    values = {"account_id": ME, "organisation_id": organisation, "jurisdiction": "KZ"}
    return Actor(kind=ActorKind.PERSON, role=role, **{**values, **known})


def system_of(organisation_id: UUID, *scopes: ClientScope) -> Actor:
    """Return a facility's system with these scopes."""
    return Actor(
        kind=ActorKind.CLIENT,
        role=Role.FACILITY_SYSTEM,
        client_id=UUID(int=0xC1),
        organisation_id=organisation_id,
        jurisdiction="KZ",
        scopes=frozenset(scopes),
    )


EVERYBODY = {
    "nobody": ANONYMOUS,
    "the marketplace": SYSTEM,
    "a system": system_of(OURS, *ClientScope),
    **{role.value: person(role) for role in PEOPLE},
}
"""One caller of every kind and role, by name."""


@contextmanager
def refused(
    error: type[DomainError], code: str, subject: tuple[str, object] | None = None
) -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """Expect exactly this refusal: its class, the code clients read, the subject audits keep."""
    with pytest.raises(error) as caught:
        yield caught
    found = type(caught.value), caught.value.code, caught.value.subject
    assert found == (error, code, subject), found
