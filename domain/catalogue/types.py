"""The vocabulary of the catalogue: treatments, offers, their lines and their terms."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import LanguageTag
from domain.money import Currency, MinorUnits, Money

Label = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
TreatmentCode = Annotated[str, msgspec.Meta(min_length=2, max_length=80, pattern="^[a-z0-9_-]+$")]
Days = Annotated[int, msgspec.Meta(ge=0, le=365)]


class OfferMode(StrEnum):
    """Whether a booking holds at once or waits for the facility's answer."""

    INSTANT = "instant"
    ON_REQUEST = "on_request"


class LineKind(StrEnum):
    """Whether a line is always part of the price, may be added up to its cap, or is not covered."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    EXCLUDED = "excluded"


class Inclusion(StrEnum):
    """What the price includes beside the treatment."""

    INTERPRETER = "interpreter"
    TRANSFER = "transfer"
    NIGHTS = "nights"
    COMPANION = "companion"
    MEDICINES = "medicines"
    FOLLOW_UP_CALL = "follow_up_call"


class CancellationTier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever cancels at least so many hours before gets this share of the deposit back."""

    until_hours_before: Annotated[int, msgspec.Meta(ge=0, le=8760)]
    refund_percent: Annotated[int, msgspec.Meta(ge=0, le=100)]


def usual_tiers() -> list[CancellationTier]:
    """Return what holds where none is named: all until a week before, half until two days."""
    return [CancellationTier(168, 100), CancellationTier(48, 50), CancellationTier(0, 0)]


class OfferLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of an offer, in minor units of the offer's currency.

    A mandatory line has an amount; a conditional one an amount and the cap it never exceeds; an
    excluded one neither.
    """

    kind: LineKind
    label: Label
    amount: MinorUnits | None = None
    cap: MinorUnits | None = None
    supplier: Label | None = None
    tax_code: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    tax_rate: Decimal | None = None


Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]
"""A facility's own number for an offer, by which its price lists find it again."""


class OfferTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may change from one version of an offer to the next.

    The price is the sum of the mandatory lines. Duration and stay default to the treatment's.
    """

    currency: Currency
    lines: Annotated[list[OfferLine], msgspec.Meta(min_length=1, max_length=60)]
    deposit: MinorUnits
    mode: OfferMode
    lead_time_hours: Annotated[int, msgspec.Meta(ge=0, le=8760)]
    duration_minutes: Annotated[int, msgspec.Meta(ge=5, le=2880)] | None = None
    stay_nights: Days | None = None
    languages: Annotated[list[LanguageTag], msgspec.Meta(min_length=1, max_length=20)]
    inclusions: Annotated[list[Inclusion], msgspec.Meta(max_length=6)] = []
    tiers: Annotated[list[CancellationTier], msgspec.Meta(min_length=1, max_length=10)] = (
        msgspec.field(default_factory=usual_tiers)
    )
    practitioner_id: UUID | None = None
    reference: Reference | None = None


class CreateOffer(OfferTerms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Offer a treatment at one's own facility."""

    treatment: TreatmentCode


class RefusedEntry(msgspec.Struct, frozen=True):
    """An offer of a price list that was not taken: the line it begins in, and why."""

    line: int
    reference: str
    reasons: list[str]


class PriceListReport(msgspec.Struct, frozen=True):
    """What a price list did, or would do: offers made, changed and left alone, and refused rows."""

    made: int
    changed: int
    unchanged: int
    refused: list[RefusedEntry]
    tried_only: bool


class Named(msgspec.Struct, frozen=True):
    """A code with its name in the language that was asked for."""

    code: str
    name: str


class SpecialtyView(msgspec.Struct, frozen=True):
    code: str
    name: str
    names: dict[str, str]


class Indication(msgspec.Struct, frozen=True):
    """A condition for which a treatment is done: its ICD-10 code and WHO's English title."""

    code: str
    title: str


class TreatmentView(msgspec.Struct, frozen=True):
    """A treatment of the catalogue; `restricted_in` lists states that forbid or restrict it."""

    code: str
    name: str
    names: dict[str, str]
    specialty: Named
    duration_minutes: int
    stay_nights: int
    fit_to_fly_days: int
    follow_up_days: list[int]
    self_referral: bool
    restricted_in: list[str]
    indications: list[Indication]
    record_categories: list[str]


class NameKind(StrEnum):
    """What kind of name of a treatment a text is."""

    PREFERRED = "preferred"
    SYNONYM = "synonym"
    LAY = "lay"


class TreatmentName(msgspec.Struct, frozen=True):
    """One name of a treatment: who wrote it, and whether a specialist has read it."""

    language: str
    kind: NameKind
    text: str
    source: str
    reviewed: bool


class OfferFacility(msgspec.Struct, frozen=True):
    """Where an offer is carried out."""

    id: UUID
    name: str
    city: str
    state: str
    zone: str
    demo: bool


class OfferView(msgspec.Struct, frozen=True):
    """An offer with its lines; `listed` tells whether patients may book it now."""

    id: UUID
    version: int
    reference: str | None
    treatment: Named
    specialty: Named
    facility: OfferFacility
    practitioner_id: UUID | None
    mode: OfferMode
    price: Money
    deposit: Money
    lines: list[OfferLine]
    lead_time_hours: int
    duration_minutes: int
    stay_nights: int
    languages: list[str]
    inclusions: list[Inclusion]
    tiers: list[CancellationTier]
    active: bool
    listed: bool
    demo: bool
    updated_at: datetime

    @property
    def max_price(self) -> Money:
        """Return what it can become at most: with the caps of whatever may be needed."""
        caps = sum(line.cap or 0 for line in self.lines if line.kind is LineKind.CONDITIONAL)
        return Money(self.price.amount + caps, self.price.currency)


class OfferList(msgspec.Struct, frozen=True):
    """The offers of one facility, cheapest first."""

    items: list[OfferView]
    next: str | None = None


class PricePoint(msgspec.Struct, frozen=True):
    """What an offer cost from one version on."""

    version: int
    price: Money
    since: datetime


class BookableOffer(msgspec.Struct, frozen=True):
    """What a booking takes over from an offer."""

    id: UUID
    version: int
    facility_id: UUID
    organisation_id: UUID | None
    facility_name: str
    jurisdiction: str
    zone: str
    treatment_code: str
    specialty_code: str
    practitioner_id: UUID | None
    mode: OfferMode
    price: Money
    deposit: Money
    lead_time_hours: int
    duration_minutes: int
    stay_nights: int
    tiers: list[CancellationTier]
    demo: bool
