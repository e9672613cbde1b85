"""Clients with their public keys, the tokens they hold, and the assertions already used."""

from piccolo.columns import JSONB, UUID, Array, Bytea, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.identity.tables import Organisation


class Client(Table, tablename="client"):
    id = UUID(primary_key=True, default=None)
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=False, on_delete=OnDelete.restrict
    )
    name = Text(default=None, null=False)
    scopes = Array(base_column=Text(), default=None, null=False)
    registered_by = UUID(default=None, null=True)
    registered_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)


class ClientKey(Table, tablename="client_key"):
    id = UUID(primary_key=True, default=None)
    client_id = ForeignKey(references=Client, default=None, null=False, on_delete=OnDelete.restrict)
    kid = Text(default=None, null=False)
    thumbprint = Text(default=None, null=False)
    jwk = JSONB(default=None, null=False)
    added_by = UUID(default=None, null=True)
    added_at = Timestamptz(default=None, null=False)
    last_used_at = Timestamptz(default=None, null=True)
    retired_at = Timestamptz(default=None, null=True)


class ClientToken(Table, tablename="client_token"):
    token_hash = Bytea(primary_key=True, default=None)
    client_id = ForeignKey(references=Client, default=None, null=False, on_delete=OnDelete.restrict)
    key_id = ForeignKey(references=ClientKey, default=None, null=False, on_delete=OnDelete.restrict)
    scopes = Array(base_column=Text(), default=None, null=False)
    issued_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)


class ClientAssertion(Table, tablename="client_assertion"):
    id = UUID(primary_key=True, default=None)
    client_id = ForeignKey(references=Client, default=None, null=False, on_delete=OnDelete.restrict)
    jti_hash = Bytea(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
