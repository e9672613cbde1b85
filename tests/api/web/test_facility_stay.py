"""One stay on one page: what is open, what may be done now, and every form of it."""

import hashlib
import html
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from litestar import Litestar

from domain.actor import SYSTEM, Role
from tests.api.web.conftest import Browser, SignedIn
from tests.api.web.test_facility_desk import Desk, desk_of, went
from tests.conftest import Register
from tests.domain.bookings.test_claims import file_of
from tests.factories.desk import one, run
from tests.factories.stays import HASH

pytestmark = pytest.mark.usefixtures("catalogue")

ALMATY = ZoneInfo("Asia/Almaty")


class Page(msgspec.Struct):
    """The page of one stay, with the people who work on it."""

    desk: Desk

    async def text(self, browser: Browser | None = None) -> str:
        answer = await (browser or self.desk.clinician).get(
            self.desk.page, **{"Accept-Language": "en"}
        )
        assert answer.status_code == 200, answer.text[:900]
        return html.unescape(answer.text)

    async def send(
        self, form: str, browser: Browser | None = None, /, *, files: Any = None, **typed: Any
    ) -> Any:
        """Send a form with the booking's present version, or with what is typed."""
        version = (await self.desk.stay.shown())["version"]
        data = {"version": version, **typed}
        return await (browser or self.desk.clinician).send(
            f"{self.desk.page}/{form}", data, form_on=self.desk.page, files=files
        )

    async def by_desk(self, form: str, /, **typed: Any) -> Any:
        return await self.send(form, self.desk.coordinator, **typed)

    async def status(self) -> str:
        return await self.desk.stay.status()


@pytest.fixture
async def stay_page(app: Litestar, person: Register) -> Page:
    return Page(await desk_of(app, person))


def wall(ago: timedelta = timedelta(0)) -> str:
    """Return what a browser sends for a moment ago on the clock of the facility."""
    return (datetime.now(ALMATY) - ago).strftime("%Y-%m-%dT%H:%M")


CONSENT = {
    "language": "kk", "text_version": "2026-1", "signed_by": "patient", "signatory": "Aybek N",
    "interpreter": "", "document_sha256": HASH,
}  # fmt: skip


async def test_a_stay_goes_from_arrival_to_its_closed_file(stay_page: Page) -> None:
    page = stay_page
    early = await page.by_desk("check-in")
    assert early.status_code == 409 and "It is too early for this" in early.text
    await page.desk.stay.begins()
    assert "Check in" in await page.text(page.desk.coordinator)
    assert "/check-in" not in await page.text()
    went(await page.by_desk("check-in"), "checked-in")
    shown = await page.text()
    assert "signed consent to the procedure is not recorded yet" in shown
    went(await page.send("assess", outcome="proceed"), "assessed")
    lacking = await page.send("start")
    assert lacking.status_code == 409 and "signed consent to the procedure is missing" in (
        html.unescape(lacking.text)
    )
    signed = {**CONSENT, "signed_at": wall(timedelta(minutes=5)), "document_sha256": ""}
    paper = {"document": ("consent.pdf", b"%PDF signed", "application/pdf")}
    without = await page.send("record-consent", **signed)
    assert without.status_code == 422 and 'id="document_sha256-consent-error"' in without.text
    went(await page.send("record-consent", files=paper, **signed), "consent-recorded")
    assert hashlib.sha256(b"%PDF signed").hexdigest() in await page.text()
    went(await page.send("start"), "started")
    went(await page.send("extend-stay", reason="recovery",
                         ends_at=(datetime.now(ALMATY) + timedelta(days=9)).strftime(
                             "%Y-%m-%dT%H:%M")), "extended")  # fmt: skip
    went(await page.send("discharge", discharged_at=""), "discharged")
    assert "The discharge letter is missing" in await page.text()
    both = await page.send("add-letter", reference="", file_id="")
    assert both.status_code == 422
    unknown = await page.send("add-letter", file_id=page.desk.stay.id)
    assert unknown.status_code == 422 and 'id="file_id-letter-error"' in unknown.text
    went(await page.send("add-letter", reference="Composition/1"), "letter-added")
    went(await page.by_desk("complete"), "completed")
    shown = await page.text()
    assert await page.status() == "completed"
    for word in ("Checked in", "Stay extended", "recovery takes longer", "Discharged"):
        assert word in shown
    assert "Nothing for your role to do here" in await page.text(page.desk.coordinator)


