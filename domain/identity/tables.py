"""Accounts, organisations, memberships and sessions."""

from piccolo.columns import UUID, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table


class Organisation(Table, tablename="organisation"):
    id = UUID(primary_key=True, default=None)
    kind = Text(default=None, null=False)
    name = Text(default=None, null=False)
    jurisdiction = Varchar(length=2, default=None, null=False)
    demo_key = Text(default=None, null=True, unique=True)
    created_at = Timestamptz(default=None, null=False)


class Account(Table, tablename="account"):
    id = UUID(primary_key=True, default=None)
    person_id = UUID(default=None, null=False)
    email_index = Bytea(default=None, null=False, unique=True)
    email_sealed = Bytea(default=None, null=False)
    password_hash = Text(default=None, null=True)
    language = Text(default=None, null=False)
    demo_key = Text(default=None, null=True, unique=True)
    created_at = Timestamptz(default=None, null=False)
    closed_at = Timestamptz(default=None, null=True)


class Membership(Table, tablename="membership"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=False, on_delete=OnDelete.restrict
    )
    role = Text(default=None, null=False)
    display_name = Text(default=None, null=False)
    licence_number = Text(default=None, null=True)
    starts_at = Timestamptz(default=None, null=False)
    ends_at = Timestamptz(default=None, null=True)


class Session(Table, tablename="session"):
    id = UUID(primary_key=True, default=None)
    token_hash = Bytea(default=None, null=False, unique=True)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    membership_id = ForeignKey(
        references=Membership, default=None, null=True, on_delete=OnDelete.restrict
    )
    carrier = Text(default=None, null=False)
    method = Text(default="passkey", null=False)
    strong_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    last_seen_at = Timestamptz(default=None, null=False)
    idle_until = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)
