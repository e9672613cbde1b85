"""How people word a question: which words say nothing, and which are forms of one word.

Nobody says which language they write in, so the tables of all languages apply at once. They are
spelled as their languages spell them and folded like everything else; what Kazakh and Uzbek write
in two scripts folds to one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from domain.text import fold

# What a question has besides what is looked for: a price, a wish, a house, and the small words
# between. Words of four letters and more count in all their forms.
_SAYS_NOTHING = {
    "en": """
        price cost costs cheap cheapest affordable best good top how much many does do did is are
        be the a an of for in at to from on with and by near my i we you want wish need get find
        have can could should where what which clinic hospital center centre city package please
    """,
    "tr": """
        fiyat ücret kaç para lira ne kadar tutar tutuyor maliyet ucuz uygun en iyi hangi nerede
        nasıl istiyorum istiyoruz lazım gerek gerekiyor olmak olur için ve ile bir var mı mi bana
        benim klinik kliniği kliniğinde hastane hastanesi merkezi bölüm poliklinik şehri tavsiye
    """,
    "az": """
        qiymət neçəyə neçəyədir neçədir neçə manat ucuz ən yaxşı harada necə istəyirəm istəyirik
        lazımdır lazım olar üçün və bir mənə mənim klinika xəstəxana mərkəzi şəhəri
    """,
    "kk": """
        баға бағасы құны құн қанша тұрады теңге арзан ең жақсы қайда қалай керек келеді қажет үшін
        және мен маған бар ма бір клиника аурухана орталығы қаласы
    """,
    "ky": """
        баа баасы канча турат сом арзан эң жакшы кайда кантип керек каалайм келет үчүн жана мен
        мага менен бар бир клиника оорукана борбору шаары
    """,
    "uz": """
        narx qancha necha pul turadi soʻm arzon eng yaxshi qayerda qanday kerak xohlayman istayman
        uchun va bilan menga mening bir klinika kasalxona shifoxona markazi shahri
    """,
    "ru": """
        цена цены цену цене стоимость стоит стоят сколько почём рублей тенге дёшево дешевле
        недорого лучший лучшие хороший хорошая где как какой какая хочу надо нужно нужна нужен
        можно сделать у в на с со из для и или при до по за к о мне мой моя моей меня я клиника
        больница центр город отзывы
    """,
    "hu": """
        ár ára árak árai mennyi mennyibe kerül olcsó legjobb jó hol hogyan szeretnék akarok kell
        lehet a az egy és vagy nekem forint klinika kórház rendelő város
    """,
    "tk": """
        baha nyrh näçe näçeden durýar manat arzan iň gowy nirede nähili gerek isleýärin isleýän
        üçin we bilen maňa meniň bir bar klinika hassahana merkezi şäheri
    """,
}

# An operation, a treatment or a doctor as such: a name answers without these too, if not as well.
_GENERAL = {
    "en": "surgery operation operative treatment treat procedure doctor specialist",
    "tr": """
        ameliyat operasyon tedavi cerrahi etmek ettirmek yaptırmak taktırmak takılması doktor hekim
        uzman
    """,
    "az": "əməliyyat müalicə cərrahiyyə etdirmək qoydurmaq qoyulması həkim mütəxəssis",
    "kk": "операция ота ем емдеу жасату салдыру қою дәрігер маман",
    "ky": "операция дарылоо жасатуу койдуруу коюу доктур дарыгер врач адис",
    "uz": """
        operatsiya jarrohlik davolash davolanish qildirish qoʻydirish qoʻyish shifokor doktor
        mutaxassis
    """,
    "ru": "операция лечение лечить вылечить хирургия поставить установить врач доктор специалист",
    "hu": "műtét operáció kezelés gyógyítás orvos szakorvos specialista",
    "tk": "operasiýa bejergi bejermek etdirmek goýdurmak goýmak lukman doktor hünärmen",
}

# What words grow at their ends, by families of languages. A form has at most one ending of each
# row, in the order of the rows: tish-lar-im-ni, varis-ler-im-de-ki, mandul-ák-at.
_TURKIC = (
    "lar ler lor dar der dor tar ter tor",
    "m im um n in un i u si su miz imiz muz umuz niz iniz unuz",
    """
    a e i u ya ga ge go ka ke ko na ne ni nu di du ti tu nin nun din dun tin tun da de do ta te to
    nda nde dan den don tan ten ton ndan nden men ben pen la le
    """,
    "ki gi dir tir",
)
_TURKIC_DERIVED = (
    """
    ma me mak mek u uu ish lash lesh lik luk li lu lamak lemek lama leme lau leu dau deu tau teu
    loo doo too
    """,
)
_RUSSIAN = (
    """
    а о у ы и е й я ю ой ей ом ем ам ям ами ями ах ях ов ев ье ии ию ия ие ией ий ый ая яя ое ее
    ого его ому ему ых их ым им ыми ими ую юю
    """,
)
_HUNGARIAN = (
    "k ok ek ak ök m om em am öm d od ed ad öd a e ja je i ai ei jai jei",
    """
    t at et ot öt ba be ban ben ból ből ra re ról ről tól től n on en ön nál nél hoz hez höz val
    vel al el nak nek ért ig
    """,
)
_ENGLISH = ("s es ed ing al ation ations e",)


def _endings(rows: Sequence[str]) -> re.Pattern[str]:
    slots = (sorted({fold(ending) for ending in row.split()}, key=len) for row in rows)
    return re.compile("".join(f"(?:{'|'.join(reversed(slot))})?" for slot in slots))


_ONLY_TURKIC = _endings(_TURKIC)
_FAMILIES = (
    (_ONLY_TURKIC, 3),
    (_endings(_TURKIC_DERIVED + _TURKIC), 4),
    (_endings(_RUSSIAN), 3),
    (_endings(_ENGLISH), 3),
    (_endings(_HUNGARIAN), 4),
)
"""The endings of a family, and how many letters must stand before them."""

SHORTEST_STEM = 3
_VOWELS = frozenset("aeiou")
_SOFTENED = {"pb", "kg", "ki", "td"}
"""What the last letter becomes before an ending: kalp, kalbim; böyrək, böyrəyi."""


def same_word(one: str, other: str) -> bool:
    """Return whether two folded words may be forms of one word in some language."""
    if one[:SHORTEST_STEM] != other[:SHORTEST_STEM]:
        return False
    shared = SHORTEST_STEM
    while one[shared : shared + 1] == other[shared : shared + 1] != "":
        shared += 1
    rest, remains = one[shared:], other[shared:]
    return any(
        shared >= least and endings.fullmatch(rest) and endings.fullmatch(remains)
        for endings, least in _FAMILIES
    ) or any(_softened(*pair) or _contracted(*pair) for pair in ((rest, remains), (remains, rest)))


def _softened(hard: str, soft: str) -> bool:
    """Return whether two remainders part where the last letter of a Turkic stem is softened."""
    if hard[:1] + soft[:1] not in _SOFTENED:
        return False
    soft = soft if soft[0] == "i" else soft[1:]  # a softened k may be no consonant any more
    return bool(_ONLY_TURKIC.fullmatch(hard[1:]) and _ONLY_TURKIC.fullmatch(soft))


def _contracted(full: str, short: str) -> bool:
    """Return whether the last vowel of a Turkic stem fell out before an ending: burun, burnu."""
    return (
        len(full) == 2
        and full[0] in _VOWELS
        and short[:1] == full[1]
        and short[1:2] in {*_VOWELS}
        and bool(_ONLY_TURKIC.fullmatch(short[1:]))
    )


def _without_ending(word: str, shortest: int) -> Iterator[str]:
    """Yield what remains of a word without an ending that some language has, the shortest first."""
    for length in range(shortest, len(word)):
        if any(length >= least and e.fullmatch(word[length:]) for e, least in _FAMILIES):
            yield word[:length]


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """Return the shortest beginning that a folded word may share with its other forms."""
    shortest = next(_without_ending(word, SHORTEST_STEM), "")
    if not shortest:
        return word
    # The last letter may be another one in other forms, or have a vowel before it.
    uncertain = shortest[-1] in "bgdi" or not _VOWELS & {*shortest[-2:]}
    return shortest[: max(SHORTEST_STEM, len(shortest) - uncertain)]


@lru_cache(maxsize=8_192)
def _root(word: str) -> str:
    """Return the shortest beginning that says enough of a word to be known inside a compound."""
    return next(_without_ending(word, max(SHORTEST_STEM + 1, -(-len(word) * 3 // 5))), word)


# The few tens of thousand words of all names are asked about again and again.
@lru_cache(maxsize=32_768)
def is_form(each: str, word: str) -> bool:
    """Return whether a word of a folded name is a word in some form, or a compound with it."""
    if _listed(each, "nothing"):
        return False
    root = _root(word)
    inside = len(root) > SHORTEST_STEM
    return each == word or same_word(word, each) or (inside and root in each)


def has_form(name: str, word: str) -> bool:
    """Return whether a folded name has a word in some form, or inside a compound."""
    return any(is_form(each, word) for each in name.split())


def has_beginning(name: str, word: str) -> bool:
    """Return whether some word of a folded name begins like a word, without its ending."""
    root = stem(word) if len(stem(word)) > SHORTEST_STEM else word
    return len(word) >= SHORTEST_STEM and any(each.startswith(root) for each in name.split())


def forms(word: str) -> Iterator[str]:
    """Yield what a folded word may be without its ending, as places are named.

    Астана loses its last letter in Russian before it takes an ending.
    """
    for short in _without_ending(word, SHORTEST_STEM + 1):
        yield from (short, f"{short}a")


@cache
def _table(which: str) -> frozenset[str]:
    tables = {"nothing": _SAYS_NOTHING, "general": _GENERAL}[which]
    return frozenset(fold(word) for table in tables.values() for word in table.split())


@lru_cache(maxsize=16_384)
def _listed(word: str, which: str) -> bool:
    """Return whether a table has the word, or one of four letters or more that it is a form of."""
    known = _table(which)
    return any(
        word[:length] in known and same_word(word, word[:length])
        for length in range(min(4, len(word)), len(word) + 1)
    )


_YEAR = re.compile(r"20\d\d")


def substance(words: Sequence[str]) -> list[str]:
    """Return the words that say what is looked for."""
    return [w for w in words if not _listed(w, "nothing") and not _YEAR.fullmatch(w)]


def particular(words: Sequence[str]) -> list[str]:
    """Return the words that say more than operation, treatment or doctor, or all if none does."""
    return [word for word in words if not _listed(word, "general")] or [*words]
