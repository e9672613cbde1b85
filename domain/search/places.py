"""The states of the network by their names in every language."""

from functools import cache, lru_cache

from babel import Locale

from domain.jurisdictions import JURISDICTIONS, LANGUAGES
from domain.search.wording import same_word
from domain.text import fold

# Babel reads kk-Latn as Cyrillic Kazakh, which folds to the same words.
_LOCALES = {"uz-Cyrl": "uz_Cyrl", "kk-Latn": "kk"}
_NORTHERN_CYPRUS = {
    "en": "Northern Cyprus",
    "tr": "Kuzey Kıbrıs",
    "az": "Şimali Kipr",
    "kk": "Солтүстік Кипр",
    "kk-Latn": "Soltüstık Kipr",
    "ky": "Түндүк Кипр",
    "uz": "Shimoliy Kipr",
    "uz-Cyrl": "Шимолий Кипр",
    "ru": "Северный Кипр",
    "hu": "Észak-Ciprus",
    "tk": "Demirgazyk Kipr",
}
_KAZAKH_LATIN = {
    "AZ": "Äzerbaijan", "HU": "Majarstan", "KG": "Qyrğyzstan", "KZ": "Qazaqstan",
    "TM": "Türıkmenstan", "TR": "Türkia", "UZ": "Özbekstan",
}  # fmt: skip
_OTHERWISE = {"TR": ("Turkey",), "XN": ("TRNC", "KKTC")}


@cache
def state_name(code: str, language: str) -> str:
    """Return the name of a state of the network in one of its languages."""
    if code == "XN":
        return _NORTHERN_CYPRUS.get(language, _NORTHERN_CYPRUS["en"])
    if language == "kk-Latn":
        return _KAZAKH_LATIN[code]
    territories = Locale.parse(_LOCALES.get(language, language)).territories
    return str(territories.get(code, code))


@cache
def _states_by_name() -> dict[tuple[str, ...], str]:
    names = {
        (code, name)
        for code in JURISDICTIONS
        for name in (*(state_name(code, tag) for tag in LANGUAGES), *_OTHERWISE.get(code, ()))
    }
    return {tuple(fold(name).split()): code for code, name in sorted(names)}


def take_states(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the states that are named among folded words, and the words that remain.

    A name may carry the ending of its language: Türkiyede, в Турции.
    """
    found, rest = [], list(words)
    for length in (2, 1):
        at = 0
        while at + length <= len(rest):
            code = _state_of(tuple(rest[at : at + length]))
            if code is None:
                at += 1
            else:
                found.append(code)
                del rest[at : at + length]
    return list(dict.fromkeys(found)), rest


@lru_cache(maxsize=8_192)
def _state_of(words: tuple[str, ...]) -> str | None:
    known = _states_by_name()
    if words in known:
        return known[words]
    for name, code in known.items():
        if len(name) == len(words) and all(map(same_word, words, name)):
            return code
    return None
