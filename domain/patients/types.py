"""The vocabulary of patients and of access to their files."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import PersonName


class AccessKind(StrEnum):
    """Why an account may act for a patient."""

    SELF = "self"
    PROXY = "proxy"
    MANDATE = "mandate"


class AccessScope(StrEnum):
    """What an account may do for a patient."""

    VIEW = "view"
    MESSAGE = "message"
    PAY = "pay"
    ACCEPT_QUOTE = "accept_quote"
    CONSENT = "consent"


class PatientView(msgspec.Struct, frozen=True):
    """A patient as somebody with access, a practice or a treating facility sees them."""

    id: UUID
    name: PersonName
    birth_date: str | None
    home_state: str


class AccessView(msgspec.Struct, frozen=True):
    account_id: UUID
    kind: AccessKind
    scopes: list[AccessScope]
    until: datetime | None


class NewCareCode(msgspec.Struct, frozen=True):
    """A code the patient reads out to a practice; it works once and for a short time."""

    code: str
    expires_at: datetime


class RedeemCareCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A practice takes a patient into its care with the code the patient gave."""

    code: Annotated[str, msgspec.Meta(min_length=8, max_length=20)]
