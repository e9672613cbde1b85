"""Officers decide on a page that shows first what would follow; holders answer on theirs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.actor import ANONYMOUS, SYSTEM, Role
from domain.credentials import recognitions, service
from domain.credentials.types import CredentialView
from domain.ids import new_id
from tests.api.web.conftest import Browser, SignedIn
from tests.factories import directory
from tests.factories.desk import run
from tests.factories.directory import today

pytestmark = pytest.mark.usefixtures("catalogue")


class Desk(msgspec.Struct):
    """Two officers, the holder's coordinator, and a credential with an offer upon it."""

    first: Browser
    second: Browser
    holder: Browser
    foreign: Browser
    credential: CredentialView
    facility_id: UUID

    @property
    def page(self) -> str:
        return f"/officer/credentials/{self.credential.id}"

    @property
    def own_page(self) -> str:
        return f"/facility/credentials/{self.credential.id}"

    async def now(self) -> CredentialView:
        return await service.show_credential(ANONYMOUS, self.credential.id)

    async def decide(self, browser: Browser, decision: str, **typed: Any) -> Any:
        version = (await self.now()).version
        return await browser.send(self.page, {"decision": decision, "version": version, **typed})

    async def ask(self, decision: str, **typed: Any) -> Any:
        version = (await self.now()).version
        data = {"decision": decision, "version": version, **typed}
        return await self.holder.send(self.own_page, data)


@pytest.fixture
async def desk(signed_in: SignedIn) -> Desk:
    holder, member = await signed_in(Role.COORDINATOR)
    first, one = await signed_in(Role.MINISTRY_OFFICER)
    second, _ = await signed_in(Role.MINISTRY_OFFICER, organisation=one.organisation_id)
    foreign, _ = await signed_in(Role.MINISTRY_OFFICER, state="UZ")
    made = await directory.facility(organisation=member.organisation_id)
    credential = await directory.credential(made.id)
    await directory.offer(made.id)
    await directory.offer(made.id, "cataract-surgery")
    return Desk(first, second, holder, foreign, credential, made.id)


def said(answer: Any, done: str) -> None:
    assert answer.status_code == 303, answer.text[:900]
    assert answer.headers["location"].endswith(f"done={done}")


async def test_a_suspension_is_previewed_then_decided_then_ended(desk: Desk) -> None:
    shown = await desk.first.get(desk.page)
    assert 'value="preview"' in shown.text and 'value="suspend"' not in shown.text
    previewed = await desk.decide(desk.first, "preview", treatments="dental-implant")
    assert previewed.status_code == 200
    assert "Dental implant" in previewed.text and 'value="suspend"' in previewed.text
    assert (await desk.now()).status.value == "active"
    short = await desk.decide(desk.first, "suspend", treatments="dental-implant", reason="x")
    assert short.status_code == 422 and 'id="reason-suspend-error"' in short.text
    done = await desk.decide(
        desk.first, "suspend", treatments="dental-implant", reason="Points are <b>open"
    )
    said(done, "credential-suspended")
    view = await desk.now()
    assert (view.status.value, view.suspended_treatments) == ("suspended", ["dental-implant"])
    page = (await desk.first.get(desk.page)).text
    assert "Points are &lt;b&gt;open" in page and 'value="reinstate"' in page
    public = (await desk.holder.get(f"/facilities/{desk.facility_id}/credentials")).text
    assert "Points are &lt;b&gt;open" in public and "Dental implant" in public
    said(await desk.decide(desk.second, "reinstate", reason="All is closed"),
         "credential-reinstated")  # fmt: skip
    said(await desk.decide(desk.second, "revoke", reason="It was forged"), "credential-revoked")
    assert (await desk.now()).status.value == "revoked"


async def test_times_are_those_of_the_facility(desk: Desk) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    typed = later.strftime("%Y-%m-%dT09:30")
    previewed = await desk.decide(desk.first, "preview", effective_at=typed)
    assert "09:30" in previewed.text
    said(await desk.decide(desk.first, "suspend", effective_at=typed + ":00", reason="Points open"),
         "credential-suspended")  # fmt: skip
    effective = (await desk.now()).status_effective_at
    assert effective is not None
    assert effective.astimezone(UTC).strftime("%H:%M") == "04:30"  # 09:30 in Almaty
    wrong = await desk.decide(desk.first, "preview", effective_at="2020-01-01T09:30")
    assert wrong.status_code == 422


