"""Two accounts and files of one human being, for tests of merging them."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.keys.service import Place, SubjectKind, data_key


async def twin_of(person: Any, first: Any) -> Any:
    """Register a second account, with a file, under the name of the first."""
    second = await person()
    await share_name(SYSTEM, first.account_id, second.account_id)
    return second


@transactional
async def share_name(actor: Actor, source: UUID, target: UUID) -> None:
    """Let the person behind one account bear the name of another's."""
    found = {}
    for account in (source, target):
        found[account] = await connection().fetchrow(
            "SELECT p.id, p.names_sealed FROM account a JOIN person p ON p.id = a.person_id"
            " WHERE a.id = $1",
            account,
        )
    known, other = found[source], found[target]
    name = (await data_key(SubjectKind.PERSON, known["id"])).open(
        Place("person", "names", known["id"]), known["names_sealed"]
    )
    sealed = (await data_key(SubjectKind.PERSON, other["id"])).seal(
        Place("person", "names", other["id"]), name
    )
    await connection().execute(
        "UPDATE person SET names_sealed = $2 WHERE id = $1", other["id"], sealed
    )


async def proposed(survivor: Any, other: Any) -> str:
    """Let both accounts prove themselves, and return the address of the proposal."""
    code = await other.client.post(f"/v1/patients/{other.patient_id}/merge-codes")
    assert code.status_code == 201, code.text
    body = {"survivor_id": str(survivor.patient_id), "code": code.json()["code"]}
    made = await survivor.client.post("/v1/patient-merges", json=body)
    assert made.status_code == 201, made.text
    return f"/v1/patient-merges/{made.json()['id']}"


async def confirmed(who: Any, address: str, *accept: str) -> Any:
    """Confirm what the preview shows now."""
    preview = await who.client.get(f"{address}/preview")
    assert preview.status_code == 200, preview.text
    body = {"preview": preview.json()["preview"], "accept": list(accept)}
    return await who.client.post(f"{address}/confirm", json=body)


async def merged(survivor: Any, other: Any) -> str:
    """Merge the second file into the first and return the address of the merge."""
    address = await proposed(survivor, other)
    answer = await confirmed(survivor, address)
    assert answer.status_code == 200, answer.text
    return address
