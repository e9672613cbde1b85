"""Profiles, people and photos over HTTP and on pages."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.actor import SYSTEM, Actor, Role
from domain.availability import resources
from domain.availability.types import NewPool, NewPractitioner, PoolKind
from domain.db import connection, transactional
from domain.facilities.types import FacilityView
from domain.files import jobs as files
from domain.files.stores import store
from domain.profiles import rules
from domain.profiles import service as profiles
from domain.profiles.types import PhotoWidth
from tests.api.web.conftest import HTML, SignedIn, browsing, signed_in
from tests.conftest import Person, Register
from tests.factories import directory
from tests.factories.photos import photo_bytes

__all__ = ["browsing", "signed_in"]
pytestmark = pytest.mark.usefixtures("catalogue")
PNG = {"Content-Type": "image/png"}


async def run_by(who: Person) -> FacilityView:
    return await directory.facility(organisation=who.organisation_id)


async def upload(who: Person, facility: FacilityView, raw: bytes | None = None, **more: Any) -> Any:
    return await who.client.post(
        f"/v1/facilities/{facility.id}/photos",
        params={"alt": "The entrance", **more},
        content=photo_bytes() if raw is None else raw,
        headers=PNG,
    )


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


@transactional
async def ran(actor: Actor, sql: str, *values: object) -> Any:
    return await connection().fetch(sql, *values)


async def test_a_profile_is_written_by_the_own_staff_and_read_by_all(
    person: Register, client: httpx.AsyncClient
) -> None:
    own, foreign = await person(Role.COORDINATOR), await person(Role.COORDINATOR)
    facility = await run_by(own)
    await ran(
        SYSTEM, "UPDATE facility SET latitude = 43.24, longitude = 76.9 WHERE id = $1", facility.id
    )
    address = f"/v1/facilities/{facility.id}/profile"
    body = {"departments": ["cardiology"], "languages": ["kk"], "accessibility": ["lift", "lift"]}
    assert code(await own.client.put(address, json=body)) == (422, "if_match_needed")
    first = {"If-Match": '"0"'}
    assert code(await foreign.client.put(address, json=body, headers=first)) == (
        404, "facility_not_found",
    )  # fmt: skip
    wrong = await own.client.put(address, json={"departments": ["astrology"]}, headers=first)
    assert code(wrong) == (422, "unknown_department")
    wrong = await own.client.put(address, json={"languages": ["fr"]}, headers=first)
    assert code(wrong) == (422, "unknown_language")
    written = await own.client.put(address, json=body, headers=first)
    assert (written.status_code, written.headers["etag"]) == (200, '"1"'), written.text
    stale = await own.client.put(address, json=body, headers=first)
    assert code(stale) == (412, "stale_version")
    shown = (await client.get(address)).json()
    assert (shown["departments"], shown["accessibility"]) == (["cardiology"], ["lift"])
    assert shown["airports"][0]["code"] == "ALA"
    assert not {"response_time", "closure_rate", "price_variance", "reviews"} & set(shown)


async def test_only_who_agreed_is_shown_and_licences_are_told(
    person: Register, client: httpx.AsyncClient
) -> None:
    own, foreign = await person(Role.COORDINATOR), await person(Role.COORDINATOR)
    clinician = await person(Role.CLINICIAN, organisation=own.organisation_id)
    facility = await run_by(own)
    for name, licence in (("Dr. Shown", f"L-{clinician.email}"), ("Dr. Hidden", "L-unknown")):
        await resources.create_pool(
            SYSTEM, facility.id,
            NewPool(kind=PoolKind.PRACTITIONER, name=name, practitioner=NewPractitioner(
                name=name, specialty="dentistry", licence_number=licence, licence_state="KZ")),
        )  # fmt: skip
    await ran(
        SYSTEM, "UPDATE membership SET licence_verified_at = now() WHERE account_id = $1",
        clinician.account_id,
    )  # fmt: skip
    address = f"/v1/facilities/{facility.id}/practitioners"
    assert (await client.get(address)).json() == []
    assert (await foreign.client.get(address)).json() == []
    mine = {each["name"]: each for each in (await own.client.get(address)).json()}
    assert (mine["Dr. Shown"]["shown"], len(mine)) == (False, 2)
    one = f"{address}/{mine['Dr. Shown']['id']}"
    agreed = {"consents": True, "languages": ["kk", "ru"]}
    assert code(await foreign.client.put(one, json=agreed)) == (404, "facility_not_found")
    nobody = await own.client.put(f"{address}/{facility.id}", json=agreed)
    assert code(nobody) == (404, "practitioner_not_found")
    assert (await own.client.put(one, json=agreed)).json()["licence_verified"] is True
    shown = (await client.get(address)).json()
    assert [(each["name"], each["languages"]) for each in shown] == [("Dr. Shown", ["kk", "ru"])]
    page = await client.get(f"/facilities/{facility.id}", headers=HTML)
    assert "Dr. Shown" in page.text and "Dr. Hidden" not in page.text
    await own.client.put(one, json={"consents": False})
    assert (await client.get(address)).json() == []


async def test_photos_are_shown_ordered_described_and_removed(
    person: Register, client: httpx.AsyncClient
) -> None:
    own, foreign = await person(Role.COORDINATOR), await person(Role.COORDINATOR)
    facility = await run_by(own)
    one, other = [(await upload(own, facility)).json() for _ in range(2)]
    address = f"/v1/facilities/{facility.id}"
    for width in ("480", "1280"):
        kept = await client.get(one["addresses"][width])
        assert (kept.status_code, kept.headers["content-type"]) == (200, "image/webp")
        assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert kept.headers["x-content-type-options"] == "nosniff"
        assert kept.content[8:12] == b"WEBP"
    assert (await client.get(f"/v1/facility-photos/{one['id']}/481")).status_code == 422
    order = {"photos": [other["id"], one["id"]]}
    assert code(await foreign.client.put(f"{address}/photo-order", json=order))[0] == 404
    short = await own.client.put(f"{address}/photo-order", json={"photos": [one["id"]]})
    assert code(short) == (422, "photo_order_incomplete")
    ordered = await own.client.put(f"{address}/photo-order", json=order)
    assert [each["id"] for each in ordered.json()["photos"]] == order["photos"]
    photo = f"/v1/facility-photos/{one['id']}"
    assert code(await own.client.put(photo, json={"alt": {}}))[0] == 422
    assert code(await own.client.put(photo, json={"alt": {"fr": "Une porte"}})) == (
        422, "unknown_language",
    )  # fmt: skip
    said = {"alt": {"kk": "Кіреберіс", "ru": "Вход <b>"}}
    assert code(await foreign.client.put(photo, json=said))[0] == 404
    assert (await own.client.put(photo, json=said)).json()["alt"] == said["alt"]
    page = await client.get(f"/facilities/{facility.id}?lang=ru", headers=HTML)
    assert "Вход &lt;b&gt;" in page.text
    assert 'lang="kk"' in (await client.get(f"/facilities/{facility.id}?lang=tr")).text
    assert code(await foreign.client.delete(photo))[0] == 404
    assert (await own.client.delete(photo)).status_code == 204
    assert (await client.get(one["addresses"]["480"])).status_code == 404
    assert code(await own.client.delete(photo)) == (404, "photo_not_found")


async def test_bad_photos_leave_nothing_behind(person: Register) -> None:
    own, foreign = await person(Role.COORDINATOR), await person(Role.COORDINATOR)
    facility = await run_by(own)
    before = await kept()
    assert code(await upload(own, facility, b"PK\x03\x04" + bytes(90))) == (422, "not_a_photo")
    assert code(await upload(own, facility, bytes(10 * 1024 * 1024 + 1))) == (
        413, "request_too_large",
    )  # fmt: skip
    assert code(await upload(own, facility, alt="")) == (422, "invalid_request")
    assert code(await upload(own, facility, lang="fr")) == (422, "unknown_language")
    assert code(await upload(foreign, facility)) == (404, "facility_not_found")
    officer = await person(Role.MINISTRY_OFFICER)
    assert code(await upload(officer, facility)) == (403, "wrong_role")
    for _ in range(rules.MOST_PHOTOS):
        assert (await upload(own, facility)).status_code == 201
    assert code(await upload(own, facility)) == (409, "too_many_photos")
    assert len(await kept()) == len(before) + 2 * rules.MOST_PHOTOS


async def kept() -> set[str]:
    return {each.key async for page in store().pages(rules.PREFIX) for each in page}


async def test_what_no_row_names_is_swept_and_the_rest_stays(
    person: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await person(Role.COORDINATOR)
    facility = await run_by(own)
    photo = UUID((await upload(own, facility)).json()["id"])
    orphan = (await upload(own, facility)).json()["id"]
    await ran(SYSTEM, "DELETE FROM facility_photo WHERE id = $1", UUID(orphan))
    await profiles.sweep_pictures()
    assert rules.object_key(UUID(orphan), PhotoWidth.SMALL) in await kept()
    monkeypatch.setattr(profiles, "ORPHANED_AFTER", -profiles.ORPHANED_AFTER)
    monkeypatch.setattr(files.rules, "ABANDONED_AFTER", -files.rules.ABANDONED_AFTER)
    # The sweep of patients' files knows nothing of photos and leaves them alone.
    await files.sweep()
    assert rules.object_key(photo, PhotoWidth.LARGE) in await kept()
    assert await profiles.sweep_pictures() >= 2
    left = await kept()
    assert rules.object_key(UUID(orphan), PhotoWidth.SMALL) not in left
    assert {rules.object_key(photo, width) for width in PhotoWidth} <= left


async def test_the_staff_do_it_all_on_a_page(signed_in: SignedIn) -> None:
    browser, who = await signed_in(Role.COORDINATOR)
    facility = await run_by(who)
    path = f"/facility/profile/{facility.id}"
    assert (await browser.get("/facility/profile")).headers["location"] == path
    shown = (await browser.get(path)).text
    token = shown.split('name="form_token" value="')[1].split('"')[0]

    async def send(raw: bytes, alt: str) -> httpx.Response:
        return await browser.client.post(
            path, headers=HTML, files={"file": ("a.jpg", raw)},
            data={"form_token": token, "do": "photo", "alt": alt, "language": "kk"},
        )  # fmt: skip

    assert 'id="alt-error"' in (await send(photo_bytes(), "")).text
    assert (await send(b"PK\x03\x04" + bytes(99), "Кіреберіс")).status_code == 409
    done = await send(photo_bytes(600, 400, "JPEG"), "Кіреберіс")
    assert done.headers["location"] == f"{path}?done=saved", done.text[:400]
    saved = await browser.send(
        path, {"do": "profile", "version": 0, "departments": "cardiology", "languages": ["kk"],
               "accessibility": ["lift", "wheelchairs"]},
    )  # fmt: skip
    assert saved.status_code == 303, saved.text[:400]
    public = (await browser.get(f"/facilities/{facility.id}")).text
    assert "Кіреберіс" in public and "wheelchairs to borrow" in public and "Cardiology" in public
    foreign, _ = await signed_in(Role.COORDINATOR)
    assert (await foreign.get(path)).status_code == 404
