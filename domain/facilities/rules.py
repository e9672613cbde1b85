"""Pure decisions about facilities: what a valid one is and under which keys it is found."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from domain.clock import zone
from domain.facilities.errors import CoordinatesIncomplete, NameWithoutLetters
from domain.facilities.places import place_of
from domain.facilities.types import CreateFacility, PositionOf
from domain.jurisdictions import jurisdiction
from domain.languages import require_languages
from domain.text import clean, fold


def require_valid(command: CreateFacility) -> None:
    """Refuse an unknown state or zone, half a position and names that nobody could find."""
    jurisdiction(command.jurisdiction)
    if command.zone is not None:
        zone(command.zone)
    if (command.latitude is None) != (command.longitude is None):
        raise CoordinatesIncomplete
    require_languages([*command.names, *command.city_names])
    for field, text in (("name", command.name), ("city", command.city)):
        if not fold(text):
            raise NameWithoutLetters(fields={field: NameWithoutLetters.title})


def spoken(names: dict[str, str]) -> dict[str, str]:
    """Return the names cleaned for storing, empty ones left out."""
    cleaned = {tag: clean(text) for tag, text in names.items()}
    return {tag: text for tag, text in cleaned.items() if text}


def spellings(name: str, names: dict[str, str]) -> list[tuple[str | None, str, str]]:
    """Return (language, text, folded) of a name and its translations, each folding once."""
    found: dict[str, tuple[str | None, str, str]] = {}
    for tag, text in [(None, name), *names.items()]:
        if (folded := fold(text)) and folded not in found:
            found[folded] = (tag, text, folded)
    return list(found.values())


def columns_of(command: CreateFacility, register_specialties: Sequence[str]) -> dict[str, Any]:
    """Return what is stored of a facility, cleaned and folded."""
    name, city = clean(command.name), clean(command.city)
    position, position_of = (command.latitude, command.longitude), PositionOf.SITE
    if command.latitude is None:
        position_of = PositionOf.TOWN
        position = place_of(command.jurisdiction, fold(city)) or (None, None)
    return {
        "jurisdiction": command.jurisdiction,
        "kind": command.kind.value,
        "name": name,
        "name_folded": fold(name),
        "names": _json(spoken(command.names)),
        "city": city,
        "city_key": fold(city),
        "city_names": _json(spoken(command.city_names)),
        "zone": command.zone or jurisdiction(command.jurisdiction).zone,
        "latitude": position[0],
        "longitude": position[1],
        "position_of": None if position[0] is None else position_of.value,
        "address": clean(command.address or "") or None,
        "phone": clean(command.phone or "") or None,
        "website": command.website,
        "languages": list(dict.fromkeys(command.languages)),
        "register_specialties": list(register_specialties),
    }


def _json(names: dict[str, str]) -> str:
    return msgspec.json.encode(names, order="sorted").decode()


_TOLD = (
    "jurisdiction", "kind", "name", "names", "city", "city_names", "zone", "latitude",
    "longitude", "address", "phone", "website", "languages", "register_specialties",
)  # fmt: skip


def facts(columns: Mapping[str, Any]) -> dict[str, str]:
    """Return what a stored facility says, flat and without what is absent.

    `names.tr` is the Turkish name; lists are joined by commas. A position that was looked up by
    the town is nothing the facility says.
    """
    found: dict[str, str] = {}
    looked_up = ("latitude", "longitude") if columns["position_of"] == PositionOf.TOWN else ()
    for column in _TOLD:
        if column in looked_up:
            continue
        value = columns[column]
        if column in ("names", "city_names"):
            spoken_as = msgspec.json.decode(value, type=dict[str, str])
            found |= {f"{column}.{tag}": text for tag, text in spoken_as.items()}
        elif isinstance(value, list):
            found |= {column: ", ".join(value)} if value else {}
        elif value is not None:
            found[column] = str(value)
    return found
