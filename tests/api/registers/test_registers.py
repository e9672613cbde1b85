"""Registers over HTTP and as pages."""

import httpx
import pytest

from domain.actor import Role
from domain.registers.reading import MAX_BYTES
from domain.registers.types import RegisterFormat
from tests.api.web.conftest import HTML, Browser
from tests.conftest import Person, Register, client_of
from tests.factories.registers import csv_file, hungarian

pytestmark = pytest.mark.usefixtures("catalogue")
HU = RegisterFormat.HU_NEAK
CSV = {"Content-Type": "text/csv"}


async def bring(who: Person, *rows: str) -> httpx.Response:
    return await who.client.post(
        "/v1/register-imports?format=hu-neak", content=csv_file(HU, rows), headers=CSV
    )


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


async def test_a_file_is_brought_looked_at_and_applied(person: Register) -> None:
    officer = await person(Role.MINISTRY_OFFICER, state="HU")
    foreign = await person(Role.MINISTRY_OFFICER, state="TR")
    made = await bring(officer, hungarian("K001"), hungarian("K002"))
    assert (made.status_code, made.headers["etag"]) == (201, '"1"'), made.text
    address = f"/v1/register-imports/{made.json()['id']}"
    page = await officer.client.get(address, params={"kind": "new", "limit": 1})
    assert (page.json()["new"], len(page.json()["items"])) == (2, 1)
    following = await officer.client.get(
        address, params={"kind": "new", "limit": 1, "cursor": page.json()["next"]}
    )
    first, second = page.json()["items"][0], following.json()["items"][0]
    assert (first["source_key"], second["source_key"]) == ("K001", "K002")
    assert code(await foreign.client.get(address)) == (404, "register_import_not_found")
    assert code(await bring(foreign, hungarian("K003"))) == (403, "register_of_another_state")
    apply, all_of_it = f"{address}/apply", {"changes": [first["id"]]}
    assert code(await officer.client.post(apply, json=all_of_it)) == (422, "if_match_needed")
    stale = await officer.client.post(apply, json=all_of_it, headers={"If-Match": '"9"'})
    assert code(stale) == (412, "stale_version")
    empty = await officer.client.post(apply, json={"changes": []}, headers={"If-Match": '"1"'})
    assert empty.status_code == 422
    done = await officer.client.post(apply, json=all_of_it, headers={"If-Match": '"1"'})
    assert (done.json()["status"], done.json()["applied"]) == ("applied", 1), done.text
    late = await officer.client.post(f"{address}/discard", headers={"If-Match": '"2"'})
    assert code(late) == (409, "register_import_decided")


async def test_what_is_no_register_is_refused(person: Register) -> None:
    officer = await person(Role.MINISTRY_OFFICER, state="HU")

    async def send(body: bytes, kind: str = "text/csv", name: str = "hu-neak") -> tuple[int, str]:
        return code(
            await officer.client.post(
                f"/v1/register-imports?format={name}", content=body, headers={"Content-Type": kind}
            )
        )

    assert await send(b"") == (422, "register_unreadable")
    assert await send(b"PK\x03\x04" + bytes(64)) == (422, "register_unreadable")
    assert await send(csv_file(HU, []).decode().encode("utf-16")) == (422, "register_unreadable")
    assert await send(csv_file(HU, []), "application/json") == (415, "unsupported_media_type")
    assert await send(csv_file(HU, []), name="excel") == (422, "invalid_request")
    assert await send(b"x" * (MAX_BYTES + 1)) == (413, "request_too_large")


async def test_an_officer_does_it_all_on_pages(app: object, person: Register) -> None:
    officer = await person(Role.MINISTRY_OFFICER, state="HU")
    await bring(officer, hungarian("L001"))
    async with client_of(app) as client:  # type: ignore[arg-type]
        client.cookies.set("__Host-sid", officer.token, domain="localhost.local")
        browser = Browser(client)
        shown = await browser.get("/registers")
        token = shown.text.split('name="form_token" value="')[1].split('"')[0]
        missing = await client.post(
            "/registers", data={"form_token": token, "register": "hu-neak"}, headers=HTML,
            files={"other": b""},
        )  # fmt: skip
        assert missing.status_code == 422 and 'id="file-error"' in missing.text

        async def upload(register: str) -> httpx.Response:
            return await client.post(
                "/registers", data={"form_token": token, "register": register}, headers=HTML,
                files={"file": ("r.csv", csv_file(HU, [hungarian("L002", name="=1+1 <b>")]))},
            )  # fmt: skip

        wrong = await upload("tr-moh")
        assert wrong.status_code in (403, 422)
        read = await upload("hu-neak")
        path = read.headers["location"]
        found = await browser.get(path)
        assert "=1+1 &lt;b&gt;" in found.text and "L001" not in found.text
        nothing = await browser.send(path, {"decision": "some", "version": 1})
        assert nothing.status_code == 422 and 'id="changes-error"' in nothing.text
        stale = await browser.send(path, {"decision": "all", "version": 4})
        assert stale.status_code == 409
        done = await browser.send(path, {"decision": "all", "version": 1})
        assert done.headers["location"] == f"{path}?done=saved", done.text[:400]
        after = await browser.get(path)
        assert 'name="decision"' not in after.text
        assert (await browser.get(path + "?kind=gone&after=nonsense")).status_code == 200
