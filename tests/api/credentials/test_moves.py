"""Every move over HTTP: who is refused with what, whatever the state of the credential."""

from typing import Any

import httpx
import msgspec
import pytest

from domain.actor import ANONYMOUS, Role
from domain.credentials import service
from domain.credentials.types import CredentialView
from tests.conftest import Person, Register
from tests.factories import directory

pytestmark = pytest.mark.usefixtures("catalogue")
REASON = {"reason": "The evidence no longer holds"}
CHECK = {"method": "letter", "primary_source": True, "evidence_sha256": "ab" * 32}
OFFICERS: dict[str, Any] = {
    "verify": CHECK,
    "confirm": None,
    "recheck": CHECK,
    "impose-conditions": {"conditions": "A second surgeon", "until": "2099-01-01"},
    "lift-conditions": REASON,
    "acknowledge-renewal": None,
    "refuse-renewal": REASON,
    "suspend": REASON,
    "reinstate": REASON,
    "revoke": REASON,
    "stay": REASON,
    "lift-stay": REASON,
    "decide-appeal": {"outcome": "upheld", **REASON},
}
HOLDERS: dict[str, Any] = {
    "renew": {"reference_number": "R-1", "evidence_sha256": "ab" * 32},
    "appeal": {"grounds": "The points were closed in the week after the survey."},
    "withdraw-appeal": None,
}
FROM_ACTIVE = {
    "verify": (409, "wrong_state"),
    "confirm": (409, "wrong_state"),
    "impose-conditions": (422, "impossible_dates"),
    "lift-conditions": (409, "wrong_state"),
    "acknowledge-renewal": (409, "no_renewal_filed"),
    "refuse-renewal": (409, "no_renewal_filed"),
    "reinstate": (409, "wrong_state"),
    "stay": (409, "wrong_state"),
    "lift-stay": (409, "wrong_state"),
    "decide-appeal": (409, "wrong_state"),
    "appeal": (409, "wrong_state"),
    "withdraw-appeal": (409, "wrong_state"),
}
"""What each body gets from a credential in force; the others succeed."""


class Cast(msgspec.Struct):
    """A credential in force, and everybody who might move it."""

    credential: CredentialView
    officer: Person
    foreign: Person
    holder: Person
    other: Person

    async def move(
        self, who: Person | httpx.AsyncClient, verb: str, version: int | None = None
    ) -> tuple[int, str]:
        client = who if isinstance(who, httpx.AsyncClient) else who.client
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        answer = await client.post(
            f"/v1/credentials/{self.credential.id}/{verb}",
            json=(OFFICERS | HOLDERS)[verb],
            headers=headers,
        )
        if answer.is_success:
            assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
            return answer.status_code, ""
        assert answer.headers["content-type"].startswith("application/problem+json")
        return answer.status_code, answer.json()["code"]


@pytest.fixture
async def cast(person: Register) -> Cast:
    holder = await person(Role.COORDINATOR)
    made = await directory.facility(organisation=holder.organisation_id)
    return Cast(
        await directory.credential(made.id),
        await person(Role.MINISTRY_OFFICER),
        await person(Role.MINISTRY_OFFICER, state="UZ"),
        holder,
        await person(Role.COORDINATOR),
    )


@pytest.mark.parametrize("verb", [*OFFICERS, *HOLDERS])
async def test_each_move_is_refused_for_its_own_reason(
    cast: Cast, client: httpx.AsyncClient, verb: str
) -> None:
    version = cast.credential.version
    mover, elsewhere = (
        (cast.officer, cast.foreign) if verb in OFFICERS else (cast.holder, cast.other)
    )
    wrong_role = cast.holder if verb in OFFICERS else cast.officer
    assert await cast.move(client, verb, version) == (401, "unauthenticated")
    assert await cast.move(elsewhere, verb, version) == (404, "credential_not_found")
    assert await cast.move(wrong_role, verb, version) == (403, "wrong_role")
    assert await cast.move(mover, verb) == (422, "if_match_needed")
    expected = FROM_ACTIVE.get(verb, (200, ""))
    if expected[1] != "wrong_state":
        assert await cast.move(mover, verb, version - 1) == (412, "stale_version")
    assert await cast.move(mover, verb, version) == expected
    succeeded = expected[0] == 200
    if succeeded:
        # The second click of a double one.
        again = await cast.move(mover, verb, version)
        assert again in ((412, "stale_version"), (409, "wrong_state"))
    shown = await service.show_credential(ANONYMOUS, cast.credential.id)
    assert shown.version == version + succeeded


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("suspend", {"reason": "No"}),
        ("suspend", {**REASON, "effective_at": "2020-01-01T00:00:00Z"}),
        ("suspend", {**REASON, "effective_at": "2090-01-01T00:00:00"}),
        ("suspend", {**REASON, "treatments": ["no-such-treatment"]}),
        ("suspend", {**REASON, "scope": "all"}),
        ("revoke", {**REASON, "effective_at": "9999-12-31T23:59:59Z"}),
        ("impose-conditions", {"conditions": "A second surgeon", "until": "2020-01-01"}),
        ("impose-conditions", {"conditions": "A second surgeon"}),
        ("recheck", {**CHECK, "evidence_sha256": "xyz"}),
        ("recheck", {"method": "registry_page", "primary_source": True}),
    ],
)
async def test_bad_bodies_are_refused(cast: Cast, verb: str, body: dict[str, Any]) -> None:
    answer = await cast.officer.client.post(
        f"/v1/credentials/{cast.credential.id}/{verb}", json=body,
        headers={"If-Match": f'"{cast.credential.version}"'},
    )  # fmt: skip
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    shown = await service.show_credential(ANONYMOUS, cast.credential.id)
    assert shown == cast.credential


