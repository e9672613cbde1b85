"""Telling an account once, and nobody else; how it wants to be told."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.notifications import service as notices
from domain.notifications.errors import NoSuchNotice
from domain.notifications.types import NoticeKind, SetNoticePreferences, Topic
from tests.conftest import Person, Register
from tests.factories.care import actor_of


async def told(who: Person, key: str = "search-1", **params: str) -> bool:
    return await notices.notify(SYSTEM, who.account_id, NoticeKind.SAVED_SEARCH, key, params)


async def test_a_repeated_event_tells_nobody_twice(database: None, person: Register) -> None:
    reader, other = await person(), await person()
    many = await asyncio.gather(*(told(reader, new="3") for _ in range(8)))
    assert sorted(many) == [False] * 7 + [True]
    assert await told(other, new="3")
    page = await notices.list_notices(await actor_of(reader))
    assert [(each.kind, each.params) for each in page.items] == [
        (NoticeKind.SAVED_SEARCH, {"new": "3"})
    ]
    assert page.unread == 1


async def test_reading_is_the_holders_alone(database: None, person: Register) -> None:
    reader, stranger = await person(), await person()
    await told(reader)
    mine, theirs = await actor_of(reader), await actor_of(stranger)
    (notice,) = (await notices.list_notices(mine)).items
    assert (await notices.list_notices(theirs)).items == []
    with pytest.raises(NoSuchNotice):
        await notices.mark_read(theirs, notice.id)
    first = await notices.mark_read(mine, notice.id)
    assert first.read_at is not None
    assert await notices.mark_read(mine, notice.id) == first
    assert await notices.count_unread(mine) == 0
    assert (await notices.list_notices(mine, unread_only=True)).items == []


async def test_pages_follow_each_other_without_gaps(database: None, person: Register) -> None:
    reader = await person()
    for number in range(5):
        await told(reader, f"search-{number}", number=str(number))
    actor, seen, cursor = await actor_of(reader), [], None
    while True:
        page = await notices.list_notices(actor, cursor=cursor, limit=2)
        seen += [each.params["number"] for each in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == ["4", "3", "2", "1", "0"]
    await notices.mark_all_read(actor)
    assert await notices.count_unread(actor) == 0


async def test_nobody_tells_in_the_marketplaces_name(database: None, person: Register) -> None:
    reader, stranger = await person(), await person()
    actor = await actor_of(stranger)

    @transactional
    async def forged(actor: Actor, account: Any) -> None:
        await connection().execute(
            "INSERT INTO notice (id, account_id, kind, key, params, created_at)"
            " VALUES ($1, $2, 'booking', 'forged', '{}', now())",
            uuid4(), account,
        )  # fmt: skip

    for account in (reader.account_id, stranger.account_id):
        with pytest.raises(Exception, match="row-level security"):
            await forged(actor, account)


async def test_mail_is_switched_off_by_topic(database: None, person: Register) -> None:
    reader = await person()
    actor = await actor_of(reader)
    assert (await notices.show_preferences(actor)).mail == list(Topic)
    await told(reader)
    (notice,) = (await notices.list_notices(actor)).items
    due = await notices.due_notice(SYSTEM, notice.id)
    assert due is not None and due.email == reader.email
    chosen = await notices.set_preferences(actor, SetNoticePreferences(mail=[Topic.BOOKINGS]))
    assert (chosen.mail, chosen.phone) == ([Topic.BOOKINGS], None)
    assert await notices.due_notice(SYSTEM, notice.id) is None


async def test_a_number_is_stored_sealed_and_forgotten_when_left_out(
    database: None, person: Register
) -> None:
    reader = await person()
    actor = await actor_of(reader)
    command = SetNoticePreferences(mail=list(Topic), phone="+77011234567")
    assert (await notices.set_preferences(actor, command)).phone == "+77011234567"

    @transactional
    async def stored(actor: Actor) -> Any:
        return await connection().fetchval(
            "SELECT phone_sealed FROM notice_preference WHERE account_id = $1", reader.account_id
        )

    sealed = bytes(await stored(SYSTEM))
    assert b"7011234567" not in sealed
    assert await notices.due_nudge(SYSTEM, reader.account_id) is None, "nothing to be told"
    await told(reader)
    due = await notices.due_nudge(SYSTEM, reader.account_id)
    assert due is not None and due.phone == "+77011234567"
    await notices.set_preferences(actor, SetNoticePreferences(mail=[]))
    assert await stored(SYSTEM) is None
    assert await notices.due_nudge(SYSTEM, reader.account_id) is None
