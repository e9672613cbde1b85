"""Forms of one word, and words that say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.search.wording import (
    forms,
    has_beginning,
    has_form,
    particular,
    same_word,
    stem,
    substance,
)
from domain.text import fold, fold_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dizime", "diz"),
        ("dişlerimi", "diş"),
        ("bacağımdaki", "bacak"),
        ("kalbime", "kalp"),
        ("burnumdaki", "burun"),
        ("rahmin", "rahim"),
        ("böyrəyin", "böyrək"),
        ("тіземе", "тізе"),
        ("мұрынды", "мұрны"),
        ("протездеу", "протез"),
        ("бөйрөгүн", "бөйрөк"),
        ("тиштеримди", "тиш"),
        ("tishlarimni", "tish"),
        ("endoprotezlash", "эндопротез"),
        ("dyzyma", "dyz"),
        ("суставов", "сустава"),
        ("хирургическая", "хирургическое"),
        ("mandulákat", "mandula"),
        ("csípőprotézissel", "csípőprotézis"),
        ("implants", "implant"),
        ("transplantation", "transplanting"),
    ],
)
def test_forms_of_one_word_agree(one: str, other: str) -> None:
    one, other = fold(one), fold(other)
    assert same_word(one, other)
    assert same_word(other, one)
    assert one.startswith(stem(other)) or other.startswith(stem(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("diş", "disk"),
        ("kol", "kolon"),
        ("derlemegi", "deri"),
        ("kindey", "қиын"),
        ("слышит", "слишком"),
        ("bel", "belge kalma"),
        ("kalp", "kalça"),
        ("göz", "köz"),
        ("su", "süt"),
        ("", "a"),
    ],
)
def test_other_words_do_not(one: str, other: str) -> None:
    assert not same_word(fold(one), fold(other))
    assert not same_word(fold(other), fold(one))


WORD = st.text("abdegiklmnoprstu", min_size=1, max_size=12)


@given(WORD, WORD)
def test_a_word_begins_with_its_stem_and_agrees_with_itself(one: str, other: str) -> None:
    assert one.startswith(stem(one))
    assert stem(one)
    assert same_word(one, one)
    assert same_word(one, other) == same_word(other, one)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("how much does a hip replacement cost", "hip replacement"),
        ("diş implantı ne kadar", "diş implantı"),
        ("katarakt ameliyatı fiyatları 2026", "katarakt ameliyatı"),
        ("saç əkimi neçəyədir", "saç əkimi"),
        ("МРТ қанша тұрады", "МРТ"),
        ("тиш имплант баасы", "тиш имплант"),
        ("tish implanti narxi qancha", "tish implanti"),
        ("сколько стоит имплант зуба", "имплант зуба"),
        ("mennyibe kerül a térdprotézis", "térdprotézis"),
        ("dyz protezi bahasy näçe durýar", "dyz protezi"),
        ("qandli diabet", "qandli diabet"),
        ("oʻt pufagi", "oʻt pufagi"),
        ("мээ операциясы", "мээ операциясы"),
        ("bőr", "bőr"),
        ("fiyat", ""),
        ("", ""),
    ],
)
def test_what_is_said_besides_the_price(text: str, said: str) -> None:
    assert substance(fold_words(text)) == fold_words(said)


def test_a_doctor_or_an_operation_as_such_need_not_be_named() -> None:
    assert particular(fold_words("мурун операциясы")) == ["murun"]
    assert particular(fold_words("врач кардиолог")) == ["kardiolog"]
    assert particular(fold_words("ameliyat")) == ["ameliat"]
    assert particular([]) == []


def test_a_name_has_a_word_inside_a_compound() -> None:
    name = fold("Térdprotézis-beültetés")
    assert has_form(name, fold("térdem"))
    assert has_form(name, fold("protézist"))
    assert not has_form(name, fold("kar"))
    assert not has_form(fold("Lazer bilen bejermek"), fold("bileti"))
    assert has_beginning(name, fold("térdp"))
    assert not has_beginning(name, fold("té"))


def test_places_lose_their_endings() -> None:
    assert "astana" in set(forms(fold("Астане")))
    assert "toskent" in set(forms(fold("Toshkentda")))
    assert "baki" in set(forms(fold("Bakıda")))
    assert list(forms("os")) == []
