"""A patient's bookings on their pages: what waits, what is answered, what goes along and after."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.web.booking_steps import listed
from api.web.languages import PAGES, Language
from domain.actor import SYSTEM, Role
from domain.aftercare import jobs
from domain.credentials import decisions
from domain.credentials import service as credentials
from domain.credentials.types import SuspendCredential
from domain.files.types import MediaType
from domain.patients.types import AccessScope
from tests.api.web.conftest import Browser, SignedIn
from tests.factories.bookable import bookable
from tests.factories.desk import one, run, work
from tests.factories.directory import officer
from tests.factories.papers import PAPERS
from tests.factories.stays import Stay, line, stay_of

pytestmark = pytest.mark.usefixtures("catalogue")


class Mine(Stay):
    """A stay with the browser of its patient."""

    browser: Browser

    @property
    def page(self) -> str:
        return f"/bookings/{self.id}"

    async def text(self, path: str = "") -> str:
        found = await self.browser.get(self.page + path)
        assert found.status_code == 200, found.text[:500]
        return found.text

    async def send(self, path: str, data: dict[str, Any], **more: Any) -> httpx.Response:
        return await self.browser.send(self.page + path, data, **{"form_on": self.page, **more})


async def booked(person: Any, signed_in: SignedIn, **terms: Any) -> Mine:
    browser, who = await signed_in()
    stay = await stay_of(person, patient=who, **terms)
    return Mine(**{name: getattr(stay, name) for name in Stay.__struct_fields__}, browser=browser)


@pytest.fixture
async def mine(person: Any, signed_in: SignedIn) -> Mine:
    return await booked(person, signed_in)


def went_to(answer: httpx.Response, path: str, done: str) -> None:
    assert answer.status_code == 303, answer.text[:800]
    assert answer.headers["location"] == f"{path}?done={done}"


def value_of(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


async def propose(stay: Mine) -> str:
    await stay.checked_in()
    body = {
        "outcome": "change_order",
        "note": "Needs <more> bone.",
        "change": {"lines": [line(130_000)]},
    }
    return str((await stay.done(stay.clinician, "assess", body))["change_order_id"])


async def suspend(stay: Stay) -> None:
    (licence,) = await credentials.list_credentials(SYSTEM, stay.offer.facility_id)
    await decisions.suspend_credential(
        officer("KZ"), licence.id, SuspendCredential(reason="A test"), version=licence.version
    )
    await work()


async def test_the_list_says_what_waits_what_comes_and_what_is_over(mine: Mine) -> None:
    shown = (await mine.browser.get("/me/bookings")).text
    assert "Coming up" in shown and "Prepare the journey" in shown
    assert "Waits for you" not in shown
    change = await propose(mine)
    shown = (await mine.browser.get("/me/bookings")).text
    assert "Waits for you" in shown and "Answer what the facility proposes" in shown
    await mine.send(f"/changes/{change}", {"version": "0", "answer": "accept"})
    await mine.done(mine.patient, f"changes/{change}/refuse", {"withdraw": True})
    shown = (await mine.browser.get("/me/bookings")).text
    assert "Over" in shown and "Coming up" not in shown


async def test_every_state_has_its_place_and_its_words(mine: Mine) -> None:
    await suspend(mine)
    assert "decide whether you still go" in (await mine.browser.get("/me/bookings")).text
    assert "decide whether you still go" in (await mine.browser.get("/me")).text
    await mine.discharged()
    shown = (await mine.browser.get("/me/bookings")).text
    assert f'href="{mine.page}/aftercare"' in shown
    assert listed(Language("en"), [], {}).waiting == []


async def test_a_change_is_shown_before_and_after_and_agreed_to_once(mine: Mine) -> None:
    change = await propose(mine)
    shown = await mine.text()
    assert "Needs &lt;more&gt; bone." in shown and "A larger implant" in shown
    assert "€1,300" in shown and "€300 more" in shown
    version = value_of(shown.split('id="proposal"')[1], "version")
    path, answer = f"/changes/{change}", {"answer": "accept", "version": version}
    stale = await mine.send(path, {**answer, "version": str(int(version) - 1)})
    assert stale.status_code == 412 and "has changed this" in stale.text
    unknown = await mine.send(path, {**answer, "answer": "perhaps"})
    assert unknown.status_code == 422
    went_to(await mine.send(path, answer), mine.page, "change-accepted")
    again = await mine.send(path, answer, form_on="/account")
    assert again.status_code == 412
    shown = await mine.text()
    assert "Earlier changes" in shown and 'id="proposal"' not in shown
    assert (await mine.shown())["price"]["amount"] == 130_000


async def test_refusing_is_as_easy_and_leaves_what_was_agreed(mine: Mine) -> None:
    change = await propose(mine)
    version = str((await mine.shown())["version"])
    refused = await mine.send(f"/changes/{change}", {"answer": "refuse", "version": version})
    went_to(refused, mine.page, "change-refused")
    assert (await mine.shown())["price"]["amount"] == mine.offer.offer.price.amount


async def test_another_time_is_refused_with_all_money_back(mine: Mine) -> None:
    other = mine.offer.starts[-1].isoformat()
    moved = await mine.done(mine.coordinator, "reschedule", {"starts_at": other})
    change = moved["change_order_id"]
    shown = await mine.text()
    assert "The facility proposes another time" in shown and "everything you paid" in shown
    left = await mine.send(
        f"/changes/{change}", {"answer": "leave", "version": str(moved["version"])}
    )
    went_to(left, mine.page, "change-left")
    assert await mine.status() == "cancelled_by_patient"
    assert await mine.deposit_left() == 0


async def test_strangers_find_nothing_and_other_sides_only_read(
    mine: Mine, signed_in: SignedIn
) -> None:
    change = await propose(mine)
    stranger, _ = await signed_in()
    for path in ("", "/cancel", "/equivalents", "/items", "/aftercare", "/cover"):
        assert (await stranger.get(mine.page + path)).status_code == 404, path
    for path in (
        f"/changes/{change}", "/withdraw-consent", "/claims", "/items/new/companion",
        "/aftercare", "/questions",
    ):  # fmt: skip
        sent = await stranger.send(
            mine.page + path,
            {"answer": "accept", "version": "1", "name": "Ay", "address": "Abay 1", "do": "name",
             "text": "Hello?", "ground": "death", "file_id": str(mine.id)},
            form_on="/account",
        )  # fmt: skip
        assert sent.status_code == 404, (path, sent.status_code)
    staff, _ = await signed_in(Role.CLINICIAN, organisation=mine.coordinator.organisation_id)
    led = await staff.get(mine.page)
    assert led.headers["location"] == f"/facility{mine.page}"
    shown = (await staff.get(led.headers["location"])).text
    assert "Waits for the patient" in shown and 'value="accept"' not in shown
    refused = await staff.send(
        f"{mine.page}/changes/{change}", {"answer": "accept", "version": "9"}, form_on="/account"
    )
    assert refused.status_code == 403


async def test_who_may_not_read_sees_that_something_waits_and_no_more(
    mine: Mine, signed_in: SignedIn
) -> None:
    await propose(mine)
    browser, helper = await signed_in()
    await run(
        SYSTEM,
        "INSERT INTO access (id, account_id, patient_id, kind, scopes, home_state, created_at,"
        " until) SELECT gen_random_uuid(), $1, $2, 'mandate', $3, home_state, now(),"
        " now() + interval '1 day' FROM patient WHERE id = $2",
        helper.account_id, mine.patient.patient_id, [AccessScope.ACCEPT_QUOTE.value],
    )  # fmt: skip
    shown = (await browser.get(mine.page)).text
    assert "please answer" in shown
    assert "larger implant" not in shown and "more&gt; bone" not in shown
    assert (await browser.get(f"{mine.page}/aftercare")).status_code == 403


async def test_a_lost_permission_frees_the_patient_and_shows_where_else(
    person: Any, signed_in: SignedIn
) -> None:
    mine = await booked(person, signed_in, price=6_660_000)
    other = await person(Role.COORDINATOR, state="UZ")
    elsewhere = await bookable(other.organisation_id, "UZ", price=6_600_000)
    await suspend(mine)
    shown = await mine.text()
    assert "has lost a permission" in shown and f"{mine.page}/equivalents" in shown
    found = await mine.text("/equivalents")
    assert f"/offers/{elsewhere.offer.id}/hold?starts_at=" in found and "Uzbekistan" in found
    confirm = re.search(rf'href="(/offers/{elsewhere.offer.id}/hold[^"]+)"', found)
    assert confirm
    asked = await mine.browser.get(confirm[1].replace("&amp;", "&"))
    assert asked.status_code == 200 and "Hold this time" in asked.text
    cancel = await mine.text("/cancel")
    assert "(100%)" in cancel
    done = await mine.send(
        "/cancel",
        {"refund": value_of(cancel, "refund"), "version": value_of(cancel, "version")},
        form_on=f"{mine.page}/cancel",
    )
    went_to(done, mine.page, "cancelled")
    assert await mine.deposit_left() == 0


async def test_cancelling_holds_to_the_version_and_the_refund_that_were_shown(mine: Mine) -> None:
    shown, on = await mine.text("/cancel"), {"form_on": f"{mine.page}/cancel"}
    seen = {"refund": value_of(shown, "refund"), "version": value_of(shown, "version")}
    stale = await mine.send("/cancel", {**seen, "version": "999"}, **on)
    assert stale.status_code == 412 and await mine.status() == "confirmed"
    other = await mine.send("/cancel", {**seen, "refund": "1"}, **on)
    assert other.status_code == 409 and "has changed since you opened" in other.text
    went_to(await mine.send("/cancel", seen, **on), mine.page, "cancelled")


PDF = ("refusal.pdf", PAPERS[MediaType.PDF], "application/pdf")


async def test_a_reason_is_handed_in_with_its_document_once(mine: Mine) -> None:
    on = f"{mine.page}/cancel"
    claim = {"ground": "visa_refused", "note": "The consulate said no.", "attempt": "a1"}
    nothing = await mine.send("/claims", {"attempt": "a0"}, form_on=on)
    assert nothing.status_code == 422 and 'id="ground-error"' in nothing.text
    assert "Choose the document that shows it." in nothing.text
    text = ("note.pdf", b"no pdf at all", "application/pdf")
    wrong = await mine.send("/claims", claim, form_on=on, files={"document": text})
    assert wrong.status_code == 422 and "PDF, or a photo" in wrong.text
    assert "The consulate said no." in wrong.text
    assert await one("SELECT count(*) FROM stored_file WHERE patient_id = $1",
                     mine.patient.patient_id) == 0  # fmt: skip
    sent = await mine.send("/claims", claim, form_on=on, files={"document": PDF})
    went_to(sent, mine.page, "claimed")
    (file,) = await run(
        SYSTEM, "SELECT status, size FROM stored_file WHERE patient_id = $1",
        mine.patient.patient_id,
    )  # fmt: skip
    assert file["size"] == len(PDF[1]) and file["status"] in ("pending", "available")
    twice = await mine.send("/claims", claim, form_on="/account", files={"document": PDF})
    assert twice.status_code == 409 and "handed in for this booking already" in twice.text
    assert await one("SELECT count(*) FROM stored_file WHERE patient_id = $1",
                     mine.patient.patient_id) == 1  # fmt: skip
    assert "It decides by" in await mine.text()
    assert 'name="ground"' not in await mine.text("/cancel")


async def test_after_a_refusal_a_kept_document_is_handed_in_anew(mine: Mine) -> None:
    on = f"{mine.page}/cancel"
    await mine.send("/claims", {"ground": "visa_refused"}, form_on=on, files={"document": PDF})
    (made,) = (await mine.patient.client.get(f"{mine.address}/cancellation-claims")).json()
    await mine.coordinator.client.post(
        f"/v1/cancellation-claims/{made['id']}/decide",
        json={"confirmed": False, "answer": "Unreadable."}, headers={"If-Match": '"1"'},
    )  # fmt: skip
    shown = await mine.text("/cancel")
    assert "Not accepted" in shown and "Unreadable." in shown and "refusal.pdf" in shown
    sent = await mine.send(
        "/claims", {"ground": "medically_unfit", "file_id": made["file_id"]}, form_on=on
    )
    went_to(sent, mine.page, "claimed")


async def test_items_are_asked_for_changed_and_called_off(mine: Mine) -> None:
    base = "/items"
    on = f"{mine.page}/items/new/transfer"
    assert (await mine.browser.get(f"{mine.page}/items/new/helicopter")).status_code == 404
    body = {"pick_up": "Airport, KC 901", "drop_off": "Facility", "attempt": "t1"}
    short = await mine.send("/items/new/transfer", {"pick_up": "A", "attempt": "t0"}, form_on=on)
    assert short.status_code == 422 and "between 2 and 200" in short.text
    missing = await mine.send(
        "/items/new/transfer", {"pick_up": "Airport", "attempt": "t0"}, form_on=on
    )
    assert missing.status_code == 422 and 'id="drop_off-error"' in missing.text
    assert 'value="Airport"' in missing.text
    never = {**body, "starts_at": "2026-99-99T25:00", "attempt": "t0"}
    unreadable = await mine.send("/items/new/transfer", never, form_on=on)
    assert unreadable.status_code == 422 and 'id="starts_at-error"' in unreadable.text
    timed = {**body, "starts_at": "2027-03-01T09:30"}
    for _ in range(2):  # a second click makes no second transfer
        went_to(
            await mine.send("/items/new/transfer", timed, form_on=on),
            mine.page + base,
            "item-asked",
        )
    (item,) = (await mine.patient.client.get(f"{mine.address}/items")).json()
    assert datetime.fromisoformat(item["details"]["starts_at"]) == datetime.fromisoformat(
        "2027-03-01T09:30+05:00"
    )
    shown = await mine.text(base)
    assert "Airport, KC 901" in shown and "Asked for" in shown
    one_item = f"/items/{item['id']}"
    form = await mine.text(one_item)
    assert 'value="2027-03-01T09:30"' in form
    stale = await mine.send(one_item, {**timed, "version": "9"}, form_on=mine.page + one_item)
    assert stale.status_code == 412
    changed = await mine.send(
        one_item, {**timed, "pick_up": "Station", "version": "1"}, form_on=mine.page + one_item
    )
    went_to(changed, mine.page + base, "item-changed")
    off = await mine.send(one_item, {"do": "cancel", "version": "2"}, form_on=mine.page + base)
    went_to(off, mine.page + base, "item-cancelled")
    again = await mine.send(
        one_item, {"do": "cancel", "version": "3"}, form_on=f"{mine.page}/items/new/stay"
    )
    assert again.status_code == 409 and "Called off" in again.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("companion", {"name": "Gülnar <b>"}),
        ("interpreter", {"language": "kk"}),
        ("stay", {"starts_at": "2027-03-01T12:00", "ends_at": "2027-03-04T10:00"}),
        (
            "medical_transfer",
            {"pick_up": "Airport", "drop_off": "Ward", "stretcher": "yes", "escort": "A nurse"},
        ),
    ],
)
async def test_every_kind_has_its_form(mine: Mine, kind: str, body: dict[str, str]) -> None:
    on = f"{mine.page}/items/new/{kind}"
    went_to(
        await mine.send(f"/items/new/{kind}", {**body, "attempt": kind}, form_on=on),
        f"{mine.page}/items",
        "item-asked",
    )
    shown = await mine.text("/items")
    assert "<b>" not in shown.split("<main")[1].split("Gülnar")[-1][:4]
    (item,) = (await mine.patient.client.get(f"{mine.address}/items")).json()
    assert item["kind"] == kind and item["details"]["stretcher"] is ("stretcher" in body)


async def test_a_stay_must_end_after_it_begins(mine: Mine) -> None:
    body = {"starts_at": "2027-03-04T12:00", "ends_at": "2027-03-01T10:00", "attempt": "s"}
    wrong = await mine.send("/items/new/stay", body, form_on=f"{mine.page}/items/new/stay")
    assert wrong.status_code == 422 and "does not fit the rest" in wrong.text


async def test_the_consent_to_the_procedure_is_taken_back(mine: Mine) -> None:
    await mine.assessed()
    await mine.consent()
    shown = await mine.text()
    assert "Zeynep Arslan" in shown
    version = str((await mine.shown())["version"])
    stale = await mine.send("/withdraw-consent", {"version": "1"})
    assert stale.status_code == 412
    went_to(
        await mine.send("/withdraw-consent", {"version": version}), mine.page, "consent-withdrawn"
    )
    assert not (await mine.shown())["consented"]
    assert "Taken back" in await mine.text()


async def test_an_insurance_is_noted_once(mine: Mine) -> None:
    on = f"{mine.page}/cover"
    first = {"insurer": "Nomad", "policy_number": "N-1", "valid_from": "2027-03-01"}
    wrong = await mine.send("/cover", {**first, "valid_to": "2027-02-01"}, form_on=on)
    assert wrong.status_code == 422 and "before the first one" in wrong.text
    right = {**first, "valid_to": "2027-06-01", "attempt": "c1"}
    for _ in range(2):
        went_to(await mine.send("/cover", right, form_on=on), mine.page, "cover-noted")
    shown = await mine.text()
    assert shown.count("Nomad") == 1 and "N-1" in shown


async def care(mine: Mine, doctor: Any) -> None:
    made = await mine.patient.client.post(f"/v1/patients/{mine.patient.patient_id}/care-codes")
    assert made.status_code == 201, made.text
    taken = await doctor.client.post("/v1/care-relations", json={"code": made.json()["code"]})
    assert taken.is_success, taken.text


async def test_a_practice_that_knows_the_patient_is_asked_and_answers(
    mine: Mine, signed_in: SignedIn
) -> None:
    theirs, doctor = await signed_in(Role.REFERRING_DOCTOR)
    other, _ = await signed_in(Role.REFERRING_DOCTOR)
    await care(mine, doctor)
    at = f"{mine.page}/aftercare"
    assert str(doctor.organisation_id) in await mine.text("/aftercare")
    asked = await mine.send(
        "/aftercare", {"do": "ask", "organisation_id": str(doctor.organisation_id)}, form_on=at
    )
    went_to(asked, at, "home-care-asked")
    assert "Asked, no answer yet" in await mine.text("/aftercare")
    desk = (await theirs.get("/practice")).text
    assert 'href="/practice/aftercare"' in desk
    shown = (await theirs.get("/practice/aftercare")).text
    plan = re.search(r'action="(/practice/aftercare/plans/[0-9a-f-]+)"', shown)
    assert plan and "Aybek" in shown
    on = {"form_on": "/practice/aftercare"}
    answer = {"answer": "accept", "version": "1", "note": "Bring the letter."}
    foreign = await other.send(plan[1], answer, form_on="/practice")
    assert foreign.status_code == 404
    for wrong, status in (
        ({**answer, "version": "7"}, 412), ({**answer, "answer": "perhaps"}, 422),
        ({**answer, "note": "x"}, 422),
    ):  # fmt: skip
        assert (await theirs.send(plan[1], wrong, **on)).status_code == status
    went_to(await theirs.send(plan[1], answer, **on), "/practice/aftercare", "home-care-accepted")
    assert (await theirs.send(plan[1], {**answer, "version": "2"}, form_on="/practice")
            ).status_code == 409  # fmt: skip
    told = await mine.text("/aftercare")
    assert "Looks after you at home" in told and "Bring the letter." in told
    visits = f"/practice/aftercare/{mine.id}"
    assert (await theirs.get(visits)).status_code == 200
    assert (await other.get(visits)).status_code == 404


async def test_somebody_outside_is_named(mine: Mine) -> None:
    at = f"{mine.page}/aftercare"
    empty = await mine.send("/aftercare", {"do": "name", "name": "Dr. Ay"}, form_on=at)
    assert empty.status_code == 422 and 'value="Dr. Ay"' in empty.text
    named = {"do": "name", "name": "Dr. Ay", "address": "Abay 1, Taraz"}
    went_to(await mine.send("/aftercare", named, form_on=at), at, "home-care-named")
    assert "Abay 1, Taraz" in await mine.text("/aftercare")
    unknown = {"do": "ask", "organisation_id": str(mine.id)}
    refused = await mine.send("/aftercare", unknown, form_on=at)
    assert refused.status_code == 422 and "no such practice" in refused.text


async def test_after_discharge_visits_are_noted_and_questions_have_their_clock(
    mine: Mine,
) -> None:
    at = f"{mine.page}/aftercare"
    early = await mine.send("/questions", {"text": "May I swim?"}, form_on=at)
    assert early.status_code == 409 and "not possible at this point" in early.text
    await mine.discharged()
    await work()
    shown = await mine.text("/aftercare")
    assert "Fit to fly" in shown and "from " in shown and "Note this visit" in shown
    question = {"text": "May I <swim>?", "attempt": "q1"}
    for _ in range(2):
        went_to(await mine.send("/questions", question, form_on=at), at, "question-sent")
    shown = await mine.text("/aftercare")
    assert shown.count("May I &lt;swim&gt;?") == 1 and "The facility answers by" in shown
    await run(
        SYSTEM, "UPDATE aftercare_question SET due_at = now() - interval '1 s'"
        " WHERE booking_id = $1", UUID(mine.id),
    )  # fmt: skip
    assert "should have answered by" in await mine.text("/aftercare")
    (asked,) = (await mine.patient.client.get(f"{mine.address}/aftercare")).json()["questions"]
    await mine.clinician.client.post(
        f"/v1/aftercare/questions/{asked['id']}/answer", json={"answer": "In six weeks."},
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert "In six weeks." in await mine.text("/aftercare")
    found = (await mine.patient.client.get(f"{mine.address}/aftercare")).json()["visits"][0]
    visit = f"/visits/{found['id']}"
    today = (datetime.fromisoformat((await mine.shown())["server_time"])).date()
    future = {"visited_on": str(today + timedelta(days=9)), "report": "Well.", "version": "1"}
    wrong = await mine.send(visit, future, form_on=at)
    assert wrong.status_code == 422 and "not in the future" in wrong.text
    assert (await mine.send(visit, {"version": "1"}, form_on=at)).status_code == 422
    right = {**future, "visited_on": str(today), "version": "1"}
    went_to(await mine.send(visit, right, form_on=at), at, "visit-noted")
    assert (await mine.send(visit, {**right, "version": "2"}, form_on=at)).status_code == 409
    assert "Well." in await mine.text("/aftercare")
    await jobs.tell_due_visits()


async def test_the_referring_practice_reads_its_patients_bookings(
    mine: Mine, signed_in: SignedIn
) -> None:
    browser, doctor = await signed_in(Role.REFERRING_DOCTOR)
    await run(
        SYSTEM, "UPDATE booking SET practice_id = $2 WHERE id = $1",
        UUID(mine.id), doctor.organisation_id,
    )  # fmt: skip
    desk = (await browser.get("/practice")).text
    assert f'href="{mine.page}"' in desk and "Confirmed" in desk
    shown = (await browser.get(mine.page)).text
    assert "What has happened" in shown
    assert "Cancel this booking" not in shown and f"{mine.page}/letter" not in shown


@pytest.mark.parametrize("language", PAGES)
async def test_the_pages_speak_every_language(mine: Mine, language: str) -> None:
    change = await propose(mine)
    for path in ("", "/cancel", "/items", "/items/new/stay", "/aftercare", "/equivalents",
                 "/cover"):  # fmt: skip
        found = await mine.browser.get(f"{mine.page}{path}?lang={language}")
        assert found.status_code == 200, (path, found.text[:300])
        assert f'<html lang="{language}">' in found.text
    assert change
