"""The vocabulary of facilities."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import LanguageTag, StateCode

PlainText = Annotated[str, msgspec.Meta(min_length=2, max_length=300)]


class FacilityKind(StrEnum):
    """What kind of place a facility is; a listing rule may name kinds."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    DENTAL_CLINIC = "dental_clinic"
    LABORATORY = "laboratory"
    DIALYSIS = "dialysis"
    SPA = "spa"
    OTHER = "other"


class Source(StrEnum):
    """Who says that a facility exists."""

    TR_MOH = "tr-moh"
    HU_NEAK = "hu-neak"
    ROR = "ror"
    DEMO = "demo"
    OWN = "own"


class PositionOf(StrEnum):
    """What lies at a facility's position: the site itself, or the middle of its town."""

    SITE = "site"
    TOWN = "town"


class ListingReason(StrEnum):
    """Why a facility is listed now, or that it is not."""

    ACCREDITED = "accredited"
    LICENSED_NOT_ACCREDITED = "licensed_not_accredited"
    NOT_LISTED = "not_listed"


class ListedFilter(StrEnum):
    """Whether a list shows only facilities that may take foreign patients now."""

    ONLY = "only"
    ANY = "any"


class CreateFacility(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Register a facility: a legal entity at one site; `names` and `city_names` by BCP 47 tag."""

    jurisdiction: StateCode
    kind: FacilityKind
    name: PlainText
    names: dict[LanguageTag, PlainText] = {}
    city: PlainText
    city_names: dict[LanguageTag, PlainText] = {}
    zone: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    address: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    phone: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    website: Annotated[str, msgspec.Meta(max_length=300, pattern="^https?://")] | None = None
    languages: Annotated[list[LanguageTag], msgspec.Meta(max_length=20)] = []


class AssignFacility(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hand a facility to the organisation that runs it."""

    organisation_id: UUID


class FacilityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which facilities a list shows; several states mean any of them."""

    state: tuple[str, ...] = ()
    city: str | None = None
    q: str | None = None
    listed: ListedFilter = ListedFilter.ONLY
    cursor: str | None = None
    limit: int = 20


class Listing(msgspec.Struct, frozen=True):
    """Whether the facility may take foreign patients now, by its state's listing rule.

    `missing` names what the rule asks for and no valid credential covers.
    """

    listed: bool
    reason: ListingReason
    missing: list[str]


class FacilityIdentifier(msgspec.Struct, frozen=True):
    """Under which key a register knows a facility."""

    source: Source
    key: str


class FacilityView(msgspec.Struct, frozen=True):
    """A facility as everybody sees it.

    `position_of` says whether the position is that of the site or only of its town.
    `register_specialties` are ours, according to the register it comes from. When its register
    last came without it (`register_gone_at`) officers of its state and operators learn alone. One
    that was merged answers under its old id too, with the survivor's own `id`; `identifiers` are
    those of all registers that know it, and what is told is what `source` says.
    """

    id: UUID
    jurisdiction: str
    kind: FacilityKind
    name: str
    names: dict[str, str]
    city: str
    city_names: dict[str, str]
    zone: str
    latitude: float | None
    longitude: float | None
    position_of: PositionOf | None
    address: str | None
    phone: str | None
    website: str | None
    languages: list[str]
    register_specialties: list[str]
    register_gone_at: datetime | None
    source: Source
    identifiers: list[FacilityIdentifier]
    demo: bool
    organisation_id: UUID | None
    listing: Listing
    version: int
    updated_at: datetime


class FacilityPage(msgspec.Struct, frozen=True):
    """One page of facilities by name; `next` is the cursor of the following page."""

    items: list[FacilityView]
    next: str | None
    total: int


class FacilityRef(msgspec.Struct, frozen=True):
    """What other capabilities decide by: whose a facility is and where it lies."""

    id: UUID
    organisation_id: UUID | None
    jurisdiction: str
    kind: FacilityKind
    name: str
    zone: str
    demo: bool
    version: int


class KnownFacility(msgspec.Struct, frozen=True):
    """What a source said of a facility last, flat by field, and since when it says it no more.

    Where the source only knows it beside another one that speaks for it, it is not `speaking`.
    """

    id: UUID
    facts: dict[str, str]
    gone_at: datetime | None
    speaking: bool = True