async def test_a_decision_and_its_appeal_over_http(cast: Cast, person: Register) -> None:
    """Suspended, appealed, stayed, judged by another: and everybody may read what was done."""
    address = f"/v1/credentials/{cast.credential.id}"

    async def version() -> int:
        return int((await cast.holder.client.get(address)).json()["version"])

    assert await cast.move(cast.officer, "suspend", await version()) == (200, "")
    assert await cast.move(cast.holder, "appeal", await version()) == (200, "")
    assert await cast.move(cast.holder, "appeal", await version()) == (409, "appeal_filed")
    assert await cast.move(cast.officer, "decide-appeal", await version()) == (403, "own_decision")
    assert await cast.move(cast.officer, "stay", await version()) == (200, "")
    assert await cast.move(cast.officer, "stay", await version()) == (409, "wrong_state")
    shown = (await cast.foreign.client.get(address)).json()
    assert (shown["status"], shown["stayed"], shown["appeal"]) == ("suspended", True, "filed")
    judge = await person(Role.MINISTRY_OFFICER)
    answer = await judge.client.post(
        f"{address}/decide-appeal", json={"outcome": "overturned", **REASON},
        headers={"If-Match": f'"{await version()}"'},
    )  # fmt: skip
    assert answer.json()["status"] == "active"
    history = (await cast.foreign.client.get(f"{address}/history")).json()
    assert [each["move"] for each in history["items"]] == [
        "submit", "verify", "confirm", "suspend", "appeal", "stay", "overturn",
    ]  # fmt: skip
    assert history["next"] is None
    for path in (f"{address}/appeals", f"{address}/renewals"):
        for who, status in ((cast.foreign, 404), (cast.other, 404), (cast.holder, 200),
                            (judge, 200)):  # fmt: skip
            assert (await who.client.get(path)).status_code == status


async def test_worklists_count_what_waits(cast: Cast) -> None:
    assert await cast.move(cast.holder, "renew", cast.credential.version) == (200, "")
    told = (await cast.officer.client.get("/v1/credentials/worklists/renewals?limit=100")).json()
    mine = [item for item in told["items"] if item["credential"]["id"] == str(cast.credential.id)]
    assert len(mine) == 1 and mine[0]["since"] is not None
    assert set(told["counts"]) == {"pending", "renewals", "appeals", "due"}
    assert told["counts"]["renewals"] >= 1
    for path, status, code in (
        ("/v1/credentials/worklists/closed", 404, "list_not_found"),
        ("/v1/credentials/worklists/due?cursor=x", 422, "cursor_invalid"),
    ):
        refused = await cast.officer.client.get(path)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await cast.holder.client.get("/v1/credentials/worklists/due")).status_code == 403


async def test_public_registers_answer_anybody(client: httpx.AsyncClient) -> None:
    accreditors = (await client.get("/v1/accreditors?limit=100")).json()
    (tuska,) = [each for each in accreditors["items"] if each["name"] == "TÜSKA"]
    assert tuska["recognitions"][0]["jurisdiction"] == "TR"
    rules = (await client.get("/v1/states/TR/listing-rules")).json()["items"]
    assert rules[1]["groups"][2]["transition"]["held"] == "health_tourism_authorisation"
    assert (await client.get("/v1/facilitators?state=KZ")).status_code == 200
    for path, code in (
        ("/v1/states/XX/listing-rules", "unknown_jurisdiction"),
        ("/v1/facilitators?state=XX", "unknown_jurisdiction"),
        ("/v1/accreditors?cursor=x", "cursor_invalid"),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
