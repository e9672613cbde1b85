"""Files over HTTP: sending in pieces, who may read, and how a download is answered."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from litestar import Litestar

from domain.actor import Role
from domain.audit import service as audit
from domain.files import jobs, scanners, stores
from domain.files.scanners import NoScanner
from domain.files.stores import LocalStore
from domain.files.types import CHUNK, MediaType
from tests.conftest import Person, Register
from tests.factories.papers import PAPERS

PDF = PAPERS[MediaType.PDF]
SENT = {"Content-Type": "application/offset+octet-stream"}


class Story(msgspec.Struct):
    """A patient in a practice's care, and a clinician abroad."""

    patient: Person
    doctor: Person
    clinician: Person

    @property
    def files(self) -> str:
        return f"/v1/patients/{self.patient.patient_id}/files"

    async def declared(self, who: Person | None = None, **more: Any) -> httpx.Response:
        body = {"name": "Эпикриз.pdf", "media_type": "application/pdf", "size": len(PDF), **more}
        return await (who or self.patient).client.post(self.files, json=body)

    async def address(self, who: Person | None = None, **more: Any) -> str:
        answer = await self.declared(who, **more)
        assert answer.status_code == 201, answer.text
        assert answer.headers["upload-offset"] == "0"
        return str(answer.headers["location"])

    async def available(self, content: bytes = PDF, who: Person | None = None, **more: Any) -> str:
        address = await self.address(who, size=len(content), **more)
        answer = await send(who or self.patient, address, 0, content)
        assert answer.status_code == 204, answer.text
        await jobs.check_waiting()
        shown = (await self.patient.client.get(address)).json()
        assert shown["status"] == "available", shown
        return address

    async def consent(self, *categories: str, **more: Any) -> str:
        asked = await self.doctor.client.post(
            "/v1/consents",
            json={
                "patient_id": str(self.patient.patient_id),
                "grantee_organisation_id": str(self.clinician.organisation_id),
                "categories": categories,
                "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
                **more,
            },
        )
        assert asked.status_code == 201, asked.text
        address = f"/v1/consents/{asked.json()['id']}"
        granted = await self.patient.client.post(
            f"{address}/grant", json=more.get("grant", {}), headers={"If-Match": '"1"'}
        )
        assert granted.status_code == 200, granted.text
        return address


