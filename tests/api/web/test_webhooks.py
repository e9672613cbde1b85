"""Webhooks at the desk: the secret is shown once, deliveries are seen and sent again."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.bookings.events import BookingChanged, BookingNews
from domain.clock import utc_now
from domain.db import transactional
from domain.ids import new_id
from domain.webhooks import jobs, queries
from tests.api.web.conftest import SignedIn
from tests.factories.receiver import Receiver, receiving
from tests.walls.world import run


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


async def test_an_address_is_registered_watched_and_stopped(
    signed_in: SignedIn, receiver: Receiver
) -> None:
    await run("UPDATE webhook_endpoint SET removed_at = now() WHERE removed_at IS NULL")
    browser, who = await signed_in(Role.COORDINATOR)
    wrong = await browser.send("/facility/webhooks", {"url": "http://intranet/"})
    assert wrong.status_code == 422 and "cannot be told of bookings" in wrong.text
    made = await browser.send("/facility/webhooks", {"url": receiver.address})
    assert made.status_code == 200 and "whsec_" in made.text
    assert made.headers["cache-control"] == "no-store"
    listed = await browser.get("/facility/webhooks")
    assert receiver.address in listed.text and "whsec_" not in listed.text
    (webhook,) = (await who.client.get(f"/v1/organisations/{who.organisation_id}/webhooks")).json()
    path = f"/facility/webhooks/{webhook['id']}"

    @transactional
    async def queued(actor: Actor, organisation: UUID) -> None:
        event = BookingChanged(new_id(), new_id(), new_id(), BookingNews.CONFIRMED, 2)
        await queries.queue(organisation, event, utc_now())

    assert who.organisation_id is not None
    await queued(SYSTEM, who.organisation_id)
    await jobs.deliver_due()
    shown = await browser.get(path)
    assert "booking.confirmed" in shown.text and "HTTP 200" in shown.text
    deliveries = await who.client.get(
        f"/v1/organisations/{who.organisation_id}/webhooks/{webhook['id']}/deliveries"
    )
    again = await browser.send(
        f"{path}/deliveries/{deliveries.json()['items'][0]['id']}", form_on=path
    )
    assert again.status_code == 303
    await jobs.deliver_due()
    assert len(receiver.posted) == 2
    rotated = await browser.send(path, {"do": "rotate", "version": "1"}, form_on=path)
    assert "whsec_" in rotated.text and "former secret" in rotated.text
    stale = await browser.send(path, {"do": "disable", "version": "1"}, form_on=path)
    assert stale.status_code == 409
    stopped = await browser.send(path, {"do": "disable", "version": "2"}, form_on=path)
    assert stopped.status_code == 303
    assert "stopped by an administrator" in (await browser.get(path)).text
    refused = await browser.send(path, {"do": "replay", "version": "3"}, form_on=path)
    assert refused.status_code == 409
    gone = await browser.send(path, {"do": "remove"}, form_on=path)
    assert gone.headers["location"].startswith("/facility/webhooks?")
    assert (await browser.get(path)).status_code == 404


async def test_a_member_who_administers_nothing_finds_none(signed_in: SignedIn) -> None:
    _, boss = await signed_in(Role.COORDINATOR)
    browser, _ = await signed_in(Role.COORDINATOR, organisation=boss.organisation_id)
    assert (await browser.get("/facility/webhooks")).status_code == 404
