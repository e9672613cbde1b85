"""Consents and records over HTTP: statuses, versions, bodies, and who is turned away."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from domain.actor import Role
from tests.conftest import Person

EXAMPLE = "ips/Bundle-IPS-examples-Bundle-01.json"


class Story:
    """A patient in care, with a clinician abroad."""

    def __init__(self, patient: Person, doctor: Person, clinician: Person) -> None:
        self.patient, self.doctor, self.clinician = patient, doctor, clinician
        self.record = f"/v1/patients/{patient.patient_id}/record"

    def body(self, **more: Any) -> dict[str, Any]:
        return {
            "patient_id": str(self.patient.patient_id),
            "grantee_organisation_id": str(self.clinician.organisation_id),
            "categories": ["problems", "results"],
            "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            **more,
        }

    async def asked(self, **more: Any) -> str:
        answer = await self.doctor.client.post("/v1/consents", json=self.body(**more))
        assert answer.status_code == 201, answer.text
        assert answer.headers["etag"] == '"1"'
        return str(answer.json()["id"])

    async def move(
        self, consent: str, verb: str, version: int, body: Any = None, who: Person | None = None
    ) -> httpx.Response:
        sent: dict[str, Any] = {"headers": {"If-Match": f'"{version}"'}}
        if body is not None:
            sent["json"] = body
        client = (who or self.patient).client
        return await client.post(f"/v1/consents/{consent}/{verb}", **sent)


@pytest.fixture
async def story(person: Any) -> Story:
    patient, doctor = await person(), await person(Role.REFERRING_DOCTOR)
    clinician = await person(Role.CLINICIAN, state="TR")
    code = await patient.client.post(f"/v1/patients/{patient.patient_id}/care-codes")
    taken = await doctor.client.post("/v1/care-relations", json={"code": code.json()["code"]})
    assert taken.status_code == 201, taken.text
    return Story(patient, doctor, clinician)


async def imported(story: Story, raw: bytes, **more: Any) -> httpx.Response:
    return await story.patient.client.post(
        f"{story.record}/imports",
        content=raw,
        **{"headers": {"Content-Type": "application/fhir+json"}, **more},
    )


async def test_from_a_summary_to_a_shared_section_and_back(
    story: Story, register_data: Path
) -> None:
    raw = (register_data / EXAMPLE).read_bytes()
    first = await imported(story, raw, params={"source_country": "HU"})
    assert first.status_code == 201 and first.json()["source_country"] == "HU"
    again = await imported(story, raw, headers={"Content-Type": "application/json; charset=utf-8"})
    assert again.status_code == 200 and again.json()["id"] == first.json()["id"]
    record = (await story.patient.client.get(story.record)).json()
    assert {"category": "problems", "loinc": "11450-4", "entries": 1} in record["sections"]
    problems = (await story.patient.client.get(f"{story.record}/problems")).json()
    assert problems["items"][0]["resource"]["resourceType"] == "Condition"
    assert problems["items"][0]["title"] == "Menopausal flushing (finding)"
    page = (await story.patient.client.get(f"{story.record}/results?limit=2")).json()
    rest = (
        await story.patient.client.get(f"{story.record}/results", params={"cursor": page["next"]})
    ).json()
    assert page["total"] == len(page["items"]) + len(rest["items"]) and rest["next"] is None

    assert (await story.clinician.client.get(story.record)).status_code == 404
    consent = await story.asked()
    preview = (await story.patient.client.get(f"/v1/consents/{consent}/preview")).json()
    assert preview["total"] == problems["total"] + page["total"]
    narrow = (
        await story.patient.client.get(
            f"/v1/consents/{consent}/preview?category=problems&exclude=HIV&language=ru"
        )
    ).json()
    assert narrow["total"] == 1 and "ВИЧ" in narrow["text"]["text"]
    granted = await story.move(
        consent, "grant", 1,
        {
            "categories": ["problems"], "excluded_labels": ["HIV"], "language": "ru",
            "text_sha256": narrow["text"]["sha256"],
        },
    )  # fmt: skip
    assert granted.status_code == 200 and granted.headers["etag"] == '"2"'
    shared = (await story.clinician.client.get(story.record)).json()
    assert [each["category"] for each in shared["sections"]] == ["problems"]
    seen = await story.patient.client.get(f"/v1/patients/{story.patient.patient_id}/accesses")
    assert any(each["consent_id"] == consent and each["country"] == "TR" for each in seen.json())
    revoked = await story.move(consent, "revoke", 2)
    assert revoked.json()["status"] == "revoked"
    refused = await story.clinician.client.get(f"{story.record}/problems")
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_withdrawn")


async def test_versions_states_and_strangers_have_each_their_status(
    story: Story, person: Any
) -> None:
    consent = await story.asked()
    stranger = await person()
    missing = await story.patient.client.post(f"/v1/consents/{consent}/deny")
    assert (missing.status_code, missing.json()["code"]) == (422, "if_match_needed")
    for answer, status, code in (
        (await story.move(consent, "suspend", 1), 409, "wrong_consent_state"),
        (await story.move(consent, "grant", 9, {}), 412, "stale_version"),
        (await story.move(consent, "grant", 1, {"categories": ["allergies"]}), 422,
         "broader_than_asked"),
        (await story.move(consent, "grant", 1, {"language": "hu"}), 422, "consent_language"),
        (await story.move(consent, "grant", 1, {"unknown": 1}), 422, "invalid_request"),
        (await story.move(consent, "grant", 1, {}, story.doctor), 403, "forbidden"),
        (await story.move(consent, "grant", 1, {}, story.clinician), 403, "wrong_role"),
        (await story.move(consent, "grant", 1, {}, stranger), 404, "consent_not_found"),
        (await stranger.client.get(f"/v1/consents/{consent}"), 404, "consent_not_found"),
        (await stranger.client.get(f"/v1/consents/{consent}/preview"), 404, "consent_not_found"),
        (await stranger.client.get(f"{story.record}/problems"), 404, "patient_not_found"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await stranger.client.get("/v1/consents")).json() == {"items": [], "next": None}
    assert (await story.move(consent, "deny", 1)).json()["status"] == "denied"


async def test_a_request_with_a_key_is_made_once(story: Story) -> None:
    body, headers = story.body(), {"Idempotency-Key": "consent-request-1"}
    made = [
        await story.doctor.client.post("/v1/consents", json=body, headers=headers) for _ in "12"
    ]
    assert made[0].json()["id"] == made[1].json()["id"]
    other = await story.doctor.client.post(
        "/v1/consents", json={**body, "categories": ["problems"]}, headers=headers
    )
    assert other.json()["code"] == "idempotency_key_reused"


async def test_every_broken_summary_is_refused_with_its_reasons(
    story: Story, register_data: Path
) -> None:
    for path in sorted((register_data / "ips" / "broken").glob("*.json")):
        answer = await imported(story, path.read_bytes())
        assert (answer.status_code, answer.json()["code"]) == (422, "not_an_ips"), path.name
        assert answer.json()["errors"], path.name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "unreadable_document"),
        (b"{", "unreadable_document"),
        (b"[" * 200_000, "unreadable_document"),
        (b'{"a":1,"a":2}', "unreadable_document"),
        (b'{"a":"\\ud800"}', "unreadable_document"),
        (b"{}", "not_an_ips"),
        (b"[]", "not_an_ips"),
    ],
)
async def test_hostile_bodies_are_clean_refusals(story: Story, raw: bytes, code: str) -> None:
    answer = await imported(story, raw)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_summary_may_be_larger_than_other_bodies_but_not_endless(
    story: Story, register_data: Path
) -> None:
    large = gzip.decompress((register_data / "patients/synthea_ips_09.json.gz").read_bytes())
    assert len(large) > 2_000_000
    assert (await imported(story, large)).status_code == 201
    assert (await imported(story, b" " * (16 * 1024 * 1024 + 1))).status_code == 413
    form = {"problems": [{"text": "x" * 1_100_000}]}
    refused = await story.doctor.client.post(f"{story.record}/entries", json=form)
    assert refused.status_code == 413


async def test_other_media_types_are_refused(story: Story) -> None:
    answer = await imported(story, b"<Bundle/>", headers={"Content-Type": "application/fhir+xml"})
    assert answer.status_code == 415


async def test_a_doctor_writes_lines_and_others_do_not(story: Story) -> None:
    form = {
        "problems": [{"text": "Asthma", "date": "2020"}],
        "results": [{"text": "FEV1", "value": "2.1 l"}],
    }
    made = await story.doctor.client.post(f"{story.record}/entries", json=form)
    assert made.status_code == 201
    assert made.json() == {"added": 2, "known": 0, "sections": {"problems": 1, "results": 1}}
    for who in (story.patient, story.clinician):
        refused = await who.client.post(f"{story.record}/entries", json=form)
        assert refused.status_code == 403
    empty = await story.doctor.client.post(f"{story.record}/entries", json={})
    assert (empty.status_code, empty.json()["code"]) == (422, "empty_form")


@pytest.mark.parametrize("path", ["", "/problems", "/imports", "/entries"])
async def test_nobody_without_a_session_gets_in(
    story: Story, client: httpx.AsyncClient, path: str
) -> None:
    send = client.post if path in ("/imports", "/entries") else client.get
    assert (await send(story.record + path)).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/nonsense", "/problems?limit=0", "/problems?limit=101", "/problems?cursor=x",
     "/problems?episode_id=x"],
)  # fmt: skip
async def test_nonsense_is_refused_cleanly(story: Story, path: str) -> None:
    assert (await story.patient.client.get(story.record + path)).status_code == 422


async def test_the_contract_names_the_body_of_an_import(app: Litestar) -> None:
    document = json.loads(json.dumps(app.openapi_schema.to_schema()))
    operation = document["paths"]["/v1/patients/{patient_id}/record/imports"]["post"]
    assert set(operation["requestBody"]["content"]) == {
        "application/json", "application/fhir+json",
    }  # fmt: skip
    section = document["paths"]["/v1/patients/{patient_id}/record/{section}"]["get"]
    assert "403" in section["responses"]