@pytest.fixture
async def story(
    person: Register, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Story:
    monkeypatch.setattr(stores, "_store", LocalStore(tmp_path_factory.mktemp("store")))
    monkeypatch.setattr(scanners, "_scanner", NoScanner())
    patient, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    code = await patient.client.post(f"/v1/patients/{patient.patient_id}/care-codes")
    taken = await doctor.client.post("/v1/care-relations", json={"code": code.json()["code"]})
    assert taken.status_code == 201, taken.text
    return Story(patient, doctor, await person(Role.CLINICIAN, state="TR"))


async def send(
    who: Person, address: str, offset: int, content: Any, **headers: str
) -> httpx.Response:
    return await who.client.patch(
        address, content=content, headers={**SENT, "Upload-Offset": str(offset), **headers}
    )


async def offset_of(who: Person, address: str) -> int:
    answer = await who.client.head(address)
    assert answer.status_code == 200
    assert answer.headers["tus-resumable"] == "1.0.0"
    return int(answer.headers["upload-offset"])


async def test_from_announcing_to_downloading(story: Story) -> None:
    address = await story.available(name='../Эпикриз "№1".pdf')
    shown = (await story.patient.client.get(address)).json()
    assert shown["name"] == "_Эпикриз _№1_.pdf"
    assert (shown["scanned"], shown["received"], shown["reason"]) == (False, len(PDF), None)
    answer = await story.patient.client.get(f"{address}/content")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "no-store"
    how = answer.headers["content-disposition"]
    assert how.startswith("attachment; filename=")
    assert how.endswith("filename*=UTF-8''" + quote(shown["name"], safe=""))
    listed = (await story.patient.client.get(story.files)).json()
    assert [each["id"] for each in listed["items"]] == [shown["id"]]


async def test_pieces_of_any_size_and_an_upload_that_is_continued(story: Story) -> None:
    content = PDF + secrets.token_bytes(2 * CHUNK + 12_345)
    address = await story.address(size=len(content))
    at = 0
    for size in (1, 700, CHUNK - 1, 3, CHUNK + 1, 2 * CHUNK):
        answer = await send(story.patient, address, at, content[at : at + size])
        assert answer.status_code == 204, answer.text
        at = min(at + size, len(content))
        assert answer.headers["upload-offset"] == str(at) == str(
            await offset_of(story.patient, address)
        ) or at == len(content)
    await jobs.check_waiting()
    answer = await story.patient.client.get(f"{address}/content")
    assert answer.content == content
    more = await send(story.patient, address, at, b"x")
    assert (more.status_code, more.json()["code"]) == (409, "upload_over")


async def test_a_wrong_offset_is_told_the_true_one(story: Story) -> None:
    address = await story.address()
    await send(story.patient, address, 0, PDF[:9])
    for wrong in (0, 8, 10, 10**11):
        answer = await send(story.patient, address, wrong, PDF[9:])
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_offset")
        assert answer.json()["upload_offset"] == 9
    for nonsense in ("-1", "x", "1.5", "9" * 40, ""):
        answer = await story.patient.client.patch(
            address, content=PDF, headers={**SENT, "Upload-Offset": nonsense}
        )
        assert answer.status_code == 422, nonsense
    assert (await story.patient.client.patch(address, content=PDF, headers=SENT)).status_code == 422
    assert await offset_of(story.patient, address) == 9


async def test_more_than_declared_is_refused_announced_or_not(story: Story) -> None:
    address = await story.address()
    answer = await send(story.patient, address, 0, PDF + b"x")
    assert (answer.status_code, answer.json()["code"]) == (422, "larger_than_declared")

    async def unannounced() -> AsyncIterator[bytes]:
        yield PDF
        yield b"x"

    answer = await send(story.patient, address, 0, unannounced())
    assert (answer.status_code, answer.json()["code"]) == (422, "larger_than_declared")
    assert await offset_of(story.patient, address) == 0
    assert (await send(story.patient, address, 0, PDF)).status_code == 204


async def cut_off(app: Litestar, who: Person, address: str, offset: int, sent: bytes) -> int:
    """Send the beginning of a body and hang up; return the status nobody hears."""
    messages = [
        {"type": "http.request", "body": sent, "more_body": True},
        {"type": "http.disconnect"},
    ]
    statuses: list[int] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PATCH",
        "path": address, "raw_path": address.encode(), "root_path": "", "scheme": "https",
        "query_string": b"", "client": ("127.0.0.1", 1), "server": ("localhost", 443),
        "headers": [
            (b"host", b"localhost"),
            (b"authorization", f"Bearer {who.token}".encode()),
            (b"content-type", SENT["Content-Type"].encode()),
            (b"content-length", b"%d" % (len(sent) + 1)),
            (b"upload-offset", b"%d" % offset),
        ],
        "state": {},
    }  # fmt: skip
    await app(scope, receive, answer)  # type: ignore[arg-type]
    return statuses[0]


async def test_what_arrived_before_a_cut_off_is_kept_to_the_byte(
    story: Story, app: Litestar
) -> None:
    content = PDF + secrets.token_bytes(CHUNK + 99)
    address = await story.address(size=len(content))
    for arrived in (17, CHUNK + 5):
        at = await offset_of(story.patient, address)
        assert await cut_off(app, story.patient, address, at, content[at:arrived]) == 422
        assert await offset_of(story.patient, address) == arrived
    assert (await send(story.patient, address, arrived, content[arrived:])).status_code == 204
    await jobs.check_waiting()
    assert (await story.patient.client.get(f"{address}/content")).content == content


