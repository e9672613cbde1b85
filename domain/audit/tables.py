"""Audit rows, the ones still to be sealed, and the seals of each chain."""

from piccolo.columns import JSONB, UUID, BigInt, Bytea, Text, Timestamptz
from piccolo.table import Table


class AuditEvent(Table, tablename="audit_event"):
    id = UUID(primary_key=True, default=None)
    at = Timestamptz(default=None, null=False)
    chain = Text(default=None, null=False)
    actor_kind = Text(default=None, null=False)
    account_id = UUID(default=None, null=True)
    organisation_id = UUID(default=None, null=True)
    role = Text(default=None, null=True)
    action = Text(default=None, null=False)
    outcome = Text(default=None, null=False)
    subject_kind = Text(default=None, null=True)
    subject_id = Text(default=None, null=True)
    patient_id = UUID(default=None, null=True)
    home_state = Text(default=None, null=True)
    on_behalf_of = UUID(default=None, null=True)
    consent_id = UUID(default=None, null=True)
    purpose = Text(default=None, null=True)
    detail = JSONB(default=None, null=True)
    request_id = Text(default=None, null=True)
    client_id = UUID(default=None, null=True)


class AuditPending(Table, tablename="audit_pending"):
    event_id = UUID(primary_key=True, default=None)


class AuditSeal(Table, tablename="audit_seal"):
    id = UUID(primary_key=True, default=None)
    chain = Text(default=None, null=False)
    position = BigInt(default=None, null=False)
    event_id = UUID(default=None, null=False)
    mac = Bytea(default=None, null=False)
    sealed_at = Timestamptz(default=None, null=False)