async def test_times_are_typed_by_the_clock_of_the_facility(stay_page: Page) -> None:
    page = stay_page
    await page.desk.stay.checked_in()
    signed_at = wall(timedelta(hours=2))
    went(await page.send("record-consent", signed_at=signed_at, **CONSENT), "consent-recorded")
    stored = await one("SELECT signed_at FROM procedure_consent WHERE booking_id = $1",
                       UUID(page.desk.stay.id))  # fmt: skip
    assert stored.astimezone(ALMATY).strftime("%Y-%m-%dT%H:%M") == signed_at
    again = await page.send("record-consent", signed_at=signed_at, **CONSENT)
    assert again.status_code == 409 and "is recorded already" in again.text


@pytest.mark.parametrize("typed", ["", "yesterday", "2026-13-45T99:99", "\0", "0001-01-01T00:00"])
async def test_an_impossible_time_is_said_beside_its_field_and_keeps_the_rest(
    stay_page: Page, typed: str
) -> None:
    await stay_page.desk.stay.checked_in()
    answer = await stay_page.send(
        "record-consent", **{**CONSENT, "signatory": "Kept <Name>", "signed_at": typed}
    )
    assert answer.status_code == 422
    assert 'id="signed_at-consent-error"' in answer.text
    assert "Kept &lt;Name&gt;" in answer.text


async def test_a_change_is_proposed_with_its_lines_and_waits(stay_page: Page) -> None:
    page = stay_page
    await page.desk.stay.checked_in()
    rows = {"outcome": "change_order", "label1": "A larger <implant>", "kind1": "mandatory"}
    cheap = await page.send("assess", **rows, amount1="1")
    assert cheap.status_code == 422 and "do not add up" in cheap.text
    assert "A larger &lt;implant&gt;" in cheap.text
    for wrong in ({"amount1": "x"}, {"amount1": ""}, {"amount1": "9" * 500}, {"label1": ""}):
        refused = await page.send("assess", **{**rows, **wrong})
        assert refused.status_code == 422, wrong
        (field,) = wrong
        assert f'aria-describedby="{field}-error"' in refused.text, wrong
    contradictory = await page.send("assess", outcome="not_treated")
    assert contradictory.status_code == 422 and 'id="reason-assess-error"' in contradictory.text
    went(await page.send("assess", **rows, amount1="4 000,50"), "assessed")
    shown = await page.text()
    assert "Change after the assessment" in shown and "4,000.50" in shown
    assert "A change waits for the patient's answer" in shown
    went(await page.send("assess", outcome="not_treated", reason="medically_unfit",
                         note="Fever since <b>Monday"), "assessed")  # fmt: skip
    ended = (await page.desk.clinician.get(page.desk.page)).text
    assert await page.status() == "not_treated"
    assert "medically unfit" in ended and "Fever since &lt;b&gt;Monday" in ended


async def test_a_variation_stays_within_the_limit_and_is_justified(stay_page: Page) -> None:
    page = stay_page
    await page.desk.stay.started()
    most = (await page.desk.stay.shown())["max_price"]["amount"]
    over = await page.send("record-variation", label1="More", amount1=str(most), note="Needed")
    assert over.status_code == 409 and "agreed to at most" in over.text
    await run(SYSTEM, "UPDATE booking SET max_price_minor = price_minor + 50000 WHERE id = $1",
              UUID(page.desk.stay.id))  # fmt: skip
    went(await page.send("record-variation", label1="Graft", amount1="120", note="Thin bone"),
         "varied")  # fmt: skip
    shown = await page.text()
    assert "Say why the operation needed more" in shown and "Graft" in shown
    change = await one("SELECT id FROM change_order WHERE booking_id = $1",
                       UUID(page.desk.stay.id))  # fmt: skip
    why = {"focus": str(change), "version": 1, "justification": "The bone was thin"}
    assert (await page.by_desk("justify-variation", **why)).status_code == 403
    short = await page.send("justify-variation", **{**why, "justification": "x"})
    assert short.status_code == 422 and f'id="justification-{change}-error"' in short.text
    went(await page.send("justify-variation", **why), "justified")
    stale = await page.send("justify-variation", **why)
    assert stale.status_code == 409
    assert "The bone was thin" in await page.text()


async def test_a_complication_is_reported_once_and_the_insurer_told(stay_page: Page) -> None:
    page = stay_page
    await page.desk.stay.started()
    await run(SYSTEM, "UPDATE booking SET created_at = now() - interval '2 d' WHERE id = $1",
              UUID(page.desk.stay.id))  # fmt: skip
    report = {"what": "Bleeding <u>", "occurred_at": wall(timedelta(hours=1)), "attempt": "a1"}
    went(await page.send("report-complication", **report), "complication")
    went(await page.send("report-complication", **report), "complication")
    assert await one("SELECT count(*) FROM complication WHERE booking_id = $1",
                     UUID(page.desk.stay.id)) == 1  # fmt: skip
    other = await page.send("report-complication", **{**report, "what": "Fever as well"})
    assert other.status_code == 409 and "sent before with other words" in other.text
    shown = await page.desk.clinician.get(page.desk.page)
    assert "Bleeding &lt;u&gt;" in shown.text and "The insurer does not know yet" in shown.text
    found = await one("SELECT id FROM complication WHERE booking_id = $1",
                      UUID(page.desk.stay.id))  # fmt: skip
    told = {"focus": str(found), "version": 1, "claim_number": "C-77"}
    future = await page.by_desk("add-claim", **told, insurer_told_at="2300-01-01T10:00")
    assert future.status_code == 422
    went(await page.by_desk("add-claim", **told, insurer_told_at=wall()), "insurer-told")
    shown = html.unescape((await page.desk.coordinator.get(page.desk.page)).text)
    assert "C-77" in shown and "Tell the insurer of the complication" not in shown