async def test_a_second_writer_is_turned_away_while_the_first_sends(story: Story) -> None:
    address = await story.address()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield PDF[:10]
        begun.set()
        await go_on.wait()
        yield PDF[10:]

    first = asyncio.ensure_future(send(story.patient, address, 0, slowly()))
    await begun.wait()
    second = await send(story.doctor, address, 0, PDF)
    assert (second.status_code, second.json()["code"]) == (409, "upload_busy")
    go_on.set()
    assert (await first).status_code == 204
    assert await offset_of(story.patient, address) == len(PDF)


async def test_the_door_refuses_types_sizes_and_names(story: Story) -> None:
    for body, status, code in (
        ({"media_type": "application/x-msdownload"}, 422, "invalid_request"),
        ({"media_type": "text/html"}, 422, "invalid_request"),
        ({"media_type": "application/zip"}, 422, "media_type_not_allowed"),
        ({"purpose": "evidence"}, 422, "invalid_request"),
        ({"size": 0}, 422, "invalid_request"),
        ({"size": -1}, 422, "invalid_request"),
        ({"size": 25 * 1024 * 1024 + 1}, 422, "file_too_large"),
        ({"size": 2**40}, 422, "invalid_request"),
        ({"name": "\u0000/"}, 422, "unusable_name"),
        ({"sha256": "xyz"}, 422, "invalid_request"),
        ({"effective_at": "2999-01-01T00:00:00Z"}, 422, "impossible_moment"),
        ({"effective_at": "2020-01-01T00:00:00"}, 422, "invalid_request"),
        ({"labels": ["X"]}, 422, "invalid_request"),
        ({"status": "available"}, 422, "invalid_request"),
    ):
        answer = await story.declared(**body)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body, answer.text)
    address = await story.address()
    wrong = await story.patient.client.patch(
        address, content=PDF, headers={"Upload-Offset": "0", "Content-Type": "application/pdf"}
    )
    assert wrong.status_code == 415


