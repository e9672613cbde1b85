"""Zones written out, and read by a program that knows no zones of its own."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from domain.calendars.zones import timezone_component

ZONES = (
    "Asia/Almaty", "Asia/Qostanay", "Europe/Budapest", "Asia/Famagusta", "Europe/Istanbul",
    "Asia/Baku", "Asia/Tashkent", "Asia/Bishkek", "Asia/Ashgabat",
)  # fmt: skip


def read_by_a_stranger(name: str, first: int, last: int) -> object:
    """Return the zone as dateutil understands it from the text alone."""
    text = timezone_component(name, first, last).to_ical().decode()
    return tzical(io.StringIO(text.replace("\r\n", "\n"))).get(name)


@pytest.mark.parametrize("name", ZONES)
def test_every_hour_of_four_years_is_understood_as_it_was_meant(name: str) -> None:
    zone, read = ZoneInfo(name), read_by_a_stranger(name, 2023, 2026)
    at = datetime(2023, 1, 2, tzinfo=UTC)
    while at < datetime(2026, 12, 30, tzinfo=UTC):
        meant = at.astimezone(zone)
        # What a calendar stores is the wall clock and the zone's name.
        wall = meant.replace(tzinfo=None)
        if not meant.fold:
            understood = wall.replace(tzinfo=read)  # type: ignore[arg-type]
            assert understood.utcoffset() == meant.utcoffset(), (name, wall)
        at += timedelta(hours=1)


def test_the_change_of_almaty_in_2024_and_of_budapest_are_written_in_the_clock_before() -> None:
    almaty = timezone_component("Asia/Almaty", 2024, 2024).to_ical().decode()
    assert almaty.count("BEGIN:STANDARD") == 2 and "DAYLIGHT" not in almaty
    assert "DTSTART:20240301T000000\r\n" in almaty
    assert "TZOFFSETFROM:+0600\r\nTZOFFSETTO:+0500\r\n" in almaty
    budapest = timezone_component("Europe/Budapest", 2027, 2027).to_ical().decode()
    assert "DTSTART:20270328T020000\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100\r\n" in budapest
    assert "DTSTART:20271031T030000\r\nTZNAME:CET\r\nTZOFFSETFROM:+0200\r\n" in budapest
