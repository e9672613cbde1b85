"""Deliveries to a real receiver: what they say, how often, and when they end."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.actor import Role
from domain.bookings.events import BookingNews
from domain.notifications import service as notices
from domain.notifications.types import NoticeKind
from domain.webhooks import jobs
from tests.conftest import Register
from tests.factories.booked import Booked, booked
from tests.factories.care import actor_of
from tests.factories.hooks import Hook, hooked, verified
from tests.factories.receiver import Receiver, receiving
from tests.walls.world import run

pytestmark = pytest.mark.usefixtures("database", "catalogue")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
async def told(person: Register, receiver: Receiver) -> tuple[Booked, Hook]:
    """A confirmed booking whose facility has a webhook."""
    await run("UPDATE webhook_endpoint SET removed_at = now() WHERE removed_at IS NULL")
    booking = await booked(person)
    return booking, await hooked(booking.coordinator, f"{receiver.address}/hook")


async def deliveries(booking: Booked, hook: Hook, **params: Any) -> list[dict[str, Any]]:
    answer = await booking.coordinator.client.get(f"{hook.address}/deliveries", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def pass_time(hook: Hook, interval: str) -> None:
    """Let what waits for an endpoint have waited so long already."""
    await run(
        "UPDATE webhook_delivery SET next_at = next_at - $2::text::interval"
        " WHERE endpoint_id = $1",
        UUID(hook.view["id"]), interval,
    )  # fmt: skip
    await run(
        "UPDATE webhook_endpoint SET failing_since = failing_since - $2::text::interval"
        " WHERE id = $1",
        UUID(hook.view["id"]), interval,
    )  # fmt: skip


async def test_news_arrive_signed_and_without_a_word_of_the_patient(
    told: tuple[Booked, Hook], receiver: Receiver, person: Register
) -> None:
    booking, hook = told
    elsewhere = await person(Role.COORDINATOR)
    other = await hooked(elsewhere, f"{receiver.address}/elsewhere")
    await booking.has(BookingNews.CONFIRMED)
    assert await jobs.deliver_due() == 1
    (sent,) = receiver.posted
    assert sent.path == "/hook"
    assert verified(sent, hook.secret) and not verified(sent, other.secret)
    (delivery,) = await deliveries(booking, hook)
    found = await booking.parties()
    assert msgspec.json.decode(sent.body) == {
        "id": sent.headers["webhook-id"],
        "type": "booking.confirmed",
        "created_at": delivery["created_at"],
        "data": {
            "booking_id": str(booking.id), "news": "confirmed", "version": found.version,
        },
    }  # fmt: skip
    assert delivery["id"] == sent.headers["webhook-id"]
    assert (delivery["status"], delivery["attempts"], delivery["last_status"]) == (
        "delivered", 1, 200,
    )  # fmt: skip
    assert await jobs.deliver_due() == 0
    for secret in (str(found.patient_id), "Aybek", booking.offer.offer.treatment.code):
        assert secret.encode() not in sent.body


async def test_what_is_not_taken_is_tried_again_under_the_same_id(
    told: tuple[Booked, Hook], receiver: Receiver
) -> None:
    booking, hook = told
    receiver.statuses = [500, 302]
    await booking.has(BookingNews.RESCHEDULED)
    for attempt in range(1, 4):
        assert await jobs.deliver_due() == 1
        assert await jobs.deliver_due() == 0, "not before its time"
        (delivery,) = await deliveries(booking, hook)
        assert delivery["attempts"] == attempt
        await pass_time(hook, "2 minutes")
    assert [each["status"] for each in await deliveries(booking, hook)] == ["delivered"]
    assert len({each.headers["webhook-id"] for each in receiver.posted}) == 1
    assert all(verified(each, hook.secret) for each in receiver.posted)
    shown = (await booking.coordinator.client.get(hook.address)).json()
    assert shown["failing_since"] is None


async def test_a_delivery_is_given_up_after_a_day_and_replayed_by_hand(
    told: tuple[Booked, Hook], receiver: Receiver
) -> None:
    booking, hook = told
    receiver.status = 503
    await booking.has(BookingNews.CONFIRMED)
    tried = 0
    while await jobs.deliver_due():
        tried += 1
        await run(
            "UPDATE webhook_delivery SET next_at = now() WHERE endpoint_id = $1"
            " AND next_at IS NOT NULL",
            UUID(hook.view["id"]),
        )
    assert tried == 9
    (failed,) = await deliveries(booking, hook, status="failed")
    assert (failed["attempts"], failed["last_status"]) == (9, 503)
    receiver.status = 200
    again = await booking.coordinator.client.post(
        f"{hook.address}/deliveries/{failed['id']}/replay"
    )
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    assert await jobs.deliver_due() == 1
    (delivery,) = await deliveries(booking, hook, status="delivered")
    assert delivery["id"] == failed["id"] == receiver.posted[-1].headers["webhook-id"]


async def test_days_in_vain_disable_and_tell_the_administrators_once(
    told: tuple[Booked, Hook], receiver: Receiver
) -> None:
    booking, hook = told
    receiver.status = 500
    await booking.has(BookingNews.CONFIRMED)
    await jobs.deliver_due()
    await pass_time(hook, "73 hours")
    await booking.has(BookingNews.RESCHEDULED)
    assert await jobs.deliver_due() == 1, "the first attempt after three days in vain is the last"
    shown = (await booking.coordinator.client.get(hook.address)).json()
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
    actor = await actor_of(booking.coordinator)
    kinds = [each.kind for each in (await notices.list_notices(actor)).items]
    assert kinds.count(NoticeKind.WEBHOOK_DISABLED) == 1

    # Nothing is sent while it is disabled, and nothing of it is lost.
    await booking.has(BookingNews.CHECKED_IN)
    assert await jobs.deliver_due() == 0
    assert {each["status"] for each in await deliveries(booking, hook)} == {"failed"}
    since = {"since": hook.view["created_at"]}
    replay = f"{hook.address}/deliveries/replay"
    refused = await booking.coordinator.client.post(replay, json=since)
    assert refused.json()["code"] == "webhook_disabled"
    enabled = await booking.coordinator.client.put(
        hook.address,
        json={"url": hook.view["url"], "enabled": True},
        headers={"If-Match": f'"{shown["version"]}"'},
    )
    assert enabled.status_code == 200 and enabled.json()["failing_since"] is None
    receiver.status = 204
    again = await booking.coordinator.client.post(replay, json=since)
    assert (again.status_code, again.json()) == (202, {"count": 3})
    assert await jobs.deliver_due() == 3
    assert {each["status"] for each in await deliveries(booking, hook)} == {"delivered"}


async def test_a_receiver_that_says_gone_is_left_alone(
    told: tuple[Booked, Hook], receiver: Receiver
) -> None:
    booking, hook = told
    receiver.status = 410
    await booking.has(BookingNews.CONFIRMED)
    assert await jobs.deliver_due() == 1
    shown = (await booking.coordinator.client.get(hook.address)).json()
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")


async def test_two_secrets_hold_for_a_day_after_a_rotation(
    told: tuple[Booked, Hook], receiver: Receiver
) -> None:
    booking, hook = told
    rotated = await booking.coordinator.client.post(
        f"{hook.address}/rotate", headers={"If-Match": '"1"'}
    )
    assert rotated.status_code == 200
    fresh = rotated.json()["secret"]
    assert fresh != hook.secret and rotated.json()["webhook"]["former_secret_until"]
    await booking.has(BookingNews.CONFIRMED)
    await jobs.deliver_due()
    assert verified(receiver.posted[-1], hook.secret) and verified(receiver.posted[-1], fresh)
    await run(
        "UPDATE webhook_endpoint SET former_until = now() WHERE id = $1", UUID(hook.view["id"])
    )
    await booking.has(BookingNews.RESCHEDULED)
    await jobs.deliver_due()
    assert not verified(receiver.posted[-1], hook.secret) and verified(receiver.posted[-1], fresh)


async def test_several_workers_send_each_delivery_once(
    told: tuple[Booked, Hook], receiver: Receiver
) -> None:
    booking, _ = told
    receiver.waits_s = 0.05
    for news in (BookingNews.CONFIRMED, BookingNews.RESCHEDULED, BookingNews.CHECKED_IN):
        await booking.has(news)
    while any(await asyncio.gather(*(jobs.deliver_due() for _ in range(4)))):
        pass
    sent = [msgspec.json.decode(each.body)["data"]["news"] for each in receiver.posted]
    assert sent == ["confirmed", "rescheduled", "checked_in"], "once each, and in their order"
