"""The vocabulary of profiles: what a facility says of itself, and its pictures."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import LanguageTag

Department = Annotated[str, msgspec.Meta(min_length=2, max_length=80, pattern="^[a-z_]+$")]
AltText = Annotated[str, msgspec.Meta(min_length=3, max_length=250)]
AltTexts = Annotated[dict[LanguageTag, AltText], msgspec.Meta(min_length=1, max_length=11)]


class Accessibility(StrEnum):
    """What makes a facility usable for people with disabilities."""

    STEP_FREE_ENTRANCE = "step_free_entrance"
    LIFT = "lift"
    ACCESSIBLE_TOILET = "accessible_toilet"
    ACCESSIBLE_PARKING = "accessible_parking"
    WHEELCHAIRS = "wheelchairs"
    BRAILLE_SIGNS = "braille_signs"
    HEARING_LOOP = "hearing_loop"
    SIGN_LANGUAGE = "sign_language"
    ASSISTANCE_DOGS = "assistance_dogs"


class PhotoWidth(StrEnum):
    """The widths in which a photo is kept, in pixels; a smaller one is never enlarged."""

    SMALL = "480"
    LARGE = "1280"


class WriteProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a facility says of itself: its departments by specialty, languages of care, access."""

    departments: Annotated[list[Department], msgspec.Meta(max_length=100)] = []
    languages: Annotated[list[LanguageTag], msgspec.Meta(max_length=20)] = []
    accessibility: Annotated[list[Accessibility], msgspec.Meta(max_length=20)] = []


class Airport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An international airport of the network's states, by its IATA code."""

    code: str
    state: str
    city: str
    latitude: float
    longitude: float


class NearAirport(msgspec.Struct, frozen=True):
    """An airport and how far it is, as the crow flies."""

    code: str
    city: str
    state: str
    distance_km: int


class PhotoView(msgspec.Struct, frozen=True):
    """A picture of a facility; `addresses` are those of the same picture by its width in pixels.

    A reader is told the alternative text in their language, else in English, else the first.
    """

    id: UUID
    facility_id: UUID
    alt: dict[str, str]
    addresses: dict[str, str]
    width: int
    height: int
    created_at: datetime


class DescribePhoto(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say in words what a photo shows, by language."""

    alt: AltTexts


class OrderPhotos(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which order the photos of a facility are shown: all of them, the first one first."""

    photos: Annotated[list[UUID], msgspec.Meta(max_length=12)]


class ProfileView(msgspec.Struct, frozen=True):
    """What a facility says of itself, how to get there, and its pictures in their order.

    `languages` are those of the facility where the profile names none. `airports` are the nearest
    three within 400 km, and none where nobody knows the facility's position. Before anything was
    said the version is 0.
    """

    facility_id: UUID
    departments: list[str]
    languages: list[str]
    accessibility: list[Accessibility]
    airports: list[NearAirport]
    photos: list[PhotoView]
    version: int
