"""The second script of Kazakh and Uzbek, derived letter by letter from the first.

Both languages are written in two alphabets, and people read one of them. What is written here by
hand is Kazakh in Cyrillic and Uzbek in Latin; the sister script follows from it.
"""

import re
from collections.abc import Callable

_KAZAKH_TABLE = """
    а=a ә=ä б=b в=v г=g ғ=ğ д=d е=e ё=io ж=j з=z и=i й=i к=k қ=q л=l м=m н=n ң=ñ о=o ө=ö п=p р=r
    с=s т=t у=u ұ=ū ү=ü ф=f х=h һ=h ц=ts ч=ch ш=ş щ=ş ъе=ie ъ= ы=y і=ı ь= э=e ю=iu я=ia
"""
# First what borrowed words keep.
_UZBEK_TABLE = """
    ksiya=кция ektomi=эктоми inye=инъе yoʻ=йў oʻ=ў gʻ=ғ sh=ш ch=ч ya=я yu=ю yo=ё ye=е ts=ц
    a=а b=б d=д e=е f=ф g=г h=ҳ i=и j=ж k=к l=л m=м n=н o=о p=п q=қ r=р s=с t=т u=у v=в x=х y=й
    z=з ʼ=ъ
"""


def _read(table: str) -> dict[str, str]:
    return {letter: written for letter, _, written in (p.partition("=") for p in table.split())}


_KAZAKH = _read(_KAZAKH_TABLE)
"""The Kazakh Latin alphabet of 2021, from Cyrillic."""
_UZBEK = _read(_UZBEK_TABLE)
"""The Uzbek Cyrillic alphabet of 1940, from the Latin one of 1995."""

_KAZAKH_LETTERS = re.compile("|".join(_KAZAKH), re.IGNORECASE)
_UZBEK_LETTERS = re.compile("|".join(_UZBEK), re.IGNORECASE)
_SOFTENED = re.compile("(i)i|t(s)(?=[aeiouäöü])", re.IGNORECASE)
"""What two letters became that Kazakh writes as one: ия is ia, and ц before a vowel is s."""
_OPEN_E = re.compile(r"\be|(?<=[aeiou])e|(?<=oʻ)e", re.IGNORECASE)
_NOT_UZBEK = re.compile("w|c(?!h)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_ʻʼ][^\W\d_]*")  # the turned commas are letters too


def kazakh_latin(text: str) -> str:
    """Return Kazakh in Latin letters from Kazakh in Cyrillic ones; other letters stay."""
    return _WORD.sub(lambda word: _kazakh_word(word[0]), text)


def uzbek_cyrillic(text: str) -> str:
    """Return Uzbek in Cyrillic letters from Uzbek in Latin ones.

    Words with letters that Uzbek does not have (ICSI) stay as they are.
    """
    return _WORD.sub(lambda word: _uzbek_word(word[0]), text)


def _kazakh_word(word: str) -> str:
    written = _KAZAKH_LETTERS.sub(_by(_KAZAKH), word)
    written = _SOFTENED.sub(lambda two: _like(two[0], two[1] or two[2]), written)
    return written.upper() if len(word) > 1 and word.isupper() else written


def _uzbek_word(word: str) -> str:
    if _NOT_UZBEK.search(word):
        return word
    opened = _OPEN_E.sub(lambda e: "Э" if e[0] == "E" else "э", word)
    written = _UZBEK_LETTERS.sub(_by(_UZBEK), opened)
    return written.upper() if len(word) > 1 and word.isupper() else written


def _by(table: dict[str, str]) -> Callable[[re.Match[str]], str]:
    def written(letter: re.Match[str]) -> str:
        return _like(letter[0], table[letter[0].lower()])

    return written


def _like(original: str, written: str) -> str:
    return written.capitalize() if original[0].isupper() else written
