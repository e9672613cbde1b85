"""Whose name is printed, in which languages, and when a letter no longer holds."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.bookings.events import BookingNews
from domain.bookings.types import BookingStatus
from domain.identity.types import PersonName
from domain.letters import rules
from domain.letters.errors import PassportNameNeeded

AT = datetime(2027, 3, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "known", "printed"),
    [
        ("Aygerim Serik-kyzy", PersonName("Айгерім", "Серікқызы"), "AYGERIM SERIK-KYZY"),
        (None, PersonName("Айгерім", "Серікқызы", "Aigerim Serikkyzy"), "AIGERIM SERIKKYZY"),
        (None, PersonName("Mehmet", "Kaya"), "MEHMET KAYA"),
        ("Mehmed Kaya", PersonName("Mehmet", "Kaya", "Mehmet Kaya"), "MEHMED KAYA"),
    ],
)
def test_the_passports_spelling_is_printed(
    typed: str | None, known: PersonName, printed: str
) -> None:
    assert rules.printed_name(typed, known) == printed


@pytest.mark.parametrize(
    "known", [PersonName("Айгерім", "Серікқызы"), PersonName("Şule", "Çağ"), PersonName("A1", "B")]
)
def test_a_name_that_no_passport_could_spell_so_is_asked_for(known: PersonName) -> None:
    with pytest.raises(PassportNameNeeded):
        rules.printed_name(None, known)


def test_the_two_languages_are_never_one() -> None:
    assert rules.languages_of("kk", ("tr",)) == ["kk", "tr"]
    assert rules.languages_of("tr", ("tr",)) == ["tr", "en"]
    assert rules.languages_of("kk-Latn", ("kk", "kk-Latn", "ru")) == ["kk-Latn", "en"]
    assert rules.languages_of("en", ("uz", "ru")) == ["en", "uz"]


def test_a_letter_holds_while_its_booking_is_on_at_that_time() -> None:
    assert rules.holds(BookingStatus.CONFIRMED, AT, AT)
    assert rules.holds(BookingStatus.IN_TREATMENT, AT, AT)
    assert not rules.holds(BookingStatus.CONFIRMED, AT + timedelta(minutes=1), AT)
    for status in rules.ENDED:
        assert not rules.holds(status, AT, AT)


def test_what_revokes_is_what_makes_it_untrue() -> None:
    assert BookingNews.RESCHEDULED in rules.REVOKES
    for still_true in (BookingNews.CONFIRMED, BookingNews.CHECKED_IN, BookingNews.DISCHARGED):
        assert still_true not in rules.REVOKES
