"""Accounts, organisations, memberships, sessions, and the factors that open them."""

from piccolo.columns import UUID, BigInt, Boolean, Bytea, ForeignKey, Text, Timestamptz, Varchar
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
    licence_verified_at = Timestamptz(default=None, null=True)
    licence_verified_by = UUID(default=None, null=True)
    licence_register = Text(default=None, null=True)
    administers = Boolean(default=False, null=False)
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
    device = Text(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    last_seen_at = Timestamptz(default=None, null=False)
    idle_until = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    revoked_at = Timestamptz(default=None, null=True)


class Passkey(Table, tablename="passkey"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    credential_id = Bytea(default=None, null=False, unique=True)
    public_key = Bytea(default=None, null=False)
    sign_count = BigInt(default=None, null=False)
    label = Text(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    last_used_at = Timestamptz(default=None, null=True)
    suspended_at = Timestamptz(default=None, null=True)


class Authenticator(Table, tablename="authenticator"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    secret_sealed = Bytea(default=None, null=False)
    last_step = BigInt(default=None, null=False)
    created_at = Timestamptz(default=None, null=False)
    confirmed_at = Timestamptz(default=None, null=True)


class RecoveryCode(Table, tablename="recovery_code"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    code_index = Bytea(default=None, null=False, unique=True)
    used_at = Timestamptz(default=None, null=True)


class Challenge(Table, tablename="challenge"):
    id = UUID(primary_key=True, default=None)
    challenge_hash = Bytea(default=None, null=False, unique=True)
    purpose = Text(default=None, null=False)
    account_id = UUID(default=None, null=True)
    expires_at = Timestamptz(default=None, null=False)


class EnrolmentCode(Table, tablename="enrolment_code"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    code_hash = Bytea(default=None, null=False, unique=True)
    replaces_factors = Boolean(default=False, null=False)
    issued_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)


class MailLink(Table, tablename="mail_link"):
    id = UUID(primary_key=True, default=None)
    purpose = Text(default=None, null=False)
    email_index = Bytea(default=None, null=False)
    account_id = UUID(default=None, null=True)
    payload_sealed = Bytea(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    used_at = Timestamptz(default=None, null=True)


class Invitation(Table, tablename="invitation"):
    id = UUID(primary_key=True, default=None)
    organisation_id = ForeignKey(
        references=Organisation, default=None, null=False, on_delete=OnDelete.restrict
    )
    email_index = Bytea(default=None, null=False)
    email_sealed = Bytea(default=None, null=False)
    role = Text(default=None, null=False)
    display_name = Text(default=None, null=False)
    licence_number = Text(default=None, null=True)
    administers = Boolean(default=False, null=False)
    language = Text(default=None, null=False)
    invited_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    accepted_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)


class EidAttempt(Table, tablename="eid_attempt"):
    id = UUID(primary_key=True, default=None)
    provider = Text(default=None, null=False)
    purpose = Text(default=None, null=False)
    account_id = UUID(default=None, null=True)
    binder_hash = Bytea(default=None, null=False)
    wanted = Text(default=None, null=True)
    expires_at = Timestamptz(default=None, null=False)


class EidLink(Table, tablename="eid_link"):
    id = UUID(primary_key=True, default=None)
    account_id = ForeignKey(
        references=Account, default=None, null=False, on_delete=OnDelete.restrict
    )
    provider = Text(default=None, null=False)
    subject_index = Bytea(default=None, null=False, unique=True)
    national_index = Bytea(default=None, null=True)
    claims_sealed = Bytea(default=None, null=False)
    level = Text(default=None, null=False)
    proved_at = Timestamptz(default=None, null=False)
    last_used_at = Timestamptz(default=None, null=True)