@pytest.mark.parametrize(
    ("name", "typed", "status"),
    [
        ("transfer-out", {"to": "City hospital", "reason": "complication"}, "transferred_out"),
        ("leave", {"reason": "own_wish", "note": "Told of bleeding"}, "left_against_advice"),
        ("record-death", {"died_at": "now", "note": "Cardiac arrest"}, "died"),
    ],
)
async def test_a_stay_ends_otherwise_only_with_what_must_be_said(
    stay_page: Page, name: str, typed: dict[str, str], status: str
) -> None:
    await stay_page.desk.stay.started()
    assert (await stay_page.send(name)).status_code == 422
    assert (await stay_page.by_desk(name, **typed)).status_code == 403
    filled = {key: wall() if value == "now" else value for key, value in typed.items()}
    went(await stay_page.send(name, **filled), "left")
    assert await stay_page.status() == status
    assert "Write the discharge letter" in await stay_page.text()


async def test_cover_is_recorded_once_and_nobody_came(stay_page: Page) -> None:
    page = stay_page
    cover = {"insurer": "Nomad", "policy_number": "P-1", "valid_from": "2026-01-02",
             "valid_to": "2026-01-01", "attempt": "c1"}  # fmt: skip
    wrong = await page.by_desk("record-cover", **cover)
    assert wrong.status_code == 422 and 'id="valid_to-cover-error"' in wrong.text
    cover["valid_to"] = "2026-12-31"
    for _ in range(2):
        went(await page.by_desk("record-cover", **cover), "cover-recorded")
    assert (await page.text()).count("Nomad") == 1
    await page.desk.stay.begins(timedelta(hours=-3))
    went(await page.by_desk("no-show"), "no-show")
    assert await page.status() == "no_show"


async def test_another_day_is_proposed_and_the_same_day_moves(stay_page: Page) -> None:
    page = stay_page
    starts = page.desk.stay.offer.starts
    shown = await page.text(page.desk.coordinator)
    later = next(each for each in starts if each >= starts[0] + timedelta(hours=2))
    same, other = later.isoformat(), starts[-1].isoformat()
    assert f'value="{same}"' in shown
    assert f'value="{same}"' not in await page.text(page.desk.clinician)
    went(await page.by_desk("reschedule", starts_at=same), "time-proposed")
    assert datetime.fromisoformat((await page.desk.stay.shown())["starts_at"]) == later
    stale = await page.by_desk("reschedule", starts_at=other, version=1)
    assert stale.status_code == 409
    went(await page.by_desk("reschedule", starts_at=other), "time-proposed")
    shown = await page.text()
    assert "Another time" in shown and "Waits for the patient" in shown
    late = await page.desk.coordinator.get(f"{page.desk.page}?from=2026-01-01")
    assert late.status_code == 200
    for odd in ("9999-12-31", "2999-12-30", "0001-01-01", "x", "%00"):
        assert (await page.desk.coordinator.get(f"{page.desk.page}?from={odd}")).status_code == 200
    went(await page.by_desk("cancel"), "cancelled")
    assert await page.desk.stay.deposit_left() == 0


