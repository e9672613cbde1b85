"""The desk: requests and their deadline, tasks taken, given, done, handed over, and the list."""

import html
import re
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar

from api.http.authentication import COOKIE
from domain.actor import SYSTEM, Role
from domain.bookings import attention
from domain.catalogue.types import OfferMode
from tests.api.web.conftest import Browser, SignedIn
from tests.conftest import Person, Register, client_of
from tests.factories.desk import one, run
from tests.factories.stays import Stay, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


class Desk(msgspec.Struct):
    """One paid booking, and the browsers of its facility's people."""

    stay: Stay
    coordinator: Browser
    clinician: Browser

    @property
    def page(self) -> str:
        return f"/facility/bookings/{self.stay.id}"

    async def task(self) -> dict[str, Any]:
        (found,) = await self.stay.tasks()
        return found

    async def send(self, verb: str, browser: Browser | None = None, **typed: Any) -> Any:
        """Send a form about the one open task, as the inbox does."""
        task = await self.task()
        data = {"version": task["version"], "facility": task["facility_id"], **typed}
        path = f"/facility/tasks/{task['id']}/{verb}"
        return await (browser or self.coordinator).send(path, data, form_on="/facility")


def browser_of(app: Litestar, person: Person) -> Browser:
    client = client_of(app)
    client.cookies.set(COOKIE, person.token, domain="localhost.local")
    return Browser(client)


async def desk_of(app: Litestar, person: Register, **terms: Any) -> Desk:
    stay = await stay_of(person, **terms)
    return Desk(stay, browser_of(app, stay.coordinator), browser_of(app, stay.clinician))


@pytest.fixture
async def desk(app: Litestar, person: Register) -> Desk:
    made = await desk_of(app, person)
    await attention.note_uncovered(SYSTEM, UUID(made.stay.id), "closure")
    return made


@pytest.fixture
async def asked(app: Litestar, person: Register) -> Desk:
    return await desk_of(app, person, mode=OfferMode.ON_REQUEST)


