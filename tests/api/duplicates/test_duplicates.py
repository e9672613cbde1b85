"""Merging facilities over HTTP and on the officers' pages."""

import pytest

from domain.actor import Role
from tests.api.web.conftest import SignedIn, browsing, signed_in
from tests.conftest import Register
from tests.factories import directory

__all__ = ["browsing", "signed_in"]
pytestmark = pytest.mark.usefixtures("catalogue")


async def test_merging_over_http(person: Register) -> None:
    first = await person(Role.MINISTRY_OFFICER, state="KG")
    second = await person(Role.MINISTRY_OFFICER, state="KG")
    foreign = await person(Role.MINISTRY_OFFICER, state="UZ")
    one = await directory.facility("KG", name="Ala-Too clinic <b>", city="Naryn")
    other = await directory.facility("KG", name="Ala-Too klinikasy", city="Naryn")
    address, body = f"/v1/facilities/{one.id}/merge", {"other_id": str(other.id)}
    version = {"If-Match": f'"{one.version}"'}
    assert (await first.client.post(address, json=body, headers=version)).status_code == 422
    body |= {"other_version": other.version}  # type: ignore[dict-item]
    assert (await first.client.post(address, json=body)).json()["code"] == "if_match_needed"
    refused = await foreign.client.post(address, json=body, headers=version)
    assert refused.json()["code"] == "facility_of_another_state"
    made = await first.client.post(address, json=body, headers=version)
    assert (made.status_code, made.json()["status"]) == (201, "proposed"), made.text
    confirm = f"/v1/facility-merges/{made.json()['id']}/confirm"
    assert (await first.client.post(confirm)).json()["code"] == "second_officer_needed"
    assert (await foreign.client.post(confirm)).json()["code"] == "facility_merge_not_found"
    assert (await second.client.post(confirm)).json()["status"] == "confirmed"
    shown = await foreign.client.get(f"/v1/facilities/{other.id}")
    assert shown.json()["id"] == str(one.id)
    listed = await second.client.get("/v1/facility-merges", params={"status": "confirmed"})
    assert made.json()["id"] in {each["id"] for each in listed.json()["items"]}


async def test_the_officers_page_and_the_old_address(signed_in: SignedIn) -> None:
    first, one = await signed_in(Role.MINISTRY_OFFICER, state="KG")
    second, _ = await signed_in(Role.MINISTRY_OFFICER, organisation=one.organisation_id)
    kept = await directory.facility("KG", name="Talas clinic <b>")
    gone = await directory.facility("KG", name="Talas klinikasy")
    page, path = "/officer/duplicates", f"/officer/duplicates/{kept.id}"
    form = {"decision": "merge", "version": kept.version, "other_id": str(gone.id)}
    unreadable = await first.send(path, {**form, "other_version": "x"}, form_on=page)
    assert unreadable.status_code == 422
    stale = await first.send(path, {**form, "other_version": 8}, form_on=page)
    assert stale.status_code == 409
    done = await first.send(path, {**form, "other_version": gone.version}, form_on=page)
    assert done.headers["location"] == f"{page}?done=saved", done.text[:400]
    waiting = (await second.get(page)).text
    assert "Talas clinic &lt;b&gt;" in waiting
    merge = waiting.split(f"{page}/merges/")[1].split('"')[0]
    same = await first.send(f"{page}/merges/{merge}", {"decision": "confirm"}, form_on=page)
    assert same.status_code in (403, 409)
    done = await second.send(f"{page}/merges/{merge}", {"decision": "confirm"}, form_on=page)
    assert done.headers["location"] == f"{page}?done=saved"
    old = await second.get(f"/facilities/{gone.id}")
    assert (old.status_code, old.headers["location"]) == (301, f"/facilities/{kept.id}")