async def test_what_goes_along_is_added_confirmed_and_called_off(stay_page: Page) -> None:
    page = stay_page
    nothing = await page.by_desk("add-item", kind="interpreter", attempt="i0")
    assert nothing.status_code == 422 and 'id="language-item-error"' in nothing.text
    asked = await page.desk.stay.patient.client.post(
        f"{page.desk.stay.address}/items",
        json={"kind": "transfer", "details": {"pick_up": "Airport <1>", "drop_off": "Hotel"}},
    )
    item = {"focus": asked.json()["id"], "version": asked.json()["version"]}
    shown = (await page.desk.coordinator.get(page.desk.page)).text
    assert "Airport &lt;1&gt;" in shown and "Arrange what goes along" in shown
    details = {"pick_up": "Airport", "drop_off": "Hotel", "starts_at": "2027-01-01T10:00"}
    nobody = await page.by_desk("change-item", **item, **details, confirmed="yes")
    assert nobody.status_code == 422 and f'id="supplier-{item["focus"]}-error"' in nobody.text
    went(await page.by_desk("change-item", **item, **details, confirmed="yes", supplier="Taxi 8"),
         "item-saved")  # fmt: skip
    shown = await page.text(page.desk.coordinator)
    assert "supplied by Taxi 8" in shown and "Arrange what goes along" not in shown
    assert 'value="2027-01-01T10:00"' in shown
    went(await page.by_desk("cancel-item", focus=item["focus"], version=item["version"] + 1),
         "item-cancelled")  # fmt: skip
    new = {"kind": "companion", "name": "Aliya", "attempt": "i1"}
    for _ in range(2):
        went(await page.by_desk("add-item", **new), "item-saved")
    assert (await page.text()).count("Aliya") == 1


async def test_a_claimed_ground_is_decided_with_an_answer(stay_page: Page) -> None:
    page = stay_page
    stay = page.desk.stay
    file = await file_of(stay.patient)
    claimed = await stay.patient.client.post(
        f"{stay.address}/cancellation-claims", json={"ground": "visa_refused", "file_id": file}
    )
    assert claimed.status_code == 201, claimed.text
    claim = {"focus": claimed.json()["id"], "version": 1}
    shown = await page.text(page.desk.coordinator)
    assert "the visa was refused" in shown and "Decide about the claimed ground" in shown
    assert "not shared with you" in shown and "/content" not in shown
    assert (await page.send("decide-claim", **claim, confirmed="yes")).status_code == 403
    unsaid = await page.by_desk("decide-claim", **claim)
    assert unsaid.status_code == 422 and 'id="confirmed-error"' in unsaid.text
    went(await page.by_desk("decide-claim", **claim, confirmed="yes", answer="We are sorry"),
         "claim-decided")  # fmt: skip
    assert await stay.status() == "cancelled_by_patient" and await stay.deposit_left() == 0
    assert "We are sorry" in await page.text(page.desk.coordinator)


async def test_questions_after_discharge_are_answered_and_visits_reported(stay_page: Page) -> None:
    page = stay_page
    await page.desk.stay.discharged()
    asked = await page.desk.stay.patient.client.post(
        f"{page.desk.stay.address}/questions", json={"text": "May I swim <b>already?"}
    )
    question = {"focus": asked.json()["id"], "version": 1}
    shown = await page.desk.clinician.get(page.desk.page)
    assert "May I swim &lt;b&gt;already?" in shown.text and "due " in shown.text
    assert (await page.send("answer-question", **question, answer="")).status_code == 422
    went(await page.send("answer-question", **question, answer="Not for two weeks"),
         "question-answered")  # fmt: skip
    twice = await page.send("answer-question", **{**question, "version": 2}, answer="Or three")
    assert twice.status_code == 409 and "answered already" in twice.text
    assert "Not for two weeks" in await page.text()


async def test_strangers_find_nothing_and_unknown_forms_do_not_exist(
    stay_page: Page, signed_in: SignedIn
) -> None:
    page = stay_page
    stranger, _ = await signed_in(Role.COORDINATOR)
    assert (await stranger.get(page.desk.page)).status_code == 404
    sent = await stranger.send(f"{page.desk.page}/cancel", {"version": 1}, form_on="/facility")
    assert sent.status_code == 404
    patient, _ = await signed_in()
    assert (await patient.get(page.desk.page)).status_code == 403
    doctor, _ = await signed_in(Role.REFERRING_DOCTOR)
    assert (await doctor.get(page.desk.page)).status_code == 403
    for name in ("withdraw-consent", "pay", "nothing", "%00"):
        assert (await page.by_desk(name)).status_code == 404, name
    for focus in ("", "x", page.desk.stay.id):
        answer = await page.by_desk("cancel-item", focus=focus)
        assert answer.status_code == 404, focus
    tokenless = await page.desk.coordinator.client.post(
        f"{page.desk.page}/cancel", data={"version": 2},
        headers={"Accept": "text/html", "Origin": "https://localhost"},
    )  # fmt: skip
    assert tokenless.status_code in (400, 403, 409, 422)
    assert await page.status() == "confirmed"


async def test_a_stay_is_shown_by_the_clocks_of_the_facility_and_of_the_patient(
    app: Litestar, person: Register
) -> None:
    page = Page(await desk_of(app, person, state="HU"))
    shown = await page.text(page.desk.coordinator)
    start = page.desk.stay.offer.starts[0]
    assert start.astimezone(ZoneInfo("Europe/Budapest")).strftime("%H:%M") in shown
    assert f"{start.astimezone(ALMATY):%H:%M} for the patient" in shown
