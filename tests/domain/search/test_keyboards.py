"""A layout that was left switched on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.search.keyboards import completed, retyped


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nbp ghjntpb", "тиз протези"),
        ("Nbp Ghjntpb", "тиз протези"),
        ("pe,", "зуб"),
        ("cthlwt", "сердце"),
        ("t,bktr", "ебилек"),
        ("n3c", "тіс"),
        ("ge0", "пуқ"),
        ("-rgt", "өкпе"),
        ("ешя зкщеуяш", "tiz protezi"),
        ("лтуу куздфсуьуте", "knee replacement"),
        ("лфдз", "kalp"),
        ("пащ", "gfo"),
        ("эзбсл", "ipöck"),
        ("люя", "kçz"),
        ("<birtr", "бишкек"),
        ("{fyf", "хана"),
        ("_rgt", "өкпе"),
        ("roz", "кўя"),
        ("кўқ", "ros"),
        ("ыфб элшьш", "saç əkimi"),
        ("вш\\ кщх", "diş roň"),
        ("ежкв", "térd"),
    ],
)
def test_the_same_keys_in_the_other_layout(typed: str, meant: str) -> None:
    assert meant in retyped(typed)


@pytest.mark.parametrize("text", ["", "123", "тиз protezi", "!?", "٣"])
def test_nothing_is_guessed_where_no_layout_was_left_on(text: str) -> None:
    assert retyped(text) == []


@given(st.text("qwertyuiopasdfghjklzxcvbnm ", min_size=1))
def test_what_was_typed_blindly_comes_back(text: str) -> None:
    for other in retyped(text):
        assert text in retyped(other) or not other.strip()


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    assert all(isinstance(other, str) for other in retyped(text))


def test_the_letter_that_uzbek_lacks_on_a_russian_layout() -> None:
    assert completed("КУЗ лазер") == ["кўз лазер"]
    assert completed("koz lazer") == []