async def test_conditions_renewals_and_checks_are_decided_on_the_page(desk: Desk) -> None:
    until = str(today() + timedelta(days=30))
    said(await desk.decide(desk.first, "impose_conditions", conditions="A second bed",
                           until=until), "conditions-imposed")  # fmt: skip
    past = await desk.decide(desk.first, "impose_conditions", conditions="Another bed",
                             until=str(today() - timedelta(days=9)))  # fmt: skip
    assert past.status_code == 422 and 'id="until-conditions-error"' in past.text
    assert "A second bed" in (await desk.holder.get(desk.own_page)).text
    said(await desk.decide(desk.second, "lift_conditions", reason="It is there"),
         "conditions-lifted")  # fmt: skip
    incomplete = await desk.ask("renew", reference_number="R-1")
    assert incomplete.status_code == 422
    said(await desk.ask("renew", reference_number="R-<1>", evidence_sha256="ab" * 32),
         "renewal-filed")  # fmt: skip
    assert "R-&lt;1&gt;" in (await desk.first.get(desk.page)).text
    said(await desk.decide(desk.first, "refuse_renewal", reason="Unknown to the issuer"),
         "renewal-refused")  # fmt: skip
    said(await desk.ask("renew", reference_number="R-2", evidence_sha256="ab" * 32),
         "renewal-filed")  # fmt: skip
    said(await desk.decide(desk.first, "acknowledge_renewal"), "renewal-acknowledged")
    said(await desk.decide(desk.first, "recheck", method="letter", primary_source="yes",
                           evidence_sha256="cd" * 32), "rechecked")  # fmt: skip
    verification = (await desk.now()).verification
    assert verification is not None and verification.evidence_sha256 == "cd" * 32


async def test_an_appeal_goes_from_the_holder_to_another_officer(desk: Desk) -> None:
    said(await desk.decide(desk.first, "suspend", reason="Points are open"),
         "credential-suspended")  # fmt: skip
    short = await desk.ask("appeal", grounds="No")
    assert short.status_code == 422 and 'id="grounds-error"' in short.text
    grounds = "The points were closed in the week after the survey. <i>"
    said(await desk.ask("appeal", grounds=grounds), "appeal-filed")
    listed = (await desk.first.get("/officer?list=appeals")).text
    assert str(desk.credential.id) in listed
    assert "week after the survey. &lt;i&gt;" in (await desk.first.get(desk.page)).text
    said(await desk.decide(desk.first, "stay", reason="A new survey is due"), "stayed")
    assert (await desk.now()).stayed
    own = await desk.decide(desk.first, "decide_appeal", outcome="upheld", reason="As before")
    assert own.status_code == 422 and "This is your own decision." in own.text
    said(await desk.decide(desk.second, "lift_stay", reason="It was done"), "stay-lifted")
    said(await desk.ask("withdraw_appeal"), "appeal-withdrawn")
    said(await desk.ask("appeal", grounds=grounds), "appeal-filed")
    said(await desk.decide(desk.second, "decide_appeal", outcome="overturned",
                           reason="They were closed"), "appeal-decided")  # fmt: skip
    assert (await desk.now()).status.value == "active"


async def test_foreigners_strangers_and_old_pages_change_nothing(
    desk: Desk, signed_in: SignedIn
) -> None:
    foreign = await desk.foreign.send(
        desk.page, {"decision": "revoke", "version": 3, "reason": "Not mine"}, form_on="/officer"
    )
    assert foreign.status_code == 404
    coordinator = await desk.holder.send(
        desk.page, {"decision": "revoke", "version": 3, "reason": "My own"}, form_on="/facility"
    )
    assert coordinator.status_code == 403
    stranger, _ = await signed_in(Role.COORDINATOR)
    assert (await stranger.get(desk.own_page)).status_code == 404
    sent = await stranger.send(
        desk.own_page, {"decision": "renew", "version": 3, "reference_number": "R",
                        "evidence_sha256": "ab" * 32}, form_on="/facility",
    )  # fmt: skip
    assert sent.status_code == 404
    stale = await desk.first.send(
        desk.page, {"decision": "revoke", "version": 2, "reason": "Too late"}
    )
    assert stale.status_code == 422 and "Somebody has changed this" in stale.text
    odd = await desk.first.send(desk.page, {"decision": "no-such", "version": "x"})
    assert odd.status_code == 422
    assert (await desk.now()).version == desk.credential.version


async def test_a_decision_waits_for_a_fresh_proof_and_keeps_what_was_typed(
    desk: Desk, signed_in: SignedIn
) -> None:
    officer, who = await signed_in(Role.MINISTRY_OFFICER)
    await run(
        SYSTEM, "UPDATE session SET strong_at = now() - interval '1 hour' WHERE account_id = $1",
        who.account_id,
    )  # fmt: skip
    asked = await desk.decide(officer, "revoke", reason="It was forged by hand")
    assert asked.status_code == 403
    assert "It was forged by hand" in asked.text and "carried:reason" in asked.text
    assert (await desk.now()).status.value == "active"


