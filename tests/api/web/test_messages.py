"""Every message of the pages exists in every language, and no catalogue carries dead ones."""

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

from api.web.languages import LOCALES, PAGES, messages_of

WEB = LOCALES.parent
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"silent": "false"}}


def used() -> set[str]:
    """The messages that templates and code ask for."""
    found = extract_from_dir(str(WEB), METHODS, OPTIONS, keywords=KEYWORDS)
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def catalogue(language: str) -> dict[str, Message]:
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in messages_of(language) if m.id}


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.mark.parametrize("language", PAGES)
def test_no_message_is_missing_and_none_is_unused(language: str) -> None:
    written, asked = set(catalogue(language)), used()
    assert asked - written == set(), "missing"
    assert written - asked == set(), "unused"


@pytest.mark.parametrize("language", PAGES)
def test_every_message_is_translated_with_the_same_places_to_fill(language: str) -> None:
    for message in catalogue(language).values():
        forms = strings(message)
        assert all(forms), message.id
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        for text in forms:
            assert places(text) == places(ids[0]), (message.id, text)


def places(text: str) -> set[str]:
    return {part.split(")")[0] for part in text.split("%(")[1:]}


@pytest.mark.parametrize("language", sorted(set(PAGES) - {"en"}))
def test_no_message_was_left_in_english(language: str) -> None:
    same = [
        m.id for m in catalogue(language).values()
        if strings(m)[0] == m.id and len(str(m.id).split()) > 3
    ]  # fmt: skip
    assert same == []


CYRILLIC = {"kk", "ky", "ru", "uz-Cyrl"}
_WORDS = {"LATIN": re.compile("[A-Za-z]{2,}"), "CYRILLIC": re.compile("[Ѐ-ӿ]+")}


@pytest.mark.parametrize("language", PAGES)
def test_messages_are_written_in_the_script_of_their_language(language: str) -> None:
    """Other letters only in abbreviations and words that the English message has."""
    other = _WORDS["LATIN" if language in CYRILLIC else "CYRILLIC"]
    for message in catalogue(language).values():
        ids = message.id if isinstance(message.id, str) else " ".join(message.id)
        for text in strings(message):
            foreign = {word for word in other.findall(text) if not word.isupper()}
            assert foreign <= set(other.findall(ids)), text


def test_the_sister_scripts_keep_places_names_and_addresses() -> None:
    for page, source in (("kk-Latn", "kk"), ("uz-Cyrl", "uz")):
        written = catalogue(page)
        for key, message in catalogue(source).items():
            for before, after in zip(strings(message), strings(written[key]), strict=True):
                assert places(before) == places(after)
                assert before.count("Shifayol") == after.count("Shifayol")


def test_templates_have_no_inline_script_style_or_handler() -> None:
    for path in Path(WEB / "templates").rglob("*.html"):
        text = path.read_text()
        assert "<style" not in text and " style=" not in text, path.name
        assert "javascript:" not in text and " on" + "click" not in text, path.name
        assert "|safe" not in text and "autoescape false" not in text, path.name
        for tag in text.split("<script")[1:]:
            assert " src=" in tag.split(">")[0], path.name
            assert tag.split(">", 1)[1].startswith("</script>"), path.name