async def text(browser: Browser, path: str) -> str:
    answer = await browser.get(path, **{"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text[:900]
    return html.unescape(answer.text)


def went(answer: Any, done: str) -> str:
    assert answer.status_code == 303, answer.text[:1500]
    assert f"done={done}" in answer.headers["location"]
    return str(answer.headers["location"])


async def test_a_request_stands_on_top_with_its_deadline_and_is_accepted(asked: Desk) -> None:
    shown = await text(asked.coordinator, "/facility")
    assert "Requests to answer" in shown and "Answer by" in shown
    assert shown.index("Requests to answer") < shown.index('id="tasks"')
    assert "Aybek" in shown and asked.page in shown
    clinicians = await text(asked.clinician, "/facility")
    assert "Answer by" in clinicians and f"{asked.page}/accept" not in clinicians
    version = re.search(r'/accept">.*?name="version" value="(\d+)"', shown)
    assert version
    data = {"version": version[1]}
    went(await asked.coordinator.send(f"{asked.page}/accept", data, form_on="/facility"),
         "accepted")  # fmt: skip
    assert await asked.stay.status() == "confirmed"
    again = await asked.coordinator.send(f"{asked.page}/accept", data, form_on="/facility")
    assert again.status_code == 409 and "Somebody has changed this" in html.unescape(again.text)
    assert "Requests to answer" not in await text(asked.coordinator, "/facility")


async def test_declining_needs_a_reason_and_gives_the_money_back(asked: Desk) -> None:
    version = (await asked.stay.shown())["version"]
    path = f"{asked.page}/decline"
    missing = await asked.coordinator.send(path, {"version": version}, form_on=asked.page)
    assert missing.status_code == 422 and 'id="reason-decline-error"' in missing.text
    data = {"version": version, "reason": "No theatre <b>free"}
    went(await asked.coordinator.send(path, data, form_on=asked.page), "declined")
    assert "No theatre &lt;b&gt;free" in (await asked.coordinator.get(asked.page)).text
    assert await asked.stay.deposit_left() == 0


async def test_a_task_is_taken_given_and_done_with_a_note(desk: Desk) -> None:
    shown = await text(desk.coordinator, "/facility")
    assert "The time no longer stands: find another" in shown
    assert "the facility is closed then" in shown and "nobody has it" in shown
    went(await desk.send("take"), "taken")
    assert "yours" in await text(desk.coordinator, "/facility?tasks=mine")
    assert "Nothing in this list" in await text(desk.coordinator, "/facility?tasks=unassigned")
    went(await desk.send("give", assignee_account_id=str(desk.stay.clinician.account_id)), "given")
    assert "Nothing in this list" in await text(desk.coordinator, "/facility?tasks=mine")
    assert "yours" in await text(desk.clinician, "/facility?tasks=mine")
    went(await desk.send("give", assignee_account_id=""), "given")
    task = await desk.task()
    assert task["assignee_account_id"] is None
    went(await desk.send("finish", note="Found <i>Tuesday"), "task-done")
    done = await desk.coordinator.get("/facility?tasks=done")
    assert "Found &lt;i&gt;Tuesday" in done.text
    assert "Nothing in this list" in await text(desk.coordinator, "/facility")


async def test_what_is_stale_done_or_not_ones_own_is_refused(
    desk: Desk, signed_in: SignedIn
) -> None:
    stale = await desk.send("take", version=99)
    assert stale.status_code == 409 and "Somebody has changed this" in stale.text
    stranger, other = await signed_in(Role.COORDINATOR)
    given = await desk.send("give", assignee_account_id=str(other.account_id))
    assert given.status_code == 409 and "no longer works here" in given.text
    unreadable = await desk.send("give", assignee_account_id="\0x")
    assert unreadable.status_code == 422
    assert (await desk.send("take", stranger)).status_code == 404
    patient, _ = await signed_in()
    task = await desk.task()
    refused = await patient.send(f"/facility/tasks/{task['id']}/take", {}, form_on="/me")
    assert refused.status_code == 403
    long = await desk.send("finish", note="x" * 1001)
    assert long.status_code == 422 and f'id="note-{task["id"]}-error"' in long.text
    await run(SYSTEM, "UPDATE task SET due_at = now() - interval '1 h' WHERE id = $1",
              UUID(task["id"]))  # fmt: skip
    assert "1 overdue" in await text(desk.coordinator, "/facility")


async def test_a_task_with_somebodys_clock_ends_with_its_matter_alone(asked: Desk) -> None:
    shown = await text(asked.coordinator, "/facility")
    assert "ends by itself with what it asks for" in shown and "/finish" not in shown
    answer = await asked.send("finish", note="done")
    assert answer.status_code == 409 and "This task ends with what it asks for" in answer.text


async def test_a_shift_is_handed_over_with_a_note(desk: Desk, signed_in: SignedIn) -> None:
    went(await desk.send("take"), "taken")
    shown = await text(desk.coordinator, "/facility")
    assert "You have 1 open task" in shown
    hand = {
        "facility_id": str(desk.stay.offer.facility_id),
        "to_account_id": str(desk.stay.clinician.account_id), "note": "Ring the theatre",
    }  # fmt: skip
    path = "/facility/tasks/hand-over"

    async def over(**other: str) -> Any:
        return await desk.coordinator.send(path, {**hand, **other}, form_on="/facility")

    assert (await over(note="")).status_code == 422
    _, stranger = await signed_in(Role.CLINICIAN)
    refused = await over(to_account_id=str(stranger.account_id))
    assert refused.status_code == 409 and 'id="to_account_id-error"' in refused.text
    assert (await over(facility_id=str(stranger.account_id))).status_code == 404
    went(await over(), "handed-over")
    mine = await text(desk.clinician, "/facility?tasks=mine")
    assert "Ring the theatre" in mine and "yours" in mine


async def test_bookings_are_found_by_day_state_and_number(desk: Desk, signed_in: SignedIn) -> None:
    here, stay_id = "/facility/bookings", desk.stay.id
    day = desk.stay.offer.starts[0].date().isoformat()
    for query in (
        "",
        "?list=all",
        f"?day={day}",
        f"?reference={stay_id}",
        f"?list=ended&reference={stay_id[-8:]}",
        f"?day={day}&facility=x&after=zz",
    ):
        shown = await desk.coordinator.get(here + query)
        if "after" in query:
            assert shown.status_code == 303
        else:
            assert desk.page in shown.text, query
    for query in ("?list=here", "?day=2001-01-01", "?reference=000000000000"):
        assert desk.page not in await text(desk.coordinator, here + query), query
    hard = ("?reference=%00xyz", "?reference=12", "?reference=%25%25%25%25%25%25%25",
            "?day=10000-01-01", "?day=0001-01-01", "?list=zz")  # fmt: skip
    for query in hard:
        await text(desk.coordinator, here + query)
    assert "at least six of them" in await text(desk.coordinator, here + "?reference=hello!")
    stranger, _ = await signed_in(Role.COORDINATOR)
    assert desk.page not in await text(stranger, f"{here}?reference={stay_id}")


async def test_a_newcomer_without_a_facility_sees_empty_pages(signed_in: SignedIn) -> None:
    browser, _ = await signed_in(Role.SCHEDULER)
    for path in ("/facility", "/facility/bookings"):
        assert "runs no facility here yet" in await text(browser, path)


async def test_an_organisation_with_two_facilities_chooses_whose_desk_it_sees(
    app: Litestar, person: Register, desk: Desk
) -> None:
    other = await stay_of(person, coordinator=desk.stay.coordinator)
    first, second = str(desk.stay.offer.facility_id), str(other.offer.facility_id)
    for facility, own in ((first, desk.stay.id), (second, other.id)):
        shown = await text(desk.coordinator, f"/facility/bookings?facility={facility}")
        assert f"/facility/bookings/{own}" in shown
        assert (first in shown) and (second in shown)
    assert await one("SELECT count(*) FROM task WHERE facility_id = $1",
                     desk.stay.offer.facility_id) == 1  # fmt: skip
    assert "The time no longer stands" in await text(
        desk.coordinator, f"/facility?facility={first}"
    )
    assert "The time no longer" not in await text(desk.coordinator, f"/facility?facility={second}")


async def test_staff_who_open_a_notice_of_a_booking_come_to_their_own_page(desk: Desk) -> None:
    answer = await desk.coordinator.get(f"/bookings/{desk.stay.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, desk.page)
