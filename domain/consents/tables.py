"""Consents and the log of their moves."""

from piccolo.columns import UUID, Array, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from domain.patients.tables import Patient


class Consent(Table, tablename="consent"):
    id = UUID(primary_key=True, default=None)
    patient_id = ForeignKey(
        references=Patient, default=None, null=False, on_delete=OnDelete.restrict
    )
    home_state = Varchar(length=2, default=None, null=False)
    episode_id = UUID(default=None, null=True)
    purpose = Text(default=None, null=False)
    grantee_organisation_id = UUID(default=None, null=False)
    grantee_role = Text(default=None, null=True)
    grantee_country = Varchar(length=2, default=None, null=False)
    requested_by = UUID(default=None, null=False)
    requesting_organisation_id = UUID(default=None, null=True)
    categories = Array(base_column=Text(), default=None, null=False)
    excluded_labels = Array(base_column=Text(), default=None, null=False)
    data_from = Timestamptz(default=None, null=True)
    data_to = Timestamptz(default=None, null=True)
    access_mode = Text(default=None, null=False)
    valid_from = Timestamptz(default=None, null=False)
    valid_until = Timestamptz(default=None, null=False)
    legal_basis = Text(default=None, null=False)
    safeguard = Text(default=None, null=False)
    text_version = Text(default=None, null=True)
    language = Text(default=None, null=True)
    text_sealed = Bytea(default=None, null=True)
    signature_sha256 = Bytea(default=None, null=True)
    how_given = Text(default=None, null=True)
    status = Text(default=None, null=False)
    version = Integer(default=1, null=False)
    granted_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=None, null=False)
    updated_at = Timestamptz(default=None, null=False)


class ConsentTransition(Table, tablename="consent_transition"):
    id = UUID(primary_key=True, default=None)
    consent_id = ForeignKey(
        references=Consent, default=None, null=False, on_delete=OnDelete.restrict
    )
    patient_id = UUID(default=None, null=False)
    home_state = Varchar(length=2, default=None, null=False)
    from_status = Text(default=None, null=True)
    to_status = Text(default=None, null=False)
    version = Integer(default=None, null=False)
    account_id = UUID(default=None, null=True)
    organisation_id = UUID(default=None, null=True)
    on_behalf_of = UUID(default=None, null=True)
    at = Timestamptz(default=None, null=False)
