"""Text that people write: the folding that search compares by, and the cleaning before storing.

One word reaches us as «тіс», «tıs» and «tis», from three keyboards and two alphabets. `fold` brings
such spellings together without asking which language they are in, because a patient who searches
does not say. Where two languages disagree about a letter, one mapping that serves both is chosen;
for a catalogue of some hundred words, finding too much costs less than finding nothing.

The choices that are not obvious:

- c, ç, ч, ch, j, ж, zh, ž, дж, җ are all `c`. Turkish and Azerbaijani write c for the sound that
  Kazakh, Kyrgyz, Uzbek and Turkmen write j or ж, and ç loses its tail on an English keyboard, so
  no split into two classes survives all of them.
- i, ı, y, ý, й, ы, і are all `i`: Kazakh Latin and Turkmen write y where Turkish writes ı, and
  й is i, y, ý or j by country. An iotated letter becomes i and a vowel; a doubled i is one.
- Doubled letters count once (имплант/implant, маммография/mamografi, massaj/masaj). The
  price is that "type II" reads as "type I"; digits are left alone.
- ё: Russians write е for it, Uzbeks mean "yo". It is told apart by its neighbours, see `_SOFT_YO`.
- x is h (Azerbaijani and Uzbek x), not ks; ц and a ts before a vowel are s (консультация,
  konsultatsiya, konsultasiya), but a final ts stays, else every English plural would suffer.
- Hungarian sz, zs, gy, ny, ly stay two letters: each is an ordinary pair in another language.
"""

import re
import string
import unicodedata
from enum import Enum
from typing import Any, TypeVar

import msgspec

from domain.errors import Invalid

FOLDING_VERSION = 2
"""Stored beside folded text; raise it with every change of the tables here and rebuild."""

# Only what Unicode's own decomposition does not give: marks over a Latin letter (ş, ğ, ö, ň, ű)
# fall off by themselves, and a letter that is missing here and in Unicode's tables is dropped.
_LETTERS = """
    j=c q=k w=v x=h y=i ž=c ä=e ə=e ǝ=e æ=e œ=oe ø=o ɵ=o ı=i ŋ=n ꞑ=n ƣ=g ß=s ł=l đ=d ð=d þ=t

    а=a б=b в=v г=g д=d е=e ё=io ж=c з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f
    х=h ц=ts ч=c ш=s щ=s ъ= ы=i ь= э=e ю=iu я=ia

    ә=e ӓ=e ғ=g җ=c ӂ=c ҹ=c ҷ=c қ=k ҝ=g ҡ=k ң=n ҥ=n ө=o ў=o ү=u ұ=u һ=h ҳ=h ҙ=z ҫ=s
    і=i ї=i є=e ґ=g ј=i
"""
_APOSTROPHES = "'ʻʼ’‘`´ʹ′‛ʿʾˈ＇"  # in oʻ, gʻ, sanʼat, and what keyboards offer in their place


class _Folding(dict[int, str]):
    """The table for `str.translate`, which fills itself with the letters it meets."""

    def __missing__(self, codepoint: int) -> str:
        char = chr(codepoint)
        category = unicodedata.category(char)
        if category == "Nd":
            return str(unicodedata.digit(char))
        if category[0] == "M" or category == "Cf":
            return ""
        simpler = char.lower()  # first: Ў and Й would lose their marks to the decomposition
        if simpler == char:
            simpler = unicodedata.normalize("NFKD", char)
        if simpler == char:
            return "" if category[0] == "L" else " "
        folded = simpler.translate(self)
        if folded.strip():  # blanks are not remembered: they are most of Unicode
            self[codepoint] = folded
        return folded


_FOLDING = _Folding(
    {ord(char): char for char in string.ascii_lowercase + string.digits}
    | {ord(char): "" for char in _APOSTROPHES}
    | {ord(letter): folded for letter, _, folded in (s.partition("=") for s in _LETTERS.split())}
)

# An ё inside a word after a consonant, or before м, is the Russian one that is also written е
# (лёгкие, приём, объём). Elsewhere it is "yo" (ёш, ҳаёт, тиббиёт, дунё), as in Uzbek кимё-.
_SOFT_YO = re.compile(
    r"(?<=[бвгджзклмнпрстфхцчшщъьғқҳ])(?<!\bким)ё(?=\w)|(?<=\w)ё(?=м)", re.IGNORECASE
)

# In инъекция the hard sign keeps the first sound of е, which Uzbek writes (inyeksiya).
_HARD_YE = re.compile("(?<=н)ъе", re.IGNORECASE)

# Applied until nothing changes, which is what makes a folded text its own folding. The repeats
# (h+, ng+, (ts+)+) settle in one pass what would otherwise take one pass a letter.
_SPELLING = re.compile(
    r"(?P<s>shch|sh+|(?:ts+)+(?=[aeiou]))|(?P<c>ch+|zh+|dc+)|(?P<h>kh+)|(?P<g>gh+)|(?P<n>ng+)"
    r"|(?P<e>ae+|\bie)|(?P<twice>[a-z])(?P=twice)+"
)
_GAPS = re.compile(r" {2,}")


def _spell(match: re.Match[str]) -> str:
    name = match.lastgroup or ""
    return match["twice"] if name == "twice" else name


def fold(text: str) -> str:
    """Spell `text` in [a-z0-9 ] so that the same word in another script or keyboard agrees.

    Never raises, depends on no locale, and `fold(fold(x)) == fold(x)`. Words are parted by one
    space; a text without any letter or digit that we read folds to the empty string.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = _HARD_YE.sub("йе", text)
        if "ё" in text or "Ё" in text:
            text = _SOFT_YO.sub("е", text)
    text = text.translate(_FOLDING)
    while (shorter := _SPELLING.sub(_spell, text)) != text:
        text = shorter
    return _GAPS.sub(" ", text).strip(" ")


def fold_words(text: str) -> list[str]:
    """The words of `fold(text)`, in their order and with repetitions."""
    return fold(text).split()


# Controls but newline and tab, lone surrogates (PostgreSQL refuses them as it does NUL), and what
# is invisible: zero-width, soft hyphen, bidi overrides and isolates, annotation marks, tags.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
)
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Human text as we store it: NFC, trimmed, without characters that nobody can see.

    Newline and tab stay; every other line end becomes a newline. `clean(clean(x)) == clean(x)`.
    """
    text = _LINE_ENDS.sub("\n", text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


class EmptyText(Invalid):
    """Nothing is left of a text without the characters that nobody can see."""

    code = "empty_text"
    title = "A text has no character that can be seen"


S = TypeVar("S", bound=msgspec.Struct)


def cleaned(command: S) -> S:
    """Return a command with every text in it clean, also in its parts; raises EmptyText."""
    return msgspec.structs.replace(
        command,
        **{name: _cleaned(name, getattr(command, name)) for name in command.__struct_fields__},
    )


def _cleaned(name: str, value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return cleaned(value)
    if isinstance(value, list):
        return [_cleaned(name, each) for each in value]
    if not isinstance(value, str) or isinstance(value, Enum):
        return value
    text = clean(value)
    if value and not text:
        raise EmptyText(fields={name: EmptyText.title})
    return text
