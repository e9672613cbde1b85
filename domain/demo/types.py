"""What the demo set is made of, and what seeding it made."""

from uuid import UUID

import msgspec

from domain.profiles.types import Accessibility


class DemoLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    label: str
    amount: int | None = None
    cap: int | None = None


class DemoOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    treatment: str
    currency: str
    mode: str
    deposit_percent: int
    lead_time_hours: int
    lines: list[DemoLine]
    inclusions: list[str]
    languages: list[str]


class DemoPractitioner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    specialty: str
    languages: list[str]


class DemoOpening(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Weekdays as in RFC 5545 (`MO,TU`), and the facility's wall clock."""

    days: str
    from_: str
    to: str


class DemoFacility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One invented facility of `facilities.json`."""

    key: str
    jurisdiction: str
    kind: str
    name: str
    names: dict[str, str]
    city: str
    city_names: dict[str, str]
    latitude: float
    longitude: float
    zone: str
    address: str
    languages: list[str]
    accessibility: list[Accessibility]
    accreditation: str
    practitioners: list[DemoPractitioner]
    rooms: int
    beds: int
    opening: DemoOpening
    offers: list[DemoOffer]


class SeededFacility(msgspec.Struct, frozen=True):
    """A facility of the demo set as it stands in the database; `new` when this run made it."""

    facility_id: UUID
    organisation_id: UUID
    facility: DemoFacility
    offers: dict[str, UUID]
    new: bool


class SeedReport(msgspec.Struct, frozen=True):
    """What seeding found or made."""

    facilities: list[SeededFacility]
    people: list[str]