async def test_a_facility_hands_in_on_its_page(desk: Desk) -> None:
    where = f"/facility/credentials/of/{desk.facility_id}"
    typed = {
        "kind": "health_tourism_authorisation", "certificate_number": "H-1", "body": "The ministry",
        "issued": str(today()), "valid_from": str(today()),
        "valid_to": str(today() + timedelta(days=90)), "accreditor_id": "",
    }  # fmt: skip
    crossed = await desk.holder.send(
        where, typed | {"valid_to": str(today() - timedelta(days=9))},
        form_on="/facility/credentials",
    )  # fmt: skip
    assert crossed.status_code == 422 and 'id="valid_to-1-error"' in crossed.text
    done = await desk.holder.send(where, typed, form_on="/facility/credentials")
    said(done, "handed-in")
    page = await desk.holder.get(done.headers["location"])
    assert page.status_code == 200 and "H-1" in page.text
    listed = await desk.holder.get("/facility/credentials")
    assert "H-1" in listed.text and desk.credential.certificate_number in listed.text
    # Nobody else sees what waits.
    public = await desk.foreign.get(f"/facilities/{desk.facility_id}/credentials")
    assert "H-1" not in public.text


async def test_the_public_page_leads_machines_to_the_data(desk: Desk) -> None:
    answer = await desk.foreign.get(f"/facilities/{desk.facility_id}/credentials")
    data = f"/v1/facilities/{desk.facility_id}/credentials"
    assert f'rel="alternate" type="application/json" href="{data}"' in answer.text
    assert answer.headers["link"] == f'<{data}>; rel="alternate"; type="application/json"'
    assert (await desk.foreign.client.get(data)).status_code == 200
    for address in re.findall(r'href="(/v1/[^"]+)"', answer.text):
        assert (await desk.foreign.client.get(address)).status_code == 200, address
    assert desk.credential.certificate_number in answer.text
    assert "What Kazakhstan asks for" in answer.text


async def test_a_recognition_takes_two_officers_on_their_page(desk: Desk) -> None:
    here = "/officer/accreditors"
    name = f"Board {desk.credential.id}"
    said(await desk.first.send(here, {"decision": "add", "name": name}), "accreditor-added")
    again = await desk.first.send(here, {"decision": "add", "name": name})
    assert again.status_code == 422 and "in the list already" in again.text
    record = {
        "decision": "record", "accreditor": name, "reference": "Decision 14",
        "source_url": "https://authority.example/14", "recognised_from": "2026-01-01",
    }  # fmt: skip
    crossed = await desk.first.send(here, record | {"recognised_to": "2025-01-01"})
    assert crossed.status_code == 422 and 'id="recognised_to-error"' in crossed.text
    said(await desk.first.send(here, record), "recognition-recorded")
    found = await recognitions.find_accreditor(directory.officer(), name)
    assert found is not None
    (waiting,) = found.recognitions
    address = f"{here}/recognitions/{waiting.id}"
    confirm = {"decision": "confirm", "version": 1}
    same = await desk.first.send(address, confirm, form_on=here)
    assert same.status_code == 422 and "A second officer has to confirm" in same.text
    assert (await desk.foreign.send(address, confirm, form_on=here)).status_code == 404
    said(await desk.second.send(address, confirm, form_on=here), "recognition-confirmed")
    ending = {"decision": "end", "version": 2, "reason": "The body has closed"}
    said(await desk.second.send(address, ending, form_on=here), "recognition-ended")


async def test_the_operator_hands_in_an_authorisation_that_officers_of_the_state_verify(
    signed_in: SignedIn,
) -> None:
    operator, _ = await signed_in(Role.OPERATOR)
    officer, _ = await signed_in(Role.MINISTRY_OFFICER, state="KG")
    foreign, _ = await signed_in(Role.MINISTRY_OFFICER, state="UZ")
    number, day = f"OP-{new_id()}", today().isoformat()
    typed = {
        "jurisdiction": "KG", "body": "Ministry of Health", "certificate_number": number,
        "issued": day, "valid_from": day, "valid_to": "",
    }  # fmt: skip
    # Without a last day it needs a next check; nothing that was typed is lost.
    refused = await operator.send("/authorisations", typed)
    assert refused.status_code == 422
    assert f'value="{number}"' in refused.text
    later = (today() + timedelta(days=300)).isoformat()
    said(
        await operator.send("/authorisations", {**typed, "valid_to": later}),
        "authorisation-handed-in",
    )
    assert number in (await operator.get("/authorisations")).text
    assert number in (await officer.get("/officer")).text
    assert number not in (await foreign.get("/officer")).text
    assert (await officer.get("/authorisations")).status_code == 403
