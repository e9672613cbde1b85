"""Who is told of a booking's news, once each, and what stands in their mails."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from api.web.notice_words import NEWS
from domain.actor import SYSTEM, Role
from domain.bookings.events import BookingChanged, BookingNews
from domain.db import transactional
from domain.notifications import jobs
from domain.notifications import service as notices
from domain.notifications.nudges import GatewayNudger, NoNudger, use_nudger
from domain.notifications.rules import AUDIENCES
from domain.notifications.types import NoticeKind, SetNoticePreferences, Topic
from domain.settings import Settings
from tests.conftest import Person, Register
from tests.factories.booked import booked
from tests.factories.care import actor_of
from tests.factories.mailbox import delivered, mails_to
from tests.factories.receiver import receiving
from tests.walls.world import run


@pytest.fixture
def data(settings: Settings) -> Path:
    return settings.data_dir


async def heard(who: Person) -> list[str]:
    page = await notices.list_notices(await actor_of(who))
    return [each.params["news"] for each in page.items if each.kind is NoticeKind.BOOKING]


def test_every_news_has_an_audience_and_words() -> None:
    assert set(AUDIENCES) == set(BookingNews) == set(NEWS)


async def mandate(account: UUID, patient: UUID, *scopes: str, ends: str = "1 year") -> None:
    await run(
        "INSERT INTO access (id, account_id, patient_id, home_state, kind, scopes, until,"
        " created_at) VALUES (gen_random_uuid(), $1, $2, 'KZ', 'mandate', $3,"
        " now() + $4::text::interval, now() - interval '1 day')",
        account, patient, list(scopes), ends,
    )  # fmt: skip


async def test_each_side_is_told_what_concerns_it(
    database: None, catalogue: None, person: Register
) -> None:
    booking = await booked(person)
    organisation, patient = booking.coordinator.organisation_id, booking.patient.patient_id
    assert organisation and patient
    scheduler = await person(Role.SCHEDULER, organisation=organisation)
    clinician = await person(Role.CLINICIAN, organisation=organisation)
    doctor, stranger = await person(Role.REFERRING_DOCTOR), await person()
    daughter, payer, former = await person(), await person(), await person()
    await mandate(daughter.account_id, patient, "message")
    await mandate(payer.account_id, patient, "pay")
    await mandate(former.account_id, patient, "view", ends="-1 second")
    await run(
        "UPDATE booking SET practice_id = $2 WHERE id = $1", booking.id, doctor.organisation_id
    )
    for news in (BookingNews.RESCHEDULED, BookingNews.QUESTION_ASKED, BookingNews.DIED):
        await booking.has(news)
    assert await heard(daughter) == ["rescheduled"]
    assert await heard(booking.patient) == ["rescheduled", "confirmed"]
    assert await heard(scheduler) == ["question_asked", "rescheduled"]
    assert await heard(booking.coordinator) == ["question_asked", "rescheduled", "confirmed"]
    assert await heard(doctor) == ["died", "rescheduled"]
    for nobody in (clinician, stranger, payer, former):
        assert await heard(nobody) == []


async def test_a_repeated_event_mails_nobody_twice(
    database: None, catalogue: None, person: Register, data: Path
) -> None:
    booking = await booked(person)
    found = await booking.parties()
    event = BookingChanged(
        booking.id, booking.id, found.facility_id, BookingNews.CONFIRMED, found.version
    )
    for _ in range(3):
        await jobs.tell_of_booking(event)
    await delivered()
    assert await heard(booking.patient) == ["confirmed"]
    assert len(mails_to(data, booking.patient.email)) == 1


async def test_a_mail_says_what_where_and_when_and_nothing_of_the_treatment(
    database: None, catalogue: None, person: Register, data: Path
) -> None:
    booking = await booked(person)
    await booking.has(BookingNews.RESCHEDULED)
    first, mail = mails_to(data, booking.patient.email)
    assert first["Subject"] == "An appointment is confirmed"
    found = await booking.parties()
    text = mail.get_content()
    assert mail["Subject"] == "An appointment has a new time"
    assert found.facility_name in text
    assert "Budapest time" in text and "on your clock in Almaty" in text
    assert f"https://localhost/bookings/{booking.id}" in text
    whole = f"{mail['Subject']} {text}".lower()
    treatment = booking.offer.offer.treatment
    for secret in (treatment.code, treatment.name.lower(), "aybek"):
        assert secret not in whole


async def test_mail_that_is_switched_off_stays_away_and_the_notice_remains(
    database: None, catalogue: None, person: Register, data: Path
) -> None:
    booking = await booked(person)
    actor = await actor_of(booking.patient)
    await notices.set_preferences(actor, SetNoticePreferences(mail=[Topic.SEARCH]))
    await booking.has(BookingNews.RESCHEDULED)
    assert await heard(booking.patient) == ["rescheduled", "confirmed"]
    mails = mails_to(data, booking.patient.email)
    assert [mail["Subject"] for mail in mails] == ["An appointment is confirmed"]


async def test_news_of_an_unknown_booking_are_kept_for_operators(database: None) -> None:
    event = BookingChanged(UUID(int=1), UUID(int=2), UUID(int=3), BookingNews.CONFIRMED, 1)
    with pytest.raises(LookupError):
        await jobs.tell_of_booking(event)


async def test_whoever_was_nudged_is_not_nudged_again_within_the_hour(
    database: None, person: Register
) -> None:
    reader = await person()
    actor = await actor_of(reader)
    await notices.set_preferences(actor, SetNoticePreferences(mail=[], phone="+77011234567"))

    @transactional
    async def due(actor: object) -> int:
        found = await run(
            "SELECT id FROM outbox_event WHERE kind = 'NudgeDue' AND payload ->> 'account_id' = $1",
            str(reader.account_id),
        )
        return len(found)

    for number in range(3):
        await notices.notify(
            SYSTEM, reader.account_id, NoticeKind.SAVED_SEARCH, f"search-{number}", {}
        )
    assert await due(SYSTEM) == 1
    await run(
        "UPDATE notice_preference SET nudged_at = nudged_at - interval '61 minutes'"
        " WHERE account_id = $1",
        reader.account_id,
    )
    await notices.notify(SYSTEM, reader.account_id, NoticeKind.SAVED_SEARCH, "search-9", {})
    assert await due(SYSTEM) == 2


async def test_a_nudge_says_that_there_is_news_in_its_readers_language_and_nothing_else(
    database: None, person: Register
) -> None:
    reader = await person()
    await run("UPDATE account SET language = 'tr' WHERE id = $1", reader.account_id)
    await delivered()
    with receiving() as gateway:
        use_nudger(GatewayNudger(gateway.address, "token"))
        try:
            actor = await actor_of(reader)
            chosen = SetNoticePreferences(mail=[], phone="+905321234567")
            await notices.set_preferences(actor, chosen)
            for number in range(2):
                await notices.notify(
                    SYSTEM, reader.account_id, NoticeKind.SAVED_SEARCH, f"nudged-{number}", {}
                )
            await delivered()
        finally:
            use_nudger(NoNudger())
    (sent,) = gateway.posted
    text = "Shifayol'da yeni bir haberiniz var: https://localhost/notices"
    assert msgspec.json.decode(sent.body) == {"to": "+905321234567", "text": text}