async def test_a_repeated_announcement_has_one_effect(story: Story) -> None:
    key = {"Idempotency-Key": "0199f3a0-upload-1"}
    body = {"name": "a.pdf", "media_type": "application/pdf", "size": 100}
    made = [
        (await story.patient.client.post(story.files, json=body, headers=key)).json()["id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    other = await story.patient.client.post(story.files, json={**body, "size": 1}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"


async def test_unfinished_uploads_are_counted(story: Story) -> None:
    for _ in range(20):
        last = await story.address()
    answer = await story.declared()
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_uploads")
    assert (await story.patient.client.delete(last)).status_code == 204
    assert (await story.declared()).status_code == 201


async def test_only_an_available_file_is_downloaded_and_a_lie_is_rejected(story: Story) -> None:
    address = await story.address(size=5)
    assert (await story.patient.client.get(f"{address}/content")).status_code == 409
    await send(story.patient, address, 0, b"MZ\x90\0\x03")
    assert (await story.patient.client.get(f"{address}/content")).status_code == 409
    await jobs.check_waiting()
    shown = (await story.patient.client.get(address)).json()
    assert (shown["status"], shown["reason"]) == ("rejected", "type_mismatch")
    refused = await story.patient.client.get(f"{address}/content")
    assert (refused.status_code, refused.json()["code"]) == (409, "file_not_available")


async def test_strangers_learn_nothing(story: Story, person: Register, client: Any) -> None:
    address = await story.available()
    open_upload = await story.address()
    for role in (Role.PATIENT, Role.REFERRING_DOCTOR, Role.CLINICIAN):
        stranger = await person(role)
        for answer in (
            await stranger.client.get(address),
            await stranger.client.head(address),
            await stranger.client.get(f"{address}/content"),
            await stranger.client.get(story.files),
        ):
            assert answer.status_code == 404, (role, answer.text)
        for changed in (
            await send(stranger, open_upload, 0, PDF),
            await stranger.client.delete(address),
            await story.declared(stranger),
        ):
            assert changed.status_code in (403, 404), (role, changed.text)
    for answer in (
        await client.get(address),
        await client.get(f"{address}/content"),
        await client.patch(open_upload, content=PDF, headers={**SENT, "Upload-Offset": "0"}),
        await client.post(story.files, json={}),
    ):
        assert answer.status_code == 401
    unknown = f"/v1/files/{story.patient.patient_id}"
    assert (await story.patient.client.get(unknown)).status_code == 404
    assert await offset_of(story.patient, open_upload) == 0


async def test_the_practice_brings_and_reads_but_does_not_remove(story: Story) -> None:
    address = await story.available(who=story.doctor)
    assert (await story.doctor.client.get(f"{address}/content")).content == PDF
    assert (await story.doctor.client.delete(address)).status_code == 403
    assert (await story.patient.client.delete(address)).status_code == 204
    for who in (story.patient, story.doctor):
        assert (await who.client.get(address)).status_code == 404
        assert (await who.client.get(f"{address}/content")).status_code == 404
    assert (await story.patient.client.delete(address)).status_code == 404
    assert (await story.patient.client.get(story.files)).json()["items"] == []


async def test_a_facility_reads_under_the_categorys_consent_until_it_is_revoked(
    story: Story,
) -> None:
    letter = await story.available()
    image = await story.available(
        PAPERS[MediaType.DICOM], name="heart.dcm", media_type="application/dicom",
        purpose="imaging",
    )  # fmt: skip
    unfinished = await story.address()
    hospital = story.clinician.client
    assert (await hospital.get(f"{letter}/content")).status_code == 404
    problems = await story.consent("problems")
    assert (await hospital.get(f"{letter}/content")).status_code == 404
    assert (await hospital.get(story.files)).json()["items"] == []
    await story.patient.client.post(f"{problems}/revoke", headers={"If-Match": '"2"'})

    consent = await story.consent("documents")
    assert (await hospital.get(f"{letter}/content")).content == PDF
    listed = (await hospital.get(story.files)).json()["items"]
    assert [f"/v1/files/{each['id']}" for each in listed] == [letter]
    for hidden in (f"{image}/content", image, unfinished):
        assert (await hospital.get(hidden)).status_code == 404
    assert (await send(story.clinician, unfinished, 0, PDF)).status_code in (403, 404)
    assert (await story.declared(story.clinician)).status_code == 403
    assert (await hospital.delete(letter)).status_code == 403
    disclosed = (
        await story.patient.client.get(f"/v1/patients/{story.patient.patient_id}/accesses")
    ).json()
    read = next(each for each in disclosed if each["action"] == "files.read")
    assert read["consent_id"] == consent.rpartition("/")[2]
    assert (read["purpose"], read["categories"]) == ("TREAT", ["documents"])

    revoked = await story.patient.client.post(f"{consent}/revoke", headers={"If-Match": '"2"'})
    assert revoked.status_code == 200
    for gone in (letter, f"{letter}/content"):
        assert (await hospital.get(gone)).status_code == 404
    ended = await hospital.get(story.files)
    assert (ended.status_code, ended.json()["code"]) == (403, "consent_withdrawn")


async def test_a_sensitive_file_stays_out_of_a_consent_that_excludes_its_label(
    story: Story,
) -> None:
    letter = await story.available(labels=["PSY"])
    undated = await story.available()
    dated = await story.available(effective_at="2024-05-01T00:00:00Z")
    asked = await story.doctor.client.post(
        "/v1/consents",
        json={
            "patient_id": str(story.patient.patient_id),
            "grantee_organisation_id": str(story.clinician.organisation_id),
            "categories": ["documents"],
            "data_from": "2024-01-01T00:00:00Z",
            "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        },
    )
    granted = await story.patient.client.post(
        f"/v1/consents/{asked.json()['id']}/grant",
        json={"excluded_labels": ["PSY"]},
        headers={"If-Match": '"1"'},
    )
    assert granted.status_code == 200, granted.text
    for address, status in ((letter, 404), (undated, 404), (dated, 200)):
        assert (await story.clinician.client.get(f"{address}/content")).status_code == status


async def test_a_read_that_cannot_be_audited_fails(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await story.available()

    async def broken(*_: object, **__: object) -> None:
        raise OSError("planted")

    monkeypatch.setattr(audit, "record", broken)
    answer = await story.patient.client.get(f"{address}/content")
    assert answer.status_code == 503
    assert PDF not in answer.content
