"""Pure decisions about facilities: what a valid one is and under which keys it is found."""

from domain.clock import zone
from domain.facilities.errors import CoordinatesIncomplete, NameWithoutLetters
from domain.facilities.types import CreateFacility
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
