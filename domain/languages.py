"""The languages of the network, asked of whatever names one."""

from collections.abc import Iterable

from domain.errors import Invalid
from domain.jurisdictions import LANGUAGES


class UnknownLanguage(Invalid):
    """The tag names none of the languages and scripts the catalogue speaks."""

    code = "unknown_language"
    title = "This is not one of the languages of the network"


def require_languages(tags: Iterable[str]) -> None:
    """Refuse a BCP 47 tag outside those of the network; raises UnknownLanguage."""
    if unknown := sorted(set(tags) - set(LANGUAGES)):
        raise UnknownLanguage(unknown=unknown, languages=list(LANGUAGES))
