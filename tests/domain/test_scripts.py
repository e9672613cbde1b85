"""The sister script of Kazakh and Uzbek, letter by letter."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.scripts import kazakh_latin, uzbek_cyrillic


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("Жүрек қақпақшасын ауыстыру", "Jürek qaqpaqşasyn auystyru"),
        ("Көзішілік линза", "Közışılık linza"),
        ("операция", "operasia"),
        ("Альцгеймер ауруы", "Altsgeimer auruy"),
        ("МРТ, ЭКО және ДЦП", "MRT, EKO jäne DTSP"),
        ("Ұлт, Һ, Щука, ёж", "Ūlt, H, Şuka, ioj"),
        ("инъекция", "inieksia"),
        ("LASIK, 3 күн", "LASIK, 3 kün"),
        ("", ""),
    ],
)
def test_kazakh_in_latin_letters(cyrillic: str, latin: str) -> None:
    assert kazakh_latin(cyrillic) == latin


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Koʻrishni lazer bilan tuzatish", "Кўришни лазер билан тузатиш"),
        ("Oʻpka, gʻilof, chok, shifo", "Ўпка, ғилоф, чок, шифо"),
        ("EKG va elektroterapiya", "ЭКГ ва электротерапия"),
        ("Yeyiladigan, poeziya, aʼlo", "Ейиладиган, поэзия, аъло"),
        ("Rezeksiya, prostatektomiya, inyeksiya", "Резекция, простатэктомия, инъекция"),
        ("Xochsimon bogʻlam", "Хочсимон боғлам"),
        ("yoʻllanma, Yoʻq, siydik yoʻli", "йўлланма, Йўқ, сийдик йўли"),
        ("ICSI, Crohn kasalligi", "ICSI, Crohn касаллиги"),
        ("SHIFOXONA", "ШИФОХОНА"),
        ("", ""),
    ],
)
def test_uzbek_in_cyrillic_letters(latin: str, cyrillic: str) -> None:
    assert uzbek_cyrillic(latin) == cyrillic


def letters(text: str) -> set[str]:
    return {unicodedata.name(char).split()[0] for char in text if char.isalpha()}


@given(st.text("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюяАӘЖҚҢШЩЮЯ -,1"))
def test_no_cyrillic_letter_is_left_in_kazakh(text: str) -> None:
    assert letters(kazakh_latin(text)) <= {"LATIN"}


@given(st.text("abdefghijklmnopqrstuvxyzʻʼABDEOQSXYZ -,1"))
def test_no_latin_letter_is_left_in_uzbek(text: str) -> None:
    assert letters(uzbek_cyrillic(text)) <= {"CYRILLIC", "MODIFIER"}


@given(st.text())
def test_any_text_is_written(text: str) -> None:
    assert isinstance(kazakh_latin(text) + uzbek_cyrillic(text), str)
