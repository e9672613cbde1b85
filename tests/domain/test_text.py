"""What the folding promises about any text at all, and what it does with real words."""

import locale
import string
import time
import unicodedata

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.text import FOLDING_VERSION, EmptyText, clean, cleaned, fold, fold_words

# st.text() never draws surrogates; a JSON body may well carry one.
ANY_TEXT = st.text(st.characters(exclude_categories=[]))
# Dense in the letters and pairs that the tables and patterns treat specially.
TRICKY = st.text(
    st.sampled_from(
        "abcdeghijknostuwxyz IiİıəƏäÄşŞçÇğĞñңоoʻʼ'’`öÖőűúжЖчшщцёЁюяьъыйЙўЎқғҳхұүіәө12"
        "\u0307\u0308\u200b\x00"
    )
)


class TestAnyText:
    def test_has_a_version(self) -> None:
        assert FOLDING_VERSION >= 1

    @given(ANY_TEXT | TRICKY)
    @example("\ud800тіс\udfff")
    @example("\x00")
    @example("shhshch")
    @example("tststsa")
    def test_emits_words_of_plain_letters_and_digits(self, text: str) -> None:
        folded = fold(text)
        assert set(folded) <= set(string.ascii_lowercase + string.digits + " ")
        assert folded == " ".join(folded.split())

    @given(ANY_TEXT | TRICKY)
    @example("kzkkh")
    @example("aiaiaie")
    @example("ёё")
    def test_a_folded_text_is_its_own_folding(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @given(ANY_TEXT | TRICKY)
    def test_how_the_text_was_composed_does_not_matter(self, text: str) -> None:
        composed = unicodedata.normalize("NFC", text)
        assert fold(unicodedata.normalize("NFD", text)) == fold(composed) == fold(text)

    @given(ANY_TEXT | TRICKY)
    def test_words_are_the_parts_of_the_folding(self, text: str) -> None:
        assert " ".join(fold_words(text)) == fold(text)

    @given(st.text(st.sampled_from("IiİıŞşÇçĞğÜüÖöƏəҚқҢңЁё")))
    def test_case_does_not_matter(self, text: str) -> None:
        assert fold(text.upper()) == fold(text.lower()) == fold(text)

    def test_the_locale_does_not_matter(self) -> None:
        before = locale.setlocale(locale.LC_ALL)
        expected = fold("ISPARTA ılıca İzmir")
        try:
            for name in ("C", "C.UTF-8", "tr_TR.UTF-8"):
                try:
                    locale.setlocale(locale.LC_ALL, name)
                except locale.Error:
                    continue
                assert fold("ISPARTA ılıca İzmir") == expected == "isparta ilica izmir"
        finally:
            locale.setlocale(locale.LC_ALL, before)

    @pytest.mark.parametrize("letters", ["ts", "sh", "ckh", "aie", "ngh", "dzh", "ё", "ʻ "])
    def test_a_hostile_length_costs_no_more_than_its_length(self, letters: str) -> None:
        started = time.perf_counter()
        fold(letters * 20_000 + "a")
        assert time.perf_counter() - started < 2


SAME = [
    # one word in the scripts and keyboard habits of one language
    ("тіс", "tıs", "tis", "ТІС"),
    ("tish", "тиш", "tiş", "TISH"),
    ("тиш имплантаты", "tiş implantatı", "TIS IMPLANTATI", "tish implantaty"),
    ("Шымкент", "Şymkent", "Şımkent", "Shymkent", "Shimkent"),
    ("Қазақстан", "Qazaqstan", "Kazakstan", "ҚАЗАҚСТАН"),
    ("Казахстан", "Kazakhstan", "Kazahstan"),
    ("Ўзбекистон", "Oʻzbekiston", "O‘zbekiston", "O'zbekiston", "O`zbekiston", "Ozbekiston"),
    ("Тошкент", "Toshkent", "Toşkent"),
    ("Бишкек", "Bishkek", "Bişkek", "Biskek"),
    ("Жалал-Абад", "Jalal-Abad", "Джалал-Абад", "Dzhalal Abad", "Zhalal Abad"),
    ("Азербайджан", "Azərbaycan", "Azerbaijan", "Azerbaycan", "AZERBAYCAN"),
    ("Bakı", "BAKI", "baki", "Бакы"),
    ("Aşgabat", "Ашгабат", "Ashgabat", "asgabat"),
    ("İstanbul", "Istanbul", "ISTANBUL", "ıstanbul", "i\u0307stanbul", "Истанбул"),
    ("Iğdır", "IGDIR", "ığdır", "Igdir"),
    ("göz", "GÖZ", "goz", "go\u0308z", "гөз"),
    ("жүрек", "jürek", "zhurek", "ЖҮРЕК"),
    ("Хива", "Xiva", "Khiva", "Ҳива"),
    ("Қарши", "Qarshi", "Karshi"),
    ("ғалия", "ğalia", "gʻaliya", "g'aliya", "ghaliya"),
    ("таңдай", "tañdai", "tanday", "tangday", "taŋday"),
    ("ўнг кўз", "oʻng koʻz", "o'ng ko'z", "ong koz"),
    ("қизилўнгач", "qiziloʻngach", "qizilongach"),
    ("ёрдам", "yordam", "Yordam"),
    ("тиббиёт", "tibbiyot", "tibiyot"),
    ("кимётерапия", "kimyoterapiya"),
    ("ҳаёт", "hayot"),
    ("елка", "yelka", "elka"),
    ("sanʼat", "санъат", "san'at", "sanat"),
    ("операция", "operasia", "operatsiya", "operasiýa", "operasiya"),
    ("консультация", "konsultatsiya", "konsultasiya", "konsültasiýa"),
    ("süňk", "sunk", "SÜŇK", "сүңк"),
    ("ýürek", "yurek", "YÜREK", "yürek"),
    ("massaž", "massaj", "masaj", "массаж", "massazh"),
    # Russian, where ё is optional and the signs are soft
    ("лёгкие", "легкие", "legkie"),
    ("приём", "прием", "priem"),
    ("объём", "обьем", "объем", "obem"),
    ("съёмный протез", "съемный протез"),
    ("щитовидная", "shchitovidnaya", "shitovidnaya"),
    ("глаз\u0301а", "глаза"),
    ("эндопротезирование", "endoprotezirovanie", "endoprotezirovaniye"),
    # Hungarian and Azerbaijani without their marks
    ("csípőprotézis", "csipoprotezis", "CSÍPŐPROTÉZIS"),
    ("szürkehályogműtét", "szurkehalyogmutet"),
    ("ürək-damar cərrahiyyəsi", "urek damar cerrahiyyesi", "ÜRƏK-DAMAR CƏRRAHİYYƏSİ"),
    ("diş həkimi", "dish hekimi", "DİŞ HƏKİMİ", "dis hekimi"),
    # doubled or not, British or American, with or without an apostrophe
    ("маммография", "mammografiya", "mamografiya", "mammografia"),
    ("əməliyyat", "emeliyat", "ƏMƏLİYYAT"),
    ("haematology", "hematology"),
    ("orthopaedic", "orthopedic"),
    ("Parkinson's", "parkinsons", "Parkinson’s"),
    # the same characters in other dress
    ("ＬＡＳＩＫ", "lasik", "la\u200bsik", "la\u00adsik", "𝐋𝐀𝐒𝐈𝐊"),
    ("e\u00adndo\ufeffskopi", "endoskopi"),
    ("ﬁbroscan", "fibroscan"),
    ("Covid-19", "COVID 19", "covid\u00a019", "covid—19", "covid-١٩"),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_word_agree(spellings: tuple[str, ...]) -> None:
    assert {fold(spelling) for spelling in spellings} == {fold(spellings[0])}
    assert fold(spellings[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("göz", "köz"),
        ("diş", "tiş"),
        ("bel", "bil"),
        ("kalp", "kalip"),
        ("hip", "lip"),
        ("böbrek", "бүйрек"),
        ("hand", "head"),
        ("MRI 1", "MRI 11"),
        ("yol", "el"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        (" \t\n ", ""),
        ("مستشفى", ""),
        ("β-blocker", "blocker"),
        ("a\x00b", "a b"),
        ("a\ud83db", "a b"),
        ("  PET/CT,  3D!  ", "pet ct 3d"),
        ("№5 m²", "no5 m2"),
        ("implants", "implants"),
        ("2200 Ft", "2200 ft"),
    ],
)
def test_what_is_not_a_letter(text: str, folded: str) -> None:
    assert fold(text) == folded


class TestClean:
    @given(ANY_TEXT | TRICKY)
    def test_cleaning_twice_changes_nothing(self, text: str) -> None:
        once = clean(text)
        assert clean(once) == once

    @given(ANY_TEXT)
    def test_the_result_can_be_stored_and_sent(self, text: str) -> None:
        cleaned = clean(text)
        cleaned.encode()
        assert unicodedata.is_normalized("NFC", cleaned)
        assert cleaned == cleaned.strip()
        controls = {char for char in cleaned if unicodedata.category(char) == "Cc"}
        assert controls <= {"\n", "\t"}

    @given(ANY_TEXT)
    def test_search_does_not_notice(self, text: str) -> None:
        visible = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cs"})
        assert fold(clean(visible)) == fold(visible)

    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("  Dr. Öztürk\u200b ", "Dr. Öztürk"),
            ("line\r\nline\rline\u2028line", "line\nline\nline\nline"),
            ("a\tb", "a\tb"),
            ("invoice\u202efdp.exe", "invoicefdp.exe"),
            ("\ufeffO\u02bbzbekiston", "O\u02bbzbekiston"),
            ("o\u0308", "ö"),
            ("o\u200d\u0308", "ö"),
            ("a\x00b\ud800c\x1b", "abc"),
            ("Ivan's “heart”", "Ivan's “heart”"),
        ],
    )
    def test_examples(self, text: str, cleaned: str) -> None:
        assert clean(text) == cleaned


class _Part(msgspec.Struct, frozen=True):
    label: str
    note: str | None = None


class _Whole(msgspec.Struct, frozen=True):
    title: str
    parts: list[_Part]
    tags: list[str]
    amount: int = 1


def test_every_text_of_a_command_is_cleaned() -> None:
    made = _Whole("\u202eevil\0 ", [_Part(" a\u200bb ", None)], ["x\r\ny"])
    assert cleaned(made) == _Whole("evil", [_Part("ab", None)], ["x\ny"])


def test_a_text_of_invisible_characters_is_refused() -> None:
    with pytest.raises(EmptyText) as refused:
        cleaned(_Whole("t", [_Part("\u200b ")], []))
    assert refused.value.fields == {"label": EmptyText.title}
