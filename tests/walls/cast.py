"""Who asks in the isolation matrix, and how each stands to the one patient it is about."""

import httpx
import msgspec

from domain.actor import ClientScope, Role
from domain.patients.types import AccessScope
from domain.permissions.types import Permission, Relation

ALL = frozenset(AccessScope)


class Member(msgspec.Struct):
    """One actor of the matrix.

    `relations` are those in which the actor stands to the patient's things, with the scopes of an
    access; `client_scopes` are those of a facility's system; `sees` are the canaries that may
    appear in an answer to this actor. Whoever has `ended` is refused even what is public: the
    token does not hold.
    """

    name: str
    client: httpx.AsyncClient
    role: Role | None
    relations: frozenset[Relation] = frozenset()
    scopes: frozenset[AccessScope] = frozenset()
    client_scopes: frozenset[ClientScope] = frozenset()
    sees: frozenset[str] = frozenset()
    ended: bool = False

    def admitted_by(self, row: Permission, *, names_a_thing: bool) -> bool:
        """Tell whether a row of the permission table lets this actor act on the patient's things.

        Where an operation names nothing (one's own lists, a new thing of one's own), the role
        decides alone; what the answer may contain is looked at apart.
        """
        if self.ended:
            return False
        if row.public:
            return True
        if self.role is Role.FACILITY_SYSTEM:
            if not row.open_to(self.client_scopes):
                return False
        elif self.role not in row.roles:
            return False
        if not names_a_thing:
            return True
        return row.relation in self.relations and row.scopes <= self.scopes
